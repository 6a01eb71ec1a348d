"""MariaDB keeps every promise of a storage."""

import pytest

from custaccount import conformance
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage


class OnMariaDB:
    """Gives the suites a storage."""

    @pytest.fixture
    def storage(self, mariadb_storage: SqlAlchemyStorage) -> SqlAlchemyStorage:
        """Return an empty storage."""
        return mariadb_storage


class TestWork(OnMariaDB, conformance.WorkSuite):
    """Units."""


class TestPortals(OnMariaDB, conformance.PortalsSuite):
    """Realms and portals."""


class TestCustomers(OnMariaDB, conformance.CustomersSuite):
    """The register."""


class TestUsers(OnMariaDB, conformance.UsersSuite):
    """Users."""


class TestSessions(OnMariaDB, conformance.SessionsSuite):
    """Sessions."""


class TestStaff(OnMariaDB, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnMariaDB, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnMariaDB, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnMariaDB, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnMariaDB, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestRoleBooks(OnMariaDB, conformance.RoleBooksSuite):
    """Roles companies made."""


class TestInvitations(OnMariaDB, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestAddresses(OnMariaDB, conformance.AddressesSuite):
    """Address books."""


class TestRegistrations(OnMariaDB, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnMariaDB, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestRegister(OnMariaDB, conformance.RegisterSuite):
    """The register as staff see it."""


class TestPrices(OnMariaDB, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnMariaDB, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnMariaDB, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnMariaDB, conformance.AuditSuite):
    """The audit trail."""
