"""Signing in: a login name and a password become a session."""

import attrs

from custaccount.credentials.model import (
    PasswordHash,
    Session,
    SignedIn,
    SignInFailed,
    SignInRefused,
    StoredHashUnusable,
    User,
    UserState,
)
from custaccount.credentials.passwords import Hashing, HashUnusable, normalised
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.credentials.sessions import digest_of
from custaccount.facilities.signing import Keyring
from custaccount.kernel.access import Guest
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import NewSecret, SessionToken
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.kernel.work import Begin, Reading, repeatable


@attrs.frozen(kw_only=True)
class SignIn:
    """Makes a session of a login name and a password.

    Whatever is wrong, the answer is ``SignInRefused`` after one hash; where length already refuses,
    there is no hash at all, for known and unknown alike.
    """

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")

    def sign_in(self, guest: Guest, login: str, password: str) -> SessionToken:
        """Sign a user in at the guest's portal; the session is new, whatever the browser had.

        Raises:
            SignInRefused: for whatever reason.
            TooBusy: too many are signing in.
        """
        text = normalised(password)
        email = _email(login)
        if text is None or email is None:
            raise SignInRefused
        with self._reading() as view:
            user = view.users.find_by_email(guest.scope, email)
        stored = user.password if user else None
        try:
            matches = self._hashing.verify(stored, text)
        except HashUnusable:
            self._note_failure(guest, email, user, unusable=True)
            raise SignInRefused from None
        if user is None or stored is None or not matches or user.state is not UserState.ACTIVE:
            self._note_failure(guest, email, user)
            raise SignInRefused
        newer = self._hashing.hash(text) if self._hashing.outdated(stored) else None
        return self._enter(guest, user, stored, newer)

    @repeatable
    def _enter(
        self, guest: Guest, user: User, seen: PasswordHash, newer: PasswordHash | None
    ) -> SessionToken:
        now = self._clock()
        token = SessionToken(self._new_secret())
        session = Session(
            digest=digest_of(token),
            realm=guest.realm,
            portal=guest.portal,
            user=user.id,
            epoch=user.epoch,
            begun=now,
            used=now,
            language=user.language or guest.language,
        )
        with self._begin(guest) as work:
            if not work.users.note_sign_in(guest.scope, user.id, at=now, seen=seen):
                raise SignInRefused
            if newer is not None:
                work.users.rehash(guest.scope, user.id, seen=seen, now=newer)
            work.sessions.add(guest.scope, session)
            work.record(SignedIn(at=now, user=user.id))
            work.commit()
        return token

    @repeatable
    def _note_failure(
        self, guest: Guest, email: EmailAddress, user: User | None, *, unusable: bool = False
    ) -> None:
        now = self._clock()
        login = self._keyring.digest(email.key, purpose="login", realm=guest.realm)
        with self._begin(guest) as work:
            if unusable and user is not None:
                work.record(StoredHashUnusable(at=now, user=user.id))
            work.record(SignInFailed(at=now, login=login, user=user.id if user else None))
            work.commit()


def _email(login: object) -> EmailAddress | None:
    try:
        return EmailAddress.parse(login)
    except EmailInvalid:
        return None
