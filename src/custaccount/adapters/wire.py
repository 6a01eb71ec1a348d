"""What values look like outside: plain JSON, made and read by one private converter.

Amounts and moments are text, so that they come back exactly as they went in.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import cattrs

from custaccount.credentials.guard import ManySignInsFailed
from custaccount.credentials.model import (
    EmailChanged,
    EmailChangeRequested,
    EmailChangeUndone,
    PasswordConfirmed,
    PasswordSet,
    ProfileChanged,
    ResetRequested,
    SessionsEnded,
    SignedIn,
    SignedOut,
    SignInFailed,
    StoredHashUnusable,
    UserBlocked,
    UserUnblocked,
)
from custaccount.customers.model import (
    AddressChanged,
    CustomerAdded,
    CustomerChanged,
    CustomerGroupChanged,
    RegisterImported,
)
from custaccount.facilities.numbers import (
    NumberRangeChanged,
    NumberRangeReserved,
    NumbersRunLow,
    NumbersRunOut,
)
from custaccount.kernel.clock import utc
from custaccount.kernel.events import Event
from custaccount.membership.model import (
    CompanyChosen,
    InvitationEnded,
    MemberAdded,
    MemberInvited,
    MemberRemoved,
    MemberResumed,
    MemberRolesChanged,
    MemberSuspended,
    RoleBookChanged,
)
from custaccount.notifications.model import DeliveryGivenUp, DeliveryRevived, LetterDropped
from custaccount.ordering.model import OrderCopied
from custaccount.orders.model import OrdersKept
from custaccount.portals.model import (
    PortalChanged,
    PortalClosed,
    PortalCreated,
    PortalOpened,
    RealmFounded,
)
from custaccount.pricing.model import PriceListAttached, PriceListCreated, PricesReplaced
from custaccount.registration.model import (
    AccessRequested,
    AccountActivated,
    AddressProven,
    ClaimRefused,
    ClaimStored,
    DraftTaken,
    FirstSignInRequested,
    JoinRequested,
    Registered,
    RegistrationRejected,
    RegistrationReleased,
    StaffPasswordGiven,
)
from custaccount.staff.model import (
    StaffAppointed,
    StaffBlocked,
    StaffGrantsChanged,
    StaffHashUnusable,
    StaffPasswordHanded,
    StaffPasswordSet,
    StaffResetRequested,
    StaffSignedIn,
    StaffSignedOut,
    StaffSignInFailed,
    StaffUnblocked,
)

T = TypeVar("T")

EVENTS: Mapping[str, type[Event]] = {
    event.name: event
    for event in (
        AccessRequested,
        AccountActivated,
        AddressChanged,
        AddressProven,
        ClaimRefused,
        ClaimStored,
        CompanyChosen,
        CustomerAdded,
        CustomerChanged,
        CustomerGroupChanged,
        DeliveryGivenUp,
        DeliveryRevived,
        DraftTaken,
        EmailChangeRequested,
        EmailChangeUndone,
        EmailChanged,
        FirstSignInRequested,
        InvitationEnded,
        JoinRequested,
        LetterDropped,
        ManySignInsFailed,
        MemberAdded,
        MemberInvited,
        MemberRemoved,
        MemberResumed,
        MemberRolesChanged,
        MemberSuspended,
        NumberRangeChanged,
        NumberRangeReserved,
        NumbersRunLow,
        NumbersRunOut,
        OrderCopied,
        OrdersKept,
        PasswordConfirmed,
        PasswordSet,
        PortalChanged,
        PortalClosed,
        PortalCreated,
        PortalOpened,
        PriceListAttached,
        PriceListCreated,
        PricesReplaced,
        ProfileChanged,
        RealmFounded,
        RegisterImported,
        Registered,
        RegistrationRejected,
        RegistrationReleased,
        ResetRequested,
        RoleBookChanged,
        SessionsEnded,
        SignInFailed,
        SignedIn,
        SignedOut,
        StaffAppointed,
        StaffBlocked,
        StaffGrantsChanged,
        StaffHashUnusable,
        StaffPasswordGiven,
        StaffPasswordHanded,
        StaffPasswordSet,
        StaffResetRequested,
        StaffSignInFailed,
        StaffSignedIn,
        StaffSignedOut,
        StaffUnblocked,
        StoredHashUnusable,
        UserBlocked,
        UserUnblocked,
    )
}
"""Every event there is, by its name."""


class EventUnknown(ValueError):
    """An event was written that this version cannot read."""


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(unstruct_collection_overrides={frozenset: sorted})
    converter.register_unstructure_hook(datetime, lambda moment: utc(moment).isoformat())
    converter.register_structure_hook(datetime, lambda text, _: utc(datetime.fromisoformat(text)))
    converter.register_unstructure_hook(timedelta, lambda span: str(span / timedelta(seconds=1)))
    converter.register_structure_hook(
        timedelta, lambda text, _: timedelta(microseconds=int(Decimal(text) * 1_000_000))
    )
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    return converter


_WIRE = _converter()


def write(value: object) -> str:
    """Write a value as JSON."""
    return json.dumps(_WIRE.unstructure(value), ensure_ascii=False, separators=(",", ":"))


def read(text: str, kind: type[T]) -> T:
    """Read a value of a kind; what the text leaves out has its default."""
    return _WIRE.structure(json.loads(text), kind)


def read_event(name: str, text: str) -> Event:
    """Read an event back.

    Raises:
        EventUnknown: no such event, or not with these attributes.
    """
    try:
        return read(text, EVENTS[name])
    except Exception as refusal:
        raise EventUnknown(name) from refusal


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def write_moments(moments: Sequence[datetime]) -> str:
    """Write moments as microseconds: short, for there may be thousands, and the same every time."""
    return ",".join(str((moment - _EPOCH) // _TICK) for moment in moments)


def read_moments(text: str) -> tuple[datetime, ...]:
    """Read moments."""
    return tuple(_EPOCH + int(ticks) * _TICK for ticks in text.split(",") if ticks)
