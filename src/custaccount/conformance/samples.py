"""Values to keep: valid, with text, amounts and moments that careless storages change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs

from custaccount.credentials.model import PasswordHash, Session, Theme, User
from custaccount.customers.model import Address, Contact, Customer, CustomerGroup
from custaccount.facilities.numbers import NumberRange
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.features import CHECKOUT, GUEST_ORDERS, PRICES, TRAIL
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import (
    AddressId,
    ArticleNumber,
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    CustomerOrderNumber,
    DeliveryNoteId,
    DeliveryNoteNumber,
    DraftId,
    ErpCustomerId,
    FeatureKey,
    InvitationId,
    InvoiceId,
    InvoiceNumber,
    MembershipId,
    OrderId,
    OrderLineId,
    OrderNumber,
    PortalId,
    RangeKey,
    RealmId,
    RegistrationId,
    RoleId,
    SessionId,
    StaffId,
    TicketId,
    UserCode,
    UserId,
)
from custaccount.kernel.money import Currency, Money
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import FIRST_USER, Invitation, Membership
from custaccount.membership.roles import ACCOUNTANT, BUYER, VIEWER, Role, RoleBook
from custaccount.orders.model import (
    Author,
    DeliveredLine,
    DeliveryNote,
    Invoice,
    Order,
    OrderLine,
    OrderOwner,
    OrderStatus,
    OrderSummary,
    Tracking,
)
from custaccount.portals.model import AccountKind, Policies, Portal
from custaccount.portals.statuses import ALL_OFF, ALL_ON, CustomerStatus
from custaccount.pricing.model import PriceRow
from custaccount.registration.model import (
    Candidate,
    Draft,
    Registration,
    RegistrationState,
    Strength,
)
from custaccount.staff.model import Grant, StaffMember, StaffSession

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
EUR = Currency("EUR")

HASH = PasswordHash("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$b25l")
OTHER_HASH = PasswordHash("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0c2FsdA$dHdv")

TEXTS = (
    "Müller & Söhne GmbH",
    "Mu\N{COMBINING DIAERESIS}ller",
    "STRASSE",
    "Straße",
    "blank at the end ",
    'O\'Brien "Ltd" \\ %_ ;--',
    "100 % Größe 🧵",
)
"""All different, and each comes back as it is: text is compared exactly."""
AMOUNTS = ("9.9", "9.90", "0", "0.01", "0.000001", "1234567890123.45", "100")
"""Exact, down to the zeros at their ends."""
LONGEST_KEY = FeatureKey("f" + "_" * 38 + "0")
"""What a host may call a function of its own."""


def email(text: str) -> EmailAddress:
    """Return an address that is written as given."""
    return EmailAddress(text, text.lower())


def an_email() -> EmailAddress:
    """Return an address nobody has."""
    return email(f"Alice.{new_id()}@Example.com")


def money(amount: str) -> Money:
    """Return an amount of euros."""
    return Money(Decimal(amount), EUR)


def a_portal(scope: RealmScope) -> Portal:
    """Return a portal that can be found in three ways, for the first time."""
    name = new_id()
    return Portal(
        id=PortalId(name),
        realm=scope.realm,
        key=name,
        name=TEXTS[0],
        languages=(Language.SV, Language.DE),
        currency=EUR,
        time_zone="Europe/Stockholm",
        path=f"/{name}",
        number=f"00{int(name.replace('-', ''), 16) % 10**16}",
        host=f"{name}.example",
        policies=Policies(
            reset_lifetime=timedelta(minutes=45),
            password_shortest=14,
            features={PRICES: False, GUEST_ORDERS: True, LONGEST_KEY: False},
            switches={
                CustomerStatus.REQUESTED: attrs.evolve(ALL_OFF, sign_in=True),
                CustomerStatus.ON_HOLD: attrs.evolve(ALL_ON, see_documents=False),
            },
        ),
    )


def a_user(scope: RealmScope, address: EmailAddress | None = None) -> User:
    """Return a user with a password, for the first time."""
    return User(
        id=UserId(new_id()),
        realm=scope.realm,
        email=address or an_email(),
        name=TEXTS[1],
        phone="+46701740605",
        email_proven=NOON,
        password=HASH,
        language=Language.FR,
        theme=Theme.DARK,
    )


def email_of(user: User) -> EmailAddress:
    """Return the address of a user who has one."""
    assert user.email is not None
    return user.email


def a_session(scope: RealmScope, user: User) -> Session:
    """Return a session begun at noon."""
    return Session(
        id=SessionId(new_id()),
        digest=new_id(),
        realm=scope.realm,
        portal=PortalId(new_id()),
        user=user.id,
        epoch=user.epoch,
        begun=NOON,
        authenticated=NOON,
        used=NOON,
        language=Language.NL,
        browser=TEXTS[5],
    )


def a_staff_member(scope: RealmScope, address: EmailAddress | None = None) -> StaffMember:
    """Return a staff member with grants in two realms, for the first time."""
    return StaffMember(
        id=StaffId(new_id()),
        realm=scope.realm,
        email=address or an_email(),
        name=TEXTS[0],
        password=HASH,
        initial_until=NOON + HOUR,
        grants=(
            Grant(
                realm=scope.realm,
                permissions=frozenset({Permission.MANAGE_STAFF, Permission.READ_AUDIT}),
            ),
            Grant(realm=RealmId(TEXTS[5]), permissions=frozenset({Permission.MANAGE_PRICES})),
        ),
        language=Language.FR,
    )


def a_staff_session(scope: RealmScope, member: StaffMember) -> StaffSession:
    """Return a staff session begun at noon."""
    return StaffSession(
        digest=new_id(),
        realm=scope.realm,
        staff=member.id,
        epoch=member.epoch,
        begun=NOON,
        used=NOON,
        language=Language.NL,
    )


def a_ticket(subject: str | None = None, purpose: Purpose = Purpose.RESET_PASSWORD) -> Ticket:
    """Return a ticket that stands from noon for an hour."""
    return Ticket(
        id=TicketId(new_id()),
        purpose=purpose,
        subject=subject or new_id(),
        portal=PortalId(new_id()),
        email=an_email(),
        language=Language.EN,
        key="0123456789ab",
        issued=NOON,
        expires=NOON + HOUR,
    )


def a_range() -> NumberRange:
    """Return a range of three hundred numbers, for the first time."""
    return NumberRange(
        key=RangeKey(new_id()),
        prefix="WEB-",
        width=5,
        first=100,
        last=399,
        warn_at=50,
        gapless=True,
        edition=1,
    )


def a_customer(scope: RealmScope, number: str | None = None) -> Customer:
    """Return a customer with two contacts, for the first time."""
    name = new_id()
    return Customer(
        id=CustomerId(name),
        realm=scope.realm,
        number=CustomerNumber(number or f"C-{name}"),
        name=TEXTS[0],
        erp_id=ErpCustomerId(f"erp {name}"),
        language=Language.DE,
        street="Große Straße 1",
        postal_code="01069",
        town="Dresden",
        country="DE",
        phone="+493511234567",
        email=an_email(),
        vat_id="DE136695976",
        details={"industry": TEXTS[5], "größe": TEXTS[4], "note": ""},
        billing=AddressId(new_id()),
        delivery=AddressId(new_id()),
        contacts=(Contact(name="Zoë", email=an_email()), Contact(name="Anton")),
        features={TRAIL: False, CHECKOUT: True, LONGEST_KEY: True},
    )


def a_group(text: str | None = None) -> CustomerGroup:
    """Return a customer group that has switched functions, for the first time."""
    name = text or new_id()
    return CustomerGroup(
        id=CustomerGroupId(name), key=name, name=TEXTS[0], features={CHECKOUT: False, PRICES: True}
    )


def a_membership(
    customer: CustomerScope, user: UserId, code: UserCode | None = FIRST_USER
) -> Membership:
    """Return a membership, for the first time."""
    return Membership(
        id=MembershipId(new_id()),
        realm=customer.realm,
        user=user,
        customer=customer.customer,
        roles=frozenset({BUYER, ACCOUNTANT, RoleId(TEXTS[5])}),
        user_code=code,
        reason="proven address",
    )


def a_role(name: str = TEXTS[0]) -> Role:
    """Return a role a company makes, whose permissions reach differently far."""
    return Role(
        id=RoleId(new_id()),
        name=name,
        grants={
            Permission.SEE_ORDERS: Depth.OWN,
            Permission.SEE_PRICES: Depth.CUSTOMER,
            Permission.SEE_CUSTOMER: Depth.SUBTREE,
        },
    )


def a_role_book(customer: CustomerScope) -> RoleBook:
    """Return a role book with a role for each text, for the first time."""
    book = RoleBook(realm=customer.realm, customer=customer.customer)
    for text in TEXTS:
        book = book.with_role(a_role(text))
    return book


def an_invitation(customer: CustomerScope, address: EmailAddress | None = None) -> Invitation:
    """Return an open invitation that was issued at noon for an hour, for the first time."""
    return Invitation(
        id=InvitationId(new_id()),
        realm=customer.realm,
        portal=PortalId(new_id()),
        customer=customer.customer,
        email=address or an_email(),
        name=TEXTS[0],
        roles=frozenset({BUYER, VIEWER}),
        invited_by=UserId(new_id()),
        by_staff=False,
        issued=NOON,
        expires=NOON + HOUR,
    )


def an_address(customer: CustomerScope) -> Address:
    """Return an entry of an address book, for the first time."""
    return Address(
        id=AddressId(new_id()),
        realm=customer.realm,
        customer=customer.customer,
        name=TEXTS[0],
        addition="Tor 3 ",
        street="Große Straße 1",
        postal_code="01069",
        town="Dresden",
        country="DE",
        phone="+493511234567",
    )


def a_registration(scope: RealmScope, address: EmailAddress | None = None) -> Registration:
    """Return a registration of noon that was mailed a link and expires in an hour."""
    return Registration(
        id=RegistrationId(new_id()),
        realm=scope.realm,
        portal=PortalId(new_id()),
        kind=AccountKind.PERSONAL,
        email=address or an_email(),
        answers={"name": TEXTS[0], "größe": TEXTS[4], "note": ""},
        language=Language.SV,
        draft=TEXTS[5],
        state=RegistrationState.MAILED,
        asked=NOON,
        expires=NOON + HOUR,
    )


def a_candidate(strength: Strength = Strength.EXACT) -> Candidate:
    """Return a customer a registrant may be."""
    return Candidate(
        customer=CustomerId(new_id()), evidence="contact address", strength=strength, primary=True
    )


def a_draft(customer: CustomerScope, user: UserId) -> Draft:
    """Return what was begun as a guest and is kept since noon."""
    return Draft(
        id=DraftId(new_id()),
        realm=customer.realm,
        customer=customer.customer,
        user=user,
        text=f'{{"{TEXTS[3]}": 2.50, "{TEXTS[6]}": "\\n"}}',
        kept=NOON,
    )


def a_price(article: str = "A-1", amount: str = "9.90") -> PriceRow:
    """Return a price that always holds."""
    return PriceRow(article=ArticleNumber(article), price=money(amount))


def an_author(user: UserId | None = None) -> Author:
    """Return who placed an order, with a name and an address as they were written then."""
    return Author(user=user or UserId(new_id()), name=TEXTS[5], email="Alice@Example.com")


def an_owner(scope: RealmScope) -> OrderOwner:
    """Return somebody who may have orders."""
    return OrderOwner(
        CustomerScope(scope.realm, CustomerId(new_id())), ErpCustomerId(f"erp {new_id()}")
    )


def an_order(
    number: str | None = None,
    *,
    placed: datetime = NOON,
    customer_number: str | None = None,
    papers: tuple[str, str] = ("I-1", "D-1"),
    author: Author | None = None,
) -> Order:
    """Return an order with everything an order can have; its papers: invoice and delivery note."""
    line, other = OrderLineId(new_id()), OrderLineId(new_id())
    return Order(
        summary=OrderSummary(
            id=OrderId(new_id()),
            number=OrderNumber(number or new_id()),
            customer_number=CustomerOrderNumber(customer_number) if customer_number else None,
            placed=placed,
            status=OrderStatus.PARTLY_DELIVERED,
            total=money("119.00"),
            author=author,
        ),
        lines=(
            OrderLine(
                id=line,
                article=ArticleNumber("A-1"),
                text=TEXTS[4],
                quantity=Decimal("2.50"),
                unit="m²",
                price=money("9.9"),
                amount=money("24.750"),
            ),
            OrderLine(id=other, article=ArticleNumber("Ä-2"), text="", quantity=Decimal(1)),
        ),
        delivery_notes=(
            DeliveryNote(
                id=DeliveryNoteId(new_id()),
                number=DeliveryNoteNumber(papers[1]),
                sent=placed + HOUR,
                lines=(DeliveredLine(order_line=line, quantity=Decimal("1.25")),),
                tracking=(
                    Tracking(carrier="Post", reference="00340", url="https://example.com/?a=1&b=2"),
                    Tracking(carrier="Bote", reference="ä"),
                ),
            ),
        ),
        invoices=(
            Invoice(
                id=InvoiceId(new_id()),
                number=InvoiceNumber(papers[0]),
                issued=placed + HOUR,
                net=money("100.00"),
                tax=money("19"),
                gross=money("119.00"),
            ),
        ),
    )
