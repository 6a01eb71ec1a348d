"""W3 and W4: a page of prices, and pages of orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, event

from custaccount.orders import OrderSummary, Position
from custaccount.orders.model import owner_of
from custaccount.pricing import Quote, Wanted, quotes
from tests.benchmarks.gauge import Figure, Work, ratio, statements
from tests.benchmarks.ground import EUR, Ground

PAGE = 50


def raw(connection: Connection, ours: Work) -> Work:
    """Ask what a piece of work asks, in the same words, of the driver itself."""
    asked: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands over six things
        asked.append((args[2], args[3]))

    event.listen(connection, "before_cursor_execute", note)
    ours()
    event.remove(connection, "before_cursor_execute", note)
    ((statement, parameters),) = asked
    driver = connection.connection.driver_connection
    assert driver is not None

    def raw() -> list[Any]:
        cursor = driver.cursor()
        cursor.execute(statement, parameters)
        rows: list[Any] = cursor.fetchall()
        cursor.close()
        return rows

    return raw


def _orders(ground: Ground) -> Iterator[Figure]:
    with ground.engine.connect() as connection:
        yield from _pages(ground, connection)
    yield from _service(
        ground, "W4", "50 orders", lambda: ground.accounts.orders.newest(ground.member)
    )


def _pages(ground: Ground, connection: Connection) -> Iterator[Figure]:
    joined, owner = ground.storage.joining(connection), owner_of(ground.member)

    def page(after: Position | None) -> Callable[[], tuple[OrderSummary, ...]]:
        def asked() -> tuple[OrderSummary, ...]:
            with joined.reading() as view:
                found = view.orders.newest(owner, after=after, limit=PAGE + 1)
            assert len(found) >= PAGE
            return tuple(found)

        return asked

    pages = ground.sizes.orders // PAGE
    with joined.reading() as view:
        everything = view.orders.newest(owner, after=None, limit=ground.sizes.orders)
    last = page(everything[(pages - 1) * PAGE - 1].position)

    value, note = ratio(page(None), raw(connection, page(None)), ground.sizes)
    name = f"50 orders from storage on a held connection, {ground.backend}"
    yield Figure(work="W4", name=name, value=value, most=_on_postgresql(ground, 2.5), note=note)
    value, note = ratio(last, page(None), ground.sizes)
    name = f"page {pages} against page 1, {ground.backend}"
    yield Figure(work="W4", name=name, value=value, most=1.1, note=note)


def _prices(ground: Ground) -> Iterator[Figure]:
    articles = ground.articles(0, PAGE)
    with ground.engine.connect() as connection:
        yield from _quotes(ground, connection)
    yield from _service(
        ground,
        "W3",
        "50 prices",
        lambda: ground.accounts.prices.quotes(ground.member, articles),
    )


def _quotes(ground: Ground, connection: Connection) -> Iterator[Figure]:
    joined, articles = ground.storage.joining(connection), ground.articles(0, PAGE)
    wanted = tuple(map(Wanted, articles))

    def asked() -> tuple[Quote, ...]:
        with joined.reading() as view:
            found = view.prices.candidates(ground.member.scope, ground.member.portal, articles)
        return quotes(wanted, found, at=ground.clock(), currency=EUR)

    assert all(quote.tiers for quote in asked())
    value, note = ratio(asked, raw(connection, asked), ground.sizes)
    name = f"50 prices of 3 lists on a held connection, {ground.backend}"
    yield Figure(work="W3", name=name, value=value, most=_on_postgresql(ground, 1.5), note=note)


def _on_postgresql(ground: Ground, most: float) -> float | None:
    """Hold a target where it was set; SQLite's driver hands out moments and amounts as text."""
    return most if ground.backend == "postgresql" else None


def _service(ground: Ground, work: str, what: str, ours: Work) -> Iterator[Figure]:
    """Count and time what a service asks, with a connection from the pool."""
    with statements(ground.engine) as asked:
        ours()
    yield Figure(
        work=work,
        name=f"statements of {what}, {ground.backend}",
        value=len(asked),
        unit="",
        most=1,
        note="; ".join(" ".join(one.partition("FROM")[2].split()[:1]) for one in asked),
    )
    value, note = ratio(ours, _checkout(ground), ground.sizes)
    name = f"{what} by the service against an empty transaction, {ground.backend}"
    yield Figure(work=work, name=name, value=value, note=note)


def _checkout(ground: Ground) -> Work:
    def empty() -> None:
        with ground.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    return empty


FIGURES = (("W4", _orders), ("W3", _prices))
"""What is measured on each database, by row of the table."""
