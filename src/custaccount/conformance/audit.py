"""What the audit trail promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from custaccount.conformance.events import EVENTS
from custaccount.conformance.samples import NOON
from custaccount.conformance.suite import StorageSuite
from custaccount.credentials.model import SignedIn
from custaccount.facilities.audit import AuditEntry, Spot, facts_of, stamp
from custaccount.kernel.access import Actor, Guest, Member, Staff, System
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import AuditEntryId, CustomerId, MembershipId, PortalId, StaffId, UserId
from custaccount.kernel.money import Currency
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.registration.model import AccountActivated
from custaccount.storage import Storage


class AuditSuite(StorageSuite):
    """Who did what, for whom, where and when, told by the unit that did it."""

    @pytest.fixture
    def job(self, here: RealmScope) -> System:
        """Return an actor."""
        return System(realm=here.realm, job="sync")

    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
    def test_an_entry_says_what_happened(self, storage: Storage, job: System, event: Event) -> None:
        """The event's name, its moment, its facts as text, and what it changed."""
        _record(storage, job, event)

        [entry] = _latest(storage, job)

        assert (entry.event, entry.at) == (event.name, event.at)
        assert dict(entry.facts) == facts_of(event)
        assert entry.changes == event.changes

    def test_an_entry_says_who_did_it(self, storage: Storage, here: RealmScope) -> None:
        """Guest, member on behalf of a customer, staff or a job."""
        actors: list[Actor] = [
            Guest(realm=here.realm, portal=PortalId("shop"), language=Language.DE),
            Member(
                realm=here.realm,
                portal=PortalId("shop"),
                user=UserId("alice"),
                customer=CustomerId("acme"),
                membership=MembershipId("m"),
                erp_id=None,
                epoch=3,
                permissions=frozenset(),
                language=Language.SV,
                currency=Currency("SEK"),
            ),
            Staff(realm=here.realm, id=StaffId("sam"), name="Sam", permissions=frozenset()),
            System(realm=here.realm, job="sync"),
        ]
        for minute, actor in enumerate(actors):
            _record(storage, actor, _event(minute))

        found = [entry.stamp for entry in _latest(storage, actors[0])]

        assert found == [stamp(actor) for actor in reversed(actors)]

    def test_the_newest_entries_come_first(self, storage: Storage, job: System) -> None:
        """By their moment, whenever they were written; as many as asked for."""
        for minute in (2, 0, 3, 1):
            _record(storage, job, _event(minute))

        assert [entry.at for entry in _latest(storage, job, limit=3)] == [
            _event(minute).at for minute in (3, 2, 1)
        ]

    def test_entries_are_found_by_what_they_name(self, storage: Storage, here: RealmScope) -> None:
        """By an id among their facts, also one of several, or in their stamp; exactly."""
        alice, acme, other = UserId(new_id()), CustomerId(new_id()), CustomerId(new_id())
        activated = AccountActivated(at=NOON, user=alice, customers=(acme, other))
        _record(storage, System(realm=here.realm, job="sync"), activated)
        staff = Staff(realm=here.realm, id=StaffId("sam"), name="Sam", permissions=frozenset())
        _record(storage, staff, _event(1))

        named: tuple[str, ...] = (alice, acme, other)
        for about in named:
            [entry] = _latest(storage, staff, about=about)
            assert entry.event == activated.name
        assert [entry.event for entry in _latest(storage, staff, about="sam")] == [SignedIn.name]
        unnamed = (alice[:-1], alice.upper(), "%", "", new_id())
        for about in unnamed:
            assert not _latest(storage, staff, about=about)

    def test_entries_are_found_by_who_did_it(self, storage: Storage, here: RealmScope) -> None:
        """Only what this person did; what was done to it is another question."""
        sam = Staff(realm=here.realm, id=StaffId("sam"), name="Sam", permissions=frozenset())
        ida = Staff(realm=here.realm, id=StaffId("ida"), name="Ida", permissions=frozenset())
        about_sam = SignedIn(at=NOON, user=UserId("sam"))
        _record(storage, sam, _event(0))
        _record(storage, ida, about_sam)
        _record(storage, sam, _event(2))

        def moments(by: str, about: str | None = None) -> list[datetime]:
            with storage.reading() as view:
                found = view.audit.latest(here, limit=9, by=StaffId(by), about=about)
                return [entry.at for entry in found]

        assert moments("sam") == [_event(2).at, _event(0).at]
        assert moments("ida") == [NOON]
        assert moments("ida", about="sam") == [NOON]
        assert not moments("ida", about="alice")
        assert not moments("SAM")

    def test_pages_follow_each_other(self, storage: Storage, job: System) -> None:
        """Each entry stands on one page, also those of one moment, and new ones shift nothing."""
        scope = RealmScope(job.realm)
        for minute in (0, 1, 1, 1, 2, 2, 3):
            _record(storage, job, _event(minute))
        with storage.reading() as view:
            every = [entry.id for entry in view.audit.latest(scope, limit=9)]

        seen: list[AuditEntryId] = []
        spot: Spot | None = None
        while True:
            with storage.reading() as view:
                page = view.audit.latest(scope, limit=2, about="alice", before=spot)
            if not page:
                break
            seen += [entry.id for entry in page]
            spot = page[-1].spot
            _record(storage, job, _event(9))

        assert seen == every

    def test_another_realms_entries_are_like_none(
        self, storage: Storage, job: System, elsewhere: RealmScope
    ) -> None:
        """They are listed nowhere else, also if their id is known."""
        _record(storage, job, _event(0))
        stranger = System(realm=elsewhere.realm, job="sync")

        assert not _latest(storage, stranger)
        assert not _latest(storage, stranger, about="alice")


def _event(minute: int) -> SignedIn:
    return SignedIn(at=NOON + timedelta(minutes=minute), user=UserId("alice"))


def _record(storage: Storage, actor: Actor, event: Event) -> None:
    with storage.begin(actor) as unit:
        unit.record(event)
        unit.commit()


def _latest(
    storage: Storage, actor: Actor, *, limit: int = 9, about: str | None = None
) -> Sequence[AuditEntry]:
    with storage.reading() as view:
        return view.audit.latest(RealmScope(actor.realm), limit=limit, about=about)
