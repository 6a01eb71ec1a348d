"""Acting: the signed-in user becomes a member of one customer, for one call."""

from collections.abc import Sequence

import attrs

from custaccount.credentials.model import Session
from custaccount.kernel.access import Member
from custaccount.kernel.clock import Clock
from custaccount.kernel.features import Features
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.model import CompanyChosen, CustomerNotChosen, MembershipOver
from custaccount.membership.ports import MembershipReading, MembershipWork
from custaccount.membership.standing import Standing
from custaccount.portals.model import Portal, PortalNotFound


@attrs.frozen(kw_only=True)
class Acting:
    """Makes actors of sessions; each in one snapshot, for this call only."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _begin: Begin[MembershipWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _features: Features = attrs.field(alias="features", factory=Features)

    def choices(self, session: Session) -> tuple[Standing, ...]:
        """List the customers the user may act for right now, the one chosen last first.

        Those never chosen follow, by customer number.

        Raises:
            PortalNotFound: the portal was switched off.
        """
        with self._reading() as view:
            return _choices(view, session, _open(view, session))

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
            portal = _open(view, session)
            if customer is None:
                standing = _only(_choices(view, session, portal))
            else:
                standing = _named(view, session, customer)
        return standing.member(portal, self._features, language or session.language)

    def choose(
        self, session: Session, customer: CustomerId, *, language: Language | None = None
    ) -> Member:
        """Begin to act for a customer: after signing in, or to switch; it is the one chosen last.

        Raises:
            MembershipOver: the user does not act for it.
            PortalNotFound: the portal was switched off.
        """
        member = self.member(session, customer, language=language)
        self._note(member)
        return member

    def enter(self, session: Session, *, language: Language | None = None) -> Member | None:
        """Begin to act after signing in, if there is nothing to choose; else None.

        Raises:
            PortalNotFound: the portal was switched off.
        """
        with self._reading() as view:
            portal = _open(view, session)
            found = _choices(view, session, portal)
        if len(found) != 1:
            return None
        member = found[0].member(portal, self._features, language or session.language)
        self._note(member)
        return member

    @repeatable
    def _note(self, member: Member) -> None:
        now = self._clock()
        with self._begin(member) as work:
            work.memberships.note_acting(member.scope, member.user, at=now)
            work.record(CompanyChosen(at=now, user=member.user, customer=member.customer))
            work.commit()


def _open(view: MembershipReading, session: Session) -> Portal:
    portal = view.portals.get(RealmScope(session.realm), session.portal)
    if not portal.open:
        raise PortalNotFound
    return portal


def _choices(view: MembershipReading, session: Session, portal: Portal) -> tuple[Standing, ...]:
    found = view.memberships.of_user(RealmScope(session.realm), session.user)
    counting = [standing for standing in found if standing.counts(portal.policies)]
    chosen = {one.membership.id: at for one in counting if (at := one.membership.acted) is not None}
    last_first = sorted(
        (one for one in counting if one.membership.id in chosen),
        key=lambda one: chosen[one.membership.id],
        reverse=True,
    )
    return (*last_first, *(one for one in counting if one.membership.id not in chosen))


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
