"""What portals ask of a storage."""

from collections.abc import Sequence
from typing import Protocol

from custaccount.facilities.numbers import ReadNumbers
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Recording
from custaccount.portals.model import AddressKind, Portal, Realm


class ReadPortals(Protocol):
    """Looks realms and portals up."""

    def find_at(self, kind: AddressKind, address: str) -> Portal | None:
        """Return the portal at an address, on or off, or None.

        A question without a scope: it is how a realm is found.
        """
        ...

    def get(self, scope: RealmScope, portal: PortalId) -> Portal:
        """Return a portal, on or off.

        Raises:
            PortalNotFound: there is none in this realm.
        """
        ...

    def of_realm(self, scope: RealmScope) -> Sequence[Portal]:
        """Return the realm's portals by key."""
        ...

    def find_realm(self, scope: RealmScope) -> Realm | None:
        """Return the realm itself, or None before it is founded."""
        ...

    def realms(self, *, after: RealmId | None, limit: int) -> Sequence[RealmId]:
        """Name the realms that are founded or have a portal, those after one; for jobs only.

        In an order of the storage's own, each once; None begins, and nothing is the end.
        """
        ...


class KeepPortals(ReadPortals, Protocol):
    """Keeps realms and portals."""

    def save(self, scope: RealmScope, portal: Portal) -> Portal:
        """Keep a portal and return it with its new version.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: its key is taken in the realm, or an address of it in the deployment.
        """
        ...

    def save_realm(self, scope: RealmScope, realm: Realm) -> Realm:
        """Keep the realm and return it with its new version.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: it is founded already.
        """
        ...


class PortalsReading(Protocol):
    """A snapshot, as portals see it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...


class PortalsWork(Recording, Protocol):
    """A writing unit, as portals see it."""

    @property
    def numbers(self) -> ReadNumbers:
        """Number ranges."""
        ...

    @property
    def portals(self) -> KeepPortals:
        """Realms and portals."""
        ...
