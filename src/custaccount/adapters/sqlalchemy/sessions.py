"""Sessions in SQL."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, delete, insert, select, update

from custaccount.adapters.sqlalchemy.gate import Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import sessions, users
from custaccount.adapters.sqlalchemy.users import USER, user_of
from custaccount.credentials.model import Session, User
from custaccount.kernel.scope import RealmScope

_IN_REALM = sessions.c.realm == bindparam("of_realm")
_THIS = sessions.c.digest == bindparam("of_digest")

_FIND = (
    select(
        sessions.c.portal,
        sessions.c.epoch,
        sessions.c.begun,
        sessions.c.used,
        sessions.c.language,
        *USER,
    )
    .join(users, (users.c.realm == sessions.c.realm) & (users.c.id == sessions.c.user))
    .where(_IN_REALM, _THIS)
)
_ADD = insert(sessions)
_TOUCH = (
    update(sessions)
    .where(_IN_REALM, _THIS, sessions.c.used < bindparam("at"))
    .values(used=bindparam("at"))
)
_END = delete(sessions).where(_IN_REALM, _THIS)
_OLD = (
    select(sessions.c.digest)
    .where(_IN_REALM, sessions.c.begun < bindparam("before"))
    .order_by(sessions.c.begun)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PURGE = delete_any(sessions, _IN_REALM, any_of(sessions.c.digest, "old"))


@attrs.frozen
class SqlSessions:
    """Looks sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[Session, User] | None:
        """Return the session with its user, or None."""
        asked = {"of_realm": scope.realm, "of_digest": digest}
        with self._gate as gate:
            row = gate.row(_FIND, asked)
        if row is None:
            return None
        portal, epoch, begun, used, language, *columns = row
        user = user_of(columns)
        session = Session(
            digest=digest,
            realm=scope.realm,
            portal=portal,
            user=user.id,
            epoch=epoch,
            begun=begun,
            used=used,
            language=language,
        )
        return session, user

    def add(self, scope: RealmScope, session: Session) -> None:
        """Keep a new session."""
        row = {
            "realm": scope.realm,
            "digest": session.digest,
            "portal": session.portal,
            "user": session.user,
            "epoch": session.epoch,
            "begun": session.begun,
            "used": session.used,
            "language": session.language,
        }
        with self._gate.to_write() as gate:
            gate.each(_ADD, [row])

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        with self._gate.to_write() as gate:
            gate.change(_TOUCH, {"of_realm": scope.realm, "of_digest": digest, "at": at})

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        asked = {"of_realm": scope.realm, "of_digest": digest}
        with self._gate.to_write() as gate:
            return gate.change(_END, asked) == 1

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": begun_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0
