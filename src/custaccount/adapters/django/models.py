"""The tables, as rows without behaviour: what they mean stands in the features' models.

Django wants one key a row, so each has a number, which means nothing outside its table; ``ref`` is
the house's identifier. Every other key begins with the realm, but for the address of a portal,
which is unique in the deployment: by it a realm is found.

A field named ``…_row`` is the row that some columns name. It is for questions only: there is no
foreign key behind it, for Django has none of several columns, and no key crosses features.
"""

from typing import Any

from django.db import models

from custaccount.adapters.django.fields import Amount, Exact, Ids, Moment, Named, Word, Words
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


def _named(to: str, /, *, maybe: bool = False, **columns: str) -> Any:  # noqa: ANN401 - a field is what Django makes of it
    """Say which of this row's columns name which of the other's, and whether there may be none."""
    return Named(
        to,
        on_delete=models.DO_NOTHING,
        from_fields=["realm", *columns],
        to_fields=["realm", *columns.values()],
        related_name="+",
        editable=False,
        null=maybe,
    )


def _only(table: str, *columns: str) -> models.UniqueConstraint:
    """Say that no two rows are alike in some columns."""
    named = "_".join(column for column in columns if column != "realm") or "realm"
    return models.UniqueConstraint(fields=columns, name=f"custaccount_{table}_{named}")


class Row(models.Model):
    """A row of a realm."""

    id = models.BigAutoField(primary_key=True)
    realm = Exact()

    class Meta:
        """Nobody changes a row by hand."""

        abstract = True
        default_permissions = ("view",)


class Realm(Row):
    """A realm."""

    name = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_realms"
        constraints = (_only("realms", "realm"),)


class Portal(Row):
    """A portal."""

    ref = Exact()
    key = Exact()
    name = Exact()
    languages = Words(Language)
    currency = Exact()
    time_zone = Exact()
    path = Exact(null=True)
    number = Exact(null=True)
    host = Exact(null=True)
    policies = Exact()
    open = models.BooleanField()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_portals"
        constraints = (_only("portals", "realm", "ref"), _only("portals", "realm", "key"))


class PortalAddress(Row):
    """Where a portal is found."""

    portal = Exact()
    kind = Word(AddressKind)
    address = Exact()
    portal_row = _named("Portal", portal="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_portal_addresses"
        verbose_name_plural = "portal addresses"
        constraints = (
            _only("portal_addresses", "realm", "portal", "kind"),
            _only("portal_addresses", "kind", "address"),
        )


class Customer(Row):
    """A customer of the register."""

    ref = Exact()
    number = Exact()
    erp_id = Exact(null=True)
    name = Exact()
    kind = Word(AccountKind)
    status = Word(CustomerStatus)
    language = Word(Language, null=True)
    street = Exact()
    postal_code = Exact()
    town = Exact()
    country = Exact()
    phone = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)
    vat_id = Exact()
    details = Exact()
    """A JSON object of texts."""
    billing = Exact(null=True)
    delivery = Exact(null=True)
    features = Exact()
    """A JSON object: which functions are on, and which off."""
    search = Exact()
    """What the register is searched in, folded."""
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_customers"
        constraints = (
            _only("customers", "realm", "ref"),
            _only("customers", "realm", "number"),
            _only("customers", "realm", "erp_id"),
        )


class Contact(Row):
    """A person the register knows at a customer."""

    customer = Exact()
    position = models.IntegerField()
    name = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_contacts"
        constraints = (_only("contacts", "realm", "customer", "position"),)
        indexes = (models.Index(fields=["realm", "email_key"]),)


class Address(Row):
    """An entry of a customer's address book."""

    customer = Exact()
    ref = Exact()
    name = Exact()
    addition = Exact()
    street = Exact()
    postal_code = Exact()
    town = Exact()
    country = Exact()
    phone = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_addresses"
        verbose_name_plural = "addresses"
        constraints = (_only("addresses", "realm", "customer", "ref"),)


class CustomerGroup(Row):
    """A group of customers."""

    ref = Exact()
    key = Exact()
    name = Exact()
    features = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_customer_groups"
        constraints = (
            _only("customer_groups", "realm", "ref"),
            _only("customer_groups", "realm", "key"),
        )


class GroupedCustomer(Row):
    """A group a customer is in."""

    customer = Exact()
    position = models.IntegerField()
    group = Exact()
    group_row = _named("CustomerGroup", group="ref", maybe=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_grouped_customers"
        constraints = (_only("grouped_customers", "realm", "customer", "position"),)


class User(Row):
    """A user."""

    ref = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)
    name = Exact()
    phone = Exact()
    email_proven = Moment(null=True)
    password = Exact(null=True)
    initial_until = Moment(null=True)
    state = Word(UserState)
    language = Word(Language, null=True)
    theme = Word(Theme)
    epoch = models.IntegerField()
    signed_in = Moment(null=True)
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_users"
        constraints = (_only("users", "realm", "ref"), _only("users", "realm", "email_key"))


class Session(Row):
    """A session."""

    ref = Exact()
    digest = Exact()
    portal = Exact()
    user = Exact()
    epoch = models.IntegerField()
    begun = Moment()
    authenticated = Moment()
    used = Moment()
    language = Word(Language)
    browser = Exact()
    user_row = _named("User", user="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_sessions"
        constraints = (_only("sessions", "realm", "digest"),)
        indexes = (
            models.Index(fields=["realm", "begun"]),
            models.Index(fields=["realm", "user"]),
        )


class LimitUse(Row):
    """The uses that count against a limit, by digest of what they are about."""

    name = Exact()
    key = Exact()
    uses = Exact()
    over = Moment()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_limit_uses"
        constraints = (_only("limit_uses", "realm", "name", "key"),)
        indexes = (models.Index(fields=["realm", "over"]),)


class StaffMember(Row):
    """A staff member."""

    ref = Exact()
    email = Exact()
    email_key = Exact()
    name = Exact()
    password = Exact(null=True)
    initial_until = Moment(null=True)
    state = Word(StaffState)
    grants = Exact()
    language = Word(Language, null=True)
    epoch = models.IntegerField()
    signed_in = Moment(null=True)
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_staff"
        constraints = (_only("staff", "realm", "ref"), _only("staff", "realm", "email_key"))


class StaffSession(Row):
    """A staff session."""

    digest = Exact()
    staff = Exact()
    epoch = models.IntegerField()
    begun = Moment()
    used = Moment()
    language = Word(Language)
    staff_row = _named("StaffMember", staff="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_staff_sessions"
        constraints = (_only("staff_sessions", "realm", "digest"),)
        indexes = (models.Index(fields=["realm", "begun"]),)


class Ticket(Row):
    """A ticket."""

    ref = Exact()
    purpose = Word(Purpose)
    subject = Exact()
    portal = Exact()
    email = Exact(null=True)
    email_key = Exact(null=True)
    language = Word(Language)
    key = Exact()
    issued = Moment()
    expires = Moment()
    state = Word(TicketState)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_tickets"
        constraints = (_only("tickets", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "subject", "purpose"]),
            models.Index(fields=["realm", "expires"]),
        )


class NumberRange(Row):
    """A number range."""

    key = Exact()
    prefix = Exact()
    width = models.IntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    warn_at = models.BigIntegerField()
    gapless = models.BooleanField()
    taken = models.BigIntegerField()
    edition = models.IntegerField()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_number_ranges"
        constraints = (
            _only("number_ranges", "realm", "key"),
            _only("number_ranges", "realm", "edition"),
        )


class Membership(Row):
    """A user acting for a customer."""

    ref = Exact()
    user = Exact()
    customer = Exact()
    roles = Ids()
    state = Word(MembershipState)
    user_code = Exact(null=True)
    reason = Exact()
    epoch = models.IntegerField()
    acted = Moment(null=True)
    version = models.IntegerField()
    user_row = _named("User", user="ref")
    customer_row = _named("Customer", customer="ref")
    book_row = _named("RoleBook", customer="customer", maybe=True)
    grouped_row = _named("GroupedCustomer", customer="customer", maybe=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_memberships"
        constraints = (
            _only("memberships", "realm", "ref"),
            _only("memberships", "realm", "customer", "user"),
            _only("memberships", "realm", "customer", "user_code"),
        )
        indexes = (models.Index(fields=["realm", "user"]),)


class RoleBook(Row):
    """The roles a customer made for itself."""

    customer = Exact()
    roles = Exact()
    """A JSON list."""
    epoch = models.IntegerField()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_role_books"
        constraints = (_only("role_books", "realm", "customer"),)


class Invitation(Row):
    """An offer to become a member of a customer."""

    ref = Exact()
    customer = Exact()
    portal = Exact()
    email = Exact()
    email_key = Exact()
    open_key = Exact(null=True)
    """The address's key while it is open: of a customer's, one an address."""
    name = Exact()
    roles = Ids()
    invited_by = Exact()
    by_staff = models.BooleanField()
    issued = Moment()
    expires = Moment()
    state = Word(InvitationState)
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_invitations"
        constraints = (
            _only("invitations", "realm", "ref"),
            _only("invitations", "realm", "customer", "open_key"),
        )


class Registration(Row):
    """Somebody on the way to an account."""

    ref = Exact()
    portal = Exact()
    kind = Word(AccountKind)
    email = Exact()
    email_key = Exact()
    answers = Exact()
    """A JSON object of texts."""
    language = Word(Language)
    draft = Exact(null=True)
    state = Word(RegistrationState)
    asked = Moment()
    expires = Moment()
    proven = Moment(null=True)
    user = Exact(null=True)
    candidates = Exact()
    """A JSON list."""
    company = Exact(null=True)
    decided_by = Exact(null=True)
    reason = Exact()
    version = models.IntegerField()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_registrations"
        constraints = (
            _only("registrations", "realm", "ref"),
            _only("registrations", "realm", "email_key"),
        )
        indexes = (
            models.Index(fields=["realm", "state", "asked", "ref"]),
            models.Index(fields=["realm", "company", "asked", "ref"]),
            models.Index(fields=["realm", "expires"]),
        )


class Draft(Row):
    """What was begun as a guest."""

    ref = Exact()
    customer = Exact()
    user = Exact()
    text = Exact()
    kept = Moment()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_drafts"
        constraints = (_only("drafts", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "customer", "user"]),
            models.Index(fields=["realm", "kept"]),
        )


class PriceList(Row):
    """A price list."""

    ref = Exact()
    key = Exact()
    name = Exact()
    version = models.IntegerField()
    edition = models.IntegerField(default=0)
    """Grows first in each unit that changes what the list holds."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_price_lists"
        constraints = (_only("price_lists", "realm", "ref"), _only("price_lists", "realm", "key"))


class Price(Row):
    """A row of a price list."""

    list = Exact()
    article = Exact()
    position = models.IntegerField()
    unit = Exact()
    quantity = Amount()
    amount = Amount()
    currency = Exact()
    valid_from = Moment(null=True)
    valid_until = Moment(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_prices"
        constraints = (_only("prices", "realm", "list", "article", "position"),)


class Attachment(Row):
    """A price list attached to a customer, a customer group or a portal."""

    level = models.IntegerField()
    target = Exact()
    list = Exact()
    rank = models.IntegerField()
    list_row = _named("PriceList", list="ref")
    price_row = _named("Price", list="list")
    grouped_row = _named("GroupedCustomer", target="group")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_attachments"
        constraints = (_only("attachments", "realm", "level", "target", "list"),)


class Order(Row):
    """An order."""

    ref = Exact()
    customer = Exact()
    number = Exact()
    customer_number = Exact(null=True)
    placed = Moment()
    status = Word(OrderStatus)
    total = Amount(null=True)
    currency = Exact(null=True)
    author = Exact(null=True)
    author_name = Exact(null=True)
    author_email = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_orders"
        constraints = (_only("orders", "realm", "ref"), _only("orders", "realm", "number"))
        indexes = (
            models.Index(fields=["realm", "customer", "placed", "number"]),
            models.Index(fields=["realm", "author", "placed", "number"]),
        )


class OrderNumber(Row):
    """A number an order is found by."""

    customer = Exact()
    key = Exact()
    order = Exact()
    kind = Word(NumberKind)
    order_row = _named("Order", order="ref")

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_order_numbers"
        constraints = (_only("order_numbers", "realm", "customer", "key", "order"),)
        indexes = (models.Index(fields=["realm", "order"]),)


class OrderLine(Row):
    """A line of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    article = Exact()
    text = Exact()
    quantity = Amount()
    unit = Exact()
    price = Amount(null=True)
    price_currency = Exact(null=True)
    amount = Amount(null=True)
    amount_currency = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_order_lines"
        constraints = (_only("order_lines", "realm", "order", "position"),)


class DeliveryNote(Row):
    """A delivery note of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    number = Exact()
    sent = Moment()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_delivery_notes"
        constraints = (_only("delivery_notes", "realm", "order", "position"),)


class DeliveredLine(Row):
    """How much of an order line a delivery note brought."""

    order = Exact()
    note = models.IntegerField()
    position = models.IntegerField()
    order_line = Exact()
    quantity = Amount()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_delivered_lines"
        constraints = (_only("delivered_lines", "realm", "order", "note", "position"),)


class Tracking(Row):
    """Where a parcel can be followed."""

    order = Exact()
    note = models.IntegerField()
    position = models.IntegerField()
    carrier = Exact()
    reference = Exact()
    url = Exact(null=True)

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_trackings"
        constraints = (_only("trackings", "realm", "order", "note", "position"),)


class Invoice(Row):
    """An invoice of an order."""

    order = Exact()
    position = models.IntegerField()
    ref = Exact()
    number = Exact()
    issued = Moment()
    net = Amount()
    net_currency = Exact()
    tax = Amount()
    tax_currency = Exact()
    gross = Amount()
    gross_currency = Exact()

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_invoices"
        constraints = (_only("invoices", "realm", "order", "position"),)


class Post(Row):
    """An event on its way out."""

    ref = Exact()
    event = Exact()
    body = Exact()
    at = Moment()
    state = Word(PostState)
    due = Moment()
    tries = models.IntegerField()
    fence = models.BigIntegerField()
    had = Exact()
    """Which subscribers took it: a JSON list of names."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_outbox"
        constraints = (_only("outbox", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "state", "at", "ref"]),
            models.Index(fields=["state", "due", "realm"]),
        )


class AuditEntry(Row):
    """An entry of the audit trail."""

    ref = Exact()
    at = Moment()
    event = Exact()
    kind = Word(ActorKind)
    by = Exact(null=True)
    customer = Exact(null=True)
    """On whose behalf."""
    about_customer = Exact(null=True)
    """The same, or whom the event names."""
    portal = Exact(null=True)
    facts = Exact()
    changes = Exact()
    named = Exact()
    """All it may be asked for: a JSON list of texts."""

    class Meta(Row.Meta):
        """How it is kept."""

        db_table = "custaccount_audit"
        verbose_name_plural = "audit entries"
        constraints = (_only("audit", "realm", "ref"),)
        indexes = (
            models.Index(fields=["realm", "at", "ref"]),
            models.Index(fields=["realm", "by", "at", "ref"]),
            models.Index(fields=["realm", "about_customer", "at", "ref"]),
        )
