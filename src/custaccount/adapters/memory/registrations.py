"""Who is on the way to an account, in memory."""

from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import apart, save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import RegistrationId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.registration.model import QueuePlace, Registration, RegistrationNotFound


@attrs.frozen
class MemoryRegistrations:
    """Looks registrations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, registration: RegistrationId) -> Registration:
        """Return a registration."""

        def found(tables: Tables) -> Registration:
            row = tables.registrations.find((scope.realm, registration))
            if row is None:
                raise RegistrationNotFound
            return row

        return self._gate.ask(found)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> Registration | None:
        """Return the one of this address, or None."""
        return self._gate.ask(
            lambda tables: tables.registrations.only("email", scope.realm, email.key)
        )

    def queued(
        self, scope: RealmScope, *, after: QueuePlace | None, limit: int
    ) -> tuple[Registration, ...]:
        """Return those that wait for staff, the first one to ask first."""
        rows = self._gate.ask(lambda tables: tables.registrations.marked("queued", scope.realm))
        later = (row for row in rows if after is None or _turn(row.place) > _turn(after))
        return tuple(islice(sorted(later, key=lambda row: _turn(row.place)), limit))

    def asking(self, scope: CustomerScope) -> tuple[Registration, ...]:
        """Return the open claims a customer's administrators are asked about, the first first."""
        rows = self._gate.ask(
            lambda tables: tables.registrations.marked("asking", scope.realm, scope.customer)
        )
        return tuple(sorted(rows, key=lambda row: _turn(row.place)))

    def count_queued(self, scope: RealmScope) -> int:
        """Count those that wait for staff."""
        return self._gate.ask(
            lambda tables: len(tables.registrations.marked("queued", scope.realm))
        )

    def put(self, scope: RealmScope, registration: Registration) -> None:
        """Keep a new registration in place of any other of its address."""
        new = attrs.evolve(registration, answers=apart(registration.answers), version=1)

        def kept(tables: Tables) -> Registration | None:
            before = tables.registrations.only("email", scope.realm, new.email.key)
            if before is not None:
                tables.registrations.drop((scope.realm, before.id))
            tables.registrations.add((scope.realm, new.id), new)
            return before  # one that a rival changed is another answer

        self._gate.change(kept)

    def save(self, scope: RealmScope, registration: Registration) -> Registration:
        """Keep what changed of a registration that is kept."""
        row = attrs.evolve(registration, answers=apart(registration.answers))

        def kept(tables: Tables) -> Registration:
            if not row.version:  # never put
                raise Stale(kind="registration", id=row.id, version=row.version)
            key = (scope.realm, row.id)
            return save(tables.registrations, key, row, kind="registration")

        return self._gate.change(kept)

    def remove(self, scope: RealmScope, registration: RegistrationId) -> bool:
        """Forget a registration; False if there was none."""
        key = (scope.realm, registration)
        return self._gate.change(lambda tables: tables.registrations.drop(key))

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget those that expired before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            rows = tables.registrations.of_realm(scope.realm)
            old = list(islice((one for one in rows if one.expires < expired_before), limit))
            for registration in old:
                tables.registrations.drop((scope.realm, registration.id))
            return len(old)

        return self._gate.change(purged)


def _turn(place: QueuePlace) -> tuple[datetime, str]:
    return (place.asked, place.id)
