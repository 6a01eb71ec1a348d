"""Django on PostgreSQL keeps every promise of a storage."""

import pytest

from custaccount import conformance
from custaccount.storage import Storage


class OnDjango:
    """Gives the suites a storage."""

    @pytest.fixture
    def storage(self, django_postgres_storage: Storage) -> Storage:
        """Return an empty storage."""
        return django_postgres_storage


class TestWork(OnDjango, conformance.WorkSuite):
    """Units."""


class TestPortals(OnDjango, conformance.PortalsSuite):
    """Realms and portals."""


class TestCustomers(OnDjango, conformance.CustomersSuite):
    """The register."""


class TestUsers(OnDjango, conformance.UsersSuite):
    """Users."""


class TestSessions(OnDjango, conformance.SessionsSuite):
    """Sessions."""


class TestStaff(OnDjango, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnDjango, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnDjango, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnDjango, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnDjango, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestRoleBooks(OnDjango, conformance.RoleBooksSuite):
    """Roles companies made."""


class TestInvitations(OnDjango, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestAddresses(OnDjango, conformance.AddressesSuite):
    """Address books."""


class TestRegistrations(OnDjango, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnDjango, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestRegister(OnDjango, conformance.RegisterSuite):
    """The register as staff see it."""


class TestPrices(OnDjango, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnDjango, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnDjango, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnDjango, conformance.AuditSuite):
    """The audit trail."""
