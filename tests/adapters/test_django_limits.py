"""Limits in Django's databases keep every promise, inside the host's transactions too."""

from __future__ import annotations

from datetime import timedelta

import pytest

pytest.importorskip("django")

from custaccount import conformance
from custaccount.adapters.memory import FixedClock
from custaccount.conformance.limits import FIVE, ONE
from custaccount.facilities.limits import Limits, LimitsUnavailable
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from tests.adapters.django_project import Host

HERE, ELSEWHERE = RealmScope(RealmId("here")), RealmScope(RealmId("elsewhere"))
MINUTE = timedelta(minutes=1)


def limits_of(host: Host, clock: FixedClock) -> Limits:
    """Make limits in a host's database."""
    from custaccount.adapters.django.limits import DjangoLimits

    return DjangoLimits(host.alias, clock=clock)


class WithClock:
    """Gives the suite a clock."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """Return a clock that stands still."""
        return FixedClock()


class TestSqlite(WithClock, conformance.LimitsSuite):
    """SQLite."""

    @pytest.fixture
    def limits(self, django_sqlite: Host, clock: FixedClock) -> Limits:
        """Return an empty store."""
        return limits_of(django_sqlite, clock)


class TestPostgres(WithClock, conformance.LimitsSuite):
    """PostgreSQL."""

    @pytest.fixture
    def limits(self, django_postgres: Host, clock: FixedClock) -> Limits:
        """Return an empty store."""
        return limits_of(django_postgres, clock)


def test_what_the_host_rolls_back_stays_counted(django_host: Host) -> None:
    """A try counts even if the request it belonged to failed as a whole."""
    from django.db import transaction

    limits = limits_of(django_host, FixedClock())
    with django_host.atomic():
        limits.take(HERE, ONE, "a")
        transaction.set_rollback(True, using=django_host.alias)

    assert limits.used(HERE, ONE, "a") == 1


def test_what_is_over_is_forgotten(django_host: Host) -> None:
    """What stopped counting before the moment, a few at a time, in this realm alone."""
    clock = FixedClock()
    limits = limits_of(django_host, clock)
    for key in "abc":
        limits.take(HERE, ONE, key)
    limits.take(ELSEWHERE, ONE, "a")
    limits.take(HERE, FIVE, "a")
    over = clock.advance(MINUTE)

    assert limits.purge(HERE, over_before=over, limit=10) == 0
    later = clock.advance(MINUTE)
    assert [limits.purge(HERE, over_before=later, limit=2) for _ in range(3)] == [2, 1, 0]
    assert limits.used(HERE, FIVE, "a") == 1
    assert limits.purge(ELSEWHERE, over_before=later, limit=10) == 1


def test_a_database_that_does_not_answer_is_unavailable(
    django_sqlite: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host's transaction that holds SQLite's one place longer than the settings' patience."""
    options = django_sqlite.connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "timeout", 0.05)
    limits = limits_of(django_sqlite, FixedClock())
    with django_sqlite.atomic():
        django_sqlite.run("DELETE FROM custaccount_limit_uses")
        with pytest.raises(LimitsUnavailable):
            limits.take(HERE, ONE, "a")
