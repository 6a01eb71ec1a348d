"""What a host runs against its own adapters: promises as tests. Needs the extra ``testing``."""

from custaccount.conformance.audit import AuditSuite
from custaccount.conformance.cart import CartSuite
from custaccount.conformance.customers import CustomersSuite
from custaccount.conformance.erp import ErpSuite, TestableErp
from custaccount.conformance.machine import PROFILES, StorageMachine
from custaccount.conformance.mailer import MailerSuite, TestableMailer
from custaccount.conformance.memberships import MembershipsSuite
from custaccount.conformance.orders import OrdersSuite
from custaccount.conformance.outbox import OutboxSuite
from custaccount.conformance.portals import PortalsSuite
from custaccount.conformance.prices import PricesSuite
from custaccount.conformance.sessions import SessionsSuite
from custaccount.conformance.suite import StorageSuite, Suite
from custaccount.conformance.tickets import TicketsSuite
from custaccount.conformance.users import UsersSuite
from custaccount.conformance.work import WorkSuite

__all__ = [
    "PROFILES",
    "AuditSuite",
    "CartSuite",
    "CustomersSuite",
    "ErpSuite",
    "MailerSuite",
    "MembershipsSuite",
    "OrdersSuite",
    "OutboxSuite",
    "PortalsSuite",
    "PricesSuite",
    "SessionsSuite",
    "StorageMachine",
    "StorageSuite",
    "Suite",
    "TestableErp",
    "TestableMailer",
    "TicketsSuite",
    "UsersSuite",
    "WorkSuite",
]
