"""Transactions: how they begin, what they see, and what becomes of a database's errors."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from sqlite3 import Cursor

import attrs
import pytest
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, engines, migrate
from custaccount.adapters.sqlalchemy.tables import users
from custaccount.adapters.sqlalchemy.unit import SqlUnit
from custaccount.conformance.samples import (
    HOUR,
    NOON,
    a_customer,
    a_membership,
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
from custaccount.kernel.ids import ErpCustomerId, RealmId, RoleId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.roles import ROLES_MOST
from custaccount.storage import Storage

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")
MOMENT = timedelta(milliseconds=50)
PATIENCE = 5.0


def kept(storage: Storage, *people: User) -> tuple[User, ...]:
    """Keep users in one unit."""
    with storage.begin(JOB) as unit:
        saved = tuple(unit.users.save(HERE, one) for one in people)
        unit.commit()
    return saved


@contextmanager
def impatient(storage: SqlAlchemyStorage) -> Iterator[SqlAlchemyStorage]:
    """Give a storage on the same database that hardly waits."""
    url = storage.engine.url.render_as_string(hide_password=False)
    other = SqlAlchemyStorage.connect(url, patience=MOMENT)
    try:
        yield other
    finally:
        other.engine.dispose()


# What a transaction sees ------------------------------------------------------------------------


def test_a_snapshot_stays_as_it_was(sql_storage: SqlAlchemyStorage) -> None:
    """Between two questions another thread commits; the second one does not see it."""
    (alice,) = kept(sql_storage, a_user(HERE))

    with sql_storage.reading() as view, ThreadPoolExecutor(1) as other:
        before = view.users.get(HERE, alice.id)
        other.submit(kept, sql_storage, attrs.evolve(alice, epoch=7)).result(PATIENCE)
        after = view.users.get(HERE, alice.id)

    assert after == before
    with sql_storage.reading() as view:
        assert view.users.get(HERE, alice.id).epoch == 7


def test_isolation_is_set_whatever_the_engine_says(postgres_storage: SqlAlchemyStorage) -> None:
    """READ COMMITTED to write, REPEATABLE READ and read-only to read; the host's is put back."""
    host = postgres_storage.engine.execution_options(isolation_level="SERIALIZABLE")
    storage = SqlAlchemyStorage(host)
    asked: list[str] = []

    def ask(_conn: object, cursor: Cursor, *_rest: object) -> None:
        if asked and asked[-1] == "ask":
            asked.pop()
            cursor.execute("SHOW transaction_isolation")
            isolation = cursor.fetchone()[0]
            cursor.execute("SHOW transaction_read_only")
            asked.append(f"{isolation}, read only {cursor.fetchone()[0]}")

    event.listen(postgres_storage.engine, "before_cursor_execute", ask)
    for units in (storage.reading(), storage.begin(JOB)):
        asked.append("ask")
        with units as unit:
            unit.users.find_by_email(HERE, a_user(HERE).email)
    asked.append("ask")
    with host.connect() as connection:
        connection.execute(text("SELECT 1"))
    event.remove(postgres_storage.engine, "before_cursor_execute", ask)

    assert asked == [
        "repeatable read, read only on",
        "read committed, read only off",
        "serializable, read only off",
    ]


@pytest.mark.parametrize("isolation", ["SERIALIZABLE", "READ UNCOMMITTED", "AUTOCOMMIT"])
def test_isolation_is_set_on_mariadb_too(
    mariadb_storage: SqlAlchemyStorage, isolation: str
) -> None:
    """Whatever the host's engine says, which keeps it: a unit is whole and a snapshot is one."""
    host = mariadb_storage.engine.execution_options(isolation_level=isolation)
    storage = SqlAlchemyStorage(host)
    (alice,) = kept(storage, a_user(HERE))

    with storage.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE))
    with storage.reading() as view, ThreadPoolExecutor(1) as other:
        other.submit(kept, storage, attrs.evolve(alice, epoch=7)).result(PATIENCE)
        assert view.users.get(HERE, alice.id) == alice

    with host.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM custaccount_users")).scalar() == 1
        assert connection.get_isolation_level() == {
            "AUTOCOMMIT": "REPEATABLE READ"  # what the session is set to, under it
        }.get(isolation, isolation)


def test_mariadb_cuts_nothing(mariadb_storage: SqlAlchemyStorage) -> None:
    """Though a host's session is set to cut what is too long, without a word."""
    engine = create_engine(
        mariadb_storage.engine.url, connect_args={"init_command": "SET SESSION sql_mode = ''"}
    )
    lax = SqlAlchemyStorage(engine)
    with pytest.raises(InvalidInput), lax.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE, EmailAddress("x" * 300, "x" * 300)))
    with engine.connect() as connection:
        mode = connection.execute(text("SELECT @@sql_mode")).scalar()
    engine.dispose()

    assert "STRICT_ALL_TABLES" in str(mode)


def test_mariadb_counts_what_it_finds(mariadb_storage: SqlAlchemyStorage) -> None:
    """A driver that counts what is different now would mistake a repeated change for a lost one."""
    engine = create_engine(mariadb_storage.engine.url, connect_args={"client_flag": 0})
    with pytest.raises(ValueError, match="client_flag"), SqlAlchemyStorage(engine).begin(JOB):
        pass
    engine.dispose()


def test_a_schema_of_mariadb_is_a_database(mariadb_url: str) -> None:
    """It belongs into the address."""
    with pytest.raises(ValueError, match="address"):
        SqlAlchemyStorage.connect(mariadb_url, schema="shop")


# Engines of all kinds ---------------------------------------------------------------------------


def begin_deferred(engine: Engine) -> None:
    """Do what SQLAlchemy's pages recommend to hosts: begin in a listener."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


ENGINES: dict[str, Callable[[str], Engine]] = {
    "plain": create_engine,
    "autocommit": lambda url: create_engine(url, isolation_level="AUTOCOMMIT"),
    "serializable": lambda url: create_engine(url, isolation_level="SERIALIZABLE"),
    "driver does not begin": lambda url: create_engine(url, connect_args={"isolation_level": None}),
}


@pytest.mark.parametrize("listens", [False, True], ids=["", "begins in a listener"])
@pytest.mark.parametrize("kind", ENGINES)
def test_any_engine_of_a_host_will_do(sqlite_url: str, kind: str, *, listens: bool) -> None:
    """Units are whole, and of two readers who become writers none overwrites the other."""
    engine = ENGINES[kind](sqlite_url)
    if listens:
        begin_deferred(engine)
    storage = SqlAlchemyStorage(engine)
    (alice,) = kept(storage, a_user(HERE))
    barrier = threading.Barrier(2)

    def raise_epoch(_: int) -> None:
        barrier.wait(PATIENCE)
        for _ in range(10):
            with storage.begin(JOB) as unit:
                seen = unit.users.get(HERE, alice.id)
                unit.users.save(HERE, attrs.evolve(seen, epoch=seen.epoch + 1))
                unit.commit()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(raise_epoch, range(2)))
    with storage.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE))

    with storage.reading() as view:
        assert view.users.get(HERE, alice.id).epoch == 20
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM custaccount_users")).scalar() == 1
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_one_for_all_threads(url: str) -> None:
    """Units take turns on its only connection."""
    storage = SqlAlchemyStorage.connect(url)
    migrate(storage.engine)
    barrier = threading.Barrier(4)

    def keep(_: int) -> None:
        barrier.wait(PATIENCE)
        for _ in range(5):
            kept(storage, a_user(HERE))
            with storage.begin(JOB) as unit:
                unit.users.save(HERE, a_user(HERE))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(keep, range(4)))

    with storage.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM custaccount_users")).scalar() == 20
    storage.engine.dispose()


def test_a_database_a_thread_is_refused() -> None:
    """A host's own engine in memory would have one, and says how to do better."""
    with pytest.raises(ValueError, match="StaticPool"):
        SqlAlchemyStorage(create_engine("sqlite://"))


def test_a_hosts_own_database_in_memory_will_do() -> None:
    """If it is one for all threads."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    migrate(engine)
    (alice,) = kept(SqlAlchemyStorage(engine), a_user(HERE))

    with SqlAlchemyStorage(engine).reading() as view:
        assert view.users.get(HERE, alice.id) == alice
    engine.dispose()


def test_waiting_for_ones_turn_in_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As waiting for a lock has."""
    monkeypatch.setattr(engines, "PATIENCE", MOMENT)
    storage = SqlAlchemyStorage.connect("sqlite://")
    migrate(storage.engine)

    with (
        storage.begin(JOB),
        ThreadPoolExecutor(1) as other,
        pytest.raises(StorageUnavailable),
    ):
        other.submit(kept, storage, a_user(HERE)).result(PATIENCE)
    storage.engine.dispose()


def test_an_address_of_another_kind_is_refused() -> None:
    """So is an engine for a database the tables were never tried on."""
    with pytest.raises(ValueError, match="psycopg2"):
        SqlAlchemyStorage.connect("postgresql+psycopg2://127.0.0.1/shop")
    with pytest.raises(ValueError, match="mssql"):
        SqlAlchemyStorage(create_engine("mssql+pyodbc://", module=sqlite3))


def test_of_many_the_stale_one_is_named(sql_storage: SqlAlchemyStorage) -> None:
    """Though the others were kept, nothing of them is; one given twice is stale the second time."""
    with sql_storage.begin(JOB) as unit:
        old = unit.customers.save(HERE, [a_customer(HERE), a_customer(HERE)])
        new = unit.customers.save(HERE, old)
        unit.commit()

    for many in ([new[0], old[1]], [new[0], new[1], new[1]]):
        with pytest.raises(Stale) as stale, sql_storage.begin(JOB) as unit:
            unit.customers.save(HERE, many)
        assert (stale.value.kind, stale.value.id) == ("customer", old[1].id)
        assert stale.value.version == many[-1].version
    with sql_storage.reading() as view:
        assert view.customers.get(new[0].scope) == new[0]


def test_sqlite_reads_while_another_writes(sqlite_storage: SqlAlchemyStorage) -> None:
    """An open writing unit keeps no reader waiting, an open reader no writer."""
    with sqlite_storage.begin(JOB) as unit, ThreadPoolExecutor(1) as other:
        alice = unit.users.save(HERE, a_user(HERE))

        def look() -> User | None:
            with sqlite_storage.reading() as view:
                return view.users.find_by_email(HERE, alice.email)

        assert other.submit(look).result(PATIENCE) is None
        unit.commit()
    with sqlite_storage.reading() as view, ThreadPoolExecutor(1) as other:
        assert view.users.find_by_email(HERE, alice.email) == alice
        other.submit(kept, sqlite_storage, a_user(HERE)).result(PATIENCE)


# Errors -----------------------------------------------------------------------------------------


def test_waiting_for_a_lock_has_an_end(sql_storage: SqlAlchemyStorage) -> None:
    """Who waits longer than its patience is told that the storage is not available."""
    (alice,) = kept(sql_storage, a_user(HERE))

    with impatient(sql_storage) as hasty, sql_storage.begin(JOB) as unit:
        unit.users.save(HERE, alice)
        with (
            ThreadPoolExecutor(1) as other,
            pytest.raises(StorageUnavailable),
        ):
            other.submit(kept, hasty, alice).result(PATIENCE)


def test_a_pool_without_a_connection_is_unavailable(sqlite_url: str) -> None:
    """So is a queue that is too long."""
    engine = create_engine(sqlite_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    storage = SqlAlchemyStorage(engine)

    with engine.connect(), pytest.raises(StorageUnavailable), storage.reading():
        pass
    engine.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/x",
        "mariadb://nobody@127.0.0.1:1/x",
        "sqlite:////no/such/folder/shop.db",
    ],
)
def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    """At the first unit; making the storage connects to nothing."""
    storage = SqlAlchemyStorage.connect(url)

    for units in (storage.reading(), storage.begin(JOB)):
        with pytest.raises(StorageUnavailable), units:
            pass
    storage.engine.dispose()


@pytest.fixture(params=["postgres", "mariadb"])
def server_storage(request: pytest.FixtureRequest) -> SqlAlchemyStorage:
    """Return an empty storage on a database server, on each in turn."""
    found: SqlAlchemyStorage = request.getfixturevalue(f"{request.param}_storage")
    return found


def cut_off_others(connection: Connection) -> None:
    """Let the server end every connection to this database but the one it is told by."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
        return
    others = text(
        "SELECT id FROM information_schema.processlist "
        "WHERE db = database() AND id <> connection_id()"
    )
    for number in connection.execute(others).scalars().all():
        connection.execute(text(f"KILL {number}"))


def test_a_connection_that_is_lost_is_unavailable(server_storage: SqlAlchemyStorage) -> None:
    """In the middle of a unit; the next unit gets a new one."""

    def lose() -> None:
        with server_storage.begin(JOB) as unit:
            unit.users.save(HERE, alice)
            with server_storage.engine.connect() as other:
                cut_off_others(other)
            unit.commit()

    (alice,) = kept(server_storage, a_user(HERE))
    with pytest.raises(StorageUnavailable):
        lose()

    with server_storage.reading() as view:
        assert view.users.get(HERE, alice.id) == alice


def test_a_deadlock_is_to_be_tried_again(server_storage: SqlAlchemyStorage) -> None:
    """Two units write two rows in opposite order: one goes through, the other is told to repeat."""
    alice, bob = kept(server_storage, a_user(HERE), a_user(HERE))
    barrier = threading.Barrier(2)

    def write(first: User, second: User) -> str:
        with server_storage.begin(JOB) as unit:
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


def test_what_is_there_already_is_named(sql_storage: SqlAlchemyStorage) -> None:
    """The refusal says what kind of thing it is."""
    (alice,) = kept(sql_storage, a_user(HERE))
    company = a_customer(HERE)

    with pytest.raises(AlreadyThere) as user, sql_storage.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE, alice.email))
    with pytest.raises(AlreadyThere) as customer, sql_storage.begin(JOB) as unit:
        unit.customers.save(HERE, [company, a_customer(HERE, company.number)])

    assert (user.value.kind, customer.value.kind) == ("user", "customer")


def test_text_no_database_can_keep_is_invalid(sql_storage: SqlAlchemyStorage) -> None:
    """Half a surrogate pair is refused, and ends the unit."""
    broken = EmailAddress("\ud800@example.com", "\ud800@example.com")

    with sql_storage.begin(JOB) as unit:
        with pytest.raises(InvalidInput):
            unit.users.save(HERE, a_user(HERE, broken))
        with pytest.raises(UnitMisuse):
            unit.commit()


@pytest.mark.parametrize("role", ["a,b", ","])
def test_an_id_that_would_come_back_as_others_is_invalid(
    sql_storage: SqlAlchemyStorage, role: str
) -> None:
    """Ids lie in one column with commas between: none of them can have one, or be nothing."""
    acme = a_customer(HERE).scope
    for roles in ({RoleId(role)}, {RoleId("a"), RoleId("")}):
        member = attrs.evolve(a_membership(acme, UserId("u")), roles=frozenset(roles))
        with pytest.raises(InvalidInput), sql_storage.begin(JOB) as unit:
            unit.memberships.save(acme, member)


def test_a_member_may_have_many_roles(sql_storage: SqlAlchemyStorage) -> None:
    """All that a company may make, whatever they are called."""
    roles = frozenset(RoleId(f"{'größe' * 30}{place}") for place in range(ROLES_MOST))
    with sql_storage.begin(JOB) as unit:
        (acme,) = unit.customers.save(HERE, [a_customer(HERE)])
        alice = unit.users.save(HERE, a_user(HERE))
        unit.memberships.save(
            acme.scope, attrs.evolve(a_membership(acme.scope, alice.id), roles=roles)
        )
        unit.commit()

    with sql_storage.reading() as view:
        (line,) = view.memberships.of_customer(acme.scope)
        assert line.membership.roles == roles


def test_a_null_character_is_invalid(storage: Storage) -> None:
    """PostgreSQL has none, so no storage is given one, nor asked for one."""
    nothing = EmailAddress("\0", "\0")
    with storage.begin(JOB) as unit:
        with pytest.raises(InvalidInput):
            unit.users.save(HERE, a_user(HERE, nothing))
        with pytest.raises(UnitMisuse):
            unit.commit()
    with storage.reading() as view:
        with pytest.raises(InvalidInput):
            view.users.find_by_email(HERE, nothing)
        with pytest.raises(InvalidInput):
            view.customers.with_erp_ids(HERE, [ErpCustomerId("\0")])


def test_a_defect_is_not_dressed_up(sql_storage: SqlAlchemyStorage) -> None:
    """Tables that were never made are no passing trouble: the driver's own words pass through."""
    with sql_storage.engine.begin() as connection:
        connection.execute(text("ALTER TABLE custaccount_tickets RENAME TO hidden"))
    try:
        with pytest.raises(Exception, match="custaccount_tickets"), sql_storage.reading() as view:
            view.tickets.find(HERE, a_ticket().id)
    finally:
        with sql_storage.engine.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO custaccount_tickets"))


# Crashes ----------------------------------------------------------------------------------------


def test_a_unit_that_fails_at_any_statement_leaves_nothing(
    sql_storage: SqlAlchemyStorage,
) -> None:
    """The n-th statement fails, for every n, the commit's own included."""

    def fail_at(step: int) -> bool:
        left = step

        def count(*_args: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise ConnectionAbortedError

        engine = sql_storage.engine
        event.listen(engine, "before_cursor_execute", count)
        event.listen(engine, "commit", count)
        try:
            with sql_storage.begin(JOB) as unit:
                user = unit.users.save(HERE, a_user(HERE))
                unit.customers.save(HERE, [a_customer(HERE), a_customer(HERE)])
                unit.tickets.add(HERE, a_ticket(subject=user.id))
                unit.record(SignedIn(at=NOON, user=user.id))
                unit.commit()
        except ConnectionAbortedError:
            return True
        finally:
            event.remove(engine, "before_cursor_execute", count)
            event.remove(engine, "commit", count)
        return False

    def rows() -> list[int]:
        kinds = ("users", "customers", "contacts", "tickets", "outbox", "audit")
        with sql_storage.engine.connect() as connection:
            return [
                connection.execute(text(f"SELECT count(*) FROM custaccount_{kind}")).scalar_one()  # noqa: S608
                for kind in kinds
            ]

    step = 1
    while fail_at(step):
        assert not any(rows()), step
        step += 1

    assert step > 6
    assert rows() == [1, 2, 4, 1, 1, 1]


CRASH = """
import os, sys
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.conformance.samples import NOON, a_user
from custaccount.credentials import SignedIn
from custaccount.kernel.access import System
from custaccount.kernel.scope import RealmScope

here = RealmScope("north")
with SqlAlchemyStorage.connect(sys.argv[1]).begin(System(realm="north", job="crash")) as unit:
    user = unit.users.save(here, a_user(here))
    unit.record(SignedIn(at=NOON, user=user.id))
    if sys.argv[2] == "after":
        unit.commit()
    os._exit(9)
"""


@pytest.mark.parametrize(("when", "told"), [("before", 0), ("after", 1)])
def test_a_process_that_dies_leaves_all_or_nothing(
    sql_storage: SqlAlchemyStorage, when: str, told: int
) -> None:
    """Before its commit nothing has happened; after it, the event waits for the relay."""
    url = sql_storage.engine.url.render_as_string(hide_password=False)

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CRASH), url, when], check=False, timeout=60
    )

    assert done.returncode == 9
    with sql_storage.reading() as view:
        assert view.outbox.count(HERE, PostState.WAITING) == told
        assert len(view.audit.latest(HERE, limit=9)) == told


def test_an_event_nobody_can_read_does_not_hold_up_the_others(
    sql_storage: SqlAlchemyStorage, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept as dead, and said so."""
    (alice,) = kept(sql_storage, a_user(HERE))
    for _ in range(2):
        with sql_storage.begin(JOB) as unit:
            unit.record(SignedIn(at=NOON, user=alice.id))
            unit.commit()
    with sql_storage.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE custaccount_outbox SET event = 'of.tomorrow' "
                "WHERE id = (SELECT min(id) FROM custaccount_outbox)"
            )
        )

    with sql_storage.begin(JOB) as unit:
        leased = unit.outbox.lease(HERE, at=NOON, until=NOON + HOUR, limit=9)
        unit.commit()

    assert [one.event.name for one in leased] == ["credentials.signed_in"]
    with sql_storage.reading() as view:
        assert view.outbox.count(HERE, PostState.DEAD) == 1
    assert "event unreadable" in caplog.text


# Races ------------------------------------------------------------------------------------------

RIVALS = 8


def winners(storage: SqlAlchemyStorage, consume: Callable[[SqlUnit, Ticket], bool]) -> int:
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


def by_one_statement(unit: SqlUnit, seen: Ticket) -> bool:
    """Consume as the storage does."""
    return unit.tickets.consume(HERE, seen.id, purpose=Purpose.RESET_PASSWORD, at=NOON) is not None


def by_what_was_read(unit: SqlUnit, seen: Ticket) -> bool:
    """Consume as one should not: decide by what was read, then write."""
    if seen.state is not TicketState.OPEN:
        return False
    change = text("UPDATE custaccount_tickets SET state = 'consumed' WHERE id = :id")
    unit._gate.change(change, {"id": seen.id})
    return True


def test_of_all_rivals_one_gets_the_ticket(postgres_storage: SqlAlchemyStorage) -> None:
    """Though all of them saw it open, inside their transactions; deciding by that, all would."""
    for _ in range(5):
        assert winners(postgres_storage, by_one_statement) == 1

    assert winners(postgres_storage, by_what_was_read) == RIVALS


def test_no_event_is_leased_twice(postgres_storage: SqlAlchemyStorage) -> None:
    """Relays that ask at the same moment share the events among them, and none waits."""
    (alice,) = kept(postgres_storage, a_user(HERE))
    with postgres_storage.begin(JOB) as unit:
        for _ in range(20):
            unit.record(SignedIn(at=NOON, user=alice.id))
        unit.commit()
    barrier = threading.Barrier(4)

    def relay(_: int) -> list[str]:
        with postgres_storage.begin(JOB) as unit:
            barrier.wait(PATIENCE)
            leased = unit.outbox.lease(HERE, at=NOON, until=NOON + HOUR, limit=5)
            barrier.wait(PATIENCE)
            unit.commit()
        return [one.id for one in leased]

    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(relay, range(4)))

    assert [len(share) for share in shares] == [5] * 4
    assert len({one for share in shares for one in share}) == 20


def test_users_table_is_what_plain_sql_sees(sql_storage: SqlAlchemyStorage) -> None:
    """Closed sets are their values, and keys are what was normalised before."""
    (alice,) = kept(sql_storage, a_user(HERE))

    with sql_storage.engine.connect() as connection:
        row = connection.execute(
            text("SELECT state, language, email_key FROM custaccount_users")
        ).one()

    assert tuple(row) == ("active", "fr", alice.email.key)
    assert users.name == "custaccount_users"
