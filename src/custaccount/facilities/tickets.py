"""Tickets: secrets that work once, for one purpose, until they expire."""

from datetime import datetime
from enum import Enum
from typing import Protocol

import attrs

from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.clock import utc
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken, PortalId, RealmId, TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress


class Purpose(Enum):
    """What a ticket is good for; it is good for nothing else."""

    ACTIVATE = "activate"
    RESET_PASSWORD = "reset password"  # noqa: S105 - a purpose, not a password
    CHANGE_EMAIL = "change email"
    UNDO_EMAIL_CHANGE = "undo email change"
    REGISTRATION = "registration"
    INVITATION = "invitation"
    STAFF_PASSWORD = "staff password"  # noqa: S105 - a purpose, not a password


class TicketState(Enum):
    """Where a ticket is in its life; only an open one can be consumed."""

    OPEN = "open"
    CONSUMED = "consumed"
    WITHDRAWN = "withdrawn"


@attrs.frozen(kw_only=True)
class Ticket:
    """A row about a secret; the secret itself (the signed id) is derived, never stored."""

    id: TicketId
    purpose: Purpose
    subject: str
    """Whom it is about: the key of a mail address, or a user id. Never shown."""
    portal: PortalId
    email: EmailAddress | None
    """Where it was sent; consuming it proves exactly this address."""
    language: Language
    key: str
    """The name of the signing key."""
    issued: datetime = attrs.field(converter=utc)
    expires: datetime = attrs.field(converter=utc)
    state: TicketState = TicketState.OPEN

    def stands(self, at: datetime) -> bool:
        """Tell whether it can still be consumed: from its issue until before its expiry."""
        return self.state is TicketState.OPEN and self.issued <= at < self.expires


class ReadTickets(Protocol):
    """Looks tickets up."""

    def find(self, scope: RealmScope, ticket: TicketId) -> Ticket | None:
        """Return the ticket, in whatever state, or None."""
        ...


class KeepTickets(ReadTickets, Protocol):
    """Keeps tickets; what is used once changes by one conditional statement."""

    def add(self, scope: RealmScope, ticket: Ticket) -> None:
        """Keep a new ticket.

        Raises:
            AlreadyThere: its id is taken.
        """
        ...

    def consume(
        self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
    ) -> Ticket | None:
        """Use an open, unexpired ticket of this purpose up; None if there is none.

        Atomic: of any number of rivals exactly one gets the ticket.
        """
        ...

    def withdraw(
        self, scope: RealmScope, subject: str, purpose: Purpose, *, since: datetime | None = None
    ) -> int:
        """Make every open ticket of a subject and purpose unusable; returns how many there were.

        With a moment only those issued then or later.
        """
        ...

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget tickets that expired before a moment; returns how many, at most the limit."""
        ...


def bearer(keyring: Keyring, realm: RealmId, ticket: Ticket) -> BearerToken:
    """Derive what is put into the link: the same text every time.

    Raises:
        TokenInvalid: the key it was issued under has been removed.
    """
    signed = keyring.sign(ticket.id, purpose=ticket.purpose.value, realm=realm, key=ticket.key)
    return BearerToken(signed)


def named_by(keyring: Keyring, realm: RealmId, purpose: Purpose, token: object) -> TicketId:
    """Read which ticket a bearer names.

    Raises:
        TokenInvalid: it is not signed here, for this realm and purpose.
    """
    ticket = keyring.read(token, purpose=purpose.value, realm=realm)
    if not ticket.strip():
        raise TokenInvalid
    return TicketId(ticket)
