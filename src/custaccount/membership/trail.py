"""The audit trail of one company, as its administrators read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import attrs

from custaccount.facilities.audit import ActorKind, AuditEntry, ReadAudit
from custaccount.facilities.signing import Keyring
from custaccount.facilities.trail import sealed, unsealed
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.events import Change
from custaccount.kernel.features import TRAIL
from custaccount.kernel.ids import Cursor
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, Page
from custaccount.kernel.work import Reading
from custaccount.membership.ports import ReadMemberships, ReadRoleBooks
from custaccount.membership.roles import Role

KIND = "audit of company"
TOLD = ("state", "what", "address")
"""The facts of an entry that are told as they are; why staff did something is theirs."""
UNTOLD = frozenset({"groups"})
"""The changes that are not told: how the seller sorts its customers is the seller's."""


class TrailReading(Protocol):
    """A snapshot, as a company's trail sees it."""

    @property
    def audit(self) -> ReadAudit:
        """The audit trail."""
        ...

    @property
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def role_books(self) -> ReadRoleBooks:
        """Roles companies made."""
        ...


@attrs.frozen(kw_only=True)
class CompanyEntry:
    """An entry, as a customer's administrators see it: with names, and without ids."""

    at: datetime
    event: str
    kind: ActorKind
    """What kind of actor did it: one of the company's, the seller's people, a job, or somebody.

    Of somebody who accepts an invitation it does not tell whether there was a login before.
    """
    by: str
    """Which of the company's users did it; empty if none did: the seller's people are not named."""
    me: bool
    """Whether it was who looks."""
    about: str
    """The user it happened to, if it did to one."""
    roles: tuple[Role, ...]
    """The roles it is about; one that is gone is left out."""
    facts: Mapping[str, str]
    changes: tuple[Change, ...]


@attrs.frozen(kw_only=True)
class CompanyTrail:
    """Shows a company's administrators what happened to it."""

    _reading: Reading[TrailReading] = attrs.field(alias="reading")
    _keyring: Keyring = attrs.field(alias="keyring")
    _events: frozenset[str] = attrs.field(alias="events")
    """What a customer may be told, by the names of the events."""

    @requires(Permission.SEE_TRAIL, feature=TRAIL)
    def latest(self, member: Member, cursor: Cursor | None = None) -> Page[CompanyEntry]:
        """List the newest 50 entries about the member's customer, or the 50 after a cursor.

        Of staff it tells that they did it, not who.

        Raises:
            CursorInvalid: the cursor is not this member's, or not of this list.
        """
        before = None
        if cursor is not None:
            before = unsealed(self._keyring, member, (KIND,), cursor)
        with self._reading() as view:
            found = view.audit.of_customer(
                member.scope, events=self._events, limit=PAGE_SIZE + 1, before=before
            )
            lines = view.memberships.of_customer(member.scope)
            book = view.role_books.get(member.scope)
        words = _Words(
            me=member.user,
            names={one.membership.user: one.called for one in lines},
            roles={role.id: role for role in book},
        )
        more = None
        if len(found) > PAGE_SIZE:
            more = sealed(self._keyring, member, (KIND,), found[PAGE_SIZE - 1].spot)
        return Page(items=tuple(map(words.entry, found[:PAGE_SIZE])), more=more)


@attrs.frozen(kw_only=True)
class _Words:
    """What the ids of an entry stand for, at this company."""

    me: str
    names: Mapping[str, str]
    """Everybody who acts for it, or has."""
    roles: Mapping[str, Role]

    def entry(self, entry: AuditEntry) -> CompanyEntry:
        stamp, facts = entry.stamp, entry.facts
        kind = ActorKind.PERSON if stamp.kind is ActorKind.GUEST else stamp.kind
        by = stamp.by or "" if stamp.kind is ActorKind.MEMBER else ""
        told = TOLD if stamp.kind is ActorKind.STAFF else (*TOLD, "reason")
        named = (*facts.get("roles", "").split(", "), facts.get("role", ""))
        return CompanyEntry(
            at=entry.at,
            event=entry.event,
            kind=kind,
            by=self.names.get(by, ""),
            me=bool(by) and by == self.me,
            about=self.names.get(facts.get("user", ""), ""),
            roles=tuple(self.roles[one] for one in named if one in self.roles),
            facts={key: facts[key] for key in told if key in facts},
            changes=tuple(
                attrs.evolve(
                    one, before=self._told(one, one.before), after=self._told(one, one.after)
                )
                for one in entry.changes
                if one.field not in UNTOLD
            ),
        )

    def _told(self, change: Change, value: str | None) -> str | None:
        """Name the roles of a change; what the company called them is in no other language."""
        if change.field != "roles" or value is None:
            return value
        named = (self.roles[one].name for one in value.split(", ") if one in self.roles)
        return ", ".join(named)
