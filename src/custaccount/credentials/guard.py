"""Guessing passwords is slow, for whoever guesses; the owner of an account is not locked out.

How much comes from this network? How often was this login tried? And is the browser known: has its
user signed in with it before? A known one has tries of its own. Logins are counted by what was
typed, known or not, so that those that exist answer as those that don't; a new password begins new
counts, by whatever way it came.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar

import attrs

from custaccount.credentials.devices import Known, marked
from custaccount.facilities.limits import (
    AMOUNT_MOST,
    SECOND,
    Limit,
    Limiter,
    TooManyTries,
    subscriber_of,
)
from custaccount.facilities.signing import Keyring
from custaccount.kernel.access import Guest, Person
from custaccount.kernel.errors import refuse_unless
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import DeviceToken
from custaccount.kernel.scope import RealmScope

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
IN_A_ROW_MOST = 100
"""NIST SP 800-63B: no more consecutive failures than this."""
IN_A_ROW = timedelta(days=30)
"""How long tries count as being in a row."""


@attrs.frozen(kw_only=True)
class ManySignInsFailed(Event):
    """In a whole realm, far more sign-ins fail than people mistype: somebody guesses."""

    name: ClassVar[str] = "credentials.many_sign_ins_failed"
    failures: int
    """So many at least, within the window that was set."""


@attrs.frozen(kw_only=True)
class SignInLimits:
    """How often somebody may try to sign in.

    Raises:
        InvalidFields: with everything that is weaker than it looks, or can't be counted.
    """

    network_a_minute: int = 300
    """Tries from one network address; an office shares one."""
    network_failures_a_minute: int = 30
    """Failures from one network address; no success makes them forgotten."""
    quick: int = 5
    """Tries of one login that need not wait for each other, in a day."""
    delays: tuple[timedelta, ...] = tuple(minutes * MINUTE for minutes in (1, 2, 4, 8, 15))
    """What the tries after them wait each; the last delay goes on."""
    in_a_row: int = IN_A_ROW_MOST
    """Tries of one login without a success before it needs a new password."""
    alarm: int = 1000
    """Failures in a realm within ``alarm_within`` that are recorded as an event."""
    alarm_within: timedelta = 5 * MINUTE

    def __attrs_post_init__(self) -> None:
        """Refuse what protects nobody, all at once."""
        amounts = ("network_a_minute", "network_failures_a_minute", "quick", "in_a_row", "alarm")
        delays = self.delays
        refuse_unless(
            (
                *(
                    (name, 0 < getattr(self, name) <= AMOUNT_MOST, N_("Between 1 and 10,000."))
                    for name in amounts
                ),
                ("quick", self.quick <= self.in_a_row, N_("No more than in a row.")),
                ("in_a_row", self.in_a_row <= IN_A_ROW_MOST, N_("At most 100.")),
                (
                    "delays",
                    delays and all(map(_is_window, delays)) and list(delays) == sorted(set(delays)),
                    N_("Whole seconds, each longer than the one before, none beyond a day."),
                ),
                (
                    "alarm_within",
                    _is_window(self.alarm_within),
                    N_("Whole seconds, no longer than a day."),
                ),
            ),
            code="credentials.sign_in_limits",
        )

    @cached_property
    def of_network(self) -> Limit:
        """Tries by network address."""
        amount = self.network_a_minute
        return Limit(name="credentials.tries_of_network", amount=amount, per=MINUTE)

    @cached_property
    def failures_of_network(self) -> Limit:
        """Failures by network address."""
        amount = self.network_failures_a_minute
        return Limit(name="credentials.failures_of_network", amount=amount, per=MINUTE)

    @cached_property
    def quick_tries(self) -> Limit:
        """Tries that need not wait."""
        return Limit(name="credentials.quick_tries", amount=self.quick, per=DAY)

    @cached_property
    def slow_tries(self) -> Limit:
        """Tries that had to wait; how many there were says how long the next one waits."""
        return Limit(name="credentials.slow_tries", amount=IN_A_ROW_MOST, per=DAY)

    @cached_property
    def all_tries(self) -> Limit:
        """Tries since the last success."""
        return Limit(name="credentials.tries_in_a_row", amount=self.in_a_row, per=IN_A_ROW)

    @cached_property
    def lanes(self) -> tuple[Limit, ...]:
        """One slow try each, per delay."""
        return tuple(
            Limit(name=f"credentials.slow_lane_{place}", amount=1, per=delay)
            for place, delay in enumerate(self.delays)
        )

    @cached_property
    def failures(self) -> Limit:
        """Failures in a realm."""
        return Limit(name="credentials.failures", amount=self.alarm, per=self.alarm_within)

    @cached_property
    def alarms(self) -> Limit:
        """Events about them."""
        return Limit(name="credentials.alarms", amount=1, per=self.alarm_within)


def _is_window(span: timedelta) -> bool:
    return SECOND <= span <= DAY and not span % SECOND


@attrs.frozen(kw_only=True)
class Attempt:
    """A try that was let through."""

    scope: RealmScope
    network: str = attrs.field(repr=False)
    counted: tuple[str, ...] = attrs.field(repr=False)
    """What it is counted about: a login, a known device, or who is signed in."""


@attrs.frozen(kw_only=True)
class SignInGuard:
    """Lets tries through, and refuses those that come too fast.

    A try counts before its password is looked at: of any number of guesses at once no more are
    verified than there are tries. Five need not wait; from then on one waits a minute, the next
    two, and so on up to a quarter of an hour. After a hundred without a success only a new password
    helps, by a mail that can always be asked for. A known device has all of that for itself.
    """

    _limiter: Limiter = attrs.field(alias="limiter")
    _keyring: Keyring = attrs.field(alias="keyring")
    _limits: SignInLimits = attrs.field(alias="limits", factory=SignInLimits)

    def admit(self, guest: Guest) -> None:
        """Let a try through by where it comes from, before its login is looked up.

        Raises:
            TooManyTries: too many come from there, or too many fail.
        """
        limits = self._limits
        self._limiter.require_of_network(guest.scope, limits.of_network, guest.network)
        network, failures = subscriber_of(guest.network), limits.failures_of_network
        if network and self._limiter.used(guest.scope, failures, network) >= failures.amount:
            raise TooManyTries(wait=failures.per)

    def count(
        self, guest: Guest, login: str, known: Known | None, device: DeviceToken | None = None
    ) -> Attempt:
        """Let a try through by what it is a try at; call it before any hashing.

        A mark of somebody else, or from before the password was changed, makes no device known.

        Args:
            guest: From where.
            login: Its canonical form, which says what kind of login it is.
            known: Whose login it is, if anybody's.
            device: The mark the browser sent.

        Raises:
            TooManyTries: the login, or the known device, has had its tries; the same for logins
                that exist and those that don't.
        """
        mark = None if device is None else marked(self._keyring, guest.realm, device)
        if known is not None and mark is not None and mark.is_of(known):
            return self._counted(guest.scope, guest.network, "device", mark.user, mark.id)
        epoch = "" if known is None else str(known.epoch)
        return self._counted(guest.scope, guest.network, "login", login, epoch)

    def count_again(self, person: Person) -> Attempt:
        """Let who is signed in give the password once more: who found a session guesses slowly too.

        Raises:
            TooManyTries: the user has had the tries, on all devices together.
        """
        return self._counted(person.scope, "", "person", person.user, str(person.epoch))

    def failed(self, attempt: Attempt, *, at: datetime) -> ManySignInsFailed | None:
        """Count a failure; returns an event to be recorded if the realm is under attack."""
        limits, scope = self._limits, attempt.scope
        if attempt.network:
            self._limiter.take(scope, limits.failures_of_network, attempt.network)
        if self._limiter.take(scope, limits.failures):
            return None
        if not self._limiter.take(scope, limits.alarms):
            return None
        return ManySignInsFailed(at=at, failures=limits.alarm)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the tries of this login, or of this device; never those of the network."""
        limits, scope, about = self._limits, attempt.scope, attempt.counted
        slow = (limits.slow_tries, *limits.lanes)
        some = self._limiter.used(scope, limits.slow_tries, *about) > 0  # mostly there are none
        for limit in (limits.quick_tries, limits.all_tries, *(slow if some else ())):
            self._limiter.forget(scope, limit, *about)

    def _counted(self, scope: RealmScope, network: str, *about: str) -> Attempt:
        limits = self._limits
        quick = limits.quick_tries
        if self._limiter.take(scope, quick, *about):
            if self._limiter.used(scope, quick, *about) >= quick.amount:
                self._slow_down(scope, about)
        else:
            self._wait_in_lane(scope, about)
        if not self._limiter.take(scope, limits.all_tries, *about):
            raise TooManyTries
        return Attempt(scope=scope, network=subscriber_of(network), counted=about)

    def _slow_down(self, scope: RealmScope, about: tuple[str, ...]) -> None:
        """Let the first delay begin, if it has not yet."""
        if self._limiter.take(scope, self._limits.lanes[0], *about):
            self._limiter.take(scope, self._limits.slow_tries, *about)

    def _wait_in_lane(self, scope: RealmScope, about: tuple[str, ...]) -> None:
        limits = self._limits
        had = self._limiter.used(scope, limits.slow_tries, *about)
        if had == 0:  # rivals have just used the quick tries up: the first delay begins now
            self._slow_down(scope, about)
            raise TooManyTries(wait=limits.lanes[0].per)
        lane, following = (_at_most(limits.lanes, place) for place in (had - 1, had))
        self._limiter.require(scope, lane, *about)
        if following is not lane:
            self._limiter.take(scope, following, *about)  # whoever comes next waits from now on
        self._limiter.take(scope, limits.slow_tries, *about)


def _at_most(lanes: Sequence[Limit], place: int) -> Limit:
    return lanes[min(place, len(lanes) - 1)]
