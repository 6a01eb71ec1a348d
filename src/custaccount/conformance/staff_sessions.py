"""What keeping staff sessions promises."""

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    OTHER_HASH,
    TICK,
    a_session,
    a_staff_member,
    a_staff_session,
    a_user,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.staff.model import StaffMember, StaffSession
from custaccount.storage import Storage

MANY = 10_000


class StaffSessionsSuite(StorageSuite):
    """Staff sessions are found with their staff member, end for good, and are no user's."""

    @pytest.fixture
    def ida(self, storage: Storage, here: RealmScope) -> StaffMember:
        """Return a staff member that is kept."""
        with change(storage, here) as unit:
            return unit.staff.save(here, a_staff_member(here))

    @pytest.fixture
    def session(self, storage: Storage, here: RealmScope, ida: StaffMember) -> StaffSession:
        """Return a session of the staff member."""
        session = a_staff_session(here, ida)
        with change(storage, here) as unit:
            unit.staff_sessions.add(here, session)
        return session

    def test_a_session_is_found_with_its_staff_member(
        self, storage: Storage, here: RealmScope, ida: StaffMember, session: StaffSession
    ) -> None:
        """As the member is now, whatever changed since sign-in."""
        with storage.reading() as view:
            assert view.staff_sessions.find(here, session.digest) == (session, ida)
        with change(storage, here) as unit:
            changed = ida.granting(here.realm, ()).with_password(OTHER_HASH)
            newer = unit.staff.save(here, changed)

        with storage.reading() as view:
            assert view.staff_sessions.find(here, session.digest) == (session, newer)

    def test_a_session_is_no_users(
        self, storage: Storage, here: RealmScope, session: StaffSession
    ) -> None:
        """Neither is found, used or ended by the digest of the other."""
        with change(storage, here) as unit:
            alice = unit.users.save(here, a_user(here))
            hers = a_session(here, alice)
            unit.sessions.add(here, hers)

        with change(storage, here) as unit:
            assert unit.sessions.find(here, session.digest) is None
            assert unit.staff_sessions.find(here, hers.digest) is None
            unit.staff_sessions.touch(here, hers.digest, at=NOON + HOUR)
            assert not unit.staff_sessions.end(here, hers.digest)
            assert not unit.sessions.end(here, session.digest)
        with storage.reading() as view:
            found = view.sessions.find(here, hers.digest)
            assert found is not None
            assert found[0].used == hers.used
            assert view.staff_sessions.find(here, session.digest) is not None

    def test_a_digest_is_compared_exactly(
        self, storage: Storage, here: RealmScope, session: StaffSession
    ) -> None:
        """Another case, a part of it or nothing finds no session."""
        with storage.reading() as view:
            for digest in (session.digest.upper(), session.digest[:-1], f"{session.digest} ", ""):
                assert view.staff_sessions.find(here, digest) is None

    def test_a_digest_is_taken_once(
        self, storage: Storage, here: RealmScope, ida: StaffMember, session: StaffSession
    ) -> None:
        """A second session can't use it."""
        again = attrs.evolve(a_staff_session(here, ida), digest=session.digest)
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.staff_sessions.add(here, again)

    def test_use_moves_forward_only(
        self, storage: Storage, here: RealmScope, ida: StaffMember, session: StaffSession
    ) -> None:
        """Requests that overtake each other leave the latest moment, to the microsecond."""
        for at in (NOON + TICK, NOON + HOUR, NOON + TICK):
            with change(storage, here) as unit:
                unit.staff_sessions.touch(here, session.digest, at=at)

        with storage.reading() as view:
            used = attrs.evolve(session, used=NOON + HOUR)
            assert view.staff_sessions.find(here, session.digest) == (used, ida)

    def test_a_session_ends_once(
        self, storage: Storage, here: RealmScope, session: StaffSession
    ) -> None:
        """Ended, it is gone and stays so; only the first one to end it did."""

        def end(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.staff_sessions.end(here, session.digest)

        assert sorted(race(end, end), key=bool) == [False, True]
        with change(storage, here) as unit:
            unit.staff_sessions.touch(here, session.digest, at=NOON + HOUR)
        with storage.reading() as view:
            assert view.staff_sessions.find(here, session.digest) is None

    def test_touching_what_is_not_there_does_nothing(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """An unknown session stays unknown."""
        digest = new_id()
        with change(storage, here) as unit:
            unit.staff_sessions.touch(here, digest, at=NOON)

        with storage.reading() as view:
            assert view.staff_sessions.find(here, digest) is None

    def test_old_sessions_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, ida: StaffMember
    ) -> None:
        """Those begun before the moment, not those begun at it, not another realm's."""
        begun = [NOON - TICK, NOON, NOON + TICK]
        sessions = [attrs.evolve(a_staff_session(here, ida), begun=moment) for moment in begun]
        with change(storage, here) as unit:
            for session in sessions:
                unit.staff_sessions.add(here, session)

        with change(storage, elsewhere) as unit:
            purged = unit.staff_sessions.purge(elsewhere, begun_before=NOON + HOUR, limit=MANY)
            assert purged == 0
        with change(storage, here) as unit:
            assert unit.staff_sessions.purge(here, begun_before=NOON, limit=MANY) == 1
        with storage.reading() as view:
            found = [view.staff_sessions.find(here, one.digest) is not None for one in sessions]
        assert found == [False, True, True]

    def test_old_sessions_are_purged_a_few_at_a_time(
        self, storage: Storage, here: RealmScope, ida: StaffMember
    ) -> None:
        """As many as asked for at most, until none is left."""
        with change(storage, here) as unit:
            for _ in range(5):
                unit.staff_sessions.add(here, a_staff_session(here, ida))

        counts = []
        for _ in range(4):
            with change(storage, here) as unit:
                purged = unit.staff_sessions.purge(here, begun_before=NOON + HOUR, limit=2)
                counts.append(purged)
        assert counts == [2, 2, 1, 0]

    def test_another_realms_session_is_like_none(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        ida: StaffMember,
        session: StaffSession,
    ) -> None:
        """Asked from another realm it can't be found, used or ended."""
        with change(storage, elsewhere) as unit:
            assert unit.staff_sessions.find(elsewhere, session.digest) is None
            unit.staff_sessions.touch(elsewhere, session.digest, at=NOON + HOUR)
            assert not unit.staff_sessions.end(elsewhere, session.digest)

        with storage.reading() as view:
            assert view.staff_sessions.find(here, session.digest) == (session, ida)
