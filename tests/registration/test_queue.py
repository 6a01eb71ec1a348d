"""The staff's queue: who asks for access, whose an address is, and what staff say to it."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import InvalidFields, Staff
from custaccount.adapters.memory import MemoryStorage
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import PermissionMissing
from custaccount.kernel.ids import Cursor, CustomerId, RegistrationId
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid
from custaccount.membership import MembershipOver
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration import AlreadyDecided, RegistrationNotFound, RegistrationState
from tests.house import ALICE, OTHER_PASSWORD, PASSWORD, Shop, how_often, open_sued
from tests.registration.people import (
    NINA,
    OTTO,
    activate,
    arrived,
    decide,
    kept,
    letters_to,
    register,
    registered,
    users_of,
    waiting,
    welcoming,
)


@pytest.fixture
def shop() -> Shop:
    """A shop where staff release who asks."""
    return welcoming(MemoryStorage(), registration=RegistrationMode.RELEASED, link_existing=True)


def desk(shop: Shop) -> object:
    """Return the staff's desk."""
    return shop.house.accounts.registration_desk


# The list -----------------------------------------------------------------------------------------


def test_the_queue_is_paged_first_come_first(shop: Shop) -> None:
    """Every one once, in the order they asked, though they asked at the same moment."""
    emails = [f"n{place:03}@new.example" for place in range(PAGE_SIZE + 7)]
    for email in emails:
        register(shop, email)

    queue = shop.house.accounts.registration_desk.queue
    first = queue(shop.staff)
    rest = queue(shop.staff, first.more)

    assert (len(first.items), len(rest.items), rest.more) == (PAGE_SIZE, 7, None)
    seen = [one.email.key for one in (*first.items, *rest.items)]
    assert sorted(seen) == emails
    assert shop.house.accounts.waiting.waiting(shop.staff).registrations == len(emails)


def test_what_is_decided_between_two_pages_is_left_out_and_nothing_else(shop: Shop) -> None:
    """A cursor names a place, not a count."""
    for place in range(PAGE_SIZE + 2):
        register(shop, f"n{place:03}@new.example")
    queue = shop.house.accounts.registration_desk.queue
    first = queue(shop.staff)
    for gone in (first.items[0], first.items[-1]):
        shop.house.accounts.registration_desk.reject(shop.staff, gone.id, reason="no")

    rest = queue(shop.staff, first.more)

    assert len(rest.items) == 2
    assert not {one.id for one in rest.items} & {one.id for one in first.items}


@pytest.mark.parametrize("cursor", ["", "x", "a.b", None, 7])
def test_a_cursor_that_was_not_made_here_is_refused(shop: Shop, cursor: object) -> None:
    """Nor one of another member of staff, or for another list."""
    for place in range(PAGE_SIZE + 1):
        register(shop, f"n{place:03}@new.example")
    accounts = shop.house.accounts
    more = accounts.registration_desk.queue(shop.staff).more
    another = attrs.evolve(shop.staff, id="another")
    sued = open_sued(shop.house)

    for staff, text in ((another, more), (sued.staff, more), (shop.staff, f"{more}x")):
        with pytest.raises(CursorInvalid):
            accounts.registration_desk.queue(staff, Cursor(str(text)))
    if cursor is not None:
        with pytest.raises(CursorInvalid):
            accounts.registration_desk.queue(shop.staff, cursor)  # type: ignore[arg-type]


def test_what_waits_for_an_address_to_be_proven_waits_for_nobody_else(shop: Shop) -> None:
    """Only who asked for access, and open claims, stand in the queue."""
    decide(shop, registration=RegistrationMode.OPEN)
    register(shop, NINA)

    assert waiting(shop) == ()


def test_another_realm_sees_none_of_it(shop: Shop) -> None:
    """Neither in the list nor by its id."""
    register(shop, NINA)
    (asked,) = waiting(shop)
    sued = open_sued(shop.house)

    assert waiting(sued) == ()
    with pytest.raises(RegistrationNotFound):
        shop.house.accounts.registration_desk.look(sued.staff, asked.id)


# Decisions ----------------------------------------------------------------------------------------


def decisions(
    shop: Shop, registration: RegistrationId, customer: CustomerId
) -> dict[str, Callable[[Staff], object]]:
    """List everything staff can say."""
    of = shop.house.accounts.registration_desk
    return {
        "release": lambda staff: of.release(staff, registration),
        "reject": lambda staff: of.reject(staff, registration, reason="no"),
        "link": lambda staff: of.link(staff, registration, customer),
        "found": lambda staff: of.found(staff, registration),
        "refuse": lambda staff: of.refuse(staff, registration, reason="no"),
        "look": lambda staff: of.look(staff, registration),
    }


def test_who_may_not_manage_accounts_decides_nothing(shop: Shop) -> None:
    """Refused before anything is looked up."""
    register(shop, NINA)
    (asked,) = waiting(shop)
    nobody = attrs.evolve(shop.staff, permissions=frozenset())
    acme = shop.customer("E-ACME").id

    for name, call in decisions(shop, asked.id, acme).items():
        with pytest.raises(PermissionMissing):
            call(nobody)
        assert waiting(shop) == (asked,), name
    for look in (
        shop.house.accounts.registration_desk.queue,
        shop.house.accounts.waiting.waiting,
    ):
        with pytest.raises(PermissionMissing):
            look(nobody)


def test_a_request_is_decided_once(shop: Shop) -> None:
    """Whatever is said after it comes too late; what belongs to claims never fits."""
    acme = shop.customer("E-ACME").id
    register(shop, NINA)
    (asked,) = waiting(shop)
    for name in ("link", "found", "refuse"):
        with pytest.raises(AlreadyDecided):
            decisions(shop, asked.id, acme)[name](shop.staff)

    shop.house.accounts.registration_desk.release(shop.staff, asked.id)

    for name, call in decisions(shop, asked.id, acme).items():
        if name != "look":
            with pytest.raises(AlreadyDecided):
                call(shop.staff)
    assert waiting(shop) == ()


def test_a_claim_is_decided_once(shop: Shop) -> None:
    """By whichever decision."""
    decide(shop, registration=RegistrationMode.OPEN)
    shop.change("E-BETA", contact="Alice", email=ALICE)
    arrived(shop, ALICE)
    (claim,) = waiting(shop)
    acme = shop.customer("E-ACME").id
    for name in ("release", "reject"):
        with pytest.raises(AlreadyDecided):
            decisions(shop, claim.id, acme)[name](shop.staff)

    shop.house.accounts.registration_desk.found(shop.staff, claim.id)

    for name, call in decisions(shop, claim.id, acme).items():
        with pytest.raises(RegistrationNotFound):
            call(shop.staff)
        assert shop.member(ALICE).customer != acme, name


def test_a_refused_claim_leaves_the_login(shop: Shop) -> None:
    """It acts for nobody; the person is told why; nothing is linked by itself afterwards."""
    decide(shop, registration=RegistrationMode.OPEN)
    shop.change("E-BETA", contact="Alice", email=ALICE)
    arrived(shop, ALICE)
    (claim,) = waiting(shop)

    shop.house.accounts.registration_desk.refuse(shop.staff, claim.id, reason="We called Acme.")

    assert letters_to(shop, ALICE)[-1] == "registration.not_linked"
    assert "We called Acme." in shop.house.mailer.newest(ALICE).plain
    assert shop.sign_in(ALICE)
    with pytest.raises(MembershipOver):
        shop.member(ALICE)
    assert how_often(shop.house.storage, "registration.claim_refused") == 1


def test_who_was_rejected_may_apply_again(shop: Shop) -> None:
    """The reason is told; a new request replaces the old and waits again."""
    register(shop, NINA)
    (asked,) = waiting(shop)
    shop.house.accounts.registration_desk.reject(shop.staff, asked.id, reason="No VAT id given.")
    assert letters_to(shop, NINA) == ["registration.requested", "registration.rejected"]
    assert "No VAT id given." in shop.house.mailer.newest(NINA).plain
    found = kept(shop, NINA)
    assert found is not None
    assert (found.state, found.decided_by) == (RegistrationState.REJECTED, shop.staff.id)

    register(shop, NINA, name="Nina Newer")

    (again,) = waiting(shop)
    assert (again.answers["name"], again.id == asked.id) == ("Nina Newer", False)


def test_a_release_by_link_needs_the_address_to_be_proven(shop: Shop) -> None:
    """No account before; the newest decision's link works, and settles what was registered."""
    register(shop, ALICE)
    (asked,) = waiting(shop)
    assert shop.house.accounts.registration_desk.release(shop.staff, asked.id) is None

    token = shop.house.token_for(ALICE)
    activate(shop, token)

    (line,) = users_of(shop, "E-ACME")
    assert line.membership.reason == "proven address"
    assert letters_to(shop, ALICE) == [
        "registration.requested",
        "registration.released",
        "registration.welcome",
    ]


def test_asking_again_ends_the_link_of_a_release(shop: Shop) -> None:
    """What staff released is not what somebody registers afterwards under the same address."""
    register(shop, NINA)
    (asked,) = waiting(shop)
    shop.house.accounts.registration_desk.release(shop.staff, asked.id)
    token = shop.house.token_for(NINA)

    register(shop, NINA, name="Mallory")

    with pytest.raises(TokenInvalid):
        activate(shop, token)
    (again,) = waiting(shop)
    assert again.answers["name"] == "Mallory"


@pytest.mark.parametrize("known", [True, False])
def test_a_release_by_password_makes_an_account_at_once(
    shop: Shop,
    known: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """For a customer staff name, as a buyer, for nothing is proven; or for a new one."""
    decide(
        shop,
        activation=ActivationMode.STAFF_PASSWORD,
        login=LoginId.CUSTOMER_NUMBER,
        link_existing=False,
    )
    register(shop, NINA)
    (asked,) = waiting(shop)
    acme = shop.customer("E-ACME").id if known else None

    given = shop.house.accounts.registration_desk.release(shop.staff, asked.id, customer=acme)

    assert given is not None
    assert given.password not in repr(given)
    user = shop.user(NINA)
    assert (user.email_proven, user.password_due) == (None, True)
    token = shop.sign_in(given.login, given.password)
    who = shop.house.accounts.sessions.person(shop.guest, token)
    shop.house.accounts.own_password.change(who, given.password, OTHER_PASSWORD)
    member = shop.member(NINA, OTHER_PASSWORD)
    assert (member.customer == acme) is known
    assert kept(shop, NINA) is None


def test_a_request_whose_address_got_a_user_is_not_released(shop: Shop) -> None:
    """By password it says so; by link the mail opens nothing."""
    register(shop, ALICE)
    (asked,) = waiting(shop)
    acme = shop.customer("E-ACME").id
    accounts = shop.house.accounts
    decide(shop, link_existing=False)
    accounts.member_desk.invite(shop.staff, shop.portal.id, acme, email=OTTO)
    accounts.invited.activate(shop.guest, shop.house.token_for(OTTO), PASSWORD)
    who = accounts.sessions.person(shop.guest, shop.sign_in(OTTO))
    accounts.email_change.request(who, ALICE)
    accounts.email_change.confirm(shop.guest, shop.house.token_for(ALICE))
    decide(shop, activation=ActivationMode.STAFF_PASSWORD, login=LoginId.CUSTOMER_NUMBER)

    with pytest.raises(AlreadyDecided):
        accounts.registration_desk.release(shop.staff, asked.id)

    decide(shop, activation=ActivationMode.MAILED_LINK)
    accounts.registration_desk.release(shop.staff, asked.id)
    with pytest.raises(TokenInvalid):
        activate(shop, shop.house.token_for(ALICE))


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\0b", "a\u202eb", None, 7, "x" * 10**6])
def test_a_decision_against_somebody_has_a_reason(shop: Shop, reason: object) -> None:
    """Between 1 and 500 printable characters; refused before anything is decided."""
    register(shop, NINA)
    (asked,) = waiting(shop)

    with pytest.raises(InvalidFields) as refused:
        shop.house.accounts.registration_desk.reject(
            shop.staff,
            asked.id,
            reason=reason,  # type: ignore[arg-type]
        )

    assert [problem.field for problem in refused.value.problems] == ["reason"]
    assert waiting(shop) == (asked,)


def test_a_queue_shows_what_was_answered_and_nothing_secret(shop: Shop) -> None:
    """Answers and the draft are read on purpose: no repr shows them."""
    register(shop, NINA, draft="cart:secret", name="Nina New")

    (asked,) = waiting(shop)

    assert asked.answers["name"] == "Nina New"
    assert "Nina New" not in repr(asked)
    assert "cart:secret" not in repr(asked)


def test_registered_is_not_known(shop: Shop) -> None:
    """A release mails a link, and no other."""
    decide(shop, registration=RegistrationMode.OPEN)
    token = registered(shop, NINA)

    activate(shop, token)

    assert letters_to(shop, NINA) == ["registration.confirm", "registration.welcome"]
