"""Writing units in which the actor was checked again, before anything else."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from custaccount.kernel.access import Actor, Guest, Member
from custaccount.membership.model import MembershipOver
from custaccount.membership.ports import ReadMemberships
from custaccount.portals.model import PortalNotFound
from custaccount.portals.ports import ReadPortals


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


W = TypeVar("W", bound=Checkable)


@contextmanager
def checked_unit(unit: AbstractContextManager[W], actor: Actor) -> Iterator[W]:
    """Open a storage's unit for an actor that still is what it was made as.

    Who builds a service by hand wraps ``storage.begin`` in this; ``CustomerAccounts`` does.

    Raises:
        MembershipOver: the member was removed, suspended, changed or switched off since.
        PortalNotFound: the guest's portal was switched off since.
    """
    with unit as work:
        match actor:
            case Member():
                standing = work.memberships.find(actor.scope, actor.user)
                if standing is None:
                    raise MembershipOver
                standing.confirm(actor)
            case Guest():
                if not work.portals.get(actor.scope, actor.portal).open:
                    raise PortalNotFound
            case _:
                pass
        yield work
