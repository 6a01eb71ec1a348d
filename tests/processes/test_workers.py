"""Several processes work in one database, and what must be true of it afterwards is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
from sqlalchemy import Connection, func, select, text

from custaccount import CustAccountError
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import audit, memberships, outbox, tickets, users
from custaccount.facilities.outbox import PostState
from custaccount.facilities.tickets import TicketState
from custaccount.kernel.ids import SessionToken
from tests.house import House, Shop, open_nord
from tests.processes import worker

HOW_MANY = 4
DEEDS, NAIVE_DEEDS = 150, 60
PATIENCE = 90
"""Seconds a process may take; it needs about four."""
ROOT = Path(__file__).parents[2]

Line = Mapping[str, str]


@attrs.frozen
class Aftermath:
    """What the processes left behind."""

    house: House
    shop: Shop
    lines: tuple[Line, ...]
    mails: tuple[Mapping[str, str], ...]

    def those(self, what: str) -> list[Line]:
        """Return the lines about one kind of success."""
        return [line for line in self.lines if line["what"] == what]


@contextmanager
def worked(url: str, folder: Path, deeds: int, *manner: str) -> Iterator[Aftermath]:
    """Let the processes work, wait for them, and deliver what is left."""
    house = worker.house_on(url, folder)
    try:
        after = run(house, url, folder, deeds, *manner)
        house.accounts.relay()
        yield after
    finally:
        house.storage.engine.dispose()  # type: ignore[attr-defined]


def run(house: House, url: str, folder: Path, deeds: int, *manner: str) -> Aftermath:
    """Let the processes work, and wait for them."""
    shop = open_nord(house)
    rows = [worker.company(worker.FIRST + number) for number in range(2 * worker.PEOPLE)]
    house.accounts.register_desk.import_rows(shop.staff, rows)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
    script = [sys.executable, "-m", "tests.processes.worker", url, str(folder)]
    with ExitStack() as stack:
        running = []
        for seed in range(HOW_MANY):
            told = stack.enter_context((folder / f"told-{seed}").open("w"))
            command = [*script, str(seed), str(deeds), *manner]
            process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=told)
            stack.callback(process.wait)
            stack.callback(process.kill)
            running.append(process)
        codes = [process.wait(PATIENCE) for process in running]
    assert codes == [0] * HOW_MANY, [file.read_text() for file in folder.glob("told-*")]
    lines = tuple(read(folder))
    mails = tuple(worker.FolderMailer(folder / "mails").mails())
    return Aftermath(house, shop, lines, mails)


def read(folder: Path) -> Iterator[Line]:
    """Read what all processes wrote down."""
    for file in sorted(folder.glob("worker-*.jsonl")):
        yield from map(json.loads, file.read_text("utf-8").splitlines())


def broken(after: Aftermath, connection: Connection) -> list[str]:
    """Name the invariants that do not hold."""
    checks = (
        no_link_worked_twice,
        one_user_an_address,
        memberships_are_those_of_the_register,
        old_sessions_are_refused,
        the_outbox_tells_what_the_trail_tells,
        everything_was_told,
        every_mail_left_once,
        nobody_waits,
    )
    return [check.__name__ for check in checks if not check(after, connection)]


def no_link_worked_twice(after: Aftermath, connection: Connection) -> bool:
    """Each success used up a ticket of its own."""
    used = [line["token"] for name in ("activated", "reset") for line in after.those(name)]
    consumed = connection.execute(
        select(func.count()).select_from(tickets).where(tickets.c.state == TicketState.CONSUMED)
    ).scalar()
    return len(used) == len(set(used)) == consumed


def one_user_an_address(after: Aftermath, connection: Connection) -> bool:
    """As many as were activated."""
    keys = connection.execute(select(users.c.email_key)).scalars().all()
    return sorted(keys) == sorted(line["person"] for line in after.those("activated"))


def memberships_are_those_of_the_register(after: Aftermath, connection: Connection) -> bool:
    """Each user acts for the companies it is a contact of, once."""
    pairs = connection.execute(select(memberships.c.user, memberships.c.customer)).all()
    people = connection.execute(select(func.count()).select_from(users)).scalar() or 0
    return len(pairs) == len(set(map(tuple, pairs))) == 2 * people and bool(after)


def old_sessions_are_refused(after: Aftermath, connection: Connection) -> bool:
    """Exactly those resume that were not ended and began after the last change of the password."""
    epochs = dict(map(tuple, connection.execute(select(users.c.id, users.c.epoch)).all()))
    ended = {line["session"] for line in after.those("ended")}
    accounts, guest = after.house.accounts, after.shop.guest
    for line in after.those("signed in"):
        try:
            session = accounts.sessions.resume(guest, SessionToken(line["session"]))
        except CustAccountError:
            continue
        if line["session"] in ended or session.epoch != epochs[session.user]:
            return False
    return True


def the_outbox_tells_what_the_trail_tells(after: Aftermath, connection: Connection) -> bool:
    """Event by event, as often; some stand in the trail alone."""
    posts, entries = (
        Counter(connection.execute(select(table.c.event)).scalars()) for table in (outbox, audit)
    )
    return bool(after) and posts == {name: entries[name] for name in posts}


def everything_was_told(after: Aftermath, connection: Connection) -> bool:
    """Each success is an event, and each event a success."""
    entries = Counter(connection.execute(select(audit.c.event)).scalars())
    done = {
        "registration.account_activated": len(after.those("activated")),
        "credentials.signed_in": len(after.those("signed in")),
        "credentials.password_set": len(after.those("reset")),
    }
    return all(entries[name] == count for name, count in done.items())


def every_mail_left_once(after: Aftermath, connection: Connection) -> bool:
    """Nobody died and no lease ran out, so at least once is once; and nothing waits or is dead."""
    ids = [mail["id"] for mail in after.mails]
    states = set(connection.execute(select(outbox.c.state)).scalars())
    return len(ids) == len(set(ids)) and states == {PostState.DELIVERED}


def nobody_waits(after: Aftermath, connection: Connection) -> bool:
    """No lock is asked for in vain, no transaction was left open, no unit gave up."""
    left = connection.execute(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND (state LIKE 'idle in%' OR wait_event_type = 'Lock')"
        )
    ).scalar()
    return left == 0 and not after.those("trouble")


def test_processes_side_by_side_break_nothing(
    postgres_storage: SqlAlchemyStorage, postgres_url: str, tmp_path: Path
) -> None:
    """Activations, sign-ins, resets, imports and relays, by four processes at once."""
    with (
        worked(postgres_url, tmp_path, DEEDS) as after,
        postgres_storage.engine.connect() as connection,
    ):
        counts = Counter(line["what"] for line in after.lines)

        assert broken(after, connection) == [], counts
    # how many of each depends on who meets whom; that there were enough to meet does not
    assert worker.PEOPLE // 2 <= counts["activated"] <= worker.PEOPLE, counts
    assert counts["signed in"] > 5, counts
    assert counts["reset"] > 2, counts
    assert len(after.mails) > 10


def test_a_naive_relay_is_found_out(
    postgres_storage: SqlAlchemyStorage, postgres_url: str, tmp_path: Path
) -> None:
    """If processes mark what they saw without holding it, two of them send the same mail."""
    with (
        worked(postgres_url, tmp_path, NAIVE_DEEDS, "naive") as after,
        postgres_storage.engine.connect() as connection,
    ):
        assert "every_mail_left_once" in broken(after, connection)
