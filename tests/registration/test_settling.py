"""How a registration ends: a customer, a member, a draft, and nothing left behind."""

from __future__ import annotations

import attrs
import pytest

from custaccount import InvalidFields
from custaccount.adapters.memory import MemoryMatcher
from custaccount.customers import Customer
from custaccount.facilities.fields import FieldSpec
from custaccount.facilities.numbers import NumberRangeNotFound, NumbersExhausted
from custaccount.membership import ADMINISTRATOR
from custaccount.portals import AccountKind, RegistrationMode
from custaccount.portals.model import MASTER_DATA
from custaccount.registration import DraftNotFound, RegistrationClosed
from custaccount.registration.model import DRAFT_LONGEST, PENDING, UNDECIDED
from custaccount.storage import Storage
from tests.house import ALICE, NORD, PASSWORD, Shop, everything_in, how_often
from tests.registration.people import (
    ANSWERS,
    NINA,
    OTTO,
    activate,
    arrived,
    decide,
    kept,
    match,
    register,
    registered,
    users_of,
    waiting,
    welcoming,
)


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """A shop where anybody may register."""
    return welcoming(memory_storage)


def its_customer(shop: Shop, email: str) -> Customer:
    """Look up whom a user acts for."""
    scope = shop.member(email).scope
    with shop.house.storage.reading() as view:
        return view.customers.get(scope)


# A new customer ---------------------------------------------------------------------------------


def test_a_new_customer_is_what_was_registered(shop: Shop) -> None:
    """Each answer in its place, the others as details; a number of the range; an administrator."""
    labels = dict.fromkeys(shop.portal.languages, "Fleet")
    own = FieldSpec(key="fleet", longest=20, labels=labels)
    decide(shop, fields=attrs.evolve(MASTER_DATA, fields=(*MASTER_DATA, own)))

    arrived(shop, NINA, fleet="12 vans", phone="+49 40 123456")

    member = shop.member(NINA)
    made = its_customer(shop, NINA)
    assert (made.number, made.name, made.kind) == ("W00001", "New GmbH", AccountKind.COMPANY)
    assert (made.street, made.postal_code, made.town, made.country) == (
        "Weg 1",
        "20095",
        "Hamburg",
        "DE",
    )
    assert (made.phone, dict(made.details)) == ("+4940123456", {"fleet": "12 vans"})
    assert [(one.name, one.email.key) for one in made.contacts if one.email] == [("Nina New", NINA)]
    (line,) = shop.house.accounts.member_desk.users(shop.staff, member.customer)
    assert (line.membership.roles, line.membership.reason) == (
        {ADMINISTRATOR},
        "registered",
    )


def test_a_person_who_buys_for_itself_is_named_as_the_customer(shop: Shop) -> None:
    """And is not asked for a company."""
    told = {key: answer for key, answer in ANSWERS.items() if key != "company"}
    shop.house.accounts.registering.register(
        shop.guest, email=NINA, answers=told, kind=AccountKind.PERSONAL
    )
    activate(shop, shop.house.token_for(NINA))

    made = its_customer(shop, NINA)
    assert (made.name, made.kind) == ("Nina New", AccountKind.PERSONAL)


def test_a_kind_that_is_not_offered_is_refused(shop: Shop) -> None:
    """With everything else that does not hold, at once."""
    decide(shop, account_kinds=(AccountKind.COMPANY,))

    with pytest.raises(InvalidFields) as refused:
        shop.house.accounts.registering.register(
            shop.guest,
            email="nobody",
            answers={"name": ""},
            kind=AccountKind.PERSONAL,
            draft="x" * (DRAFT_LONGEST + 1),
        )

    fields = {problem.field for problem in refused.value.problems}
    assert {"kind", "email", "draft", "name", "street"} <= fields
    assert kept(shop, NINA) is None


def test_where_only_who_is_invited_may_come_nobody_registers(shop: Shop) -> None:
    """Whatever is said, before it is looked at."""
    decide(shop, registration=RegistrationMode.INVITATION)

    with pytest.raises(RegistrationClosed):
        shop.house.accounts.registering.register(shop.guest, email="x", answers={})


@pytest.mark.parametrize("gapless", [True, False])
def test_numbers_are_used_in_their_order(
    memory_storage: Storage,
    gapless: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Gapless ones only by who gets an account; a number that is a customer's is passed over."""
    shop = welcoming(memory_storage, gapless=gapless)
    rows = [{"erp_id": "E-W", "number": "W00002", "name": "Has it", "email": "w@w.example"}]
    shop.house.accounts.register_desk.import_rows(shop.staff, rows)
    tokens = [registered(shop, email) for email in (NINA, OTTO)]
    with pytest.raises(InvalidFields):
        activate(shop, tokens[0], "short")

    for token in tokens:
        activate(shop, token)

    assert [its_customer(shop, email).number for email in (NINA, OTTO)] == ["W00001", "W00003"]


def test_without_numbers_nothing_happens(memory_storage: Storage) -> None:
    """None left: no user, no customer, and the link stays good."""
    shop = welcoming(memory_storage, last=1)
    arrived(shop, NINA)
    token = registered(shop, OTTO)
    before = everything_in(shop.house.storage)

    with pytest.raises(NumbersExhausted):
        activate(shop, token)

    assert everything_in(shop.house.storage)["users"] == before["users"]
    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    shop.house.accounts.number_desk.change(
        shop.staff,
        web.key,
        prefix="W",
        width=5,
        first=1,
        last=9,
        warn_at=1,
        gapless=True,
        version=web.version,
    )
    activate(shop, token)
    assert shop.member(OTTO)


# A draft ------------------------------------------------------------------------------------------


def test_a_draft_belongs_to_the_account_once_that_is_active(shop: Shop) -> None:
    """Not to the guest, not to a user of another customer; handed over once."""
    register(shop, NINA, draft="cart:7")
    activate(shop, shop.house.token_for(NINA))
    shop.activate(ALICE)
    drafts, nina, alice = shop.house.accounts.drafts, shop.member(NINA), shop.member(ALICE)

    (draft,) = drafts.mine(nina)

    assert (draft.text, drafts.mine(alice)) == ("cart:7", ())
    with pytest.raises(DraftNotFound):
        drafts.take(alice, draft.id)
    assert drafts.take(nina, draft.id).text == "cart:7"
    with pytest.raises(DraftNotFound):
        drafts.take(nina, draft.id)
    assert drafts.mine(nina) == ()


def test_a_draft_waits_for_a_claim_to_be_decided(memory_storage: Storage) -> None:
    """It is the customer's then that staff name."""
    shop = welcoming(memory_storage, link_existing=True)
    shop.change("E-BETA", contact="Alice", email=ALICE)
    register(shop, ALICE, draft="cart:9")
    activate(shop, shop.house.token_for(ALICE))
    (claim,) = waiting(shop)

    shop.house.accounts.registration_desk.link(shop.staff, claim.id, shop.customer("E-BETA").id)

    (draft,) = shop.house.accounts.drafts.mine(shop.member(ALICE))
    assert draft.text == "cart:9"


# Time ---------------------------------------------------------------------------------------------


def test_what_is_never_proven_is_forgotten(shop: Shop) -> None:
    """After a week at the latest; what waits for staff is kept for three months."""
    register(shop, NINA)
    decide(shop, registration=RegistrationMode.RELEASED)
    register(shop, OTTO)

    shop.house.clock.advance(PENDING)
    shop.house.clock.advance(PENDING)
    shop.house.accounts.sweep()

    assert kept(shop, NINA) is None
    (otto,) = waiting(shop)
    assert otto.expires - otto.asked == UNDECIDED


# Linking ------------------------------------------------------------------------------------------


def test_a_link_leaves_the_customer_as_it_is(memory_storage: Storage) -> None:
    """What was registered overwrites nothing the register knows; and no number is used."""
    shop = welcoming(memory_storage, link_existing=True)
    before = shop.customer("E-ACME")

    arrived(shop, ALICE, company="Mallory Inc", street="Elsewhere 9")

    after = shop.customer("E-ACME")
    assert attrs.evolve(after, version=before.version) == before
    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    assert web.left == 99_999
    assert kept(shop, ALICE) is None


def test_the_erps_number_is_not_one_of_ours(memory_storage: Storage) -> None:
    """A customer that comes with an ERP's answer keeps the ERP's id and number."""
    erp = MemoryMatcher()
    erp.know(NORD, match("E-9", "900", NINA))
    shop = welcoming(memory_storage, matcher=erp, link_existing=True, gapless=False)

    arrived(shop, NINA)

    assert shop.customer("E-9").number == "900"
    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    assert web.left == 99_999


@pytest.mark.parametrize("gapless", [True, False])
def test_an_erp_that_only_nearly_knows_an_address_costs_no_account(
    memory_storage: Storage,
    gapless: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Its answer is no match: the account is a new customer's, whatever its numbers are."""
    erp = MemoryMatcher()
    erp.know(NORD, match("E-ACME", "1001", f"x{NINA}"))
    shop = welcoming(memory_storage, matcher=erp, link_existing=True, gapless=gapless)

    arrived(shop, NINA)

    assert shop.member(NINA).erp_id is None


def test_without_a_range_a_proven_address_waits(memory_storage: Storage) -> None:
    """A portal whose range is gone: activation says so, and nothing is half made."""
    shop = welcoming(memory_storage)
    token = registered(shop, NINA)
    before = everything_in(shop.house.storage)["users"]
    shop.house.storage._state.ranges._rows.clear()  # type: ignore[attr-defined]

    with pytest.raises(NumberRangeNotFound):
        activate(shop, token)

    assert everything_in(shop.house.storage)["users"] == before


def test_a_registration_that_ended_leaves_no_row(memory_storage: Storage) -> None:
    """Neither by a link nor by a new customer; a claim stays until it is decided."""
    shop = welcoming(memory_storage, link_existing=True)
    for email in (NINA, ALICE):
        arrived(shop, email)

    assert everything_in(shop.house.storage)["registrations"] == {}
    assert how_often(shop.house.storage, "registration.account_activated") == 2
    assert users_of(shop, "E-ACME")
    assert PASSWORD not in repr(everything_in(shop.house.storage))
