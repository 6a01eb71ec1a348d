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


class TestStaff(OnSqlite, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnSqlite, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnSqlite, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnSqlite, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnSqlite, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestRoleBooks(OnSqlite, conformance.RoleBooksSuite):
    """Roles companies made."""


class TestInvitations(OnSqlite, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestAddresses(OnSqlite, conformance.AddressesSuite):
    """Address books."""


class TestRegistrations(OnSqlite, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnSqlite, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestRegister(OnSqlite, conformance.RegisterSuite):
    """The register as staff see it."""


class TestPrices(OnSqlite, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnSqlite, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnSqlite, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnSqlite, conformance.AuditSuite):
    """The audit trail."""
