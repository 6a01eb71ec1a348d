"""Acting: the signed-in user becomes a member of one customer, for one call."""

from collections.abc import Sequence

import attrs

from custaccount.credentials.model import Session
from custaccount.kernel.access import Member
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Reading
from custaccount.membership.model import CustomerNotChosen, MembershipOver, Standing
from custaccount.membership.ports import MembershipReading
from custaccount.portals.model import PortalNotFound


@attrs.frozen(kw_only=True)
class Acting:
    """Makes actors of sessions; each in one snapshot, for this call only."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")

    def choices(self, session: Session) -> tuple[Standing, ...]:
        """List the customers the user may act for right now, by customer number."""
        with self._reading() as view:
            return _choices(view, session)

    def member(
        self,
        session: Session,
        customer: CustomerId | None = None,
        *,
        language: Language | None = None,
    ) -> Member:
        """Let the user act for a customer; it need not be named if there is only one.

        Raises:
            MembershipOver: the user does not act for it, or for nobody.
            CustomerNotChosen: there are several, and none was named.
            PortalNotFound: the portal was switched off.
        """
        with self._reading() as view:
            portal = view.portals.get(RealmScope(session.realm), session.portal)
            if not portal.open:
                raise PortalNotFound
            if customer is None:
                standing = _only(_choices(view, session))
            else:
                standing = _named(view, session, customer)
        return standing.member(portal, language or session.language)


def _choices(view: MembershipReading, session: Session) -> tuple[Standing, ...]:
    found = view.memberships.of_user(RealmScope(session.realm), session.user)
    return tuple(standing for standing in found if standing.counts)


def _only(choices: Sequence[Standing]) -> Standing:
    if not choices:
        raise MembershipOver
    if len(choices) > 1:
        raise CustomerNotChosen
    return choices[0]


def _named(view: MembershipReading, session: Session, customer: CustomerId) -> Standing:
    standing = view.memberships.find(CustomerScope(session.realm, customer), session.user)
    if standing is None:
        raise MembershipOver
    return standing
