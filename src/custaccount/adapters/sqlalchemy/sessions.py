"""Sessions in SQL."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, case, delete, insert, select, update

from custaccount.adapters.sqlalchemy.gate import Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import sessions, users
from custaccount.adapters.sqlalchemy.types import Moment
from custaccount.adapters.sqlalchemy.users import USER, user_of
from custaccount.credentials.model import Session, User
from custaccount.kernel.ids import SessionId, UserId
from custaccount.kernel.scope import RealmScope

_IN_REALM = sessions.c.realm == bindparam("of_realm")
_THIS = sessions.c.digest == bindparam("of_digest")

_OF_USER = sessions.c.user == bindparam("of_user")
_SESSION = (
    sessions.c.id,
    sessions.c.digest,
    sessions.c.realm,
    sessions.c.portal,
    sessions.c.user,
    sessions.c.epoch,
    sessions.c.begun,
    sessions.c.authenticated,
    sessions.c.used,
    sessions.c.language,
    sessions.c.browser,
)

_FIND = (
    select(*_SESSION, *USER)
    .join(users, (users.c.realm == sessions.c.realm) & (users.c.id == sessions.c.user))
    .where(_IN_REALM, _THIS)
)
_ALL = (
    select(*_SESSION)
    .where(_IN_REALM, _OF_USER)
    .order_by(sessions.c.used.desc(), sessions.c.id.desc())
)
_ADD = insert(sessions)
_TOUCH = (
    update(sessions)
    .where(_IN_REALM, _THIS, sessions.c.used < bindparam("at"))
    .values(used=bindparam("at"))
)
_AT = bindparam("at", type_=Moment())
_CONFIRM = (
    update(sessions)
    .where(_IN_REALM, _THIS)
    .values(
        authenticated=case((sessions.c.authenticated < _AT, _AT), else_=sessions.c.authenticated)
    )
)
_END = delete(sessions).where(_IN_REALM, _THIS)
_END_ONE = delete(sessions).where(_IN_REALM, _OF_USER, sessions.c.id == bindparam("of_id"))
_END_ALL = delete(sessions).where(_IN_REALM, _OF_USER)
_END_OTHERS = _END_ALL.where(sessions.c.digest != bindparam("kept"))
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
            return _session(row[: len(_SESSION)]), user_of(row[len(_SESSION) :])

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Session, ...]:
        """Return a user's sessions, the one used last first."""
        with self._gate as gate:
            rows = gate.rows(_ALL, {"of_realm": scope.realm, "of_user": user})
            return tuple(map(_session, rows))

    def add(self, scope: RealmScope, session: Session) -> None:
        """Keep a new session."""
        row = {
            "realm": scope.realm,
            "digest": session.digest,
            "id": session.id,
            "portal": session.portal,
            "user": session.user,
            "epoch": session.epoch,
            "begun": session.begun,
            "authenticated": session.authenticated,
            "used": session.used,
            "language": session.language,
            "browser": session.browser,
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

    def confirm(self, scope: RealmScope, digest: str, *, at: datetime) -> bool:
        """Note that the password was given again, never moving back; False if it is gone."""
        with self._gate.to_write() as gate:
            asked = {"of_realm": scope.realm, "of_digest": digest, "at": at}
            return gate.change(_CONFIRM, asked) == 1

    def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
        """Forget one session of a user by its name; False if there is none."""
        asked = {"of_realm": scope.realm, "of_user": user, "of_id": session}
        with self._gate.to_write() as gate:
            return gate.change(_END_ONE, asked) > 0

    def end_others(self, scope: RealmScope, user: UserId, *, keep: str | None) -> int:
        """Forget a user's sessions, all but one; returns how many."""
        asked = {"of_realm": scope.realm, "of_user": user}
        with self._gate.to_write() as gate:
            if keep is None:
                return gate.change(_END_ALL, asked)
            return gate.change(_END_OTHERS, {**asked, "kept": keep})

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": begun_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0


def _session(row: Fetched) -> Session:
    """Read a session from the columns of ``_SESSION``."""
    (id_, digest, realm, portal, user, epoch, begun, authenticated, used, language, browser) = row
    return Session(
        id=id_,
        digest=digest,
        realm=realm,
        portal=portal,
        user=user,
        epoch=epoch,
        begun=begun,
        authenticated=authenticated,
        used=used,
        language=language,
        browser=browser,
    )
