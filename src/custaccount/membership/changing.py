"""Changing who a customer's members are, inside the caller's unit."""

from collections.abc import Collection

import attrs

from custaccount.credentials.model import UserState
from custaccount.facilities.audit import changes_of
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.events import Event
from custaccount.kernel.ids import PortalId, RoleId
from custaccount.membership.held import Held
from custaccount.membership.model import (
    AUDITED,
    LastAdministrator,
    MemberLine,
    MemberRemoved,
    MemberResumed,
    MemberRolesChanged,
    Membership,
    MembershipState,
    MemberSuspended,
    leaves_an_administrator,
)
from custaccount.membership.offers import withdraw_to
from custaccount.membership.ports import MembershipWork
from custaccount.membership.roles import checked_roles


@attrs.frozen(kw_only=True)
class Changing:
    """Changes memberships, for a company's administrators and for staff alike."""

    _clock: Clock = attrs.field(alias="clock")

    def set_roles(
        self, work: MembershipWork, held: Held, found: MemberLine, roles: Collection[RoleId]
    ) -> None:
        """Give a member other roles.

        Raises:
            InvalidFields: no role is named, or one there is not.
            BeyondOwnRights: they grant what who acts lacks.
            LastAdministrator: members would be left, and no administrator.
        """
        before = found.membership
        wanted = checked_roles(roles, held.book)
        held.require_covering(wanted)
        if wanted == before.roles:
            return
        event = MemberRolesChanged(
            at=self._clock(), membership=before.id, user=before.user, customer=before.customer
        )
        _keep(work, held, before, before.with_roles(wanted), event)

    def suspend(
        self, work: MembershipWork, held: Held, found: MemberLine, portal: PortalId
    ) -> None:
        """Stop a member from acting, for now; one that is suspended stays so.

        Raises:
            LastAdministrator: members would be left, and no administrator.
        """
        before = found.membership
        if before.state is not MembershipState.ACTIVE:
            return
        event = MemberSuspended(
            at=self._clock(),
            membership=before.id,
            user=before.user,
            customer=before.customer,
            portal=portal,
        )
        _keep(work, held, before, before.suspended(), event)

    def resume(self, work: MembershipWork, held: Held, found: MemberLine, portal: PortalId) -> None:
        """Let a member act again; one that does already goes on."""
        before = found.membership
        if before.state is not MembershipState.SUSPENDED:
            return
        event = MemberResumed(
            at=self._clock(),
            membership=before.id,
            user=before.user,
            customer=before.customer,
            portal=portal,
        )
        _keep(work, held, before, before.resumed(), event)

    def remove(
        self,
        work: MembershipWork,
        held: Held,
        found: MemberLine,
        portal: PortalId,
        *,
        reason: str,
    ) -> None:
        """End a membership, and take back what is still offered to the member's address.

        Raises:
            LastAdministrator: members would be left, and no administrator.
        """
        before, now = found.membership, self._clock()
        withdraw_to(work, before.scope, found.email, at=now)
        event = MemberRemoved(
            at=now,
            membership=before.id,
            user=before.user,
            customer=before.customer,
            portal=portal,
            reason=reason,
        )
        _keep(work, held, before, before.removed(), event)


def _keep(
    work: MembershipWork, held: Held, before: Membership, after: Membership, event: Event
) -> None:
    """Keep a changed membership and tell it, if an administrator is left.

    Staff may take the last administrator away with the last member: nobody is left without one.
    """
    if not (leaves_an_administrator(held.members, after) or _staff_end_it(held, after)):
        raise LastAdministrator
    try:
        kept = work.memberships.save(before.scope, after)
    except (Stale, AlreadyThere) as rival:
        raise TryAgain from rival
    work.record(attrs.evolve(event, changes=changes_of(before, kept, shown=AUDITED)))


def _staff_end_it(held: Held, after: Membership) -> bool:
    others = (
        one
        for one in held.members
        if one.membership.id != after.id
        and one.membership.state is MembershipState.ACTIVE
        and one.user_state is UserState.ACTIVE
    )
    ended = after.state is not MembershipState.ACTIVE
    return held.by is None and ended and not any(others)
