"""What keeping sessions promises."""

from datetime import timedelta

import attrs
import pytest

from custaccount.conformance.samples import HOUR, NOON, OTHER_HASH, TICK, a_session, a_user
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.credentials.model import Session, User
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import SessionId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.storage import Storage

MANY = 10_000
MONTH = timedelta(days=30)


class SessionsSuite(StorageSuite):
    """Sessions are found with their user, and end for good."""

    @pytest.fixture
    def alice(self, storage: Storage, here: RealmScope) -> User:
        """Return a user that is kept."""
        with change(storage, here) as unit:
            return unit.users.save(here, a_user(here))

    @pytest.fixture
    def session(self, storage: Storage, here: RealmScope, alice: User) -> Session:
        """Return a session of the user."""
        session = a_session(here, alice)
        with change(storage, here) as unit:
            unit.sessions.add(here, session)
        return session

    def test_a_session_is_found_with_its_user(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """As the user is now, whatever changed since sign-in."""
        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) == (session, alice)
        with change(storage, here) as unit:
            newer = unit.users.save(here, alice.with_password(OTHER_HASH))

        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) == (session, newer)

    def test_a_digest_is_compared_exactly(
        self, storage: Storage, here: RealmScope, session: Session
    ) -> None:
        """Another case, a part of it or nothing finds no session."""
        with storage.reading() as view:
            for digest in (session.digest.upper(), session.digest[:-1], f"{session.digest} ", ""):
                assert view.sessions.find(here, digest) is None

    def test_a_digest_is_taken_once(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """A second session can't use it."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.sessions.add(here, attrs.evolve(a_session(here, alice), digest=session.digest))

    def test_use_moves_forward_only(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """Requests that overtake each other leave the latest moment, to the microsecond."""
        for at in (NOON + TICK, NOON + HOUR, NOON + TICK):
            with change(storage, here) as unit:
                unit.sessions.touch(here, session.digest, at=at)

        with storage.reading() as view:
            used = attrs.evolve(session, used=NOON + HOUR)
            assert view.sessions.find(here, session.digest) == (used, alice)

    def test_a_users_sessions_are_listed(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """All of them, over or not, whole, the one used last first, and nobody else's."""
        long_ago = attrs.evolve(a_session(here, alice), begun=NOON - MONTH, used=NOON - MONTH)
        latest = attrs.evolve(a_session(here, alice), used=NOON + TICK)
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            for one in (long_ago, latest, a_session(here, bob)):
                unit.sessions.add(here, one)

        with storage.reading() as view:
            assert list(view.sessions.of_user(here, alice.id)) == [latest, session, long_ago]
            assert not view.sessions.of_user(here, UserId(new_id()))

    def test_a_confirmation_moves_forward_only(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """The latest one stands; one that comes late is no refusal; nothing else changes."""
        for at in (NOON + TICK, NOON + HOUR, NOON + HOUR, NOON + TICK):
            with change(storage, here) as unit:
                assert unit.sessions.confirm(here, session.digest, at=at)

        with storage.reading() as view:
            confirmed = attrs.evolve(session, authenticated=NOON + HOUR)
            assert view.sessions.find(here, session.digest) == (confirmed, alice)

    def test_confirming_and_touching_do_not_undo_each_other(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """Both were inside their units before one wrote; both are kept."""

        def confirm(meet: Meet) -> bool:
            with change(storage, here) as unit:
                unit.sessions.find(here, session.digest)
                meet()
                return unit.sessions.confirm(here, session.digest, at=NOON + TICK)

        def touch(meet: Meet) -> bool:
            with change(storage, here) as unit:
                unit.sessions.find(here, session.digest)
                meet()
                unit.sessions.touch(here, session.digest, at=NOON + HOUR)
            return True

        assert race(confirm, touch) == [True, True]
        with storage.reading() as view:
            both = attrs.evolve(session, authenticated=NOON + TICK, used=NOON + HOUR)
            assert view.sessions.find(here, session.digest) == (both, alice)

    def test_a_session_that_is_gone_is_not_confirmed(
        self, storage: Storage, here: RealmScope, session: Session
    ) -> None:
        """Neither an ended one nor an unknown one, and it does not come back."""
        with change(storage, here) as unit:
            unit.sessions.end(here, session.digest)
        with change(storage, here) as unit:
            assert not unit.sessions.confirm(here, session.digest, at=NOON + HOUR)
            assert not unit.sessions.confirm(here, new_id(), at=NOON + HOUR)

        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) is None

    def test_touching_what_is_not_there_does_nothing(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """An unknown session stays unknown."""
        digest = new_id()
        with change(storage, here) as unit:
            unit.sessions.touch(here, digest, at=NOON)

        with storage.reading() as view:
            assert view.sessions.find(here, digest) is None

    def test_a_session_ends_once(
        self, storage: Storage, here: RealmScope, session: Session
    ) -> None:
        """Ended, it is gone; only the first one to end it did."""

        def end(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.sessions.end(here, session.digest)

        assert sorted(race(end, end), key=bool) == [False, True]
        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) is None

    def test_one_session_of_a_user_is_ended_by_its_name(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """By nobody but its user, not by its digest, once; the others stay."""
        other = a_session(here, alice)
        with change(storage, here) as unit:
            unit.sessions.add(here, other)
            bob = unit.users.save(here, a_user(here))

        with change(storage, here) as unit:
            assert not unit.sessions.end_one(here, bob.id, session.id)
            assert not unit.sessions.end_one(here, alice.id, SessionId(session.digest))
        with storage.reading() as view:
            assert len(view.sessions.of_user(here, alice.id)) == 2  # noqa: PLR2004 - both

        def end(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.sessions.end_one(here, alice.id, session.id)

        assert sorted(race(end, end), key=bool) == [False, True]
        with storage.reading() as view:
            assert list(view.sessions.of_user(here, alice.id)) == [other]
            assert view.sessions.find(here, session.digest) is None

    def test_all_other_sessions_of_a_user_are_ended(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """All but the one that is kept, and none of another user; how many is told."""
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            his = a_session(here, bob)
            for one in (his, *(a_session(here, alice) for _ in range(3))):
                unit.sessions.add(here, one)

        with change(storage, here) as unit:
            assert unit.sessions.end_others(here, alice.id, keep=session.digest) == 3  # noqa: PLR2004
            assert unit.sessions.end_others(here, alice.id, keep=session.digest) == 0
        with storage.reading() as view:
            assert list(view.sessions.of_user(here, alice.id)) == [session]
            assert list(view.sessions.of_user(here, bob.id)) == [his]

    def test_every_session_of_a_user_is_ended(
        self, storage: Storage, here: RealmScope, alice: User, session: Session
    ) -> None:
        """If none is to be kept, or the one to be kept is not the user's."""
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            his = a_session(here, bob)
            unit.sessions.add(here, his)
            unit.sessions.add(here, a_session(here, alice))

        with change(storage, here) as unit:
            assert unit.sessions.end_others(here, alice.id, keep=None) == 2  # noqa: PLR2004
            unit.sessions.add(here, session)
            assert unit.sessions.end_others(here, alice.id, keep=his.digest) == 1
        with storage.reading() as view:
            assert not view.sessions.of_user(here, alice.id)
            assert list(view.sessions.of_user(here, bob.id)) == [his]

    def test_a_use_does_not_bring_a_session_back(
        self, storage: Storage, here: RealmScope, session: Session
    ) -> None:
        """A request that comes after sign-out changes nothing."""
        with change(storage, here) as unit:
            unit.sessions.end(here, session.digest)
        with change(storage, here) as unit:
            unit.sessions.touch(here, session.digest, at=NOON + HOUR)

        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) is None

    def test_old_sessions_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, alice: User
    ) -> None:
        """Those begun before the moment, not those begun at it, not another realm's."""
        begun = [NOON - TICK, NOON, NOON + TICK]
        sessions = [attrs.evolve(a_session(here, alice), begun=moment) for moment in begun]
        with change(storage, here) as unit:
            for session in sessions:
                unit.sessions.add(here, session)

        with change(storage, elsewhere) as unit:
            assert unit.sessions.purge(elsewhere, begun_before=NOON + HOUR, limit=MANY) == 0
        with change(storage, here) as unit:
            assert unit.sessions.purge(here, begun_before=NOON, limit=MANY) == 1
        with storage.reading() as view:
            found = [view.sessions.find(here, one.digest) is not None for one in sessions]
        assert found == [False, True, True]

    def test_old_sessions_are_purged_a_few_at_a_time(
        self, storage: Storage, here: RealmScope, alice: User
    ) -> None:
        """As many as asked for at most, until none is left."""
        with change(storage, here) as unit:
            for _ in range(5):
                unit.sessions.add(here, a_session(here, alice))

        counts = []
        for _ in range(4):
            with change(storage, here) as unit:
                counts.append(unit.sessions.purge(here, begun_before=NOON + HOUR, limit=2))
        assert counts == [2, 2, 1, 0]

    def test_another_realms_session_is_like_none(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        alice: User,
        session: Session,
    ) -> None:
        """Asked from another realm it can't be found, listed, used, confirmed or ended."""
        with change(storage, elsewhere) as unit:
            assert unit.sessions.find(elsewhere, session.digest) is None
            unit.sessions.touch(elsewhere, session.digest, at=NOON + HOUR)
            assert not unit.sessions.end(elsewhere, session.digest)
            assert not unit.sessions.of_user(elsewhere, alice.id)
            assert not unit.sessions.confirm(elsewhere, session.digest, at=NOON + HOUR)
            assert not unit.sessions.end_one(elsewhere, alice.id, session.id)
            assert unit.sessions.end_others(elsewhere, alice.id, keep=None) == 0

        with storage.reading() as view:
            assert view.sessions.find(here, session.digest) == (session, alice)
