"""Realms and portals in SQL."""

import attrs
from sqlalchemy import bindparam, delete, insert, select, union

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import portal_addresses, portals, realms
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.portals.model import AddressKind, Policies, Portal, PortalNotFound, Realm

_IN_REALM = portals.c.realm == bindparam("realm")

_AT = (
    select(portals)
    .join(
        portal_addresses,
        (portal_addresses.c.realm == portals.c.realm) & (portal_addresses.c.portal == portals.c.id),
    )
    .where(
        portal_addresses.c.kind == bindparam("kind"),
        portal_addresses.c.address == bindparam("address"),
    )
)
_GET = select(portals).where(_IN_REALM, portals.c.id == bindparam("portal"))
_OF_REALM = select(portals).where(_IN_REALM).order_by(portals.c.key)
_REALM = select(realms).where(realms.c.realm == bindparam("realm"))
_REALMS_THERE = union(select(realms.c.realm), select(portals.c.realm)).subquery()
_REALMS = select(_REALMS_THERE.c.realm).order_by(_REALMS_THERE.c.realm).limit(bindparam("most"))
_REALMS_AFTER = _REALMS.where(_REALMS_THERE.c.realm > bindparam("after"))

_SAVING = Saving.of(portals, kind="portal")
_SAVING_REALM = Saving.of(realms, kind="realm", id="realm")
_FORGET_ADDRESSES = delete(portal_addresses).where(
    portal_addresses.c.realm == bindparam("realm"), portal_addresses.c.portal == bindparam("portal")
)
_ADD_ADDRESSES = insert(portal_addresses)


@attrs.frozen
class SqlPortals:
    """Looks realms and portals up, and keeps them."""

    _gate: Gate

    def find_at(self, kind: AddressKind, address: str) -> Portal | None:
        """Return the portal at an address of the deployment, or None."""
        with self._gate as gate:
            row = gate.row(_AT, {"kind": kind, "address": address})
            return None if row is None else _portal(row)

    def get(self, scope: RealmScope, portal: PortalId) -> Portal:
        """Return a portal of the realm."""
        with self._gate as gate:
            row = gate.row(_GET, {"realm": scope.realm, "portal": portal})
            if row is None:
                raise PortalNotFound
            return _portal(row)

    def of_realm(self, scope: RealmScope) -> tuple[Portal, ...]:
        """Return the realm's portals by key."""
        with self._gate as gate:
            return tuple(map(_portal, gate.rows(_OF_REALM, {"realm": scope.realm})))

    def find_realm(self, scope: RealmScope) -> Realm | None:
        """Return the realm itself, or None."""
        with self._gate as gate:
            row = gate.row(_REALM, {"realm": scope.realm})
            return None if row is None else Realm(id=row.realm, name=row.name, version=row.version)

    def realms(self, *, after: RealmId | None, limit: int) -> tuple[RealmId, ...]:
        """Name the realms that are founded or have a portal."""
        with self._gate as gate:
            if after is None:
                rows = gate.rows(_REALMS, {"most": limit})
            else:
                rows = gate.rows(_REALMS_AFTER, {"after": after, "most": limit})
            return tuple(realm for (realm,) in rows)

    def save(self, scope: RealmScope, portal: Portal) -> Portal:
        """Keep a portal, and where it is found."""
        named = {"realm": scope.realm, "portal": portal.id}
        addresses = [{**named, "kind": kind, "address": text} for kind, text in portal.addresses]
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [portal], _row)
            if portal.version:
                gate.change(_FORGET_ADDRESSES, named)
            gate.each(_ADD_ADDRESSES, addresses)
            return kept

    def save_realm(self, scope: RealmScope, realm: Realm) -> Realm:
        """Keep the realm."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING_REALM.save(gate, scope.realm, [realm], lambda one: {"name": one.name})
            return kept


def _row(portal: Portal) -> Asked:
    return {
        "key": portal.key,
        "name": portal.name,
        "languages": portal.languages,
        "currency": portal.currency,
        "time_zone": portal.time_zone,
        "path": portal.path,
        "number": portal.number,
        "host": portal.host,
        "policies": wire.write(portal.policies),
        "open": portal.open,
    }


def _portal(row: Fetched) -> Portal:
    return Portal(
        id=row.id,
        realm=row.realm,
        key=row.key,
        name=row.name,
        languages=row.languages,
        currency=row.currency,
        time_zone=row.time_zone,
        path=row.path,
        number=row.number,
        host=row.host,
        policies=wire.read(row.policies, Policies),
        open=row.open,
        version=row.version,
    )
