"""What keeping the register promises."""

from collections.abc import Callable

import attrs
import pytest

from custaccount.conformance.samples import (
    LONGEST_KEY,
    TEXTS,
    a_customer,
    a_group,
    an_email,
    email,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.customers.model import Contact, Customer, CustomerGroup, CustomerNotFound
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.features import PRICES, SHIPPED, TRAIL
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    FeatureKey,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.portals.model import AccountKind
from custaccount.storage import Storage

_ALL_ON = dict.fromkeys((one.key for one in SHIPPED), True)
_ALL_OFF = dict.fromkeys(_ALL_ON, False)


class CustomersSuite(StorageSuite):
    """Customers are kept whole, found by ERP id, number and contact."""

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            [kept] = unit.customers.save(here, [a_customer(here)])
        return kept

    def test_a_customer_comes_back_as_it_was(self, storage: Storage, acme: Customer) -> None:
        """Every field, with leading zeros, contacts and their order."""
        with storage.reading() as view:
            assert view.customers.get(acme.scope) == acme
        assert acme.version == 1

    @pytest.mark.parametrize("text", TEXTS)
    def test_text_comes_back_as_it_was(self, storage: Storage, here: RealmScope, text: str) -> None:
        """No character is folded, composed, trimmed or lost."""
        with change(storage, here) as unit:
            [kept] = unit.customers.save(here, [attrs.evolve(a_customer(here), name=text)])

        with storage.reading() as view:
            assert view.customers.get(kept.scope).name == text

    def test_what_is_unknown_stays_unknown(self, storage: Storage, here: RealmScope) -> None:
        """A customer with nothing but a number and a name comes back without the rest."""
        bare = Customer(
            id=CustomerId(new_id()), realm=here.realm, number=CustomerNumber("0"), name="Bare"
        )
        with change(storage, here) as unit:
            [kept] = unit.customers.save(here, [bare])

        with storage.reading() as view:
            assert view.customers.get(bare.scope) == kept == attrs.evolve(bare, version=1)

    @pytest.mark.parametrize("kind", AccountKind)
    def test_a_kind_is_kept(self, storage: Storage, here: RealmScope, kind: AccountKind) -> None:
        """Each of them."""
        with change(storage, here) as unit:
            [kept] = unit.customers.save(here, [attrs.evolve(a_customer(here), kind=kind)])

        with storage.reading() as view:
            assert view.customers.get(kept.scope).kind is kind

    def test_the_companys_own_address_is_nobodys(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """It comes back as it was written, and no customer is found by it."""
        assert acme.email is not None
        with storage.reading() as view:
            found = view.customers.get(acme.scope).email
            assert not view.customers.with_contact(here, acme.email)
        assert found is not None
        assert found.text == acme.email.text

    def test_details_are_kept_whole(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Every key and text, empty ones too; new ones take the place of all the old ones."""
        details = {f"{place} {text}": text for place, text in enumerate(("", *TEXTS))}
        with change(storage, here) as unit:
            unit.customers.save(here, [attrs.evolve(acme, details=details)])

        with storage.reading() as view:
            assert view.customers.get(acme.scope).details == details

    def test_what_was_given_is_kept_as_it_was_then(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """Who changes the details that were given changes nothing that is kept."""
        details = {"industry": "crafts"}
        with change(storage, here) as unit:
            [kept] = unit.customers.save(here, [attrs.evolve(a_customer(here), details=details)])
        details["industry"] = "trade"

        with storage.reading() as view:
            assert view.customers.get(kept.scope).details == {"industry": "crafts"}

    def test_customers_are_found_by_a_contact(self, storage: Storage, here: RealmScope) -> None:
        """All whose contact has the address, each once, by the characters of their numbers."""
        shared = an_email()
        contact = Contact(name="Zoë", email=shared)
        with change(storage, here) as unit:
            unit.customers.save(
                here,
                [
                    attrs.evolve(a_customer(here, number), contacts=(contact, contact))
                    for number in ("b", "10", "B", "9")
                ],
            )
            unit.customers.save(here, [a_customer(here)])

        with storage.reading() as view:
            found = view.customers.with_contact(here, email(shared.text.upper()))
            assert [one.number for one in found] == ["10", "9", "B", "b"]
            assert not view.customers.with_contact(here, an_email())

    def test_a_contact_that_left_is_not_found(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Saved with other contacts, the customer is found by the new ones only."""
        old, new = acme.contacts[0].email, an_email()
        assert old is not None
        with change(storage, here) as unit:
            unit.customers.save(
                here, [attrs.evolve(acme, contacts=(Contact(name="New", email=new),))]
            )

        with storage.reading() as view:
            assert not view.customers.with_contact(here, old)
            assert len(view.customers.with_contact(here, new)) == 1

    def test_customers_are_found_by_erp_id_and_number(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """Hundreds in one question, unknown ones left out."""
        customers = [a_customer(here) for _ in range(300)]
        with change(storage, here) as unit:
            kept = unit.customers.save(here, customers)
        erp_ids = [one.erp_id for one in kept if one.erp_id is not None]
        numbers = [one.number for one in kept]

        with storage.reading() as view:
            by_erp = view.customers.with_erp_ids(here, [*erp_ids, ErpCustomerId("none")])
            by_number = view.customers.with_numbers(here, [*numbers, CustomerNumber("none")])
            assert not view.customers.with_erp_ids(here, [])

        assert by_erp == {one.erp_id: one for one in kept}
        assert by_number == {one.number: one.id for one in kept}

    def test_a_number_is_unique_and_exact(self, storage: Storage, here: RealmScope) -> None:
        """Numbers that differ in case, blanks or accents are different; the same is refused."""
        with change(storage, here) as unit:
            unit.customers.save(
                here, [a_customer(here, text) for text in ("a1", "A1", "a1 ", "ä1")]
            )

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.customers.save(here, [a_customer(here, "a1")])

    def test_an_erp_id_is_unique(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, acme: Customer
    ) -> None:
        """In its realm; customers without one do not collide, nor do those of other realms."""
        with change(storage, here) as unit:
            unit.customers.save(
                here, [attrs.evolve(a_customer(here), erp_id=None) for _ in range(2)]
            )
        with change(storage, elsewhere) as unit:
            unit.customers.save(
                elsewhere,
                [attrs.evolve(a_customer(elsewhere), erp_id=acme.erp_id, number=acme.number)],
            )

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.customers.save(here, [attrs.evolve(a_customer(here), erp_id=acme.erp_id)])

    def test_customers_are_saved_all_or_none(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """One stale customer among new ones: nothing is kept."""
        new = a_customer(here)
        with change(storage, here) as unit:
            [newer] = unit.customers.save(here, [attrs.evolve(acme, town="Malmö")])

        with pytest.raises(Stale), change(storage, here) as unit:
            unit.customers.save(here, [new, attrs.evolve(acme, town="Lund")])

        with storage.reading() as view:
            assert view.customers.get(acme.scope) == newer
            assert not view.customers.with_numbers(here, [new.number])

    def test_new_and_changed_customers_are_saved_together(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """The answer has the new versions, in the order given."""
        with change(storage, here) as unit:
            saved = unit.customers.save(here, [a_customer(here), attrs.evolve(acme, town="Lund")])

            assert [one.version for one in saved] == [1, 2]
            assert [unit.customers.get(one.scope) for one in saved] == list(saved)

    def test_groups_are_kept_and_renamed(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """A realm lists its own, by key; a known id is renamed, a taken key or id refused."""
        new = [attrs.evolve(a_group(), key=key) for key in ("b", "B", "ä")]
        with change(storage, here) as unit:
            first, *others = unit.customers.save_groups(here, new)
            [first] = unit.customers.save_groups(here, [attrs.evolve(first, name=TEXTS[5])])
        with change(storage, elsewhere) as unit:
            unit.customers.save_groups(elsewhere, [attrs.evolve(new[0], name="Theirs")])

        assert first == attrs.evolve(new[0], name=TEXTS[5], version=2)
        assert others == [attrs.evolve(one, version=1) for one in new[1:]]
        expected = sorted([first, *others], key=lambda group: group.key)
        with storage.reading() as view:
            assert list(view.customers.groups(here)) == expected
        for taken in (attrs.evolve(a_group(), key="b"), attrs.evolve(new[0], key="c")):
            with pytest.raises(AlreadyThere), change(storage, here) as unit:
                unit.customers.save_groups(here, [taken])

    @pytest.mark.parametrize("text", TEXTS)
    def test_a_groups_text_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, text: str
    ) -> None:
        """No character of key and name is folded, composed, trimmed or lost."""
        with change(storage, here) as unit:
            unit.customers.save_groups(here, [attrs.evolve(a_group(), key=text, name=text)])

        with storage.reading() as view:
            [found] = view.customers.groups(here)
        assert (found.key, found.name) == (text, text)

    def test_what_is_switched_is_kept_whole(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Of customers and groups, on and off, or nothing; new switches replace the old ones."""
        with change(storage, here) as unit:
            [group] = unit.customers.save_groups(here, [a_group()])
        for features in (_ALL_ON, _ALL_OFF, {PRICES: False, LONGEST_KEY: True}, {}):
            given = dict(features)
            with change(storage, here) as unit:
                [acme] = unit.customers.save(here, [attrs.evolve(acme, features=given)])
                [group] = unit.customers.save_groups(here, [attrs.evolve(group, features=given)])
            given[FeatureKey("later")] = True

            with storage.reading() as view:
                assert view.customers.get(acme.scope).features == features
                [found] = view.customers.groups(here)
            assert found.features == features

    def test_an_older_version_of_a_group_is_not_kept(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """One stale group among new ones: nothing is kept."""
        with change(storage, here) as unit:
            [older] = unit.customers.save_groups(here, [a_group()])
            [newer] = unit.customers.save_groups(here, [attrs.evolve(older, name="Newer")])

        with pytest.raises(Stale), change(storage, here) as unit:
            unit.customers.save_groups(here, [a_group(), attrs.evolve(older, features={})])
        with storage.reading() as view:
            assert list(view.customers.groups(here)) == [newer]

    def test_of_rivals_to_switch_a_group_one_wins(self, storage: Storage, here: RealmScope) -> None:
        """Both saw the same switches; the other one is told that there are newer ones."""
        with change(storage, here) as unit:
            [group] = unit.customers.save_groups(here, [a_group()])

        def switching(feature: FeatureKey) -> Callable[[Meet], bool]:
            def switch(meet: Meet) -> bool:
                switched = attrs.evolve(group, features={**group.features, feature: False})
                with change(storage, here) as unit:
                    meet()
                    unit.customers.save_groups(here, [switched])
                return True

            return switch

        outcomes = race(switching(TRAIL), switching(LONGEST_KEY))

        assert outcomes.count(True) == 1
        assert all(one is True or isinstance(one, Conflict) for one in outcomes)

    def test_a_customers_groups_keep_their_order(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """The first one counts first, so the order is part of the customer."""
        groups = tuple(CustomerGroupId(new_id()) for _ in range(3))[::-1]
        with change(storage, here) as unit:
            unit.customers.save_groups(
                here, [CustomerGroup(id=one, key=one, name="Group") for one in groups]
            )
            unit.customers.save(here, [attrs.evolve(acme, groups=groups)])

        with storage.reading() as view:
            assert view.customers.get(acme.scope).groups == groups

    def test_another_realms_customer_is_like_none(
        self, storage: Storage, elsewhere: RealmScope, acme: Customer
    ) -> None:
        """Asked from another realm, what is known here gives the answer of what nobody has."""
        contact = acme.contacts[0].email
        assert contact is not None
        assert acme.erp_id is not None
        for id_ in (acme.id, CustomerId(new_id())):
            with pytest.raises(CustomerNotFound), change(storage, elsewhere) as unit:
                unit.customers.get(CustomerScope(elsewhere.realm, id_))
        with storage.reading() as view:
            assert not view.customers.with_contact(elsewhere, contact)
            assert not view.customers.with_erp_ids(elsewhere, [acme.erp_id])
            assert not view.customers.with_numbers(elsewhere, [acme.number])
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.customers.save(elsewhere, [attrs.evolve(acme, name="Stolen")])
        with storage.reading() as view:
            assert view.customers.get(acme.scope) == acme

    def test_another_realms_group_is_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Saved from another realm it is as if it were not there, and it is not listed there."""
        with change(storage, here) as unit:
            [group] = unit.customers.save_groups(here, [a_group()])

        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.customers.save_groups(elsewhere, [attrs.evolve(group, name="Stolen")])
        with storage.reading() as view:
            assert list(view.customers.groups(here)) == [group]
            assert not view.customers.groups(elsewhere)
