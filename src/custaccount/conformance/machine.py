"""A random life of a storage, compared step by step with the plainest one that could be right."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

import attrs
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, initialize, multiple, rule

from custaccount.conformance.life import CODES, MOSTLY
from custaccount.conformance.life_relays import RelayLife
from custaccount.conformance.life_shop import ShopLife
from custaccount.conformance.oracle import Oracle
from custaccount.conformance.samples import (
    HASH,
    HOUR,
    OTHER_HASH,
    TICK,
    a_customer,
    a_membership,
    a_role,
    a_session,
    a_ticket,
    a_user,
    an_email,
)
from custaccount.conformance.units import change
from custaccount.credentials.model import PasswordHash, Session, User, UserState
from custaccount.customers.model import Customer
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.ids import UserCode
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Membership
from custaccount.membership.roles import RoleBook
from custaccount.storage import Unit

PROFILES: Mapping[str, settings] = {
    "dev": settings(
        max_examples=25,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    ),
    "ci": settings(
        max_examples=30,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    ),
}
"""How long to look: in seconds while developing, for a minute or so before a release."""

_HASHES = st.sampled_from([HASH, OTHER_HASH])
_PURPOSES = st.sampled_from(Purpose)
_NAMES = st.integers(0, 1)
_ADDRESSES = st.integers(0, 2)
_ALL = 1000


class StorageMachine(RelayLife, ShopLife):
    """Subclass it, override ``opened``, and give its ``TestCase`` to pytest.

    Every rule is one unit that is committed, or left. Old values are saved again, ids of one realm
    are tried in the other, and after every unit storage and oracle must know the same.
    """

    users: ClassVar[Bundle[User]] = Bundle("users")
    tickets: ClassVar[Bundle[Ticket]] = Bundle("tickets")
    sessions: ClassVar[Bundle[Session]] = Bundle("sessions")
    memberships: ClassVar[Bundle[Membership]] = Bundle("memberships")
    books: ClassVar[Bundle[RoleBook]] = Bundle("books")

    def __init__(self) -> None:
        super().__init__()
        self.emails = [an_email(), an_email(), None]

    @initialize(target=users)
    def open_for_business(self) -> MultipleResults[User]:
        """Each realm has a customer and a user."""
        users = []
        for scope in (self.here, self.elsewhere):
            self._trade(scope)
            user = a_user(scope, self.emails[0])
            kept = self._save(scope, user, keep=True)
            users += [kept] if kept else []
        return multiple(*users)

    @initialize(target=sessions)
    def somebody_is_signed_in(self) -> MultipleResults[Session]:
        """In each realm."""
        sessions = []
        for scope in (self.here, self.elsewhere):
            user = self._save(scope, attrs.evolve(a_user(scope), email=None), keep=True)
            assert user is not None
            sessions.append(self._begin(scope, user, keep=True))
        return multiple(*sessions)

    @initialize(target=memberships)
    def somebody_acts(self) -> MultipleResults[Membership]:
        """In each realm, for its customer."""
        memberships = []
        for scope in (self.here, self.elsewhere):
            user = self._save(scope, attrs.evolve(a_user(scope), email=None), keep=True)
            assert user is not None
            customer = self._trade(scope).scope
            kept = self._join(customer, a_membership(customer, user.id), keep=True)
            memberships += [kept] if kept else []
        return multiple(*memberships)

    @initialize(target=tickets, purpose=_PURPOSES)
    def something_was_mailed(self, purpose: Purpose) -> MultipleResults[Ticket]:
        """In each realm."""
        scopes = (self.here, self.elsewhere)
        return multiple(*(self._issue(scope, purpose, 0, keep=True) for scope in scopes))

    @rule(by=st.sampled_from([TICK, timedelta(minutes=20), HOUR]))
    def time_passes(self, by: timedelta) -> None:
        """Move the clock."""
        self.now += by

    @rule(target=users, home=MOSTLY, name=_ADDRESSES)
    def meet_somebody(self, name: int, *, home: bool) -> User:
        """Think of a new user; saving it is another step."""
        return attrs.evolve(a_user(self.scope(home=home)), email=self.emails[name])

    @rule(target=users, home=MOSTLY, user=users, keep=MOSTLY)
    def save_user(self, user: User, *, home: bool, keep: bool) -> User:
        """Save a user as somebody knew it, perhaps long ago, perhaps from the wrong realm."""
        scope = self.scope(home=home)
        if not user.version and user.realm != scope.realm:
            return user
        saved = self._save(scope, user, keep=keep)
        return saved if saved is not None else user

    @rule(target=users, user=users, name=_ADDRESSES, now=_HASHES, state=st.sampled_from(UserState))
    def change_somebody(self, user: User, name: int, now: PasswordHash, state: UserState) -> User:
        """Think of a change; saving it is another step."""
        return attrs.evolve(user, email=self.emails[name], password=now, state=state)

    @rule(home=MOSTLY, user=users, seen=_HASHES, keep=MOSTLY)
    def sign_in(self, user: User, seen: PasswordHash, *, home: bool, keep: bool) -> None:
        """Note a sign-in."""
        scope, at = self.scope(home=home), self.now
        self.happens(
            scope,
            lambda unit: unit.users.note_sign_in(scope, user.id, at=at, seen=seen),
            lambda oracle: oracle.note_sign_in(scope, user.id, at, seen),
            keep=keep,
        )

    @rule(home=MOSTLY, user=users, seen=_HASHES, now=_HASHES, keep=MOSTLY)
    def rehash(
        self, user: User, seen: PasswordHash, now: PasswordHash, *, home: bool, keep: bool
    ) -> None:
        """Replace a hash."""
        scope = self.scope(home=home)
        self.happens(
            scope,
            lambda unit: unit.users.rehash(scope, user.id, seen=seen, now=now),
            lambda oracle: oracle.rehash(scope, user.id, seen, now),
            keep=keep,
        )

    @rule(target=tickets, home=MOSTLY, purpose=_PURPOSES, subject=_NAMES, keep=MOSTLY)
    def issue(self, purpose: Purpose, subject: int, *, home: bool, keep: bool) -> Ticket:
        """Keep a ticket that stands for an hour from now."""
        return self._issue(self.scope(home=home), purpose, subject, keep=keep)

    @rule(home=MOSTLY, ticket=tickets, purpose=_PURPOSES, keep=MOSTLY)
    def consume(self, ticket: Ticket, purpose: Purpose, *, home: bool, keep: bool) -> None:
        """Try to use a ticket."""
        scope, at = self.scope(home=home), self.now
        got = self.happens(
            scope,
            lambda unit: unit.tickets.consume(scope, ticket.id, purpose=purpose, at=at),
            lambda oracle: oracle.consume(scope, ticket.id, purpose, at),
            keep=keep,
        )
        if keep and got is not None:
            self.consumed[ticket.id] = self.consumed.get(ticket.id, 0) + 1

    @rule(home=MOSTLY, ticket=tickets, every=MOSTLY, keep=MOSTLY)
    def withdraw(self, ticket: Ticket, *, home: bool, every: bool, keep: bool) -> None:
        """Withdraw a subject's tickets, all or those issued with this one or later."""
        scope, since = self.scope(home=home), None if every else ticket.issued
        subject, purpose = ticket.subject, ticket.purpose
        self.happens(
            scope,
            lambda unit: unit.tickets.withdraw(scope, subject, purpose, since=since),
            lambda oracle: oracle.withdraw(scope, subject, purpose, since=since),
            keep=keep,
        )

    @rule(home=MOSTLY, keep=MOSTLY)
    def sweep_tickets(self, *, home: bool, keep: bool) -> None:
        """Purge expired tickets."""
        scope, moment = self.scope(home=home), self.now
        self.happens(
            scope,
            lambda unit: unit.tickets.purge(scope, expired_before=moment, limit=_ALL),
            lambda oracle: oracle.purge_tickets(scope, moment),
            keep=keep,
        )

    @rule(target=sessions, home=MOSTLY, user=users, keep=MOSTLY)
    def begin_session(self, user: User, *, home: bool, keep: bool) -> Session:
        """Keep a session begun now, if its user is kept."""
        return self._begin(self.scope(home=home), user, keep=keep)

    @rule(home=MOSTLY, session=sessions, back=st.booleans(), keep=MOSTLY)
    def use_session(self, session: Session, *, home: bool, back: bool, keep: bool) -> None:
        """Touch a session, and give the password again, now or a little late."""
        scope, at = self.scope(home=home), self.now - HOUR * back
        digest = session.digest

        def use(unit: Unit) -> bool:
            unit.sessions.touch(scope, digest, at=at)
            return unit.sessions.confirm(scope, digest, at=at)

        def expect(oracle: Oracle) -> bool:
            oracle.touch(scope, digest, at)
            return oracle.confirm(scope, digest, at)

        self.happens(scope, use, expect, keep=keep)

    @rule(home=MOSTLY, session=sessions, user=users, keep=MOSTLY)
    def end_session(self, session: Session, user: User, *, home: bool, keep: bool) -> None:
        """End a session by its name, perhaps as somebody else, then by its digest."""
        scope, digest = self.scope(home=home), session.digest
        self.happens(
            scope,
            lambda unit: (
                unit.sessions.end_one(scope, user.id, session.id),
                unit.sessions.end(scope, digest),
            ),
            lambda oracle: (
                oracle.end_one(scope, user.id, session.id),
                oracle.end(scope, digest),
            ),
            keep=keep,
        )

    @rule(home=MOSTLY, session=sessions, stays=MOSTLY, keep=MOSTLY)
    def end_other_sessions(self, session: Session, *, home: bool, stays: bool, keep: bool) -> None:
        """End a user's sessions, all but one or all of them."""
        scope, kept = self.scope(home=home), session.digest if stays else None
        self.happens(
            scope,
            lambda unit: unit.sessions.end_others(scope, session.user, keep=kept),
            lambda oracle: oracle.end_others(scope, session.user, kept),
            keep=keep,
        )

    @rule(target=memberships, home=MOSTLY, user=users, code=st.sampled_from(CODES))
    def think_of_a_member(self, user: User, code: UserCode, *, home: bool) -> Membership:
        """Think of a membership; saving it is another step."""
        return a_membership(self.customers[self.scope(home=home).realm].scope, user.id, code)

    @rule(target=memberships, membership=memberships, stays=MOSTLY)
    def suspend_or_remove(self, membership: Membership, *, stays: bool) -> Membership:
        """Think of a change; saving it is another step."""
        return membership.suspended() if stays else membership.removed()

    @rule(target=memberships, home=MOSTLY, membership=memberships, keep=MOSTLY)
    def save_membership(self, membership: Membership, *, home: bool, keep: bool) -> Membership:
        """Save a membership where it belongs, or an older one where it does not."""
        scope = self.scope(home=home)
        customer = self.customers[scope.realm]
        if not membership.version and membership.customer != customer.id:
            return membership
        return self._join(customer.scope, membership, keep=keep) or membership

    @rule(home=MOSTLY, membership=memberships, back=st.booleans(), keep=MOSTLY)
    def begin_to_act(self, membership: Membership, *, home: bool, back: bool, keep: bool) -> None:
        """Note that somebody acts for the realm's customer, now or a little late."""
        scope, at = self.scope(home=home), self.now - HOUR * back
        customer = self.customers[scope.realm].scope
        self.happens(
            scope,
            lambda unit: unit.memberships.note_acting(customer, membership.user, at=at),
            lambda oracle: oracle.note_acting(customer, membership.user, at),
            keep=keep,
        )

    @rule(target=books, home=MOSTLY)
    def open_a_book(self, *, home: bool) -> RoleBook:
        """Think of a customer's first role book; saving it is another step."""
        customer = self.customers[self.scope(home=home).realm]
        return RoleBook(realm=customer.realm, customer=customer.id)

    @rule(target=books, book=books, out=st.booleans())
    def change_a_role(self, book: RoleBook, *, out: bool) -> RoleBook:
        """Think of a role more or one less; saving it is another step."""
        return book.without(book.roles[0].id) if out and book.roles else book.with_role(a_role())

    @rule(target=books, book=books, keep=MOSTLY)
    def save_book(self, book: RoleBook, *, keep: bool) -> RoleBook:
        """Save a role book as somebody knew it, perhaps long ago."""
        saved = self.happens(
            RealmScope(book.realm),
            lambda unit: unit.role_books.save(book.scope, book),
            lambda oracle: oracle.save_role_book(book.scope, book),
            keep=keep,
        )
        return saved or book

    def _trade(self, scope: RealmScope) -> Customer:
        if scope.realm not in self.customers:  # whichever begins first
            with change(self.storage, scope) as unit:
                [self.customers[scope.realm]] = unit.customers.save(scope, [a_customer(scope)])
        return self.customers[scope.realm]

    def _save(self, scope: RealmScope, user: User, *, keep: bool) -> User | None:
        return self.happens(
            scope,
            lambda unit: unit.users.save(scope, user),
            lambda oracle: oracle.save_user(scope, user),
            keep=keep,
        )

    def _join(
        self, scope: CustomerScope, membership: Membership, *, keep: bool
    ) -> Membership | None:
        return self.happens(
            RealmScope(scope.realm),
            lambda unit: unit.memberships.save(scope, membership),
            lambda oracle: oracle.save_membership(scope, membership),
            keep=keep,
        )

    def _begin(self, scope: RealmScope, user: User, *, keep: bool) -> Session:
        session = attrs.evolve(
            a_session(scope, user), begun=self.now, authenticated=self.now, used=self.now
        )
        if (scope.realm, user.id) in self.oracle.users:
            self.happens(
                scope,
                lambda unit: unit.sessions.add(scope, session),
                lambda oracle: oracle.add_session(scope, session),
                keep=keep,
            )
        return session

    def _issue(self, scope: RealmScope, purpose: Purpose, subject: int, *, keep: bool) -> Ticket:
        ticket = attrs.evolve(
            a_ticket(f"subject {subject}", purpose), issued=self.now, expires=self.now + HOUR
        )
        self.happens(
            scope,
            lambda unit: unit.tickets.add(scope, ticket),
            lambda oracle: oracle.add_ticket(scope, ticket),
            keep=keep,
        )
        return ticket
