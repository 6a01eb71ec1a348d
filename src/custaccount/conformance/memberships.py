"""What keeping memberships promises."""

import attrs
import pytest

from custaccount.conformance.samples import a_customer, a_membership, a_user
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import User, UserState
from custaccount.customers.model import Customer, CustomerStatus
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.ids import CustomerId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import Membership, MembershipState, Role, Standing
from custaccount.storage import Storage


class MembershipsSuite(StorageSuite):
    """A user acts for a customer at most once, and what counts is read in one question."""

    @pytest.fixture
    def alice(self, storage: Storage, here: RealmScope) -> User:
        """Return a user that is kept."""
        with change(storage, here) as unit:
            return unit.users.save(here, a_user(here))

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            return unit.customers.save(here, [a_customer(here)])[0]

    @pytest.fixture
    def membership(self, storage: Storage, alice: User, acme: Customer) -> Membership:
        """Return the user's membership of the customer."""
        with change(storage, acme.scope) as unit:
            return unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))

    def test_a_membership_is_found_with_what_decides_whether_it_counts(
        self, storage: Storage, alice: User, acme: Customer, membership: Membership
    ) -> None:
        """The customer's name, number, status and ERP id, and the user's state, as they are now."""
        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)

        assert membership.version == 1
        assert standing == Standing(
            membership=membership,
            customer_name=acme.name,
            customer_number=acme.number,
            customer_status=acme.status,
            erp_id=acme.erp_id,
            user_state=alice.state,
        )

    def test_a_standing_follows_customer_and_user(
        self,
        storage: Storage,
        here: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """A customer on hold and a blocked user show at the next question."""
        with change(storage, here) as unit:
            unit.customers.save(here, [attrs.evolve(acme, status=CustomerStatus.ON_HOLD)])
            unit.users.save(here, attrs.evolve(alice, state=UserState.BLOCKED))

        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)
        assert standing is not None
        assert standing.membership == membership
        assert standing.customer_status is CustomerStatus.ON_HOLD
        assert standing.user_state is UserState.BLOCKED

    def test_a_user_has_one_membership_with_a_customer(
        self, storage: Storage, alice: User, acme: Customer, membership: Membership
    ) -> None:
        """A second one is refused, also after the first was removed."""
        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, membership.removed())

        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))

    def test_of_rivals_to_add_a_member_one_wins(
        self, storage: Storage, alice: User, acme: Customer
    ) -> None:
        """Both saw no membership; one is kept."""

        def add(meet: Meet) -> bool:
            with change(storage, acme.scope) as unit:
                if unit.memberships.find(acme.scope, alice.id) is not None:
                    return False
                meet()
                unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
            return True

        outcomes = race(add, add)

        assert outcomes.count(True) == 1
        assert all(isinstance(one, bool | Conflict) for one in outcomes)

    def test_an_older_version_is_not_kept(
        self, storage: Storage, acme: Customer, membership: Membership
    ) -> None:
        """Saving what somebody else has saved since is refused."""
        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, membership.removed())

        with pytest.raises(Stale), change(storage, acme.scope) as unit:
            unit.memberships.save(
                acme.scope, attrs.evolve(membership, roles=frozenset({Role.ADMINISTRATOR}))
            )

    def test_a_users_memberships_are_listed(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """In every state, by the characters of the customers' numbers."""
        with change(storage, here) as unit:
            customers = unit.customers.save(
                here, [a_customer(here, number) for number in ("b", "10", "B", "9")]
            )
            for customer in customers:
                unit.memberships.save(customer.scope, a_membership(customer.scope, alice.id))
            suspended = unit.memberships.find(customers[0].scope, alice.id)
            assert suspended is not None
            unit.memberships.save(customers[0].scope, suspended.membership.suspended())

        with storage.reading() as view:
            standings = view.memberships.of_user(here, alice.id)
            assert not view.memberships.of_user(here, UserId(new_id()))
        assert [one.customer_number for one in standings] == ["10", "9", "B", "b"]
        assert standings[-1].membership.state is MembershipState.SUSPENDED

    def test_a_customer_that_had_a_member_is_taken(
        self, storage: Storage, here: RealmScope, acme: Customer, membership: Membership
    ) -> None:
        """Also after the membership was removed; any number in one question."""
        others = [CustomerId(new_id()) for _ in range(50)]
        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, membership.removed())

        with storage.reading() as view:
            assert view.memberships.taken(here, [*others, acme.id]) == {acme.id}
            assert view.memberships.taken(here, []) == frozenset()

    def test_a_membership_is_not_changed_from_another_customer(
        self, storage: Storage, here: RealmScope, acme: Customer, membership: Membership
    ) -> None:
        """Saved in another customer's scope it is as if it were not there."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])

        with pytest.raises(Stale), change(storage, other.scope) as unit:
            unit.memberships.save(other.scope, membership.removed())
        with storage.reading() as view:
            found = view.memberships.find(acme.scope, membership.user)
        assert found is not None
        assert found.membership == membership

    def test_another_customers_member_is_like_none(
        self, storage: Storage, here: RealmScope, alice: User, membership: Membership
    ) -> None:
        """Who acts for one customer is unknown at another."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])

        with storage.reading() as view:
            assert view.memberships.find(other.scope, alice.id) is None
            assert view.memberships.taken(here, [other.id]) == frozenset()
        assert membership.customer != other.id

    def test_another_realms_membership_is_like_none(
        self,
        storage: Storage,
        elsewhere: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """Asked from another realm nothing is known, and nothing can be changed."""
        foreign = CustomerScope(elsewhere.realm, acme.id)
        with storage.reading() as view:
            assert view.memberships.find(foreign, alice.id) is None
            assert not view.memberships.of_user(elsewhere, alice.id)
            assert view.memberships.taken(elsewhere, [acme.id]) == frozenset()

        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.memberships.save(foreign, membership.removed())
