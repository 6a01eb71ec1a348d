"""What a method declares is what it asks: of every method, role, status and function.

A neighbour that is trapped lets nothing be asked of it: what is refused is refused before anything
is read, and what is allowed runs into the trap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import attrs
import pytest

from custaccount import CustAccountError, Member, Staff, System
from custaccount.adapters.memory import MemoryCart, MemoryStorage
from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    STAFF_PERMISSIONS,
    Actor,
    Depth,
    FeatureOff,
    Permission,
    PermissionMissing,
    Requirement,
)
from custaccount.kernel.features import SHIPPED as FUNCTIONS
from custaccount.kernel.ids import FeatureKey, OperationName, RoleId
from custaccount.kernel.operations import Operation, operations_of, requires
from custaccount.membership import ACCOUNTANT, ADMINISTRATOR, BUYER, VIEWER, MembershipOver
from custaccount.portals import AccountKind, CustomerStatus
from tests.house import NoLimits, build
from tests.security.samples import SAMPLES, Call, Party, three_parties
from tests.security.services import Method, methods_of

OPERATIONS = build().accounts.operations
OF_MEMBERS = sorted(name for name, one in OPERATIONS.items() if one.actor is Member)
OF_STAFF = sorted(name for name, one in OPERATIONS.items() if one.actor is Staff)


# Nothing is asked -------------------------------------------------------------------------------


class Touched(Exception):
    """Something was asked of a neighbour."""


@attrs.define
class Trap:
    """Neighbours that can be made to raise whatever they are asked."""

    set: bool = False

    def step(self) -> None:
        """Raise, if the trap is set."""
        if self.set:
            raise Touched


@attrs.define
class TrappedStorage:
    """A storage of which nobody opens a unit while the trap is set."""

    inner: MemoryStorage
    trap: Trap

    @contextmanager
    def reading(self) -> Iterator[object]:
        """Open a snapshot."""
        self.trap.step()
        with self.inner.reading() as view:
            yield view

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[object]:
        """Open a writing unit."""
        self.trap.step()
        with self.inner.begin(actor) as work:
            yield work


class TrappedCart(MemoryCart):
    """A cart of which nobody asks anything while the trap is set."""

    def __init__(self, trap: Trap) -> None:
        super().__init__()
        self.trap = trap

    def _answer(self) -> None:
        self.trap.step()
        super()._answer()


@attrs.frozen
class Asked:
    """A house whose neighbours are trapped, and a valid call of each of its methods."""

    trap: Trap
    party: Party
    methods: Mapping[str, Method]
    calls: Mapping[str, Call]

    def answer(self, name: str, actor: object) -> object:
        """Let somebody make a method's call; returns what is raised, at the trap at the latest."""
        self.trap.set = True
        try:
            self.methods[name].call(actor, **self.calls[name].arguments)
        except (CustAccountError, Touched) as raised:
            return raised
        finally:
            self.trap.set = False
        return None

    def refused(self, name: str, actor: object) -> bool:
        """Whether somebody lacks what the method asks for."""
        return isinstance(self.answer(name, actor), PermissionMissing | FeatureOff)


@pytest.fixture(scope="module")
def asked() -> Asked:
    """Acme, with a call of each method of a member or of staff."""
    trap = Trap()
    storage = TrappedStorage(MemoryStorage(), trap)
    house = build(storage, cart=TrappedCart(trap), limits=NoLimits())  # type: ignore[arg-type]
    party, _, _ = three_parties(house)
    calls = {name: SAMPLES[name](party) for name in (*OF_MEMBERS, *OF_STAFF)}
    return Asked(trap, party, methods_of(house.accounts), calls)


# Every method declares --------------------------------------------------------------------------


def undeclared(operations: Mapping[OperationName, Operation]) -> set[str]:
    """Name the methods of a member or of staff that declare nothing."""
    return {
        name for name, one in operations.items() if one.actor in {Member, Staff} and not one.asked
    }


class Planted:
    """A service with a method that forgot to declare, among others."""

    @requires(Permission.SEE_ORDERS)
    def declared(self, member: Member) -> Member:
        """Ask for a permission."""
        return member

    def forgotten(self, member: Member) -> Member:
        """Ask for nothing."""
        return member

    def forgotten_by_staff(self, staff: Staff) -> Staff:
        """Ask for nothing."""
        return staff


Planted.forgotten.__annotations__["member"] = Member
Planted.forgotten_by_staff.__annotations__["staff"] = Staff


def test_every_method_of_a_member_or_of_staff_declares_what_it_asks() -> None:
    """A requirement of nothing is a decision too, and is declared."""
    assert undeclared(OPERATIONS) == set()
    assert {name for name in OF_MEMBERS if OPERATIONS[name].asked == (Requirement(),)} == {
        "access.administrators",
        "access.explain_access",
        "users.leave",
    }


def test_a_method_that_forgot_is_named() -> None:
    """Negative control."""
    assert undeclared(operations_of({"planted": Planted()})) == {
        "planted.forgotten",
        "planted.forgotten_by_staff",
    }


def test_the_operations_are_the_public_methods() -> None:
    """None is left out, and each takes first whom its signature says."""
    methods = methods_of(build().accounts)

    assert {name: one.actor for name, one in OPERATIONS.items()} == {
        name: next(iter(method.parameters.values())) for name, method in methods.items()
    }


# What is declared is asked, before anything else --------------------------------------------------


def as_told(error: object) -> tuple[object, ...]:
    """Take apart what an error says."""
    assert isinstance(error, CustAccountError), error
    return type(error), error.code, error.facts


def lacking(member: Member, one: Requirement) -> Iterator[tuple[Member, CustAccountError]]:
    """Take away exactly what is asked, and say how that is refused."""
    if one.permission is not None:
        missing = PermissionMissing(permission=one.permission)
        others = {key: far for key, far in member.permissions.items() if key is not one.permission}
        yield attrs.evolve(member, permissions=others), missing
        for depth in Depth:
            if not depth.reaches(one.depth):
                less = {**others, one.permission: depth}
                yield attrs.evolve(member, permissions=less), missing
    if one.feature is not None:
        off = member.features - {one.feature}
        yield attrs.evolve(member, features=off), FeatureOff(feature=one.feature)


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_a_member_who_lacks_one_thing_is_refused_for_it(asked: Asked, name: str) -> None:
    """A permission, its depth or a function: that very error, and nothing was read."""
    rightful = asked.calls[name].actor
    assert isinstance(rightful, Member)
    everything = attrs.evolve(
        rightful,
        permissions=dict.fromkeys(MEMBER_PERMISSIONS, Depth.SUBTREE),
        features=frozenset(one.key for one in FUNCTIONS),
    )

    for one in OPERATIONS[OperationName(name)].asked:
        for actor, refusal in lacking(everything, one):
            assert as_told(asked.answer(name, actor)) == as_told(refusal)

    assert isinstance(asked.answer(name, everything), Touched)


def test_a_method_that_reads_before_it_asks_is_seen(asked: Asked) -> None:
    """Negative control: it would refuse too, but not before it has looked."""
    storage = asked.party.shop.house.storage

    def late(member: Member) -> None:
        with storage.reading():
            member.require(Permission.SEE_TRAIL)

    planted = Method(name="late", parameters={"member": Member}, returns=None, call=late)
    nothing = attrs.evolve(asked.party.member, permissions={})
    with_it = attrs.evolve(asked, methods={"late": planted}, calls={"late": Call(nothing, {})})

    assert isinstance(with_it.answer("late", nothing), Touched)


@pytest.mark.parametrize("name", OF_STAFF)
def test_staff_who_lack_one_thing_are_refused_for_it(asked: Asked, name: str) -> None:
    """With every other permission there is, a member's too."""
    staff = asked.party.staff

    for one in OPERATIONS[OperationName(name)].asked:
        assert one.permission in STAFF_PERMISSIONS
        without = attrs.evolve(staff, permissions=frozenset(Permission) - {one.permission})
        missing = PermissionMissing(permission=one.permission)  # type: ignore[arg-type]
        assert as_told(asked.answer(name, without)) == as_told(missing)

    reads_nothing = name == "access_desk.operations"
    assert isinstance(asked.answer(name, staff), Touched) is not reads_nothing


@pytest.mark.parametrize("name", OF_STAFF)
def test_no_member_does_what_staff_do(asked: Asked, name: str) -> None:
    """Whatever the roles grant: there is no permission of a role that opens it."""
    boss = attrs.evolve(
        asked.party.member, permissions=dict.fromkeys(MEMBER_PERMISSIONS, Depth.SUBTREE)
    )

    with pytest.raises(TypeError, match="takes who acts first"):
        asked.answer(name, boss)


# The matrix: roles × status × functions × operations ----------------------------------------------

GRANTED: Mapping[frozenset[RoleId], frozenset[Permission]] = {
    frozenset({ADMINISTRATOR}): MEMBER_PERMISSIONS,
    frozenset({BUYER}): frozenset(
        {
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        }
    ),
    frozenset({ACCOUNTANT}): frozenset({Permission.SEE_ORDERS, Permission.SEE_CUSTOMER}),
    frozenset({VIEWER}): frozenset(
        {Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.SEE_CUSTOMER}
    ),
    frozenset({ACCOUNTANT, BUYER}): frozenset(
        {
            Permission.SEE_PRICES,
            Permission.SEE_ORDERS,
            Permission.PLACE_ORDERS,
            Permission.SEE_CUSTOMER,
            Permission.CHANGE_ADDRESSES,
        }
    ),
    frozenset({RoleId("gone")}): frozenset(),
}
"""What roles grant, written down a second time."""
SWITCHED_OFF: Mapping[CustomerStatus, frozenset[Permission] | None] = {
    CustomerStatus.ACTIVE: frozenset(),
    CustomerStatus.ON_HOLD: frozenset({Permission.PLACE_ORDERS}),
    CustomerStatus.REQUESTED: None,
    CustomerStatus.CLOSED: None,
    CustomerStatus.REJECTED: None,
}
"""What a status takes away; None where nobody comes in."""
ONE_PERSON = frozenset({Permission.MANAGE_USERS, Permission.MANAGE_ROLES})
"""What a personal account has no use for."""
FUNCTION_OFF: tuple[FeatureKey | None, ...] = (None, *(one.key for one in FUNCTIONS))


def told(operation: str, granted: frozenset[Permission], off: FeatureKey | None) -> bool:
    """Say from the declaration alone whether an operation is allowed."""
    return all(
        (one.permission is None or one.permission in granted)
        and (one.feature is None or one.feature != off)
        for one in OPERATIONS[OperationName(operation)].asked
    )


def decide(asked: Asked, status: CustomerStatus, off: FeatureKey | None) -> None:
    """Let staff decide where Acme stands and what it is offered."""
    desk, staff = asked.party.accounts.customer_desk, asked.party.staff
    acme = asked.party.shop.customer(asked.party.erp_id)
    features = {} if off is None else {off: False}
    desk.change(staff, acme.id, version=acme.version, status=status, features=features)


@pytest.mark.parametrize("status", CustomerStatus)
@pytest.mark.parametrize("roles", GRANTED, ids=lambda roles: "+".join(sorted(roles)))
def test_a_role_allows_what_is_declared_and_nothing_else(
    asked: Asked, roles: frozenset[RoleId], status: CustomerStatus
) -> None:
    """Every operation, each function off in turn; what is explained is what happens."""
    party = asked.party
    decide(asked, CustomerStatus.ACTIVE, None)
    session, boss = party.session, party.member
    acting, desk = party.accounts.acting, party.accounts.access_desk
    before = party.shop.change_membership(boss, lambda one: one.with_roles(roles))
    try:
        for off in FUNCTION_OFF:
            decide(asked, status, off)
            taken = SWITCHED_OFF[status]
            if taken is None:
                with pytest.raises(MembershipOver):
                    acting.member(session, boss.customer)
                for name in OF_MEMBERS:
                    explained = desk.explain_access(
                        party.staff, boss.user, name, boss.customer, portal=boss.portal
                    )
                    assert not explained.allowed, name
                continue
            member = acting.member(session, boss.customer)
            for name in OF_MEMBERS:
                allowed = told(name, GRANTED[roles] - taken, off)
                assert asked.refused(name, member) is not allowed, (name, off)
                why = party.accounts.access.explain_access(member, OperationName(name))
                assert why.allowed is allowed, (name, off)
                told_staff = desk.explain_access(
                    party.staff, boss.user, OperationName(name), boss.customer, portal=boss.portal
                )
                assert [(one.cause, one.holds) for one in told_staff.reasons] == [
                    (one.cause, one.holds) for one in why.reasons
                ], name
    finally:
        decide(asked, CustomerStatus.ACTIVE, None)
        party.shop.change_membership(boss, lambda one: one.with_roles(frozenset({ADMINISTRATOR})))
    assert before.roles == roles


def test_a_personal_account_has_no_users_to_look_after(asked: Asked) -> None:
    """An administrator's roles grant it; the kind of the account takes it away."""
    party = asked.party
    storage = party.shop.house.storage

    def become(kind: AccountKind) -> None:
        acme = party.shop.customer(party.erp_id)
        with storage.begin(System(realm=party.shop.realm, job="test")) as work:
            work.customers.save(party.shop.scope, [attrs.evolve(acme, kind=kind)])
            work.commit()

    become(AccountKind.PERSONAL)
    try:
        member = party.member
        refused = {name for name in OF_MEMBERS if asked.refused(name, member)}
    finally:
        become(AccountKind.COMPANY)

    assert refused == {
        name for name in OF_MEMBERS if not told(name, MEMBER_PERMISSIONS - ONE_PERSON, None)
    }
    assert refused
