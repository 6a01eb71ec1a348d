"""What keeping drafts promises: they begin as a guest's and end with whoever takes them."""

import attrs
import pytest

from custaccount.conformance.samples import NOON, TEXTS, TICK, a_customer, a_draft, a_user
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, job, race
from custaccount.credentials.model import User
from custaccount.customers.model import Customer
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import DraftId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.registration.model import DRAFT_LONGEST, Draft
from custaccount.storage import Storage

MANY = 10_000


class DraftsSuite(StorageSuite):
    """A draft is handed out once, to its user."""

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
    def draft(self, storage: Storage, acme: Customer, alice: User) -> Draft:
        """Return a draft of the user at the customer."""
        draft = a_draft(acme.scope, alice.id)
        with change(storage, acme.scope) as unit:
            unit.drafts.add(acme.scope, draft)
        return draft

    @pytest.mark.parametrize("text", ["", "x" * DRAFT_LONGEST, "🧵" * DRAFT_LONGEST, *TEXTS])
    def test_a_draft_comes_back_as_it_was(
        self, storage: Storage, acme: Customer, alice: User, text: str
    ) -> None:
        """To the last character of the longest one."""
        draft = attrs.evolve(a_draft(acme.scope, alice.id), text=text)
        with change(storage, acme.scope) as unit:
            unit.drafts.add(acme.scope, draft)

        with storage.reading() as view:
            assert list(view.drafts.of(acme.scope, alice.id)) == [draft]
        with change(storage, acme.scope) as unit:
            assert unit.drafts.take(acme.scope, alice.id, draft.id) == draft

    def test_a_users_drafts_are_listed(
        self, storage: Storage, here: RealmScope, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """At one customer, the newest first, and nobody else's."""
        earlier, later = (
            attrs.evolve(a_draft(acme.scope, alice.id), kept=at)
            for at in (NOON - TICK, NOON + TICK)
        )
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            [other] = unit.customers.save(here, [a_customer(here)])
            for scope, one in (
                (acme.scope, later),
                (acme.scope, earlier),
                (acme.scope, a_draft(acme.scope, bob.id)),
                (other.scope, a_draft(other.scope, alice.id)),
            ):
                unit.drafts.add(scope, one)

        with storage.reading() as view:
            assert list(view.drafts.of(acme.scope, alice.id)) == [later, draft, earlier]
            assert not view.drafts.of(acme.scope, UserId(new_id()))

    def test_an_id_is_taken_once(
        self, storage: Storage, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """A second draft can't use it."""
        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.drafts.add(acme.scope, attrs.evolve(a_draft(acme.scope, alice.id), id=draft.id))

    def test_a_draft_is_taken_once(
        self, storage: Storage, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """Whoever comes next gets nothing, and it is in no list."""
        got = []
        for _ in range(2):
            with change(storage, acme.scope) as unit:
                got.append(unit.drafts.take(acme.scope, alice.id, draft.id))
                assert not unit.drafts.of(acme.scope, alice.id)

        assert got == [draft, None]

    def test_of_any_number_of_rivals_one_gets_the_draft(
        self, storage: Storage, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """All of them are inside their units, and saw it, before one takes it."""

        def take(meet: Meet) -> Draft | None:
            with change(storage, acme.scope) as unit:
                unit.drafts.of(acme.scope, alice.id)
                meet()
                return unit.drafts.take(acme.scope, alice.id, draft.id)

        outcomes = race(*[take] * 4)

        assert outcomes.count(draft) == 1
        assert outcomes.count(None) == 3  # noqa: PLR2004 - the others

    def test_a_rollback_gives_the_draft_back(
        self, storage: Storage, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """A unit that is left did not take it."""
        with storage.begin(job(acme.scope)) as unit:
            assert unit.drafts.take(acme.scope, alice.id, draft.id) == draft

        with change(storage, acme.scope) as unit:
            assert unit.drafts.take(acme.scope, alice.id, draft.id) == draft

    def test_a_draft_is_its_users(
        self, storage: Storage, here: RealmScope, acme: Customer, alice: User, draft: Draft
    ) -> None:
        """Another user of the customer can't take it, nor its user for another customer."""
        with change(storage, here) as unit:
            bob = unit.users.save(here, a_user(here))
            [other] = unit.customers.save(here, [a_customer(here)])

        with change(storage, here) as unit:
            assert unit.drafts.take(acme.scope, bob.id, draft.id) is None
            assert unit.drafts.take(other.scope, alice.id, draft.id) is None
            assert unit.drafts.take(acme.scope, alice.id, DraftId(new_id())) is None
        with storage.reading() as view:
            assert list(view.drafts.of(acme.scope, alice.id)) == [draft]

    def test_old_drafts_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, acme: Customer, alice: User
    ) -> None:
        """Those kept before the moment, not those kept at it, not another realm's."""
        drafts = [
            attrs.evolve(a_draft(acme.scope, alice.id), kept=at)
            for at in (NOON - TICK, NOON, NOON + TICK)
        ]
        with change(storage, here) as unit:
            for draft in drafts:
                unit.drafts.add(acme.scope, draft)

        with change(storage, elsewhere) as unit:
            assert unit.drafts.purge(elsewhere, kept_before=NOON + TICK, limit=MANY) == 0
        with change(storage, here) as unit:
            assert unit.drafts.purge(here, kept_before=NOON, limit=MANY) == 1
        with storage.reading() as view:
            assert list(view.drafts.of(acme.scope, alice.id)) == [drafts[2], drafts[1]]

    def test_old_drafts_are_purged_a_few_at_a_time(
        self, storage: Storage, here: RealmScope, acme: Customer, alice: User
    ) -> None:
        """As many as asked for at most, until none is left."""
        with change(storage, here) as unit:
            for _ in range(5):
                unit.drafts.add(acme.scope, a_draft(acme.scope, alice.id))

        counts = []
        for _ in range(4):
            with change(storage, here) as unit:
                counts.append(unit.drafts.purge(here, kept_before=NOON + TICK, limit=2))
        assert counts == [2, 2, 1, 0]

    def test_another_realms_draft_is_like_none(
        self,
        storage: Storage,
        elsewhere: RealmScope,
        acme: Customer,
        alice: User,
        draft: Draft,
    ) -> None:
        """Asked from another realm it can't be listed or taken."""
        foreign = CustomerScope(elsewhere.realm, acme.id)
        with change(storage, elsewhere) as unit:
            assert not unit.drafts.of(foreign, alice.id)
            assert unit.drafts.take(foreign, alice.id, draft.id) is None

        with storage.reading() as view:
            assert list(view.drafts.of(acme.scope, alice.id)) == [draft]
