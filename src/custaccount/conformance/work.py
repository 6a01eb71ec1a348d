"""What a unit of work promises."""

import threading

import pytest

from custaccount.conformance.samples import HASH, NOON, OTHER_HASH, a_user, email_of
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import PATIENCE, Meet, change, job, race
from custaccount.credentials.model import PasswordSet, SignedIn, User, UserNotFound
from custaccount.facilities.outbox import PostState
from custaccount.kernel.errors import Conflict, UnitMisuse
from custaccount.kernel.ids import PortalId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage, Unit

NOBODY = UserId("nobody")


class WorkSuite(StorageSuite):
    """A change happens whole or not at all."""

    def test_a_unit_that_is_committed_is_kept(self, storage: Storage, here: RealmScope) -> None:
        """What a committed unit wrote can be read afterwards."""
        with storage.begin(job(here)) as unit:
            user = unit.users.save(here, a_user(here))
            unit.commit()

        with storage.reading() as view:
            assert view.users.get(here, user.id) == user

    def test_a_unit_that_is_left_is_rolled_back(self, storage: Storage, here: RealmScope) -> None:
        """Leaving a unit without a commit leaves no trace, in no table."""
        alice = a_user(here)

        with storage.begin(job(here)) as unit:
            unit.users.save(here, alice)
            unit.record(SignedIn(at=NOON, user=alice.id))

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(alice)) is None
            assert view.outbox.count(here, PostState.WAITING) == 0
            assert not view.audit.latest(here, limit=1)

    def test_a_unit_that_raises_is_rolled_back(self, storage: Storage, here: RealmScope) -> None:
        """An error that leaves the unit passes through unchanged and rolls everything back."""
        alice = a_user(here)

        def fail() -> None:
            with storage.begin(job(here)) as unit:
                unit.users.save(here, alice)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(alice)) is None

    def test_a_unit_sees_what_it_wrote(self, storage: Storage, here: RealmScope) -> None:
        """Inside a unit its own changes are visible, before anybody else sees them."""
        with storage.begin(job(here)) as unit:
            alice = unit.users.save(here, a_user(here))

            assert unit.users.get(here, alice.id) == alice

    def test_what_is_not_committed_is_seen_by_nobody(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """Another thread reads the last committed state while a unit is writing."""
        alice = a_user(here)
        looked = threading.Event()

        def write(meet: Meet) -> User | None:
            with storage.begin(job(here)) as unit:
                unit.users.save(here, alice)
                meet()
                looked.wait(PATIENCE)
            return None

        def look(meet: Meet) -> User | None:
            meet()
            with storage.reading() as view:
                found = view.users.find_by_email(here, email_of(alice))
            looked.set()
            return found

        assert race(write, look) == [None, None]

    def test_a_snapshot_does_not_move(self, storage: Storage, here: RealmScope) -> None:
        """What is committed while a snapshot is open is seen by the next one."""
        with change(storage, here) as unit:
            alice = unit.users.save(here, a_user(here))

        def write() -> None:
            with change(storage, here) as unit:
                unit.users.save(here, alice.with_password(OTHER_HASH))
                unit.record(PasswordSet(at=NOON, user=alice.id, portal=PortalId("shop")))

        rival = threading.Thread(target=write)
        with storage.reading() as view:
            assert view.users.get(here, alice.id) == alice
            rival.start()
            rival.join(PATIENCE)

            assert view.users.find_by_email(here, email_of(alice)) == alice
            assert view.outbox.count(here, PostState.WAITING) == 0
        rival.join()

        with storage.reading() as view:
            assert view.users.get(here, alice.id).password == OTHER_HASH

    def test_nothing_follows_a_commit(self, storage: Storage, here: RealmScope) -> None:
        """A committed unit is over: reading, writing, recording and committing are refused."""
        with storage.begin(job(here)) as unit:
            alice = unit.users.save(here, a_user(here))
            unit.commit()

            _is_over(unit, here, alice.id)

    def test_nothing_follows_an_error(self, storage: Storage, here: RealmScope) -> None:
        """After a port raised, the unit is dead: it can't be used, and nothing of it happened."""
        alice = a_user(here)

        with storage.begin(job(here)) as unit:
            unit.users.save(here, alice)
            with pytest.raises(UserNotFound):
                unit.users.get(here, NOBODY)

            _is_over(unit, here, alice.id)

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(alice)) is None

    def test_nothing_follows_the_end(self, storage: Storage, here: RealmScope) -> None:
        """A unit that was left can't be used, nor can a snapshot."""
        with storage.begin(job(here)) as unit:
            alice = unit.users.save(here, a_user(here))
        with storage.reading() as view:
            pass

        _is_over(unit, here, alice.id)
        with pytest.raises(UnitMisuse):
            view.users.find_by_email(here, email_of(alice))

    def test_units_do_not_nest(self, storage: Storage, here: RealmScope) -> None:
        """A thread has one unit open: a second one, of either kind, is refused in either kind."""
        with storage.begin(job(here)):
            with pytest.raises(UnitMisuse), storage.begin(job(here)):
                pass
            with pytest.raises(UnitMisuse), storage.reading():
                pass
        with storage.reading():
            with pytest.raises(UnitMisuse), storage.begin(job(here)):
                pass
            with pytest.raises(UnitMisuse), storage.reading():
                pass

    def test_a_unit_follows_another(self, storage: Storage, here: RealmScope) -> None:
        """However a unit ended, the thread's next one opens."""
        for _ in range(3):
            with pytest.raises(UserNotFound), storage.begin(job(here)) as unit:
                unit.users.get(here, NOBODY)

        with change(storage, here) as unit:
            assert unit.users.save(here, a_user(here)).version == 1

    def test_a_snapshot_is_not_written_to(self, storage: Storage, here: RealmScope) -> None:
        """It has neither ``record`` nor ``commit``, and what writing methods it has refuse."""
        alice = a_user(here)

        with storage.reading() as view:
            assert not hasattr(view, "record")
            assert not hasattr(view, "commit")
            save = getattr(view.users, "save", None)
            if save is not None:
                with pytest.raises(UnitMisuse):
                    save(here, alice)

        with storage.reading() as view:
            assert view.users.find_by_email(here, email_of(alice)) is None

    def test_a_snapshot_lives_on_after_a_refusal(self, storage: Storage, here: RealmScope) -> None:
        """Asking a snapshot for what is not there does not end it."""
        with storage.reading() as view:
            with pytest.raises(UserNotFound):
                view.users.get(here, NOBODY)

            assert not view.users.find_by_email(here, email_of(a_user(here)))

    def test_an_event_is_told_with_its_change_or_not_at_all(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """A committed event is exactly one row of the outbox and one entry of the trail."""
        with change(storage, here) as unit:
            alice = unit.users.save(here, a_user(here))
            unit.record(SignedIn(at=NOON, user=alice.id))

        with storage.reading() as view:
            assert view.outbox.count(here, PostState.WAITING) == 1
            assert [one.event for one in view.audit.latest(here, limit=9)] == [SignedIn.name]

    def test_a_note_is_for_the_trail_alone(self, storage: Storage, here: RealmScope) -> None:
        """It is written with its unit or not at all, and nobody is told."""
        with change(storage, here) as unit:
            unit.note(SignedIn(at=NOON, user=NOBODY))
        with storage.begin(job(here)) as unit:
            unit.note(SignedIn(at=NOON, user=NOBODY))

        with storage.reading() as view:
            assert not hasattr(view, "note")
            assert [one.event for one in view.audit.latest(here, limit=9)] == [SignedIn.name]
            assert view.outbox.count(here, PostState.WAITING) == 0

    def test_rivals_do_not_overwrite_each_other(self, storage: Storage, here: RealmScope) -> None:
        """Two units change one row they both read: what the first did is never lost."""
        with change(storage, here) as unit:
            alice = unit.users.save(here, a_user(here))

        def raise_epoch(meet: Meet) -> bool:
            with change(storage, here) as unit:
                seen = unit.users.get(here, alice.id)
                meet()
                unit.users.save(here, seen.with_password(HASH))
            return True

        outcomes = race(raise_epoch, raise_epoch)

        with storage.reading() as view:
            assert view.users.get(here, alice.id).epoch == outcomes.count(True) > 0
        assert all(one is True or isinstance(one, Conflict) for one in outcomes)

    def test_a_unit_that_lost_leaves_nothing(self, storage: Storage, here: RealmScope) -> None:
        """Of units that keep one new address, one wins, and nothing of the others remains."""
        taken = a_user(here).email

        def register(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                user = unit.users.save(here, a_user(here))
                unit.record(SignedIn(at=NOON, user=user.id))
                unit.users.save(here, a_user(here, taken))
            return True

        outcomes = race(register, register, register)

        assert outcomes.count(True) == 1
        assert sum(isinstance(one, Conflict) for one in outcomes) == 2  # noqa: PLR2004 - the rest
        with storage.reading() as view:
            assert len(view.audit.latest(here, limit=9)) == 1


def _is_over(unit: Unit, here: RealmScope, known: UserId) -> None:
    with pytest.raises(UnitMisuse):
        unit.users.get(here, known)
    with pytest.raises(UnitMisuse):
        unit.users.save(here, a_user(here))
    with pytest.raises(UnitMisuse):
        unit.record(SignedIn(at=NOON, user=known))
    with pytest.raises(UnitMisuse):
        unit.note(SignedIn(at=NOON, user=known))
    with pytest.raises(UnitMisuse):
        unit.commit()
