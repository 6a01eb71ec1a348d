"""Everything a memory storage keeps; every key begins with the realm."""

from collections.abc import Hashable, Iterable, Mapping

import attrs

from custaccount.adapters.memory.history import History
from custaccount.adapters.memory.queue import Queue
from custaccount.adapters.memory.table import Table
from custaccount.credentials.model import Session, User
from custaccount.customers.model import Address, Customer, CustomerGroup
from custaccount.facilities.audit import AuditEntry
from custaccount.facilities.numbers import NumberRange
from custaccount.facilities.tickets import Ticket
from custaccount.kernel.ids import ArticleNumber, CustomerId
from custaccount.membership.model import Invitation, InvitationState, Membership
from custaccount.membership.roles import RoleBook
from custaccount.orders.model import Order
from custaccount.portals.model import Portal, Realm
from custaccount.pricing.model import Attachment, PriceList, PriceRow
from custaccount.registration.model import Draft, Registration, RegistrationState
from custaccount.staff.model import StaffMember, StaffSession

Key = tuple[str, ...]
Found = Iterable[tuple[Hashable, ...]]


@attrs.frozen
class KeptOrder:
    """An order and whose it is."""

    customer: CustomerId
    order: Order


Shelf = Mapping[ArticleNumber, tuple[PriceRow, ...]]
"""The rows of a price list by article."""


def _customer_unique(key: Key, row: Customer) -> Found:
    yield ("number", key[0], row.number)
    if row.erp_id is not None:
        yield ("erp id", key[0], row.erp_id)


def _customer_marks(key: Key, row: Customer) -> Found:
    for contact in row.contacts:
        if contact.email is not None:
            yield ("contact", key[0], contact.email.key)


def _portal_unique(key: Key, row: Portal) -> Found:
    yield ("key", key[0], row.key)
    for kind, address in row.addresses:
        yield ("address", kind, address)


def _table_of_portals() -> Table[Key, Portal]:
    return Table("portal", unique=_portal_unique, marks=lambda key, _: (("realm", key[0]),))


def _table_of_customers() -> Table[Key, Customer]:
    return Table("customer", unique=_customer_unique, marks=_customer_marks)


def _table_of_groups() -> Table[Key, CustomerGroup]:
    return Table(
        "customer group",
        unique=lambda key, row: (("key", key[0], row.key),),
        marks=lambda key, _: (("realm", key[0]),),
    )


def _table_of_users() -> Table[Key, User]:
    return Table(
        "user",
        unique=lambda key, row: (("email", key[0], row.email.key),) if row.email else (),
    )


def _table_of_sessions() -> Table[Key, Session]:
    return Table("session", marks=lambda key, row: (("user", key[0], row.user),))


def _table_of_staff() -> Table[Key, StaffMember]:
    return Table("staff member", unique=lambda key, row: (("email", key[0], row.email.key),))


def _table_of_staff_sessions() -> Table[Key, StaffSession]:
    return Table("staff session")


def _table_of_tickets() -> Table[Key, Ticket]:
    return Table("ticket", marks=lambda key, row: (("about", key[0], row.subject, row.purpose),))


def _table_of_ranges() -> Table[Key, NumberRange]:
    return Table("number range", unique=lambda key, row: (("edition", key[0], row.edition),))


def _membership_unique(key: Key, row: Membership) -> Found:
    yield ("pair", key[0], row.user, row.customer)
    if row.user_code is not None:
        yield ("code", key[0], row.customer, row.user_code)


def _table_of_memberships() -> Table[Key, Membership]:
    return Table(
        "membership",
        unique=_membership_unique,
        marks=lambda key, row: (("user", key[0], row.user), ("customer", key[0], row.customer)),
    )


def _open_invitation(key: Key, row: Invitation) -> Found:
    if row.state is InvitationState.OPEN:
        yield ("open", key[0], row.customer, row.email.key)


def _table_of_invitations() -> Table[Key, Invitation]:
    return Table(
        "invitation",
        unique=_open_invitation,
        marks=lambda key, row: (("customer", key[0], row.customer),),
    )


def _table_of_addresses() -> Table[Key, Address]:
    return Table("address", marks=lambda key, _: (("customer", key[0], key[1]),))


def _registration_marks(key: Key, row: Registration) -> Found:
    if row.waits_for_staff:
        yield ("queued", key[0])
    if row.company is not None and row.state is RegistrationState.CLAIMED:
        yield ("asking", key[0], row.company)


def _table_of_registrations() -> Table[Key, Registration]:
    return Table(
        "registration",
        unique=lambda key, row: (("email", key[0], row.email.key),),
        marks=_registration_marks,
    )


def _table_of_drafts() -> Table[Key, Draft]:
    return Table("draft", marks=lambda key, row: (("owner", key[0], row.customer, row.user),))


def _table_of_lists() -> Table[Key, PriceList]:
    return Table("price list", unique=lambda key, row: (("key", key[0], row.key),))


def _table_of_attachments() -> Table[Key, Attachment]:
    return Table("attachment", marks=lambda key, row: (("target", key[0], row.level, row.target),))


def _table_of_orders() -> Table[Key, KeptOrder]:
    return Table("order", unique=lambda key, row: (("number", key[0], row.order.summary.number),))


def _table_of_entries() -> Table[Key, AuditEntry]:
    return Table("audit entry")


@attrs.frozen
class Tables:
    """One state of everything."""

    realms: Table[Key, Realm] = attrs.field(factory=lambda: Table("realm"))
    portals: Table[Key, Portal] = attrs.field(factory=_table_of_portals)
    customers: Table[Key, Customer] = attrs.field(factory=_table_of_customers)
    groups: Table[Key, CustomerGroup] = attrs.field(factory=_table_of_groups)
    users: Table[Key, User] = attrs.field(factory=_table_of_users)
    sessions: Table[Key, Session] = attrs.field(factory=_table_of_sessions)
    staff: Table[Key, StaffMember] = attrs.field(factory=_table_of_staff)
    staff_sessions: Table[Key, StaffSession] = attrs.field(factory=_table_of_staff_sessions)
    tickets: Table[Key, Ticket] = attrs.field(factory=_table_of_tickets)
    ranges: Table[Key, NumberRange] = attrs.field(factory=_table_of_ranges)
    memberships: Table[Key, Membership] = attrs.field(factory=_table_of_memberships)
    role_books: Table[Key, RoleBook] = attrs.field(factory=lambda: Table("role book"))
    invitations: Table[Key, Invitation] = attrs.field(factory=_table_of_invitations)
    addresses: Table[Key, Address] = attrs.field(factory=_table_of_addresses)
    registrations: Table[Key, Registration] = attrs.field(factory=_table_of_registrations)
    drafts: Table[Key, Draft] = attrs.field(factory=_table_of_drafts)
    price_lists: Table[Key, PriceList] = attrs.field(factory=_table_of_lists)
    shelves: Table[Key, Shelf] = attrs.field(factory=lambda: Table("price"))
    attachments: Table[Key, Attachment] = attrs.field(factory=_table_of_attachments)
    orders: Table[Key, KeptOrder] = attrs.field(factory=_table_of_orders)
    histories: Table[Key, History] = attrs.field(factory=lambda: Table("history"))
    posts: Queue = attrs.field(factory=Queue.empty)
    entries: Table[Key, AuditEntry] = attrs.field(factory=_table_of_entries)

    def fork(self) -> "Tables":
        """Make a second view; what one writes the other does not see."""
        return Tables(*(table.fork() for table in attrs.astuple(self, recurse=False)))
