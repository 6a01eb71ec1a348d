"""The samples of who acts for a company: users, roles, companies chosen, and what staff do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from custaccount import Member
from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.features import PRICES, REORDER
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    ErpCustomerId,
    InvitationId,
    MembershipId,
    OperationName,
    RegistrationId,
    RoleId,
    UserId,
)
from custaccount.kernel.paging import PAGE_SIZE
from custaccount.membership import BUYER
from tests.house import PASSWORD
from tests.registration.people import kept
from tests.security.account_samples import let, registers
from tests.security.parties import Call, Party, call

SEES_OWN = {Permission.SEE_ORDERS: Depth.OWN}
"""What a role grants that reaches no farther than what its holder made."""
ORDERS_GET = OperationName("orders.get")


# Who belongs to a company -----------------------------------------------------------------------


def company(party: Party) -> CustomerId:
    """Name the party's customer."""
    return party.shop.customer(party.erp_id).id


def a_role(party: Party) -> RoleId:
    """Let the company make a role: whoever acted for it before has to be made again."""
    return party.accounts.roles.make(party.member, name=party.fresh(), grants=SEES_OWN).id


def an_open_offer(party: Party, *roles: RoleId) -> tuple[InvitationId, str]:
    """Let the company invite somebody nobody knows; returns the address too."""
    email = f"{party.fresh()}@invited.example"
    users = party.accounts.users
    return users.invite(party.member, email=email, roles=roles or [BUYER]).id, email


def joins(party: Party, *roles: RoleId) -> str:
    """Let somebody nobody knows join the company; returns the address."""
    _, email = an_open_offer(party, *roles)
    invited = party.accounts.invited
    invited.activate(party.guest, party.shop.house.token_for(email), PASSWORD)
    return email


def a_user(party: Party, *roles: RoleId) -> MembershipId:
    """Let the company have another user."""
    return party.shop.member(joins(party, *roles)).membership


def a_suspended_user(party: Party) -> MembershipId:
    """Let it have one that is suspended."""
    party.accounts.users.suspend(party.member, found := a_user(party))
    return found


def a_change_of_roles(party: Party) -> Call:
    """Give a user a role that the company made."""
    user, role = a_user(party), a_role(party)
    return call(party.member, membership=user, roles=[role])


def an_offer_of_a_role(party: Party) -> Call:
    """Invite somebody to a role that the company made."""
    role = a_role(party)
    return call(party.member, email=f"{party.fresh()}@invited.example", name="Ann", roles=[role])


def a_change_of_a_role(party: Party) -> Call:
    """Let a role grant something else."""
    role, member = a_role(party), party.member
    epoch = party.accounts.roles.all(member).epoch
    grants = {Permission.SEE_CUSTOMER: Depth.CUSTOMER}
    return call(member, role=role, name=party.fresh(), grants=grants, epoch=epoch)


def a_role_to_remove(party: Party) -> Call:
    """Remove a role nobody has."""
    role = a_role(party)
    return call(party.member, role=role)


def own_orders_only(party: Party) -> Member:
    """Let somebody join who sees nobody else's orders."""
    return party.shop.member(joins(party, a_role(party)))


def a_question(party: Party) -> Call:
    """Ask why one may look at what one has ordered."""
    member = own_orders_only(party)
    return call(member, operation=ORDERS_GET, author=member.user)


def a_question_of_staff(party: Party) -> Call:
    """Ask why somebody may look at what somebody has ordered."""
    member = own_orders_only(party)
    return call(
        party.staff,
        user=member.user,
        operation=ORDERS_GET,
        customer=member.customer,
        portal=party.shop.portal.id,
        author=member.user,
    )


def a_page_of_the_companys_trail(party: Party) -> Call:
    """Turn to the second page of what happened to the company."""
    for number in range(PAGE_SIZE + 1):
        party.shop.change(party.erp_id, town=f"{party.fresh()} {number}")
    member = party.member
    return call(member, cursor=party.accounts.trail.latest(member).more)


# Who asks to join -------------------------------------------------------------------------------


def asks_to_join(party: Party) -> RegistrationId:
    """Let somebody prove an address of the company, which has an administrator already."""
    email = f"{party.fresh()}@joins.example"
    contacts = [{"name": "Jo", "email": email}]
    party.shop.change(party.erp_id, contacts=contacts, contact=None, email=None)
    let(party, link_existing=True)
    registers(party, email)
    token = party.shop.house.token_for(email)
    party.accounts.registering.activate(party.guest, token, PASSWORD)
    found = kept(party.shop, email)
    assert found is not None
    return found.id


def an_approval(party: Party) -> Call:
    """Let somebody join, in a role that the company made."""
    request, role = asks_to_join(party), a_role(party)
    return call(party.member, request=request, roles=[role])


def a_refusal(party: Party) -> Call:
    """Let somebody not join."""
    request = asks_to_join(party)
    return call(party.member, request=request, reason="Nobody here knows you.")


# What staff do ----------------------------------------------------------------------------------


def a_login(party: Party) -> UserId:
    """Name a user of the seller's portals."""
    return party.shop.user(party.user()).id


def a_blocked_login(party: Party) -> UserId:
    """Name one that is blocked."""
    login = a_login(party)
    party.accounts.login_desk.block(party.staff, login, reason="Lost the telephone.")
    return login


def a_group(party: Party) -> CustomerGroupId:
    """Let the seller have another customer group."""
    key = party.fresh()
    return party.accounts.group_desk.make(party.staff, key=key, name=key).id


def a_change_of_a_group(party: Party) -> Call:
    """Switch a function off for all who are in a group."""
    return call(
        party.staff, group=a_group(party), version=1, name=party.fresh(), features={REORDER: False}
    )


def a_change_of_a_customer(party: Party) -> Call:
    """Put a customer into a group, and switch a function on for it alone."""
    group = a_group(party)
    customer = party.shop.customer(ErpCustomerId(party.newcomer().partition("@")[0]))
    return call(
        party.staff,
        customer=customer.id,
        version=customer.version,
        status=customer.status,
        groups=[group],
        features={PRICES: True},
    )


def an_invitation_by_staff(party: Party) -> Call:
    """Invite somebody to a role that the company made, where links are mailed."""
    let(party)
    return call(
        party.staff,
        portal=party.shop.portal.id,
        customer=company(party),
        email=f"{party.fresh()}@invited.example",
        name="Ann",
        roles=[a_role(party)],
    )


def at_desk(
    *made: tuple[str, Callable[[Party], object]], portal: bool = False
) -> Callable[[Party], Call]:
    """Name the party's customer, and what is made for the call."""

    def sample(party: Party) -> Call:
        arguments = {name: make(party) for name, make in made}
        where = {"portal": party.shop.portal.id} if portal else {}
        return call(party.staff, **where, customer=company(party), **arguments)

    return sample


def by_member(name: str, make: Callable[[Party], object]) -> Callable[[Party], Call]:
    """Name what is made for the call; who calls is made last."""

    def sample(party: Party) -> Call:
        made = make(party)
        return call(party.member, **{name: made})

    return sample


MEMBER_SAMPLES: Mapping[str, Callable[[Party], Call]] = {
    # acting
    "acting.choices": lambda p: call(p.session),
    "acting.member": lambda p: call(p.session, customer=company(p)),
    "acting.choose": lambda p: call(p.session, customer=company(p)),
    "acting.enter": lambda p: call(p.session),
    "access.explain_access": a_question,
    "access.administrators": lambda p: call(p.member),
    # the users of a company
    "users.all": lambda p: call(p.member),
    "users.invite": an_offer_of_a_role,
    "users.resend": by_member("invitation", lambda p: an_open_offer(p)[0]),
    "users.withdraw": by_member("invitation", lambda p: an_open_offer(p)[0]),
    "users.set_roles": a_change_of_roles,
    "users.suspend": by_member("membership", a_user),
    "users.resume": by_member("membership", a_suspended_user),
    "users.remove": by_member("membership", a_user),
    "users.leave": lambda p: call(p.shop.member(joins(p))),
    "join_requests.waiting": lambda p: call(p.member),
    "join_requests.approve": an_approval,
    "join_requests.decline": a_refusal,
    # its roles, and what happened to it
    "roles.all": lambda p: call(p.member),
    "roles.make": lambda p: call(p.member, name=p.fresh(), grants=SEES_OWN),
    "roles.change": a_change_of_a_role,
    "roles.remove": a_role_to_remove,
    "trail.latest": a_page_of_the_companys_trail,
    # what staff do about them
    "member_desk.users": at_desk(),
    "member_desk.roles": at_desk(),
    "member_desk.invitations": at_desk(),
    "member_desk.invite": an_invitation_by_staff,
    "member_desk.resend": lambda p: call(p.staff, invitation=an_open_offer(p)[0]),
    "member_desk.withdraw": lambda p: call(p.staff, invitation=an_open_offer(p)[0]),
    "member_desk.set_roles": at_desk(("membership", a_user), ("roles", lambda p: [a_role(p)])),
    "member_desk.suspend": at_desk(("membership", a_user), portal=True),
    "member_desk.resume": at_desk(("membership", a_suspended_user), portal=True),
    "member_desk.remove": at_desk(
        ("membership", a_user), ("reason", lambda _: "It was somebody else."), portal=True
    ),
    "access_desk.operations": lambda p: call(p.staff),
    "access_desk.explain_access": a_question_of_staff,
    "access_desk.features": lambda p: call(p.staff, portal=p.shop.portal.id, customer=company(p)),
    # and about logins, groups and customers
    "login_desk.look": lambda p: call(p.staff, user=a_login(p)),
    "login_desk.block": lambda p: call(p.staff, user=a_login(p), reason="Lost the telephone."),
    "login_desk.unblock": lambda p: call(p.staff, user=a_blocked_login(p)),
    "group_desk.all": lambda p: call(p.staff),
    "group_desk.make": lambda p: call(p.staff, key=(name := p.fresh()), name=name),
    "group_desk.change": a_change_of_a_group,
    "customer_desk.look": at_desk(),
    "customer_desk.change": a_change_of_a_customer,
}
