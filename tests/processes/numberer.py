"""Takes numbers in a process of its own, as a host at its isolation does; run as a script.

It says what it got when it is done: one line, a JSON list of numbers that were committed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import number_ranges
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import NumberRange
from custaccount.kernel.access import System
from custaccount.kernel.errors import Conflict
from custaccount.kernel.ids import RangeKey, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import utc_now
from custaccount.storage import Unit

HERE, KEY = RealmScope(RealmId("nord")), RangeKey("web")
JOB = System(realm=HERE.realm, job="test")
EVERY = 3
"""Of so many transactions one is rolled back."""

Take = Callable[[Unit], str]


def counted(storage: SqlAlchemyStorage) -> Take:
    """Take numbers as services do."""
    numbering: Numbering[Unit] = Numbering(
        begin=storage.begin, clock=utc_now, is_used=lambda _work, _scope, _number: False
    )
    return lambda work: numbering.take(work, HERE, KEY)


def naive(_: SqlAlchemyStorage) -> Take:
    """Take numbers as one would without thinking of others: look, then write what was seen."""

    def take(work: Unit) -> str:
        kept = work.numbers.find(HERE, KEY)
        assert isinstance(kept, NumberRange)
        seen = update(number_ranges).values(taken=kept.taken + 1)
        work.numbers._gate.change(seen, {})  # type: ignore[attr-defined]
        return kept.text(kept.next)

    return take


MANNERS = {"counted": counted, "naive": naive}


def work(
    storage: SqlAlchemyStorage, isolation: str, how_many: int, at_once: int, take: Take
) -> list[str]:
    """Take so many numbers, some in each transaction of a host's; run again one that lost."""
    got: list[str] = []
    engine = storage.engine.execution_options(isolation_level=isolation)
    with engine.connect() as connection:
        joined = storage.joining(connection)
        done = 0
        while len(got) < how_many:
            try:
                with joined.begin(JOB) as unit:
                    numbers = [take(unit) for _ in range(at_once)]
                    unit.commit()
            except Conflict:
                connection.rollback()
                continue
            done += 1
            if done % EVERY == 0:
                connection.rollback()
                continue
            connection.commit()
            got += numbers
    return got


def main(url: str, isolation: str, how_many: str, at_once: str, manner: str) -> None:
    """Say that all is loaded, wait for a go, and take."""
    storage = SqlAlchemyStorage.connect(url, patience=timedelta(seconds=30))
    take = MANNERS[manner](storage)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    json.dump(work(storage, isolation, int(how_many), int(at_once), take), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
