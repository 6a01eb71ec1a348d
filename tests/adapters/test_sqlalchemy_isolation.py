"""A host's engine of any isolation passes the races: units set their own."""

from __future__ import annotations

import pytest

from custaccount import conformance
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage


class OnRepeatableRead:
    """Gives the suites a storage on an engine whose own transactions are REPEATABLE READ."""

    @pytest.fixture
    def storage(self, postgres_storage: SqlAlchemyStorage) -> SqlAlchemyStorage:
        """Return an empty storage; READ COMMITTED is PostgreSQL's own, and tried elsewhere."""
        host = postgres_storage.engine.execution_options(isolation_level="REPEATABLE READ")
        return SqlAlchemyStorage(host)


class TestUsers(OnRepeatableRead, conformance.UsersSuite):
    """Users."""


class TestSessions(OnRepeatableRead, conformance.SessionsSuite):
    """Sessions."""


class TestTickets(OnRepeatableRead, conformance.TicketsSuite):
    """Tickets."""


class TestMemberships(OnRepeatableRead, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestPrices(OnRepeatableRead, conformance.PricesSuite):
    """Price lists."""


class TestWork(OnRepeatableRead, conformance.WorkSuite):
    """Units."""


class TestOutbox(OnRepeatableRead, conformance.OutboxSuite):
    """Events on their way out."""
