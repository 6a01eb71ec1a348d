"""A relay in a process of its own; run as a script, and killed while it sends.

What its subscriber takes is a line of a file, written before it says so: the witness outlives it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.facilities.outbox import Posted
from custaccount.kernel.clock import Clock
from custaccount.notifications.relay import Relay


class Witness:
    """A subscriber that writes down what it takes, all at once, so that no line is torn."""

    name = "witness"

    def __init__(self, file: Path, *, hang: bool = False) -> None:
        self._file = file
        self._hang = hang

    def __call__(self, posted: Posted) -> None:
        """Take an event; one that hangs says so, and waits to be killed."""
        line = json.dumps([posted.id, posted.tries, os.getpid()]) + "\n"
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line.encode())
        os.close(descriptor)
        while self._hang:
            time.sleep(60)


def ahead_by(seconds: float) -> Clock:
    """Make a clock that goes before the machine's."""
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def relay_on(storage: SqlAlchemyStorage, witness: Witness, *, ahead: float = 0) -> Relay:
    """Make the relay of one process."""
    return Relay(
        reading=storage.reading,
        begin=storage.begin,
        clock=ahead_by(ahead),
        subscribers=(witness,),
    )


def main(url: str, file: str, manner: str) -> None:
    """Say that all is loaded, wait for a go, and relay until nothing is due."""
    storage = SqlAlchemyStorage.connect(url, patience=timedelta(seconds=30))
    relay = relay_on(storage, Witness(Path(file), hang=manner == "hang"))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    done = relay.run()
    sys.stdout.write(f"{done.delivered}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
