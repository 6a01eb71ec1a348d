"""Finding a portal: where every visit begins."""

import attrs

from custaccount.kernel.access import Guest
from custaccount.kernel.features import Features
from custaccount.kernel.i18n import Language
from custaccount.kernel.work import Reading
from custaccount.portals.addresses import locate, ways_in
from custaccount.portals.model import AddressKind, Entrance, Portal, PortalNotFound
from custaccount.portals.ports import PortalsReading

ADDRESS_LONGEST = 300


@attrs.frozen(kw_only=True)
class PortalDirectory:
    """Finds portals that are switched on; any other answer is ``PortalNotFound``."""

    _reading: Reading[PortalsReading] = attrs.field(alias="reading")
    _features: Features = attrs.field(alias="features", factory=Features)

    def at_path(self, path: str) -> Portal:
        """Find a portal by its path, like ``/customer-center``; a slash at the end does not count.

        Raises:
            PortalNotFound: there is none, or it is switched off.
        """
        return self._open_at(AddressKind.PATH, path.rstrip("/"))

    def at_number(self, number: str) -> Portal:
        """Find a portal by its number, kept as text: leading zeros count.

        Raises:
            PortalNotFound: there is none, or it is switched off.
        """
        return self._open_at(AddressKind.NUMBER, number)

    def at_host(self, host: str, path: str) -> tuple[Portal, Language]:
        """Find a portal by host and ``/<language>/account``, with the language the address names.

        Raises:
            PortalNotFound: there is none, it is switched off or does not offer the language.
        """
        address = locate(host, path)
        if address is None:
            raise PortalNotFound
        name, language = address
        portal = self._open_at(AddressKind.HOST, name)
        if language not in portal.languages:
            raise PortalNotFound
        return portal, language

    def at_address(self, host: str, path: str) -> Entrance:
        """Find the portal a request is for, by whatever its address begins with, in one snapshot.

        Raises:
            PortalNotFound: there is none, it is switched off or does not offer the language.
        """
        ways = tuple(ways_in(host, path))
        if ways:
            with self._reading() as view:
                for kind, address, prefix, language in ways:
                    portal = view.portals.find_at(kind, address)
                    if portal and portal.open and language in {None, *portal.languages}:
                        return Entrance(portal=portal, prefix=prefix, language=language)
        raise PortalNotFound

    def guest(
        self, portal: Portal, language: Language | None = None, *, network: str = ""
    ) -> Guest:
        """Make the visitor of a portal, in a language it offers.

        Args:
            portal: Which.
            language: Which is wanted.
            network: The network address the host saw, by which tries are limited; never one that a
                header names, unless the host's own proxy wrote it.
        """
        return Guest(
            realm=portal.realm,
            portal=portal.id,
            language=portal.language(language),
            network=network,
            features=self._features.of_guests(portal.policies.features),
        )

    def _open_at(self, kind: AddressKind, address: str) -> Portal:
        portal = None
        if 0 < len(address) <= ADDRESS_LONGEST:
            with self._reading() as view:
                portal = view.portals.find_at(kind, address)
        if portal is None or not portal.open:
            raise PortalNotFound
        return portal
