"""What staff do with portals."""

from collections.abc import Callable, Iterable, Sequence

import attrs

from custaccount.facilities.audit import changes_of
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Rule, Stale
from custaccount.kernel.events import Event
from custaccount.kernel.features import Features
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import NewId, PortalId
from custaccount.kernel.money import Currency
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.addresses import paths_above
from custaccount.portals.model import (
    AUDITED,
    AddressKind,
    Policies,
    Portal,
    PortalChanged,
    PortalClosed,
    PortalCreated,
    PortalOpened,
    Realm,
    RealmFounded,
    changes_between,
)
from custaccount.portals.ports import PortalsReading, PortalsWork
from custaccount.portals.rules import checked, checked_realm, kept_by, range_exists


@attrs.frozen(kw_only=True)
class PortalDesk:
    """Makes portals, changes them and switches them on and off."""

    _reading: Reading[PortalsReading] = attrs.field(alias="reading")
    _begin: Begin[PortalsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _features: Features = attrs.field(alias="features", factory=Features)

    @requires(Permission.MANAGE_PORTALS)
    @repeatable
    def found_realm(self, staff: Staff, name: str) -> Realm:
        """Found the realm the staff member belongs to.

        Raises:
            InvalidFields: the name does not hold.
            AlreadyThere: it is founded already.
        """
        new = checked_realm(Realm(id=staff.realm, name=name))
        with self._begin(staff) as work:
            realm = work.portals.save_realm(staff.scope, new)
            work.record(RealmFounded(at=self._clock()))
            work.commit()
        return realm

    @requires(Permission.MANAGE_PORTALS)
    @repeatable
    def create(
        self,
        staff: Staff,
        *,
        key: str,
        name: str,
        languages: Sequence[Language],
        currency: Currency,
        time_zone: str = "UTC",
        path: str | None = None,
        number: str | None = None,
        host: str | None = None,
        policies: Policies | None = None,
    ) -> Portal:
        """Make a portal; it does nothing for customers until it is opened.

        Raises:
            InvalidFields: with every field that does not hold.
            AlreadyThere: the key or an address is taken, or the path lies below another realm's.
        """
        portal = Portal(
            id=PortalId(self._new_id()),
            realm=staff.realm,
            key=key,
            name=name,
            languages=tuple(languages),
            currency=currency,
            time_zone=time_zone,
            path=path,
            number=number,
            host=host,
            policies=policies or Policies(),
        )
        with self._begin(staff) as work:
            checked(portal, also=[range_exists(portal, work.numbers), *self._known(portal, None)])
            for above in paths_above(portal.path or ""):
                other = work.portals.find_at(AddressKind.PATH, above)
                if other is not None and other.realm != staff.realm:
                    raise AlreadyThere(kind="portal address")
            portal = work.portals.save(staff.scope, portal)
            work.record(PortalCreated(at=self._clock(), portal=portal.id, key=portal.key))
            work.commit()
        return portal

    @requires(Permission.MANAGE_PORTALS)
    @repeatable
    def change(
        self,
        staff: Staff,
        portal: PortalId,
        *,
        version: int,
        name: str | None = None,
        languages: Sequence[Language] | None = None,
        currency: Currency | None = None,
        time_zone: str | None = None,
        policies: Policies | None = None,
    ) -> Portal:
        """Change a portal while it runs; what is left out stays, and so do its addresses.

        Nobody is locked out and nothing open ends. Links, invitations and passwords that staff gave
        keep the expiry they were made with, registrations the answers that were checked. A longer
        minimum holds for new passwords; who reads a language that is gone gets the first one.
        Sessions alone obey new limits at once: signing in begins another.

        Raises:
            InvalidFields: with every field that does not hold, or would lock somebody out.
            PortalNotFound: there is none in this realm.
            Stale: it was changed after this version was read.
        """
        with self._begin(staff) as work:
            before = work.portals.get(staff.scope, portal)
            if before.version != version:
                raise Stale(kind="portal", id=portal, version=version)
            after = attrs.evolve(
                before,
                name=before.name if name is None else name,
                languages=before.languages if languages is None else tuple(languages),
                currency=before.currency if currency is None else currency,
                time_zone=before.time_zone if time_zone is None else time_zone,
                policies=policies or before.policies,
            )
            rules = (
                *kept_by(before, after),
                range_exists(after, work.numbers),
                *self._known(after, before),
            )
            if checked(after, also=rules) == before:
                return before
            after = work.portals.save(staff.scope, after)
            changes = changes_between(before, after)
            work.record(PortalChanged(at=self._clock(), portal=portal, changes=changes))
            work.commit()
        return after

    @requires(Permission.MANAGE_PORTALS)
    def open(self, staff: Staff, portal: PortalId) -> Portal:
        """Switch a portal on.

        Raises:
            PortalNotFound: there is none in this realm.
        """
        event = PortalOpened(at=self._clock(), portal=portal)
        return self._switch(staff, portal, Portal.opened, event)

    @requires(Permission.MANAGE_PORTALS)
    def close(self, staff: Staff, portal: PortalId) -> Portal:
        """Switch a portal off; nothing is lost, and nobody gets in until it is opened again.

        Raises:
            PortalNotFound: there is none in this realm.
        """
        event = PortalClosed(at=self._clock(), portal=portal)
        return self._switch(staff, portal, Portal.closed, event)

    @requires(Permission.MANAGE_PORTALS)
    def get(self, staff: Staff, portal: PortalId) -> Portal:
        """Read a portal, on or off, with the version a change of it names.

        Raises:
            PortalNotFound: there is none in this realm.
        """
        with self._reading() as view:
            return view.portals.get(staff.scope, portal)

    @requires(Permission.MANAGE_PORTALS)
    def all(self, staff: Staff) -> tuple[Portal, ...]:
        """List the realm's portals by key, on or off."""
        with self._reading() as view:
            return tuple(view.portals.of_realm(staff.scope))

    @repeatable
    def _switch(
        self, staff: Staff, portal: PortalId, change: Callable[[Portal], Portal], event: Event
    ) -> Portal:
        with self._begin(staff) as work:
            before = work.portals.get(staff.scope, portal)
            after = change(before)
            if after == before:
                return before
            after = work.portals.save(staff.scope, after)
            work.record(attrs.evolve(event, changes=changes_of(before, after, shown=AUDITED)))
            work.commit()
        return after

    def _known(self, portal: Portal, was: Portal | None) -> Iterable[Rule]:
        before = was.policies.features if was is not None else {}
        return self._features.rules(portal.policies.features, "policies.features", before=before)
