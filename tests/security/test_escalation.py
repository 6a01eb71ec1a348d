"""Nobody grants, takes or offers what they lack: every role at every role, through every door."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

import attrs
import pytest

from custaccount import InvalidFields, Member, NotAllowed
from custaccount.kernel.access import MEMBER_PERMISSIONS, Depth, Grants, Permission
from custaccount.kernel.ids import InvitationId, MembershipId, RegistrationId, RoleId
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    SHIPPED,
    BeyondOwnRights,
    OwnMembership,
    RoleNotFound,
)
from custaccount.membership.held import Held
from custaccount.portals import RegistrationMode
from custaccount.storage import Storage
from tests.house import ALICE, BOB, Shop, everything_in
from tests.registration.people import WEB, activate, decide, kept, registered
from tests.security.companies import ACME, BETA, acting, hire, renewed, two_companies

OWN: Mapping[str, Grants] = {
    "hr": {Permission.MANAGE_USERS: Depth.CUSTOMER},
    "manager": {
        Permission.MANAGE_USERS: Depth.CUSTOMER,
        Permission.MANAGE_ROLES: Depth.CUSTOMER,
        Permission.SEE_ORDERS: Depth.OWN,
    },
    "clerk": {
        Permission.MANAGE_USERS: Depth.CUSTOMER,
        Permission.SEE_ORDERS: Depth.CUSTOMER,
        Permission.SEE_CUSTOMER: Depth.CUSTOMER,
    },
    "own orders": {Permission.SEE_ORDERS: Depth.OWN},
    "everything": dict.fromkeys(MEMBER_PERMISSIONS, Depth.CUSTOMER),
}
"""The roles Acme made."""
ROLES: Mapping[str, Grants] = {**{role.id: role.grants for role in SHIPPED}, **OWN}
HOLDERS = ("administrator", "everything", "manager", "clerk", "hr")
"""Those who may look after users."""
MAKERS = ("administrator", "everything", "manager")
"""Those who may make roles."""
RANKS = {Depth.NONE: 0, Depth.OWN: 1, Depth.CUSTOMER: 2, Depth.SUBTREE: 3}


def covers(holder: str, wanted: str) -> bool:
    """Say, a second time and in other words, whether a role goes as far as another."""
    held = ROLES[holder]
    return all(
        RANKS[held.get(permission, Depth.NONE)] >= RANKS[depth]
        for permission, depth in ROLES[wanted].items()
    )


@attrs.frozen
class Acme:
    """Acme, with roles it made and a user for each who may look after users."""

    shop: Shop
    ids: Mapping[str, RoleId]
    holders: Mapping[str, Member]
    _count: Iterator[int] = attrs.field(factory=itertools.count)

    def address(self) -> str:
        """Make an address nobody has."""
        return f"person-{next(self._count)}@acme.example"

    def user(self, role: str) -> MembershipId:
        """Let staff bring somebody in."""
        return hire(self.shop, self.address(), self.ids[role])

    def offer(self, role: str, email: str = "") -> InvitationId:
        """Let staff invite somebody."""
        desk, shop = self.shop.house.accounts.member_desk, self.shop
        return desk.invite(
            shop.staff,
            shop.portal.id,
            shop.customer(ACME).id,
            email=email or self.address(),
            roles=[self.ids[role]],
        ).id

    def request(self) -> RegistrationId:
        """Let somebody ask to join."""
        email = self.address()
        contacts = [{"name": "Jo", "email": email}]
        self.shop.change(ACME, contacts=contacts, contact=None, email=None)
        activate(self.shop, registered(self.shop, email))
        found = kept(self.shop, email)
        assert found is not None
        assert found.company == self.shop.customer(ACME).id
        return found.id

    def made(self, role: str) -> RoleId:
        """Let an administrator make a role like another one."""
        boss = renewed(self.shop, self.holders["administrator"])
        roles = self.shop.house.accounts.roles
        return roles.make(boss, name=self.address(), grants=ROLES[role]).id


def acme_on(storage: Storage) -> Acme:
    """Let it have all of them."""
    shop = two_companies(storage)
    roles = shop.house.accounts.roles
    shop.house.accounts.number_desk.reserve(
        shop.staff, key=WEB, prefix="W", width=5, first=1, last=999, warn_at=1
    )
    decide(shop, registration=RegistrationMode.OPEN, number_range=WEB, link_existing=True)
    made = {
        name: roles.make(acting(shop, ALICE), name=name, grants=grants).id
        for name, grants in OWN.items()
    }
    ids = {**{role.id: role.id for role in SHIPPED}, **made}
    holders = {}
    for name in HOLDERS:
        hire(shop, email := f"{name}@acme.example", ids[name])
        holders[name] = acting(shop, email)
    return Acme(shop, ids, holders)


@pytest.fixture
def acme(memory_storage: Storage) -> Acme:
    """Acme, in memory: no store decides this."""
    return acme_on(memory_storage)


# Doors ------------------------------------------------------------------------------------------

Attempt = Callable[[Member], object]


def taking(do: str) -> Callable[[Acme, str], Attempt]:
    """Do something about who has the role."""

    def prepared(acme: Acme, role: str) -> Attempt:
        who = acme.user(role)
        if do == "resume":
            desk, shop = acme.shop.house.accounts.member_desk, acme.shop
            desk.suspend(shop.staff, shop.portal.id, shop.customer(ACME).id, who)
        return lambda by: getattr(acme.shop.house.accounts.users, do)(by, who)

    return prepared


def granting(acme: Acme, role: str) -> Attempt:
    """Give the role to somebody who has less."""
    who, users = acme.user("hr"), acme.shop.house.accounts.users
    return lambda by: users.set_roles(by, who, [acme.ids["hr"], acme.ids[role]])


def demoting(acme: Acme, role: str) -> Attempt:
    """Take the role from somebody."""
    who, users = acme.user(role), acme.shop.house.accounts.users
    return lambda by: users.set_roles(by, who, [acme.ids["hr"]])


def inviting(acme: Acme, role: str) -> Attempt:
    """Invite somebody to the role."""
    users, email = acme.shop.house.accounts.users, acme.address()
    return lambda by: users.invite(by, email=email, roles=[acme.ids["hr"], acme.ids[role]])


def replacing(acme: Acme, role: str) -> Attempt:
    """Invite somebody to less who is invited to the role already."""
    users, email = acme.shop.house.accounts.users, acme.address()
    acme.offer(role, email)
    return lambda by: users.invite(by, email=email, roles=[acme.ids["hr"]])


def resending(acme: Acme, role: str) -> Attempt:
    """Mail an offer of the role again."""
    offer = acme.offer(role)
    return lambda by: acme.shop.house.accounts.users.resend(by, offer)


def withdrawing(acme: Acme, role: str) -> Attempt:
    """Take an offer of the role back."""
    offer = acme.offer(role)
    return lambda by: acme.shop.house.accounts.users.withdraw(by, offer)


def approving(acme: Acme, role: str) -> Attempt:
    """Let somebody join in the role."""
    request = acme.request()
    joins = acme.shop.house.accounts.join_requests
    return lambda by: joins.approve(by, request, roles=[acme.ids["hr"], acme.ids[role]])


def making(acme: Acme, role: str) -> Attempt:
    """Make a role that grants what this one does."""
    roles, name = acme.shop.house.accounts.roles, acme.address()
    return lambda by: roles.make(by, name=name, grants=ROLES[role])


def widening(acme: Acme, role: str) -> Attempt:
    """Let a role that grants little grant what this one does."""
    roles, small = acme.shop.house.accounts.roles, acme.made("own orders")
    return lambda by: roles.change(
        by, small, name=acme.address(), grants=ROLES[role], epoch=roles.all(by).epoch
    )


def lessening(acme: Acme, role: str) -> Attempt:
    """Let a role like this one grant little."""
    roles, large = acme.shop.house.accounts.roles, acme.made(role)
    return lambda by: roles.change(
        by, large, name=acme.address(), grants=OWN["own orders"], epoch=roles.all(by).epoch
    )


def unmaking(acme: Acme, role: str) -> Attempt:
    """Remove a role like this one."""
    large = acme.made(role)
    return lambda by: acme.shop.house.accounts.roles.remove(by, large)


DOORS: Mapping[str, Callable[[Acme, str], Attempt]] = {
    "grant": granting,
    "demote": demoting,
    "suspend": taking("suspend"),
    "resume": taking("resume"),
    "remove": taking("remove"),
    "invite": inviting,
    "replace": replacing,
    "resend": resending,
    "withdraw": withdrawing,
    "approve": approving,
}
"""What who looks after users could try."""
ROLE_DOORS: Mapping[str, Callable[[Acme, str], Attempt]] = {
    "make": making,
    "widen": widening,
    "lessen": lessening,
    "unmake": unmaking,
}
"""What who makes roles could try."""


def wrong(acme: Acme, door: Callable[[Acme, str], Attempt], holder: str) -> Iterator[str]:
    """Try a door with every role, and say where the answer is not what the roles say."""
    for role in ROLES:
        attempt = door(acme, role)
        by = renewed(acme.shop, acme.holders[holder])
        before = everything_in(acme.shop.house.storage)
        try:
            attempt(by)
            allowed = True
        except (BeyondOwnRights, InvalidFields):
            allowed = False
            if everything_in(acme.shop.house.storage) != before:
                yield f"{holder} at {role}: refused, and something is changed"
        if allowed is not covers(holder, role):
            yield f"{holder} at {role}: {allowed}"


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("door", DOORS)
def test_nobody_decides_about_more_than_they_hold(acme: Acme, door: str, holder: str) -> None:
    """Every role × every role: allowed exactly where the own one goes as far."""
    assert list(wrong(acme, DOORS[door], holder)) == []


@pytest.mark.parametrize("holder", MAKERS)
@pytest.mark.parametrize("door", ROLE_DOORS)
def test_nobody_makes_a_role_of_more_than_they_hold(acme: Acme, door: str, holder: str) -> None:
    """Neither a new one, nor by changing one there is, nor by taking one away."""
    assert list(wrong(acme, ROLE_DOORS[door], holder)) == []


def test_the_roles_tried_are_not_all_the_same() -> None:
    """Of the pairs that are tried some are allowed and some are not, for nearly everybody."""
    for holder in HOLDERS:
        reached = [covers(holder, role) for role in ROLES]
        assert any(reached)
        assert all(reached) is (holder in {"administrator", "everything"})


@pytest.mark.parametrize("door", DOORS)
def test_without_the_comparison_everybody_gets_everything(
    acme: Acme, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: neither before the limits are counted, nor in the unit."""
    monkeypatch.setattr(Held, "require_covering", lambda *_: None)
    monkeypatch.setattr("custaccount.membership.users.cover", lambda *_: True)

    assert list(wrong(acme, DOORS[door], "hr"))


@pytest.mark.parametrize("door", ROLE_DOORS)
def test_without_the_comparison_every_role_can_be_made(
    acme: Acme, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr("custaccount.membership.own_roles.cover", lambda *_: True)
    monkeypatch.setattr("custaccount.membership.roles.cover", lambda *_: True)

    assert list(wrong(acme, ROLE_DOORS[door], "manager"))


# Oneself ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", HOLDERS)
def test_nobody_changes_what_they_are_themselves(acme: Acme, holder: str) -> None:
    """Neither up nor down nor out, whatever they hold; nor the role they have."""
    me, users = acme.holders[holder], acme.shop.house.accounts.users
    before = everything_in(acme.shop.house.storage)

    for attempt in (
        lambda: users.set_roles(me, me.membership, [ADMINISTRATOR]),
        lambda: users.set_roles(me, me.membership, [BUYER]),
        lambda: users.suspend(me, me.membership),
        lambda: users.resume(me, me.membership),
        lambda: users.remove(me, me.membership),
    ):
        with pytest.raises(OwnMembership):
            attempt()

    roles = acme.shop.house.accounts.roles
    if holder in {"everything", "manager"}:
        epoch = roles.all(me).epoch
        with pytest.raises(OwnMembership):
            roles.change(me, acme.ids[holder], name="More", grants=ROLES["buyer"], epoch=epoch)
        with pytest.raises(OwnMembership):
            roles.remove(me, acme.ids[holder])
    assert everything_in(acme.shop.house.storage) == before


def test_a_shipped_role_is_nobodys_to_change(acme: Acme) -> None:
    """It is the same for every company: there is no such role to be changed."""
    boss, roles = renewed(acme.shop, acme.holders["administrator"]), acme.shop.house.accounts.roles
    before = everything_in(acme.shop.house.storage)

    for role in SHIPPED:
        with pytest.raises(RoleNotFound):
            roles.change(
                boss, role.id, name="Mine", grants=role.grants, epoch=roles.all(boss).epoch
            )
        with pytest.raises(RoleNotFound):
            roles.remove(boss, role.id)

    assert everything_in(acme.shop.house.storage) == before


def test_what_a_list_offers_is_what_is_allowed(acme: Acme) -> None:
    """Each sees as grantable and changeable exactly what would not be refused."""
    accounts = acme.shop.house.accounts
    by_id = {id_: name for name, id_ in acme.ids.items()}

    for holder in HOLDERS:
        me = renewed(acme.shop, acme.holders[holder])
        seen = accounts.users.all(me)
        assert {by_id[role.id] for role in seen.roles} == {
            name for name in ROLES if covers(holder, name)
        }
        for one in seen.users:
            reached = all(covers(holder, by_id[role.id]) for role in one.roles)
            assert one.changeable is (reached and not one.me)
            assert one.me is (one.membership == me.membership)
        if holder in MAKERS:
            for line in accounts.roles.all(me).roles:
                name = by_id[line.role.id]
                mine = name == holder
                assert line.changeable is (name in OWN and covers(holder, name) and not mine)


# Roles that are none ----------------------------------------------------------------------------

NO_ROLES: Mapping[str, Callable[[Acme], object]] = {
    "text": lambda _: "administrator",
    "two in one": lambda _: ["administrator,admin"],
    "text of two": lambda _: "administrator,admin",
    "upper case": lambda _: ["ADMINISTRATOR"],
    "as it is called": lambda _: ["Administrator"],
    "with a blank": lambda _: [" administrator"],
    "the owner": lambda _: ["OWNER"],
    "unknown": lambda _: ["0190a000-0000-7000-8000-0000000ab5ent"],
    "one good one and none": lambda _: ["buyer", "OWNER"],
    "empty": lambda _: [],
    "empty text": lambda _: "",
    "a list of empty text": lambda _: [""],
    "nothing": lambda _: None,
    "a list of nothing": lambda _: [None],
    "a list of a list": lambda _: [["administrator"]],
    "bytes": lambda _: [b"administrator"],
    "everything": lambda _: ["*", "%"],
    "by its name": lambda _: ["everything"],
    "another company's": lambda acme: [role_of_beta(acme)],
}


def role_of_beta(acme: Acme) -> RoleId:
    """Let Beta make a role that grants everything."""
    bob = acting(acme.shop, BOB, BETA)
    return acme.shop.house.accounts.roles.make(bob, name="Beta", grants=OWN["everything"]).id


def with_user(acme: Acme, *, staff: bool) -> Callable[[object], object]:
    """Give roles to somebody."""
    who, accounts, shop = acme.user("buyer"), acme.shop.house.accounts, acme.shop
    boss = renewed(shop, acme.holders["administrator"])
    if staff:
        customer = shop.customer(ACME).id
        return lambda roles: accounts.member_desk.set_roles(shop.staff, customer, who, roles)  # type: ignore[arg-type]
    return lambda roles: accounts.users.set_roles(boss, who, roles)  # type: ignore[arg-type]


def with_request(acme: Acme) -> Callable[[object], object]:
    """Let somebody join in roles."""
    request, joins = acme.request(), acme.shop.house.accounts.join_requests
    boss = renewed(acme.shop, acme.holders["administrator"])
    return lambda roles: joins.approve(boss, request, roles=roles)  # type: ignore[arg-type]


ROLE_TAKERS: Mapping[str, Callable[[Acme], Callable[[object], object]]] = {
    "users.set_roles": lambda acme: with_user(acme, staff=False),
    "users.invite": lambda acme: (
        lambda roles: acme.shop.house.accounts.users.invite(
            renewed(acme.shop, acme.holders["administrator"]),
            email=acme.address(),
            roles=roles,  # type: ignore[arg-type]
        )
    ),
    "join_requests.approve": with_request,
    "member_desk.set_roles": lambda acme: with_user(acme, staff=True),
    "member_desk.invite": lambda acme: (
        lambda roles: acme.shop.house.accounts.member_desk.invite(
            acme.shop.staff,
            acme.shop.portal.id,
            acme.shop.customer(ACME).id,
            email=acme.address(),
            roles=roles,  # type: ignore[arg-type]
        )
    ),
}


@pytest.mark.parametrize("taker", ROLE_TAKERS)
def test_what_is_no_role_of_the_company_is_refused(acme: Acme, taker: str) -> None:
    """Text for a list, names for ids, others' ids: asked wrongly, and nothing happens."""
    wanted = {name: roles(acme) for name, roles in NO_ROLES.items()}
    call = ROLE_TAKERS[taker](acme)
    before = everything_in(acme.shop.house.storage)

    for name, roles in wanted.items():
        with pytest.raises(InvalidFields) as refused:
            call(roles)
        assert {one.field for one in refused.value.problems} == {"roles"}, name
        assert everything_in(acme.shop.house.storage) == before, name

    call([BUYER, BUYER])


NO_GRANTS: Mapping[str, object] = {
    "nothing": {},
    "none of it": {Permission.SEE_ORDERS: Depth.NONE},
    "text": {"see orders": Depth.CUSTOMER},
    "text for how far": {Permission.SEE_ORDERS: "customer"},
    "what staff may": {Permission.MANAGE_ACCOUNTS: Depth.CUSTOMER},
    "farther than there is": {Permission.SEE_ORDERS: Depth.SUBTREE},
    "what can't be one's own": {Permission.PLACE_ORDERS: Depth.OWN},
    "one good one and none": {
        Permission.SEE_ORDERS: Depth.OWN,
        Permission.MANAGE_STAFF: Depth.CUSTOMER,
    },
}


@pytest.mark.parametrize("name", NO_GRANTS)
def test_what_no_role_can_grant_is_refused(acme: Acme, name: str) -> None:
    """Of an administrator too, who holds all there is."""
    boss, roles = renewed(acme.shop, acme.holders["administrator"]), acme.shop.house.accounts.roles
    before = everything_in(acme.shop.house.storage)
    grants: Grants = NO_GRANTS[name]  # type: ignore[assignment]

    with pytest.raises(InvalidFields):
        roles.make(boss, name="More", grants=grants)
    with pytest.raises(InvalidFields):
        roles.change(
            boss, acme.ids["clerk"], name="More", grants=grants, epoch=roles.all(boss).epoch
        )

    assert everything_in(acme.shop.house.storage) == before


def test_a_role_that_grew_takes_its_holder_out_of_reach(acme: Acme) -> None:
    """What a role grants is looked up when it matters: who could remove its holder can't now."""
    accounts, shop = acme.shop.house.accounts, acme.shop
    who = acme.user("own orders")
    boss = renewed(shop, acme.holders["administrator"])
    accounts.roles.change(
        boss,
        acme.ids["own orders"],
        name="own orders",
        grants=ROLES["buyer"],
        epoch=accounts.roles.all(boss).epoch,
    )

    with pytest.raises(BeyondOwnRights):
        accounts.users.remove(renewed(shop, acme.holders["manager"]), who)


def test_an_old_actor_grants_nothing_it_held_once(acme: Acme) -> None:
    """Demoted a moment ago, in the middle of granting."""
    accounts, who = acme.shop.house.accounts, acme.user("hr")
    clerk = renewed(acme.shop, acme.holders["clerk"])
    boss = renewed(acme.shop, acme.holders["administrator"])
    accounts.users.set_roles(boss, clerk.membership, [acme.ids["hr"]])

    with pytest.raises(NotAllowed):
        accounts.users.set_roles(clerk, who, [acme.ids["clerk"]])
    with pytest.raises(BeyondOwnRights):
        accounts.users.set_roles(renewed(acme.shop, clerk), who, [acme.ids["clerk"]])
