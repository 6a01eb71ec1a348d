"""What staff who manage staff do: appoint, grant, block; nobody grants what they lack."""

from collections.abc import Callable, Collection

import attrs

from custaccount.credentials.model import PasswordHash
from custaccount.credentials.passwords import Hashing, generated
from custaccount.facilities.audit import changes_of
from custaccount.facilities.tickets import Purpose
from custaccount.kernel.access import Permission, PermissionMissing, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale, TryAgain
from custaccount.kernel.events import Event
from custaccount.kernel.ids import NewId, NewSecret, RealmId, StaffId
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.staff.model import (
    AUDITED,
    INITIAL_LIFETIME,
    Grant,
    LastStaffManager,
    RealmNotFounded,
    StaffAppointed,
    StaffBlocked,
    StaffGrantsChanged,
    StaffMember,
    StaffPasswordHanded,
    StaffUnblocked,
    checked_member,
    lacking,
)
from custaccount.staff.ports import StaffReading, StaffWork


@attrs.frozen(kw_only=True)
class Handed:
    """A staff member and the password to hand over: shown once, and kept nowhere."""

    member: StaffMember
    password: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class StaffDesk:
    """Looks after a realm's own staff; the last one who can do so stays."""

    _reading: Reading[StaffReading] = attrs.field(alias="reading")
    _begin: Begin[StaffWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")

    @requires(Permission.MANAGE_STAFF)
    def all(self, staff: Staff) -> tuple[StaffMember, ...]:
        """List the realm's staff, active or blocked, by mail address."""
        with self._reading() as view:
            return tuple(view.staff.of_realm(staff.scope))

    @requires(Permission.MANAGE_STAFF)
    def appoint(
        self, staff: Staff, *, email: str, name: str, permissions: Collection[Permission]
    ) -> Handed:
        """Make somebody a staff member, with a password for the first 24 hours.

        It has to be changed before anything else; nothing is mailed.

        Raises:
            PermissionMissing: the actor lacks one of the permissions.
            EmailInvalid: that is no mail address.
            StaffInvalid: with every field that does not hold.
            AlreadyThere: the address has a staff member in this realm.
            RealmNotFounded: the realm is not founded yet.
            TooBusy: too many passwords are being hashed.
        """
        new = StaffMember(
            id=StaffId(self._new_id()),
            realm=staff.realm,
            email=EmailAddress.parse(email),
            name=name,
        )
        new = checked_member(new.granting(staff.realm, permissions))
        password = generated(self._new_secret)
        kept = self._appoint(staff, new, self._hashing.hash(password))
        return Handed(member=kept, password=password)

    @requires(Permission.MANAGE_STAFF)
    @repeatable
    def grant(
        self,
        staff: Staff,
        member: StaffId,
        permissions: Collection[Permission],
        *,
        realm: RealmId | None = None,
    ) -> StaffMember:
        """Let a staff member do exactly this, here or in another realm; it counts at once.

        What is given and what is taken away the actor has to hold, in the realm it is for; and
        for another realm, to manage the staff there.

        Raises:
            PermissionMissing: the actor lacks one of the permissions.
            StaffNotFound: there is no such staff member in this realm.
            StaffInvalid: only customers can do one of these things.
            LastStaffManager: nobody would be left to manage the realm's staff.
        """
        where = realm or staff.realm
        with self._begin(staff) as work:
            _hold(work, staff.scope)
            before = work.staff.get(staff.scope, member)
            after = checked_member(before.granting(where, permissions))
            touched = before.permissions_in(where) ^ after.permissions_in(where)
            needed = Grant(realm=where, permissions=touched | {Permission.MANAGE_STAFF})
            _require_held(work, staff, [needed])
            event = StaffGrantsChanged(at=self._clock(), staff=member, where=where)
            return _kept(work, staff.scope, before, after, event)

    @requires(Permission.MANAGE_STAFF)
    def block(self, staff: Staff, member: StaffId) -> StaffMember:
        """Keep a staff member out, at once; one who may do more than the actor can't be blocked.

        Raises:
            PermissionMissing: the member has a permission that the actor lacks.
            StaffNotFound: there is no such staff member in this realm.
            LastStaffManager: nobody would be left to manage the realm's staff.
        """
        event = StaffBlocked(at=self._clock(), staff=member)
        return self._switch(staff, member, StaffMember.blocked, event)

    @requires(Permission.MANAGE_STAFF)
    def unblock(self, staff: Staff, member: StaffId) -> StaffMember:
        """Let a staff member in again, with what was granted before.

        Raises:
            PermissionMissing: the member has a permission that the actor lacks.
            StaffNotFound: there is no such staff member in this realm.
        """
        event = StaffUnblocked(at=self._clock(), staff=member)
        return self._switch(staff, member, StaffMember.unblocked, event)

    @requires(Permission.MANAGE_STAFF)
    def new_password(self, staff: Staff, member: StaffId) -> Handed:
        """Give a staff member a password for 24 hours, instead of the one it had.

        Raises:
            PermissionMissing: the member has a permission that the actor lacks.
            StaffNotFound: there is no such staff member in this realm.
            TooBusy: too many passwords are being hashed.
        """
        password = generated(self._new_secret)
        kept = self._hand(staff, member, self._hashing.hash(password))
        return Handed(member=kept, password=password)

    @repeatable
    def _appoint(self, staff: Staff, new: StaffMember, password: PasswordHash) -> StaffMember:
        now = self._clock()
        with self._begin(staff) as work:
            if work.portals.find_realm(staff.scope) is None:
                raise RealmNotFounded
            _require_held(work, staff, new.grants)
            member = attrs.evolve(new, password=password, initial_until=now + INITIAL_LIFETIME)
            kept = work.staff.save(staff.scope, member)
            changes = changes_of(None, kept, shown=AUDITED)
            work.record(StaffAppointed(at=now, staff=kept.id, changes=changes))
            work.commit()
        return kept

    @repeatable
    def _switch(
        self,
        staff: Staff,
        member: StaffId,
        change: Callable[[StaffMember], StaffMember],
        event: Event,
    ) -> StaffMember:
        with self._begin(staff) as work:
            _hold(work, staff.scope)
            before = work.staff.get(staff.scope, member)
            _require_held(work, staff, before.grants)
            return _kept(work, staff.scope, before, change(before), event)

    @repeatable
    def _hand(self, staff: Staff, member: StaffId, password: PasswordHash) -> StaffMember:
        now = self._clock()
        until = now + INITIAL_LIFETIME
        with self._begin(staff) as work:
            before = work.staff.get(staff.scope, member)
            _require_held(work, staff, before.grants)
            work.tickets.withdraw(staff.scope, member, Purpose.STAFF_PASSWORD)
            kept = work.staff.save(staff.scope, before.handed(password, until=until))
            work.record(StaffPasswordHanded(at=now, staff=member, until=until))
            work.commit()
        return kept


def _hold(work: StaffWork, scope: RealmScope) -> None:
    """Write the realm's row, so that of two who change its staff at once the second looks again."""
    realm = work.portals.find_realm(scope)
    if realm is None:
        raise RealmNotFounded
    try:
        work.portals.save_realm(scope, realm)
    except Stale as rival:
        raise TryAgain from rival


def _require_held(work: StaffWork, staff: Staff, needed: Collection[Grant]) -> None:
    """Refuse unless the actor holds all this: here as it acts, elsewhere as it was granted."""
    held = [Grant(realm=staff.realm, permissions=staff.permissions)]
    if staff.session is not None:
        home = RealmScope(staff.home or staff.realm)
        found = work.staff_sessions.find(home, staff.session)
        held += [one for one in (found[1].grants if found else ()) if one.realm != staff.realm]
    missing = lacking(needed, held)
    if missing is not None:
        raise PermissionMissing(permission=missing)


def _kept(
    work: StaffWork, scope: RealmScope, before: StaffMember, after: StaffMember, event: Event
) -> StaffMember:
    """Keep a change and tell it, unless nobody would be left who manages the realm's staff."""
    if after == before:
        return before
    if before.manages and not after.manages:
        others = (one for one in work.staff.of_realm(scope) if one.id != before.id)
        if not any(one.manages for one in others):
            raise LastStaffManager
    kept = work.staff.save(scope, after)
    work.record(attrs.evolve(event, changes=changes_of(before, kept, shown=AUDITED)))
    work.commit()
    return kept
