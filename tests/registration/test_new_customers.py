"""How the register grows without an ERP: by hand, and by what guests order."""

from __future__ import annotations

import attrs
import pytest

from custaccount import InvalidFields
from custaccount.facilities.limits import TooManyTries
from custaccount.facilities.numbers import NumberRangeNotFound, NumbersExhausted
from custaccount.kernel.access import PermissionMissing, Staff
from custaccount.portals import AccountKind, CustomerStatus
from custaccount.registration import AccountState, RegisterQuery
from custaccount.storage import Storage
from tests.house import ALICE, Shop, build, open_nord
from tests.registration.people import ANSWERS, NINA, OTTO, arrived, welcoming


@pytest.fixture
def shop(storage: Storage) -> Shop:
    """Open a shop that has a number range."""
    return welcoming(storage)


def test_staff_add_a_customer(shop: Shop) -> None:
    """With a number of the range and what the portal asks; nobody can sign in for it yet."""
    desk = shop.house.accounts

    added = desk.new_customers.add(shop.staff, shop.portal.id, answers=ANSWERS, email=NINA)

    (line,) = desk.account_desk.search(shop.staff, RegisterQuery(text="New GmbH Hamburg")).items
    assert line.customer == added
    assert (added.number, added.kind, added.status) == (
        "W00001",
        AccountKind.COMPANY,
        CustomerStatus.ACTIVE,
    )
    assert [(one.name, str(one.email)) for one in added.contacts] == [("Nina New", NINA)]
    assert line.state is AccountState.NONE


def test_staff_need_no_mail_address(shop: Shop) -> None:
    """A contact without one is kept by name."""
    new = shop.house.accounts.new_customers

    added = new.add(shop.staff, shop.portal.id, answers=ANSWERS)

    assert [(one.name, one.email) for one in added.contacts] == [("Nina New", None)]


def test_who_may_not_keep_the_register_adds_nobody(shop: Shop) -> None:
    """It takes the register's permission; nothing is taken from the range."""
    nobody = Staff(realm=shop.realm, id=shop.staff.id, name="Sam", permissions=frozenset())

    with pytest.raises(PermissionMissing):
        shop.house.accounts.new_customers.add(nobody, shop.portal.id, answers=ANSWERS)

    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    assert web.taken == 0


def test_a_guest_who_orders_is_kept(shop: Shop) -> None:
    """The same data again is the same customer; other data is another one."""
    new = shop.house.accounts.new_customers

    first = new.from_order(shop.guest, email=OTTO, answers=ANSWERS)
    again = new.from_order(shop.guest, email=OTTO.upper(), answers=ANSWERS)
    moved = new.from_order(shop.guest, email=OTTO, answers={**ANSWERS, "street": "Weg 2"})

    assert again == first
    assert (first.number, moved.number) == ("W00001", "W00002")


def test_a_guest_is_never_taken_for_a_customer_of_the_erps(shop: Shop) -> None:
    """An address that nobody has proven leads to no customer the shop knows, active or not."""
    new, acme = shop.house.accounts.new_customers, shop.customer("E-ACME")
    told = {**ANSWERS, "company": acme.name, "name": "Alice"}

    before = new.from_order(shop.guest, email=ALICE, answers=told)
    shop.activate(ALICE)
    after = new.from_order(shop.guest, email=ALICE, answers=told)

    assert after == before
    assert after.id != acme.id
    assert shop.member(ALICE).customer == acme.id


def test_all_that_is_wrong_is_told_at_once(shop: Shop) -> None:
    """The address too."""
    with pytest.raises(InvalidFields) as refused:
        shop.house.accounts.new_customers.from_order(
            shop.guest, email="nobody", answers={**ANSWERS, "country": "XX", "rank": "admiral"}
        )

    told = {problem.field for problem in refused.value.problems}
    assert {"email", "country", "rank"} <= told


def test_without_a_range_there_are_no_numbers(storage: Storage) -> None:
    """Where an ERP gives them, customers come from there."""
    shop = open_nord(build(storage))

    with pytest.raises(NumberRangeNotFound):
        shop.house.accounts.new_customers.add(shop.staff, shop.portal.id, answers=ANSWERS)


@pytest.mark.parametrize("gapless", [True, False])
def test_the_last_number_is_the_last(storage: Storage, gapless: bool) -> None:  # noqa: FBT001
    """A clear error, and nothing is kept."""
    shop = welcoming(storage, last=2, gapless=gapless)
    new = shop.house.accounts.new_customers
    for _ in range(2):
        new.add(shop.staff, shop.portal.id, answers=ANSWERS)

    with pytest.raises(NumbersExhausted):
        new.add(shop.staff, shop.portal.id, answers=ANSWERS)

    found = shop.house.accounts.account_desk.search(shop.staff, RegisterQuery(text="New"))
    assert len(found.items) == 2


def test_a_flood_of_guests_ends(storage: Storage) -> None:
    """Sixty in an hour from one network, so that nobody uses a range up."""
    shop = welcoming(storage, limited=True)
    new = shop.house.accounts.new_customers
    guest = attrs.evolve(shop.guest, network="203.0.113.7")
    for number in range(60):
        new.from_order(guest, email=f"guest{number}@new.example", answers=ANSWERS)

    with pytest.raises(TooManyTries):
        new.from_order(guest, email="one-more@new.example", answers=ANSWERS)


def test_who_ordered_as_a_guest_can_register_later(shop: Shop) -> None:
    """Whoever proves the address gets an account of its own: anybody may have typed it in."""
    accounts = shop.house.accounts
    kept = accounts.new_customers.from_order(shop.guest, email=OTTO, answers=ANSWERS)
    accounts.first_sign_in.request(shop.guest, OTTO)
    accounts.relay()
    assert not [mail for mail in shop.house.mailer.sent if str(mail.to) == OTTO]

    arrived(shop, OTTO)

    assert shop.member(OTTO).customer != kept.id


def test_no_guest_keeps_an_owner_from_being_linked(storage: Storage) -> None:
    """What a stranger ordered under an address does not make that address a shared one."""
    shop = welcoming(storage, link_existing=True)
    shop.house.accounts.new_customers.from_order(shop.guest, email=ALICE, answers=ANSWERS)

    arrived(shop, ALICE)

    assert shop.member(ALICE).customer == shop.customer("E-ACME").id
