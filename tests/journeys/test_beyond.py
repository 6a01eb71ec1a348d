"""What goes beyond the five systems, as far as it is there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import Conflict, NotAllowed, NotFound
from custaccount.facilities.outbox import Posted
from custaccount.kernel.ids import OrderId
from custaccount.membership import CustomerNotChosen
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    GRETA,
    OTHER_PASSWORD,
    Shop,
    build,
    history,
    open_nord,
    order,
    price,
)


def test_r13_one_login_for_several_customers(nord: Shop) -> None:
    """A mail address that stands on two customers gives one login, and the customer is chosen."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    accounts, session = nord.house.accounts, nord.session(ALICE)

    choices = accounts.acting.choices(session)
    assert [choice.customer_number for choice in choices] == ["1001", "1002"]
    with pytest.raises(CustomerNotChosen):
        accounts.acting.member(session)

    for choice in choices:
        member = accounts.acting.member(session, choice.membership.customer)
        assert member.customer == choice.membership.customer


def test_r13_each_customer_keeps_its_own_orders_and_cart(nord: Shop) -> None:
    """Acting for one shows nothing of the other, though the person is the same."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    for customer, name in ((acme, "acme"), (beta, "beta")):
        nord.keep_orders(customer, history(name, 2, clock=nord.house.clock))
    accounts, session = nord.house.accounts, nord.session(ALICE)
    for_acme = accounts.acting.member(session, acme.id)
    for_beta = accounts.acting.member(session, beta.id)

    accounts.reorder.commit(for_acme, accounts.reorder.plan(for_acme, OrderId("id-acme-0")).token)

    assert {one.id for one in accounts.orders.newest(for_beta).items} == {"id-beta-0", "id-beta-1"}
    assert accounts.reorder.cart(for_acme)
    assert accounts.reorder.cart(for_beta) == ()
    with pytest.raises(NotFound):
        accounts.orders.get(for_beta, OrderId("id-acme-0"))


@pytest.mark.parametrize(
    ("status", "sees_orders", "sees_prices", "orders"),
    [("active", True, True, True), ("on hold", True, True, False)],
)
def test_m5_the_status_of_a_customer_is_checked_on_every_call(
    nord: Shop,
    status: str,
    sees_orders: bool,  # noqa: FBT001 - a row of the table
    sees_prices: bool,  # noqa: FBT001
    orders: bool,  # noqa: FBT001
) -> None:
    """Sign in, see prices, order, see documents: four switches, and a session changes none."""
    nord.activate(ALICE)
    acme = nord.customer("E-ACME")
    nord.keep_orders(acme, [order("acme-1", clock=nord.house.clock)])
    session = nord.session(ALICE)
    accounts = nord.house.accounts

    nord.change("E-ACME", status=status)
    member = accounts.acting.member(session)

    def works(call: object, *args: object) -> bool:
        try:
            call(member, *args)  # type: ignore[operator]
        except NotAllowed:
            return False
        return True

    assert works(accounts.orders.newest) is sees_orders
    assert works(accounts.prices.quotes, []) is sees_prices
    assert works(accounts.reorder.plan, OrderId("id-acme-1")) is orders


@pytest.mark.parametrize("status", ["closed", "rejected", "requested"])
def test_m5_a_customer_that_may_not_come_in_ends_every_call(nord: Shop, status: str) -> None:
    """The session stands, but nobody acts for a closed customer."""
    nord.activate(ALICE)
    session = nord.session(ALICE)

    nord.change("E-ACME", status=status)

    assert nord.house.accounts.acting.choices(session) == ()
    with pytest.raises(NotAllowed):
        nord.house.accounts.acting.member(session)


def test_x7_a_mail_waits_until_the_mail_server_takes_it(nord: Shop) -> None:
    """Nothing is lost: the letter is tried again later, once, with the same id."""
    accounts, mailer, clock = nord.house.accounts, nord.house.mailer, nord.house.clock
    accounts.relay()
    accounts.first_sign_in.request(nord.guest, ALICE)

    mailer.down = True
    assert accounts.relay().failed == 1
    mailer.down = False
    assert accounts.relay().delivered == 0
    clock.advance(timedelta(seconds=10))
    assert accounts.relay().delivered == 1

    assert [mail.to.key for mail in mailer.sent] == [ALICE]
    assert accounts.relay().delivered == 0


def test_x7_nothing_is_told_before_it_is_true(storage: Storage) -> None:
    """Whoever hears an event finds what it tells; what was refused is not told."""
    heard: list[Posted] = []
    house = build(storage, subscribers=[heard.append])
    nord = open_nord(house)
    nord.activate(ALICE)
    house.accounts.relay()
    before = len(heard)

    with pytest.raises(Conflict):
        house.accounts.portal_desk.create(
            nord.staff,
            key="main",
            name="Twice",
            languages=nord.portal.languages,
            currency=nord.portal.currency,
            path="/elsewhere",
        )
    house.accounts.relay()

    assert len(heard) == before
    assert len({posted.id for posted in heard}) == len(heard)
    assert [posted.event.name for posted in heard][-1] == "registration.account_activated"


def test_x7_a_letter_whose_purpose_is_over_is_not_sent(nord: Shop) -> None:
    """The link was replaced before the mail left: only the newer one is sent."""
    accounts = nord.house.accounts
    accounts.first_sign_in.request(nord.guest, ALICE)
    accounts.first_sign_in.request(nord.guest, ALICE)

    accounts.relay()

    assert len(nord.house.mailer.sent) == 1
    accounts.first_sign_in.activate(nord.guest, nord.house.token_for(ALICE), OTHER_PASSWORD)


def test_x8_staff_read_who_did_what_for_whom(nord: Shop) -> None:
    """Each entry names the actor, the customer it acted for and the fact, newest first."""
    nord.activate(ALICE)
    nord.keep_orders(nord.customer("E-ACME"), [order("acme-1", clock=nord.house.clock)])
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    accounts, member = nord.house.accounts, nord.member(ALICE)
    nord.house.clock.advance(timedelta(seconds=1))
    accounts.reorder.commit(member, accounts.reorder.plan(member, OrderId("id-acme-1")).token)

    entry = accounts.audit.latest(nord.staff).items[0]
    assert entry.event == "ordering.order_copied"
    assert (entry.stamp.by, entry.stamp.customer) == (member.user, member.customer)
    about = accounts.audit.latest(nord.staff, about=member.membership)
    assert [one.event for one in about.items] == ["membership.member_added"]


def test_x9_two_customers_and_two_realms_never_see_each_other(nord: Shop, sued: Shop) -> None:
    """Each sees its own and nothing else; the whole of X9 is generated in ``tests/security``."""
    for shop, erp_id, email, name in (
        (nord, "E-ACME", ALICE, "acme"),
        (sued, "E-GAMMA", GRETA, "gamma"),
    ):
        shop.keep_orders(shop.customer(erp_id), history(name, 3, clock=shop.house.clock))
        shop.activate(email)

    for shop, email, name in ((nord, ALICE, "acme"), (sued, GRETA, "gamma")):
        shown = shop.house.accounts.orders.newest(shop.member(email)).items
        assert [one.id for one in shown] == [f"id-{name}-{place}" for place in range(3)]
    with pytest.raises(NotAllowed):
        sued.sign_in(ALICE)
    with pytest.raises(NotAllowed):
        nord.house.accounts.sessions.resume(nord.guest, sued.sign_in(GRETA))
