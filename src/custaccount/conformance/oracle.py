"""The plainest storage that could be right, which others must match: dicts, no thread, no unit."""

from datetime import datetime

import attrs

from custaccount.conformance.oracle_outbox import OutboxOracle
from custaccount.conformance.oracle_shop import ShopOracle
from custaccount.conformance.oracle_versions import save
from custaccount.credentials.model import PasswordHash, Session, User, UserState
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.ids import RealmId, SessionId, TicketId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Membership, MembershipState
from custaccount.membership.roles import RoleBook


@attrs.define
class Oracle(OutboxOracle, ShopOracle):
    """Says what a storage must answer."""

    users: dict[tuple[RealmId, str], User] = attrs.field(factory=dict)
    tickets: dict[tuple[RealmId, str], Ticket] = attrs.field(factory=dict)
    sessions: dict[tuple[RealmId, str], Session] = attrs.field(factory=dict)
    memberships: dict[tuple[RealmId, str], Membership] = attrs.field(factory=dict)
    role_books: dict[tuple[RealmId, str], RoleBook] = attrs.field(factory=dict)

    def copy(self) -> "Oracle":
        """Make a second one that goes its own way."""
        fields = attrs.asdict(self, recurse=False)
        return Oracle(**{name: dict(rows) for name, rows in fields.items()})

    def save_user(self, scope: RealmScope, user: User) -> User:
        """See ``KeepUsers.save``."""
        rivals = [
            one
            for (realm, id_), one in self.users.items()
            if realm == scope.realm and id_ != user.id and one.email and one.email == user.email
        ]
        before = self.users.get((scope.realm, user.id))
        kept = save(self.users, scope.realm, user, rival=bool(rivals))
        if before is not None:
            after = attrs.evolve(kept, signed_in=before.signed_in)
            self.users[scope.realm, user.id] = after
        return kept

    def note_sign_in(
        self, scope: RealmScope, user: UserId, at: datetime, seen: PasswordHash
    ) -> bool:
        """See ``KeepUsers.note_sign_in``."""
        row = self.users.get((scope.realm, user))
        if row is None or row.state is not UserState.ACTIVE or row.password != seen:
            return False
        self.users[scope.realm, user] = attrs.evolve(row, signed_in=at)
        return True

    def rehash(
        self, scope: RealmScope, user: UserId, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """See ``KeepUsers.rehash``."""
        row = self.users.get((scope.realm, user))
        if row is None or row.password != seen:
            return False
        self.users[scope.realm, user] = attrs.evolve(row, password=now)
        return True

    def add_ticket(self, scope: RealmScope, ticket: Ticket) -> None:
        """See ``KeepTickets.add``."""
        if (scope.realm, ticket.id) in self.tickets:
            raise AlreadyThere(kind="ticket")
        self.tickets[scope.realm, ticket.id] = ticket

    def consume(
        self, scope: RealmScope, ticket: TicketId, purpose: Purpose, at: datetime
    ) -> Ticket | None:
        """See ``KeepTickets.consume``."""
        row = self.tickets.get((scope.realm, ticket))
        if row is None or row.purpose is not purpose or not row.stands(at):
            return None
        used = attrs.evolve(row, state=TicketState.CONSUMED)
        self.tickets[scope.realm, ticket] = used
        return used

    def withdraw(
        self, scope: RealmScope, subject: str, purpose: Purpose, *, since: datetime | None = None
    ) -> int:
        """See ``KeepTickets.withdraw``."""
        open_ = [
            (key, one)
            for key, one in self.tickets.items()
            if key[0] == scope.realm
            and (one.subject, one.purpose, one.state) == (subject, purpose, TicketState.OPEN)
            and (since is None or one.issued >= since)
        ]
        for key, one in open_:
            self.tickets[key] = attrs.evolve(one, state=TicketState.WITHDRAWN)
        return len(open_)

    def purge_tickets(self, scope: RealmScope, expired_before: datetime) -> int:
        """See ``KeepTickets.purge``."""
        old = [
            key
            for key, one in self.tickets.items()
            if key[0] == scope.realm and one.expires < expired_before
        ]
        for key in old:
            del self.tickets[key]
        return len(old)

    def add_session(self, scope: RealmScope, session: Session) -> None:
        """See ``KeepSessions.add``."""
        if (scope.realm, session.digest) in self.sessions:
            raise AlreadyThere(kind="session")
        self.sessions[scope.realm, session.digest] = session

    def touch(self, scope: RealmScope, digest: str, at: datetime) -> None:
        """See ``KeepSessions.touch``."""
        row = self.sessions.get((scope.realm, digest))
        if row is not None:
            self.sessions[scope.realm, digest] = attrs.evolve(row, used=max(row.used, at))

    def end(self, scope: RealmScope, digest: str) -> bool:
        """See ``KeepSessions.end``."""
        return self.sessions.pop((scope.realm, digest), None) is not None

    def confirm(self, scope: RealmScope, digest: str, at: datetime) -> bool:
        """See ``KeepSessions.confirm``."""
        row = self.sessions.get((scope.realm, digest))
        if row is None:
            return False
        latest = max(row.authenticated, at)
        self.sessions[scope.realm, digest] = attrs.evolve(row, authenticated=latest)
        return True

    def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
        """See ``KeepSessions.end_one``."""
        named = [row for row in self.sessions_of(scope, user).values() if row.id == session]
        ended = [self.end(scope, row.digest) for row in named]
        return any(ended)

    def end_others(self, scope: RealmScope, user: UserId, keep: str | None) -> int:
        """See ``KeepSessions.end_others``."""
        others = [digest for digest in self.sessions_of(scope, user) if digest != keep]
        return sum(self.end(scope, digest) for digest in others)

    def sessions_of(self, scope: RealmScope, user: UserId) -> dict[str, Session]:
        """See ``ReadSessions.of_user``."""
        return {
            digest: row
            for (realm, digest), row in self.sessions.items()
            if realm == scope.realm and row.user == user
        }

    def find_session(self, scope: RealmScope, digest: str) -> tuple[Session, User] | None:
        """See ``ReadSessions.find``."""
        session = self.sessions.get((scope.realm, digest))
        user = self.users.get((scope.realm, session.user)) if session else None
        return (session, user) if session and user else None

    def save_membership(self, scope: CustomerScope, membership: Membership) -> Membership:
        """See ``KeepMemberships.save``."""
        code = membership.user_code
        rivals = [
            one
            for (realm, id_), one in self.memberships.items()
            if (realm, one.customer) == (scope.realm, membership.customer)
            and id_ != membership.id
            and (one.user == membership.user or (code is not None and one.user_code == code))
        ]
        before = self.memberships.get((scope.realm, membership.id))
        kept = save(self.memberships, scope.realm, membership, rival=bool(rivals))
        if before is not None:
            after = attrs.evolve(kept, acted=before.acted)
            self.memberships[scope.realm, membership.id] = after
        return kept

    def note_acting(self, scope: CustomerScope, user: UserId, at: datetime) -> None:
        """See ``KeepMemberships.note_acting``."""
        for (realm, id_), one in self.memberships.items():
            if (realm, one.customer, one.user) == (scope.realm, scope.customer, user):
                latest = max(one.acted or at, at)
                self.memberships[realm, id_] = attrs.evolve(one, acted=latest)

    def role_book(self, scope: CustomerScope) -> RoleBook:
        """See ``ReadRoleBooks.get``."""
        empty = RoleBook(realm=scope.realm, customer=scope.customer)
        return self.role_books.get((scope.realm, scope.customer), empty)

    def save_role_book(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
        """See ``KeepRoleBooks.save``."""
        before = self.role_book(scope)
        if book.version and before.version != book.version:
            raise Stale(kind="role book", id=book.customer, version=book.version)
        if before.version != book.version:
            raise AlreadyThere(kind="role book")
        kept = attrs.evolve(book, version=book.version + 1)
        self.role_books[scope.realm, scope.customer] = kept
        return kept

    def find_by_code(self, scope: CustomerScope, code: UserCode) -> User | None:
        """See ``ReadUsers.find_by_number``."""
        named = (
            one.user
            for (realm, _), one in self.memberships.items()
            if (realm, one.customer, one.user_code) == (scope.realm, scope.customer, code)
            and one.state is not MembershipState.REMOVED
        )
        user = next(named, None)
        return self.users.get((scope.realm, user)) if user is not None else None
