"""SQLite keeps every promise of a storage."""

import pytest

from custaccount import conformance
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage


class OnSqlite:
    """Gives the suites a storage."""

    @pytest.fixture
    def storage(self, sqlite_storage: SqlAlchemyStorage) -> SqlAlchemyStorage:
        """Return an empty storage."""
        return sqlite_storage


class TestWork(OnSqlite, conformance.WorkSuite):
    """Units."""


class TestPortals(OnSqlite, conformance.PortalsSuite):
    """Realms and portals."""


class TestCustomers(OnSqlite, conformance.CustomersSuite):
    """The register."""


class TestUsers(OnSqlite, conformance.UsersSuite):
    """Users."""


class TestSessions(OnSqlite, conformance.SessionsSuite):
    """Sessions."""


class TestTickets(OnSqlite, conformance.TicketsSuite):
    """Tickets."""


class TestMemberships(OnSqlite, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestPrices(OnSqlite, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnSqlite, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnSqlite, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnSqlite, conformance.AuditSuite):
    """The audit trail."""
