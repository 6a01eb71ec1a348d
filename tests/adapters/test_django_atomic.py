"""A host's ``atomic`` decides over what was kept in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import pytest

from custaccount.conformance.samples import HOUR, NOON, a_user
from custaccount.credentials import SignedIn, User, UserNotFound
from custaccount.facilities.outbox import PostState
from custaccount.kernel.access import System
from custaccount.kernel.errors import AlreadyThere, Conflict, TryAgain, UnitMisuse
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage
from tests.adapters.django_project import Host

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")

R = TypeVar("R")


class HostGivesUp(Exception):
    """What makes a host roll back."""


def keep(storage: Storage) -> User:
    """Keep a user in a unit of its own."""
    with storage.begin(JOB) as unit:
        user = unit.users.save(HERE, a_user(HERE))
        unit.record(SignedIn(at=NOON, user=user.id))
        unit.commit()
    return user


def undone(block: AbstractContextManager[Any], deed: Callable[[], R]) -> R:
    """Do something in a block that is left by an error."""

    def host() -> None:
        with block:
            done.append(deed())
            raise HostGivesUp

    done: list[R] = []
    with pytest.raises(HostGivesUp):
        host()
    return done[0]


def is_kept(storage: Storage, user: User) -> bool:
    """Look whether a user is there."""
    with storage.reading() as view:
        return view.users.find_by_email(HERE, user.email) is not None


def test_the_hosts_commit_makes_it_true(django_host: Host) -> None:
    """Before it, only the host's transaction sees the unit; events come with it."""
    storage = django_host.storage()

    with django_host.atomic():
        alice = keep(storage)
        assert is_kept(storage, alice)
        assert not django_host.elsewhere(lambda: is_kept(storage, alice))

    assert is_kept(storage, alice)
    with storage.reading() as view:
        assert view.outbox.count(HERE, PostState.WAITING) == 1


def test_the_hosts_rollback_undoes_it(django_host: Host) -> None:
    """However often the unit was committed, and whichever of its blocks is left."""
    storage = django_host.storage()

    with django_host.atomic():
        alice = keep(storage)
        bob = undone(django_host.atomic(), lambda: keep(storage))
    carol = undone(django_host.atomic(), lambda: keep(storage))

    assert [is_kept(storage, one) for one in (alice, bob, carol)] == [True, False, False]


def test_a_unit_that_is_left_undoes_only_itself(django_host: Host) -> None:
    """What the host did before stays, and it can go on."""
    storage = django_host.storage()

    with django_host.atomic():
        alice = keep(storage)
        with storage.begin(JOB) as unit:
            bob = unit.users.save(HERE, a_user(HERE))
        carol = keep(storage)

    assert [is_kept(storage, one) for one in (alice, bob, carol)] == [True, False, True]


def test_an_error_in_a_unit_does_not_end_the_hosts_transaction(django_host: Host) -> None:
    """PostgreSQL too goes on after the savepoint was rolled back."""
    storage = django_host.storage()

    with django_host.atomic():
        alice = keep(storage)
        with pytest.raises(AlreadyThere), storage.begin(JOB) as unit:
            unit.users.save(HERE, a_user(HERE, alice.email))
        with pytest.raises(HostGivesUp), storage.begin(JOB):
            raise HostGivesUp
        bob = keep(storage)

    assert is_kept(storage, alice)
    assert is_kept(storage, bob)


def test_a_host_that_has_read_is_no_obstacle(django_host: Host) -> None:
    """Its own first question was asked when the unit opens."""
    storage = django_host.storage()

    with django_host.atomic():
        assert django_host.count("users") == 0
        alice = keep(storage)

    assert is_kept(storage, alice)


def test_a_host_without_autocommit_commits_itself(django_host: Host) -> None:
    """The unit is a savepoint there too, and waits for the host's commit."""
    storage = django_host.storage()

    with django_host.without_autocommit() as connection:
        alice = keep(storage)
        connection.rollback()
        bob = keep(storage)
        connection.commit()

    assert not is_kept(storage, alice)
    assert is_kept(storage, bob)


def test_units_do_not_nest_there_either(django_host: Host) -> None:
    """And are over after commit, error and end."""
    storage = django_host.storage()

    with django_host.atomic():
        with storage.begin(JOB) as unit:
            with pytest.raises(UnitMisuse), storage.reading():
                pass
            unit.commit()
            with pytest.raises(UnitMisuse):
                unit.commit()
        with storage.begin(JOB) as unit:
            with pytest.raises(UserNotFound):
                unit.users.get(HERE, a_user(HERE).id)
            with pytest.raises(UnitMisuse):
                unit.commit()
        with storage.reading() as view, pytest.raises(UnitMisuse):
            view.users.save(HERE, a_user(HERE))  # type: ignore[attr-defined]


def test_only_the_host_can_try_again(django_host: Host) -> None:
    """A unit that lost is a plain conflict there, so that nobody runs it again inside."""
    storage = django_host.storage()

    with (
        django_host.atomic(),
        pytest.raises(Conflict) as inside,
        storage.begin(JOB),
    ):
        raise TryAgain
    with pytest.raises(TryAgain), storage.begin(JOB):
        raise TryAgain

    assert type(inside.value) is Conflict


# After commit -----------------------------------------------------------------------------------


def test_what_follows_a_commit_is_called_when_it_is_true(django_host: Host) -> None:
    """Once a unit that was committed; it may open units itself."""
    seen: list[int] = []
    storage = django_host.storage(after_commit=lambda: seen.append(leased()))

    def leased() -> int:
        with storage.begin(JOB) as unit:
            return len(unit.outbox.lease(HERE, at=NOON + HOUR, until=NOON + 2 * HOUR, limit=9))

    keep(storage)
    with storage.begin(JOB) as unit:
        unit.users.save(HERE, a_user(HERE))
    undone(storage.begin(JOB), lambda: None)

    assert seen == [1]


def test_it_waits_for_the_host(django_host: Host) -> None:
    """It is called after the host's commit, once a unit, and not for what was rolled back."""
    seen: list[str] = []
    storage = django_host.storage(after_commit=lambda: seen.append("called"))

    with django_host.atomic():
        keep(storage)
        undone(django_host.atomic(), lambda: keep(storage))
        keep(storage)
        assert not seen
    undone(django_host.atomic(), lambda: keep(storage))

    assert seen == ["called"] * 2


def test_a_refusal_after_a_commit_does_not_stop_it(django_host: Host) -> None:
    """A failed sign-in is committed, then raised: its event is true and leaves."""
    seen: list[str] = []
    storage = django_host.storage(after_commit=lambda: seen.append("called"))

    def refuse() -> None:
        with storage.begin(JOB) as unit:
            unit.commit()
            raise HostGivesUp

    with pytest.raises(HostGivesUp):
        refuse()

    assert seen == ["called"]


def test_its_failure_is_logged(django_host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """What is true does not look as if it were not."""

    def fail() -> None:
        message = "no broker"
        raise ConnectionError(message)

    alice = keep(django_host.storage(after_commit=fail))

    assert is_kept(django_host.storage(), alice)
    assert "no broker" in caplog.text
