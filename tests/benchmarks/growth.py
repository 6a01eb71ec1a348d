"""W1, growth: whether signing in stays as cheap with a million users as with a thousand.

Each size is a database of its own on PostgreSQL, dropped at the end. They are asked in turn, call
by call, so that whatever else the machine does falls on all alike; each time it is somebody else,
in no order, so that the big ones can't keep everybody at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import attrs

from custaccount import Guest
from custaccount.adapters.memory import FixedClock, MemoryMailer
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.registration import RegisterQuery
from tests import backends
from tests.benchmarks.gauge import Figure, Sizes, Work, compared, rounds, seconds, settled
from tests.benchmarks.ground import REALM, SAM, Unhashed, accounts_on, found_portal
from tests.benchmarks.people import add_people, email_of
from tests.benchmarks.signing_in import LOGINS, Door, UntilDecided, everybody, nobody

MOST = 1.3
"""As much more a sign-in may cost in the biggest than in the smallest."""


@attrs.frozen
class Town:
    """A database with so many users."""

    users: int
    storage: SqlAlchemyStorage
    guest: Guest


Asked = Callable[[Town], Work]
"""Makes the call that is timed in a town."""


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Take each call in all sizes."""
    server = backends.find_postgres()
    if isinstance(server, backends.Missing):
        return
    with ExitStack() as stack:
        towns = [_town(server, stack, users) for users in sizes.grown]
        with settled():
            for name, (asked, most) in _calls().items():
                yield from _growing(name, asked, most, towns, sizes)


def _town(server: backends.Server, stack: ExitStack, users: int) -> Town:
    url = backends.migrated(stack.enter_context(backends.database(server)))
    storage = stack.enter_context(backends.opened(url))
    accounts = accounts_on(storage, FixedClock(), MemoryMailer(), Unhashed.cheap())
    portal = found_portal(accounts)
    add_people(storage.engine, REALM, users)
    with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    return Town(users, storage, accounts.portals.guest(portal))


def _growing(
    name: str, asked: Asked, most: float | None, towns: Sequence[Town], sizes: Sizes
) -> Iterator[Figure]:
    calls = [asked(town) for town in towns]
    if most is None:
        sizes = attrs.evolve(sizes, rounds=min(sizes.rounds, 5), runs=min(sizes.runs, 5), warm=3)
    found = rounds(lambda: tuple(seconds(call) for call in calls), sizes)
    for place, town in enumerate(towns[1:], start=1):
        value, note = compared([(one[place], one[0]) for one in found])
        text = f"{name}, {town.users:,} users against {towns[0].users:,}"
        yield Figure(work="growth", name=text, value=value, most=most, note=note)


def _calls() -> dict[str, tuple[Asked, float | None]]:
    calls: dict[str, tuple[Asked, float | None]] = {}
    for how in LOGINS:
        calls[f"credential check {how}"] = (_checked(how), MOST)
        calls[f"whole sign-in {how}"] = (_entered(how), MOST)
        calls[f"sign-in refused {how}, unknown"] = (_refused(how), MOST)
    calls["register, its first page"] = (_searched(lambda _: ""), None)
    calls["register, the last customer of a text"] = (_searched(_last), None)
    return calls


def _checked(how: str) -> Asked:
    def asked(town: Town) -> Work:
        logins = everybody(LOGINS[how], town.users)
        return Door(town.storage, town.guest, logins, UntilDecided.cheap()).is_decided

    return asked


def _entered(how: str) -> Asked:
    def asked(town: Town) -> Work:
        logins = everybody(LOGINS[how], town.users)
        return Door(town.storage, town.guest, logins, Unhashed.cheap()).enter

    return asked


def _refused(how: str) -> Asked:
    def asked(town: Town) -> Work:
        logins = nobody(LOGINS[how], town.users)
        return Door(town.storage, town.guest, logins, Unhashed.cheap()).is_refused

    return asked


def _searched(text: Callable[[Town], str]) -> Asked:
    def asked(town: Town) -> Work:
        accounts = accounts_on(town.storage, FixedClock(), MemoryMailer(), Unhashed.cheap())
        query = RegisterQuery(text=text(town))
        return lambda: accounts.account_desk.search(SAM, query)

    return asked


def _last(town: Town) -> str:
    return email_of(town.users - 1)
