"""What a random life of a storage has: a unit at a time, an oracle beside it, what must hold."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition

from custaccount.conformance.oracle import Oracle
from custaccount.conformance.samples import NOON, TICK
from custaccount.conformance.units import job
from custaccount.credentials.model import SignedOut, User, UserNotFound
from custaccount.customers.model import Customer
from custaccount.facilities.outbox import PostState
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.events import Event
from custaccount.kernel.ids import RealmId, TicketId, UserCode, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import FIRST_USER, Membership
from custaccount.storage import Snapshot, Storage, Unit

R = TypeVar("R")

MOSTLY = st.sampled_from([True, True, True, False])
"""Whether a unit is committed, or happens in the realm where nearly everything happens."""
CODES = (FIRST_USER, UserCode("2"))
"""What the users of a customer are told apart by; there are fewer than users."""


class Life(RuleBasedStateMachine):
    """Lives in two realms of a storage, and tells an oracle everything."""

    def opened(self) -> AbstractContextManager[Storage]:
        """Open the storage under test, empty or not; it is left at the end of each run."""
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self._opened = self.opened()
        self.storage = self._opened.__enter__()
        self.oracle = Oracle()
        self.now = NOON
        self.here, self.elsewhere = (RealmScope(RealmId(new_id())) for _ in range(2))
        self.customers: dict[RealmId, Customer] = {}
        self.consumed: dict[TicketId, int] = {}
        self.happened = False

    def scope(self, *, home: bool) -> RealmScope:
        """Choose the realm where nearly everything happens, or the other one."""
        return self.here if home else self.elsewhere

    def teardown(self) -> None:
        """Leave the storage."""
        self._opened.__exit__(None, None, None)

    def happens(
        self,
        scope: RealmScope,
        act: Callable[[Unit], R],
        expect: Callable[[Oracle], R],
        *,
        keep: bool,
    ) -> R | None:
        """Do one thing in one unit on both; they must answer alike."""
        self.happened, draft = True, self.oracle.copy()
        self.now += TICK  # so that no two events are of one moment
        event = SignedOut(at=self.now, user=UserId(new_id()))
        expected = _outcome(lambda: expect(draft))
        draft.record(scope, event)
        found = _outcome(lambda: self._unit(scope, act, event, keep=keep))
        assert found == expected
        value, refusal = found
        if keep and refusal is None:
            self.oracle = draft
        return value if keep else None

    @invariant()
    @precondition(lambda life: life.happened)
    def both_know_the_same(self) -> None:
        """After each unit, every row the oracle has is in the storage, in its realm alone."""
        self.happened = False
        with self.storage.reading() as view:
            for scope in (self.here, self.elsewhere):
                self._users_are_kept(view, scope)
                self._tickets_and_sessions_are_kept(view, scope)
                self._memberships_are_kept(view, scope)
                self._changes_are_told_once(view, scope)

    @invariant()
    def a_ticket_is_consumed_at_most_once(self) -> None:
        """Whatever happens, no ticket is got twice."""
        assert set(self.consumed.values()) <= {1}

    def _users_are_kept(self, view: Snapshot, scope: RealmScope) -> None:
        for user in self.oracle.users.values():
            expected = self.oracle.users.get((scope.realm, user.id))
            assert _find_user(view, scope, user.id) == expected
            if expected is not None and user.email is not None:
                assert view.users.find_by_email(scope, user.email) == user

    def _tickets_and_sessions_are_kept(self, view: Snapshot, scope: RealmScope) -> None:
        for (realm, _), ticket in self.oracle.tickets.items():
            kept = ticket if realm == scope.realm else None
            assert view.tickets.find(scope, ticket.id) == kept
        for _, digest in self.oracle.sessions:
            assert view.sessions.find(scope, digest) == self.oracle.find_session(scope, digest)
        for user in {row.id for row in self.oracle.users.values()}:
            found = {one.digest: one for one in view.sessions.of_user(scope, user)}
            assert found == self.oracle.sessions_of(scope, user)

    def _memberships_are_kept(self, view: Snapshot, scope: RealmScope) -> None:
        for user in {row.id for row in self.oracle.users.values()}:
            standings = view.memberships.of_user(scope, user)
            found = [one.membership for one in standings]
            assert found == self._memberships(scope, user)
            books = [self.oracle.role_book(one.scope) for one in found]
            assert [(one.own_roles, one.roles_epoch) for one in standings] == [
                (book.roles, book.epoch) for book in books
            ]
            assert len({one.customer for one in found}) == len(found)
        self._members_are_found_by_number(view, scope)
        customer = self.customers[scope.realm].scope
        assert view.role_books.get(customer) == self.oracle.role_book(customer)

    def _members_are_found_by_number(self, view: Snapshot, scope: RealmScope) -> None:
        customer = self.customers[scope.realm]
        for code in CODES:
            expected = self.oracle.find_by_code(customer.scope, code)
            assert view.users.find_by_number(scope, customer.number, code) == expected

    def _changes_are_told_once(self, view: Snapshot, scope: RealmScope) -> None:
        for state in PostState:
            assert view.outbox.count(scope, state) == len(self.oracle.recorded(scope, state))
        moments = [one.event.at for one in self.oracle.recorded(scope, *PostState)]
        trail = view.audit.latest(scope, limit=len(moments) + 1)
        assert [one.at for one in trail] == moments[::-1]

    def _unit(self, scope: RealmScope, act: Callable[[Unit], R], event: Event, *, keep: bool) -> R:
        with self.storage.begin(job(scope)) as unit:
            done = act(unit)
            unit.record(event)
            if keep:
                unit.commit()
        return done

    def _memberships(self, scope: RealmScope, user: UserId) -> list[Membership]:
        known = (scope.realm, user) in self.oracle.users
        return [
            row
            for (realm, _), row in self.oracle.memberships.items()
            if known and realm == scope.realm and row.user == user
        ]


def _find_user(view: Snapshot, scope: RealmScope, user: UserId) -> User | None:
    try:
        return view.users.get(scope, user)
    except UserNotFound:
        return None


def _outcome(deed: Callable[[], R]) -> tuple[R | None, type[CustAccountError] | None]:
    try:
        return deed(), None
    except CustAccountError as refusal:
        return None, type(refusal)
