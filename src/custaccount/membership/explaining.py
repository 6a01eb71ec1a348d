"""Why somebody may do something, or may not: every condition, and what could be done about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum

import attrs

from custaccount.credentials.model import UserState
from custaccount.kernel.access import Depth, Requirement
from custaccount.kernel.errors import NotFound
from custaccount.kernel.features import Features
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.ids import OperationName, UserId
from custaccount.membership.model import MembershipState
from custaccount.membership.roles import SHIPPED, Role
from custaccount.membership.standing import (
    FOR_COMPANIES,
    SWITCHED_BY,
    FeatureAnswer,
    Level,
    Standing,
)
from custaccount.membership.words import DEPTHS, PERMISSIONS, STATUSES
from custaccount.portals.model import AccountKind, Policies, Portal


class OperationUnknown(NotFound):
    """No public method of this name, or not one a customer's users call."""

    code = "membership.operation_unknown"
    template = N_("This operation is not known.")


class Cause(Enum):
    """What an operation hangs on, in the order it is looked at."""

    PORTAL = "portal"
    LOGIN = "login"
    MEMBERSHIP = "membership"
    STATUS = "status"
    KIND = "kind"
    ROLE = "role"
    FEATURE = "feature"
    OBJECT = "object"


class Remedy(Enum):
    """Who can change what refuses."""

    ADMINISTRATOR = "administrator"
    """One of the company's, by another role."""
    SELLER = "seller"
    """Its staff."""
    PERSON = "person"
    """The user, by choosing a password."""


@attrs.frozen(kw_only=True)
class Reason:
    """One condition, whether it holds, and why."""

    cause: Cause
    holds: bool
    text: Text
    remedy: Remedy | None = None
    """Who could change it; None where it holds, or nobody can."""
    roles: tuple[Role, ...] = ()
    """The roles that allow it: the user's, or where it does not hold those that would."""


@attrs.frozen(kw_only=True)
class Explanation:
    """All that allows an operation, or refuses it."""

    operation: OperationName
    reasons: tuple[Reason, ...]

    @property
    def allowed(self) -> bool:
        """Whether every condition holds."""
        return all(one.holds for one in self.reasons)

    @property
    def refusing(self) -> tuple[Reason, ...]:
        """What does not hold."""
        return tuple(one for one in self.reasons if not one.holds)


SWITCHED: Mapping[tuple[Level, bool], str] = {
    (Level.CUSTOMER, True): N_("“%(feature)s” is switched on for this customer."),
    (Level.CUSTOMER, False): N_("“%(feature)s” is switched off for this customer."),
    (Level.GROUP, True): N_("“%(feature)s” is switched on for the customer group “%(group)s”."),
    (Level.GROUP, False): N_("“%(feature)s” is switched off for the customer group “%(group)s”."),
    (Level.PORTAL, True): N_("“%(feature)s” is switched on for the portal."),
    (Level.PORTAL, False): N_("“%(feature)s” is switched off for the portal."),
    (Level.DEFAULT, True): N_("“%(feature)s” is on unless somebody switches it off."),
    (Level.DEFAULT, False): N_("“%(feature)s” is off unless somebody switches it on."),
}
MEMBERSHIPS: Mapping[MembershipState, str] = {
    MembershipState.ACTIVE: N_("The membership is active."),
    MembershipState.SUSPENDED: N_("The membership is suspended for now."),
    MembershipState.REMOVED: N_("The membership has ended."),
}


def told(answer: FeatureAnswer) -> Text:
    """Say in words, to staff, whether a function is on, and who decided it."""
    facts = {"feature": answer.called, "group": answer.group or ""}
    return Text(SWITCHED[answer.level, answer.on], facts)


def told_to_member(answer: FeatureAnswer) -> Text:
    """Say in words whether a function is on; how the seller sorts its customers is untold."""
    words = N_("“%(feature)s” is on for your company.")
    if not answer.on:
        words = N_("“%(feature)s” is off for your company.")
    return Text(words, {"feature": answer.called})


def explain(
    operation: OperationName,
    asked: Sequence[Requirement],
    standing: Standing | None,
    portal: Portal,
    features: Features,
    *,
    author: UserId | None = None,
    to_staff: bool,
) -> Explanation:
    """Look at everything an operation hangs on, as it is right now.

    Args:
        operation: Its name.
        asked: What it declares.
        standing: The user's with the customer, if there is any.
        portal: Where.
        features: The functions there are.
        author: Whose the thing is that it is about, if the operation can be about own things alone.
        to_staff: Whether the seller's people are told, who know the customer groups.
    """
    if standing is None:
        text = Text(N_("There is no membership, and never was one."))
        refused = Reason(
            cause=Cause.MEMBERSHIP, holds=False, text=text, remedy=Remedy.ADMINISTRATOR
        )
        return Explanation(operation=operation, reasons=(refused,))
    tell = told if to_staff else told_to_member
    reasons = (
        *_coming_in(standing, portal),
        *(reason for one in asked for reason in _allowed(one, standing, portal.policies, author)),
        *(
            reason
            for one in asked
            for reason in _offered(one, standing, portal.policies, features, tell)
        ),
    )
    return Explanation(operation=operation, reasons=reasons)


def _coming_in(standing: Standing, portal: Portal) -> Iterator[Reason]:
    policies, membership = portal.policies, standing.membership
    yield Reason(
        cause=Cause.PORTAL,
        holds=portal.open,
        text=Text(N_("The portal is on.") if portal.open else N_("The portal is off.")),
        remedy=None if portal.open else Remedy.SELLER,
    )
    if standing.user_state is UserState.BLOCKED:
        text = Text(N_("The seller has blocked the login."))
        yield Reason(cause=Cause.LOGIN, holds=False, text=text, remedy=Remedy.SELLER)
    elif standing.password_due:
        text = Text(N_("A password of one's own has to be chosen first."))
        yield Reason(cause=Cause.LOGIN, holds=False, text=text, remedy=Remedy.PERSON)
    else:
        text = Text(N_("The login is active."))
        yield Reason(cause=Cause.LOGIN, holds=True, text=text)
    active = membership.state is MembershipState.ACTIVE
    yield Reason(
        cause=Cause.MEMBERSHIP,
        holds=active,
        text=Text(MEMBERSHIPS[membership.state]),
        remedy=None if active else Remedy.ADMINISTRATOR,
    )
    enters = standing.switches(policies).sign_in
    yield Reason(
        cause=Cause.STATUS,
        holds=enters,
        text=Text(
            N_("A customer in this status (%(status)s) may come in.")
            if enters
            else N_("A customer in this status (%(status)s) may not come in."),
            {"status": Text(STATUSES[standing.customer_status])},
        ),
        remedy=None if enters else Remedy.SELLER,
    )


def _allowed(
    asked: Requirement, standing: Standing, policies: Policies, author: UserId | None
) -> Iterator[Reason]:
    permission = asked.permission
    if permission is None:
        return
    reached = standing.granted.get(permission, Depth.NONE)
    holds = reached.reaches(asked.depth)
    facts = {"permission": Text(PERMISSIONS[permission]), "depth": Text(DEPTHS[reached])}
    words = N_("A role that was given allows “%(permission)s” (%(depth)s).")
    if not holds:
        words = N_("No role that was given allows “%(permission)s”.")
    yield Reason(
        cause=Cause.ROLE,
        holds=holds,
        text=Text(words, facts),
        remedy=None if holds else Remedy.ADMINISTRATOR,
        roles=tuple(
            role
            for role in (*SHIPPED, *standing.own_roles)
            if role.grants.get(permission, Depth.NONE).reaches(asked.depth)
            and (role.id in standing.membership.roles) is holds
        ),
    )
    if permission in SWITCHED_BY:
        on = bool(getattr(standing.switches(policies), SWITCHED_BY[permission]))
        words = N_("The customer's status (%(status)s) leaves “%(permission)s” on.")
        if not on:
            words = N_("The customer's status (%(status)s) switches “%(permission)s” off.")
        facts["status"] = Text(STATUSES[standing.customer_status])
        yield Reason(
            cause=Cause.STATUS,
            holds=on,
            text=Text(words, facts),
            remedy=None if on else Remedy.SELLER,
        )
    if permission in FOR_COMPANIES and standing.customer_kind is AccountKind.PERSONAL:
        text = Text(N_("A personal account is for one person and has no users."))
        yield Reason(cause=Cause.KIND, holds=False, text=text)
    if reached is Depth.OWN and author is not None:
        own = author == standing.membership.user
        words = N_("It was made by the same user.") if own else N_("It was made by somebody else.")
        yield Reason(
            cause=Cause.OBJECT,
            holds=own,
            text=Text(words),
            remedy=None if own else Remedy.ADMINISTRATOR,
        )


def _offered(
    asked: Requirement,
    standing: Standing,
    policies: Policies,
    features: Features,
    tell: Callable[[FeatureAnswer], Text],
) -> Iterator[Reason]:
    for answer in standing.answers(policies, features):
        if answer.feature == asked.feature:
            yield Reason(
                cause=Cause.FEATURE,
                holds=answer.on,
                text=tell(answer),
                remedy=None if answer.on else Remedy.SELLER,
            )
