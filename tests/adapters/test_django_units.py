"""Transactions: how they begin, what they see, and what becomes of a database's errors."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    a_customer,
    a_membership,
    a_role_book,
    a_ticket,
    a_user,
)
from custaccount.credentials import SignedIn, User
from custaccount.facilities.outbox import PostState
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.access import System
from custaccount.kernel.errors import (
    AlreadyThere,
    InvalidInput,
    Stale,
    StorageUnavailable,
    TryAgain,
    UnitMisuse,
)
from custaccount.kernel.ids import RealmId, RoleId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.storage import Storage, Unit
from tests.adapters.django_project import PATIENCE, Host

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")


def kept(storage: Storage, *people: User) -> tuple[User, ...]:
    """Keep users in one unit."""
    with storage.begin(JOB) as unit:
        saved = tuple(unit.users.save(HERE, one) for one in people)
        unit.commit()
    return saved


# What a transaction sees ------------------------------------------------------------------------


def test_a_snapshot_stays_as_it_was(django_host: Host) -> None:
    """Between two questions another thread commits; the second one does not see it."""
    storage = django_host.storage()
    (alice,) = kept(storage, a_user(HERE))

    with storage.reading() as view:
        before = view.users.get(HERE, alice.id)
        django_host.elsewhere(lambda: kept(storage, attrs.evolve(alice, epoch=7)))
        after = view.users.get(HERE, alice.id)

    assert after == before
    with storage.reading() as view:
        assert view.users.get(HERE, alice.id).epoch == 7


def test_isolation_is_set_whatever_the_settings_say(django_postgres: Host) -> None:
    """READ COMMITTED to write, REPEATABLE READ and read-only to read; the host's is as it was."""
    storage = django_postgres.storage()

    def isolation() -> tuple[str, str]:
        return (
            django_postgres.run("SHOW transaction_isolation")[0][0],
            django_postgres.run("SHOW transaction_read_only")[0][0],
        )

    with storage.reading():
        reading = isolation()
    with storage.begin(JOB):
        writing = isolation()
    with django_postgres.atomic():
        host = isolation()
        with storage.begin(JOB):
            joined = isolation()

    assert reading == ("repeatable read", "on")
    assert writing == ("read committed", "off")
    assert host == joined == ("serializable", "off")


@pytest.mark.parametrize("mode", [None, "DEFERRED", "IMMEDIATE", "EXCLUSIVE"])
def test_sqlite_reads_while_another_writes(django_sqlite: Host, mode: str | None) -> None:
    """No reader waits for a writer and no writer for a reader, whatever mode the host has."""
    storage = django_sqlite.storage()
    django_sqlite.connection.ensure_connection()
    django_sqlite.connection.transaction_mode = mode  # type: ignore[attr-defined]

    def look() -> User | None:
        with storage.reading() as view:
            return view.users.find_by_email(HERE, alice.email)

    with storage.begin(JOB) as unit:
        alice = unit.users.save(HERE, a_user(HERE))
        assert django_sqlite.elsewhere(look) is None
        unit.commit()
    with storage.reading() as view:
        assert view.users.find_by_email(HERE, alice.email) == alice
        django_sqlite.elsewhere(lambda: kept(storage, a_user(HERE)))
    django_sqlite.connection.transaction_mode = None  # type: ignore[attr-defined]


def test_of_two_readers_who_become_writers_none_overwrites_the_other(django_host: Host) -> None:
    """On SQLite the second one waits before it reads, on PostgreSQL it loses."""
    storage = django_host.storage()
    (alice,) = kept(storage, a_user(HERE))
    barrier = threading.Barrier(2)

    def raise_epoch(_: int) -> None:
        barrier.wait(PATIENCE)
        done = 0
        while done < 10:
            try:
                with storage.begin(JOB) as unit:
                    seen = unit.users.get(HERE, alice.id)
                    unit.users.save(HERE, attrs.evolve(seen, epoch=seen.epoch + 1))
                    unit.commit()
            except Stale:
                continue
            done += 1

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(raise_epoch, range(2)))

    with storage.reading() as view:
        assert view.users.get(HERE, alice.id).epoch == 20


def test_of_many_the_stale_one_is_named(django_host: Host) -> None:
    """Though the others were kept, nothing of them is; one given twice is stale the second time."""
    storage = django_host.storage()
    with storage.begin(JOB) as unit:
        old = unit.customers.save(HERE, [a_customer(HERE), a_customer(HERE)])
        new = unit.customers.save(HERE, old)
        unit.commit()

    for many in ([new[0], old[1]], [new[0], new[1], new[1]]):
        with pytest.raises(Stale) as stale, storage.begin(JOB) as unit:
            unit.customers.save(HERE, many)
        assert (stale.value.kind, stale.value.id) == ("customer", old[1].id)
        assert stale.value.version == many[-1].version
    with storage.reading() as view:
        assert view.customers.get(new[0].scope) == new[0]


# Threads ----------------------------------------------------------------------------------------


def test_a_threads_connection_ends_with_it(django_host: Host) -> None:
    """Though the thread serves no request; the main thread's stays open."""
    storage = django_host.storage()
    connections: list[Any] = []

    def work() -> None:
        kept(storage, a_user(HERE))
        with storage.reading() as view:
            assert view.outbox.count(HERE, PostState.WAITING) == 0
        connections.append(django_host.connection)
        assert django_host.connection.connection is not None

    kept(storage, a_user(HERE))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(PATIENCE)
    gc.collect()

    assert [one.connection for one in connections] == [None]
    assert django_host.connection.connection is not None


# Errors -----------------------------------------------------------------------------------------


def test_waiting_for_a_lock_has_an_end(django_host: Host) -> None:
    """Where the settings limit it, who waits longer is told the storage is not available."""
    storage = django_host.storage()
    (alice,) = kept(storage, a_user(HERE))

    def write() -> None:
        if django_host.is_postgres:
            django_host.run("SET lock_timeout = '50ms'")
        else:
            django_host.run("PRAGMA busy_timeout = 50")
        kept(storage, alice)

    with storage.begin(JOB) as unit:
        unit.users.save(HERE, alice)
        with pytest.raises(StorageUnavailable):
            django_host.elsewhere(write)


def test_a_database_that_is_not_there_is_unavailable(
    django_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first unit; making the storage connects to nothing."""
    django_host.connection.close()
    gone: dict[str, Any] = {"NAME": "/no/such/folder/shop.db", "PORT": 1}
    for name in ("NAME", "PORT")[django_host.is_postgres :]:
        monkeypatch.setitem(django_host.connection.settings_dict, name, gone[name])
    storage = django_host.storage()

    for units in (storage.reading(), storage.begin(JOB)):
        with pytest.raises(StorageUnavailable), units:
            pass


def test_a_connection_that_is_lost_is_unavailable(django_postgres: Host) -> None:
    """In the middle of a unit; the next unit gets a new one."""
    storage = django_postgres.storage()
    (alice,) = kept(storage, a_user(HERE))

    def lose(goes_on: Callable[[Unit], object]) -> None:
        with storage.begin(JOB) as unit:
            unit.users.save(HERE, alice)
            django_postgres.elsewhere(
                lambda: django_postgres.run("SELECT pg_terminate_backend(%s)", backend)
            )
            goes_on(unit)

    for goes_on in (lambda unit: unit.commit(), lambda unit: unit.users.get(HERE, alice.id)):
        ((backend,),) = django_postgres.run("SELECT pg_backend_pid()")
        with pytest.raises(StorageUnavailable):
            lose(goes_on)
        with storage.reading() as view:
            assert view.users.get(HERE, alice.id) == alice


def test_a_deadlock_is_to_be_tried_again(django_postgres: Host) -> None:
    """Two units write two rows in opposite order: one goes through, the other is told to repeat."""
    storage = django_postgres.storage()
    alice, bob = kept(storage, a_user(HERE), a_user(HERE))
    barrier = threading.Barrier(2)

    def write(first: User, second: User) -> str:
        with storage.begin(JOB) as unit:
            unit.users.save(HERE, first)
            barrier.wait(PATIENCE)
            try:
                unit.users.save(HERE, second)
            except TryAgain:
                with pytest.raises(UnitMisuse):
                    unit.commit()
                return "lost"
            unit.commit()
            return "won"

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(write, (alice, bob), (bob, alice)))

    assert sorted(outcomes) == ["lost", "won"]


def test_what_is_there_already_is_named(django_host: Host) -> None:
    """The refusal says what kind of thing it is."""
    storage = django_host.storage()
    (alice,) = kept(storage, a_user(HERE))
    company = a_customer(HERE)

    with pytest.raises(AlreadyThere) as user, storage.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE, alice.email))
    with pytest.raises(AlreadyThere) as customer, storage.begin(JOB) as unit:
        unit.customers.save(HERE, [company, a_customer(HERE, company.number)])

    with storage.begin(JOB) as unit:
        unit.role_books.save(company.scope, a_role_book(company.scope))
        with pytest.raises(AlreadyThere) as book:
            unit.role_books.save(company.scope, a_role_book(company.scope))

    kinds = (user.value.kind, customer.value.kind, book.value.kind)
    assert kinds == ("user", "customer", "role book")


def test_text_no_database_can_keep_is_invalid(django_host: Host) -> None:
    """Half a surrogate pair is refused, and ends the unit."""
    broken = EmailAddress("\ud800@example.com", "\ud800@example.com")

    with django_host.storage().begin(JOB) as unit:
        with pytest.raises(InvalidInput):
            unit.users.save(HERE, a_user(HERE, broken))
        with pytest.raises(UnitMisuse):
            unit.commit()


@pytest.mark.parametrize("roles", [["a,b"], [","], ["a", ""]])
def test_an_id_that_would_come_back_as_others_is_invalid(
    django_host: Host, roles: list[str]
) -> None:
    """Ids lie in one column with commas between: none of them can have one, or be nothing."""
    acme = a_customer(HERE).scope
    member = attrs.evolve(
        a_membership(acme, UserId("u")), roles=frozenset(RoleId(one) for one in roles)
    )

    with pytest.raises(InvalidInput), django_host.storage().begin(JOB) as unit:
        unit.memberships.save(acme, member)


def test_postgres_has_no_null_character(django_postgres: Host) -> None:
    """It is refused as what it is: input that does not fit."""
    with pytest.raises(InvalidInput), django_postgres.storage().begin(JOB) as unit:
        unit.users.find_by_email(HERE, EmailAddress("\0", "\0"))


def test_a_defect_is_not_dressed_up(django_host: Host) -> None:
    """Tables that were never made are no passing trouble: Django's own words pass through."""
    django_host.run("ALTER TABLE custaccount_tickets RENAME TO hidden")
    try:
        with (
            pytest.raises(Exception, match="custaccount_tickets"),
            django_host.storage().reading() as view,
        ):
            view.tickets.find(HERE, a_ticket().id)
    finally:
        django_host.run("ALTER TABLE hidden RENAME TO custaccount_tickets")


# Crashes ----------------------------------------------------------------------------------------


@contextmanager
def failing_at(host: Host, step: int) -> Iterator[None]:
    """Let the n-th statement fail, a bulk one counted once."""
    from django.db import OperationalError

    left = step

    def count(execute: Callable[..., object], *args: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            raise OperationalError
        return execute(*args)

    with host.connection.execute_wrapper(count):
        yield


@pytest.mark.parametrize("nested", [False, True], ids=["", "in the host's atomic"])
def test_a_unit_that_fails_at_any_statement_leaves_nothing(
    django_host: Host, *, nested: bool
) -> None:
    """The n-th statement fails, for every n, in a transaction or in a savepoint."""
    storage = django_host.storage()

    def keep() -> None:
        with storage.begin(JOB) as unit:
            user = unit.users.save(HERE, a_user(HERE))
            unit.customers.save(HERE, [a_customer(HERE), a_customer(HERE)])
            unit.tickets.add(HERE, a_ticket(subject=user.id))
            unit.record(SignedIn(at=NOON, user=user.id))
            unit.commit()

    def fails_at(step: int) -> bool:
        try:
            with failing_at(django_host, step):
                keep()
        except StorageUnavailable:
            return True
        return False

    def until_it_holds() -> int:
        step = 1
        while fails_at(step):
            assert not any(rows()), step
            step += 1
        return step

    def rows() -> list[int]:
        kinds = ("users", "customers", "contacts", "tickets", "outbox", "audit")
        return [django_host.count(kind) for kind in kinds]

    if nested:
        with django_host.atomic():
            steps = until_it_holds()
    else:
        steps = until_it_holds()

    assert steps > 6
    assert rows() == [1, 2, 4, 1, 1, 1]


def test_an_event_nobody_can_read_does_not_hold_up_the_others(
    django_host: Host, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept as dead, and said so."""
    storage = django_host.storage()
    (alice,) = kept(storage, a_user(HERE))
    for _ in range(2):
        with storage.begin(JOB) as unit:
            unit.record(SignedIn(at=NOON, user=alice.id))
            unit.commit()
    django_host.run(
        "UPDATE custaccount_outbox SET event = 'of.tomorrow' "
        "WHERE ref = (SELECT min(ref) FROM custaccount_outbox)"
    )

    with storage.begin(JOB) as unit:
        leased = unit.outbox.lease(HERE, at=NOON, until=NOON + HOUR, limit=9)
        unit.commit()

    assert [one.event.name for one in leased] == ["credentials.signed_in"]
    with storage.reading() as view:
        assert view.outbox.count(HERE, PostState.DEAD) == 1
    assert "event unreadable" in caplog.text


# Races ------------------------------------------------------------------------------------------

RIVALS = 8


def winners(storage: Storage, consume: Callable[[Unit, Ticket], bool]) -> int:
    """Let rivals who all have seen the ticket open consume it, and count who got it."""
    ticket = a_ticket()
    with storage.begin(JOB) as unit:
        unit.tickets.add(HERE, ticket)
        unit.commit()
    barrier = threading.Barrier(RIVALS)

    def rival(_: int) -> bool:
        with storage.begin(JOB) as unit:
            seen = unit.tickets.find(HERE, ticket.id)
            assert seen is not None
            barrier.wait(PATIENCE)
            got = consume(unit, seen)
            unit.commit()
        return got

    with ThreadPoolExecutor(RIVALS) as threads:
        return sum(threads.map(rival, range(RIVALS)))


def by_one_statement(unit: Unit, seen: Ticket) -> bool:
    """Consume as the storage does."""
    return unit.tickets.consume(HERE, seen.id, purpose=Purpose.RESET_PASSWORD, at=NOON) is not None


def by_what_was_read(unit: Unit, seen: Ticket) -> bool:
    """Consume as one should not: decide by what was read, then write."""
    from custaccount.adapters.django import models

    if seen.state is not TicketState.OPEN:
        return False
    tickets = unit._gate.table(models.Ticket)  # type: ignore[attr-defined]
    tickets.filter(ref=seen.id).update(state=TicketState.CONSUMED)
    return True


def test_of_all_rivals_one_gets_the_ticket(django_postgres: Host) -> None:
    """Though all of them saw it open, inside their transactions; deciding by that, all would."""
    for _ in range(5):
        assert winners(django_postgres.storage(), by_one_statement) == 1

    assert winners(django_postgres.storage(), by_what_was_read) == RIVALS


def test_no_event_is_leased_twice(django_postgres: Host) -> None:
    """Relays that ask at the same moment share the events among them, and none waits."""
    storage = django_postgres.storage()
    (alice,) = kept(storage, a_user(HERE))
    with storage.begin(JOB) as unit:
        for _ in range(20):
            unit.record(SignedIn(at=NOON, user=alice.id))
        unit.commit()
    barrier = threading.Barrier(4)

    def relay(_: int) -> list[str]:
        with storage.begin(JOB) as unit:
            barrier.wait(PATIENCE)
            leased = unit.outbox.lease(HERE, at=NOON, until=NOON + HOUR, limit=5)
            barrier.wait(PATIENCE)
            unit.commit()
        return [one.id for one in leased]

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(relay, range(4)))

    assert [len(share) for share in shares] == [5] * 4
    assert len({one for share in shares for one in share}) == 20
