"""How often links may be asked for; nobody is locked out by it: the newest link mailed works on."""

from datetime import timedelta

from custaccount.facilities.limits import Limit, Limiter
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress

LINKS_AN_HOUR = Limit(name="credentials.links_an_hour", amount=5, per=timedelta(hours=1))
"""Links for a new password or a first sign-in, together, by mail address."""
LINKS_A_DAY = Limit(name="credentials.links_a_day", amount=10, per=timedelta(days=1))
LINKS_OF_NETWORK = Limit(name="credentials.links_of_network", amount=20, per=timedelta(minutes=1))


def require_link(
    limiter: Limiter, scope: RealmScope, address: EmailAddress, *, network: str = ""
) -> None:
    """Count that a link is asked for, before anybody looks whose address it is.

    Raises:
        TooManyTries: too often, from there or for this address; the same if nobody has it.
    """
    limiter.require_of_network(scope, LINKS_OF_NETWORK, network)
    limiter.require(scope, LINKS_AN_HOUR, address.key)
    limiter.require(scope, LINKS_A_DAY, address.key)
