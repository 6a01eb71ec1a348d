"""Tickets in memory."""

from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Tables
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.ids import TicketId
from custaccount.kernel.scope import RealmScope


@attrs.frozen
class MemoryTickets:
    """Looks tickets up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, ticket: TicketId) -> Ticket | None:
        """Return the ticket, in whatever state, or None."""
        return self._gate.ask(lambda tables: tables.tickets.find((scope.realm, ticket)))

    def add(self, scope: RealmScope, ticket: Ticket) -> None:
        """Keep a new ticket."""
        key = (scope.realm, ticket.id)
        self._gate.change(lambda tables: tables.tickets.add(key, ticket))

    def consume(
        self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
    ) -> Ticket | None:
        """Use a ticket up; None if it does not stand."""
        key = (scope.realm, ticket)

        def consumed(tables: Tables) -> Ticket | None:
            row = tables.tickets.find(key)
            if row is None or row.purpose is not purpose or not row.stands(at):
                return None
            used = attrs.evolve(row, state=TicketState.CONSUMED)
            tables.tickets.put(key, used)
            return used

        return self._gate.change(consumed)

    def withdraw(
        self, scope: RealmScope, subject: str, purpose: Purpose, *, since: datetime | None = None
    ) -> int:
        """Make every open ticket of a subject and purpose unusable."""

        def withdrawn(tables: Tables) -> int:
            about = tables.tickets.marked("about", scope.realm, subject, purpose)
            left = [
                one
                for one in about
                if one.state is TicketState.OPEN and (since is None or one.issued >= since)
            ]
            for ticket in left:
                tables.tickets.put(
                    (scope.realm, ticket.id), attrs.evolve(ticket, state=TicketState.WITHDRAWN)
                )
            return len(left)

        return self._gate.change(withdrawn)

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget tickets that expired before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            rows = tables.tickets.of_realm(scope.realm)
            old = list(islice((one for one in rows if one.expires < expired_before), limit))
            for ticket in old:
                tables.tickets.drop((scope.realm, ticket.id))
            return len(old)

        return self._gate.change(purged)
