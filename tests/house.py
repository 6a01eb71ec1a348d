"""The people and companies of the tests: two sellers, their customers, and who acts for them.

``nord`` sells to Acme and to Beta; ``sued``, another realm of the same deployment, to Gamma. Alice,
Bob and Greta are their contacts. Nobody has a login until ``activate`` gives one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from custaccount import Currency, Guest, Language, Member, Money, Staff, System
from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import (
    FixedClock,
    MemoryCart,
    MemoryErp,
    MemoryMailer,
    MemoryStorage,
)
from custaccount.credentials import Session, User
from custaccount.credentials.guard import SignInLimits
from custaccount.credentials.passwords import Hashing
from custaccount.customers import Customer
from custaccount.facilities.limits import Limit, Limits
from custaccount.facilities.outbox import Subscriber
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, Person
from custaccount.kernel.features import Feature
from custaccount.kernel.ids import (
    ArticleNumber,
    BearerToken,
    CustomerGroupId,
    CustomerId,
    CustomerOrderNumber,
    DeliveryNoteId,
    DeliveryNoteNumber,
    ErpCustomerId,
    InvoiceId,
    InvoiceNumber,
    OrderId,
    OrderLineId,
    OrderNumber,
    PortalId,
    PriceListId,
    RealmId,
    RoleId,
    SessionToken,
    StaffId,
    StaffToken,
)
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership import BUYER, Invitation, MemberLine, Membership
from custaccount.ordering import Catalogue
from custaccount.orders import (
    DeliveredLine,
    DeliveryNote,
    Invoice,
    Order,
    OrderLine,
    OrderSource,
    OrderStatus,
    OrderSummary,
    Tracking,
)
from custaccount.portals import Portal
from custaccount.pricing import PriceRow
from custaccount.registration import CustomerMatcher
from custaccount.staff import StaffMember
from custaccount.storage import Storage

KEY = "nV3-first-4kq9Zt7RwXy2Lm8PbHs6Dc1Gf"
NEWER_KEY = "uB8-second-9xJ4eWq7TzK1oYp5AiNv3Mh6R"
BASE_URL = "https://shop.example"
EUR = Currency("EUR")
NORD, SUED = RealmId("nord"), RealmId("sued")
PASSWORD = "vier Schwalben am Dach"
OTHER_PASSWORD = "sieben Raben im Garten"
STAFF_PASSWORD = "drei Dohlen unter Ziegeln"


def euro(amount: str) -> Money:
    """Make an amount in euro."""
    return Money(Decimal(amount), EUR)


def price(article: str, amount: str, *, quantity: str = "1", currency: str = "EUR") -> PriceRow:
    """Make a row of a price list."""
    return PriceRow(
        article=ArticleNumber(article),
        price=Money(Decimal(amount), Currency(currency)),
        quantity=Decimal(quantity),
    )


# The house --------------------------------------------------------------------------------------


@attrs.define
class House:
    """A deployment with its neighbours, all of which do as they are told."""

    accounts: CustomerAccounts
    storage: Storage
    clock: FixedClock
    mailer: MemoryMailer
    cart: MemoryCart
    erp: MemoryErp | None
    catalogue: Catalogue | None

    def link_to(self, email: str) -> str:
        """Deliver what is due and return the link of the newest mail to an address."""
        self.accounts.relay()
        return self.mailer.newest_link(email)

    def token_for(self, email: str) -> BearerToken:
        """Deliver what is due and return the token of the newest mail to an address."""
        (token,) = parse_qs(urlsplit(self.link_to(email)).query)["token"]
        return BearerToken(token)


class NoLimits:
    """Counts nothing: for what is done oftener than anybody may."""

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:  # noqa: ARG002
        """Let it pass."""
        return True

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:  # noqa: ARG002
        """Know of no use."""
        return 0

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """Have nothing to forget."""


def build(
    storage: Storage | None = None,
    *,
    clock: FixedClock | None = None,
    erp: OrderSource | None = None,
    catalogue: Catalogue | None = None,
    mailer: MemoryMailer | None = None,
    cart: MemoryCart | None = None,
    delivery: Delivery = Delivery.BY_RELAY,
    secret_keys: Sequence[str] = (KEY,),
    base_url: str = BASE_URL,
    hashing: Hashing | None = None,
    subscribers: Sequence[Subscriber] = (),
    matcher: CustomerMatcher | None = None,
    limits: Limits | None = None,
    sign_in_limits: SignInLimits | None = None,
    features: Sequence[Feature] = (),
) -> House:
    """Build a house; what is not given is in memory. Without an ERP the shop keeps the orders."""
    storage = storage if storage is not None else MemoryStorage()
    clock, mailer, cart = clock or FixedClock(), mailer or MemoryMailer(), cart or MemoryCart()
    accounts = CustomerAccounts(
        storage=storage,
        mailer=mailer,
        secret_keys=secret_keys,
        base_url=base_url,
        cart=cart,
        erp=erp,
        catalogue=catalogue,
        delivery=delivery,
        hashing=hashing or Hashing.cheap(),
        subscribers=subscribers,
        matcher=matcher,
        limits=limits,
        sign_in_limits=sign_in_limits,
        features=features,
        testing=True,
        clock=clock,
    )
    return House(
        accounts=accounts,
        storage=storage,
        clock=clock,
        mailer=mailer,
        cart=cart,
        erp=erp if isinstance(erp, MemoryErp) else None,
        catalogue=catalogue,
    )


def staff_of(realm: RealmId) -> Staff:
    """Make one of a seller's people, who may do everything."""
    return Staff(
        realm=realm, id=StaffId(f"staff-{realm}"), name="Sam", permissions=STAFF_PERMISSIONS
    )


# The two sellers --------------------------------------------------------------------------------

IDA, OLE = "ida@nord.example", "ole@nord.example"
"""Staff of the first seller, once they are appointed."""
ALICE, BOB, GRETA = "alice@acme.example", "bob@beta.example", "greta@gamma.example"

REGISTER: Mapping[RealmId, Sequence[Mapping[str, object]]] = {
    NORD: (
        {
            "erp_id": "E-ACME",
            "number": "1001",
            "name": "Acme Ltd",
            "groups": "dealers",
            "contact": "Alice",
            "email": ALICE,
            "language": "de",
        },
        {
            "erp_id": "E-BETA",
            "number": "1002",
            "name": "Beta plc",
            "groups": "crafts",
            "contact": "Bob",
            "email": BOB,
            "language": "en",
        },
    ),
    SUED: (
        {
            "erp_id": "E-GAMMA",
            "number": "2001",
            "name": "Gamma SA",
            "groups": "friends",
            "contact": "Greta",
            "email": GRETA,
            "language": "fr",
        },
    ),
}


@attrs.define
class Shop:
    """A seller in the house: its realm, its one portal, its people."""

    house: House
    realm: RealmId
    portal: Portal
    staff: Staff

    @property
    def guest(self) -> Guest:
        """A visitor of the portal."""
        return self.house.accounts.portals.guest(self.portal)

    @property
    def scope(self) -> RealmScope:
        """Everything of the seller."""
        return RealmScope(self.realm)

    def opened(self, portal: PortalId) -> PortalId:
        """Switch another portal on."""
        return self.house.accounts.portal_desk.open(self.staff, portal).id

    def customer(self, erp_id: str) -> Customer:
        """Look a customer up."""
        key = ErpCustomerId(erp_id)
        return self.house.accounts.register_desk.by_erp_id(self.staff, [key])[key]

    def change(self, erp_id: str, /, **fields: object) -> Customer:
        """Import a customer's row again, changed."""
        row = next(row for row in REGISTER[self.realm] if row["erp_id"] == erp_id)
        self.house.accounts.register_desk.import_rows(self.staff, [{**row, **fields}])
        return self.customer(erp_id)

    def group(self, key: str) -> CustomerGroupId:
        """Look a customer group up."""
        groups = self.house.accounts.register_desk.groups(self.staff)
        return next(group.id for group in groups if group.key == key)

    def price_list(self, key: str, rows: Iterable[PriceRow]) -> PriceListId:
        """Make and fill a price list; returns its id."""
        desk = self.house.accounts.price_desk
        made = desk.create_list(self.staff, key=key, name=key)
        desk.replace_prices(self.staff, made.id, tuple(rows))
        return made.id

    def keep_orders(self, customer: Customer, orders: Sequence[Order]) -> None:
        """Put orders where the house takes its history from."""
        if self.house.erp is not None and customer.erp_id is not None:
            self.house.erp.add(self.realm, customer.erp_id, *orders)
        else:
            self.house.accounts.order_desk.keep(self.staff, customer.id, orders)

    def activate(self, email: str, password: str = PASSWORD) -> None:
        """Let a contact sign in for the first time."""
        first = self.house.accounts.first_sign_in
        first.request(self.guest, email)
        first.activate(self.guest, self.house.token_for(email), password)

    def sign_in(self, email: str, password: str = PASSWORD) -> SessionToken:
        """Sign a user in."""
        return self.house.accounts.sign_in.sign_in(self.guest, email, password)

    def session(self, email: str, password: str = PASSWORD) -> Session:
        """Sign a user in and resume the session."""
        token = self.sign_in(email, password)
        return self.house.accounts.sessions.resume(self.guest, token)

    def person(self, email: str, password: str = PASSWORD) -> Person:
        """Sign a user in and let it act for what concerns the login."""
        token = self.sign_in(email, password)
        return self.house.accounts.sessions.person(self.guest, token)

    def member(
        self, email: str, password: str = PASSWORD, *, customer: CustomerId | None = None
    ) -> Member:
        """Sign a user in and let it act for a customer, or for its only one."""
        return self.house.accounts.acting.member(self.session(email, password), customer)

    def invite_member(self, member: Member, email: str, *roles: RoleId) -> Invitation:
        """Let a member invite somebody to the own customer, as a buyer unless roles are named."""
        return self.house.accounts.users.invite(member, email=email, roles=roles or (BUYER,))

    def accept_invitation(self, email: str, password: str = PASSWORD) -> None:
        """Accept the newest invitation to an address: with its login, or as a new user."""
        invited, token = self.house.accounts.invited, self.house.token_for(email)
        if invited.look(self.guest, token).has_login:
            invited.accept(self.person(email, password), token)
        else:
            invited.activate(self.guest, token, password)

    def colleague_of(self, member: Member, email: str, *roles: RoleId) -> Member:
        """Let somebody, with a login or without, be invited by a member, accept, and act."""
        self.invite_member(member, email, *roles)
        self.accept_invitation(email)
        return self.member(email, customer=member.customer)

    def line(self, customer: CustomerId, email: str) -> MemberLine:
        """Look up one of a customer's users, removed or not, as staff see it."""
        lines = self.house.accounts.member_desk.users(self.staff, customer)
        return next(one for one in lines if one.email == EmailAddress.parse(email))

    def appoint(self, email: str, *permissions: Permission) -> StaffMember:
        """Let somebody be staff, with a password of the person's own; ``IDA`` may do everything."""
        accounts, granted = self.house.accounts, permissions or STAFF_PERMISSIONS
        made = accounts.staff_desk.appoint(
            self.staff, email=email, name="Ida Berg", permissions=granted
        )
        token = self.staff_sign_in(email, made.password)
        accounts.staff_sessions.change_password(self.guest, token, made.password, STAFF_PASSWORD)
        return self.colleague(email)

    def staff_sign_in(self, email: str, password: str = STAFF_PASSWORD) -> StaffToken:
        """Sign a staff member in."""
        return self.house.accounts.staff_sign_in.sign_in(self.guest, email, password)

    def acting_staff(self, email: str, password: str = STAFF_PASSWORD) -> Staff:
        """Sign a staff member in and let it act."""
        token = self.staff_sign_in(email, password)
        return self.house.accounts.staff_sessions.resume(self.guest, token)

    def colleague(self, email: str) -> StaffMember:
        """Look a staff member up."""
        with self.house.storage.reading() as view:
            found = view.staff.find_by_email(self.scope, EmailAddress.parse(email))
        assert found is not None, f"{email} is no staff member"
        return found

    def user(self, email: str) -> User:
        """Look a user up."""
        with self.house.storage.reading() as view:
            found = view.users.find_by_email(self.scope, EmailAddress.parse(email))
        assert found is not None, f"{email} has no login"
        return found

    def change_user(self, email: str, /, **fields: object) -> User:
        """Change a user past all services, as a disaster or an import would."""
        changed = attrs.evolve(self.user(email), **fields)
        with self.house.storage.begin(System(realm=self.realm, job="test")) as work:
            kept = work.users.save(self.scope, changed)
            work.commit()
        return kept

    def change_membership(
        self, member: Member, change: Callable[[Membership], Membership]
    ) -> Membership:
        """Change a membership past all services, as a rival or an import would."""
        with self.house.storage.begin(System(realm=self.realm, job="test")) as work:
            standing = work.memberships.find(member.scope, member.user)
            assert standing is not None
            kept = work.memberships.save(member.scope, change(standing.membership))
            work.commit()
        return kept


def open_shop(
    house: House, realm: RealmId, *, path: str, number: str, languages: Collection[Language]
) -> Shop:
    """Found a realm, open its portal and import its register."""
    staff = staff_of(realm)
    desk = house.accounts.portal_desk
    desk.found_realm(staff, realm)
    made = desk.create(
        staff,
        key="main",
        name=f"Portal {realm.title()}",
        languages=tuple(languages),
        currency=EUR,
        time_zone="Europe/Berlin",
        path=path,
        number=number,
        host=f"{realm}.example",
    )
    shop = Shop(house, realm, desk.open(staff, made.id), staff)
    house.accounts.register_desk.import_rows(staff, REGISTER[realm])
    return shop


def open_nord(house: House) -> Shop:
    """Open the first seller's shop."""
    return open_shop(
        house,
        NORD,
        path="/customer-center",
        number="00815",
        languages=(Language.EN, Language.DE, Language.SV, Language.NL),
    )


def open_sued(house: House) -> Shop:
    """Open the second seller's shop."""
    return open_shop(
        house, SUED, path="/kunden", number="00816", languages=(Language.FR, Language.DE)
    )


# Orders -----------------------------------------------------------------------------------------


def order(
    name: str,
    *,
    clock: FixedClock,
    days_ago: int = 1,
    status: OrderStatus = OrderStatus.OPEN,
    articles: Mapping[str, str] | None = None,
) -> Order:
    """Make an order of a few lines, named by its customer: ``order("acme-7", ...)``."""
    wanted = articles if articles is not None else {"X1": "12", "X2": "1"}
    lines = tuple(
        OrderLine(
            id=OrderLineId(f"{name}-line-{place}"),
            article=ArticleNumber(article),
            text=f"Article {article}",
            quantity=Decimal(quantity),
            price=euro("1.50"),
        )
        for place, (article, quantity) in enumerate(wanted.items(), 1)
    )
    return Order(
        summary=OrderSummary(
            id=OrderId(f"id-{name}"),
            number=OrderNumber(f"A-{name}"),
            customer_number=CustomerOrderNumber(f"PO {name}"),
            placed=clock() - timedelta(days=days_ago),
            status=status,
            total=euro("99.90"),
        ),
        lines=lines,
    )


def delivered(made: Order, *, clock: FixedClock, quantity: str) -> Order:
    """Add a delivery note for the first line, and an invoice."""
    name = made.summary.number
    note = DeliveryNote(
        id=DeliveryNoteId(f"dn-{name}"),
        number=DeliveryNoteNumber(f"L-{name}"),
        sent=clock(),
        lines=(DeliveredLine(order_line=made.lines[0].id, quantity=Decimal(quantity)),),
        tracking=(Tracking(carrier="Parcel", reference="1Z", url="https://parcel.example/1Z"),),
    )
    invoice = Invoice(
        id=InvoiceId(f"in-{name}"),
        number=InvoiceNumber(f"R-{name}"),
        issued=clock(),
        net=euro("100.00"),
        tax=euro("19.00"),
        gross=euro("119.00"),
    )
    return attrs.evolve(made, delivery_notes=(note,), invoices=(invoice,))


def history(name: str, how_many: int, *, clock: FixedClock) -> list[Order]:
    """Make a history; the higher the number the older the order."""
    return [order(f"{name}-{place}", clock=clock, days_ago=place) for place in range(how_many)]


# Looking at a store -----------------------------------------------------------------------------


def everything_in(storage: Storage) -> Mapping[str, object]:
    """Take a storage's whole content, to compare: every row of every table.

    A back end that is new to the tests is read here.
    """
    storage = getattr(storage, "inner", storage)  # what only watches keeps nothing
    if isinstance(storage, MemoryStorage):
        tables = storage._state
        names = (field.name for field in attrs.fields(type(tables)))
        return {name: dict(getattr(tables, name)._rows) for name in names}
    if not hasattr(storage, "engine"):
        return _everything_in_django(storage)
    from sqlalchemy import select

    from custaccount.adapters.sqlalchemy.tables import metadata

    engine = storage.engine.execution_options(schema_translate_map={None: storage.schema})
    with engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }


def _everything_in_django(storage: Storage) -> Mapping[str, object]:
    from django.apps import apps

    return {
        model._meta.db_table: sorted(
            map(repr, model._base_manager.using(storage.using).values_list())
        )
        for model in apps.get_app_config("custaccount").get_models()
    }


def how_often(storage: Storage, event: str) -> int:
    """Count the rows of an event in the audit trail and check that the outbox has as many."""
    content = everything_in(storage)
    entries, posts = (
        sum(tells(row, event) for row in rows_of(content, names))
        for names in (("entries", "custaccount_audit"), ("posts", "custaccount_outbox"))
    )
    assert entries == posts, event
    return entries


def tells(row: object, event: str) -> bool:
    """Say whether a row is about an event: of the audit trail or the outbox, on any back end."""
    kept = getattr(row, "event", None)
    return event in (str(row) if kept is None else getattr(kept, "name", kept))


def rows_of(content: Mapping[str, object], names: Collection[str]) -> Collection[object]:
    """Return the rows of a table, which each back end calls its own way."""
    (found,) = (rows for name, rows in content.items() if name in names)
    assert isinstance(found, dict | list)
    return list(found.values()) if isinstance(found, dict) else found


# Fixtures; a folder that wants them names them in its conftest ----------------------------------


@pytest.fixture
def house(storage: Storage) -> House:
    """A house on the storage under test; the shop keeps the orders itself."""
    return build(storage)


@pytest.fixture
def nord(house: House) -> Shop:
    """The first seller, with Acme and Beta."""
    return open_nord(house)


@pytest.fixture
def sued(house: House) -> Shop:
    """The second seller, with Gamma."""
    return open_sued(house)
