"""R10: handing numbers out, beside the bare UPDATE that counts one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from custaccount.facilities.number_desk import NumberDesk
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import HIGHEST
from custaccount.kernel.access import STAFF_PERMISSIONS, Staff, System
from custaccount.kernel.ids import RangeKey, StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Unit
from tests.benchmarks.gauge import Figure, Work, ratio
from tests.benchmarks.ground import REALM, Ground

HERE, OURS, RAW = RealmScope(REALM), RangeKey("ours"), RangeKey("raw")
COUNT = (
    "UPDATE custaccount_number_ranges SET taken = taken + 1 "  # noqa: S608 - our own words
    f"WHERE realm = '{REALM}' AND \"key\" = '{RAW}' AND taken <= last - first"
)


def _taking(ground: Ground) -> Iterator[Figure]:
    """Compare a number in a unit of its own with the one statement that counts it."""
    _reserve(ground)
    numbering: Numbering[Unit] = Numbering(
        begin=ground.storage.begin, clock=ground.clock, is_used=lambda _work, _scope, _number: False
    )
    job = System(realm=REALM, job="bench")
    with ground.engine.connect() as held, ground.engine.connect() as bare:
        joined = ground.storage.joining(held)

        def take() -> None:
            with joined.begin(job) as work:
                numbering.take(work, HERE, OURS)
                work.commit()
            held.commit()

        value, note = ratio(take, _counting(bare), ground.sizes)
    name = f"a number on a held connection, with its commit, {ground.backend}"
    yield Figure(work="R10", name=name, value=value, note=note)
    value, note = ratio(_whole(ground, numbering, job), _nothing(ground), ground.sizes)
    name = f"a number from the pool against an empty unit, {ground.backend}"
    yield Figure(work="R10", name=name, value=value, note=note)


def _reserve(ground: Ground) -> None:
    desk = NumberDesk(
        reading=ground.storage.reading, begin=ground.storage.begin, clock=ground.clock
    )
    staff = Staff(realm=REALM, id=StaffId("s"), name="S", permissions=STAFF_PERMISSIONS)
    for key, prefix in ((OURS, "O-"), (RAW, "R-")):
        desk.reserve(staff, key=key, prefix=prefix, width=5, first=1, last=HIGHEST, warn_at=0)


def _counting(connection: Connection) -> Work:
    """Count a number in the driver's own words, and commit."""
    driver = connection.connection.driver_connection
    assert driver is not None

    def count() -> None:
        cursor = driver.cursor()
        cursor.execute(COUNT)
        assert cursor.rowcount == 1
        cursor.close()
        driver.commit()

    return count


def _whole(ground: Ground, numbering: Numbering[Unit], job: System) -> Callable[[], None]:
    def take() -> None:
        with ground.storage.begin(job) as work:
            numbering.take(work, HERE, OURS)
            work.commit()

    return take


def _nothing(ground: Ground) -> Work:
    """Open a unit and commit it, with nothing in it."""

    def empty() -> None:
        with ground.storage.begin(System(realm=REALM, job="bench")) as work:
            work.commit()

    return empty


FIGURES = (("R10", _taking),)
"""What is measured on each database, by row of the table."""
