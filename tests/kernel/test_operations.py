"""What a method asks of who acts is declared where it is checked."""

from __future__ import annotations

import inspect

import attrs
import pytest

from custaccount import Currency, Guest, Language, Member, Permission, Staff
from custaccount.kernel.access import Depth, FeatureOff, Grants, PermissionMissing, Requirement
from custaccount.kernel.features import GUEST_ORDERS, REORDER
from custaccount.kernel.ids import CustomerId, MembershipId, PortalId, RealmId, StaffId, UserId
from custaccount.kernel.operations import Operation, operations_of, requirements_of, requires

MEMBER = Member(
    realm=RealmId("r"),
    portal=PortalId("p"),
    user=UserId("u"),
    customer=CustomerId("c"),
    erp_id=None,
    membership=MembershipId("m"),
    epoch=0,
    permissions={Permission.SEE_ORDERS: Depth.OWN, Permission.SEE_PRICES: Depth.CUSTOMER},
    features=frozenset({REORDER}),
    language=Language.EN,
    currency=Currency("EUR"),
)
GUEST = Guest(realm=RealmId("r"), portal=PortalId("p"), language=Language.EN)
STAFF = Staff(
    realm=RealmId("r"),
    id=StaffId("s"),
    name="Sam",
    permissions=frozenset({Permission.MANAGE_ORDERS}),
)


@attrs.frozen
class Shelf:
    """A service that counts how far it got."""

    reached: list[str] = attrs.field(factory=list)

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=REORDER)
    @requires(Permission.SEE_PRICES)
    def take(self, member: Member, what: str, *, twice: bool = False) -> str:
        """Take something."""
        assert member.customer
        self.reached.append(what)
        return what * (1 + twice)

    @requires()
    def look(self, member: Member) -> None:
        """Look, which asks for nothing."""

    @requires(Permission.MANAGE_ORDERS)
    def tidy(self, staff: Staff) -> None:
        """Tidy up."""

    @requires(feature=GUEST_ORDERS)
    def order(self, guest: Guest) -> None:
        """Order."""

    def open(self, guest: Guest) -> None:
        """Declare nothing."""

    def _hidden(self, member: Member) -> None: ...


TAKE = (
    Requirement(permission=Permission.SEE_ORDERS, depth=Depth.OWN, feature=REORDER),
    Requirement(permission=Permission.SEE_PRICES),
)


def test_a_method_tells_all_it_asks_the_outermost_first() -> None:
    """Each of several declarations is kept; a method without one has none."""
    assert requirements_of(Shelf.take) == TAKE
    assert requirements_of(Shelf.look) == (Requirement(),)
    assert requirements_of(Shelf.open) == ()


def test_a_declared_method_is_what_it_was() -> None:
    """Name, docstring, signature and answer."""
    assert Shelf.take.__name__ == "take"
    assert Shelf.take.__doc__ == "Take something."
    assert list(inspect.signature(Shelf.take).parameters) == ["self", "member", "what", "twice"]
    assert Shelf().take(MEMBER, "x", twice=True) == "xx"


def test_who_acts_may_be_named() -> None:
    """As an argument by position or by name: checked alike."""
    poor = attrs.evolve(MEMBER, permissions={})
    shelf = Shelf()

    assert shelf.take(what="x", member=MEMBER) == "x"
    with pytest.raises(PermissionMissing):
        shelf.take(what="y", member=poor)
    with pytest.raises(PermissionMissing):
        shelf.take(poor, "y")
    assert shelf.reached == ["x"]


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [
        ({}, Permission.SEE_ORDERS),
        ({Permission.SEE_ORDERS: Depth.NONE}, Permission.SEE_ORDERS),
        ({Permission.SEE_ORDERS: Depth.OWN}, Permission.SEE_PRICES),
        (
            {Permission.SEE_ORDERS: Depth.CUSTOMER, Permission.SEE_PRICES: Depth.OWN},
            Permission.SEE_PRICES,
        ),
    ],
)
def test_every_declared_permission_is_asked(permissions: Grants, missing: Permission) -> None:
    """Each as far as it is needed; the method is not reached."""
    shelf = Shelf()

    with pytest.raises(PermissionMissing) as refused:
        shelf.take(attrs.evolve(MEMBER, permissions=permissions), "x")

    assert refused.value.permission is missing
    assert shelf.reached == []


def test_a_function_that_is_off_refuses_whoever_may() -> None:
    """Both have to allow: for members, and for guests the portal's stated set alone."""
    with pytest.raises(FeatureOff) as refused:
        Shelf().take(attrs.evolve(MEMBER, features=frozenset()), "x")
    assert refused.value.feature == REORDER

    with pytest.raises(FeatureOff):
        Shelf().order(GUEST)
    Shelf().order(attrs.evolve(GUEST, features=frozenset({GUEST_ORDERS})))


def test_a_guest_holds_no_permission_and_staff_only_theirs() -> None:
    """What asks for one refuses a guest whatever is offered; staff are asked for no function."""
    offered = attrs.evolve(GUEST, features=frozenset({REORDER}))
    with pytest.raises(PermissionMissing):
        Shelf().take(offered, "x")  # type: ignore[arg-type]
    with pytest.raises(PermissionMissing):
        Shelf().tidy(attrs.evolve(STAFF, permissions=frozenset()))
    Shelf().tidy(STAFF)
    STAFF.meet(Requirement(permission=Permission.MANAGE_ORDERS, feature=REORDER))


def test_an_actor_of_another_kind_is_a_defect() -> None:
    """Where the annotation is a class: what is for staff is not for a member who holds as much."""

    def reorder(self: object, member: Member) -> str:
        return f"{self}{member.user}"

    reorder.__annotations__["member"] = Member
    checked = requires()(reorder)

    assert checked(1, MEMBER) == "1u"
    for actor in (STAFF, GUEST):
        with pytest.raises(TypeError):
            checked(1, actor)  # type: ignore[arg-type]


@pytest.mark.parametrize("actor", [None, "Alice", object()])
def test_what_is_no_actor_is_a_defect(actor: object) -> None:
    """A method called without who acts is not called at all."""
    shelf = Shelf()

    with pytest.raises(TypeError, match=r"Shelf\.take takes who acts first, as member"):
        shelf.take(actor, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        shelf.take(what="x")  # type: ignore[call-arg]
    assert shelf.reached == []


def test_all_public_methods_are_listed() -> None:
    """By service and method, with who acts; what is private is nobody's."""
    found = operations_of({"shelf": Shelf()})

    assert set(found) == {"shelf.take", "shelf.look", "shelf.tidy", "shelf.order", "shelf.open"}
    assert found["shelf.take"] == Operation(  # type: ignore[index]
        name="shelf.take",  # type: ignore[arg-type]
        actor="Member",  # annotations are text in this file
        asked=TAKE,
    )
