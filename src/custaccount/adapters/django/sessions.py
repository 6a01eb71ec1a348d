"""Sessions in Django."""

from datetime import datetime

import attrs
from django.db.models import F, Value
from django.db.models.functions import Greatest

from custaccount.adapters.django import models
from custaccount.adapters.django.fields import Moment
from custaccount.adapters.django.gate import Fetched, Gate
from custaccount.adapters.django.users import USER, user_of
from custaccount.credentials.model import Session, User
from custaccount.kernel.ids import SessionId, UserId
from custaccount.kernel.scope import RealmScope

_SESSION = (
    "ref",
    "digest",
    "realm",
    "portal",
    "user",
    "epoch",
    "begun",
    "authenticated",
    "used",
    "language",
    "browser",
)
_FOUND = (*_SESSION, *(f"user_row__{column}" for column in USER))


@attrs.frozen
class DjangoSessions:
    """Looks sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[Session, User] | None:
        """Return the session with its user, or None."""
        with self._gate as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, digest=digest)
            row = gate.row(sessions.values_list(*_FOUND))
        if row is None:
            return None
        return _session(row[: len(_SESSION)]), user_of(row[len(_SESSION) :])

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Session, ...]:
        """Return a user's sessions, the one used last first."""
        with self._gate as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, user=user)
            rows = sessions.order_by("-used", "-ref").values_list(*_SESSION)
            return tuple(map(_session, gate.rows(rows)))

    def add(self, scope: RealmScope, session: Session) -> None:
        """Keep a new session."""
        row = {
            "realm": scope.realm,
            "ref": session.id,
            "digest": session.digest,
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
            gate.insert(models.Session, [row])

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session)
            sessions.filter(realm=scope.realm, digest=digest, used__lt=at).update(used=at)

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, digest=digest)
            return gate.forget(sessions) == 1

    def confirm(self, scope: RealmScope, digest: str, *, at: datetime) -> bool:
        """Note that the password was given again, never moving back in time."""
        latest = Greatest(F("authenticated"), Value(at, Moment()))
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, digest=digest)
            return sessions.update(authenticated=latest) == 1

    def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
        """Forget one session of a user by its name; False if the user has no such session."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, user=user, ref=session)
            return gate.forget(sessions) > 0

    def end_others(self, scope: RealmScope, user: UserId, *, keep: str | None) -> int:
        """Forget a user's sessions, all but one; returns how many."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session).filter(realm=scope.realm, user=user)
            return gate.forget(sessions if keep is None else sessions.exclude(digest=keep))

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session)
            old = sessions.filter(realm=scope.realm, begun__lt=begun_before).order_by("begun")
            return gate.forget_some(old, "digest", limit=limit)


def _session(row: Fetched) -> Session:
    (
        ref,
        digest,
        realm,
        portal,
        user,
        epoch,
        begun,
        authenticated,
        used,
        language,
        browser,
    ) = row
    return Session(
        id=ref,
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
