"""What keeping registrations promises."""

from datetime import datetime

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    TEXTS,
    TICK,
    a_candidate,
    a_registration,
    an_email,
    email,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.ids import CustomerId, RegistrationId, StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.registration.model import (
    DRAFT_LONGEST,
    QUEUED,
    Registration,
    RegistrationNotFound,
    RegistrationState,
    Strength,
)
from custaccount.storage import Storage

MANY = 10_000


class RegistrationsSuite(StorageSuite):
    """An address has one registration at most: the newest one."""

    @pytest.fixture
    def registration(self, storage: Storage, here: RealmScope) -> Registration:
        """Return a registration as it is kept."""
        return _put(storage, here, a_registration(here))

    def test_a_registration_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Every field, the address as it was written, answers, microseconds; its version is 1."""
        with storage.reading() as view:
            found = view.registrations.get(here, registration.id)

        assert found == registration
        assert found.version == 1
        assert found.email.text == registration.email.text

    def test_what_is_unknown_stays_unknown(self, storage: Storage, here: RealmScope) -> None:
        """One without answers and draft comes back without them."""
        bare = attrs.evolve(a_registration(here), answers={}, draft=None)
        _put(storage, here, bare)

        with storage.reading() as view:
            assert view.registrations.get(here, bare.id) == attrs.evolve(bare, version=1)

    @pytest.mark.parametrize("draft", ["", "🧵" * DRAFT_LONGEST])
    def test_a_draft_is_kept_whole(self, storage: Storage, here: RealmScope, draft: str) -> None:
        """An empty one is one; the longest one loses nothing."""
        new = attrs.evolve(a_registration(here), draft=draft)
        _put(storage, here, new)

        with storage.reading() as view:
            assert view.registrations.get(here, new.id).draft == draft

    def test_answers_are_kept_whole(self, storage: Storage, here: RealmScope) -> None:
        """Every key and text; who changes what was given changes nothing that is kept."""
        answers = {f"{place} {text}": text for place, text in enumerate(("", *TEXTS))}
        given = dict(answers)
        new = attrs.evolve(a_registration(here), answers=given)
        _put(storage, here, new)
        given.clear()

        with storage.reading() as view:
            assert view.registrations.get(here, new.id).answers == answers

    @pytest.mark.parametrize("state", RegistrationState)
    def test_what_became_of_a_registration_is_kept(
        self,
        storage: Storage,
        here: RealmScope,
        registration: Registration,
        state: RegistrationState,
    ) -> None:
        """In every state: proof, user, candidates in their order, company, who decided, and why."""
        changed = attrs.evolve(
            registration,
            state=state,
            proven=NOON + TICK,
            expires=NOON + 2 * HOUR,
            user=UserId(new_id()),
            candidates=tuple(a_candidate(strength) for strength in (*Strength, *Strength)),
            company=CustomerId(new_id()),
            decided_by=StaffId(new_id()),
            reason=TEXTS[5],
        )
        with change(storage, here) as unit:
            kept = unit.registrations.save(here, changed)

        assert kept == attrs.evolve(changed, version=2)
        with storage.reading() as view:
            assert view.registrations.get(here, registration.id) == kept
            assert view.registrations.find_by_email(here, registration.email) == kept

    def test_a_registration_is_found_by_the_addresss_key(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """However it is written; and only by the whole of it."""
        text = registration.email.text
        with storage.reading() as view:
            find = view.registrations.find_by_email
            assert find(here, email(text.swapcase())) == registration
            assert find(here, email(f"x{text}")) is None
            assert find(here, email(text.replace("Alice", "Al_ce"))) is None
            assert find(here, an_email()) is None

    def test_a_newer_registration_replaces_the_older_one(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Of the same address, however written and whatever it waited for: nothing of it stays."""
        with change(storage, here) as unit:
            waiting = attrs.evolve(registration, state=RegistrationState.WAITING)
            unit.registrations.save(here, waiting)
        newer = a_registration(here, email(registration.email.text.upper()))
        kept = _put(storage, here, newer)

        with storage.reading() as view:
            found = view.registrations.find_by_email(here, registration.email)
            assert found == kept == attrs.evolve(newer, version=1)
            assert view.registrations.count_queued(here) == 0
        with pytest.raises(RegistrationNotFound), storage.reading() as view:
            view.registrations.get(here, registration.id)

    def test_a_registration_replaces_those_of_its_own_address_alone(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, registration: Registration
    ) -> None:
        """Neither another address's nor that of the same address in another realm."""
        _put(storage, here, a_registration(here))
        foreign = _put(storage, elsewhere, a_registration(elsewhere, registration.email))

        with storage.reading() as view:
            assert view.registrations.get(here, registration.id) == registration
            assert view.registrations.get(elsewhere, foreign.id) == foreign

    def test_a_registration_may_be_put_again(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Under its own id and address it takes its own place."""
        again = attrs.evolve(registration, reason="again", version=0)
        kept = _put(storage, here, again)

        assert kept == attrs.evolve(again, version=1)

    def test_an_id_is_taken_once(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Another address's registration can't use it."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.registrations.put(here, attrs.evolve(a_registration(here), id=registration.id))

    def test_of_rivals_with_one_address_one_registration_remains(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """It is one of those who were told that theirs is kept; the others may be refused."""
        address = an_email()

        def register(meet: Meet) -> Registration:
            new = a_registration(here, address)
            with change(storage, here) as unit:
                unit.registrations.find_by_email(here, address)
                meet()
                unit.registrations.put(here, new)
            return attrs.evolve(new, version=1)

        outcomes = race(register, register, register)

        assert all(isinstance(one, Registration | Conflict) for one in outcomes)
        with storage.reading() as view:
            assert view.registrations.find_by_email(here, address) in outcomes

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        with change(storage, here) as unit:
            newer = unit.registrations.save(here, attrs.evolve(registration, reason="newer"))

        with pytest.raises(Stale), change(storage, here) as unit:
            unit.registrations.save(here, attrs.evolve(registration, reason="older"))
        with storage.reading() as view:
            assert view.registrations.get(here, registration.id) == newer

    def test_what_was_replaced_is_not_saved(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Nor what was removed, nor what was never put: a save keeps nothing new."""
        _put(storage, here, a_registration(here, registration.email))
        removed = _put(storage, here, a_registration(here))
        with change(storage, here) as unit:
            assert unit.registrations.remove(here, removed.id)

        for gone in (registration, removed, a_registration(here)):
            with pytest.raises(Stale), change(storage, here) as unit:
                unit.registrations.save(here, gone)
            with pytest.raises(RegistrationNotFound), storage.reading() as view:
                view.registrations.get(here, gone.id)

    def test_of_rivals_to_decide_one_wins(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Each saw it undecided."""

        def decide(meet: Meet) -> bool:
            with change(storage, here) as unit:
                if unit.registrations.get(here, registration.id) != registration:
                    return False
                meet()
                rejected = attrs.evolve(registration, state=RegistrationState.REJECTED)
                unit.registrations.save(here, rejected)
            return True

        outcomes = race(decide, decide)

        assert outcomes.count(True) == 1
        assert all(isinstance(one, bool | Conflict) for one in outcomes)

    def test_the_queue_has_what_waits_for_staff(self, storage: Storage, here: RealmScope) -> None:
        """Who asked first comes first; nothing in another state."""
        kept = [
            _put(storage, here, attrs.evolve(a_registration(here), state=state, asked=at))
            for at in (NOON + TICK, NOON - HOUR)
            for state in RegistrationState
        ]

        waiting = sorted((one for one in kept if one.state in QUEUED), key=_turn)
        with storage.reading() as view:
            assert list(view.registrations.queued(here, after=None, limit=MANY)) == waiting
            assert view.registrations.count_queued(here) == len(waiting) == 4  # noqa: PLR2004

    def test_pages_of_the_queue_follow_each_other(self, storage: Storage, here: RealmScope) -> None:
        """Those of one moment by id, none twice and none left out, also after one is decided."""
        ids = ("b", "10", "B", "9", "a")
        for place, id_ in enumerate(ids):
            waiting = attrs.evolve(
                a_registration(here),
                id=RegistrationId(f"{id_} {here.realm}"),
                state=QUEUED[place % 2],
                asked=NOON + TICK if id_ == "10" else NOON,
            )
            _put(storage, here, waiting)

        pages: list[Registration] = []
        for _ in range(3):
            with storage.reading() as view:
                after = pages[-1].place if pages else None
                pages.extend(view.registrations.queued(here, after=after, limit=2))
            with change(storage, here) as unit:
                unit.registrations.remove(here, pages[-1].id)
        with storage.reading() as view:
            assert not view.registrations.queued(here, after=pages[-1].place, limit=2)
        assert [one.id.split()[0] for one in pages] == ["9", "B", "a", "b", "10"]

    def test_a_decided_registration_leaves_the_queue(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """And one that begins to wait joins it."""
        counts = []
        for state in (RegistrationState.CLAIMED, RegistrationState.REJECTED):
            with change(storage, here) as unit:
                kept = attrs.evolve(registration, state=state)
                registration = unit.registrations.save(here, kept)
                counts.append(unit.registrations.count_queued(here))

        assert counts == [1, 0]

    def test_a_customers_administrators_are_asked_about_claims(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Open ones of this company alone, who asked first before; those of one moment by id."""
        acme, other = (CustomerScope(here.realm, CustomerId(new_id())) for _ in range(2))
        expected = [
            _put(storage, here, _claim(acme, id_, at))
            for id_, at in (("z", NOON - HOUR), ("9", NOON), ("B", NOON), ("b", NOON))
        ]
        later = _put(storage, here, _claim(acme, "10", NOON + TICK))
        for state in RegistrationState:
            if state is not RegistrationState.CLAIMED:
                asked = attrs.evolve(_claim(acme, state.value, NOON), state=state)
                _put(storage, here, asked)
        _put(storage, here, attrs.evolve(_claim(acme, "nobody's", NOON), company=None))
        theirs = _put(storage, here, _claim(other, "theirs", NOON))
        _put(storage, elsewhere, _claim(CustomerScope(elsewhere.realm, acme.customer), "x", NOON))

        with storage.reading() as view:
            assert list(view.registrations.asking(acme)) == [*expected, later]
            assert list(view.registrations.asking(other)) == [theirs]
            assert not view.registrations.asking(CustomerScope(here.realm, CustomerId("none")))

    def test_who_was_answered_is_asked_about_no_more(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """Nor who is left to staff, or removed; another claim of the address takes its place."""
        acme = CustomerScope(here.realm, CustomerId(new_id()))
        decided, left, gone, again = (
            _put(storage, here, _claim(acme, text, NOON)) for text in ("a", "b", "c", "d")
        )
        with change(storage, here) as unit:
            rejected = attrs.evolve(decided, state=RegistrationState.REJECTED)
            unit.registrations.save(here, rejected)
            unit.registrations.save(here, attrs.evolve(left, company=None))
            unit.registrations.remove(here, gone.id)
        newer = _put(storage, here, attrs.evolve(_claim(acme, "e", NOON), email=again.email))

        with storage.reading() as view:
            assert list(view.registrations.asking(acme)) == [newer]

    def test_a_registration_is_removed_once(
        self, storage: Storage, here: RealmScope, registration: Registration
    ) -> None:
        """Removed, it is gone; only the first one to remove it did; its address is free."""

        def remove(meet: Meet) -> bool:
            with change(storage, here) as unit:
                meet()
                return unit.registrations.remove(here, registration.id)

        assert sorted(race(remove, remove), key=bool) == [False, True]
        with storage.reading() as view:
            assert view.registrations.find_by_email(here, registration.email) is None

    def test_old_registrations_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Those that expired before the moment, in every state; not at it, not another realm's."""
        kept = [
            _put(storage, here, attrs.evolve(a_registration(here), state=state, expires=at))
            for at in (NOON, NOON - TICK)
            for state in RegistrationState
        ]

        with change(storage, elsewhere) as unit:
            assert unit.registrations.purge(elsewhere, expired_before=NOON + HOUR, limit=MANY) == 0
        with change(storage, here) as unit:
            purged = unit.registrations.purge(here, expired_before=NOON, limit=MANY)
        assert purged == len(RegistrationState)
        with storage.reading() as view:
            found = [_is_kept(view.registrations.find_by_email(here, one.email)) for one in kept]
        assert found == [True] * purged + [False] * purged

    def test_old_registrations_are_purged_a_few_at_a_time(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """As many as asked for at most, until none is left."""
        for _ in range(5):
            _put(storage, here, a_registration(here))

        counts = []
        for _ in range(4):
            with change(storage, here) as unit:
                counts.append(
                    unit.registrations.purge(here, expired_before=NOON + 2 * HOUR, limit=2)
                )
        assert counts == [2, 2, 1, 0]

    def test_another_realms_registration_is_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """Asked from another realm it can't be found, listed, counted, changed or removed."""
        waiting = attrs.evolve(a_registration(here), state=RegistrationState.WAITING)
        kept = _put(storage, here, waiting)

        for id_ in (kept.id, RegistrationId(new_id())):
            with pytest.raises(RegistrationNotFound), storage.reading() as view:
                view.registrations.get(elsewhere, id_)
        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.registrations.save(elsewhere, attrs.evolve(kept, reason="stolen"))
        with change(storage, elsewhere) as unit:
            assert unit.registrations.find_by_email(elsewhere, kept.email) is None
            assert not unit.registrations.queued(elsewhere, after=None, limit=MANY)
            assert unit.registrations.count_queued(elsewhere) == 0
            assert not unit.registrations.remove(elsewhere, kept.id)

        with storage.reading() as view:
            assert view.registrations.get(here, kept.id) == kept


def _put(storage: Storage, scope: RealmScope, registration: Registration) -> Registration:
    with change(storage, scope) as unit:
        unit.registrations.put(scope, registration)
        return unit.registrations.get(scope, registration.id)


def _claim(company: CustomerScope, id: str, at: datetime) -> Registration:
    return attrs.evolve(
        a_registration(RealmScope(company.realm)),
        id=RegistrationId(f"{id} {company.realm}"),
        state=RegistrationState.CLAIMED,
        company=company.customer,
        asked=at,
    )


def _turn(registration: Registration) -> tuple[object, ...]:
    return (registration.asked, registration.id)


def _is_kept(found: Registration | None) -> bool:
    return found is not None
