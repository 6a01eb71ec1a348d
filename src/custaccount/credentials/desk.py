"""What staff do about one login: block it, and let it in again. No company is touched by it."""

import attrs

from custaccount.credentials.model import User, UserBlocked, UserState, UserUnblocked
from custaccount.credentials.ports import CredentialsReading, CredentialsWork
from custaccount.facilities.audit import changes_of
from custaccount.facilities.fields import reason_of
from custaccount.facilities.tickets import Purpose
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale, TryAgain
from custaccount.kernel.events import Event
from custaccount.kernel.ids import UserId
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable

AUDITED = ("state",)
"""What the audit trail tells of a login that is blocked, before and after."""

WITHDRAWN = (Purpose.RESET_PASSWORD, Purpose.CHANGE_EMAIL)
"""The links of a user that die with a block."""


@attrs.frozen(kw_only=True)
class Login:
    """A login, as staff see it."""

    user: UserId
    name: str
    email: EmailAddress | None
    state: UserState


@attrs.frozen(kw_only=True)
class LoginDesk:
    """Blocks and unblocks single logins; memberships and other users stay as they are."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")
    _begin: Begin[CredentialsWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.MANAGE_ACCOUNTS)
    def look(self, staff: Staff, user: UserId) -> Login:
        """Return a login.

        Raises:
            UserNotFound: there is none in this realm.
        """
        with self._reading() as view:
            return _login(view.users.get(staff.scope, user))

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def block(self, staff: Staff, user: UserId, *, reason: str) -> Login:
        """Let a user in nowhere: sessions are over, and links for a new password or address.

        One that is blocked stays so.

        Raises:
            UserNotFound: there is none in this realm.
            InvalidFields: the reason is missing, too long or unprintable.
        """
        told = reason_of(reason)
        with self._begin(staff) as work:
            before = work.users.get(staff.scope, user)
            if before.state is UserState.BLOCKED:
                return _login(before)
            for purpose in WITHDRAWN:
                work.tickets.withdraw(staff.scope, user, purpose)
            work.sessions.end_others(staff.scope, user, keep=None)
            event = UserBlocked(at=self._clock(), user=user, reason=told)
            after = _save(work, staff, before, before.blocked(), event)
            work.commit()
        return _login(after)

    @requires(Permission.MANAGE_ACCOUNTS)
    @repeatable
    def unblock(self, staff: Staff, user: UserId) -> Login:
        """Let a user in again, with the password it had; one that is not blocked stays so.

        Raises:
            UserNotFound: there is none in this realm.
        """
        with self._begin(staff) as work:
            before = work.users.get(staff.scope, user)
            if before.state is UserState.ACTIVE:
                return _login(before)
            event = UserUnblocked(at=self._clock(), user=user)
            after = _save(work, staff, before, before.unblocked(), event)
            work.commit()
        return _login(after)


def _save(work: CredentialsWork, staff: Staff, before: User, after: User, event: Event) -> User:
    try:
        kept = work.users.save(staff.scope, after)
    except Stale as rival:
        raise TryAgain from rival
    work.record(attrs.evolve(event, changes=changes_of(before, kept, shown=AUDITED)))
    return kept


def _login(user: User) -> Login:
    return Login(user=user.id, name=user.name, email=user.email, state=user.state)
