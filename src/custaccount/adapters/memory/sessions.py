"""Sessions in memory."""

from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Tables
from custaccount.credentials.model import Session, User
from custaccount.kernel.ids import SessionId, UserId
from custaccount.kernel.scope import RealmScope


@attrs.frozen
class MemorySessions:
    """Looks sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[Session, User] | None:
        """Return the session with its user, or None."""

        def found(tables: Tables) -> tuple[Session, User] | None:
            session = tables.sessions.find((scope.realm, digest))
            user = tables.users.find((scope.realm, session.user)) if session else None
            return (session, user) if session and user else None

        return self._gate.ask(found)

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Session, ...]:
        """Return a user's sessions, the one used last first."""
        rows = self._gate.ask(lambda tables: tables.sessions.marked("user", scope.realm, user))
        return tuple(sorted(rows, key=lambda row: (row.used, row.id), reverse=True))

    def add(self, scope: RealmScope, session: Session) -> None:
        """Keep a new session."""
        key = (scope.realm, session.digest)
        self._gate.change(lambda tables: tables.sessions.add(key, session))

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        key = (scope.realm, digest)

        def touched(tables: Tables) -> None:
            session = tables.sessions.find(key)
            if session is not None and session.used < at:
                tables.sessions.put(key, attrs.evolve(session, used=at))

        self._gate.change(touched)

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        key = (scope.realm, digest)
        return self._gate.change(lambda tables: tables.sessions.drop(key))

    def confirm(self, scope: RealmScope, digest: str, *, at: datetime) -> bool:
        """Note that the password was given again, never moving back in time."""
        key = (scope.realm, digest)

        def confirmed(tables: Tables) -> bool:
            session = tables.sessions.find(key)
            if session is None:
                return False
            latest = max(session.authenticated, at)
            tables.sessions.put(key, attrs.evolve(session, authenticated=latest))
            return True

        return self._gate.change(confirmed)

    def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
        """Forget one session of a user by its name."""

        def ended(tables: Tables) -> bool:
            rows = tables.sessions.marked("user", scope.realm, user)
            named = [row for row in rows if row.id == session]
            for row in named:
                tables.sessions.drop((scope.realm, row.digest))
            return bool(named)

        return self._gate.change(ended)

    def end_others(self, scope: RealmScope, user: UserId, *, keep: str | None) -> int:
        """Forget a user's sessions, all but one."""

        def ended(tables: Tables) -> int:
            rows = tables.sessions.marked("user", scope.realm, user)
            others = [row for row in rows if row.digest != keep]
            for row in others:
                tables.sessions.drop((scope.realm, row.digest))
            return len(others)

        return self._gate.change(ended)

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            rows = tables.sessions.of_realm(scope.realm)
            old = list(islice((one for one in rows if one.begun < begun_before), limit))
            for session in old:
                tables.sessions.drop((scope.realm, session.digest))
            return len(old)

        return self._gate.change(purged)
