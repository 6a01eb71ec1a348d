"""Limits: how often something may be done in a stretch of time, by whom or about whom.

The windows move: a use counts from its moment until before it is as old as its window is long, so
that there is no border around which twice as many pass.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Protocol, runtime_checkable

import attrs

from custaccount.facilities.signing import Keyring
from custaccount.kernel.errors import Unavailable, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.scope import RealmScope

LOG = logging.getLogger("custaccount.limits")

NAME_LONGEST = 64
AMOUNT_MOST = 10_000
"""Each use is remembered with its moment."""
SECOND = timedelta(seconds=1)
WINDOW_LONGEST = timedelta(days=366)

INSTEAD_MOST = 10
"""Uses a process lets pass by itself where the store does not answer, if the limit has as many."""
SUBSCRIBER = 64
"""Bits of an IPv6 address that name a subscriber, who has all addresses below (RFC 6177)."""
ADDRESS_LONGEST = 200


@attrs.frozen(kw_only=True)
class TooManyTries(Unavailable):
    """It was done more often than it may be; known and unknown hear it alike."""

    code = "limits.too_many"
    template = N_("Too many tries. Please wait a while, then try again.")

    wait: timedelta | None = None
    """After this long at the latest it works again; None where only something else helps."""


class LimitsUnavailable(Unavailable):
    """The store of the limits did not answer in time."""

    code = "limits.unavailable"


@attrs.frozen(kw_only=True)
class Limit:
    """So many uses in any stretch of time that is so long.

    Raises:
        InvalidFields: no store could count that.
    """

    name: str
    """Feature and what is counted, never changed once shipped: ``credentials.quick_tries``."""
    amount: int
    per: timedelta
    """In whole seconds."""

    def __attrs_post_init__(self) -> None:
        """Refuse what can't be counted, all at once."""
        amount, per = self.amount, self.per
        rules = (
            ("name", 0 < len(self.name) <= NAME_LONGEST, N_("Between 1 and 64 characters.")),
            (
                "amount",
                type(amount) is int and 0 < amount <= AMOUNT_MOST,
                N_("Between 1 and 10,000."),
            ),
            (
                "per",
                SECOND <= per <= WINDOW_LONGEST and not per % SECOND,
                N_("Whole seconds, at least one and at most a year of them."),
            ),
        )
        refuse_unless(rules, code="limits.invalid")

    def counted(self, uses: Sequence[datetime], *, at: datetime) -> tuple[datetime, ...]:
        """Keep those of some uses that still count."""
        return tuple(use for use in uses if use > at - self.per)

    def with_one_more(
        self, uses: Sequence[datetime], *, at: datetime
    ) -> tuple[datetime, ...] | None:
        """Add a use to those that still count; None if there are as many as there may be."""
        counted = self.counted(uses, at=at)
        return (*counted, at) if len(counted) < self.amount else None


class Limits(Protocol):
    """Counts uses by realm, limit and key; what differs in any of the three is counted apart.

    Keys are opaque texts of up to 100 characters. A store is asked outside of units of work and
    never takes part in a host's transaction: what was counted stays counted.
    """

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Count a use if it is within the limit; False, and nothing is counted, if it is not.

        Atomic: of any number of rivals no more than the limit's amount get True in any window.

        Raises:
            LimitsUnavailable: the store did not answer in time.
        """
        ...

    def used(self, scope: RealmScope, limit: Limit, key: str) -> int:
        """Say how many uses count now.

        Raises:
            LimitsUnavailable: the store did not answer in time.
        """
        ...

    def forget(self, scope: RealmScope, limit: Limit, key: str) -> None:
        """Count from nothing again; nothing counted is no error.

        Raises:
            LimitsUnavailable: the store did not answer in time.
        """
        ...


@runtime_checkable
class Sweepable(Protocol):
    """An optional ability of limits: to forget what no longer counts, where nothing else does."""

    def purge(self, scope: RealmScope, *, over_before: datetime, limit: int) -> int:
        """Forget keys whose last use stopped counting before a moment; returns how many.

        At most the limit; in transactions of its own.

        Raises:
            LimitsUnavailable: the store did not answer in time.
        """
        ...


@attrs.frozen(kw_only=True)
class Limiter:
    """Counts uses for services, and holds on to a limit where the store does not.

    The store sees keyed digests, never a name or an address; a new signing key begins new counts.
    Where the store does not answer, each process counts for itself and lets ten uses pass at most,
    for every limit and key: less than most limits have, and never without one.
    """

    _limits: Limits = attrs.field(alias="limits")
    _instead: Limits = attrs.field(alias="instead")
    """Counts in this process."""
    _keyring: Keyring = attrs.field(alias="keyring")

    def take(self, scope: RealmScope, limit: Limit, *about: str) -> bool:
        """Count a use about somebody or something if it is within the limit; False if it is not."""
        key = self._key(scope, limit, about)
        try:
            return self._limits.take(scope, limit, key)
        except LimitsUnavailable:
            LOG.warning("limits_unavailable", extra={"limit": limit.name}, exc_info=True)
            return self._instead.take(scope, _instead_of(limit), key)

    def require(self, scope: RealmScope, limit: Limit, *about: str) -> None:
        """Count a use about somebody or something, which has to be within the limit.

        Raises:
            TooManyTries: it is not.
        """
        if not self.take(scope, limit, *about):
            raise TooManyTries(wait=limit.per)

    def require_of_network(self, scope: RealmScope, limit: Limit, network: str) -> None:
        """Count a use from a network address, which has to be within the limit.

        One the host does not know can't be counted: all visitors would share it.

        Raises:
            TooManyTries: it is not.
        """
        subscriber = subscriber_of(network)
        if subscriber:
            self.require(scope, limit, subscriber)

    def used(self, scope: RealmScope, limit: Limit, *about: str) -> int:
        """Say how many uses count now."""
        key = self._key(scope, limit, about)
        try:
            return self._limits.used(scope, limit, key)
        except LimitsUnavailable:
            return self._instead.used(scope, _instead_of(limit), key)

    def forget(self, scope: RealmScope, limit: Limit, *about: str) -> None:
        """Count from nothing again; a store that does not answer goes on counting."""
        key = self._key(scope, limit, about)
        self._instead.forget(scope, limit, key)
        try:
            self._limits.forget(scope, limit, key)
        except LimitsUnavailable:
            LOG.warning("limits_unavailable", extra={"limit": limit.name}, exc_info=True)

    def _key(self, scope: RealmScope, limit: Limit, about: Sequence[str]) -> str:
        text = json.dumps([limit.name, *about])  # no separator that a part could have in it
        return self._keyring.digest(text, purpose="limit", realm=scope.realm)


def _instead_of(limit: Limit) -> Limit:
    return attrs.evolve(limit, amount=min(limit.amount, INSTEAD_MOST))


def subscriber_of(network: str) -> str:
    """Name who is behind a network address: an IPv4 address, or the /64 of an IPv6 one.

    Empty if the host does not say; what is no address is taken as it stands.
    """
    text = network.strip()[:ADDRESS_LONGEST]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if address.version == 4:  # noqa: PLR2004 - of the protocol
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, SUBSCRIBER), strict=False))
