"""What keeping memberships promises."""

from collections.abc import Callable

import attrs
import pytest

from custaccount.conformance.samples import (
    NOON,
    OTHER_HASH,
    TEXTS,
    a_customer,
    a_membership,
    a_user,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import User, UserState
from custaccount.customers.model import Customer, CustomerStatus
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import (
    FIRST_USER,
    MemberLine,
    Membership,
    MembershipState,
    Role,
    Standing,
)
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
            password_due=False,
        )

    def test_a_standing_follows_customer_and_user(
        self,
        storage: Storage,
        here: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """A customer on hold, a blocked user and a password to change show at the next question."""
        given = alice.given_password(OTHER_HASH, until=NOON)
        with change(storage, here) as unit:
            unit.customers.save(here, [attrs.evolve(acme, status=CustomerStatus.ON_HOLD)])
            unit.users.save(here, attrs.evolve(given, state=UserState.BLOCKED))

        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)
        assert standing is not None
        assert standing.membership == membership
        assert standing.customer_status is CustomerStatus.ON_HOLD
        assert standing.user_state is UserState.BLOCKED
        assert standing.password_due

    def test_a_user_has_one_membership_with_a_customer(
        self, storage: Storage, alice: User, acme: Customer, membership: Membership
    ) -> None:
        """A second one is refused, also after the first was removed."""
        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, membership.removed())

        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))

    @pytest.mark.parametrize("reason", TEXTS)
    def test_why_there_is_a_membership_comes_back_as_it_was(
        self, storage: Storage, alice: User, acme: Customer, reason: str
    ) -> None:
        """No character is folded, composed, trimmed or lost."""
        new = attrs.evolve(a_membership(acme.scope, alice.id), reason=reason)
        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, new)

        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)
        assert standing is not None
        assert standing.membership.reason == reason

    def test_a_user_code_is_one_members(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """Of one customer, in whatever state; without a code members do not collide."""
        with change(storage, here) as unit:
            bob, carol = (unit.users.save(here, a_user(here)) for _ in range(2))
            [other] = unit.customers.save(here, [a_customer(here)])
            unit.memberships.save(other.scope, a_membership(other.scope, bob.id))
            suspended = unit.memberships.save(acme.scope, membership.suspended())

        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, a_membership(acme.scope, bob.id))

        with change(storage, acme.scope) as unit:
            unit.memberships.save(acme.scope, suspended.removed())
            his = unit.memberships.save(acme.scope, a_membership(acme.scope, bob.id))
            unit.memberships.save(acme.scope, his.removed())
            unit.memberships.save(acme.scope, a_membership(acme.scope, carol.id))

    def test_the_codes_of_a_customers_members_are_known(
        self, storage: Storage, here: RealmScope, acme: Customer, membership: Membership
    ) -> None:
        """Each one of them, of a suspended member too; none of a removed one or another's."""
        codes = [UserCode(text) for text in ("2", "a", "A")]
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])
            kept = [
                unit.memberships.save(
                    acme.scope,
                    a_membership(acme.scope, unit.users.save(here, a_user(here)).id, code),
                )
                for code in codes
            ]
            unit.memberships.save(acme.scope, kept[0].suspended())
            unit.memberships.save(acme.scope, kept[1].removed())

        assert membership.user_code == FIRST_USER
        with storage.reading() as view:
            assert set(view.memberships.codes(acme.scope)) == {FIRST_USER, "2", "A"}
            assert not view.memberships.codes(other.scope)

    def test_of_rivals_for_a_user_code_one_wins(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Both saw that it is free; one is kept, and no code is two members'."""
        with change(storage, here) as unit:
            users = [unit.users.save(here, a_user(here)).id for _ in range(2)]

        def joining(user: UserId) -> Callable[[Meet], bool]:
            def join(meet: Meet) -> bool:
                with change(storage, acme.scope) as unit:
                    if unit.memberships.codes(acme.scope):
                        return False
                    meet()
                    unit.memberships.save(acme.scope, a_membership(acme.scope, user))
                return True

            return join

        outcomes = race(*(joining(user) for user in users))

        assert outcomes.count(True) == 1
        assert all(isinstance(one, bool | Conflict) for one in outcomes)
        with storage.reading() as view:
            assert len(view.memberships.of_customer(acme.scope)) == 1

    def test_a_customers_users_are_listed(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """In every state, by user id, with what a list shows of them."""
        with change(storage, here) as unit:
            users = [
                unit.users.save(here, one)
                for one in (
                    attrs.evolve(a_user(here), signed_in=NOON),
                    attrs.evolve(a_user(here), state=UserState.BLOCKED, password=None),
                    attrs.evolve(a_user(here), email=None, initial_until=NOON),
                )
            ]
            [other] = unit.customers.save(here, [a_customer(here)])
            unit.memberships.save(other.scope, a_membership(other.scope, users[0].id))
            kept = [
                unit.memberships.save(
                    acme.scope, a_membership(acme.scope, user.id, UserCode(str(place)))
                )
                for place, user in enumerate(reversed(users))
            ][::-1]
            removed = unit.memberships.save(acme.scope, kept[1].removed())

        expected = [
            MemberLine(
                membership=membership,
                name=user.name,
                email=user.email,
                user_state=user.state,
                password_due=user.password_due,
                signed_in=user.signed_in,
            )
            for user, membership in zip(users, (kept[0], removed, kept[2]), strict=True)
        ]
        with storage.reading() as view:
            lines = view.memberships.of_customer(acme.scope)
            assert not view.memberships.of_customer(CustomerScope(here.realm, CustomerId("none")))
        assert list(lines) == sorted(expected, key=lambda line: line.membership.user)

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
            assert not view.memberships.of_customer(other.scope)
            assert not view.memberships.codes(other.scope)
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
            assert not view.memberships.of_customer(foreign)
            assert not view.memberships.codes(foreign)

        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.memberships.save(foreign, membership.removed())
