"""Sessions: who is signed in, and until when."""

import hashlib
from contextlib import suppress
from datetime import timedelta

import attrs

from custaccount.credentials.model import Session, SessionOver, SignedOut
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Conflict, Unavailable
from custaccount.kernel.ids import SessionToken
from custaccount.kernel.work import Begin, Reading, repeatable

TOKEN_LONGEST = 200
TOUCH_EVERY = timedelta(seconds=60)
"""A session in use is written at most this often."""


def digest_of(token: SessionToken) -> str:
    """Make what is stored of a session token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


@attrs.frozen(kw_only=True)
class Sessions:
    """Resumes and ends sessions."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    def resume(self, guest: Guest, token: SessionToken) -> Session:
        """Return the session a token stands for, at the portal it was begun at.

        Raises:
            SessionOver: there is none, it has ended, or the user was blocked or has a new password.
        """
        now = self._clock()
        if not _is_token(token):
            raise SessionOver
        with self._reading() as view:
            found = view.sessions.find(guest.scope, digest_of(token))
            if found is None:
                raise SessionOver
            policies = view.portals.get(guest.scope, guest.portal).policies
        session, user = found
        idle, longest = policies.session_idle, policies.session_longest
        if session.portal != guest.portal or not session.stands(
            now, user, idle=idle, longest=longest
        ):
            raise SessionOver
        if now - session.used >= TOUCH_EVERY:
            with suppress(Unavailable, Conflict):  # a page that can be shown is not lost for this
                self._touch(guest, session)
        return session

    @repeatable
    def end(self, guest: Guest, token: SessionToken) -> None:
        """Sign out; a session that is over already is no error."""
        if not _is_token(token):
            return
        digest = digest_of(token)
        with self._reading() as view:
            found = view.sessions.find(guest.scope, digest)
        if found is None:
            return
        with self._begin(guest) as work:
            if work.sessions.end(guest.scope, digest):
                work.record(SignedOut(at=self._clock(), user=found[0].user))
            work.commit()

    @repeatable
    def _touch(self, guest: Guest, session: Session) -> None:
        with self._begin(guest) as work:
            work.sessions.touch(guest.scope, session.digest, at=self._clock())
            work.commit()


def _is_token(token: object) -> bool:
    return isinstance(token, str) and 0 < len(token) <= TOKEN_LONGEST and token.isascii()
