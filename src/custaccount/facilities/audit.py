"""The audit trail: who did what, for whom, where and when; written in the unit that did it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Protocol

import attrs

from custaccount.kernel.access import Actor, Guest, Member, Person, Staff
from custaccount.kernel.clock import utc
from custaccount.kernel.events import Change, Event
from custaccount.kernel.ids import AuditEntryId, CustomerId, PortalId, RealmId, StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope

NO_FACTS = frozenset({"at", "changes"})
"""Attributes of an event that an entry keeps apart."""


class ActorKind(Enum):
    """What kind of actor did it."""

    GUEST = "guest"
    PERSON = "person"
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
    """On whose behalf; staff and jobs act for the realm."""
    portal: PortalId | None = None


@attrs.frozen(kw_only=True)
class AuditEntry:
    """One event as it is kept for those who ask later; it is never changed."""

    id: AuditEntryId
    at: datetime = attrs.field(converter=utc)
    event: str
    stamp: Stamp
    facts: Mapping[str, str]
    changes: tuple[Change, ...] = ()

    @property
    def customer(self) -> CustomerId | None:
        """Whom it is about: on whose behalf it was done, else whom the event names."""
        named = self.stamp.customer or self.facts.get("customer")
        return None if named is None else CustomerId(named)

    @property
    def spot(self) -> "Spot":
        """Where it stands in the trail."""
        return Spot(at=self.at, id=self.id)


@attrs.frozen(kw_only=True)
class Spot:
    """A place in the trail, which is sorted by moment, then by id."""

    at: datetime = attrs.field(converter=utc)
    id: AuditEntryId


class ReadAudit(Protocol):
    """Looks the trail up. There is no way to change it."""

    def latest(
        self,
        scope: RealmScope,
        *,
        limit: int,
        about: str | None = None,
        by: UserId | StaffId | None = None,
        before: Spot | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the newest entries first, perhaps only those older than a spot.

        Args:
            scope: Whose trail.
            limit: How many at most.
            about: Only those that name this id, among their facts or in their stamp.
            by: Only what this user or staff member did.
            before: Only what stands after this spot in the list, which is not listed again.
        """
        ...

    def of_customer(
        self, scope: CustomerScope, *, events: Collection[str], limit: int, before: Spot | None
    ) -> Sequence[AuditEntry]:
        """Return the newest entries about a customer first, of the events named.

        Args:
            scope: Whose: see ``AuditEntry.customer``.
            events: The names of the events that may be told.
            limit: How many at most.
            before: Only what stands after this spot in the list, which is not listed again.
        """
        ...


def stamp(actor: Actor) -> Stamp:
    """Say of an actor what an entry keeps."""
    match actor:
        case Guest():
            return Stamp(realm=actor.realm, kind=ActorKind.GUEST, by=None, portal=actor.portal)
        case Person():
            return Stamp(
                realm=actor.realm, kind=ActorKind.PERSON, by=actor.user, portal=actor.portal
            )
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


def entry_of(event: Event, stamp: Stamp, *, id: AuditEntryId) -> AuditEntry:
    """Write an event down."""
    return AuditEntry(
        id=id,
        at=event.at,
        event=event.name,
        stamp=stamp,
        facts=facts_of(event),
        changes=event.changes,
    )


def facts_of(event: Event) -> dict[str, str]:
    """Write an event's attributes as text, without its moment and without what is unknown."""
    named = ((field.name, getattr(event, field.name)) for field in attrs.fields(type(event)))
    return {
        name: as_text(value) for name, value in named if name not in NO_FACTS and value is not None
    }


def names_of(entry: AuditEntry) -> frozenset[str]:
    """List all an entry can be asked for: whole facts, members of those that are lists, stamp."""
    stamped = (entry.stamp.by, entry.stamp.customer, entry.stamp.portal)
    facts = entry.facts.values()
    parts = (part for fact in facts for part in fact.split(", "))
    return frozenset({*facts, *parts, *(name for name in stamped if name is not None)})


def changes_of(
    before: object | None, after: object, *, shown: Sequence[str], named: Sequence[str] = ()
) -> tuple[Change, ...]:
    """Compare two values of one class, or nothing with the first, by the fields that may be told.

    Of ``named`` fields is told only that they changed.
    """

    def told(value: object | None, field: str) -> str | None:
        found = getattr(value, field, None)
        return None if found is None else as_text(found)

    pairs = ((field, told(before, field), told(after, field)) for field in shown)
    changes = [
        Change(field=field, before=was, after=now) for field, was, now in pairs if was != now
    ]
    changes += [
        Change(field=field)
        for field in named
        if getattr(before, field, None) != getattr(after, field)
    ]
    return tuple(changes)


def as_text(value: object) -> str:
    """Write a value as an entry keeps it.

    Raises:
        TypeError: a value of this kind may not be told: an address, a hash.
    """
    match value:
        case Enum():
            return str(value.value)
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(map(as_text, value))
        case frozenset():
            return ", ".join(sorted(map(as_text, value)))
        case Decimal() | str() | int() | timedelta():
            return str(value)
        case _:
            message = f"an event may not carry a {type(value).__name__}"
            raise TypeError(message)
