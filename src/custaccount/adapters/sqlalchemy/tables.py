"""The tables: every one carries the realm, and every key begins with it.

Two exceptions, on purpose: the address of a portal is unique in the deployment, for by it a realm
is found; and relays look for due events in all realms. No foreign key leaves a feature.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from custaccount.adapters.sqlalchemy.types import (
    KEY,
    SHORT,
    Amount,
    Body,
    Exact,
    Flags,
    Ids,
    KeyedTexts,
    Moment,
    Word,
    Words,
)
from custaccount.credentials.model import Theme, UserState
from custaccount.facilities.audit import ActorKind
from custaccount.facilities.outbox import PostState
from custaccount.facilities.tickets import Purpose, TicketState
from custaccount.kernel.i18n import Language
from custaccount.membership.model import InvitationState, MembershipState
from custaccount.orders.model import NumberKind, OrderStatus
from custaccount.portals.model import AccountKind, AddressKind
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import RegistrationState
from custaccount.staff.model import StaffState

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)
"""All tables; a host may copy them into its own ``MetaData``."""

KINDS = {
    "custaccount_realms": "realm",
    "custaccount_portals": "portal",
    "custaccount_portal_addresses": "portal",
    "custaccount_customers": "customer",
    "custaccount_customer_groups": "customer group",
    "custaccount_addresses": "address",
    "custaccount_users": "user",
    "custaccount_sessions": "session",
    "custaccount_staff": "staff member",
    "custaccount_staff_sessions": "staff session",
    "custaccount_tickets": "ticket",
    "custaccount_number_ranges": "number range",
    "custaccount_memberships": "membership",
    "custaccount_role_books": "role book",
    "custaccount_invitations": "invitation",
    "custaccount_registrations": "registration",
    "custaccount_drafts": "draft",
    "custaccount_price_lists": "price list",
    "custaccount_orders": "order",
}
"""What a row of a table is called; the rows of other tables belong to one of these."""


def _key(name: str) -> Column[str]:
    return Column(name, Exact(KEY), primary_key=True)


def _text(name: str, *, maybe: bool = False) -> Column[str]:
    return Column(name, Exact(SHORT), nullable=maybe)


def _prose(name: str, *, maybe: bool = False) -> Column[str]:
    """Make a column for text of any length, that is in no key."""
    return Column(name, Exact, nullable=maybe)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _part_of(table: str, column: str) -> ForeignKeyConstraint:
    owner = f"custaccount_{table}"
    return ForeignKeyConstraint(["realm", column], [f"{owner}.realm", f"{owner}.id"])


realms = Table(
    "custaccount_realms",
    metadata,
    _key("realm"),
    _prose("name"),
    _number("version"),
)

portals = Table(
    "custaccount_portals",
    metadata,
    _key("realm"),
    _key("id"),
    _text("key"),
    _prose("name"),
    Column("languages", Words(Language), nullable=False),
    _text("currency"),
    _text("time_zone"),
    _text("path", maybe=True),
    _text("number", maybe=True),
    _text("host", maybe=True),
    Column("policies", Body, nullable=False),
    Column("open", Boolean, nullable=False),
    _number("version"),
    UniqueConstraint("realm", "key"),
)

portal_addresses = Table(
    "custaccount_portal_addresses",
    metadata,
    _key("realm"),
    _key("portal"),
    Column("kind", Word(AddressKind), primary_key=True),
    _text("address"),
    _part_of("portals", "portal"),
    UniqueConstraint("kind", "address"),
)

customers = Table(
    "custaccount_customers",
    metadata,
    _key("realm"),
    _key("id"),
    _text("number"),
    _text("erp_id", maybe=True),
    _prose("name"),
    Column("kind", Word(AccountKind), nullable=False),
    Column("status", Word(CustomerStatus), nullable=False),
    Column("language", Word(Language)),
    _prose("street"),
    _text("postal_code"),
    _prose("town"),
    _text("country"),
    _text("phone"),
    _text("email", maybe=True),
    _text("email_key", maybe=True),
    _text("vat_id"),
    Column("details", KeyedTexts, nullable=False),
    _text("billing", maybe=True),
    _text("delivery", maybe=True),
    Column("features", Flags, nullable=False),
    _prose("search"),  # what staff find it by, folded; made whenever it is kept
    _number("version"),
    UniqueConstraint("realm", "number"),
    UniqueConstraint("realm", "erp_id"),
)

contacts = Table(
    "custaccount_contacts",
    metadata,
    _key("realm"),
    _key("customer"),
    Column("position", Integer, primary_key=True),
    _prose("name"),
    _text("email", maybe=True),
    _text("email_key", maybe=True),
    _part_of("customers", "customer"),
    Index(None, "realm", "email_key"),
)

customer_groups = Table(
    "custaccount_customer_groups",
    metadata,
    _key("realm"),
    _key("id"),
    _text("key"),
    _prose("name"),
    Column("features", Flags, nullable=False),
    _number("version"),
    UniqueConstraint("realm", "key"),
)

grouped_customers = Table(
    "custaccount_grouped_customers",
    metadata,
    _key("realm"),
    _key("customer"),
    Column("position", Integer, primary_key=True),
    _text("group"),
    _part_of("customers", "customer"),
)

addresses = Table(
    "custaccount_addresses",
    metadata,
    _key("realm"),
    _key("customer"),
    _key("id"),
    _prose("name"),
    _prose("addition"),
    _prose("street"),
    _text("postal_code"),
    _prose("town"),
    _text("country"),
    _text("phone"),
    _number("version"),
)

users = Table(
    "custaccount_users",
    metadata,
    _key("realm"),
    _key("id"),
    _text("email", maybe=True),
    _text("email_key", maybe=True),
    _prose("name"),
    _text("phone"),
    Column("email_proven", Moment),
    _prose("password", maybe=True),
    Column("initial_until", Moment),
    Column("state", Word(UserState), nullable=False),
    Column("language", Word(Language)),
    Column("theme", Word(Theme), nullable=False),
    _number("epoch"),
    Column("signed_in", Moment),
    _number("version"),
    UniqueConstraint("realm", "email_key"),
)

sessions = Table(
    "custaccount_sessions",
    metadata,
    _key("realm"),
    _key("digest"),
    _text("id"),
    _text("portal"),
    _text("user"),
    _number("epoch"),
    Column("begun", Moment, nullable=False),
    Column("authenticated", Moment, nullable=False),
    Column("used", Moment, nullable=False),
    Column("language", Word(Language), nullable=False),
    _prose("browser"),
    Index(None, "realm", "begun"),
    Index(None, "realm", "user"),
)

staff = Table(
    "custaccount_staff",
    metadata,
    _key("realm"),
    _key("id"),
    _text("email"),
    _text("email_key"),
    _prose("name"),
    _prose("password", maybe=True),
    Column("initial_until", Moment),
    Column("state", Word(StaffState), nullable=False),
    Column("grants", Body, nullable=False),
    Column("language", Word(Language)),
    _number("epoch"),
    Column("signed_in", Moment),
    _number("version"),
    UniqueConstraint("realm", "email_key"),
)

staff_sessions = Table(
    "custaccount_staff_sessions",
    metadata,
    _key("realm"),
    _key("digest"),
    _text("staff"),
    _number("epoch"),
    Column("begun", Moment, nullable=False),
    Column("used", Moment, nullable=False),
    Column("language", Word(Language), nullable=False),
    Index(None, "realm", "begun"),
)

tickets = Table(
    "custaccount_tickets",
    metadata,
    _key("realm"),
    _key("id"),
    Column("purpose", Word(Purpose), nullable=False),
    _text("subject"),
    _text("portal"),
    _text("email", maybe=True),
    _text("email_key", maybe=True),
    Column("language", Word(Language), nullable=False),
    _text("key"),
    Column("issued", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("state", Word(TicketState), nullable=False),
    Index(None, "realm", "subject", "purpose"),
    Index(None, "realm", "expires"),
)

limit_uses = Table(
    "custaccount_limit_uses",
    metadata,
    _key("realm"),
    _key("name"),
    _key("key"),
    Column("uses", Body, nullable=False),
    Column("over", Moment, nullable=False),
    Index(None, "realm", "over"),
)

number_ranges = Table(
    "custaccount_number_ranges",
    metadata,
    _key("realm"),
    _key("key"),
    _text("prefix"),
    _number("width"),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("warn_at", BigInteger, nullable=False),
    Column("gapless", Boolean, nullable=False),
    Column("taken", BigInteger, nullable=False),
    _number("edition"),
    _number("version"),
    UniqueConstraint("realm", "edition"),
)

memberships = Table(
    "custaccount_memberships",
    metadata,
    _key("realm"),
    _key("id"),
    _text("user"),
    _text("customer"),
    Column("roles", Ids, nullable=False),
    Column("state", Word(MembershipState), nullable=False),
    _text("user_code", maybe=True),
    _prose("reason"),
    _number("epoch"),
    Column("acted", Moment),
    _number("version"),
    UniqueConstraint("realm", "customer", "user"),
    UniqueConstraint("realm", "customer", "user_code"),
    Index(None, "realm", "user"),
)

role_books = Table(
    "custaccount_role_books",
    metadata,
    _key("realm"),
    _key("customer"),
    Column("roles", Body, nullable=False),
    _number("epoch"),
    _number("version"),
)

invitations = Table(
    "custaccount_invitations",
    metadata,
    _key("realm"),
    _key("id"),
    _text("portal"),
    _text("customer"),
    _text("email"),
    _text("email_key"),
    _text("open_key", maybe=True),  # the email's while it is open: then there is no second one
    _prose("name"),
    Column("roles", Ids, nullable=False),
    _text("invited_by"),
    Column("by_staff", Boolean, nullable=False),
    Column("issued", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("state", Word(InvitationState), nullable=False),
    _number("version"),
    UniqueConstraint("realm", "customer", "open_key"),
)

registrations = Table(
    "custaccount_registrations",
    metadata,
    _key("realm"),
    _key("id"),
    _text("portal"),
    Column("kind", Word(AccountKind), nullable=False),
    _text("email"),
    _text("email_key"),
    Column("answers", KeyedTexts, nullable=False),
    Column("language", Word(Language), nullable=False),
    _prose("draft", maybe=True),
    Column("state", Word(RegistrationState), nullable=False),
    Column("asked", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("proven", Moment),
    _text("user", maybe=True),
    Column("candidates", Body, nullable=False),
    _text("company", maybe=True),
    _text("decided_by", maybe=True),
    _prose("reason"),
    _number("version"),
    UniqueConstraint("realm", "email_key"),
    Index(None, "realm", "state", "asked", "id"),
    Index(None, "realm", "company", "asked", "id"),
    Index(None, "realm", "expires"),
)

drafts = Table(
    "custaccount_drafts",
    metadata,
    _key("realm"),
    _key("id"),
    _text("customer"),
    _text("user"),
    _prose("text"),
    Column("kept", Moment, nullable=False),
    Index(None, "realm", "customer", "user"),
    Index(None, "realm", "kept"),
)

price_lists = Table(
    "custaccount_price_lists",
    metadata,
    _key("realm"),
    _key("id"),
    _text("key"),
    _prose("name"),
    _number("version"),
    Column(
        "edition", Integer, nullable=False, default=0
    ),  # grows first in each unit that changes what the list holds
    UniqueConstraint("realm", "key"),
)

prices = Table(
    "custaccount_prices",
    metadata,
    _key("realm"),
    _key("list"),
    _key("article"),
    Column("position", Integer, primary_key=True),
    _text("unit"),
    Column("quantity", Amount, nullable=False),
    Column("amount", Amount, nullable=False),
    _text("currency"),
    Column("valid_from", Moment),
    Column("valid_until", Moment),
    _part_of("price_lists", "list"),
)

attachments = Table(
    "custaccount_attachments",
    metadata,
    _key("realm"),
    Column("level", Integer, primary_key=True, autoincrement=False),
    _key("target"),
    _key("list"),
    _number("rank"),
    _part_of("price_lists", "list"),
)

orders = Table(
    "custaccount_orders",
    metadata,
    _key("realm"),
    _key("id"),
    _text("customer"),
    _text("number"),
    _text("customer_number", maybe=True),
    Column("placed", Moment, nullable=False),
    Column("status", Word(OrderStatus), nullable=False),
    Column("total", Amount),
    _text("currency", maybe=True),
    _text("author", maybe=True),
    _prose("author_name", maybe=True),
    _prose("author_email", maybe=True),
    UniqueConstraint("realm", "number"),
    Index(None, "realm", "customer", "placed", "number"),
    Index(None, "realm", "author", "placed", "number"),  # with the customer MariaDB has no room
)

order_numbers = Table(
    "custaccount_order_numbers",
    metadata,
    _key("realm"),
    _key("customer"),
    _key("key"),
    _key("order"),
    Column("kind", Word(NumberKind), nullable=False),
    _part_of("orders", "order"),
    Index(None, "realm", "order"),
)

order_lines = Table(
    "custaccount_order_lines",
    metadata,
    _key("realm"),
    _key("order"),
    Column("position", Integer, primary_key=True),
    _text("id"),
    _text("article"),
    _prose("text"),
    Column("quantity", Amount, nullable=False),
    _text("unit"),
    Column("price", Amount),
    _text("price_currency", maybe=True),
    Column("amount", Amount),
    _text("amount_currency", maybe=True),
    _part_of("orders", "order"),
)

delivery_notes = Table(
    "custaccount_delivery_notes",
    metadata,
    _key("realm"),
    _key("order"),
    Column("position", Integer, primary_key=True),
    _text("id"),
    _text("number"),
    Column("sent", Moment, nullable=False),
    _part_of("orders", "order"),
)

delivered_lines = Table(
    "custaccount_delivered_lines",
    metadata,
    _key("realm"),
    _key("order"),
    Column("note", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("order_line"),
    Column("quantity", Amount, nullable=False),
    _part_of("orders", "order"),
)

trackings = Table(
    "custaccount_trackings",
    metadata,
    _key("realm"),
    _key("order"),
    Column("note", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("carrier"),
    _prose("reference"),
    _prose("url", maybe=True),
    _part_of("orders", "order"),
)

invoices = Table(
    "custaccount_invoices",
    metadata,
    _key("realm"),
    _key("order"),
    Column("position", Integer, primary_key=True),
    _text("id"),
    _text("number"),
    Column("issued", Moment, nullable=False),
    Column("net", Amount, nullable=False),
    _text("net_currency"),
    Column("tax", Amount, nullable=False),
    _text("tax_currency"),
    Column("gross", Amount, nullable=False),
    _text("gross_currency"),
    _part_of("orders", "order"),
)

outbox = Table(
    "custaccount_outbox",
    metadata,
    _key("realm"),
    _key("id"),
    _text("event"),
    Column("body", Body, nullable=False),
    Column("at", Moment, nullable=False),
    Column("state", Word(PostState), nullable=False),
    Column("due", Moment, nullable=False),
    _number("tries"),
    Column("fence", BigInteger, nullable=False),
    Column("had", Body, nullable=False),  # which subscribers took it: a JSON list of names
    Index(None, "realm", "state", "at", "id"),
    Index(None, "state", "due", "realm"),
)

audit = Table(
    "custaccount_audit",
    metadata,
    _key("realm"),
    _key("id"),
    Column("at", Moment, nullable=False),
    _text("event"),
    Column("kind", Word(ActorKind), nullable=False),
    _text("by", maybe=True),
    _text("customer", maybe=True),  # on whose behalf
    _text("about_customer", maybe=True),  # the same, or whom the event names
    _text("portal", maybe=True),
    Column("facts", Body, nullable=False),
    Column("changes", Body, nullable=False),
    Column("named", Body, nullable=False),  # all it may be asked for: a JSON list of texts
    Index(None, "realm", "at", "id"),
    Index(None, "realm", "by", "at", "id"),
    Index(None, "realm", "about_customer", "at", "id"),
)
