"""What the storage adds to each operation: its units against the same SQL by hand.

**Ours** is the time an operation of ``CustomerAccounts`` spends in its units, from the call that
opens one to the end of it: a connection from the pool, the transaction, the statements made and run
by SQLAlchemy, rows made into values, and whatever the service decides in the unit. No hash is ever
made in one; it is cheap here, limits are off, the cart is in memory. The note has the whole call.

**The limit** is hand-written SQL at its best: the operation's own statements with the same
parameters, in the same transactions, on a connection of the driver's own (``sqlite3``, ``psycopg``,
``PyMySQL``) that is held all the time. Nothing is compiled, rows are fetched and left as
tuples. So a ratio of 1 can't be reached; and one that is far above it on SQLite, where a statement
costs a few microseconds, may be 100 microseconds.

Both undo what they wrote instead of committing it, so that each call finds the same rows. The time
of a commit to a disk, which would make the ratios look better, is in neither.

The operations are those of ``tests.security.samples``, each public method of each service, and
some bigger ones. A shop of 150 orders is small: the bigger the tables, the smaller the ratios.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import attrs

from custaccount import CustAccountError, System
from custaccount.adapters.memory import MemoryCart
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.facilities.outbox import LEASE
from custaccount.kernel.ids import ArticleNumber
from custaccount.notifications.relay import BATCH
from custaccount.ordering import CartLine, CartOwner
from tests import backends
from tests.benchmarks.by_hand import Driver, TimedStorage, Unit, driver_of, undoing, units_of
from tests.benchmarks.gauge import TRANSACTION, Figure, Sizes, Work, rounds, settled
from tests.benchmarks.ground import WRONG
from tests.house import NoLimits, build, order, price
from tests.security.samples import SAMPLES, Party, three_parties
from tests.security.services import Method, methods_of

MANY, PAGE, LINES = 500, 50, 30
CHANGED = 5
"""In an import of many customers, so few are other than they were: one in a hundred."""

Prepared = Callable[[Party], Work]
"""Makes what a call needs, then returns the call."""


class ForgetfulCart(MemoryCart):
    """Takes every plan as if it were the first."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Have what was added, and nothing else."""
        self.__init__()  # type: ignore[misc]
        return super().add(owner, lines, key=key)

    def has(self, owner: CartOwner, key: str) -> bool:  # noqa: ARG002
        """Know of nothing."""
        return False


# Bigger ones, and those that take a way of their own --------------------------------------------


def refused(party: Party) -> Work:
    """Remember a wrong password."""

    def work() -> None:
        with suppress(CustAccountError):
            party.shop.sign_in(party.email, WRONG)

    return work


def touched(party: Party) -> Work:
    """Resume a session that was not used for two minutes: that is written down."""
    token = party.shop.sign_in(party.email)
    party.shop.house.clock.advance(timedelta(minutes=2))
    return lambda: party.shop.house.accounts.sessions.resume(party.guest, token)


def imported(party: Party) -> Work:
    """Import customers nobody knew."""
    rows = _rows("new")
    return lambda: party.shop.house.accounts.register_desk.import_rows(party.staff, rows)


def imported_again(party: Party) -> Work:
    """Import customers that are known, of whom few have changed."""
    desk, rows = party.shop.house.accounts.register_desk, _rows("known")
    desk.import_rows(party.staff, rows)
    changed = [{**row, "name": "Renamed"} for row in rows[:CHANGED]]
    return lambda: desk.import_rows(party.staff, [*changed, *rows[CHANGED:]])


def _rows(name: str) -> list[dict[str, object]]:
    return [
        {"erp_id": f"{name} {place}", "number": f"{name} {place}", "name": "A customer"}
        for place in range(MANY)
    ]


def replaced(party: Party) -> Work:
    """Give a list other prices."""
    desk, listed = party.shop.house.accounts.price_desk, party.shop.price_list("many", [])
    rows = [price(f"R{place}", "4.50") for place in range(MANY)]
    return lambda: desk.replace_prices(party.staff, listed, rows)


def quoted(party: Party) -> Work:
    """Ask for a page of prices."""
    listed = party.shop.price_list("page", [price(f"Q{place}", "3") for place in range(MANY)])
    party.shop.house.accounts.price_desk.attach_to_portal(party.staff, listed, party.shop.portal.id)
    member, articles = party.member, [ArticleNumber(f"Q{place}") for place in range(PAGE)]
    return lambda: party.shop.house.accounts.prices.quotes(member, articles)


def kept(party: Party) -> Work:
    """Keep orders of two lines."""
    customer, clock = party.shop.customer(party.erp_id).id, party.shop.house.clock
    orders = [order(f"kept-{place}", clock=clock) for place in range(PAGE)]
    return lambda: party.shop.house.accounts.order_desk.keep(party.staff, customer, orders)


def planned(party: Party) -> Work:
    """Look at what an order of many lines would be today, and put it into the cart."""
    wanted = {f"L{place}": "2" for place in range(LINES)}
    long = order(party.fresh(), clock=party.shop.house.clock, articles=wanted)
    party.shop.keep_orders(party.shop.customer(party.erp_id), [long])
    listed = party.shop.price_list(party.fresh(), [price(article, "3") for article in wanted])
    party.shop.house.accounts.price_desk.attach_to_portal(party.staff, listed, party.shop.portal.id)
    member, reorder = party.member, party.shop.house.accounts.reorder

    def work() -> None:
        plan = reorder.plan(member, long.summary.id)
        assert len(reorder.commit(member, plan.token)) == LINES

    return work


def leased(party: Party) -> Work:
    """Lease a relay's batch."""
    house, relay = party.shop.house, System(realm=party.shop.realm, job="relay")
    for _ in range(BATCH):
        house.accounts.first_sign_in.request(party.guest, party.email)

    def work() -> None:
        with house.storage.begin(relay) as unit:
            at = house.clock()
            found = unit.outbox.lease(relay.scope, at=at, until=at + LEASE, limit=BATCH)
            assert len(found) == BATCH
            unit.commit()

    return work


def marked(party: Party) -> Work:
    """Mark an event delivered."""
    house, relay = party.shop.house, System(realm=party.shop.realm, job="relay")
    house.accounts.first_sign_in.request(party.guest, party.email)
    with house.storage.begin(relay) as unit:
        at = house.clock()
        posted, *_ = unit.outbox.lease(relay.scope, at=at, until=at + LEASE, limit=BATCH)
        unit.commit()

    def work() -> None:
        with house.storage.begin(relay) as unit:
            assert unit.outbox.delivered(relay.scope, posted)
            unit.commit()

    return work


OTHERS: Mapping[str, Prepared] = {
    "sign_in.sign_in, refused": refused,
    "sessions.resume, touched": touched,
    f"register_desk.import_rows, {MANY} new": imported,
    f"register_desk.import_rows, {MANY} known, {CHANGED} changed": imported_again,
    f"price_desk.replace_prices, {MANY} rows": replaced,
    f"prices.quotes, {PAGE} articles": quoted,
    f"order_desk.keep, {PAGE} orders": kept,
    f"reorder.plan and commit, {LINES} lines": planned,
    f"outbox, a batch of {BATCH} leased": leased,
    "outbox, one marked delivered": marked,
}

TARGETS: Mapping[str, float] = {
    f"prices.quotes, {PAGE} articles": 2.3,
    f"reorder.plan and commit, {LINES} lines": 3.0,
    "orders.search": 3.0,
}
"""Where one was set, on PostgreSQL: W3 with checkout, W4's reorder, W5.

The reorder's was set against a basket in the database; ours is held against its own statements.
"""


def operations(methods: Mapping[str, Method]) -> Mapping[str, Prepared]:
    """Name every operation there is, with what prepares it."""

    def sampled(name: str) -> Prepared:
        def prepared(party: Party) -> Work:
            wanted = SAMPLES[name](party)
            return lambda: methods[name].call(wanted.actor, **wanted.arguments)

        return prepared

    return {**{name: sampled(name) for name in SAMPLES}, **OTHERS}


# Measuring --------------------------------------------------------------------------------------


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Take every operation on each database there is."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'operations.db'}"}
        for name, server in (
            ("postgresql", backends.find_postgres()),
            ("mariadb", backends.find_mariadb()),
        ):
            if not isinstance(server, backends.Missing):
                urls[name] = stack.enter_context(backends.database(server))
        for name, url in urls.items():
            with backends.opened(backends.migrated(url)) as storage:
                yield from _on(name, storage, sizes)


def _on(backend: str, storage: SqlAlchemyStorage, sizes: Sizes) -> Iterator[Figure]:
    timed = TimedStorage(storage)
    house = build(
        timed,  # type: ignore[arg-type]
        cart=ForgetfulCart(),
        limits=NoLimits(),
    )
    party, _, _ = three_parties(house)
    with driver_of(storage.engine) as driver, settled():
        for name, prepared in operations(methods_of(house.accounts)).items():
            work = prepared(party)
            with undoing(storage.engine):
                taken = _taken(timed, work, driver, sizes)
            if taken is None:
                continue
            yield Figure(
                work="ops",
                name=f"{name}, {backend}",
                value=taken.ratio,
                most=TARGETS.get(name) if backend == "postgresql" else None,
                note=taken.note,
            )


@attrs.frozen
class Taken:
    """What was measured of an operation: medians of rounds, in seconds."""

    ratio: float
    units: float
    whole: float
    by_hand: float
    statements: int

    @property
    def note(self) -> str:
        """The absolute times."""
        ours, whole, theirs = (f"{x * 1e6:.0f}" for x in (self.units, self.whole, self.by_hand))
        return f"{ours} us, by hand {theirs}; call {whole}; {self.statements} statements"


def _taken(timed: TimedStorage, work: Work, driver: Driver, sizes: Sizes) -> Taken | None:
    """Run an operation and what it asks by hand in turn; None if it asks nothing."""
    work()  # a connection that is new is asked more
    units = units_of(timed, work)
    if not _shape(units):
        return None
    again = driver.again(units)

    def sample() -> tuple[float, float, float]:
        timed.forget()
        begun = time.perf_counter()
        work()
        between = time.perf_counter()
        again()
        return timed.seconds, between - begun, time.perf_counter() - between

    found = rounds(sample, attrs.evolve(sizes, runs=max(1, sizes.runs // 2)))
    assert _shape(units_of(timed, work)) == _shape(units), "a later call was another"
    ours, whole, theirs = (statistics.median(times) for times in zip(*found, strict=True))
    return Taken(
        ratio=statistics.median(mine / hand for mine, _, hand in found),
        units=ours,
        whole=whole,
        by_hand=theirs,
        statements=sum(not one.startswith(TRANSACTION) for one, _ in _shape(units)),
    )


def _shape(units: Sequence[Unit]) -> list[tuple[str, bool]]:
    return [(asked.statement, asked.many) for unit in units for asked in unit.asked]
