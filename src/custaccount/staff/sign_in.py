"""Signing in as staff: a mail address and a password become a staff session."""

import attrs

from custaccount.credentials.guard import Attempt, ManySignInsFailed, SignInGuard
from custaccount.credentials.model import PasswordHash
from custaccount.credentials.passwords import Hashing, HashUnusable, normalised
from custaccount.facilities.signing import Keyring
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import NewSecret, StaffToken
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.staff.model import (
    StaffHashUnusable,
    StaffMember,
    StaffSession,
    StaffSignedIn,
    StaffSignInFailed,
    StaffSignInRefused,
)
from custaccount.staff.ports import StaffReading, StaffWork
from custaccount.staff.sessions import digest_of


@attrs.frozen(kw_only=True)
class StaffSignIn:
    """Makes a staff session of a mail address and a password; a user's login opens nothing here.

    Whatever is wrong, the answer is ``StaffSignInRefused`` after one hash; where length already
    refuses, there is no hash at all, for known and unknown alike.
    """

    _reading: Reading[StaffReading] = attrs.field(alias="reading")
    _begin: Begin[StaffWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _guard: SignInGuard = attrs.field(alias="guard")

    def sign_in(self, guest: Guest, email: str, password: str) -> StaffToken:
        """Sign a staff member in whose home is the guest's realm, at any portal of it.

        The session is new, whatever the browser had. Who has a password that was handed over gets
        one too, and can do nothing with it but choose another password.

        Raises:
            StaffSignInRefused: for whatever reason.
            TooManyTries: this address, or this network, was tried too often.
            TooBusy: too many are signing in.
        """
        text = normalised(password)
        self._guard.admit(guest)
        try:
            address = EmailAddress.parse(email)
        except EmailInvalid:
            raise StaffSignInRefused from None
        if text is None:
            raise StaffSignInRefused
        with self._reading() as view:
            member = view.staff.find_by_email(guest.scope, address)
        attempt = self._guard.count(guest, f"staff\n{address.key}", member)
        stored = member.password if member else None
        try:
            matches = self._hashing.verify(stored, text)
        except HashUnusable:
            self._failed(guest, attempt, address, member, unusable=True)
            raise StaffSignInRefused from None
        if member is None or stored is None or not matches or not member.may_enter(self._clock()):
            self._failed(guest, attempt, address, member)
            raise StaffSignInRefused
        self._guard.succeeded(attempt)
        newer = self._hashing.hash(text) if self._hashing.outdated(stored) else None
        return self._enter(guest, member, stored, newer)

    @repeatable
    def _enter(
        self, guest: Guest, member: StaffMember, seen: PasswordHash, newer: PasswordHash | None
    ) -> StaffToken:
        now = self._clock()
        token = StaffToken(self._new_secret())
        session = StaffSession(
            digest=digest_of(token),
            realm=guest.realm,
            staff=member.id,
            epoch=member.epoch,
            begun=now,
            used=now,
            language=member.language or guest.language,
        )
        with self._begin(guest) as work:
            if not work.staff.note_sign_in(guest.scope, member.id, at=now, seen=seen):
                raise StaffSignInRefused
            if newer is not None:
                work.staff.rehash(guest.scope, member.id, seen=seen, now=newer)
            work.staff_sessions.add(guest.scope, session)
            work.record(StaffSignedIn(at=now, staff=member.id))
            work.commit()
        return token

    def _failed(
        self,
        guest: Guest,
        attempt: Attempt,
        address: EmailAddress,
        member: StaffMember | None,
        *,
        unusable: bool = False,
    ) -> None:
        alarm = self._guard.failed(attempt, at=self._clock())
        self._note_failure(guest, address, member, alarm, unusable=unusable)

    @repeatable
    def _note_failure(
        self,
        guest: Guest,
        address: EmailAddress,
        member: StaffMember | None,
        alarm: ManySignInsFailed | None,
        *,
        unusable: bool,
    ) -> None:
        login = self._keyring.digest(address.key, purpose="staff login", realm=guest.realm)
        event = StaffSignInFailed(
            at=self._clock(),
            login=login,
            staff=member.id if member else None,
        )
        with self._begin(guest) as work:
            if unusable and member is not None:
                work.record(StaffHashUnusable(at=event.at, staff=member.id))
            work.record(event)
            if alarm is not None:
                work.record(alarm)
            work.commit()
