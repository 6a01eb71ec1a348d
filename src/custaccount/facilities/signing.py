"""Signed text: the one door to itsdangerous."""

import hashlib
import json
from collections.abc import Sequence

import attrs
import itsdangerous

from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import RealmId

KEY_SHORTEST = 32
"""Bytes a secret key has at least (256 bits)."""
SIGNED_LONGEST = 65_536
"""Characters of signed text that are looked at; more is refused unread."""


class TokenInvalid(InvalidInput):
    """Forged, for another purpose or realm, used, withdrawn or expired: one answer for all."""

    code = "token.invalid"
    template = N_("This link is not valid or has been used. Please ask for a new one.")


def _bytes(keys: Sequence[str | bytes]) -> tuple[bytes, ...]:
    return tuple(key.encode() if isinstance(key, str) else key for key in keys)


@attrs.frozen
class Keyring:
    """The secret keys, oldest first: the last one signs, all of them verify.

    A signature holds for one purpose, in one realm, of one deployment.
    """

    _keys: tuple[bytes, ...] = attrs.field(converter=_bytes, repr=False, alias="keys")
    deployment: str = ""

    @property
    def newest(self) -> str:
        """Name the key that signs now, without giving it away."""
        return _name(self._keys[-1])

    def sign(self, text: str, *, purpose: str, realm: RealmId, key: str | None = None) -> str:
        """Sign a text with the newest key, or with a named one: the same bytes every time.

        Raises:
            TokenInvalid: the named key has been removed.
        """
        keys = self._keys if key is None else [one for one in self._keys if _name(one) == key]
        if not keys:
            raise TokenInvalid
        return self._signer(keys[-1:], purpose, realm).sign(text).decode()

    def read(self, signed: object, *, purpose: str, realm: RealmId) -> str:
        """Verify and return what was signed.

        Raises:
            TokenInvalid: whatever is wrong with it.
        """
        if not isinstance(signed, str) or not 0 < len(signed) <= SIGNED_LONGEST:
            raise TokenInvalid
        try:
            return self._signer(self._keys, purpose, realm).unsign(signed).decode()
        except (itsdangerous.BadData, UnicodeError) as refusal:
            raise TokenInvalid from refusal

    def digest(self, text: str, *, purpose: str, realm: RealmId) -> str:
        """Make a keyed fingerprint of a text that must not be written down itself.

        It is no signature: nobody can make a token of it.
        """
        signer = self._signer(self._keys[-1:], f"fingerprint/{purpose}", realm)
        signature = signer.get_signature(text)
        return signature.decode()

    def _signer(self, keys: Sequence[bytes], purpose: str, realm: RealmId) -> itsdangerous.Signer:
        return itsdangerous.Signer(
            keys,
            salt=json.dumps(["custaccount/v1", purpose, self.deployment, realm]),
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )


def _name(key: bytes) -> str:
    return hashlib.sha256(b"custaccount/key-name" + key).hexdigest()[:12]
