"""The audit trail: who did what, for whom, where and when; written in the unit that did it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

import attrs

from custaccount.kernel.access import Actor, Guest, Member, Staff
from custaccount.kernel.clock import utc
from custaccount.kernel.events import Event
from custaccount.kernel.ids import AuditEntryId, CustomerId, PortalId, RealmId
from custaccount.kernel.scope import RealmScope


class ActorKind(Enum):
    """What kind of actor did it."""

    GUEST = "guest"
    MEMBER = "member"
    STAFF = "staff"
    SYSTEM = "system"


@attrs.frozen(kw_only=True)
class Stamp:
    """Who acted, for which customer, where."""

    realm: RealmId
    kind: ActorKind
    by: str | None
    """The user, staff member or job; None for a guest."""
    customer: CustomerId | None = None
    portal: PortalId | None = None


@attrs.frozen(kw_only=True)
class AuditEntry:
    """One event as it is kept for those who ask later."""

    id: AuditEntryId
    at: datetime = attrs.field(converter=utc)
    event: str
    stamp: Stamp
    facts: Mapping[str, str]


class ReadAudit(Protocol):
    """Looks the trail up."""

    def latest(
        self, scope: RealmScope, *, limit: int, about: str | None = None
    ) -> Sequence[AuditEntry]:
        """Return the newest entries first; with ``about``, those that name this id."""
        ...


def stamp(actor: Actor) -> Stamp:
    """Say of an actor what an entry keeps."""
    match actor:
        case Guest():
            return Stamp(realm=actor.realm, kind=ActorKind.GUEST, by=None, portal=actor.portal)
        case Member():
            return Stamp(
                realm=actor.realm,
                kind=ActorKind.MEMBER,
                by=actor.user,
                customer=actor.customer,
                portal=actor.portal,
            )
        case Staff():
            return Stamp(realm=actor.realm, kind=ActorKind.STAFF, by=actor.id)
        case _:
            return Stamp(realm=actor.realm, kind=ActorKind.SYSTEM, by=actor.job)


def facts_of(event: Event) -> dict[str, str]:
    """Write an event's attributes as text, without its moment and without what is unknown."""
    named = ((field.name, getattr(event, field.name)) for field in attrs.fields(type(event)))
    return {name: _plain(value) for name, value in named if name != "at" and value is not None}


def _plain(value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(map(_plain, value))
        case Decimal() | str() | int():
            return str(value)
        case _:
            message = f"an event may not carry a {type(value).__name__}"
            raise TypeError(message)
