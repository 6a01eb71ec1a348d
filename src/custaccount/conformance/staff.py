"""What keeping staff promises."""

from datetime import UTC

import attrs
import pytest

from custaccount.conformance.samples import (
    HASH,
    HOUR,
    NOON,
    OTHER_HASH,
    a_staff_member,
    an_email,
    email,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.kernel.access import Permission
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import RealmId, StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.staff.model import StaffMember, StaffNotFound
from custaccount.storage import Storage


class StaffSuite(StorageSuite):
    """Staff are kept in versions, with their grants; passwords change by conditional statements."""

    @pytest.fixture
    def ida(self, storage: Storage, here: RealmScope) -> StaffMember:
        """Return a staff member that is kept."""
        with change(storage, here) as unit:
            return unit.staff.save(here, a_staff_member(here))

    def test_a_staff_member_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """Every field and grant, the address as it was written, microseconds and UTC."""
        with storage.reading() as view:
            found = view.staff.get(here, ida.id)

        assert found == ida
        assert found.version == 1
        assert found.email.text == ida.email.text
        assert found.initial_until is not None
        assert found.initial_until.tzinfo is UTC

    def test_what_is_unknown_stays_unknown(self, storage: Storage, here: RealmScope) -> None:
        """A staff member without password, language, grants and sign-in comes back without them."""
        bare = StaffMember(
            id=StaffId(new_id()), realm=here.realm, email=an_email(), name="Ida \N{SNOWMAN}"
        )
        with change(storage, here) as unit:
            kept = unit.staff.save(here, bare)

        with storage.reading() as view:
            assert view.staff.get(here, bare.id) == kept == attrs.evolve(bare, version=1)

    def test_grants_are_replaced_whole(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """One realm's are taken away, another's are added; what is left is what was saved."""
        another = RealmId(here.realm.upper())
        changed = ida.granting(here.realm, ()).granting(another, set(Permission))
        with change(storage, here) as unit:
            kept = unit.staff.save(here, changed)

        with storage.reading() as view:
            found = view.staff.get(here, ida.id)
        assert found == kept
        assert found.permissions_in(here.realm) == frozenset()
        assert found.permissions_in(another) == frozenset(Permission)

    def test_a_staff_member_is_found_by_the_addresss_key(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """However it is written; and only by the whole of it."""
        with storage.reading() as view:
            find = view.staff.find_by_email
            assert find(here, email(ida.email.text.swapcase())) == ida
            assert find(here, email(f"x{ida.email.text}")) is None
            assert find(here, email(ida.email.text.replace("Alice", "Al_ce"))) is None
            assert find(here, email("%")) is None

    def test_an_address_has_one_staff_member(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, ida: StaffMember
    ) -> None:
        """In a realm; another realm may have one with the same address."""
        with change(storage, elsewhere) as unit:
            unit.staff.save(elsewhere, a_staff_member(elsewhere, ida.email))

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.staff.save(here, a_staff_member(here, email(ida.email.text.upper())))

    def test_a_realms_staff_are_listed_by_address(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """All of them, blocked or not, by code point, and nobody of another realm."""
        names = ("b", "a", "B", "_")
        with change(storage, here) as unit:
            members = [
                unit.staff.save(here, a_staff_member(here, email(f"{name}{place}@example.com")))
                for place, name in enumerate(names)
            ]
            members[0] = unit.staff.save(here, members[0].blocked())
        with change(storage, elsewhere) as unit:
            unit.staff.save(elsewhere, a_staff_member(elsewhere))

        with storage.reading() as view:
            listed = view.staff.of_realm(here)
        assert list(listed) == sorted(members, key=lambda member: member.email.key)

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        with change(storage, here) as unit:
            newer = unit.staff.save(here, ida.with_password(OTHER_HASH))

        assert newer.version == ida.version + 1
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.staff.save(here, ida.blocked())
        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == newer

    def test_a_version_nobody_kept_is_stale(self, storage: Storage, here: RealmScope) -> None:
        """A staff member that claims to have been kept, and was not, is refused."""
        with pytest.raises(Stale), change(storage, here) as unit:
            unit.staff.save(here, attrs.evolve(a_staff_member(here), version=1))

    def test_a_new_staff_member_needs_a_new_id(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """Version 0 inserts; an id that is there already is refused."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.staff.save(here, attrs.evolve(a_staff_member(here), id=ida.id))

    def test_a_sign_in_is_noted(self, storage: Storage, here: RealmScope, ida: StaffMember) -> None:
        """For an active member with the password that was seen; the version stays."""
        with change(storage, here) as unit:
            assert unit.staff.note_sign_in(here, ida.id, at=NOON + HOUR, seen=HASH)

        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == attrs.evolve(ida, signed_in=NOON + HOUR)

    def test_a_sign_in_is_not_noted_if_something_changed(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """A new password, a block, an unknown member: no sign-in."""
        with change(storage, here) as unit:
            blocked = unit.staff.save(here, a_staff_member(here).blocked())
            without = unit.staff.save(here, attrs.evolve(a_staff_member(here), password=None))

        with change(storage, here) as unit:
            note = unit.staff.note_sign_in
            assert not note(here, ida.id, at=NOON, seen=OTHER_HASH)
            assert not note(here, blocked.id, at=NOON, seen=HASH)
            assert not note(here, without.id, at=NOON, seen=HASH)
            assert not note(here, StaffId(new_id()), at=NOON, seen=HASH)
        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == ida
            assert view.staff.get(here, blocked.id) == blocked

    def test_a_sign_in_and_a_save_do_not_undo_each_other(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """Both were inside their units before one wrote; both are kept."""
        later = NOON + HOUR

        def sign_in(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.staff.note_sign_in(here, ida.id, at=later, seen=HASH)

        def save(meet: Meet) -> bool:
            with change(storage, here) as unit:
                seen = unit.staff.get(here, ida.id)
                meet()
                changed = attrs.evolve(seen, language=Language.SV)
                return unit.staff.save(here, changed).version > seen.version

        assert race(sign_in, save) == [True, True]
        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == attrs.evolve(
                ida, language=Language.SV, signed_in=later, version=ida.version + 1
            )

    def test_a_hash_is_replaced_if_it_is_the_one_seen(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """Version and epoch stay: it is the same password."""
        with change(storage, here) as unit:
            assert unit.staff.rehash(here, ida.id, seen=HASH, now=OTHER_HASH)

        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == attrs.evolve(ida, password=OTHER_HASH)

    def test_an_older_password_is_not_brought_back(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """A rehash that comes after a new password changes nothing."""
        with change(storage, here) as unit:
            newer = unit.staff.save(here, ida.with_password(OTHER_HASH))

        with change(storage, here) as unit:
            assert not unit.staff.rehash(here, ida.id, seen=HASH, now=HASH)
        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == newer

    def test_another_realms_staff_are_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, ida: StaffMember
    ) -> None:
        """Asked from another realm, what is known here gives the answer of what nobody has."""
        for id_ in (ida.id, StaffId(new_id())):
            with pytest.raises(StaffNotFound), change(storage, elsewhere) as unit:
                unit.staff.get(elsewhere, id_)
        with change(storage, elsewhere) as unit:
            assert unit.staff.find_by_email(elsewhere, ida.email) is None
            assert list(unit.staff.of_realm(elsewhere)) == []
            assert not unit.staff.note_sign_in(elsewhere, ida.id, at=NOON, seen=HASH)
            assert not unit.staff.rehash(elsewhere, ida.id, seen=HASH, now=OTHER_HASH)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.staff.save(elsewhere, ida.blocked())
        with storage.reading() as view:
            assert view.staff.get(here, ida.id) == ida
