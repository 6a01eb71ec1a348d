"""Users in Django."""

from datetime import datetime

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.credentials.model import PasswordHash, User, UserNotFound, UserState
from custaccount.kernel.ids import CustomerNumber, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MembershipState

USER = (
    "ref",
    "realm",
    "email",
    "email_key",
    "name",
    "phone",
    "email_proven",
    "password",
    "initial_until",
    "state",
    "language",
    "theme",
    "epoch",
    "signed_in",
    "version",
)
"""The columns ``user_of`` reads, in its order."""

_SIGN_IN = (MembershipState.ACTIVE, MembershipState.SUSPENDED)
_SAVING = Saving(models.User, kind="user", once=("signed_in",))


@attrs.frozen
class DjangoUsers:
    """Looks users up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, user: UserId) -> User:
        """Return a user of the realm."""
        with self._gate as gate:
            users = gate.table(models.User).filter(realm=scope.realm, ref=user)
            row = gate.row(users.values_list(*USER))
            if row is None:
                raise UserNotFound
            return user_of(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> User | None:
        """Return the user with this address, or None."""
        with self._gate as gate:
            users = gate.table(models.User).filter(realm=scope.realm, email_key=email.key)
            row = gate.row(users.values_list(*USER))
            return None if row is None else user_of(row)

    def find_by_number(
        self, scope: RealmScope, number: CustomerNumber, code: UserCode
    ) -> User | None:
        """Return who signs in with this customer's number and user code, or None."""
        with self._gate as gate:
            customers = gate.table(models.Customer).filter(realm=scope.realm, number=number)
            members = gate.table(models.Membership).filter(
                realm=scope.realm,
                customer=customers.values("ref")[:1],
                user_code=code,
                state__in=_SIGN_IN,
            )
            users = gate.table(models.User).filter(
                realm=scope.realm, ref=members.values("user")[:1]
            )
            row = gate.row(users.values_list(*USER))
            return None if row is None else user_of(row)

    def save(self, scope: RealmScope, user: User) -> User:
        """Keep a user."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [user], _row)
            return kept

    def note_sign_in(
        self, scope: RealmScope, user: UserId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the user is active and the password still the one seen."""
        with self._gate.to_write() as gate:
            same = gate.table(models.User).filter(
                realm=scope.realm, ref=user, password=seen.text, state=UserState.ACTIVE
            )
            return same.update(signed_in=at) == 1

    def rehash(
        self, scope: RealmScope, user: UserId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""
        with self._gate.to_write() as gate:
            same = gate.table(models.User).filter(realm=scope.realm, ref=user, password=seen.text)
            return same.update(password=now.text) == 1


def user_of(row: Fetched) -> User:
    """Read a user from the columns of ``USER``."""
    (
        ref,
        realm,
        email,
        email_key,
        name,
        phone,
        proven,
        password,
        initial_until,
        state,
        language,
        theme,
        epoch,
        signed_in,
        version,
    ) = row
    return User(
        id=ref,
        realm=realm,
        email=None if email_key is None else EmailAddress(email, email_key),
        name=name,
        phone=phone,
        email_proven=proven,
        password=None if password is None else PasswordHash(password),
        initial_until=initial_until,
        state=state,
        language=language,
        theme=theme,
        epoch=epoch,
        signed_in=signed_in,
        version=version,
    )


def _row(user: User) -> Asked:
    return {
        "email": user.email.text if user.email else None,
        "email_key": user.email.key if user.email else None,
        "name": user.name,
        "phone": user.phone,
        "email_proven": user.email_proven,
        "password": user.password.text if user.password else None,
        "initial_until": user.initial_until,
        "state": user.state,
        "language": user.language,
        "theme": user.theme,
        "epoch": user.epoch,
        "signed_in": user.signed_in,
    }
