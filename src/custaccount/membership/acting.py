"""Acting: the signed-in user becomes a member of one customer, for one call."""

import attrs

from custaccount.credentials.model import Session
from custaccount.kernel.access import Member
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Reading
from custaccount.membership.model import CustomerNotChosen, MembershipOver, Standing
from custaccount.membership.ports import MembershipReading


@attrs.frozen(kw_only=True)
class Acting:
    """Makes actors of sessions; each in one read, for this call only."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")

    def choices(self, session: Session) -> tuple[Standing, ...]:
        """List the customers the user may act for right now, by customer number."""
        with self._reading() as view:
            found = view.memberships.of_user(RealmScope(session.realm), session.user)
        return tuple(standing for standing in found if standing.counts)

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
        """
        standing = self._named(session, customer) if customer else self._only(session)
        return standing.member(session.portal, language or session.language)

    def _named(self, session: Session, customer: CustomerId) -> Standing:
        with self._reading() as view:
            scope = CustomerScope(session.realm, customer)
            standing = view.memberships.find(scope, session.user)
        if standing is None:
            raise MembershipOver
        return standing

    def _only(self, session: Session) -> Standing:
        choices = self.choices(session)
        if not choices:
            raise MembershipOver
        if len(choices) > 1:
            raise CustomerNotChosen
        return choices[0]
