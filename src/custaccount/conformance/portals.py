"""What keeping realms and portals promises."""

import attrs
import pytest

from custaccount.conformance.samples import LONGEST_KEY, TEXTS, a_portal
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import change
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.features import PRICES
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.portals.model import AddressKind, Policies, Portal, PortalNotFound, Realm
from custaccount.portals.statuses import ALL_OFF, CustomerStatus, Switches
from custaccount.storage import Storage


class PortalsSuite(StorageSuite):
    """Portals are found by their addresses, and kept within their realm."""

    @pytest.fixture
    def portal(self, storage: Storage, here: RealmScope) -> Portal:
        """Return a portal that is kept."""
        with change(storage, here) as unit:
            unit.portals.save_realm(here, Realm(id=here.realm, name="Here"))
            return unit.portals.save(here, a_portal(here))

    def test_a_portal_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, portal: Portal
    ) -> None:
        """Every field, with the order of languages, policies and leading zeros."""
        with storage.reading() as view:
            assert view.portals.get(here, portal.id) == portal
        assert portal == attrs.evolve(portal, version=1)

    @pytest.mark.parametrize("status", CustomerStatus)
    def test_what_a_portal_decides_is_kept_whole(
        self, storage: Storage, here: RealmScope, portal: Portal, status: CustomerStatus
    ) -> None:
        """Each switch of a status, functions on and off, or nothing; new ones replace the old."""
        for place, switch in enumerate(attrs.fields(Switches)):
            given = {PRICES: place % 2 == 0, LONGEST_KEY: place % 2 != 0}
            policies = attrs.evolve(
                portal.policies,
                switches={status: attrs.evolve(ALL_OFF, **{switch.name: True})},
                features=given,
            )
            with change(storage, here) as unit:
                portal = unit.portals.save(here, attrs.evolve(portal, policies=policies))
            given[PRICES] = not given[PRICES]

            with storage.reading() as view:
                found = view.portals.get(here, portal.id).policies
            assert found.switches == policies.switches
            assert found.features == {PRICES: place % 2 == 0, LONGEST_KEY: place % 2 != 0}

        bare = attrs.evolve(portal, policies=Policies())
        with change(storage, here) as unit:
            unit.portals.save(here, bare)
        with storage.reading() as view:
            assert view.portals.get(here, portal.id).policies == Policies()

    def test_a_portal_is_found_at_each_address(self, storage: Storage, portal: Portal) -> None:
        """By path, by number kept as text and by host, without knowing the realm."""
        with storage.reading() as view:
            found = [view.portals.find_at(kind, text) for kind, text in portal.addresses]

        assert found == [portal] * 3

    def test_an_address_is_compared_exactly(self, storage: Storage, portal: Portal) -> None:
        """No other case, no lost zero, no address of another kind."""
        with storage.reading() as view:
            find_at = view.portals.find_at
            assert find_at(AddressKind.NUMBER, (portal.number or "").lstrip("0")) is None
            assert find_at(AddressKind.PATH, (portal.path or "").upper()) is None
            assert find_at(AddressKind.PATH, f"{portal.path} ") is None
            assert find_at(AddressKind.HOST, portal.path or "") is None

    def test_a_portal_leaves_an_address_it_gave_up(
        self, storage: Storage, here: RealmScope, portal: Portal
    ) -> None:
        """After a change it is found at its new address only, and the old one is free."""
        old, new = portal.path or "", f"/{new_id()}"
        with change(storage, here) as unit:
            moved = unit.portals.save(here, attrs.evolve(portal, path=new, host=None))
            other = unit.portals.save(here, attrs.evolve(a_portal(here), path=old))

        with storage.reading() as view:
            assert view.portals.find_at(AddressKind.PATH, new) == moved
            assert view.portals.find_at(AddressKind.PATH, old) == other
            assert view.portals.find_at(AddressKind.HOST, portal.host or "") is None

    @pytest.mark.parametrize("kind", list(AddressKind))
    def test_an_address_belongs_to_one_portal_of_the_deployment(
        self, storage: Storage, elsewhere: RealmScope, portal: Portal, kind: AddressKind
    ) -> None:
        """Another realm can't take it."""
        new, address = a_portal(elsewhere), dict(portal.addresses)[kind]
        taken = {
            AddressKind.PATH: attrs.evolve(new, path=address),
            AddressKind.NUMBER: attrs.evolve(new, number=address),
            AddressKind.HOST: attrs.evolve(new, host=address),
        }[kind]

        with pytest.raises(AlreadyThere), change(storage, elsewhere) as unit:
            unit.portals.save(elsewhere, taken)

    def test_portals_without_an_address_of_a_kind_do_not_collide(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """Any number of portals may have no host and no number."""
        with change(storage, here) as unit:
            for _ in range(2):
                unit.portals.save(here, attrs.evolve(a_portal(here), host=None, number=None))

        with storage.reading() as view:
            assert len(view.portals.of_realm(here)) == 2  # noqa: PLR2004 - two were made

    def test_a_key_is_unique_in_its_realm(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, portal: Portal
    ) -> None:
        """Two realms may use one key, one realm may not use it twice."""
        with change(storage, elsewhere) as unit:
            unit.portals.save(elsewhere, attrs.evolve(a_portal(elsewhere), key=portal.key))

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.portals.save(here, attrs.evolve(a_portal(here), key=portal.key))

    def test_a_realm_lists_its_portals_by_key(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Its own ones only, in the order of their keys' characters."""
        with change(storage, here) as unit:
            for key in ("b", "a-1", "a", "9"):
                unit.portals.save(here, attrs.evolve(a_portal(here), key=key))

        with storage.reading() as view:
            assert [one.key for one in view.portals.of_realm(here)] == ["9", "a", "a-1", "b"]
            assert not view.portals.of_realm(elsewhere)

    def test_realms_are_named_once_and_in_steps(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Founded without a portal or the other way round, or both; however many at a time."""
        with change(storage, here) as unit:
            unit.portals.save_realm(here, Realm(id=here.realm, name="Here"))
        with change(storage, elsewhere) as unit:
            for _ in range(2):
                unit.portals.save(elsewhere, a_portal(elsewhere))

        with storage.reading() as view:
            for limit in (1, 100):
                named: list[RealmId] = []
                while step := view.portals.realms(after=named[-1] if named else None, limit=limit):
                    assert len(step) <= limit
                    named += step
                assert len(named) == len(set(named))
                assert {here.realm, elsewhere.realm} <= set(named)

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, portal: Portal
    ) -> None:
        """Saving what somebody else has saved since is refused."""
        with change(storage, here) as unit:
            newer = unit.portals.save(here, portal.opened())

        assert newer.version == portal.version + 1
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.portals.save(here, portal.closed())

    def test_a_realm_is_founded_once(
        self, storage: Storage, here: RealmScope, portal: Portal
    ) -> None:
        """It can be renamed, not founded again."""
        assert portal.realm == here.realm
        with change(storage, here) as unit:
            realm = unit.portals.find_realm(here)
            assert realm is not None
            renamed = unit.portals.save_realm(here, attrs.evolve(realm, name=TEXTS[1]))

        with storage.reading() as view:
            assert view.portals.find_realm(here) == renamed
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.portals.save_realm(here, Realm(id=here.realm, name="Again"))

    def test_another_realms_portal_is_like_none(
        self, storage: Storage, elsewhere: RealmScope, portal: Portal
    ) -> None:
        """Asked from another realm, its id gives the answer of an id nobody has."""
        for id_ in (portal.id, PortalId(new_id())):
            with pytest.raises(PortalNotFound), change(storage, elsewhere) as unit:
                unit.portals.get(elsewhere, id_)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.portals.save(elsewhere, portal.opened())
