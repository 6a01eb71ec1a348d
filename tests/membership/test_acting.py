"""Acting: one company is straight in, of several one is chosen, and the choice is remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import Language
from custaccount.credentials import Session
from custaccount.kernel.access import PasswordChangeDue
from custaccount.kernel.ids import CustomerId
from custaccount.membership import CustomerNotChosen, MembershipOver
from custaccount.portals import ActivationMode, CustomerStatus, LoginId, PortalNotFound
from tests.house import ALICE, BOB, Shop, how_often
from tests.registration.people import decide

MARA = "mara@group.example"


def both(shop: Shop) -> tuple[CustomerId, CustomerId]:
    """Let Mara act for Acme and for Beta, and nobody else's."""
    for email in (ALICE, BOB):
        shop.activate(email)
        shop.colleague_of(shop.member(email), MARA)
    return shop.customer("E-ACME").id, shop.customer("E-BETA").id


def choices(shop: Shop, session: Session) -> list[CustomerId]:
    """List for whom Mara may act, in the order she is shown them."""
    found = shop.house.accounts.acting.choices(session)
    return [standing.membership.customer for standing in found]


def test_who_acts_for_one_company_is_straight_in(nord: Shop) -> None:
    """And it is noted when."""
    nord.activate(ALICE)
    session = nord.session(ALICE)

    member = nord.house.accounts.acting.enter(session)

    assert member == nord.house.accounts.acting.member(session)
    (standing,) = nord.house.accounts.acting.choices(session)
    assert standing.membership.acted == nord.house.clock()
    assert how_often(nord.house.storage, "membership.company_chosen") == 1


def test_who_acts_for_several_has_to_choose(nord: Shop) -> None:
    """Nothing is entered, and nothing is noted, until one is named."""
    acme, beta = both(nord)
    session, acting = nord.session(MARA), nord.house.accounts.acting

    assert acting.enter(session) is None
    with pytest.raises(CustomerNotChosen):
        acting.member(session)
    assert choices(nord, session) == [acme, beta], "by customer number"
    assert how_often(nord.house.storage, "membership.company_chosen") == 0


def test_the_one_chosen_last_comes_first(nord: Shop) -> None:
    """In every session of the person's; those never chosen follow by number."""
    acme, beta = both(nord)
    session, acting = nord.session(MARA), nord.house.accounts.acting

    assert acting.choose(session, beta).customer == beta
    assert choices(nord, nord.session(MARA)) == [beta, acme]

    nord.house.clock.advance(timedelta(minutes=1))
    assert acting.choose(session, acme).customer == acme
    assert choices(nord, session) == [acme, beta]


def test_switching_ends_nothing(nord: Shop) -> None:
    """One session, no new sign-in; an actor for the other company still holds for its call."""
    acme, beta = both(nord)
    session, acting = nord.session(MARA), nord.house.accounts.acting
    before = acting.choose(session, acme)

    acting.choose(session, beta)

    assert acting.member(session, acme) == before
    nord.house.accounts.users.leave(before)
    assert choices(nord, session) == [beta]
    entered = acting.enter(session)
    assert entered is not None
    assert entered.customer == beta


def test_a_company_that_is_not_ones_own_is_refused(nord: Shop) -> None:
    """Another one's and one of nobody's alike, however it is asked for."""
    nord.activate(ALICE)
    session, acting = nord.session(ALICE), nord.house.accounts.acting

    for foreign in (nord.customer("E-BETA").id, CustomerId("nobody")):
        for verb in (acting.member, acting.choose):
            with pytest.raises(MembershipOver):
                verb(session, foreign)
    assert acting.member(session, nord.customer("E-ACME").id).customer == nord.customer("E-ACME").id


@pytest.mark.parametrize("end", ["suspended", "removed", "closed"])
def test_what_does_not_count_is_no_choice(nord: Shop, end: str) -> None:
    """Suspended, removed or of a customer that may not come in: the other one is straight in."""
    acme, beta = both(nord)
    session, acting = nord.session(MARA), nord.house.accounts.acting
    mara = acting.choose(session, acme)
    accounts = nord.house.accounts
    match end:
        case "suspended":
            accounts.users.suspend(nord.member(ALICE), mara.membership)
        case "removed":
            accounts.users.remove(nord.member(ALICE), mara.membership)
        case _:
            desk, kept = accounts.customer_desk, nord.customer("E-ACME")
            desk.change(nord.staff, acme, version=kept.version, status=CustomerStatus.CLOSED)

    assert choices(nord, session) == [beta]
    for verb in (acting.member, acting.choose):
        with pytest.raises(MembershipOver):
            verb(session, acme)
    entered = acting.enter(session)
    assert entered is not None
    assert entered.customer == beta


def test_who_acts_for_nobody_enters_nothing(nord: Shop) -> None:
    """No choice, and no error before somebody is acted for."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    carl = nord.colleague_of(alice, MARA)
    nord.house.accounts.users.remove(alice, carl.membership)
    session, acting = nord.session(MARA), nord.house.accounts.acting

    assert acting.choices(session) == ()
    assert acting.enter(session) is None
    with pytest.raises(MembershipOver):
        acting.member(session)


def test_a_password_of_staff_is_changed_before_anything_else(nord: Shop) -> None:
    """Straight in or chosen: nobody acts with it."""
    decide(nord, activation=ActivationMode.STAFF_PASSWORD, login=LoginId.CUSTOMER_NUMBER)
    acme, accounts = nord.customer("E-ACME").id, nord.house.accounts
    given = accounts.account_desk.give_password(nord.staff, nord.portal.id, acme, name="Otto")
    session = nord.session(given.login, given.password)

    with pytest.raises(PasswordChangeDue):
        accounts.acting.enter(session)
    with pytest.raises(PasswordChangeDue):
        accounts.acting.choose(session, acme)
    (standing,) = accounts.acting.choices(session)
    assert (standing.password_due, standing.membership.acted) == (True, None)


def test_the_language_is_the_one_asked_for_or_the_sessions(nord: Shop) -> None:
    """One the portal does not offer is its first."""
    nord.activate(ALICE)
    session, acting = nord.session(ALICE), nord.house.accounts.acting

    assert acting.member(session).language is session.language
    assert acting.member(session, language=Language.SV).language is Language.SV
    entered = acting.enter(session, language=Language.FR)
    assert entered is not None
    assert entered.language is Language.EN


def test_nobody_acts_or_chooses_at_a_closed_portal(nord: Shop) -> None:
    """The page made before is of no use."""
    nord.activate(ALICE)
    session, acting = nord.session(ALICE), nord.house.accounts.acting
    acme = acting.member(session).customer
    nord.house.accounts.portal_desk.close(nord.staff, nord.portal.id)

    for call in (
        lambda: acting.choices(session),
        lambda: acting.enter(session),
        lambda: acting.choose(session, acme),
    ):
        with pytest.raises(PortalNotFound):
            call()
