"""A host's transaction decides over what was kept in it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.conformance.samples import NOON, a_user
from custaccount.credentials import SignedIn, User, UserNotFound
from custaccount.facilities.outbox import PostState
from custaccount.kernel.access import System
from custaccount.kernel.errors import AlreadyThere, Conflict, TryAgain, UnitMisuse
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")


class HostGivesUp(Exception):
    """What makes a host roll back."""


def keep(storage: Storage) -> User:
    """Keep a user in a unit of its own."""
    with storage.begin(JOB) as unit:
        user = unit.users.save(HERE, a_user(HERE))
        unit.record(SignedIn(at=NOON, user=user.id))
        unit.commit()
    return user


def is_kept(storage: Storage, user: User) -> bool:
    """Look whether a user is there, from outside."""
    with storage.reading() as view:
        return view.users.find_by_email(HERE, user.email) is not None


def test_the_hosts_commit_makes_it_true(sql_storage: SqlAlchemyStorage) -> None:
    """Before it, only the host's transaction sees the unit; events come with it."""
    with sql_storage.engine.begin() as connection:
        joined = sql_storage.joining(connection)
        alice = keep(joined)

        with joined.reading() as view:
            assert view.users.get(HERE, alice.id) == alice
        assert not is_kept(sql_storage, alice)

    assert is_kept(sql_storage, alice)
    with sql_storage.reading() as view:
        assert view.outbox.count(HERE, PostState.WAITING) == 1


def test_the_hosts_rollback_undoes_it(sql_storage: SqlAlchemyStorage) -> None:
    """However often the unit was committed."""

    def host() -> None:
        with sql_storage.engine.begin() as connection:
            kept.append(keep(sql_storage.joining(connection)))
            raise HostGivesUp

    kept: list[User] = []
    with pytest.raises(HostGivesUp):
        host()

    assert not is_kept(sql_storage, kept[0])


def test_a_unit_that_is_left_undoes_only_itself(sql_storage: SqlAlchemyStorage) -> None:
    """What the host did before stays, and it can go on."""
    with sql_storage.engine.begin() as connection:
        joined = sql_storage.joining(connection)
        alice = keep(joined)
        with joined.begin(JOB) as unit:
            bob = unit.users.save(HERE, a_user(HERE))
        carol = keep(joined)

    assert [is_kept(sql_storage, one) for one in (alice, bob, carol)] == [True, False, True]


def test_an_error_in_a_unit_does_not_end_the_hosts_transaction(
    sql_storage: SqlAlchemyStorage,
) -> None:
    """PostgreSQL too goes on after the savepoint was rolled back."""
    with sql_storage.engine.begin() as connection:
        joined = sql_storage.joining(connection)
        alice = keep(joined)
        with pytest.raises(AlreadyThere), joined.begin(JOB) as unit:
            unit.users.save(HERE, a_user(HERE, alice.email))
        bob = keep(joined)

    assert is_kept(sql_storage, alice)
    assert is_kept(sql_storage, bob)


def test_a_first_question_by_the_host_is_no_obstacle(sql_storage: SqlAlchemyStorage) -> None:
    """The host has read, or begun to write, when the unit opens."""
    with sql_storage.engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM custaccount_users"))
        alice = keep(sql_storage.joining(connection))
        connection.rollback()
        assert not is_kept(sql_storage, alice)

        connection.execute(text("DELETE FROM custaccount_users"))
        bob = keep(sql_storage.joining(connection))
        connection.commit()

    assert is_kept(sql_storage, bob)


def test_a_host_that_has_not_begun_begins(sql_storage: SqlAlchemyStorage) -> None:
    """The unit is then all there is in its transaction, and still waits for its commit."""
    with sql_storage.engine.connect() as connection:
        alice = keep(sql_storage.joining(connection))
    assert not is_kept(sql_storage, alice)

    with sql_storage.engine.connect() as connection:
        bob = keep(sql_storage.joining(connection))
        connection.commit()
    assert is_kept(sql_storage, bob)


def test_units_do_not_nest_there_either(sql_storage: SqlAlchemyStorage) -> None:
    """And are over after commit, error and end."""
    with sql_storage.engine.begin() as connection:
        joined = sql_storage.joining(connection)
        with joined.begin(JOB) as unit:
            with pytest.raises(UnitMisuse), joined.reading():
                pass
            unit.commit()
            with pytest.raises(UnitMisuse):
                unit.commit()
        with joined.begin(JOB) as unit:
            with pytest.raises(UserNotFound):
                unit.users.get(HERE, a_user(HERE).id)
            with pytest.raises(UnitMisuse):
                unit.commit()
        with joined.reading() as view, pytest.raises(UnitMisuse):
            view.users.save(HERE, a_user(HERE))


def test_only_the_host_can_try_again(sql_storage: SqlAlchemyStorage) -> None:
    """A unit that lost is a plain conflict, so that nobody runs it again inside."""

    def lose(connection: Connection) -> None:
        with sql_storage.joining(connection).begin(JOB):
            raise TryAgain

    with sql_storage.engine.begin() as connection, pytest.raises(Conflict) as refusal:
        lose(connection)

    assert type(refusal.value) is Conflict


def test_on_mariadb_a_deadlock_ends_the_hosts_transaction(
    mariadb_storage: SqlAlchemyStorage,
) -> None:
    """MariaDB has undone all of it: the host cannot go on and keep the second half of its work."""
    alice, bob = keep(mariadb_storage), keep(mariadb_storage)
    barrier = threading.Barrier(2)

    def host(first: User, second: User) -> User | None:
        with mariadb_storage.engine.connect() as connection:
            joined = mariadb_storage.joining(connection)
            before = keep(joined)
            try:
                for one in (first, second):
                    with joined.begin(JOB) as unit:
                        unit.users.save(HERE, one)
                        unit.commit()
                    barrier.wait(5) if one is first else None
            except Conflict:
                assert not connection.in_transaction()
                return before
            connection.commit()
        return None

    with ThreadPoolExecutor(2) as threads:
        lost = [one for one in threads.map(host, (alice, bob), (bob, alice)) if one is not None]

    assert len(lost) == 1
    assert not is_kept(mariadb_storage, lost[0])


def test_a_connection_without_transactions_is_refused(sql_storage: SqlAlchemyStorage) -> None:
    """In autocommit there is nothing to join."""
    engine = sql_storage.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection, pytest.raises(ValueError, match="autocommit"):
        sql_storage.joining(connection)
