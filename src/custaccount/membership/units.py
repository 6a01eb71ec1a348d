"""Writing units in which the actor was checked again, before anything else."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from custaccount.credentials.model import SessionOver
from custaccount.credentials.ports import ReadSessions
from custaccount.kernel.access import Actor, Guest, Member, Person, Staff
from custaccount.kernel.features import Features
from custaccount.kernel.scope import RealmScope
from custaccount.membership.model import MembershipOver
from custaccount.membership.ports import ReadMemberships
from custaccount.portals.model import Portal, PortalNotFound
from custaccount.portals.ports import ReadPortals
from custaccount.staff.model import StaffSessionOver
from custaccount.staff.ports import ReadStaffSessions


class Checkable(Protocol):
    """What the check looks at, in the unit itself."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def sessions(self) -> ReadSessions:
        """Sessions."""
        ...

    @property
    def staff_sessions(self) -> ReadStaffSessions:
        """Staff sessions."""
        ...


W = TypeVar("W", bound=Checkable)

EVERY = Features()


@contextmanager
def checked_unit(
    unit: AbstractContextManager[W], actor: Actor, features: Features = EVERY
) -> Iterator[W]:
    """Open a storage's unit for an actor that still is what it was made as.

    Who builds a service by hand wraps ``storage.begin`` in this; ``CustomerAccounts`` does.

    Args:
        unit: The storage's.
        actor: Who acts.
        features: The functions there are, those the actor was made with.

    Raises:
        MembershipOver: the member was removed, suspended, changed or switched off since.
        SessionOver: the person's session ended since, or the user was blocked or got a password.
        StaffSessionOver: the staff member's session ended since, or the member was blocked.
        GrantsChanged: what the staff member may do was changed since.
        PortalNotFound: the guest's, person's or member's portal was switched off since.
    """
    with unit as work:
        match actor:
            case Member():
                standing = work.memberships.find(actor.scope, actor.user)
                if standing is None:
                    raise MembershipOver
                portal = _open(work, actor)
                standing.confirm(actor, portal, features)
            case Guest():
                _open(work, actor)
            case Person():
                found = work.sessions.find(actor.scope, actor.session)
                if found is None or not found[0].is_of(actor, found[1]):
                    raise SessionOver
                _open(work, actor)
            case Staff() if actor.session is not None:
                home = RealmScope(actor.home or actor.realm)
                entered = work.staff_sessions.find(home, actor.session)
                if entered is None:
                    raise StaffSessionOver
                entered[0].confirm(entered[1], actor)
            case _:
                pass
        yield work


def _open(work: Checkable, actor: Guest | Person | Member) -> Portal:
    portal = work.portals.get(RealmScope(actor.realm), actor.portal)
    if not portal.open:
        raise PortalNotFound
    return portal
