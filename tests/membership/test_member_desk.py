"""The desk: what staff do about the users of a customer."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import InvalidFields, Member, NotFound, Staff
from custaccount.credentials import UserState
from custaccount.kernel.access import STAFF_PERMISSIONS, Depth, Permission, PermissionMissing
from custaccount.kernel.ids import CustomerId, InvitationId, MembershipId, PortalId
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    SHIPPED,
    VIEWER,
    InvitationNotFound,
    InvitationReplaced,
    InvitationWithdrawn,
    LastAdministrator,
    MemberNotFound,
    MembershipOver,
    MembershipState,
)
from tests.house import ALICE, BOB, Shop, everything_in

CARL, EVE = "carl@acme.example", "eve@elsewhere.example"


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's first user, who administers it."""
    nord.activate(ALICE)
    return nord.member(ALICE)


@pytest.fixture
def carl(nord: Shop, alice: Member) -> Member:
    """A buyer of Acme's."""
    return nord.colleague_of(alice, CARL, BUYER)


# Looking ----------------------------------------------------------------------------------------


def test_staff_see_every_user_and_why_it_is_one(nord: Shop, alice: Member, carl: Member) -> None:
    """Those removed too, with state and last sign-in of the login, for whichever customer."""
    nord.house.accounts.users.remove(alice, carl.membership)

    found = {
        line.email.key: line
        for line in nord.house.accounts.member_desk.users(nord.staff, alice.customer)
        if line.email
    }

    assert found[ALICE].membership.reason == "proven address of a contact"
    assert found[ALICE].signed_in == nord.house.clock()
    assert found[CARL].membership.reason == "accepted an invitation"
    assert found[CARL].membership.state is MembershipState.REMOVED
    assert found[CARL].user_state is UserState.ACTIVE


def test_staff_see_the_roles_and_invitations_of_a_customer(nord: Shop, alice: Member) -> None:
    """The company's own roles too, and what its administrators offered."""
    grants = {Permission.SEE_ORDERS: Depth.OWN}
    made = nord.house.accounts.roles.make(alice, name="Clerk", grants=grants)
    kept = nord.invite_member(nord.member(ALICE), EVE, made.id)
    desk = nord.house.accounts.member_desk

    assert desk.roles(nord.staff, alice.customer) == (*SHIPPED, made)
    assert desk.invitations(nord.staff, alice.customer) == (kept,)


# Inviting ---------------------------------------------------------------------------------------


def test_staff_grant_every_role(nord: Shop, alice: Member) -> None:
    """Whoever invited: nobody's rights are looked at again, and there need be no member."""
    beta = nord.customer("E-BETA").id
    desk = nord.house.accounts.member_desk

    kept = desk.invite(nord.staff, nord.portal.id, beta, email=EVE)

    assert (kept.roles, kept.by_staff, kept.invited_by) == (
        {ADMINISTRATOR},
        True,
        nord.staff.id,
    )
    nord.accept_invitation(EVE)
    assert nord.line(beta, EVE).membership.roles == {ADMINISTRATOR}
    assert alice.customer != beta


def test_what_staff_offer_is_renewed_replaced_resent_and_withdrawn(
    nord: Shop, alice: Member
) -> None:
    """One open invitation for an address; each older link says what became of it."""
    desk, invited = nord.house.accounts.member_desk, nord.house.accounts.invited
    acme, portal = alice.customer, nord.portal.id
    first = desk.invite(nord.staff, portal, acme, email=EVE, roles=[VIEWER])
    links = [nord.house.token_for(EVE)]
    again = desk.resend(nord.staff, first.id)
    links.append(nord.house.token_for(EVE))
    other = desk.invite(nord.staff, portal, acme, email=EVE, roles=[BUYER])
    links.append(nord.house.token_for(EVE))

    assert (again.id, other.id == first.id) == (first.id, False)
    assert desk.invitations(nord.staff, acme) == (other,)
    for link in links[:2]:
        with pytest.raises((InvitationReplaced, InvitationWithdrawn)):
            invited.look(nord.guest, link)
    desk.withdraw(nord.staff, other.id)
    with pytest.raises(InvitationWithdrawn):
        invited.look(nord.guest, links[2])
    for verb in (desk.withdraw, desk.resend):
        for one in (other.id, InvitationId("nothing")):
            with pytest.raises(InvitationNotFound):
                verb(nord.staff, one)


def test_staff_take_over_what_a_member_offered(nord: Shop, alice: Member, carl: Member) -> None:
    """Resent by staff it holds whatever became of who invited."""
    nord.house.accounts.users.set_roles(alice, carl.membership, [ADMINISTRATOR])
    kept = nord.invite_member(nord.member(CARL), EVE, BUYER)
    desk = nord.house.accounts.member_desk

    again = desk.resend(nord.staff, kept.id)
    nord.house.accounts.users.remove(alice, carl.membership)

    assert (again.by_staff, again.invited_by) == (True, nord.staff.id)
    nord.accept_invitation(EVE)


# Changing ---------------------------------------------------------------------------------------


def test_a_company_without_an_administrator_gets_one(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """The only one's login is blocked: staff give another user the role."""
    accounts = nord.house.accounts
    accounts.login_desk.block(nord.staff, alice.user, reason="stolen")

    accounts.member_desk.set_roles(nord.staff, carl.customer, carl.membership, [ADMINISTRATOR])

    assert Permission.MANAGE_USERS in nord.member(CARL).permissions
    with pytest.raises(MembershipOver):
        accounts.users.leave(carl)


def test_staff_suspend_resume_and_remove(nord: Shop, alice: Member, carl: Member) -> None:
    """Of one customer; the login stays; the trail names the reason."""
    desk, portal = nord.house.accounts.member_desk, nord.portal.id
    acme, one = alice.customer, carl.membership
    session = nord.session(CARL)

    desk.suspend(nord.staff, portal, acme, one)
    assert nord.house.accounts.acting.choices(session) == ()
    desk.resume(nord.staff, portal, acme, one)
    assert nord.house.accounts.acting.member(session).customer == acme
    desk.remove(nord.staff, portal, acme, one, reason="left the company")
    assert nord.house.accounts.acting.choices(nord.session(CARL)) == ()

    entries = nord.house.accounts.audit.latest(nord.staff, about=one).items
    assert entries[0].event == "membership.member_removed"
    assert entries[0].facts["reason"] == "left the company"


@pytest.mark.parametrize("verb", ["set_roles", "suspend", "remove"])
def test_staff_leave_an_administrator_as_long_as_there_are_others(
    nord: Shop, alice: Member, carl: Member, verb: str
) -> None:
    """Members without one can't look after themselves; nothing is kept."""
    before = everything_in(nord.house.storage)

    with pytest.raises(LastAdministrator):
        DEEDS[verb](nord, alice.customer, alice.membership)

    assert everything_in(nord.house.storage) == before
    assert carl.customer == alice.customer


@pytest.mark.parametrize("verb", ["suspend", "remove"])
def test_staff_may_end_the_last_one_of_all(nord: Shop, alice: Member, verb: str) -> None:
    """Nobody is left without an administrator where nobody is left."""
    DEEDS[verb](nord, alice.customer, alice.membership)

    assert not nord.line(alice.customer, ALICE).administers


@pytest.mark.parametrize("end", ["suspended", "removed", "blocked"])
def test_who_can_not_act_is_nobody_left(nord: Shop, alice: Member, carl: Member, end: str) -> None:
    """A second user that is suspended, removed or blocked keeps no administrator in."""
    accounts = nord.house.accounts
    match end:
        case "suspended":
            accounts.users.suspend(alice, carl.membership)
        case "removed":
            accounts.users.remove(alice, carl.membership)
        case _:
            accounts.login_desk.block(nord.staff, carl.user, reason="so")

    DEEDS["remove"](nord, alice.customer, alice.membership)

    assert nord.line(alice.customer, ALICE).membership.state is MembershipState.REMOVED


DEEDS: dict[str, Callable[[Shop, CustomerId, MembershipId], None]] = {
    "set_roles": lambda shop, customer, one: shop.house.accounts.member_desk.set_roles(
        shop.staff, customer, one, [ACCOUNTANT]
    ),
    "suspend": lambda shop, customer, one: shop.house.accounts.member_desk.suspend(
        shop.staff, shop.portal.id, customer, one
    ),
    "resume": lambda shop, customer, one: shop.house.accounts.member_desk.resume(
        shop.staff, shop.portal.id, customer, one
    ),
    "remove": lambda shop, customer, one: shop.house.accounts.member_desk.remove(
        shop.staff, shop.portal.id, customer, one, reason="so"
    ),
}


@pytest.mark.parametrize("verb", DEEDS)
def test_a_user_of_another_customer_is_not_found(nord: Shop, alice: Member, verb: str) -> None:
    """Named with the wrong customer, it is none of its users."""
    nord.activate(BOB)
    bob = nord.member(BOB)

    for one in (bob.membership, MembershipId("nobody")):
        with pytest.raises(MemberNotFound):
            DEEDS[verb](nord, alice.customer, one)


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\0b"])
def test_a_removal_by_staff_has_a_reason(nord: Shop, alice: Member, reason: str) -> None:
    """The person may ask for it."""
    with pytest.raises(InvalidFields):
        nord.house.accounts.member_desk.remove(
            nord.staff, nord.portal.id, alice.customer, alice.membership, reason=reason
        )


def calls(
    shop: Shop, staff: Staff, customer: CustomerId, portal: PortalId, one: MembershipId
) -> tuple[Callable[[], object], ...]:
    """List every operation of the desk that names a customer."""
    desk = shop.house.accounts.member_desk
    return (
        lambda: desk.users(staff, customer),
        lambda: desk.roles(staff, customer),
        lambda: desk.invitations(staff, customer),
        lambda: desk.invite(staff, portal, customer, email=EVE),
        lambda: desk.set_roles(staff, customer, one, [BUYER]),
        lambda: desk.suspend(staff, portal, customer, one),
        lambda: desk.resume(staff, portal, customer, one),
        lambda: desk.remove(staff, portal, customer, one, reason="so"),
    )


def test_another_sellers_customers_and_portals_are_not_found(
    nord: Shop, sued: Shop, alice: Member
) -> None:
    """Nor those of nobody's; nothing is written."""
    acme, one = alice.customer, alice.membership
    before = everything_in(nord.house.storage)

    for call in calls(sued, sued.staff, acme, sued.portal.id, one):
        with pytest.raises(NotFound):
            call()
    for call in calls(nord, nord.staff, acme, sued.portal.id, one)[5:]:
        with pytest.raises(NotFound):
            call()

    assert everything_in(nord.house.storage) == before


def test_only_who_manages_accounts_looks_after_users(nord: Shop, alice: Member) -> None:
    """Every other permission of staff together is not enough."""
    others = attrs.evolve(nord.staff, permissions=STAFF_PERMISSIONS - {Permission.MANAGE_ACCOUNTS})
    desk = nord.house.accounts.member_desk

    for call in (
        *calls(nord, others, alice.customer, nord.portal.id, alice.membership),
        lambda: desk.resend(others, InvitationId("x")),
        lambda: desk.withdraw(others, InvitationId("x")),
    ):
        with pytest.raises(PermissionMissing):
            call()
