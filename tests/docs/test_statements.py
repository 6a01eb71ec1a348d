"""What each public operation asks of a database: the table in the reference, counted anew.

``CUSTACCOUNT_WRITE_STATEMENTS=1`` writes the table as it is counted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import pytest
from sqlalchemy import Engine, event

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from tests.house import NoLimits, build
from tests.security.samples import SAMPLES, three_parties
from tests.security.services import methods_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "statements.md"
BEGUN, ENDED = "<!-- counted -->", "<!-- end -->"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (\d+) \| (\d+) \| (\w*) \|$", re.MULTILINE)
READS = ("SELECT",)
WRITES = ("INSERT", "UPDATE", "DELETE")


@attrs.frozen
class Count:
    """What one operation costs."""

    reads: int
    writes: int
    units: str
    """``r`` for a snapshot, ``w`` for a writing unit, in their order."""


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """List the first words of what is run, one for all rows of a bulk change."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement.lstrip("( ").partition(" ")[0])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Units:
    """A storage that notes which units are opened."""

    def __init__(self, inner: SqlAlchemyStorage) -> None:
        self.inner = inner
        self.opened = ""

    def reading(self) -> object:
        """Note a snapshot."""
        self.opened += "r"
        return self.inner.reading()

    def begin(self, actor: object) -> object:
        """Note a writing unit."""
        self.opened += "w"
        return self.inner.begin(actor)  # type: ignore[arg-type]


def count(storage: SqlAlchemyStorage) -> Mapping[str, Count]:
    """Run every operation once, for a party that has what it needs."""
    units = Units(storage)
    house = build(units, limits=NoLimits())  # type: ignore[arg-type]
    party, _, _ = three_parties(house)
    methods = methods_of(house.accounts)
    counts = {}
    for name, sample in SAMPLES.items():
        wanted = sample(party)
        units.opened = ""
        with counting(storage.engine) as seen:
            methods[name].call(wanted.actor, **wanted.arguments)
        counts[name] = Count(
            sum(word in READS for word in seen), sum(word in WRITES for word in seen), units.opened
        )
    return counts


def written(counts: Mapping[str, Count]) -> str:
    """Write the table."""
    rows = [
        f"| `{name}` | {one.reads} | {one.writes} | {one.units} |" for name, one in counts.items()
    ]
    head = ("| operation | reads | writes | units |", "|---|--:|--:|---|")
    return "\n".join((BEGUN, *head, *rows, ENDED))


def test_the_table_tells_what_is_counted(sql_storage: SqlAlchemyStorage) -> None:
    """On each database alike."""
    counts = count(sql_storage)
    if os.environ.get("CUSTACCOUNT_WRITE_STATEMENTS"):
        text = PAGE.read_text("utf-8")
        begun, ended = text.index(BEGUN), text.index(ENDED) + len(ENDED)
        PAGE.write_text(text[:begun] + written(counts) + text[ended:], "utf-8")

    assert told() == counts, "counted anew with CUSTACCOUNT_WRITE_STATEMENTS=1"


def told() -> Mapping[str, Count]:
    """Read the table."""
    return {
        name: Count(int(reads), int(writes), units)
        for name, reads, writes, units in ROW.findall(PAGE.read_text("utf-8"))
    }


A_NUMBER = "whoever takes a number of a range that may have gaps waits for nobody"
TWO_UNITS = {
    "reorder.commit": "the cart, another system, stands between asking and telling",
    "registering.activate": A_NUMBER,
    "registration_desk.found": A_NUMBER,
    "new_customers.add": A_NUMBER,
    "new_customers.from_order": A_NUMBER,
}


def test_an_operation_writes_in_one_unit() -> None:
    """So that it is done as a whole; a second unit has a reason."""
    found = {name for name, one in told().items() if one.units.count("w") > 1}
    assert found == TWO_UNITS.keys()


BUDGETS = {"sign_in.sign_in": 6, "sessions.resume": 2, "acting.member": 2}
BUDGETS |= {"prices.quotes": 2, "orders.newest": 2, "orders.search": 2}


@pytest.mark.parametrize("name", BUDGETS)
def test_what_every_page_needs_is_cheap(name: str) -> None:
    """A limit for those that are called most."""
    one = told()[name]
    assert one.reads + one.writes <= BUDGETS[name]
