"""Users in SQL."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, select, update

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import customers, memberships, users
from custaccount.credentials.model import PasswordHash, User, UserNotFound, UserState
from custaccount.kernel.ids import CustomerNumber, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MembershipState

USER = (
    users.c.id,
    users.c.realm,
    users.c.email,
    users.c.email_key,
    users.c.name,
    users.c.phone,
    users.c.email_proven,
    users.c.password,
    users.c.initial_until,
    users.c.state,
    users.c.language,
    users.c.theme,
    users.c.epoch,
    users.c.signed_in,
    users.c.version,
)
"""The columns ``user_of`` reads, in its order."""

_IN_REALM = users.c.realm == bindparam("of_realm")
_THIS = users.c.id == bindparam("of_id")
_SEEN = users.c.password == bindparam("seen")

_GET = select(*USER).where(_IN_REALM, _THIS)
_BY_EMAIL = select(*USER).where(_IN_REALM, users.c.email_key == bindparam("of_email"))
_CUSTOMER = (
    select(customers.c.id)
    .where(customers.c.realm == bindparam("of_realm"), customers.c.number == bindparam("of_number"))
    .scalar_subquery()
)
_MEMBER = (
    select(memberships.c.user)
    .where(
        memberships.c.realm == bindparam("of_realm"),
        memberships.c.customer == _CUSTOMER,
        memberships.c.user_code == bindparam("of_code"),
        memberships.c.state != MembershipState.REMOVED,
    )
    .scalar_subquery()
)
_BY_NUMBER = select(*USER).where(_IN_REALM, users.c.id == _MEMBER)
"""One after the other, each by a unique index: of a join PostgreSQL, before it knows the tables,
makes a walk through all members of a realm."""
_SAVING = Saving.of(users, kind="user")
_NOTE_SIGN_IN = (
    update(users)
    .where(_IN_REALM, _THIS, _SEEN, users.c.state == UserState.ACTIVE)
    .values(signed_in=bindparam("at"))
)
_REHASH = update(users).where(_IN_REALM, _THIS, _SEEN).values(password=bindparam("now"))


@attrs.frozen
class SqlUsers:
    """Looks users up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, user: UserId) -> User:
        """Return a user of the realm."""
        with self._gate as gate:
            row = gate.row(_GET, {"of_realm": scope.realm, "of_id": user})
            if row is None:
                raise UserNotFound
            return user_of(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> User | None:
        """Return the user with this address, or None."""
        asked = {"of_realm": scope.realm, "of_email": email.key}
        with self._gate as gate:
            row = gate.row(_BY_EMAIL, asked)
            return None if row is None else user_of(row)

    def find_by_number(
        self, scope: RealmScope, number: CustomerNumber, code: UserCode
    ) -> User | None:
        """Return who signs in with this customer's number and user code, or None."""
        asked = {"of_realm": scope.realm, "of_number": number, "of_code": code}
        with self._gate as gate:
            row = gate.row(_BY_NUMBER, asked)
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
        asked = {"of_realm": scope.realm, "of_id": user, "seen": seen.text, "at": at}
        with self._gate.to_write() as gate:
            return gate.change(_NOTE_SIGN_IN, asked) == 1

    def rehash(
        self, scope: RealmScope, user: UserId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""
        asked = {"of_realm": scope.realm, "of_id": user, "seen": seen.text, "now": now.text}
        with self._gate.to_write() as gate:
            return gate.change(_REHASH, asked) == 1


def user_of(row: Fetched) -> User:
    """Read a user from the columns of ``USER``."""
    (id_, realm, email, email_key, name, phone, proven, password, initial_until, *rest) = row
    state, language, theme, epoch, signed_in, version = rest
    return User(
        id=id_,
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
    row = {
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
    }
    if user.version == 0:  # from then on, only note_sign_in writes it
        row["signed_in"] = user.signed_in
    return row
