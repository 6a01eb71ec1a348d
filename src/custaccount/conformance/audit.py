"""What the audit trail promises."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from custaccount.conformance.events import EVENTS
from custaccount.conformance.samples import HOUR, NOON
from custaccount.conformance.suite import StorageSuite
from custaccount.credentials.model import SignedIn
from custaccount.customers.model import CustomerChanged
from custaccount.facilities.audit import AuditEntry, Spot, facts_of, stamp
from custaccount.kernel.access import Actor, Guest, Member, Staff, System
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import AuditEntryId, CustomerId, MembershipId, PortalId, StaffId, UserId
from custaccount.kernel.money import Currency
from custaccount.kernel.scope import CustomerScope, RealmScope
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
            _member(here, CustomerId("acme")),
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

    def test_entries_about_a_customer_are_its_own(self, storage: Storage, here: RealmScope) -> None:
        """Done on its behalf, or else naming it; exactly, and not where it is one of several."""
        acme, other = CustomerId(new_id()), CustomerId(new_id())
        job = System(realm=here.realm, job="sync")
        done: list[tuple[Actor, Event]] = [
            (_member(here, acme), _event(0)),
            (job, CustomerChanged(at=NOON, customer=acme)),
            (_member(here, acme), CustomerChanged(at=NOON, customer=other)),
            (_member(here, other), CustomerChanged(at=NOON, customer=acme)),
            (job, CustomerChanged(at=NOON, customer=other)),
            (job, AccountActivated(at=NOON, user=UserId("alice"), customers=(acme, other))),
            (job, _event(0)),
        ]
        for minute, (actor, event) in enumerate(done):
            _record(storage, actor, attrs.evolve(event, at=NOON + timedelta(minutes=minute)))

        told = (SignedIn.name, CustomerChanged.name, AccountActivated.name)
        with storage.reading() as view:
            every = view.audit.latest(here, limit=99)
        for customer, found in ((acme, (2, 1, 0)), (other, (4, 3))):
            entries = _about(storage, CustomerScope(here.realm, customer), *told)
            assert [entry.at for entry in entries] == [NOON + timedelta(minutes=n) for n in found]
            assert entries == [entry for entry in every if entry.customer == customer]
        for stranger in (new_id(), acme.upper(), acme[:-1], f"{acme} ", "%", "", "alice"):
            assert not _about(storage, CustomerScope(here.realm, CustomerId(stranger)), *told)

    def test_only_named_events_are_told_of_a_customer(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """By their whole names; of none, nothing."""
        acme = CustomerId(new_id())
        for event in (_event(0), CustomerChanged(at=NOON + HOUR, customer=acme)):
            _record(storage, _member(here, acme), event)

        scope, name = CustomerScope(here.realm, acme), CustomerChanged.name
        assert [one.event for one in _about(storage, scope, name)] == [name]
        assert len(_about(storage, scope, name, SignedIn.name, "other")) == 2  # noqa: PLR2004 - both
        assert not _about(storage, scope)
        for part in ("customers", "%", name.upper(), f"{name} ", "customers_changed"):
            assert not _about(storage, scope, part)

    @pytest.mark.parametrize("limit", [1, 2, 3, 9])
    def test_pages_about_a_customer_follow_each_other(
        self, storage: Storage, here: RealmScope, limit: int
    ) -> None:
        """The newest first, each entry on one page, each page full, and new ones shift nothing."""
        acme, job = CustomerId(new_id()), System(realm=here.realm, job="sync")
        member, scope = _member(here, acme), CustomerScope(here.realm, acme)
        for minute in (2, 0, 1, 1, 1, 3, 2):
            _record(storage, member, _event(minute))
            _record(storage, job, _event(minute))
            _record(storage, member, CustomerChanged(at=_event(minute).at, customer=acme))
        every = _about(storage, scope, SignedIn.name)
        assert [one.spot for one in every] == sorted(
            (one.spot for one in every), key=lambda spot: (spot.at, spot.id), reverse=True
        )

        seen: list[AuditEntry] = []
        while page := _about(
            storage, scope, SignedIn.name, limit=limit, before=seen[-1].spot if seen else None
        ):
            assert len(page) == min(limit, len(every) - len(seen))
            seen += page
            _record(storage, member, _event(9))

        assert seen == every

    def test_another_realms_entries_are_like_none(
        self, storage: Storage, job: System, elsewhere: RealmScope
    ) -> None:
        """They are listed nowhere else, also if their id is known."""
        _record(storage, job, _event(0))
        stranger = System(realm=elsewhere.realm, job="sync")

        assert not _latest(storage, stranger)
        assert not _latest(storage, stranger, about="alice")

    def test_another_realms_customer_has_a_trail_of_its_own(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Though it is called the same there."""
        acme = CustomerId(new_id())
        for place, scope in enumerate((here, elsewhere)):
            _record(storage, _member(scope, acme), _event(place))

        for place, scope in enumerate((here, elsewhere)):
            [entry] = _about(storage, CustomerScope(scope.realm, acme), SignedIn.name)
            assert entry.at == _event(place).at


def _event(minute: int) -> SignedIn:
    return SignedIn(at=NOON + timedelta(minutes=minute), user=UserId("alice"))


def _member(scope: RealmScope, customer: CustomerId) -> Member:
    return Member(
        realm=scope.realm,
        portal=PortalId("shop"),
        user=UserId("alice"),
        customer=customer,
        membership=MembershipId("m"),
        erp_id=None,
        epoch=3,
        permissions={},
        features=frozenset(),
        language=Language.SV,
        currency=Currency("SEK"),
    )


def _record(storage: Storage, actor: Actor, event: Event) -> None:
    with storage.begin(actor) as unit:
        unit.record(event)
        unit.commit()


def _latest(
    storage: Storage, actor: Actor, *, limit: int = 9, about: str | None = None
) -> Sequence[AuditEntry]:
    with storage.reading() as view:
        return view.audit.latest(RealmScope(actor.realm), limit=limit, about=about)


def _about(
    storage: Storage,
    scope: CustomerScope,
    *events: str,
    limit: int = 99,
    before: Spot | None = None,
) -> list[AuditEntry]:
    with storage.reading() as view:
        return list(view.audit.of_customer(scope, events=events, limit=limit, before=before))
