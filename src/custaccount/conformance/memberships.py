"""What keeping memberships promises."""

from collections.abc import Callable
from datetime import datetime

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    OTHER_HASH,
    TEXTS,
    TICK,
    a_customer,
    a_group,
    a_membership,
    a_role_book,
    a_user,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import User, UserState
from custaccount.customers.model import Customer, CustomerGroup
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.features import CHECKOUT, PRICES, TRAIL
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import (
    FIRST_USER,
    MemberLine,
    Membership,
    MembershipState,
)
from custaccount.membership.roles import ADMINISTRATOR
from custaccount.membership.standing import GroupSwitches, Standing
from custaccount.portals.model import AccountKind
from custaccount.portals.statuses import CustomerStatus
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
        """The customer's name, number, kind, status, ERP id and switches, and the user's state."""
        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)

        assert membership.version == 1
        assert standing == Standing(
            membership=membership,
            customer_name=acme.name,
            customer_number=acme.number,
            customer_kind=acme.kind,
            customer_status=acme.status,
            erp_id=acme.erp_id,
            features=acme.features,
            groups=(),
            own_roles=(),
            roles_epoch=0,
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
        """A customer on hold, a blocked user, a new kind and switch show at the next question."""
        given = alice.given_password(OTHER_HASH, until=NOON)
        with change(storage, here) as unit:
            held = attrs.evolve(
                acme,
                status=CustomerStatus.ON_HOLD,
                kind=AccountKind.PERSONAL,
                features={CHECKOUT: False},
            )
            unit.customers.save(here, [held])
            unit.users.save(here, attrs.evolve(given, state=UserState.BLOCKED))

        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, alice.id)
        assert standing is not None
        assert standing.membership == membership
        assert standing.customer_status is CustomerStatus.ON_HOLD
        assert standing.customer_kind is AccountKind.PERSONAL
        assert standing.features == {CHECKOUT: False}
        assert standing.user_state is UserState.BLOCKED
        assert standing.password_due

    def test_a_standing_has_what_the_groups_have_switched(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """Those that switched something, in the customer's order, as they are called now."""
        first, second, third = (a_group(f"{text} {new_id()}") for text in ("b", "c", "a"))
        silent, foreign = attrs.evolve(a_group(), features={}), attrs.evolve(second, name="Theirs")
        order = (first.id, silent.id, third.id, second.id)
        with change(storage, here) as unit:
            kept = unit.customers.save_groups(here, [first, second, third, silent, a_group()])
            unit.customers.save(here, [attrs.evolve(acme, groups=order)])
            new = attrs.evolve(kept[0], name=TEXTS[5], features={PRICES: False, TRAIL: True})
            [first] = unit.customers.save_groups(here, [new])
            unit.customers.save_groups(here, [attrs.evolve(kept[1], features={})])
        with change(storage, elsewhere) as unit:
            unit.customers.save_groups(elsewhere, [foreign])

        with storage.reading() as view:
            standing = view.memberships.find(acme.scope, membership.user)
            listed = view.memberships.of_user(here, membership.user)
        assert standing is not None
        assert standing.groups == (_switched(first), _switched(third))
        assert list(listed) == [standing]

    def test_a_standing_has_the_roles_the_customer_made(
        self,
        storage: Storage,
        here: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """And the epoch of its role book, as they are now; each customer its own."""
        book, theirs = a_role_book(acme.scope), a_customer(here)
        with change(storage, here) as unit:
            kept = unit.role_books.save(acme.scope, book)
            kept = unit.role_books.save(acme.scope, kept.without(kept.roles[0].id))
            [other] = unit.customers.save(here, [theirs])
            unit.memberships.save(other.scope, a_membership(other.scope, alice.id))
            last = unit.role_books.save(other.scope, a_role_book(other.scope))

        with storage.reading() as view:
            standings = {
                one.membership.customer: one for one in view.memberships.of_user(here, alice.id)
            }
            assert view.memberships.find(acme.scope, alice.id) == standings[acme.id]
        assert standings[acme.id].own_roles == kept.roles
        assert standings[acme.id].epoch == membership.epoch + book.epoch + 1
        assert standings[other.id].own_roles == last.roles
        assert standings[other.id].roles_epoch == last.epoch

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

    def test_acting_is_noted(
        self, storage: Storage, here: RealmScope, alice: User, acme: Customer
    ) -> None:
        """To the microsecond, of this customer's member alone; version and epoch stay."""
        before = attrs.evolve(a_membership(acme.scope, alice.id).suspended(), acted=NOON)
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])
            kept = unit.memberships.save(acme.scope, before)
            theirs = unit.memberships.save(other.scope, a_membership(other.scope, alice.id))
        assert _found(storage, kept) == attrs.evolve(before, version=1)

        with change(storage, here) as unit:
            unit.memberships.note_acting(acme.scope, alice.id, at=NOON + TICK)
            unit.memberships.note_acting(acme.scope, UserId(new_id()), at=NOON + HOUR)
            unit.memberships.note_acting(
                CustomerScope(here.realm, CustomerId(new_id())), alice.id, at=NOON + HOUR
            )

        assert _found(storage, kept) == attrs.evolve(kept, acted=NOON + TICK)
        assert _found(storage, theirs) == theirs
        with storage.reading() as view:
            [line] = view.memberships.of_customer(acme.scope)
        assert line.membership.acted == NOON + TICK

    def test_acting_is_noted_forward_only(
        self, storage: Storage, alice: User, acme: Customer, membership: Membership
    ) -> None:
        """A moment that is told late does not turn it back, nor does a rival."""

        def noting(at: datetime) -> Callable[[Meet], None]:
            def note(meet: Meet) -> None:
                with change(storage, acme.scope) as unit:
                    meet()
                    unit.memberships.note_acting(acme.scope, alice.id, at=at)

            return note

        for at in (NOON, NOON - HOUR):
            with change(storage, acme.scope) as unit:
                unit.memberships.note_acting(acme.scope, alice.id, at=at)
            assert _found(storage, membership).acted == NOON
        assert race(noting(NOON + HOUR), noting(NOON + TICK)) == [None, None]
        assert _found(storage, membership).acted == NOON + HOUR

    @pytest.mark.parametrize("acted", [None, NOON - HOUR, NOON + HOUR])
    def test_a_save_leaves_when_it_was_last_acted_in(
        self, storage: Storage, acme: Customer, membership: Membership, acted: datetime | None
    ) -> None:
        """What was noted since is not undone, whatever the membership that is saved says."""
        with change(storage, acme.scope) as unit:
            unit.memberships.note_acting(acme.scope, membership.user, at=NOON)
            changed = attrs.evolve(membership.suspended(), acted=acted)
            kept = unit.memberships.save(acme.scope, changed)

        assert _found(storage, kept) == attrs.evolve(kept, acted=NOON)
        assert kept.version == membership.version + 1

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
                acme.scope, attrs.evolve(membership, roles=frozenset({ADMINISTRATOR}))
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
        with change(storage, elsewhere) as unit:
            unit.memberships.note_acting(foreign, alice.id, at=NOON)
        assert _found(storage, membership) == membership


def _found(storage: Storage, membership: Membership) -> Membership:
    with storage.reading() as view:
        standing = view.memberships.find(membership.scope, membership.user)
    assert standing is not None
    return standing.membership


def _switched(group: CustomerGroup) -> GroupSwitches:
    return GroupSwitches(group=group.id, name=group.name, features=group.features)
