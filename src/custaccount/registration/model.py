"""From visitor to active account."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from custaccount.customers.model import Customer
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId, PortalId, TicketId, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import Role


@attrs.frozen(kw_only=True)
class FirstSignInRequested(Event):
    """Somebody asked for a first sign-in; the ticket names an address only if it is known."""

    name: ClassVar[str] = "registration.first_sign_in_requested"
    ticket: TicketId
    waiting: tuple[CustomerId, ...] = ()
    """Customers that know the address but have members already: a person has to decide."""


@attrs.frozen(kw_only=True)
class AccountActivated(Event):
    """A customer's contact proved an address and chose a password."""

    name: ClassVar[str] = "registration.account_activated"
    user: UserId
    customers: tuple[CustomerId, ...]


def claimable(customers: Iterable[Customer], taken: frozenset[CustomerId]) -> tuple[Customer, ...]:
    """Keep those a proven address may be linked to by itself.

    A customer that may not sign in, or that has or had members, is left to a person.
    """
    return tuple(one for one in customers if one.switches.sign_in and one.id not in taken)


def left_to_a_person(
    customers: Iterable[Customer], taken: frozenset[CustomerId]
) -> tuple[Customer, ...]:
    """Keep those that know a proven address but have, or had, members: nobody is added unasked."""
    return tuple(one for one in customers if one.switches.sign_in and one.id in taken)


def role_for(customer: Customer, email: EmailAddress) -> Role:
    """Say what the first user becomes: administrator only as the register's primary contact."""
    return Role.ADMINISTRATOR if customer.first_contact_is(email) else Role.BUYER


def activation_ticket(
    email: EmailAddress | None,
    *,
    id: TicketId,
    key: str,
    at: datetime,
    lifetime: timedelta,
    portal: PortalId,
    language: Language,
    subject: str,
) -> Ticket:
    """Make the ticket for a first sign-in; one nobody can use without an address."""
    return Ticket(
        id=id,
        purpose=Purpose.ACTIVATE,
        subject=subject,
        portal=portal,
        email=email,
        language=language,
        key=key,
        issued=at,
        expires=at + lifetime,
    )
