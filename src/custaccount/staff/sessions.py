"""Staff sessions: who is signed in as staff, until when, and as what."""

import hashlib
from contextlib import suppress
from datetime import timedelta

import attrs

from custaccount.credentials.guard import SignInGuard
from custaccount.credentials.model import PasswordHash
from custaccount.credentials.passwords import Hashing, HashUnusable, check, normalised, unlike
from custaccount.facilities.tickets import Purpose
from custaccount.kernel.access import Guest, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Conflict, Unavailable
from custaccount.kernel.ids import NewSecret, RealmId, StaffToken
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.staff.model import (
    PASSWORD_SHORTEST,
    StaffMember,
    StaffPasswordSet,
    StaffSession,
    StaffSessionOver,
    StaffSignedOut,
    StaffSignInRefused,
)
from custaccount.staff.ports import StaffReading, StaffWork

TOKEN_LONGEST = 200
TOUCH_EVERY = timedelta(seconds=60)
"""A session in use is written at most this often."""


def digest_of(token: StaffToken) -> str:
    """Make what is stored of a staff session's token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


@attrs.frozen(kw_only=True)
class StaffSessions:
    """Makes actors of staff sessions, each for one call; ends them, and changes the password."""

    _reading: Reading[StaffReading] = attrs.field(alias="reading")
    _begin: Begin[StaffWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _guard: SignInGuard = attrs.field(alias="guard")

    def resume(self, guest: Guest, token: StaffToken, *, realm: RealmId | None = None) -> Staff:
        """Return the staff member a token stands for, with what is granted here and now.

        Args:
            guest: At which portal of the home realm.
            token: What the browser carries.
            realm: Where to act, if not in the portal's realm: with what is granted there.

        Raises:
            StaffSessionOver: there is none, it has ended, or the member was blocked or has a new
                password.
            StaffPasswordDue: the password was handed over and has to be changed first.
            NothingGranted: it is another realm, and nothing is granted there.
        """
        session, member = self._standing(guest, token)
        staff = session.actor(member, realm or guest.realm)
        if self._clock() - session.used >= TOUCH_EVERY:
            with suppress(Unavailable, Conflict):  # a page that can be shown is not lost for this
                self._touch(guest, session)
        return staff

    @repeatable
    def end(self, guest: Guest, token: StaffToken) -> None:
        """Sign out; a session that is over already is no error."""
        if not _is_token(token):
            return
        digest = digest_of(token)
        with self._reading() as view:
            found = view.staff_sessions.find(guest.scope, digest)
        if found is None:
            return
        with self._begin(guest) as work:
            if work.staff_sessions.end(guest.scope, digest):
                work.record(StaffSignedOut(at=self._clock(), staff=found[1].id))
            work.commit()

    def change_password(
        self, guest: Guest, token: StaffToken, current: str, new: str
    ) -> StaffToken:
        """Choose a password; the session goes on under a new token, every other one is over.

        Raises:
            StaffSessionOver: as for ``resume``.
            StaffSignInRefused: the current password is wrong, or has been too old for too long.
            InvalidFields: the new one does not keep the policy, or is the current one.
            TooManyTries: the current password was wrong too often.
            TooBusy: too many passwords are being hashed.
        """
        session, member = self._standing(guest, token)
        attempt = self._guard.count(guest, f"staff session\n{member.id}", member)
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        given = normalised(current)
        try:
            right = given is not None and self._hashing.verify(member.password, given)
        except HashUnusable:
            right = False
        if not right or not member.may_enter(self._clock()):
            raise StaffSignInRefused
        self._guard.succeeded(attempt)
        text = check(
            new,
            shortest=max(portal.policies.password_shortest, PASSWORD_SHORTEST),
            context=(member.email.text, member.name, portal.name),
        )
        unlike(text, given)
        return self._set(guest, session, member, self._hashing.hash(text))

    @repeatable
    def _set(
        self, guest: Guest, session: StaffSession, seen: StaffMember, password: PasswordHash
    ) -> StaffToken:
        now = self._clock()
        token = StaffToken(self._new_secret())
        with self._begin(guest) as work:
            found = work.staff_sessions.find(guest.scope, session.digest)
            if found is None or found[1].epoch != seen.epoch:
                raise StaffSessionOver
            work.tickets.withdraw(guest.scope, seen.id, Purpose.STAFF_PASSWORD)
            member = work.staff.save(guest.scope, found[1].with_password(password))
            work.staff_sessions.end(guest.scope, session.digest)
            renewed = attrs.evolve(
                session, digest=digest_of(token), epoch=member.epoch, begun=now, used=now
            )
            work.staff_sessions.add(guest.scope, renewed)
            work.record(StaffPasswordSet(at=now, staff=member.id, portal=guest.portal))
            work.commit()
        return token

    def _standing(self, guest: Guest, token: StaffToken) -> tuple[StaffSession, StaffMember]:
        if not _is_token(token):
            raise StaffSessionOver
        with self._reading() as view:
            found = view.staff_sessions.find(guest.scope, digest_of(token))
        if found is None or not found[0].stands(self._clock(), found[1]):
            raise StaffSessionOver
        return found

    @repeatable
    def _touch(self, guest: Guest, session: StaffSession) -> None:
        with self._begin(guest) as work:
            work.staff_sessions.touch(guest.scope, session.digest, at=self._clock())
            work.commit()


def _is_token(token: object) -> bool:
    return isinstance(token, str) and 0 < len(token) <= TOKEN_LONGEST and token.isascii()
