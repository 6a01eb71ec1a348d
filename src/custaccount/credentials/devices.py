"""Known devices: a mark a browser keeps after sign-in, so that it is not taken for a stranger."""

import json
from typing import Protocol

import attrs

from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.ids import DeviceToken, NewSecret, RealmId, UserId

PURPOSE = "device"
TOKEN_LONGEST = 1000


class Known(Protocol):
    """Who has a password: a user, or a staff member."""

    @property
    def id(self) -> str:
        """Who it is."""
        ...

    @property
    def epoch(self) -> int:
        """Grows with every new password."""
        ...


@attrs.frozen(kw_only=True)
class Device:
    """A browser a user has signed in with; kept nowhere but in its mark.

    It opens nothing. It only has tries of its own, so that strangers can't use them up.
    """

    user: UserId
    epoch: int
    """The user's when the mark was made; a new password makes strangers of all devices."""
    id: str = attrs.field(repr=False)
    """Random: what its tries are counted by."""

    def is_of(self, known: Known) -> bool:
        """Tell whether it is who has signed in with it, and kept the password since."""
        return self.user == known.id and self.epoch == known.epoch


def mark(
    keyring: Keyring, realm: RealmId, user: UserId, *, epoch: int, new_secret: NewSecret
) -> DeviceToken:
    """Make the mark a browser keeps."""
    text = json.dumps([user, epoch, new_secret()])
    return DeviceToken(keyring.sign(text, purpose=PURPOSE, realm=realm))


def marked(keyring: Keyring, realm: RealmId, token: object) -> Device | None:
    """Read a mark; None if it is none of this realm's: a stranger is no error."""
    if not isinstance(token, str) or len(token) > TOKEN_LONGEST:
        return None
    try:
        user, epoch, name = json.loads(keyring.read(token, purpose=PURPOSE, realm=realm))
    except TokenInvalid:
        return None
    return Device(user=UserId(user), epoch=epoch, id=name)
