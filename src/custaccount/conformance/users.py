"""What keeping users promises."""

from datetime import UTC, timedelta, timezone

import attrs
import pytest

from custaccount.conformance.samples import (
    HASH,
    HOUR,
    NOON,
    OTHER_HASH,
    TICK,
    a_customer,
    a_membership,
    a_user,
    an_email,
    email,
    email_of,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import Theme, User, UserNotFound, UserState
from custaccount.customers.model import Customer
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerNumber, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import FIRST_USER, Membership, MembershipState
from custaccount.storage import Storage

NUMBER = CustomerNumber("A-0815")
SECOND_USER = UserCode("2")


class UsersSuite(StorageSuite):
    """Users are kept in versions; their passwords change by conditional statements."""

    @pytest.fixture
    def alice(self, storage: Storage, here: RealmScope) -> User:
        """Return a user that is kept."""
        with change(storage, here) as unit:
            return unit.users.save(here, a_user(here))

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            return unit.customers.save(here, [a_customer(here, NUMBER)])[0]

    @pytest.fixture
    def membership(self, storage: Storage, alice: User, acme: Customer) -> Membership:
        """Return the user's membership of the customer, as its first user."""
        with change(storage, acme.scope) as unit:
            return unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))

    def test_a_user_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Every field, the address as it was written, microseconds and UTC."""
        with storage.reading() as view:
            found = view.users.get(here, alice.id)

        assert found == alice
        assert found.version == 1
        assert email_of(found).text == email_of(alice).text
        assert found.email_proven is not None
        assert found.email_proven.tzinfo is UTC

    def test_what_is_unknown_stays_unknown(self, storage: Storage, here: RealmScope) -> None:
        """A user with nothing but an id comes back without address, name, password and proof."""
        bare = User(id=UserId(new_id()), realm=here.realm, email=None)
        with change(storage, here) as unit:
            kept = unit.users.save(here, bare)

        with storage.reading() as view:
            assert view.users.get(here, bare.id) == kept == attrs.evolve(bare, version=1)

    def test_a_password_that_staff_gave_is_due(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Until when is kept to the microsecond, and forgotten with a password of one's own."""
        given = alice.given_password(OTHER_HASH, until=NOON + TICK)
        with change(storage, here) as unit:
            kept = unit.users.save(here, given)
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == kept
            assert view.users.get(here, alice.id).initial_until == NOON + TICK

        with change(storage, here) as unit:
            unit.users.save(here, kept.with_password(HASH))
        with storage.reading() as view:
            assert view.users.get(here, alice.id).initial_until is None

    @pytest.mark.parametrize("theme", Theme)
    def test_a_theme_is_kept(self, storage: Storage, here: RealmScope, theme: Theme) -> None:
        """Each of them."""
        with change(storage, here) as unit:
            kept = unit.users.save(here, attrs.evolve(a_user(here), theme=theme))

        with storage.reading() as view:
            assert view.users.get(here, kept.id).theme is theme

    def test_a_moment_is_kept_as_the_moment_it_is(self, storage: Storage, here: RealmScope) -> None:
        """Given in another time zone it comes back equal, to the microsecond, and aware."""
        tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
        with change(storage, here) as unit:
            kept = unit.users.save(here, attrs.evolve(a_user(here), signed_in=tokyo))

        with storage.reading() as view:
            found = view.users.get(here, kept.id).signed_in
        assert found == NOON
        assert found is not None
        assert found.tzinfo is not None

    def test_a_user_is_found_by_the_addresss_key(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """However it is written; and only by the whole of it."""
        with storage.reading() as view:
            find = view.users.find_by_email
            assert find(here, email(email_of(alice).text.swapcase())) == alice
            assert find(here, email(f"x{email_of(alice).text}")) is None
            assert find(here, email(email_of(alice).text.replace("Alice", "Al_ce"))) is None
            assert find(here, email("%")) is None

    def test_an_address_has_one_user(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, alice: User
    ) -> None:
        """In a realm; another realm may have a user with the same address."""
        with change(storage, elsewhere) as unit:
            unit.users.save(elsewhere, a_user(elsewhere, alice.email))

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.users.save(here, a_user(here, email(email_of(alice).text.upper())))

    def test_an_address_is_free_after_a_change(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Who changes the address is found by the new one, and the old one can be taken."""
        with change(storage, here) as unit:
            moved = unit.users.save(here, attrs.evolve(alice, email=an_email()))
            other = unit.users.save(here, a_user(here, email_of(alice)))

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(moved)) == moved
            assert view.users.find_by_email(here, email_of(alice)) == other

    def test_users_without_an_address_do_not_collide(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Any number of them; who drops an address frees it, and who gets one is found by it."""
        with change(storage, here) as unit:
            first, second = (
                unit.users.save(here, attrs.evolve(a_user(here), email=None)) for _ in range(2)
            )
            bare = unit.users.save(here, attrs.evolve(alice, email=None))
            named = unit.users.save(here, attrs.evolve(first, email=email_of(alice)))

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(alice)) == named
            assert view.users.get(here, second.id) == second
            assert view.users.get(here, bare.id) == bare

    def test_a_user_is_found_by_customer_number_and_code(
        self,
        storage: Storage,
        here: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """The first user by the bare number, others by their code, each exactly as written."""
        with change(storage, here) as unit:
            bob = unit.users.save(here, attrs.evolve(a_user(here), email=None))
            unit.memberships.save(acme.scope, a_membership(acme.scope, bob.id, SECOND_USER))

        assert membership.user_code == FIRST_USER
        with storage.reading() as view:
            find = view.users.find_by_number
            assert find(here, acme.number, FIRST_USER) == alice
            assert find(here, acme.number, SECOND_USER) == bob
            for code in ("3", "02", "2 ", "%", " "):
                assert find(here, acme.number, UserCode(code)) is None
            for number in ("a-0815", "A-0815 ", "A-08", "A-081_", "%", ""):
                assert find(here, CustomerNumber(number), FIRST_USER) is None

    def test_a_code_names_a_user_of_its_own_customer(
        self, storage: Storage, here: RealmScope, alice: User, membership: Membership
    ) -> None:
        """Another customer's user with the same code is another one."""
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            [other] = unit.customers.save(here, [a_customer(here, "A-0816")])
            unit.memberships.save(other.scope, a_membership(other.scope, bob.id))

        with storage.reading() as view:
            assert view.users.find_by_number(here, other.number, FIRST_USER) == bob
            assert view.users.find_by_number(here, other.number, SECOND_USER) is None
        assert membership.user == alice.id

    def test_a_suspended_member_is_found_by_number(
        self,
        storage: Storage,
        here: RealmScope,
        alice: User,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """So is a blocked user: what follows from it is for others to say."""
        with change(storage, here) as unit:
            unit.memberships.save(acme.scope, membership.suspended())
            blocked = unit.users.save(here, attrs.evolve(alice, state=UserState.BLOCKED))

        with storage.reading() as view:
            assert view.users.find_by_number(here, acme.number, FIRST_USER) == blocked

    def test_a_removed_member_is_not_found_by_number(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        membership: Membership,
    ) -> None:
        """Not even one that still has a code; the code of one that was removed is free."""
        with change(storage, here) as unit:
            still = attrs.evolve(membership, state=MembershipState.REMOVED)
            removed = unit.memberships.save(acme.scope, still)
        with storage.reading() as view:
            assert view.users.find_by_number(here, acme.number, FIRST_USER) is None

        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            unit.memberships.save(acme.scope, removed.removed())
            unit.memberships.save(acme.scope, a_membership(acme.scope, bob.id))
        with storage.reading() as view:
            assert view.users.find_by_number(here, acme.number, FIRST_USER) == bob

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        with change(storage, here) as unit:
            newer = unit.users.save(here, alice.with_password(OTHER_HASH))

        assert newer.version == alice.version + 1
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.users.save(here, attrs.evolve(alice, state=UserState.BLOCKED))
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == newer

    def test_a_version_nobody_kept_is_stale(self, storage: Storage, here: RealmScope) -> None:
        """A user that claims to have been kept, and was not, is refused."""
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.users.save(here, attrs.evolve(a_user(here), version=1))

    def test_a_new_user_needs_a_new_id(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Version 0 inserts; an id that is there already is refused."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.users.save(here, attrs.evolve(a_user(here), id=alice.id))

    def test_of_rivals_for_an_address_one_wins(self, storage: Storage, here: RealmScope) -> None:
        """However many register one address at once, it has one user afterwards."""
        address = an_email()

        def register(meet: Meet) -> User:
            with change(storage, here) as unit:
                free = unit.users.find_by_email(here, address) is None
                meet()
                return unit.users.save(here, a_user(here, address)) if free else a_user(here)

        kept = [one for one in race(register, register) if isinstance(one, User) and one.version]

        with storage.reading() as view:
            assert kept == [view.users.find_by_email(here, address)]

    def test_a_sign_in_is_noted(self, storage: Storage, here: RealmScope, alice: User) -> None:
        """For an active user with the password that was seen; the version stays."""
        with change(storage, here) as unit:
            assert unit.users.note_sign_in(here, alice.id, at=NOON + HOUR, seen=HASH)

        with storage.reading() as view:
            noted = view.users.get(here, alice.id)
        assert noted == attrs.evolve(alice, signed_in=NOON + HOUR)

    def test_a_sign_in_is_not_noted_if_something_changed(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """A new password, a block, an unknown user: no sign-in."""
        with change(storage, here) as unit:
            blocked = unit.users.save(here, attrs.evolve(a_user(here), state=UserState.BLOCKED))
            without = unit.users.save(here, attrs.evolve(a_user(here), password=None))

        with change(storage, here) as unit:
            note = unit.users.note_sign_in
            assert not note(here, alice.id, at=NOON, seen=OTHER_HASH)
            assert not note(here, blocked.id, at=NOON, seen=HASH)
            assert not note(here, without.id, at=NOON, seen=HASH)
            assert not note(here, UserId(new_id()), at=NOON, seen=HASH)
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == alice
            assert view.users.get(here, blocked.id) == blocked

    def test_a_sign_in_since_is_not_undone(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Saving a user that was read before its last sign-in leaves that sign-in."""
        later = NOON + HOUR
        with change(storage, here) as unit:
            unit.users.note_sign_in(here, alice.id, at=later, seen=HASH)

        with change(storage, here) as unit:
            kept = unit.users.save(here, attrs.evolve(alice, language=Language.SV))

        expected = attrs.evolve(alice, language=Language.SV, signed_in=later, version=kept.version)
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == expected

    def test_a_sign_in_and_a_save_do_not_undo_each_other(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Both were inside their units before one wrote; both are kept."""
        later = NOON + HOUR

        def sign_in(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.users.note_sign_in(here, alice.id, at=later, seen=HASH)

        def save(meet: Meet) -> bool:
            with change(storage, here) as unit:
                seen = unit.users.get(here, alice.id)
                meet()
                return unit.users.save(here, seen.proven(later)).version > seen.version

        unproven = attrs.evolve(alice, email_proven=None)
        with change(storage, here) as unit:
            kept = unit.users.save(here, unproven)

        assert race(sign_in, save) == [True, True]
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == attrs.evolve(
                kept, email_proven=later, signed_in=later, version=kept.version + 1
            )

    def test_a_hash_is_replaced_if_it_is_the_one_seen(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Version and epoch stay: it is the same password."""
        with change(storage, here) as unit:
            assert unit.users.rehash(here, alice.id, seen=HASH, now=OTHER_HASH)

        with storage.reading() as view:
            assert view.users.get(here, alice.id) == attrs.evolve(alice, password=OTHER_HASH)

    def test_an_older_password_is_not_brought_back(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """A rehash that comes after a new password changes nothing."""
        with change(storage, here) as unit:
            newer = unit.users.save(here, alice.with_password(OTHER_HASH))

        with change(storage, here) as unit:
            assert not unit.users.rehash(here, alice.id, seen=HASH, now=HASH)
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == newer

    def test_of_rivals_to_replace_a_hash_one_wins(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """Each saw the old hash; only one may replace it."""

        def replace(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.users.rehash(here, alice.id, seen=HASH, now=OTHER_HASH)

        assert sorted(race(replace, replace, replace), key=bool) == [False, False, True]

    def test_another_realms_user_is_like_none(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        alice: User,
        membership: Membership,
    ) -> None:
        """Asked from another realm, what is known here gives the answer of what nobody has."""
        for id_ in (alice.id, UserId(new_id())):
            with pytest.raises(UserNotFound), change(storage, elsewhere) as unit:
                unit.users.get(elsewhere, id_)
        with change(storage, elsewhere) as unit:
            assert unit.users.find_by_email(elsewhere, email_of(alice)) is None
            assert membership.user_code == FIRST_USER
            assert unit.users.find_by_number(elsewhere, NUMBER, FIRST_USER) is None
            assert not unit.users.note_sign_in(elsewhere, alice.id, at=NOON, seen=HASH)
            assert not unit.users.rehash(elsewhere, alice.id, seen=HASH, now=OTHER_HASH)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.users.save(elsewhere, attrs.evolve(alice, state=UserState.BLOCKED))
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == alice
