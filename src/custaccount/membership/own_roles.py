"""The roles a company makes for itself."""

from collections.abc import Mapping

import attrs

from custaccount.kernel.access import (
    Depth,
    Grants,
    Member,
    Permission,
    cover,
)
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale, refuse_unless
from custaccount.kernel.events import Change
from custaccount.kernel.features import OWN_ROLES
from custaccount.kernel.ids import NewId, RoleId
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.held import Held, hold, kept_book
from custaccount.membership.model import (
    BeyondOwnRights,
    MemberLine,
    MembershipState,
    OwnMembership,
    RoleBookChanged,
    RoleInUse,
    RoleNotFound,
)
from custaccount.membership.ports import MembershipReading, MembershipWork
from custaccount.membership.roles import Role, rules_of

HOLDERS_TOLD = 5
"""Of those who keep a role from going, so many are named."""


@attrs.frozen(kw_only=True)
class RoleLine:
    """A role, as who edits roles sees it."""

    role: Role
    users: int
    """How many have it."""
    changeable: bool
    """Whether who looks may change it: the company's own, not the own one, nothing beyond."""


@attrs.frozen(kw_only=True)
class Roles:
    """The roles there are for a company."""

    roles: tuple[RoleLine, ...]
    """Those that are shipped first, then the company's own by name."""
    grantable: Grants
    """What who looks may put into a role, and how far."""
    epoch: int
    """Names what was seen, for a change of it."""


@attrs.frozen(kw_only=True)
class OwnRoles:
    """Makes and changes roles of the customer a member acts for; nobody grants what they lack."""

    _reading: Reading[MembershipReading] = attrs.field(alias="reading")
    _begin: Begin[MembershipWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")

    @requires(Permission.MANAGE_ROLES, feature=OWN_ROLES)
    def all(self, member: Member) -> Roles:
        """List the roles, with what each allows and how many users have it."""
        with self._reading() as view:
            book = view.role_books.get(member.scope)
            lines = view.memberships.of_customer(member.scope)
        left = [
            one.membership for one in lines if one.membership.state is not MembershipState.REMOVED
        ]
        mine = next((one.roles for one in left if one.id == member.membership), frozenset())
        held = book.grants(mine)
        return Roles(
            roles=tuple(
                RoleLine(
                    role=role,
                    users=sum(role.id in one.roles for one in left),
                    changeable=_may_change(role, mine, held),
                )
                for role in book
            ),
            grantable=held,
            epoch=book.epoch,
        )

    @requires(Permission.MANAGE_ROLES, feature=OWN_ROLES)
    @repeatable
    def make(self, member: Member, *, name: str, grants: Mapping[Permission, Depth]) -> Role:
        """Make a role.

        Raises:
            InvalidFields: the name is none or taken, or it would grant what can't be granted, or
                what the member lacks.
        """
        new = Role(id=RoleId(self._new_id()), name=_trimmed(name), grants=dict(grants))
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            self._keep(work, held, None, new)
            work.commit()
        return new

    @requires(Permission.MANAGE_ROLES, feature=OWN_ROLES)
    @repeatable
    def change(
        self,
        member: Member,
        role: RoleId,
        *,
        name: str,
        grants: Mapping[Permission, Depth],
        epoch: int,
    ) -> Role:
        """Change a role; whoever has it may do what it says from the next call on.

        Args:
            member: Who changes it.
            role: Which of the company's own.
            name: As it is to be called.
            grants: All it is to allow.
            epoch: What was seen.

        Raises:
            RoleNotFound: the company has made no such role.
            Stale: a role was changed in the meantime.
            InvalidFields: as for ``make``.
            OwnMembership: the member has the role.
            BeyondOwnRights: it grants what the member lacks, or somebody has it who may do more.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            before = _changeable(held, role)
            if held.book.epoch != epoch:
                raise Stale(kind="role", id=role, version=epoch)
            after = attrs.evolve(before, name=_trimmed(name), grants=dict(grants))
            if after == before:
                return before
            for one in _holders(held, role):
                held.require_covering(one.membership.roles)
            self._keep(work, held, before, after)
            work.commit()
        return after

    @requires(Permission.MANAGE_ROLES, feature=OWN_ROLES)
    @repeatable
    def remove(self, member: Member, role: RoleId) -> None:
        """Remove a role that nobody has, and nobody is invited to.

        Raises:
            RoleNotFound: the company has made no such role.
            RoleInUse: somebody has it, or is invited to it; who that is, is told who manages users.
            OwnMembership: the member has the role.
            BeyondOwnRights: it grants what the member lacks.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            before = _changeable(held, role)
            asked = work.invitations.open_of(member.scope)
            has = [
                *(one.called for one in _holders(held, role)),
                *(one.email.text for one in asked if role in one.roles),
            ]
            if has:
                named = member.reach(Permission.MANAGE_USERS) is not Depth.NONE
                raise RoleInUse(holders=", ".join(has[:HOLDERS_TOLD]) if named else str(len(has)))
            kept_book(work, held.book.without(role))
            work.record(
                RoleBookChanged(
                    at=self._clock(),
                    customer=member.customer,
                    role=role,
                    what="removed",
                    changes=_changes(before, None),
                )
            )
            work.commit()

    def _keep(self, work: MembershipWork, held: Held, before: Role | None, after: Role) -> None:
        rules = rules_of(after, held.book, held=held.granted or {})
        refuse_unless(rules, code="membership.invalid")
        kept_book(work, held.book.with_role(after))
        work.record(
            RoleBookChanged(
                at=self._clock(),
                customer=held.book.customer,
                role=after.id,
                what="changed" if before else "made",
                changes=_changes(before, after),
            )
        )


def _holders(held: Held, role: RoleId) -> list[MemberLine]:
    return [
        one
        for one in held.members
        if role in one.membership.roles and one.membership.state is not MembershipState.REMOVED
    ]


def _may_change(role: Role, mine: frozenset[RoleId], held: Grants) -> bool:
    return not role.shipped and role.id not in mine and cover(held, role.grants)


def _changeable(held: Held, role: RoleId) -> Role:
    found = next((one for one in held.book.roles if one.id == role), None)
    if found is None:
        raise RoleNotFound
    if held.by is not None and role in held.by.membership.roles:
        raise OwnMembership
    if not cover(held.granted or {}, found.grants):
        raise BeyondOwnRights
    return found


def _trimmed(name: object) -> str:
    return name.strip() if isinstance(name, str) else ""


def _changes(before: Role | None, after: Role | None) -> tuple[Change, ...]:
    was, now = _told(before), _told(after)
    return tuple(
        Change(field=field, before=was.get(field), after=now.get(field))
        for field in ("name", "grants")
        if was.get(field) != now.get(field)
    )


def _told(role: Role | None) -> Mapping[str, str]:
    if role is None:
        return {}
    named = (f"{permission.value} ({depth.value})" for permission, depth in role.grants.items())
    return {"name": role.name, "grants": ", ".join(sorted(named))}
