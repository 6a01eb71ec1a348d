"""A customer's members, held by one unit: who may decide about whom, and grant what."""

from collections.abc import Collection
from typing import Protocol

import attrs

from custaccount.credentials.model import UserState
from custaccount.kernel.access import Grants, Member, Staff, cover
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.ids import MembershipId, RoleId
from custaccount.kernel.scope import CustomerScope
from custaccount.membership.model import (
    BeyondOwnRights,
    MemberLine,
    MemberNotFound,
    MembershipOver,
    MembershipState,
    OwnMembership,
)
from custaccount.membership.ports import KeepRoleBooks, ReadMemberships
from custaccount.membership.roles import RoleBook


class Holding(Protocol):
    """A writing unit, as far as holding needs it."""

    @property
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def role_books(self) -> KeepRoleBooks:
        """Roles companies made."""
        ...


@attrs.frozen(kw_only=True)
class Held:
    """A customer's members and roles, held by one unit until it ends."""

    book: RoleBook
    members: tuple[MemberLine, ...]
    by: MemberLine | None
    """The member who acts; None: staff do, who may grant and take everything."""

    def find(self, membership: MembershipId) -> MemberLine:
        """Return a member that was not removed.

        Raises:
            MemberNotFound: the customer has none of this id.
        """
        for line in self.members:
            of = line.membership
            if of.id == membership and of.state is not MembershipState.REMOVED:
                return line
        raise MemberNotFound

    def other(self, membership: MembershipId) -> MemberLine:
        """Return somebody else, whose rights do not go beyond those of who acts.

        Raises:
            MemberNotFound: the customer has none of this id.
            OwnMembership: it is who acts.
            BeyondOwnRights: it has a right that who acts lacks.
        """
        found = self.find(membership)
        if self.by is not None and found.membership.id == self.by.membership.id:
            raise OwnMembership
        self.require_covering(found.membership.roles)
        return found

    @property
    def granted(self) -> Grants | None:
        """What the roles of who acts grant, whatever the customer's status; None: everything."""
        return None if self.by is None else self.book.grants(self.by.membership.roles)

    def require_covering(self, roles: Collection[RoleId]) -> None:
        """Refuse what concerns roles that grant more than who acts holds.

        Raises:
            BeyondOwnRights: they do.
        """
        held = self.granted
        if held is not None and not cover(held, self.book.grants(roles)):
            raise BeyondOwnRights


def write_first(work: Holding, scope: CustomerScope) -> RoleBook:
    """Write a customer's role book, so that rivals who do so too come one after the other.

    Raises:
        TryAgain: one was first.
    """
    return kept_book(work, work.role_books.get(scope))


def kept_book(work: Holding, book: RoleBook) -> RoleBook:
    """Keep a role book; who lost against a rival tries again."""
    try:
        return work.role_books.save(book.scope, book)
    except (Stale, AlreadyThere) as rival:
        raise TryAgain from rival


def hold(work: Holding, actor: Member | Staff, scope: CustomerScope) -> Held:
    """Hold a customer's members: of rivals that change them one comes after the other.

    The role book is written first. Only then is looked whether who acts still may: a rival may
    have committed since the unit began.

    Raises:
        MembershipOver: the member was removed, suspended or got other roles since.
    """
    book = write_first(work, scope)
    members = tuple(work.memberships.of_customer(scope))
    by = None
    if isinstance(actor, Member):
        by = next((one for one in members if one.membership.id == actor.membership), None)
        if by is None or not _still_acts(by, actor, book):
            raise MembershipOver
    return Held(book=book, members=members, by=by)


def _still_acts(by: MemberLine, actor: Member, book: RoleBook) -> bool:
    return (
        by.membership.state is MembershipState.ACTIVE
        and by.user_state is UserState.ACTIVE
        and by.membership.epoch + book.epoch == actor.epoch
    )
