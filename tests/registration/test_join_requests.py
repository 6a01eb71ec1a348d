"""Who asks to join a company: its administrators decide, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs
import pytest

from custaccount import InvalidFields, Member
from custaccount.credentials import UserState
from custaccount.kernel.access import Depth, FeatureOff, Permission, PermissionMissing
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import RegistrationId
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    BeyondOwnRights,
    MembershipOver,
)
from custaccount.registration import RegistrationState
from custaccount.registration.join_requests import JoinRequest
from custaccount.registration.model import RegistrationNotFound
from custaccount.storage import Storage
from tests.house import ALICE, BOB, Shop, everything_in
from tests.registration.people import (
    ANSWERS,
    NINA,
    OTTO,
    arrived,
    kept,
    letters_to,
    waiting,
    welcoming,
)

CARL = "carl@acme.example"


@pytest.fixture
def shop(storage: Storage) -> Shop:
    """A shop where contacts of known customers are linked, and Acme has two more of them."""
    made = welcoming(storage, link_existing=True)
    contacts = [{"name": name, "email": email} for name, email in (("A", ALICE), ("N", NINA))]
    made.change("E-ACME", contacts=[*contacts, {"name": "O", "email": OTTO}])
    return made


@pytest.fixture
def alice(shop: Shop) -> Member:
    """Acme's administrator."""
    shop.activate(ALICE)
    return shop.member(ALICE)


@pytest.fixture
def request_of_nina(shop: Shop, alice: Member) -> JoinRequest:
    """Nina proved the address of one of Acme's contacts, which has an administrator already."""
    arrived(shop, NINA)
    (found,) = shop.house.accounts.join_requests.waiting(alice)
    return found


def test_a_claim_on_a_company_with_administrators_asks_them(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """Who asks and since when; she has a login and acts for nobody."""
    assert (request_of_nina.name, request_of_nina.email.key) == (ANSWERS["name"], NINA)
    assert request_of_nina.asked == shop.house.clock()
    assert "registration.join_request" in letters_to(shop, ALICE)
    assert "registration.joining" in letters_to(shop, NINA)
    with pytest.raises(MembershipOver):
        shop.member(NINA)
    assert alice.customer


def test_who_asked_first_stands_first(shop: Shop, alice: Member) -> None:
    """And each once."""
    for email in (OTTO, NINA):
        arrived(shop, email)
        shop.house.clock.advance(timedelta(minutes=1))

    found = shop.house.accounts.join_requests.waiting(alice)

    assert [one.email.key for one in found] == [OTTO, NINA]


def test_approved_the_person_joins_in_the_roles_it_is_given(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """Nothing waits any more, and she is told."""
    shop.house.accounts.join_requests.approve(alice, request_of_nina.id, roles=[ACCOUNTANT])

    nina = shop.member(NINA)
    line = shop.line(alice.customer, NINA)
    assert nina.customer == alice.customer
    assert (line.membership.roles, line.membership.reason) == (
        {ACCOUNTANT},
        "approved by the company",
    )
    assert shop.house.accounts.join_requests.waiting(alice) == ()
    assert kept(shop, NINA) is None
    assert letters_to(shop, NINA)[-1] == "registration.welcome"


def test_declined_the_person_is_told_why_and_keeps_the_login(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """She acts for nobody; the request is over."""
    desk = shop.house.accounts.join_requests

    desk.decline(alice, request_of_nina.id, reason="We do not know you.")

    assert desk.waiting(alice) == ()
    assert letters_to(shop, NINA)[-1] == "registration.not_linked"
    assert shop.session(NINA)
    with pytest.raises(MembershipOver):
        shop.member(NINA)
    left = kept(shop, NINA)
    assert left is not None
    assert (left.state, left.reason) == (RegistrationState.REJECTED, "We do not know you.")
    for verb in calls(shop, alice, request_of_nina.id)[1:]:
        with pytest.raises(RegistrationNotFound):
            verb()


def calls(shop: Shop, member: Member, request: RegistrationId) -> tuple[Callable[[], object], ...]:
    """List every operation."""
    desk = shop.house.accounts.join_requests
    return (
        lambda: desk.waiting(member),
        lambda: desk.approve(member, request, roles=[BUYER]),
        lambda: desk.decline(member, request, reason="so"),
    )


def test_another_companys_request_is_not_found(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """Nor shown, nor one of nobody's; nothing changes."""
    shop.activate(BOB)
    bob, before = shop.member(BOB), everything_in(shop.house.storage)

    assert shop.house.accounts.join_requests.waiting(bob) == ()
    for member, one in ((bob, request_of_nina.id), (alice, RegistrationId("nothing"))):
        for verb in calls(shop, member, one)[1:]:
            with pytest.raises(RegistrationNotFound):
                verb()
    assert everything_in(shop.house.storage) == before


def test_nobody_lets_somebody_join_beyond_the_own_rights(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """A manager of users grants what he holds; no role, or one that is not there, is none."""
    grants = {Permission.MANAGE_USERS: Depth.CUSTOMER, Permission.SEE_ORDERS: Depth.OWN}
    role = shop.house.accounts.roles.make(alice, name="Manager", grants=grants)
    carl = shop.colleague_of(shop.member(ALICE), CARL, role.id)
    desk = shop.house.accounts.join_requests

    for wanted in (ADMINISTRATOR, BUYER, ACCOUNTANT):
        with pytest.raises(BeyondOwnRights):
            desk.approve(carl, request_of_nina.id, roles=[role.id, wanted])
    for nothing in ([], ["nothing"]):
        with pytest.raises(InvalidFields):
            desk.approve(carl, request_of_nina.id, roles=nothing)  # type: ignore[arg-type]
    desk.approve(carl, request_of_nina.id, roles=[role.id])
    assert shop.member(NINA).permissions == grants


def test_who_was_let_in_meanwhile_asks_no_more(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """By an invitation: its roles count, and nothing is left to decide."""
    nina = shop.colleague_of(alice, NINA, BUYER)

    assert shop.house.accounts.join_requests.waiting(alice) == ()
    for verb in calls(shop, alice, request_of_nina.id)[1:]:
        with pytest.raises(RegistrationNotFound):
            verb()
    assert shop.member(NINA) == nina


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\0b"])
def test_a_refusal_has_a_reason(
    shop: Shop, alice: Member, request_of_nina: JoinRequest, reason: str
) -> None:
    """Nothing is decided without one."""
    desk = shop.house.accounts.join_requests

    with pytest.raises(InvalidFields):
        desk.decline(alice, request_of_nina.id, reason=reason)

    assert desk.waiting(alice) == (request_of_nina,)


def test_a_company_nobody_administers_is_not_asked(shop: Shop, alice: Member) -> None:
    """Its only administrator's login is blocked: staff decide, as before."""
    shop.change_user(ALICE, state=UserState.BLOCKED)

    arrived(shop, NINA)

    (claim,) = waiting(shop)
    assert claim.company is None
    assert claim.email.key == NINA
    assert "registration.claimed" in letters_to(shop, NINA)
    assert alice.customer


def test_staff_decide_about_a_request_too(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """It is in their queue as well; then the company has nothing to decide any more."""
    assert [one.id for one in waiting(shop)] == [request_of_nina.id]

    shop.house.accounts.registration_desk.link(shop.staff, request_of_nina.id, alice.customer)

    assert shop.house.accounts.join_requests.waiting(alice) == ()
    assert shop.member(NINA).customer == alice.customer


def test_role_and_function_both_have_to_allow(
    shop: Shop, alice: Member, request_of_nina: JoinRequest
) -> None:
    """Who does not manage users sees no request."""
    carl = shop.colleague_of(alice, CARL, BUYER)
    off = attrs.evolve(alice, features=alice.features - {USERS})

    for member, error in ((carl, PermissionMissing), (off, FeatureOff)):
        for call in calls(shop, member, request_of_nina.id):
            with pytest.raises(error):
                call()
