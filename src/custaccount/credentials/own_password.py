"""A user's own password: made for who wants one, changed by who is signed in."""

import attrs

from custaccount.credentials.guard import SignInGuard
from custaccount.credentials.limits import require_link
from custaccount.credentials.model import (
    PasswordHash,
    PasswordSet,
    ResetRequested,
    Session,
    SessionOver,
    SignInRefused,
    User,
    reset_ticket,
)
from custaccount.credentials.passwords import (
    Hashing,
    HashUnusable,
    check,
    generated,
    normalised,
    unlike,
)
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.credentials.sessions import digest_of
from custaccount.facilities.limits import Limiter
from custaccount.facilities.signing import Keyring
from custaccount.facilities.tickets import Purpose
from custaccount.kernel.access import Guest, Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import NewId, NewSecret, SessionId, SessionToken, TicketId
from custaccount.kernel.work import Begin, Reading, repeatable


@attrs.frozen(kw_only=True)
class OwnPassword:
    """Changes the password of who is signed in, and makes one for who asks."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _new_secret: NewSecret = attrs.field(alias="new_secret", repr=False)
    _hashing: Hashing = attrs.field(alias="hashing")
    _keyring: Keyring = attrs.field(alias="keyring")
    _guard: SignInGuard = attrs.field(alias="guard")
    _limiter: Limiter = attrs.field(alias="limiter")

    def suggest(self, guest: Guest) -> str:  # noqa: ARG002 - whose it will be is not known
        """Make a password to be shown once; nothing of it is kept, and nobody has to take it."""
        return generated(self._new_secret)

    def change(self, person: Person, current: str, new: str) -> SessionToken:
        """Set a new password; the session goes on under a new token, every other one is over.

        Raises:
            SignInRefused: the current password is wrong, or one that staff gave too long ago.
            InvalidFields: the new one does not keep the portal's policy, or is the current one.
            SessionOver: the session ended, or the password was changed, in the meantime.
            TooManyTries: the current password was wrong too often.
            TooBusy: too many passwords are being hashed.
        """
        attempt = self._guard.count_again(person)
        with self._reading() as view:
            user = view.users.get(person.scope, person.user)
            portal = view.portals.get(person.scope, person.portal)
        seen = user.password
        given = normalised(current)
        try:
            right = given is not None and self._hashing.verify(seen, given)
        except HashUnusable:
            right = False
        if seen is None or not right or not user.may_enter(self._clock()):
            raise SignInRefused
        self._guard.succeeded(attempt)
        context = (user.email.text if user.email else "", user.name, portal.name)
        text = check(new, shortest=portal.policies.password_shortest, context=context)
        unlike(text, given)
        return self._set(person, user, self._hashing.hash(text))

    def mail_link(self, person: Person) -> None:
        """Mail the user a link for a new password; the newest link counts.

        Who has told no mail address gets none.

        Raises:
            TooManyTries: that address got too many links.
        """
        person.require_own_password()
        with self._reading() as view:
            user = view.users.get(person.scope, person.user)
        if user.email is not None:
            require_link(self._limiter, person.scope, user.email)
        self._mail_link(person)

    @repeatable
    def _mail_link(self, person: Person) -> None:
        with self._reading() as view:
            user = view.users.get(person.scope, person.user)
            portal = view.portals.get(person.scope, person.portal)
        now = self._clock()
        ticket = reset_ticket(
            user,
            id=TicketId(self._new_secret()),
            key=self._keyring.newest,
            at=now,
            portal=portal,
            language=person.language,
            asked=user.id,
        )
        with self._begin(person) as work:
            work.tickets.withdraw(person.scope, ticket.subject, ticket.purpose)
            work.tickets.add(person.scope, ticket)
            work.record(ResetRequested(at=now, ticket=ticket.id))
            work.commit()

    @repeatable
    def _set(self, person: Person, seen: User, password: PasswordHash) -> SessionToken:
        now = self._clock()
        token = SessionToken(self._new_secret())
        with self._begin(person) as work:
            found = work.sessions.find(person.scope, person.session)
            if found is None or found[1].password != seen.password:
                raise SessionOver
            session, user = found
            for purpose in (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL):
                work.tickets.withdraw(person.scope, user.id, purpose)
            user = work.users.save(person.scope, user.with_password(password))
            work.sessions.end_others(person.scope, user.id, keep=None)
            work.sessions.add(person.scope, self._renewed(session, user, token))
            work.record(PasswordSet(at=now, user=user.id, portal=person.portal))
            work.commit()
        return token

    def _renewed(self, session: Session, user: User, token: SessionToken) -> Session:
        now = self._clock()
        return attrs.evolve(
            session,
            id=SessionId(self._new_id()),
            digest=digest_of(token),
            epoch=user.epoch,
            authenticated=now,
            used=now,
        )
