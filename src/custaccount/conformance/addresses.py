"""What keeping address books promises."""

import attrs
import pytest

from custaccount.conformance.samples import TEXTS, a_customer, an_address
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.customers.model import Address, AddressNotFound, Customer
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.ids import AddressId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.storage import Storage

MANY = 100


class AddressesSuite(StorageSuite):
    """A customer's addresses are its own, each kept in versions."""

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            return unit.customers.save(here, [a_customer(here)])[0]

    @pytest.fixture
    def address(self, storage: Storage, acme: Customer) -> Address:
        """Return an address of the customer."""
        with change(storage, acme.scope) as unit:
            return unit.addresses.save(acme.scope, an_address(acme.scope))

    def test_an_address_comes_back_as_it_was(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Every field."""
        with storage.reading() as view:
            assert view.addresses.get(acme.scope, address.id) == address
        assert address.version == 1

    @pytest.mark.parametrize("text", TEXTS)
    def test_text_comes_back_as_it_was(self, storage: Storage, acme: Customer, text: str) -> None:
        """No character is folded, composed, trimmed or lost."""
        new = attrs.evolve(
            an_address(acme.scope), name=text, addition=text, street=text, town=text, phone=""
        )
        with change(storage, acme.scope) as unit:
            kept = unit.addresses.save(acme.scope, new)

        with storage.reading() as view:
            found = view.addresses.get(acme.scope, new.id)
        assert found == kept
        assert (found.name, found.addition, found.street, found.town) == (text,) * 4

    def test_pages_follow_each_other(self, storage: Storage, acme: Customer) -> None:
        """By the characters of the ids, none twice and none left out, also after one is gone."""
        ids = [AddressId(text) for text in ("b", "10", "B", "9", "a")]
        with change(storage, acme.scope) as unit:
            for id_ in ids:
                unit.addresses.save(acme.scope, attrs.evolve(an_address(acme.scope), id=id_))

        with storage.reading() as view:
            first = view.addresses.of(acme.scope, after=None, limit=2)
            second = view.addresses.of(acme.scope, after=first[-1].id, limit=2)
        with change(storage, acme.scope) as unit:
            unit.addresses.remove(acme.scope, second[-1].id)
        with storage.reading() as view:
            third = view.addresses.of(acme.scope, after=second[-1].id, limit=2)
            assert not view.addresses.of(acme.scope, after=third[-1].id, limit=2)
        assert [one.id for one in (*first, *second, *third)] == sorted(ids)

    def test_an_older_version_is_not_kept(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        with change(storage, acme.scope) as unit:
            newer = unit.addresses.save(acme.scope, attrs.evolve(address, town="Lund"))

        assert newer.version == address.version + 1
        with pytest.raises(Stale), change(storage, acme.scope) as unit:
            unit.addresses.save(acme.scope, attrs.evolve(address, town="Malmö"))
        with storage.reading() as view:
            assert view.addresses.get(acme.scope, address.id) == newer

    def test_of_rivals_to_change_an_address_one_wins(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Each read the same version."""

        def move(meet: Meet) -> bool:
            with change(storage, acme.scope) as unit:
                seen = unit.addresses.get(acme.scope, address.id)
                if seen != address:
                    return False
                meet()
                unit.addresses.save(acme.scope, attrs.evolve(seen, town="Lund"))
            return True

        outcomes = race(move, move)

        assert outcomes.count(True) == 1
        assert all(isinstance(one, bool | Conflict) for one in outcomes)

    def test_a_new_address_needs_a_new_id(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Version 0 inserts; an id the customer has already is refused."""
        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.addresses.save(acme.scope, attrs.evolve(an_address(acme.scope), id=address.id))

    def test_an_address_is_removed_once(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Removed, it is gone; only the first one to remove it did."""

        def remove(meet: Meet) -> bool:
            with change(storage, acme.scope) as unit:
                meet()
                return unit.addresses.remove(acme.scope, address.id)

        assert sorted(race(remove, remove), key=bool) == [False, True]
        with pytest.raises(AddressNotFound), storage.reading() as view:
            view.addresses.get(acme.scope, address.id)

    def test_a_change_does_not_bring_an_address_back(
        self, storage: Storage, acme: Customer, address: Address
    ) -> None:
        """Saved after it was removed it is refused."""
        with change(storage, acme.scope) as unit:
            unit.addresses.remove(acme.scope, address.id)

        with pytest.raises(Stale), change(storage, acme.scope) as unit:
            unit.addresses.save(acme.scope, attrs.evolve(address, town="Lund"))
        with storage.reading() as view:
            assert not view.addresses.of(acme.scope, after=None, limit=MANY)

    def test_another_customers_address_is_like_none(
        self, storage: Storage, here: RealmScope, acme: Customer, address: Address
    ) -> None:
        """It can't be found, listed, changed or removed, and another's stays when it goes."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])
            his = unit.addresses.save(other.scope, an_address(other.scope))

        for id_ in (address.id, AddressId(new_id())):
            with pytest.raises(AddressNotFound), storage.reading() as view:
                view.addresses.get(other.scope, id_)
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.addresses.save(other.scope, attrs.evolve(address, town="Lund"))
        with change(storage, here) as unit:
            assert not unit.addresses.remove(other.scope, address.id)
        with storage.reading() as view:
            assert list(view.addresses.of(acme.scope, after=None, limit=MANY)) == [address]
            assert list(view.addresses.of(other.scope, after=None, limit=MANY)) == [his]

    def test_another_realms_address_is_like_none(
        self, storage: Storage, elsewhere: RealmScope, acme: Customer, address: Address
    ) -> None:
        """Asked from another realm it can't be found, listed, changed or removed."""
        foreign = CustomerScope(elsewhere.realm, acme.id)
        with pytest.raises(AddressNotFound), storage.reading() as view:
            view.addresses.get(foreign, address.id)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.addresses.save(foreign, attrs.evolve(address, town="Lund"))
        with change(storage, elsewhere) as unit:
            assert not unit.addresses.of(foreign, after=None, limit=MANY)
            assert not unit.addresses.remove(foreign, address.id)

        with storage.reading() as view:
            assert view.addresses.get(acme.scope, address.id) == address
