"""Realms and portals in memory."""

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import apart, save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.portals.model import AddressKind, Portal, PortalNotFound, Realm


@attrs.frozen
class MemoryPortals:
    """Looks realms and portals up, and keeps them."""

    _gate: Gate

    def find_at(self, kind: AddressKind, address: str) -> Portal | None:
        """Return the portal at an address of the deployment, or None."""
        return self._gate.ask(lambda tables: tables.portals.only("address", kind, address))

    def get(self, scope: RealmScope, portal: PortalId) -> Portal:
        """Return a portal of the realm."""

        def found(tables: Tables) -> Portal:
            row = tables.portals.find((scope.realm, portal))
            if row is None:
                raise PortalNotFound
            return row

        return self._gate.ask(found)

    def of_realm(self, scope: RealmScope) -> tuple[Portal, ...]:
        """Return the realm's portals by key."""
        rows = self._gate.ask(lambda tables: tables.portals.of_realm(scope.realm))
        return tuple(sorted(rows, key=lambda portal: portal.key))

    def find_realm(self, scope: RealmScope) -> Realm | None:
        """Return the realm itself, or None."""
        return self._gate.ask(lambda tables: tables.realms.find((scope.realm,)))

    def realms(self, *, after: RealmId | None, limit: int) -> tuple[RealmId, ...]:
        """Name the realms that are founded or have a portal, in the order of their ids."""

        def named(tables: Tables) -> tuple[RealmId, ...]:
            there = {one.id for one in tables.realms} | {one.realm for one in tables.portals}
            return tuple(sorted(realm for realm in there if after is None or realm > after)[:limit])

        return self._gate.ask(named)

    def save(self, scope: RealmScope, portal: Portal) -> Portal:
        """Keep a portal."""
        key = (scope.realm, portal.id)
        policies = attrs.evolve(
            portal.policies,
            features=apart(portal.policies.features),
            switches=apart(portal.policies.switches),
        )
        new = attrs.evolve(portal, policies=policies)
        return self._gate.change(lambda tables: save(tables.portals, key, new, kind="portal"))

    def save_realm(self, scope: RealmScope, realm: Realm) -> Realm:
        """Keep the realm."""
        return self._gate.change(
            lambda tables: save(tables.realms, (scope.realm,), realm, kind="realm")
        )
