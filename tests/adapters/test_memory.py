"""The memory adapters keep every promise."""

from collections.abc import Sequence

import pytest

from custaccount import conformance
from custaccount.adapters.memory import (
    MemoryCart,
    MemoryErp,
    MemoryMailer,
    MemoryMatcher,
    MemoryStorage,
)
from custaccount.facilities.letters import Mail


class OnMemory:
    """Gives the suites a storage."""

    @pytest.fixture
    def storage(self) -> MemoryStorage:
        """Return an empty storage."""
        return MemoryStorage()


class TestWork(OnMemory, conformance.WorkSuite):
    """Units."""


class TestPortals(OnMemory, conformance.PortalsSuite):
    """Realms and portals."""


class TestCustomers(OnMemory, conformance.CustomersSuite):
    """The register."""


class TestUsers(OnMemory, conformance.UsersSuite):
    """Users."""


class TestSessions(OnMemory, conformance.SessionsSuite):
    """Sessions."""


class TestStaff(OnMemory, conformance.StaffSuite):
    """Staff."""


class TestStaffSessions(OnMemory, conformance.StaffSessionsSuite):
    """Staff sessions."""


class TestTickets(OnMemory, conformance.TicketsSuite):
    """Tickets."""


class TestNumbers(OnMemory, conformance.NumbersSuite):
    """Number ranges."""


class TestMemberships(OnMemory, conformance.MembershipsSuite):
    """Who acts for whom."""


class TestRoleBooks(OnMemory, conformance.RoleBooksSuite):
    """Roles that customers made."""


class TestInvitations(OnMemory, conformance.InvitationsSuite):
    """Open offers to become a member."""


class TestAddresses(OnMemory, conformance.AddressesSuite):
    """Address books."""


class TestRegistrations(OnMemory, conformance.RegistrationsSuite):
    """Who is on the way to an account."""


class TestDrafts(OnMemory, conformance.DraftsSuite):
    """What was begun as a guest."""


class TestRegister(OnMemory, conformance.RegisterSuite):
    """The register as staff see it."""


class TestPrices(OnMemory, conformance.PricesSuite):
    """Price lists."""


class TestOrders(OnMemory, conformance.OrdersSuite):
    """The shop's own order history."""


class TestOutbox(OnMemory, conformance.OutboxSuite):
    """Events on their way out."""


class TestAudit(OnMemory, conformance.AuditSuite):
    """The audit trail."""


class TestErp(conformance.ErpSuite):
    """Orders in an ERP."""

    @pytest.fixture
    def erp(self) -> MemoryErp:
        """Return an empty ERP."""
        return MemoryErp()


class ReceivingMailer(MemoryMailer):
    """Tells what was received under the name the suite uses."""

    def received(self) -> Sequence[Mail]:
        """Return what was sent."""
        return self.sent


class TestMatcher(conformance.MatcherSuite):
    """An ERP that knows addresses."""

    @pytest.fixture
    def matcher(self) -> MemoryMatcher:
        """Return a matcher whose ERP knows nobody."""
        return MemoryMatcher()


class TestMailer(conformance.MailerSuite):
    """Mails."""

    @pytest.fixture
    def mailer(self) -> ReceivingMailer:
        """Return a mailer that has sent nothing."""
        return ReceivingMailer()


class TestCart(conformance.CartSuite):
    """Carts."""

    @pytest.fixture
    def cart(self) -> MemoryCart:
        """Return empty carts."""
        return MemoryCart()
