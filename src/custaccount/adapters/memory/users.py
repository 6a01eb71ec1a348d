"""Users in memory."""

from collections.abc import Callable
from datetime import datetime

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.credentials.model import PasswordHash, User, UserNotFound, UserState
from custaccount.kernel.ids import CustomerNumber, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MembershipState


@attrs.frozen
class MemoryUsers:
    """Looks users up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, user: UserId) -> User:
        """Return a user of the realm."""

        def found(tables: Tables) -> User:
            row = tables.users.find((scope.realm, user))
            if row is None:
                raise UserNotFound
            return row

        return self._gate.ask(found)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> User | None:
        """Return the user with this address, or None."""
        return self._gate.ask(lambda tables: tables.users.only("email", scope.realm, email.key))

    def find_by_number(
        self, scope: RealmScope, number: CustomerNumber, code: UserCode
    ) -> User | None:
        """Return who signs in with this customer's number and user code, or None."""

        def found(tables: Tables) -> User | None:
            customer = tables.customers.only("number", scope.realm, number)
            if customer is None:
                return None
            member = tables.memberships.only("code", scope.realm, customer.id, code)
            if member is None or member.state is MembershipState.REMOVED:
                return None
            return tables.users.find((scope.realm, member.user))

        return self._gate.ask(found)

    def save(self, scope: RealmScope, user: User) -> User:
        """Keep a user."""
        key = (scope.realm, user.id)

        def kept(tables: Tables) -> User:
            before = tables.users.find(key)
            after = save(tables.users, key, user, kind="user")
            if before is not None:
                tables.users.put(key, attrs.evolve(after, signed_in=before.signed_in))
            return after

        return self._gate.change(kept)

    def note_sign_in(
        self, scope: RealmScope, user: UserId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the user is active and the password still the one seen."""

        def fits(row: User) -> bool:
            return row.state is UserState.ACTIVE and row.password == seen

        return self._change_if(scope, user, fits, lambda row: attrs.evolve(row, signed_in=at))

    def rehash(
        self, scope: RealmScope, user: UserId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""

        def fits(row: User) -> bool:
            return row.password == seen

        return self._change_if(scope, user, fits, lambda row: attrs.evolve(row, password=now))

    def _change_if(
        self,
        scope: RealmScope,
        user: UserId,
        fits: Callable[[User], bool],
        changed: Callable[[User], User],
    ) -> bool:
        key = (scope.realm, user)

        def decide(tables: Tables) -> bool:
            row = tables.users.find(key)
            if row is None or not fits(row):
                return False
            tables.users.put(key, changed(row))
            return True

        return self._gate.change(decide)
