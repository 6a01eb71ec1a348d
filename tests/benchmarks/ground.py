"""The shop the figures are taken in: one realm on a database, as big as asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import attrs
from sqlalchemy import Engine

from custaccount import Currency, Guest, Language, Member, Money, Staff
from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import FixedClock, MemoryCart, MemoryMailer
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.credentials import PasswordHash
from custaccount.credentials.passwords import Hashing
from custaccount.facilities.limits import Limits
from custaccount.facilities.signing import Keyring
from custaccount.kernel.access import STAFF_PERMISSIONS
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import (
    ArticleNumber,
    BearerToken,
    CustomerOrderNumber,
    ErpCustomerId,
    OrderId,
    OrderNumber,
    PriceListId,
    RealmId,
    StaffId,
)
from custaccount.orders import Order, OrderStatus, OrderSummary
from custaccount.portals import LoginId, Policies, Portal
from custaccount.pricing import PriceRow
from tests import backends
from tests.benchmarks.gauge import Sizes
from tests.benchmarks.people import add_people
from tests.house import NoLimits

REALM = RealmId("bench")
EUR = Currency("EUR")
KEY = "nV3-bench-4kq9Zt7RwXy2Lm8PbHs6Dc1Gf"
URL = "https://shop.example"
BUYER = "buyer@acme.example"
RIGHT, WRONG = "vier Schwalben am Dach", "sieben Raben im Garten"
SAM = Staff(realm=REALM, id=StaffId("s"), name="Sam", permissions=STAFF_PERMISSIONS)


class Unhashed(Hashing):
    """Compares in no time, so that what is beside the hash can be seen."""

    def verify(self, stored: PasswordHash | None, password: str) -> bool:
        """Compare with the one right password."""
        return stored is not None and password == RIGHT

    def outdated(self, stored: PasswordHash) -> bool:  # noqa: ARG002
        """Find every hash good."""
        return False


@attrs.frozen(kw_only=True)
class Ground:
    """A shop with users, orders and prices, and who asks in it."""

    backend: str
    storage: SqlAlchemyStorage
    accounts: CustomerAccounts
    keyring: Keyring
    clock: FixedClock
    guest: Guest
    member: Member
    sizes: Sizes

    @property
    def engine(self) -> Engine:
        """The database."""
        return self.storage.engine

    def articles(self, place: int, how_many: int = 50) -> list[ArticleNumber]:
        """Name a page of articles."""
        step = max(1, self.sizes.articles // how_many)
        return [_article((place + one * step) % self.sizes.articles) for one in range(how_many)]


@contextmanager
def grounds(sizes: Sizes, folder: Path) -> Iterator[list[Ground]]:
    """Build one on SQLite, and one on PostgreSQL if there is a server."""
    file = backends.migrated(f"sqlite:///{folder / 'bench.db'}")
    server = backends.find_postgres()
    with backends.opened(file) as sqlite:
        if isinstance(server, backends.Missing):
            yield [build("sqlite", sqlite, sizes)]
            return
        with backends.database(server) as url, backends.opened(backends.migrated(url)) as postgres:
            built = [build("sqlite", sqlite, sizes), build("postgresql", postgres, sizes)]
            with postgres.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            ) as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
            yield built


def build(backend: str, storage: SqlAlchemyStorage, sizes: Sizes) -> Ground:
    """Fill a storage."""
    clock, mailer = FixedClock(datetime(2026, 5, 4, 9, tzinfo=UTC)), MemoryMailer()
    accounts = accounts_on(storage, clock, mailer, Unhashed.cheap(), NoLimits())
    staff, portal = SAM, found_portal(accounts)
    accounts.register_desk.import_rows(
        staff, [{"erp_id": "E", "number": "1", "name": "Acme", "groups": "A", "email": BUYER}]
    )
    erp_id = ErpCustomerId("E")
    customer = accounts.register_desk.by_erp_id(staff, [erp_id])[erp_id]
    add_people(storage.engine, REALM, sizes.users)
    for begin in range(0, sizes.orders, 1000):
        places = range(begin, min(begin + 1000, sizes.orders))
        accounts.order_desk.keep(staff, customer.id, [_order(clock(), place) for place in places])
    desk = accounts.price_desk
    lists = [_price_list(accounts, staff, key, sizes.articles) for key in ("own", "group", "all")]
    desk.attach_to_customer(staff, lists[0], customer.id)
    desk.attach_to_group(staff, lists[1], customer.groups[0])
    desk.attach_to_portal(staff, lists[2], portal.id)
    guest = accounts.portals.guest(portal)
    return Ground(
        backend=backend,
        storage=storage,
        accounts=accounts,
        keyring=Keyring([KEY], "shop.example"),
        clock=clock,
        guest=guest,
        member=_member(accounts, guest, mailer),
        sizes=sizes,
    )


def found_portal(accounts: CustomerAccounts) -> Portal:
    """Found the realm, with a portal where people sign in by number or by address."""
    accounts.portal_desk.found_realm(SAM, "Bench")
    made = accounts.portal_desk.create(
        SAM,
        key="bench",
        name="Bench",
        languages=[Language.EN],
        currency=EUR,
        path="/bench",
        policies=Policies(login=LoginId.CUSTOMER_NUMBER),
    )
    return accounts.portal_desk.open(SAM, made.id)


def accounts_on(
    storage: SqlAlchemyStorage,
    clock: Clock,
    mailer: MemoryMailer,
    hashing: Hashing,
    limits: Limits | None = None,
) -> CustomerAccounts:
    """Wire everything on a storage; limits are counted in this process if nothing else is said."""
    return CustomerAccounts(
        storage=storage,
        mailer=mailer,
        secret_keys=[KEY],
        base_url=URL,
        cart=MemoryCart(),
        delivery=Delivery.BY_RELAY,
        hashing=hashing,
        limits=limits,
        testing=True,
        clock=clock,
    )


def _member(accounts: CustomerAccounts, guest: Guest, mailer: MemoryMailer) -> Member:
    accounts.first_sign_in.request(guest, BUYER)
    accounts.relay()
    (token,) = parse_qs(urlsplit(mailer.newest_link(BUYER)).query)["token"]
    accounts.first_sign_in.activate(guest, BearerToken(token), RIGHT)
    carried = accounts.sign_in.sign_in(guest, BUYER, RIGHT)
    return accounts.acting.member(accounts.sessions.resume(guest, carried))


def _order(now: datetime, place: int) -> Order:
    return Order(
        summary=OrderSummary(
            id=OrderId(f"o{place:06}"),
            number=OrderNumber(f"A-{place:06}"),
            customer_number=CustomerOrderNumber(f"PO {place}"),
            placed=now - timedelta(hours=place),
            status=OrderStatus.DELIVERED,
            total=Money(Decimal(place) / 100 + 1, EUR),
        ),
        lines=(),
    )


def _price_list(accounts: CustomerAccounts, staff: Staff, key: str, articles: int) -> PriceListId:
    made = accounts.price_desk.create_list(staff, key=key, name=key)
    rows = [
        PriceRow(article=_article(place), price=Money(Decimal(place) / 100 + 1, EUR))
        for place in range(articles)
    ]
    accounts.price_desk.replace_prices(staff, made.id, rows)
    return made.id


def _article(place: int) -> ArticleNumber:
    return ArticleNumber(f"X-{place:06}")
