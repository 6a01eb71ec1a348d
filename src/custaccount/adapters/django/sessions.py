"""Sessions in Django."""

from datetime import datetime

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Gate
from custaccount.adapters.django.users import USER, user_of
from custaccount.credentials.model import Session, User
from custaccount.kernel.scope import RealmScope

_FOUND = (
    "portal",
    "epoch",
    "begun",
    "used",
    "language",
    *(f"user_row__{column}" for column in USER),
)


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

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.Session)
            old = sessions.filter(realm=scope.realm, begun__lt=begun_before).order_by("begun")
            return gate.forget_some(old, "digest", limit=limit)
