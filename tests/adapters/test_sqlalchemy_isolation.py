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


class TestStaff(OnRepeatableRead, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnRepeatableRead, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnRepeatableRead, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnRepeatableRead, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnRepeatableRead, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestInvitations(OnRepeatableRead, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestRegistrations(OnRepeatableRead, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnRepeatableRead, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestPrices(OnRepeatableRead, conformance.PricesSuite):
    """Price lists."""


class TestWork(OnRepeatableRead, conformance.WorkSuite):
    """Units."""


class TestOutbox(OnRepeatableRead, conformance.OutboxSuite):
    """Events on their way out."""
