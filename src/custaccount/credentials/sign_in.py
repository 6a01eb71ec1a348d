"""Signing in: a login name and a password become a session."""

import attrs

from custaccount.credentials.devices import mark
from custaccount.credentials.guard import Attempt, ManySignInsFailed, SignInGuard
from custaccount.credentials.model import (
    PasswordHash,
    Session,
    SignedIn,
    SignInFailed,
    SignInRefused,
    StoredHashUnusable,
    User,
)
from custaccount.credentials.passwords import Hashing, HashUnusable, normalised
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.credentials.sessions import browser_of, digest_of
from custaccount.facilities.signing import Keyring
from custaccount.kernel.access import Guest, Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import (
    CustomerNumber,
    DeviceToken,
    NewId,
    NewSecret,
    SessionId,
    SessionToken,
    UserCode,
)
from custaccount.kernel.text import NUMBER_LONGEST, EmailAddress, EmailInvalid, unfit
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import LoginId


@attrs.frozen
class Login:
    """What somebody signs in with, brought into the form it is looked up by."""

    email: EmailAddress | None = None
    number: CustomerNumber | None = None
    code: UserCode | None = None
    """None for an address; empty for a customer's first user."""

    @property
    def key(self) -> str:
        """The same text for all ways to write it; no address's is a number's."""
        return self.email.key if self.email else f"{self.number}\n{self.code}"


@attrs.frozen(kw_only=True)
class SignIn:
    """Makes a session of a login name and a password.

    Whatever is wrong, the answer is ``SignInRefused`` after one hash; where length already refuses,
    there is no hash at all, for known and unknown alike. Who tries too often is ``TooManyTries``
    before any hash, alike too.
    """

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _guard: SignInGuard = attrs.field(alias="guard")

    def sign_in(
        self,
        guest: Guest,
        login: str,
        password: str,
        *,
        user_code: str = "",
        browser: str = "",
        device: DeviceToken | None = None,
    ) -> SessionToken:
        """Sign a user in at the guest's portal; the session is new, whatever the browser had.

        Args:
            guest: At which portal.
            login: A mail address, or a customer's number: for everybody where the portal's policy
                has it so, and everywhere for who has no address. A text with an ``@`` is an
                address, and never looked up as a number.
            password: As it was typed.
            user_code: Tells a customer's further users apart who sign in with its number.
            browser: What the browser calls itself, for the user's list of sessions.
            device: The mark the browser was given after an earlier sign-in; any other is as none.

        Raises:
            SignInRefused: for whatever reason.
            TooManyTries: this login, or this network, was tried too often.
            TooBusy: too many are signing in.
        """
        text, name = normalised(password), login_of(login, user_code)
        self._guard.admit(guest)
        with self._reading() as view:
            user = _user(view, guest, name) if name and text else None
        if text is None or name is None:
            raise SignInRefused
        attempt = self._guard.count(guest, name.key, user, device)
        stored = user.password if user else None
        try:
            matches = self._hashing.verify(stored, text)
        except HashUnusable:
            self._failed(guest, attempt, name, user, unusable=True)
            raise SignInRefused from None
        if user is None or stored is None or not matches or not user.may_enter(self._clock()):
            self._failed(guest, attempt, name, user)
            raise SignInRefused
        self._guard.succeeded(attempt)
        newer = self._hashing.hash(text) if self._hashing.outdated(stored) else None
        return self._enter(guest, user, stored, newer, browser_of(browser))

    def mark_device(self, person: Person) -> DeviceToken:
        """Make the mark by which the browser of who is signed in is known next time.

        It opens nothing; a new password makes it worthless. Keep it in a cookie of its own.
        """
        return mark(
            self._keyring,
            person.realm,
            person.user,
            epoch=person.epoch,
            new_secret=self._new_secret,
        )

    @repeatable
    def _enter(
        self,
        guest: Guest,
        user: User,
        seen: PasswordHash,
        newer: PasswordHash | None,
        browser: str,
    ) -> SessionToken:
        now = self._clock()
        token = SessionToken(self._new_secret())
        session = Session(
            id=SessionId(self._new_id()),
            digest=digest_of(token),
            realm=guest.realm,
            portal=guest.portal,
            user=user.id,
            epoch=user.epoch,
            begun=now,
            authenticated=now,
            used=now,
            language=user.language or guest.language,
            browser=browser,
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

    def _failed(
        self,
        guest: Guest,
        attempt: Attempt,
        name: Login,
        user: User | None,
        *,
        unusable: bool = False,
    ) -> None:
        alarm = self._guard.failed(attempt, at=self._clock())
        self._note_failure(guest, name, user, alarm, unusable=unusable)

    @repeatable
    def _note_failure(
        self,
        guest: Guest,
        name: Login,
        user: User | None,
        alarm: ManySignInsFailed | None,
        *,
        unusable: bool,
    ) -> None:
        now = self._clock()
        login = self._keyring.digest(name.key, purpose="login", realm=guest.realm)
        with self._begin(guest) as work:
            if unusable and user is not None:
                work.record(StoredHashUnusable(at=now, user=user.id))
            work.record(SignInFailed(at=now, login=login, user=user.id if user else None))
            if alarm is not None:
                work.record(alarm)
            work.commit()


def login_of(login: object, code: object) -> Login | None:
    """Read what somebody signs in with; None if it can't be one.

    The text decides the name space, not what is found in it: with an ``@`` it is an address, else
    a number.
    """
    if not isinstance(login, str) or not isinstance(code, str):
        return None
    if "@" in login:
        try:
            return Login(email=EmailAddress.parse(login))
        except EmailInvalid:
            return None
    if len(login) > 2 * NUMBER_LONGEST or len(code) > NUMBER_LONGEST:
        return None
    number, code = login.strip(), code.strip()
    if not number or len(number) > NUMBER_LONGEST or unfit(number) or unfit(code):
        return None
    return Login(number=CustomerNumber(number), code=UserCode(code))


def _user(view: CredentialsReading, guest: Guest, name: Login) -> User | None:
    if name.email is not None:
        return view.users.find_by_email(guest.scope, name.email)
    if name.number is None or name.code is None:
        return None
    user = view.users.find_by_number(guest.scope, name.number, name.code)
    asked = view.portals.get(guest.scope, guest.portal).policies.login
    if user is not None and user.email is not None and asked is LoginId.MAIL:
        return None
    return user
