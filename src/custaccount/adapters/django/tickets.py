"""Tickets in Django: what is used once changes by one statement, whose row count decides."""

from datetime import datetime

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Gate
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.ids import RealmId, TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress


@attrs.frozen
class DjangoTickets:
    """Looks tickets up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, ticket: TicketId) -> Ticket | None:
        """Return the ticket, in whatever state, or None."""
        with self._gate as gate:
            return _found(gate, scope.realm, ticket)

    def add(self, scope: RealmScope, ticket: Ticket) -> None:
        """Keep a new ticket."""
        row = {
            "realm": scope.realm,
            "ref": ticket.id,
            "purpose": ticket.purpose,
            "subject": ticket.subject,
            "portal": ticket.portal,
            "email": ticket.email.text if ticket.email else None,
            "email_key": ticket.email.key if ticket.email else None,
            "language": ticket.language,
            "key": ticket.key,
            "issued": ticket.issued,
            "expires": ticket.expires,
            "state": ticket.state,
        }
        with self._gate.to_write() as gate:
            gate.insert(models.Ticket, [row])

    def consume(
        self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
    ) -> Ticket | None:
        """Use a ticket up; None if it does not stand."""
        with self._gate.to_write() as gate:
            standing = gate.table(models.Ticket).filter(
                realm=scope.realm,
                ref=ticket,
                purpose=purpose,
                state=TicketState.OPEN,
                issued__lte=at,
                expires__gt=at,
            )
            if standing.update(state=TicketState.CONSUMED) != 1:
                return None
            return _found(gate, scope.realm, ticket)

    def withdraw(
        self, scope: RealmScope, subject: str, purpose: Purpose, *, since: datetime | None = None
    ) -> int:
        """Make every open ticket of a subject and purpose unusable."""
        with self._gate.to_write() as gate:
            left = gate.table(models.Ticket).filter(
                realm=scope.realm, subject=subject, purpose=purpose, state=TicketState.OPEN
            )
            if since is not None:
                left = left.filter(issued__gte=since)
            return left.update(state=TicketState.WITHDRAWN)

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget tickets that expired before a moment; returns how many."""
        with self._gate.to_write() as gate:
            tickets = gate.table(models.Ticket)
            old = tickets.filter(realm=scope.realm, expires__lt=expired_before).order_by("expires")
            return gate.forget_some(old, "ref", limit=limit)


def _found(gate: Gate, realm: RealmId, ticket: TicketId) -> Ticket | None:
    row = gate.row(gate.table(models.Ticket).filter(realm=realm, ref=ticket))
    if row is None:
        return None
    return Ticket(
        id=row.ref,
        purpose=row.purpose,
        subject=row.subject,
        portal=row.portal,
        email=None if row.email_key is None else EmailAddress(row.email, row.email_key),
        language=row.language,
        key=row.key,
        issued=row.issued,
        expires=row.expires,
        state=row.state,
    )
