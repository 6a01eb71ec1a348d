"""Identifiers: each its own type, each declared public, owned by a realm or owned by a customer."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import NewType

RealmId = NewType("RealmId", str)
PortalId = NewType("PortalId", str)
CustomerId = NewType("CustomerId", str)
CustomerGroupId = NewType("CustomerGroupId", str)
UserId = NewType("UserId", str)
StaffId = NewType("StaffId", str)
MembershipId = NewType("MembershipId", str)
TicketId = NewType("TicketId", str)
SessionId = NewType("SessionId", str)
RegistrationId = NewType("RegistrationId", str)
DraftId = NewType("DraftId", str)
InvitationId = NewType("InvitationId", str)
AddressId = NewType("AddressId", str)
RoleId = NewType("RoleId", str)
"""A role that custaccount ships, by its name, or one a company made."""
PriceListId = NewType("PriceListId", str)
RangeKey = NewType("RangeKey", str)
"""Names a number range within its realm."""
OrderId = NewType("OrderId", str)
OrderLineId = NewType("OrderLineId", str)
DeliveryNoteId = NewType("DeliveryNoteId", str)
InvoiceId = NewType("InvoiceId", str)
EventId = NewType("EventId", str)
AuditEntryId = NewType("AuditEntryId", str)

ErpCustomerId = NewType("ErpCustomerId", str)
"""The ERP's own, immutable key of a customer: opaque text."""
CustomerNumber = NewType("CustomerNumber", str)
UserCode = NewType("UserCode", str)
"""Tells the users of one customer apart who sign in with its number; empty for the first one."""
ArticleNumber = NewType("ArticleNumber", str)
OrderNumber = NewType("OrderNumber", str)
CustomerOrderNumber = NewType("CustomerOrderNumber", str)
"""The number the customer gave its own order (purchase order number)."""
DeliveryNoteNumber = NewType("DeliveryNoteNumber", str)
InvoiceNumber = NewType("InvoiceNumber", str)

SessionToken = NewType("SessionToken", str)
"""What a browser carries; stored as a digest only."""
StaffToken = NewType("StaffToken", str)
"""What a staff member's browser carries; stored as a digest only, and no customer's session."""
DeviceToken = NewType("DeviceToken", str)
"""The signed mark of a browser a user has signed in with; stored nowhere, and opens nothing."""
BearerToken = NewType("BearerToken", str)
"""A signed ticket, as it stands in a mail; stored nowhere."""
Cursor = NewType("Cursor", str)
"""Where the next page begins; opaque and signed."""
PlanToken = NewType("PlanToken", str)
"""A signed reorder plan, as a form carries it back."""

FeatureKey = NewType("FeatureKey", str)
"""Names a function of the shop in switches."""

OperationName = NewType("OperationName", str)
"""A service of ``CustomerAccounts`` and its method: ``orders.newest``."""

NewId = Callable[[], str]
"""Makes identifiers; UUIDv7 by default."""
NewSecret = Callable[[], str]
"""Makes secrets of at least 256 random bits, as URL-safe text."""


class Owner(Enum):
    """Whose an identifier is, which decides who may name it."""

    PUBLIC = "public"
    REALM = "realm"
    USER = "user"
    CUSTOMER = "customer"


OWNERS: Mapping[object, Owner] = {
    RealmId: Owner.PUBLIC,
    PortalId: Owner.PUBLIC,
    ArticleNumber: Owner.PUBLIC,
    FeatureKey: Owner.PUBLIC,
    OperationName: Owner.PUBLIC,
    CustomerGroupId: Owner.REALM,
    PriceListId: Owner.REALM,
    RangeKey: Owner.REALM,
    StaffId: Owner.REALM,
    UserId: Owner.REALM,
    TicketId: Owner.REALM,
    SessionId: Owner.USER,
    RegistrationId: Owner.REALM,
    EventId: Owner.REALM,
    AuditEntryId: Owner.REALM,
    SessionToken: Owner.REALM,
    StaffToken: Owner.REALM,
    DeviceToken: Owner.REALM,
    BearerToken: Owner.REALM,
    CustomerId: Owner.CUSTOMER,
    ErpCustomerId: Owner.CUSTOMER,
    CustomerNumber: Owner.CUSTOMER,
    MembershipId: Owner.CUSTOMER,
    RoleId: Owner.CUSTOMER,
    InvitationId: Owner.CUSTOMER,
    AddressId: Owner.CUSTOMER,
    DraftId: Owner.CUSTOMER,
    UserCode: Owner.CUSTOMER,
    OrderId: Owner.CUSTOMER,
    OrderLineId: Owner.CUSTOMER,
    OrderNumber: Owner.CUSTOMER,
    CustomerOrderNumber: Owner.CUSTOMER,
    DeliveryNoteId: Owner.CUSTOMER,
    DeliveryNoteNumber: Owner.CUSTOMER,
    InvoiceId: Owner.CUSTOMER,
    InvoiceNumber: Owner.CUSTOMER,
    Cursor: Owner.CUSTOMER,
    PlanToken: Owner.CUSTOMER,
}
"""Every identifier type of the house; the isolation test reads it."""
