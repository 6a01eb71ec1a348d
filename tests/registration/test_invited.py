"""Accepting an invitation: the row counts, each way it ended has its own code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import attrs
import pytest

from custaccount import InvalidFields, Member
from custaccount.credentials import SessionOver, UserState
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import Depth, PasswordChangeDue, Permission
from custaccount.kernel.ids import BearerToken, RoleId, UserCode
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    VIEWER,
    AlreadyMember,
    InvitationAccepted,
    InvitationDeclined,
    InvitationExpired,
    InvitationOver,
    InvitationReplaced,
    InvitationWithdrawn,
    InviterLacksRight,
    MembershipState,
)
from custaccount.portals import ActivationMode, CustomerStatus, LoginId
from custaccount.registration.invited import AnotherPerson, LoginExists
from tests.house import ALICE, BOB, PASSWORD, Shop, everything_in
from tests.registration.people import decide

CARL, EVE = "carl@acme.example", "eve@elsewhere.example"


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's administrator."""
    nord.activate(ALICE)
    return nord.member(ALICE)


@pytest.fixture
def carl(nord: Shop, alice: Member) -> Member:
    """A second administrator of Acme's, who invites in these tests."""
    return nord.colleague_of(alice, CARL, ADMINISTRATOR)


@pytest.fixture
def link(nord: Shop, carl: Member) -> BearerToken:
    """What Carl's invitation mailed to Eve, who is to be a buyer."""
    nord.invite_member(carl, EVE, BUYER)
    return nord.house.token_for(EVE)


# What became of it ------------------------------------------------------------------------------


def own_role(shop: Shop) -> RoleId:
    """Let Alice make a role, and have the invitation offer it."""
    alice = shop.member(ALICE)
    grants = {Permission.SEE_ORDERS: Depth.CUSTOMER}
    role = shop.house.accounts.roles.make(alice, name="Clerk", grants=grants).id
    with shop.house.storage.begin(shop.staff) as work:
        (kept,) = work.invitations.open_of(alice.scope)
        work.invitations.save(alice.scope, attrs.evolve(kept, roles=frozenset({role})))
        work.commit()
    return role


def expire(shop: Shop) -> None:
    """Wait too long."""
    shop.house.clock.advance(shop.portal.policies.invitation_lifetime)


def withdraw(shop: Shop) -> None:
    """Take it back."""
    users, alice = shop.house.accounts.users, shop.member(ALICE)
    (kept,) = users.all(alice).invitations
    users.withdraw(alice, kept.id)


def replace(shop: Shop) -> None:
    """Mail a newer link."""
    users, alice = shop.house.accounts.users, shop.member(ALICE)
    (kept,) = users.all(alice).invitations
    users.resend(alice, kept.id)


def other_roles(shop: Shop) -> None:
    """Offer something else."""
    shop.invite_member(shop.member(ALICE), EVE, VIEWER)


def accepted(shop: Shop) -> None:
    """Accept it."""
    shop.accept_invitation(EVE)


def declined(shop: Shop) -> None:
    """Decline it."""
    shop.house.accounts.invited.decline(shop.guest, shop.house.token_for(EVE))


def by_alice(verb: str) -> Callable[[Shop], None]:
    """Do something about Carl, who invited."""

    def done(shop: Shop) -> None:
        alice = shop.member(ALICE)
        carl = shop.line(alice.customer, CARL).membership.id
        getattr(shop.house.accounts.users, verb)(alice, carl)

    return done


def demote(*roles: RoleId) -> Callable[[Shop], None]:
    """Give Carl other roles."""

    def done(shop: Shop) -> None:
        alice = shop.member(ALICE)
        carl = shop.line(alice.customer, CARL).membership.id
        shop.house.accounts.users.set_roles(alice, carl, roles)

    return done


def manages_alone(shop: Shop) -> None:
    """Let Carl manage users, and hold nothing that a buyer has."""
    grants = {Permission.MANAGE_USERS: Depth.CUSTOMER}
    role = shop.house.accounts.roles.make(shop.member(ALICE), name="Manager", grants=grants)
    demote(role.id)(shop)


def block(shop: Shop) -> None:
    """Let staff block Carl's login."""
    shop.house.accounts.login_desk.block(shop.staff, shop.user(CARL).id, reason="so")


def close(shop: Shop) -> None:
    """Close the customer."""
    kept = shop.customer("E-ACME")
    shop.house.accounts.customer_desk.change(
        shop.staff, kept.id, version=kept.version, status=CustomerStatus.CLOSED
    )


def lose_the_role(shop: Shop) -> None:
    """Remove the role it offers, past the rule that keeps it."""
    alice, role = shop.member(ALICE), own_role(shop)
    with shop.house.storage.begin(shop.staff) as work:
        book = work.role_books.get(alice.scope)
        work.role_books.save(alice.scope, book.without(role))
        work.commit()


ENDS: Mapping[str, tuple[Callable[[Shop], None], type[InvitationOver], str]] = {
    "expired": (expire, InvitationExpired, "membership.invitation_expired"),
    "withdrawn": (withdraw, InvitationWithdrawn, "membership.invitation_withdrawn"),
    "replaced by a newer link": (replace, InvitationReplaced, "membership.invitation_replaced"),
    "replaced by other roles": (
        other_roles,
        InvitationWithdrawn,
        "membership.invitation_withdrawn",
    ),
    "accepted": (accepted, InvitationAccepted, "membership.invitation_accepted"),
    "declined": (declined, InvitationDeclined, "membership.invitation_declined"),
    "inviter removed": (
        by_alice("remove"),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter suspended": (
        by_alice("suspend"),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter demoted": (demote(BUYER), InviterLacksRight, "membership.inviter_lacks_right"),
    "inviter holds less": (manages_alone, InviterLacksRight, "membership.inviter_lacks_right"),
    "inviter blocked": (block, InviterLacksRight, "membership.inviter_lacks_right"),
    "role gone": (lose_the_role, InviterLacksRight, "membership.inviter_lacks_right"),
    "customer closed": (close, InvitationOver, "membership.invitation_over"),
}


@pytest.mark.parametrize("end", ENDS)
def test_each_way_an_invitation_ended_has_its_own_code(
    nord: Shop, link: BearerToken, end: str
) -> None:
    """Told to who has the link, in every verb; and nobody gets in, with or without a login."""
    happen, error, code = ENDS[end]
    happen(nord)
    nord.house.accounts.relay()
    invited, before = nord.house.accounts.invited, everything_in(nord.house.storage)

    for call in (
        lambda: invited.look(nord.guest, link),
        lambda: invited.activate(nord.guest, link, PASSWORD),
        lambda: invited.decline(nord.guest, link),
    ):
        with pytest.raises(error) as refused:
            call()
        assert type(refused.value) is error
        assert refused.value.code == code
    assert everything_in(nord.house.storage) == before


@pytest.mark.parametrize("end", sorted(set(ENDS) - {"accepted"}))
def test_nor_does_who_has_a_login_get_in(nord: Shop, carl: Member, end: str) -> None:
    """The same codes for Bob, who acts for another company and stays its user."""
    nord.activate(BOB)
    nord.invite_member(carl, BOB, BUYER)
    link = nord.house.token_for(BOB)
    happen, error, _ = ENDS[end]
    if end in {"declined", "replaced by other roles"}:
        DIFFERENT[end](nord)
    else:
        happen(nord)

    with pytest.raises(error):
        nord.house.accounts.invited.accept(nord.person(BOB), link)

    assert nord.member(BOB).customer == nord.customer("E-BETA").id


DIFFERENT: Mapping[str, Callable[[Shop], object]] = {
    "declined": lambda shop: shop.house.accounts.invited.decline(
        shop.guest, shop.house.token_for(BOB)
    ),
    "replaced by other roles": lambda shop: shop.invite_member(shop.member(ALICE), BOB, VIEWER),
}


def test_an_invitation_that_stands_is_accepted(nord: Shop, link: BearerToken) -> None:
    """Negative control: nothing happened to it, or only what does not matter."""
    demote(ADMINISTRATOR, BUYER)(nord)
    nord.house.clock.advance(nord.portal.policies.invitation_lifetime - timedelta(seconds=1))

    made = nord.house.accounts.invited.activate(nord.guest, link, PASSWORD)

    assert (made.customer, made.user_code) == (nord.customer("E-ACME").id, "3")
    line = nord.line(made.customer, EVE)
    assert (line.membership.roles, line.membership.reason) == (
        {BUYER},
        "accepted an invitation",
    )
    assert nord.member(EVE).user == made.user


def test_what_is_offered_counts_as_it_is_when_it_is_accepted(
    nord: Shop, carl: Member, link: BearerToken
) -> None:
    """A suspended inviter who is back may grant again."""
    users, alice = nord.house.accounts.users, nord.member(ALICE)
    users.suspend(alice, carl.membership)
    with pytest.raises(InviterLacksRight):
        nord.house.accounts.invited.look(nord.guest, link)

    users.resume(alice, carl.membership)

    assert nord.house.accounts.invited.look(nord.guest, link).customer_name == "Acme Ltd"


# Who may accept ---------------------------------------------------------------------------------


def test_only_the_person_who_was_invited_accepts(nord: Shop, link: BearerToken) -> None:
    """Signed in as somebody else is refused, and the link is as it was."""
    nord.activate(BOB)
    invited = nord.house.accounts.invited

    with pytest.raises(AnotherPerson):
        invited.accept(nord.person(BOB), link)

    assert not invited.look(nord.guest, link).has_login
    invited.activate(nord.guest, link, PASSWORD)


def test_who_has_a_login_signs_in_and_accepts(nord: Shop, carl: Member) -> None:
    """A second login is not made; afterwards she acts for both companies."""
    nord.activate(BOB)
    nord.invite_member(carl, BOB, VIEWER)
    link, invited = nord.house.token_for(BOB), nord.house.accounts.invited

    assert invited.look(nord.guest, link).has_login
    with pytest.raises(LoginExists):
        invited.activate(nord.guest, link, PASSWORD)
    made = invited.accept(nord.person(BOB), link)

    assert made.user == nord.user(BOB).id
    choices = nord.house.accounts.acting.choices(nord.session(BOB))
    assert {one.customer_name for one in choices} == {"Acme Ltd", "Beta plc"}


def test_whose_address_moved_on_does_not_accept(nord: Shop, carl: Member) -> None:
    """The link was for the address, not for the login that had it."""
    nord.activate(BOB)
    nord.invite_member(carl, BOB, VIEWER)
    link, accounts = nord.house.token_for(BOB), nord.house.accounts
    accounts.email_change.request(nord.person(BOB), "bob@moved.example")
    accounts.email_change.confirm(nord.guest, nord.house.token_for("bob@moved.example"))

    with pytest.raises(AnotherPerson):
        accounts.invited.accept(nord.person("bob@moved.example"), link)


def test_who_joined_meanwhile_is_a_member_already(
    nord: Shop, carl: Member, link: BearerToken
) -> None:
    """By another way: the invitation adds nothing, and changes no roles."""
    nord.accept_invitation(EVE)
    nord.house.accounts.users.remove(carl, nord.line(carl.customer, EVE).membership.id)
    nord.invite_member(carl, EVE, VIEWER)
    again, nobody = nord.house.token_for(EVE), nord.line(carl.customer, EVE).membership
    with nord.house.storage.begin(nord.staff) as work:
        found = work.memberships.find(carl.scope, nobody.user)
        assert found is not None
        back = found.membership.revived(
            roles=frozenset({BUYER}), user_code=UserCode("9"), reason="so"
        )
        work.memberships.save(carl.scope, back)
        work.commit()

    with pytest.raises(AlreadyMember):
        nord.house.accounts.invited.accept(nord.person(EVE), again)

    line = nord.line(carl.customer, EVE)
    assert (line.membership.roles, line.membership.state) == ({BUYER}, MembershipState.ACTIVE)
    assert again != link


def test_a_password_of_staff_is_changed_before_accepting(nord: Shop, carl: Member) -> None:
    """As before anything else."""
    decide(nord, activation=ActivationMode.STAFF_PASSWORD, login=LoginId.CUSTOMER_NUMBER)
    accounts, beta = nord.house.accounts, nord.customer("E-BETA").id
    given = accounts.account_desk.give_password(
        nord.staff, nord.portal.id, beta, name="Eve", email=EVE
    )
    nord.invite_member(carl, EVE)
    link = nord.house.token_for(EVE)
    person = nord.person(given.login, given.password)

    with pytest.raises(PasswordChangeDue):
        accounts.invited.accept(person, link)


def test_a_blocked_login_accepts_nothing(nord: Shop, carl: Member) -> None:
    """Its session is over, and no second login is made for the address."""
    nord.activate(BOB)
    nord.invite_member(carl, BOB)
    link, person = nord.house.token_for(BOB), nord.person(BOB)
    nord.change_user(BOB, state=UserState.BLOCKED)

    with pytest.raises(SessionOver):
        nord.house.accounts.invited.accept(person, link)
    with pytest.raises(LoginExists):
        nord.house.accounts.invited.activate(nord.guest, link, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 11])
def test_a_refused_password_leaves_the_link_as_it_was(
    nord: Shop, link: BearerToken, password: str
) -> None:
    """Nothing is used up."""
    with pytest.raises(InvalidFields):
        nord.house.accounts.invited.activate(nord.guest, link, password)

    nord.house.accounts.invited.activate(nord.guest, link, PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "a.b", "x" * 10_000])
def test_what_is_no_link_of_ours_opens_nothing(nord: Shop, token: str) -> None:
    """Told apart from an invitation that ended: only who has a link is told what became of it."""
    invited = nord.house.accounts.invited

    for call in (
        lambda: invited.look(nord.guest, BearerToken(token)),
        lambda: invited.activate(nord.guest, BearerToken(token), PASSWORD),
        lambda: invited.decline(nord.guest, BearerToken(token)),
    ):
        with pytest.raises(TokenInvalid):
            call()


def test_another_sellers_link_opens_nothing(nord: Shop, sued: Shop, link: BearerToken) -> None:
    """It names nothing in that realm."""
    with pytest.raises(TokenInvalid):
        sued.house.accounts.invited.look(sued.guest, link)
    assert nord.house.accounts.invited.look(nord.guest, link).email.key == EVE
