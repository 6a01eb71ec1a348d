"""W1 and W1b: signing in beside the hash, by address and by customer number, known or not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta

import argon2
import attrs
from sqlalchemy import Select, bindparam, select, update

from custaccount import CustAccountError, Guest
from custaccount.adapters.memory import FixedClock, MemoryMailer
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.tables import customers, memberships, users
from custaccount.credentials import PasswordHash, SignInRefused, UserState
from custaccount.credentials.passwords import Hashing
from tests.benchmarks.gauge import Figure, Work, ratio, statements
from tests.benchmarks.ground import REALM, RIGHT, WRONG, Ground, Unhashed, accounts_on
from tests.benchmarks.people import STEP, email_of, number_of
from tests.security.spies import counting

SECOND = timedelta(seconds=1)
NETWORKS = 1000

LOGINS: Mapping[str, Callable[[int], str]] = {"by address": email_of, "by number": number_of}

USER = (
    users.c.id,
    users.c.realm,
    users.c.email,
    users.c.email_key,
    users.c.email_proven,
    users.c.password,
    users.c.state,
    users.c.language,
    users.c.epoch,
    users.c.signed_in,
    users.c.version,
)
IN_REALM = users.c.realm == bindparam("of_realm")
CUSTOMER = (
    select(customers.c.id)
    .where(customers.c.realm == bindparam("of_realm"), customers.c.number == bindparam("of_login"))
    .scalar_subquery()
)
MEMBER = (
    select(memberships.c.user)
    .where(
        memberships.c.realm == bindparam("of_realm"),
        memberships.c.customer == CUSTOMER,
        memberships.c.user_code == "",
    )
    .scalar_subquery()
)
BY_HAND: Mapping[str, Select[tuple[object, ...]]] = {
    "by address": select(*USER).where(IN_REALM, users.c.email_key == bindparam("of_login")),
    "by number": select(*USER).where(IN_REALM, users.c.id == MEMBER),
}
"""The login written by hand in SQLAlchemy Core: one question, on a connection from the pool."""

HALF_OF_ALLAUTH = 16.0
"""Its whole view took 32 times the Core login of its own run."""


class Decided(Exception):
    """Who it is has been decided: what follows is written down."""


class UntilDecided(Unhashed):
    """Ends a sign-in where it asks first whether a good password's hash is outdated."""

    def outdated(self, stored: PasswordHash) -> bool:  # noqa: ARG002
        """Go no further."""
        raise Decided


class Door:
    """Where one after the other signs in: each somebody else, from elsewhere, a second later.

    Limits count in the process, as they do where nothing else was chosen.
    """

    def __init__(
        self, storage: SqlAlchemyStorage, guest: Guest, logins: Iterator[str], hashing: Hashing
    ) -> None:
        self._clock = FixedClock()
        self._service = accounts_on(storage, self._clock, MemoryMailer(), hashing).sign_in
        networks = (f"10.0.{place >> 8}.{place & 255}" for place in range(NETWORKS))
        self._guests = itertools.cycle([attrs.evolve(guest, network=one) for one in networks])
        self._logins = logins

    def enter(self, password: str = RIGHT) -> None:
        """Sign the next one in."""
        self._clock.advance(SECOND)
        self._service.sign_in(next(self._guests), next(self._logins), password)

    def is_decided(self) -> None:
        """Find out who the next one is, and whether the password is right; write nothing."""
        try:
            self.enter()
        except Decided:
            return
        message = "nobody was let in"
        raise AssertionError(message)

    def is_refused(self) -> None:
        """Refuse the next one, for a wrong password if for nothing else."""
        try:
            self.enter(WRONG)
        except SignInRefused:
            return
        message = "somebody was let in"
        raise AssertionError(message)


def everybody(name: Callable[[int], str], how_many: int) -> Iterator[str]:
    """Name the users' logins, again and again."""
    return (name(place * STEP % how_many) for place in itertools.count())


def nobody(name: Callable[[int], str], how_many: int) -> Iterator[str]:
    """Name logins nobody has, of the same kind."""
    return map(name, itertools.count(how_many))


def _door(ground: Ground, how: str, hashing: Hashing) -> Door:
    logins = everybody(LOGINS[how], ground.sizes.users)
    return Door(ground.storage, ground.guest, logins, hashing)


def by_hand(ground: Ground, how: str) -> Work:
    """Write the credential check by hand."""
    logins, question, hashing = (
        everybody(LOGINS[how], ground.sizes.users),
        BY_HAND[how],
        Unhashed.cheap(),
    )

    def check() -> None:
        login = next(logins)
        asked = {"of_realm": REALM, "of_login": login.lower() if "@" in login else login}
        with ground.engine.connect() as connection:
            row = connection.execute(question, asked).first()
        assert row is not None
        assert hashing.verify(PasswordHash(row.password), RIGHT)
        assert row.state is UserState.ACTIVE

    return check


def _on_postgresql(ground: Ground, most: float) -> float | None:
    """Hold a target where it was set; SQLite has no way to a server that both have to go."""
    return most if ground.backend == "postgresql" else None


def _check(ground: Ground) -> Iterator[Figure]:
    """Compare limits, look-up and decision with a login written by hand in Core."""
    for how in LOGINS:
        door = _door(ground, how, UntilDecided.cheap())
        value, note = ratio(door.is_decided, by_hand(ground, how), ground.sizes)
        yield Figure(
            work="W1",
            name=f"credential check beyond the hash, {how}, {ground.backend}",
            value=value,
            most=_on_postgresql(ground, 2.0),
            note=note,
        )


def _whole(ground: Ground) -> Iterator[Figure]:
    """Count what a whole sign-in asks, once it is warm; and take its time beside the Core login."""
    for how in LOGINS:
        door = _door(ground, how, Unhashed.cheap())
        door.enter()
        with statements(ground.engine) as asked:
            door.enter()
        yield Figure(
            work="W1",
            name=f"statements of a whole sign-in, {how}, {ground.backend}",
            value=len(asked),
            unit="",
            most=6,
            note=", ".join(" ".join(one.split()[:3]) for one in asked),
        )
        value, note = ratio(door.enter, by_hand(ground, "by address"), ground.sizes)
        yield Figure(
            work="W1",
            name=f"whole sign-in against the Core login, {how}, {ground.backend}",
            value=value,
            most=_on_postgresql(ground, HALF_OF_ALLAUTH),
            note=note,
        )


def _unknown(ground: Ground) -> Iterator[Figure]:
    """Compare a login nobody has with a wrong password."""
    for how, name in LOGINS.items():
        known = _door(ground, how, Unhashed.cheap())
        logins = nobody(name, ground.sizes.users)
        unknown = Door(ground.storage, ground.guest, logins, Unhashed.cheap())
        asked = []
        for door in (known, unknown):
            with statements(ground.engine) as seen:
                door.is_refused()
            asked.append(seen)
        value, note = ratio(unknown.is_refused, known.is_refused, ground.sizes)
        yield Figure(
            work="W1b",
            name=f"unknown against known, {how}, {ground.backend}",
            value=value,
            least=0.95,
            most=1.05,
            note=note,
        )
        yield Figure(
            work="W1b",
            name=f"statements that differ, unknown and known, {how}, {ground.backend}",
            value=0 if asked[0] == asked[1] else 1,
            unit="",
            most=0,
            note=" and ".join(str(len(seen)) for seen in asked),
        )


# The hash itself --------------------------------------------------------------------------------


def hashes(ground: Ground) -> Iterator[Figure]:
    """Count the hashes of every path, and hold a whole sign-in against the bare hash."""
    hashing, hasher = counting()
    _keep(ground, hashing.hash(RIGHT))
    known, unknown = email_of(0), email_of(ground.sizes.users)
    one = {
        "right": (known, RIGHT),
        "right by number": (number_of(0), RIGHT),
        "wrong": (known, WRONG),
        "wrong by number": (number_of(0), WRONG),
        "unknown": (unknown, WRONG),
        "unknown number": (number_of(ground.sizes.users), WRONG),
    }
    none = {"too long": (known, "a" * 10_000), "no login": ("@", WRONG)}
    for name, ways, right in (("one hash", one, 1), ("no hash", none, 0)):
        counted = {}
        for way, (login, password) in ways.items():
            door = Door(ground.storage, ground.guest, itertools.repeat(login), hashing)
            hasher.forget()
            with suppress(CustAccountError):
                door.enter(password)
            counted[way] = hasher.calls
        yield Figure(
            work="W1",
            name=f"paths of a sign-in with more or less than {name}",
            value=sum(calls != right for calls in counted.values()),
            unit="",
            most=0,
            note=", ".join(f"{way} {calls}" for way, calls in counted.items()),
        )
    yield from _with_hash(ground)


def _with_hash(ground: Ground) -> Iterator[Figure]:
    hasher, sizes = argon2.PasswordHasher(), ground.sizes
    stored = hasher.hash(RIGHT)
    _keep(ground, PasswordHash(stored))
    door = Door(ground.storage, ground.guest, itertools.repeat(email_of(0)), Hashing())
    few = attrs.evolve(sizes, rounds=min(sizes.rounds, 7), runs=min(sizes.runs, 7), warm=1)
    value, note = ratio(door.enter, lambda: hasher.verify(stored, RIGHT), few)
    name = f"whole sign-in with its hash against bare argon2, {ground.backend}"
    yield Figure(work="W1", name=name, value=value, note=note)


def _keep(ground: Ground, password: PasswordHash) -> None:
    """Give the first user a hash that can be computed."""
    first = users.c.email_key == email_of(0)
    with ground.engine.begin() as connection:
        connection.execute(update(users).where(first).values(password=password.text))


FIGURES = (("W1", _check), ("W1", _whole), ("W1b", _unknown))
"""What is measured on each database, by row of the table."""
