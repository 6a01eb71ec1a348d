"""A company's users: listed, invited, changed and removed by its administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from custaccount import InvalidFields, Member, Permission
from custaccount.credentials import UserState
from custaccount.facilities.audit import AuditEntry
from custaccount.facilities.limits import TooManyTries
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import Depth, FeatureOff, Grants, PermissionMissing
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import InvitationId, MembershipId, RoleId
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    VIEWER,
    AlreadyMember,
    BeyondOwnRights,
    InvitationNotFound,
    InvitationReplaced,
    InvitationWithdrawn,
    LastAdministrator,
    MemberNotFound,
    MembershipOver,
    MembershipState,
    OnePersonOnly,
    OwnMembership,
)
from custaccount.portals import AccountKind
from custaccount.storage import Storage
from tests.house import ALICE, BOB, PASSWORD, Shop, build, everything_in, open_nord

CARL, DORA, EVE = "carl@acme.example", "dora@acme.example", "eve@elsewhere.example"
MANAGER: Grants = {
    Permission.MANAGE_USERS: Depth.CUSTOMER,
    Permission.SEE_ORDERS: Depth.CUSTOMER,
    Permission.SEE_CUSTOMER: Depth.CUSTOMER,
}
"""Manages users, and may else do what an accountant may."""


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's first user, who administers it."""
    nord.activate(ALICE)
    return nord.member(ALICE)


@pytest.fixture
def carl(nord: Shop, alice: Member) -> Member:
    """A buyer of Acme's."""
    return nord.colleague_of(alice, CARL, BUYER)


def manager_of(shop: Shop, alice: Member, email: str = DORA) -> Member:
    """Let somebody come in who manages users but holds little else."""
    role = shop.house.accounts.roles.make(alice, name="Manager", grants=MANAGER)
    return shop.colleague_of(shop.member(ALICE), email, role.id)


# Looking ----------------------------------------------------------------------------------------


def test_users_are_listed_with_all_that_administrators_are_told(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """By name: state, roles, user code, when each began to act for this company; who is oneself."""
    accounts = nord.house.accounts
    when = nord.house.clock()
    accounts.acting.choose(nord.session(CARL), carl.customer)
    accounts.users.suspend(alice, carl.membership)

    found = accounts.users.all(alice)

    me, other = sorted(found.users, key=lambda one: not one.me)
    assert (me.membership, me.name, me.user_code) == (alice.membership, "Alice", "")
    assert not me.changeable
    assert [role.id for role in me.roles] == [ADMINISTRATOR]
    assert me.signed_in is None, "signing in is not beginning to act"
    assert (other.state, other.user_code, other.signed_in, other.changeable) == (
        MembershipState.SUSPENDED,
        "2",
        when,
        True,
    )
    assert other.email is not None
    assert other.email.key == CARL
    assert {role.id for role in found.roles} == {ADMINISTRATOR, BUYER, ACCOUNTANT, VIEWER}


def test_who_was_removed_is_not_listed(nord: Shop, alice: Member, carl: Member) -> None:
    """Staff alone still see it."""
    nord.house.accounts.users.remove(alice, carl.membership)

    assert [one.me for one in nord.house.accounts.users.all(alice).users] == [True]
    assert nord.line(alice.customer, CARL).membership.state is MembershipState.REMOVED


def test_what_a_user_does_elsewhere_is_not_told(nord: Shop, alice: Member, carl: Member) -> None:
    """Two companies share a login: neither sees when it acts for the other."""
    nord.activate(BOB)
    bob = nord.member(BOB)
    elsewhere = nord.colleague_of(bob, CARL)
    accounts = nord.house.accounts
    accounts.acting.choose(nord.session(CARL), elsewhere.customer)

    (here,) = (one for one in accounts.users.all(alice).users if not one.me)
    (there,) = (one for one in accounts.users.all(bob).users if not one.me)

    assert here.signed_in is None
    assert there.signed_in == nord.house.clock()
    assert (here.membership, there.membership) == (carl.membership, elsewhere.membership)


def test_who_holds_more_is_not_changeable(nord: Shop, alice: Member, carl: Member) -> None:
    """A manager changes who holds no more than she does, and gives no role beyond her own."""
    dora = manager_of(nord, alice)
    nord.colleague_of(nord.member(ALICE), EVE, ACCOUNTANT)

    found = nord.house.accounts.users.all(dora)

    changeable = {one.email.key: one.changeable for one in found.users if one.email}
    assert changeable == {ALICE: False, CARL: False, DORA: False, EVE: True}
    assert {role.name for role in found.roles} == {"Accountant", "Manager"}
    assert carl.membership in {one.membership for one in found.users}


# Inviting ---------------------------------------------------------------------------------------


def open_to(shop: Shop, member: Member) -> set[InvitationId]:
    """Name the open invitations a member is shown."""
    return {one.id for one in shop.house.accounts.users.all(member).invitations}


def test_an_invitation_is_shown_with_who_is_invited_to_what_and_since_when(
    nord: Shop, alice: Member
) -> None:
    """And whether it is void, for who invited is gone: sent again it holds."""
    carl = nord.colleague_of(alice, CARL, ADMINISTRATOR)
    users = nord.house.accounts.users
    kept = users.invite(carl, email=EVE, name="Eve", roles=[VIEWER])

    (shown,) = users.all(alice).invitations
    assert (shown.id, shown.email, shown.name) == (kept.id, kept.email, "Eve")
    assert (shown.roles, shown.issued, shown.expires) == (kept.roles, kept.issued, kept.expires)
    assert not shown.void

    users.suspend(alice, carl.membership)
    assert [one.void for one in users.all(alice).invitations] == [True]
    users.resend(alice, kept.id)
    assert [one.void for one in users.all(alice).invitations] == [False]


def test_an_invitation_is_the_same_for_who_has_a_login_and_who_has_none(
    nord: Shop, alice: Member
) -> None:
    """One answer, one mail, one line in the list."""
    nord.activate(BOB)
    users = nord.house.accounts.users

    found = [users.invite(alice, email=email, roles=[BUYER]) for email in (BOB, EVE)]

    assert {one.email.key for one in found} == {BOB, EVE}
    for one in found:
        assert (one.by_staff, one.invited_by, one.roles) == (False, alice.user, {BUYER})
        assert one.expires - one.issued == nord.portal.policies.invitation_lifetime
    assert open_to(nord, alice) == {one.id for one in found}
    assert nord.house.link_to(BOB)
    assert nord.house.link_to(EVE)


def test_invited_again_it_is_renewed_and_the_older_link_dies(nord: Shop, alice: Member) -> None:
    """Since when stays; it can be accepted for longer; there is one."""
    invited = nord.house.accounts.invited
    first = nord.invite_member(alice, EVE)
    older = nord.house.token_for(EVE)
    nord.house.clock.advance(timedelta(hours=2))

    again = nord.invite_member(alice, EVE)

    assert (again.id, again.issued) == (first.id, first.issued)
    assert again.expires == first.expires + timedelta(hours=2)
    assert open_to(nord, alice) == {again.id}
    with pytest.raises(InvitationReplaced):
        invited.look(nord.guest, older)
    nord.accept_invitation(EVE)


def test_other_roles_replace_an_invitation(nord: Shop, alice: Member) -> None:
    """The older one is withdrawn: its link says so, and there is one."""
    first = nord.invite_member(alice, EVE, VIEWER)
    older = nord.house.token_for(EVE)

    again = nord.invite_member(alice, EVE, ACCOUNTANT)

    assert again.id != first.id
    assert open_to(nord, alice) == {again.id}
    with pytest.raises(InvitationWithdrawn):
        nord.house.accounts.invited.look(nord.guest, older)
    nord.accept_invitation(EVE)
    assert nord.line(alice.customer, EVE).membership.roles == {ACCOUNTANT}


def test_who_acts_for_the_company_is_not_invited(nord: Shop, alice: Member, carl: Member) -> None:
    """Nor who is suspended: resume it. Who was removed is."""
    users = nord.house.accounts.users
    with pytest.raises(AlreadyMember):
        nord.invite_member(alice, CARL)
    users.suspend(alice, carl.membership)
    with pytest.raises(AlreadyMember):
        nord.invite_member(alice, CARL)

    users.remove(alice, carl.membership)
    nord.house.clock.advance(timedelta(days=1))  # so often nobody is invited
    again = nord.colleague_of(alice, CARL, VIEWER)

    assert again.membership == carl.membership
    assert again.epoch > carl.epoch + 2
    assert nord.line(alice.customer, CARL).membership.roles == {VIEWER}


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"email": "eve"}, "address"),
        ({"email": ""}, "address"),
        ({"roles": []}, "roles"),
        ({"roles": ["nothing"]}, "roles"),
        ({"name": "a\0b"}, "name"),
    ],
)
def test_what_is_said_of_somebody_has_to_hold(
    nord: Shop, alice: Member, fields: dict[str, object], refused: str
) -> None:
    """Nothing is kept, mailed or counted."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as error:
        nord.house.accounts.users.invite(alice, **{"email": EVE, "roles": [BUYER], **fields})  # type: ignore[arg-type]

    assert refused in {problem.field for problem in error.value.problems}
    assert everything_in(nord.house.storage) == before


def test_a_company_mails_only_so_many_invitations(memory_storage: Storage) -> None:
    """Three a day to one address, sent again or not, whatever has come of them; others can."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    alice = shop.member(ALICE)
    kept = shop.invite_member(alice, EVE)
    shop.house.accounts.users.resend(alice, kept.id)
    shop.invite_member(alice, EVE, VIEWER)

    with pytest.raises(TooManyTries):
        shop.invite_member(alice, EVE)
    shop.invite_member(alice, CARL)
    shop.activate(BOB)
    shop.invite_member(shop.member(BOB), EVE)
    shop.house.clock.advance(timedelta(days=1))
    shop.invite_member(alice, EVE)


def test_resent_it_is_the_resenders(nord: Shop, alice: Member) -> None:
    """What Carl may grant counts from now on, not what became of Alice, who invited first."""
    carl = nord.colleague_of(alice, CARL, ADMINISTRATOR)
    kept = nord.invite_member(alice, EVE, BUYER)
    users = nord.house.accounts.users

    again = users.resend(carl, kept.id)
    users.set_roles(carl, alice.membership, [VIEWER])

    assert (again.id, again.invited_by, again.issued) == (kept.id, carl.user, kept.issued)
    nord.accept_invitation(EVE)


def test_withdrawn_its_link_is_dead(nord: Shop, alice: Member) -> None:
    """And it is not in the list; it can't be withdrawn or sent again."""
    kept = nord.invite_member(alice, EVE)
    token = nord.house.token_for(EVE)
    users = nord.house.accounts.users

    users.withdraw(alice, kept.id)

    assert open_to(nord, alice) == set()
    with pytest.raises(InvitationWithdrawn):
        nord.house.accounts.invited.look(nord.guest, token)
    for verb in (users.withdraw, users.resend):
        with pytest.raises(InvitationNotFound):
            verb(alice, kept.id)


def test_another_companys_invitation_is_not_found(nord: Shop, alice: Member) -> None:
    """Whoever knows its id, and one of nobody's alike."""
    nord.activate(BOB)
    theirs = nord.invite_member(nord.member(BOB), EVE)
    users = nord.house.accounts.users

    for verb in (users.withdraw, users.resend):
        for one in (theirs.id, InvitationId("nothing")):
            with pytest.raises(InvitationNotFound):
                verb(alice, one)
    nord.accept_invitation(EVE)


# Changing ---------------------------------------------------------------------------------------


def test_other_roles_count_from_the_next_call_on(nord: Shop, alice: Member, carl: Member) -> None:
    """The actor made before is over; the login and its session go on."""
    session = nord.session(CARL)

    nord.house.accounts.users.set_roles(alice, carl.membership, [VIEWER, ACCOUNTANT])

    with pytest.raises(MembershipOver):
        nord.house.accounts.users.leave(carl)
    again = nord.house.accounts.acting.member(session)
    assert Permission.PLACE_ORDERS not in again.permissions
    assert again.epoch == carl.epoch + 1


def test_the_roles_one_has_are_no_change(nord: Shop, alice: Member, carl: Member) -> None:
    """Nothing is told, and nobody's actor is over."""
    nord.house.accounts.users.set_roles(alice, carl.membership, [BUYER])

    assert nord.member(CARL) == carl
    assert "membership.roles_changed" not in told(nord)


def test_suspended_and_resumed(nord: Shop, alice: Member, carl: Member) -> None:
    """In between nobody acts for the company; both are told, twice is once."""
    users, session = nord.house.accounts.users, nord.session(CARL)

    for _ in range(2):
        users.suspend(alice, carl.membership)
    with pytest.raises(MembershipOver):
        nord.house.accounts.acting.member(session, carl.customer)
    for _ in range(2):
        users.resume(alice, carl.membership)

    again = nord.house.accounts.acting.member(session)
    assert (again.epoch, again.permissions) == (carl.epoch + 2, carl.permissions)
    assert [told(nord).count(f"membership.member_{one}") for one in ("suspended", "resumed")] == [
        1,
        1,
    ]


def test_removed_here_one_acts_elsewhere_as_before(nord: Shop, alice: Member) -> None:
    """The login, its session and the other company are untouched, and so are its actors."""
    nord.activate(BOB)
    bob = nord.member(BOB)
    here = nord.colleague_of(alice, BOB)
    session, before = nord.session(BOB), nord.user(BOB)

    nord.house.accounts.users.remove(alice, here.membership)

    with pytest.raises(MembershipOver):
        nord.house.accounts.acting.member(session, here.customer)
    assert nord.house.accounts.acting.member(session) == bob
    assert nord.house.accounts.users.all(bob).users[0].me
    assert nord.user(BOB) == before


def test_what_was_still_offered_goes_with_the_member(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """An open invitation to the address the removed one has by now; nobody else's."""
    users, moving = nord.house.accounts.users, nord.house.accounts.email_change
    nord.invite_member(alice, EVE)
    kept = nord.invite_member(alice, DORA)
    moving.request(nord.person(CARL), EVE)
    moving.confirm(nord.guest, nord.house.token_for(EVE))

    users.remove(alice, carl.membership)

    assert open_to(nord, alice) == {kept.id}


def test_somebody_elses_member_is_not_found(nord: Shop, alice: Member) -> None:
    """Another company's, one of nobody's, and one that was removed, in every verb."""
    nord.activate(BOB)
    gone = nord.colleague_of(alice, CARL)
    users = nord.house.accounts.users
    users.remove(alice, gone.membership)

    for one in (nord.member(BOB).membership, MembershipId("nobody"), gone.membership):
        for verb in VERBS:
            with pytest.raises(MemberNotFound):
                verb(nord, alice, one)
    assert nord.member(BOB)


VERBS: tuple[Callable[[Shop, Member, MembershipId], None], ...] = (
    lambda shop, member, one: shop.house.accounts.users.set_roles(member, one, [VIEWER]),
    lambda shop, member, one: shop.house.accounts.users.suspend(member, one),
    lambda shop, member, one: shop.house.accounts.users.resume(member, one),
    lambda shop, member, one: shop.house.accounts.users.remove(member, one),
)


def test_nobody_decides_about_himself(nord: Shop, alice: Member) -> None:
    """Whoever else administers; one leaves instead."""
    nord.colleague_of(alice, CARL, ADMINISTRATOR)

    for verb in VERBS:
        with pytest.raises(OwnMembership):
            verb(nord, alice, alice.membership)


def test_nobody_decides_about_who_holds_more(nord: Shop, alice: Member, carl: Member) -> None:
    """Neither to take a right nor to give one that is beyond the own ones."""
    dora = manager_of(nord, alice)
    eve = nord.colleague_of(nord.member(ALICE), EVE, ACCOUNTANT)
    users, before = nord.house.accounts.users, everything_in(nord.house.storage)

    for one in (alice, carl):
        for verb in VERBS:
            with pytest.raises(BeyondOwnRights):
                verb(nord, dora, one.membership)
    for role in (ADMINISTRATOR, BUYER, VIEWER):
        with pytest.raises(BeyondOwnRights):
            users.set_roles(dora, eve.membership, [ACCOUNTANT, role])
        with pytest.raises(BeyondOwnRights):
            users.invite(dora, email="new@acme.example", roles=[role])
    assert everything_in(nord.house.storage) == before

    users.suspend(dora, eve.membership)
    users.resume(dora, eve.membership)


def test_nobody_touches_what_offers_more(nord: Shop, alice: Member) -> None:
    """An administrator's invitation of a buyer is not an accountant's to renew or withdraw."""
    dora = manager_of(nord, alice)
    kept = nord.invite_member(nord.member(ALICE), EVE, BUYER)
    users = nord.house.accounts.users

    for verb in (users.resend, users.withdraw):
        with pytest.raises(BeyondOwnRights):
            verb(dora, kept.id)
    with pytest.raises(BeyondOwnRights):
        users.invite(dora, email=EVE, roles=[ACCOUNTANT])  # would replace it
    assert open_to(nord, dora) == {kept.id}


# Somebody has to be left ------------------------------------------------------------------------


def test_the_last_administrator_does_not_leave(nord: Shop, alice: Member, carl: Member) -> None:
    """Nor if the other one is suspended, or can't sign in; another one who is there is enough."""
    users, member_desk = nord.house.accounts.users, nord.house.accounts.member_desk
    with pytest.raises(LastAdministrator):
        users.leave(alice)

    users.set_roles(alice, carl.membership, [ADMINISTRATOR])
    users.suspend(alice, carl.membership)
    with pytest.raises(LastAdministrator):
        users.leave(alice)
    users.resume(alice, carl.membership)
    nord.change_user(CARL, state=UserState.BLOCKED)
    with pytest.raises(LastAdministrator):
        users.leave(alice)

    nord.change_user(CARL, state=UserState.ACTIVE)
    users.leave(alice)
    line = nord.line(alice.customer, ALICE)
    assert line.membership.state is MembershipState.REMOVED
    assert member_desk.users(nord.staff, alice.customer)


def test_a_manager_does_not_take_the_last_administrator_away(nord: Shop, alice: Member) -> None:
    """By any verb, though he holds every right there is."""
    roles = nord.house.accounts.roles
    all_rights = roles.make(alice, name="Deputy", grants=alice.permissions)
    carl = nord.colleague_of(nord.member(ALICE), CARL, all_rights.id)

    for verb in (VERBS[0], VERBS[1], VERBS[3]):
        with pytest.raises(LastAdministrator):
            verb(nord, carl, alice.membership)
    assert nord.member(ALICE).permissions == alice.permissions


def test_a_person_leaves_a_company_and_keeps_the_rest(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """Without a right to manage anybody; what is done is told with the reason."""
    nord.house.accounts.users.leave(carl)

    line = nord.line(alice.customer, CARL)
    assert line.membership.state is MembershipState.REMOVED
    assert nord.session(CARL)
    entry = newest(nord, "membership.member_removed")
    assert entry.facts["reason"] == "left of their own will"
    assert entry.stamp.by == carl.user


def test_nobody_leaves_a_personal_account(nord: Shop, alice: Member) -> None:
    """It is the person's own; nor is there anybody to invite."""
    customer = nord.customer("E-ACME")
    with nord.house.storage.begin(nord.staff) as work:
        kept = work.customers.get(customer.scope)
        work.customers.save(nord.scope, [attrs.evolve(kept, kind=AccountKind.PERSONAL)])
        work.commit()
    own = nord.member(ALICE)

    with pytest.raises(OnePersonOnly):
        nord.house.accounts.users.leave(own)
    with pytest.raises(PermissionMissing):
        nord.invite_member(own, EVE)
    assert own.customer == alice.customer


# Who may ----------------------------------------------------------------------------------------


def calls(shop: Shop, member: Member, other: MembershipId) -> tuple[Callable[[], object], ...]:
    """List every operation but leaving."""
    users = shop.house.accounts.users
    return (
        lambda: users.all(member),
        lambda: users.invite(member, email=EVE, roles=[VIEWER]),
        lambda: users.resend(member, InvitationId("x")),
        lambda: users.withdraw(member, InvitationId("x")),
        *(lambda verb=verb: verb(shop, member, other) for verb in VERBS),  # type: ignore[misc]
    )


@pytest.mark.parametrize("role", [BUYER, ACCOUNTANT, VIEWER])
def test_only_who_manages_users_sees_or_changes_them(memory_storage: Storage, role: RoleId) -> None:
    """Every shipped role but the administrator's is refused, in every verb."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    alice = shop.member(ALICE)
    carl = shop.colleague_of(alice, CARL, role)

    for call in calls(shop, carl, alice.membership):
        with pytest.raises(PermissionMissing):
            call()


def test_where_the_seller_does_not_offer_it_nobody_manages_users(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """Role and function both have to allow; leaving is always possible."""
    desk = nord.house.accounts.customer_desk
    acme = desk.look(nord.staff, alice.customer)
    desk.change(nord.staff, acme.id, version=acme.version, features={USERS: False})
    again = nord.member(ALICE)

    for call in calls(nord, again, carl.membership):
        with pytest.raises(FeatureOff):
            call()
    nord.house.accounts.users.leave(nord.member(CARL))


def told(shop: Shop) -> list[str]:
    """Name the events of the trail, the newest first."""
    return [entry.event for entry in shop.house.accounts.audit.latest(shop.staff).items]


def newest(shop: Shop, event: str) -> AuditEntry:
    """Read the newest entry of an event."""
    found = shop.house.accounts.audit.latest(shop.staff).items
    return next(entry for entry in found if entry.event == event)


def test_a_token_of_another_purpose_opens_no_invitation(nord: Shop) -> None:
    """Nor does what nobody mailed."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)

    with pytest.raises(TokenInvalid):
        nord.house.accounts.invited.activate(nord.guest, nord.house.token_for(ALICE), PASSWORD)
