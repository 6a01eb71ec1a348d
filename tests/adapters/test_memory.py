"""The memory adapters keep every promise."""

from collections.abc import Sequence

import pytest

from custaccount import conformance
from custaccount.adapters.memory import MemoryCart, MemoryErp, MemoryMailer, MemoryStorage
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


class TestTickets(OnMemory, conformance.TicketsSuite):
    """Tickets."""


class TestMemberships(OnMemory, conformance.MembershipsSuite):
    """Who acts for whom."""


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
