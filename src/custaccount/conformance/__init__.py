"""What a host runs against its own adapters: promises as tests. Needs the extra ``testing``."""

from custaccount.conformance.addresses import AddressesSuite
from custaccount.conformance.audit import AuditSuite
from custaccount.conformance.cart import CartSuite
from custaccount.conformance.customers import CustomersSuite
from custaccount.conformance.drafts import DraftsSuite
from custaccount.conformance.erp import ErpSuite, TestableErp
from custaccount.conformance.invitations import InvitationsSuite
from custaccount.conformance.limits import LimitsSuite, MovableClock
from custaccount.conformance.machine import PROFILES, StorageMachine
from custaccount.conformance.mailer import MailerSuite, TestableMailer
from custaccount.conformance.matcher import MatcherSuite, TestableMatcher
from custaccount.conformance.memberships import MembershipsSuite
from custaccount.conformance.numbers import NumbersSuite
from custaccount.conformance.orders import OrdersSuite
from custaccount.conformance.outbox import OutboxSuite
from custaccount.conformance.portals import PortalsSuite
from custaccount.conformance.prices import PricesSuite
from custaccount.conformance.register import RegisterSuite
from custaccount.conformance.registrations import RegistrationsSuite
from custaccount.conformance.role_books import RoleBooksSuite
from custaccount.conformance.sessions import SessionsSuite
from custaccount.conformance.staff import StaffSuite
from custaccount.conformance.staff_sessions import StaffSessionsSuite
from custaccount.conformance.suite import StorageSuite, Suite
from custaccount.conformance.tickets import TicketsSuite
from custaccount.conformance.users import UsersSuite
from custaccount.conformance.work import WorkSuite

__all__ = [
    "PROFILES",
    "AddressesSuite",
    "AuditSuite",
    "CartSuite",
    "CustomersSuite",
    "DraftsSuite",
    "ErpSuite",
    "InvitationsSuite",
    "LimitsSuite",
    "MailerSuite",
    "MatcherSuite",
    "MembershipsSuite",
    "MovableClock",
    "NumbersSuite",
    "OrdersSuite",
    "OutboxSuite",
    "PortalsSuite",
    "PricesSuite",
    "RegisterSuite",
    "RegistrationsSuite",
    "RoleBooksSuite",
    "SessionsSuite",
    "StaffSessionsSuite",
    "StaffSuite",
    "StorageMachine",
    "StorageSuite",
    "Suite",
    "TestableErp",
    "TestableMailer",
    "TestableMatcher",
    "TicketsSuite",
    "UsersSuite",
    "WorkSuite",
]
