"""PostgreSQL keeps every promise of a storage."""

import pytest

from custaccount import conformance
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage


class OnPostgres:
    """Gives the suites a storage."""

    @pytest.fixture
    def storage(self, postgres_storage: SqlAlchemyStorage) -> SqlAlchemyStorage:
        """Return an empty storage."""
        return postgres_storage


class TestWork(OnPostgres, conformance.WorkSuite):
    """Units."""


class TestPortals(OnPostgres, conformance.PortalsSuite):
    """Realms and portals."""


class TestCustomers(OnPostgres, conformance.CustomersSuite):
    """The register."""


class TestUsers(OnPostgres, conformance.UsersSuite):
    """Users."""


class TestSessions(OnPostgres, conformance.SessionsSuite):
    """Sessions."""


class TestStaff(OnPostgres, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnPostgres, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnPostgres, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnPostgres, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnPostgres, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestRoleBooks(OnPostgres, conformance.RoleBooksSuite):
    """Roles companies made."""


class TestInvitations(OnPostgres, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestAddresses(OnPostgres, conformance.AddressesSuite):
    """Address books."""


class TestRegistrations(OnPostgres, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnPostgres, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestRegister(OnPostgres, conformance.RegisterSuite):
    """The register as staff see it."""


class TestPrices(OnPostgres, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnPostgres, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnPostgres, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnPostgres, conformance.AuditSuite):
    """The audit trail."""
