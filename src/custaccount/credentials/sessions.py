"""Sessions: who is signed in where, and until when."""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta

import attrs

from custaccount.credentials.guard import SignInGuard
from custaccount.credentials.model import (
    PasswordConfirmed,
    Session,
    SessionNotFound,
    SessionOver,
    SessionsEnded,
    SignedOut,
    SignInRefused,
    User,
)
from custaccount.credentials.passwords import Hashing, HashUnusable, normalised
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.kernel.access import Guest, Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Conflict, Unavailable
from custaccount.kernel.ids import SessionId, SessionToken
from custaccount.kernel.text import unfit
from custaccount.kernel.work import Begin, Reading, repeatable

TOKEN_LONGEST = 200
TOUCH_EVERY = timedelta(seconds=60)
"""A session in use is written at most this often."""
BROWSER_LONGEST = 200


def digest_of(token: SessionToken) -> str:
    """Make what is stored of a session token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def browser_of(raw: object) -> str:
    """Shorten what a browser calls itself, and leave out what can't be shown."""
    text = raw[:BROWSER_LONGEST] if isinstance(raw, str) else ""
    return "".join(char for char in text if not unfit(char)).strip()


@attrs.frozen(kw_only=True)
class OpenSession:
    """One line of "Where you are signed in"."""

    id: SessionId
    browser: str
    begun: datetime
    used: datetime
    current: bool
    """Whether it is the one that asks."""


@attrs.frozen(kw_only=True)
class Sessions:
    """Resumes, lists and ends sessions."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _hashing: Hashing = attrs.field(alias="hashing")
    _guard: SignInGuard = attrs.field(alias="guard")

    def resume(self, guest: Guest, token: SessionToken) -> Session:
        """Return the session a token stands for, at the portal it was begun at.

        Raises:
            SessionOver: there is none, it has ended, or the user was blocked or has a new password.
        """
        return self._resumed(guest, token)[0]

    def person(self, guest: Guest, token: SessionToken) -> Person:
        """Return the signed-in user a token stands for, for what concerns the login itself.

        Raises:
            SessionOver: as for ``resume``.
        """
        session, user = self._resumed(guest, token)
        return session.person(user)

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

    def mine(self, person: Person) -> tuple[OpenSession, ...]:
        """List where the user is signed in, the session used last first."""
        person.require_own_password()
        now = self._clock()
        with self._reading() as view:
            user = view.users.get(person.scope, person.user)
            kept = view.sessions.of_user(person.scope, person.user)
            policies = {one.id: one.policies for one in view.portals.of_realm(person.scope)}
        return tuple(
            OpenSession(
                id=one.id,
                browser=one.browser,
                begun=one.begun,
                used=one.used,
                current=one.digest == person.session,
            )
            for one in kept
            if (rules := policies.get(one.portal)) is not None
            and one.stands(now, user, idle=rules.session_idle, longest=rules.session_longest)
        )

    @repeatable
    def end_one(self, person: Person, session: SessionId) -> None:
        """End one of the user's sessions.

        Raises:
            SessionNotFound: the user has none of this name.
        """
        person.require_own_password()
        with self._begin(person) as work:
            if not work.sessions.end_one(person.scope, person.user, session):
                raise SessionNotFound
            work.record(SessionsEnded(at=self._clock(), user=person.user, count=1))
            work.commit()

    @repeatable
    def end_others(self, person: Person) -> int:
        """End all the user's sessions but the one that asks; returns how many there were."""
        person.require_own_password()
        with self._begin(person) as work:
            count = work.sessions.end_others(person.scope, person.user, keep=person.session)
            if count:
                work.record(SessionsEnded(at=self._clock(), user=person.user, count=count))
            work.commit()
        return count

    def confirm(self, person: Person, password: str) -> None:
        """Give the password again, so that what is sensitive may be done for a while.

        Raises:
            SignInRefused: that is not the password.
            TooManyTries: it was wrong too often.
            TooBusy: too many passwords are being checked.
        """
        text = normalised(password)
        if text is None:
            raise SignInRefused
        attempt = self._guard.count_again(person)
        with self._reading() as view:
            user = view.users.get(person.scope, person.user)
        try:
            matches = self._hashing.verify(user.password, text)
        except HashUnusable:
            matches = False
        if not matches:
            raise SignInRefused
        self._guard.succeeded(attempt)
        self._confirmed(person)

    @repeatable
    def _confirmed(self, person: Person) -> None:
        now = self._clock()
        with self._begin(person) as work:
            if not work.sessions.confirm(person.scope, person.session, at=now):
                raise SessionOver
            work.record(PasswordConfirmed(at=now, user=person.user))
            work.commit()

    def _resumed(self, guest: Guest, token: SessionToken) -> tuple[Session, User]:
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
        return session, user

    @repeatable
    def _touch(self, guest: Guest, session: Session) -> None:
        with self._begin(guest) as work:
            work.sessions.touch(guest.scope, session.digest, at=self._clock())
            work.commit()


def _is_token(token: object) -> bool:
    return isinstance(token, str) and 0 < len(token) <= TOKEN_LONGEST and token.isascii()
