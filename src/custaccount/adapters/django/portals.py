"""Realms and portals in Django."""

import attrs

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.portals.model import AddressKind, Policies, Portal, PortalNotFound, Realm

_PORTAL = (
    "ref",
    "realm",
    "key",
    "name",
    "languages",
    "currency",
    "time_zone",
    "path",
    "number",
    "host",
    "policies",
    "open",
    "version",
)
_AT = tuple(f"portal_row__{column}" for column in _PORTAL)

_SAVING = Saving(models.Portal, kind="portal")
_SAVING_REALM = Saving(models.Realm, kind="realm", ref="realm")


@attrs.frozen
class DjangoPortals:
    """Looks realms and portals up, and keeps them."""

    _gate: Gate

    def find_at(self, kind: AddressKind, address: str) -> Portal | None:
        """Return the portal at an address of the deployment, or None."""
        with self._gate as gate:
            addresses = gate.table(models.PortalAddress).filter(kind=kind, address=address)
            row = gate.row(addresses.values_list(*_AT))
            return None if row is None else _portal(row)

    def get(self, scope: RealmScope, portal: PortalId) -> Portal:
        """Return a portal of the realm."""
        with self._gate as gate:
            portals = gate.table(models.Portal).filter(realm=scope.realm, ref=portal)
            row = gate.row(portals.values_list(*_PORTAL))
            if row is None:
                raise PortalNotFound
            return _portal(row)

    def of_realm(self, scope: RealmScope) -> tuple[Portal, ...]:
        """Return the realm's portals by key."""
        with self._gate as gate:
            portals = gate.table(models.Portal).filter(realm=scope.realm).order_by("key")
            return tuple(map(_portal, gate.rows(portals.values_list(*_PORTAL))))

    def find_realm(self, scope: RealmScope) -> Realm | None:
        """Return the realm itself, or None."""
        with self._gate as gate:
            row = gate.row(gate.table(models.Realm).filter(realm=scope.realm))
            return None if row is None else Realm(id=row.realm, name=row.name, version=row.version)

    def realms(self, *, after: RealmId | None, limit: int) -> tuple[RealmId, ...]:
        """Name the realms that are founded or have a portal."""
        with self._gate as gate:
            founded, used = gate.table(models.Realm), gate.table(models.Portal)
            if after is not None:
                founded, used = founded.filter(realm__gt=after), used.filter(realm__gt=after)
            both = founded.values_list("realm", flat=True).union(
                used.values_list("realm", flat=True)
            )
            return tuple(gate.rows(both.order_by("realm")[:limit]))

    def save(self, scope: RealmScope, portal: Portal) -> Portal:
        """Keep a portal, and where it is found."""
        named = {"realm": scope.realm, "portal": portal.id}
        addresses = [{**named, "kind": kind, "address": text} for kind, text in portal.addresses]
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [portal], _row)
            if portal.version:
                gate.forget(gate.table(models.PortalAddress).filter(**named))
            gate.insert(models.PortalAddress, addresses)
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
    (
        ref,
        realm,
        key,
        name,
        languages,
        currency,
        time_zone,
        path,
        number,
        host,
        policies,
        open_,
        version,
    ) = row
    return Portal(
        id=ref,
        realm=realm,
        key=key,
        name=name,
        languages=languages,
        currency=currency,
        time_zone=time_zone,
        path=path,
        number=number,
        host=host,
        policies=wire.read(policies, Policies),
        open=open_,
        version=version,
    )
