"""Roles: those custaccount ships, those a company makes, and who may grant what."""

from collections.abc import Collection, Iterable, Iterator, Mapping

import attrs

from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    Depth,
    Grants,
    Permission,
    cover,
    deepest,
)
from custaccount.kernel.errors import Rule, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import CustomerId, RealmId, RoleId
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import is_name

ADMINISTRATOR = RoleId("administrator")
BUYER = RoleId("buyer")
ACCOUNTANT = RoleId("accountant")
VIEWER = RoleId("viewer")

ROLES_MOST = 50
"""So many roles a company may make."""


@attrs.frozen(kw_only=True)
class Role:
    """A named set of permissions."""

    id: RoleId
    name: str
    grants: Grants

    @property
    def shipped(self) -> bool:
        """Whether custaccount ships it: it is the same everywhere, and nobody changes it."""
        return self.id in _SHIPPED


def _all_of_the_customers(*permissions: Permission) -> Grants:
    return dict.fromkeys(permissions, Depth.CUSTOMER)


SHIPPED: tuple[Role, ...] = (
    Role(
        id=ADMINISTRATOR,
        name=N_("Administrator"),
        grants=_all_of_the_customers(*sorted(MEMBER_PERMISSIONS, key=lambda one: one.value)),
    ),
    Role(
        id=BUYER,
        name=N_("Buyer"),
        grants=_all_of_the_customers(
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        ),
    ),
    Role(
        id=ACCOUNTANT,
        name=N_("Accountant"),
        grants=_all_of_the_customers(Permission.SEE_ORDERS, Permission.SEE_CUSTOMER),
    ),
    Role(
        id=VIEWER,
        name=N_("Viewer"),
        grants=_all_of_the_customers(
            Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.SEE_CUSTOMER
        ),
    ),
)
"""What every company has, without making it."""

_SHIPPED = {role.id: role for role in SHIPPED}

DEPTHS: Mapping[Permission, Collection[Depth]] = {
    permission: (Depth.OWN, Depth.CUSTOMER, Depth.SUBTREE)
    if permission is Permission.SEE_ORDERS
    else (Depth.CUSTOMER, Depth.SUBTREE)
    for permission in MEMBER_PERMISSIONS
}
"""How far each permission of a role may reach: only what a person makes can be one's own."""


@attrs.frozen(kw_only=True)
class RoleBook:
    """The roles a customer made for itself.

    It is also what whoever changes the customer's members writes first, so that one comes after
    the other: of two administrators who remove each other, one stays.
    """

    realm: RealmId
    customer: CustomerId
    roles: tuple[Role, ...] = ()
    """By name."""
    epoch: int = 0
    """Grows with every change of a role; with the membership's it is the epoch of an actor."""
    version: int = 0

    @property
    def scope(self) -> CustomerScope:
        """Everything of its customer."""
        return CustomerScope(self.realm, self.customer)

    def __iter__(self) -> Iterator[Role]:
        """List the roles there are for the customer, those that are shipped first."""
        yield from SHIPPED
        yield from self.roles

    def find(self, role: RoleId) -> Role | None:
        """Return a role, shipped or the customer's own, or None."""
        return next((one for one in self if one.id == role), None)

    def grants(self, roles: Collection[RoleId]) -> Grants:
        """Add up what roles grant; one that is gone grants nothing."""
        return granted_by(roles, self.roles)

    def with_role(self, role: Role) -> "RoleBook":
        """Add a role, or change the one of this id."""
        others = (one for one in self.roles if one.id != role.id)
        return self._changed((*others, role))

    def without(self, role: RoleId) -> "RoleBook":
        """Take a role out."""
        return self._changed(one for one in self.roles if one.id != role)

    def _changed(self, roles: Iterable[Role]) -> "RoleBook":
        by_name = tuple(sorted(roles, key=lambda one: (one.name.casefold(), one.id)))
        return attrs.evolve(self, roles=by_name, epoch=self.epoch + 1)


def granted_by(roles: Collection[RoleId], own: Collection[Role]) -> Grants:
    """Add up what roles grant, of those that are shipped and the customer's own."""
    return deepest(role.grants for role in (*SHIPPED, *own) if role.id in roles)


def rules_of(role: Role, book: RoleBook, *, held: Grants) -> Iterator[Rule]:
    """Say what has to hold for a role a company makes or changes.

    Args:
        role: As it is to be.
        book: The company's roles as they are.
        held: What the roles of who makes it grant: nobody grants what they lack.
    """
    yield "name", is_name(role.name), N_("Between 1 and 100 printable characters.")
    names = {one.name.casefold() for one in book if one.id != role.id}
    yield "name", role.name.casefold() not in names, N_("There is a role of this name already.")
    yield "grants", role.grants, N_("A role allows at least one thing.")
    fits = all(depth in DEPTHS.get(one, ()) for one, depth in role.grants.items())
    yield "grants", fits, N_("A role can't hold this permission, or not this far.")
    beyond = fits and not cover(held, role.grants)
    yield "grants", not beyond, N_("You can't grant what you don't hold yourself.")
    more = len(book.roles) < ROLES_MOST or book.find(role.id) is not None
    yield "name", more, N_("There are too many roles already.")


def checked_roles(wanted: Collection[RoleId], book: RoleBook) -> frozenset[RoleId]:
    """Return roles somebody may be given, if there are such roles and at least one.

    Raises:
        InvalidFields: none is named, or one that the customer does not have.
    """
    known = tuple(one.id for one in book)
    refuse_unless(
        [
            ("roles", wanted, N_("Choose at least one role.")),
            (
                "roles",
                not isinstance(wanted, str) and all(one in known for one in wanted or ()),
                N_("This role is not known."),
            ),
        ],
        code="membership.invalid",
    )
    return frozenset(wanted)
