"""Tickets in SQL: what is used once changes by one statement, whose row count decides."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, insert, select, update

from custaccount.adapters.sqlalchemy.gate import Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import tickets
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.ids import RealmId, TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress

_IN_REALM = tickets.c.realm == bindparam("of_realm")
_THIS = tickets.c.id == bindparam("of_id")
_OPEN = tickets.c.state == TicketState.OPEN
_FOR_PURPOSE = tickets.c.purpose == bindparam("of_purpose")

_TICKET = (
    tickets.c.id,
    tickets.c.purpose,
    tickets.c.subject,
    tickets.c.portal,
    tickets.c.email,
    tickets.c.email_key,
    tickets.c.language,
    tickets.c.key,
    tickets.c.issued,
    tickets.c.expires,
    tickets.c.state,
)
_FIND = select(*_TICKET).where(_IN_REALM, _THIS)
_ADD = insert(tickets)
_CONSUME = (
    update(tickets)
    .where(
        _IN_REALM,
        _THIS,
        _OPEN,
        _FOR_PURPOSE,
        tickets.c.issued <= bindparam("at"),
        tickets.c.expires > bindparam("at"),
    )
    .values(state=TicketState.CONSUMED)
)
_WITHDRAW = (
    update(tickets)
    .where(_IN_REALM, tickets.c.subject == bindparam("of_subject"), _FOR_PURPOSE, _OPEN)
    .values(state=TicketState.WITHDRAWN)
)
_WITHDRAW_SINCE = _WITHDRAW.where(tickets.c.issued >= bindparam("since"))
_OLD = (
    select(tickets.c.id)
    .where(_IN_REALM, tickets.c.expires < bindparam("before"))
    .order_by(tickets.c.expires)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PURGE = delete_any(tickets, _IN_REALM, any_of(tickets.c.id, "old"))


@attrs.frozen
class SqlTickets:
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
            "id": ticket.id,
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
            gate.each(_ADD, [row])

    def consume(
        self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
    ) -> Ticket | None:
        """Use a ticket up; None if it does not stand."""
        asked = {"of_realm": scope.realm, "of_id": ticket, "of_purpose": purpose, "at": at}
        with self._gate.to_write() as gate:
            if gate.change(_CONSUME, asked) != 1:
                return None
            return _found(gate, scope.realm, ticket)

    def withdraw(
        self, scope: RealmScope, subject: str, purpose: Purpose, *, since: datetime | None = None
    ) -> int:
        """Make every open ticket of a subject and purpose unusable."""
        asked = {"of_realm": scope.realm, "of_subject": subject, "of_purpose": purpose}
        with self._gate.to_write() as gate:
            if since is None:
                return gate.change(_WITHDRAW, asked)
            return gate.change(_WITHDRAW_SINCE, {**asked, "since": since})

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget tickets that expired before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": expired_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0


def _found(gate: Gate, realm: RealmId, ticket: TicketId) -> Ticket | None:
    row = gate.row(_FIND, {"of_realm": realm, "of_id": ticket})
    if row is None:
        return None
    (id_, purpose, subject, portal, email, email_key, language, key, issued, expires, state) = row
    return Ticket(
        id=id_,
        purpose=purpose,
        subject=subject,
        portal=portal,
        email=None if email_key is None else EmailAddress(email, email_key),
        language=language,
        key=key,
        issued=issued,
        expires=expires,
        state=state,
    )
