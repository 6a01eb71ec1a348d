"""What "Mina sidor" promises: a portal by host, own prices, own orders, and ordering again."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import pytest

from custaccount import Conflict, Language, NotFound
from custaccount.customers.rows import read_csv, read_json
from custaccount.kernel.ids import ArticleNumber
from custaccount.ordering import Outcome, PlanChanged, Reason
from custaccount.orders import OrderStatus
from custaccount.portals import LoginId, Policies
from tests.house import ALICE, BOB, Shop, euro, order, price

X1, X2, X3, X9 = (ArticleNumber(name) for name in ("X1", "X2", "X3", "X9"))


# P · Portal -------------------------------------------------------------------------------------


def test_p1_a_portal_is_found_by_host_and_language(nord: Shop) -> None:
    """``nord.example/sv/account`` is the portal, in Swedish; a language it lacks is not found."""
    portals = nord.house.accounts.portals

    portal, language = portals.at_host("Nord.Example:443", "/sv/account")
    assert (portal.id, language) == (nord.portal.id, Language.SV)
    assert portals.guest(portal, language).language is Language.SV

    for host, path in (
        ("nord.example", "/fr/account"),
        ("nord.example", "/account"),
        ("nord.example", "/sv/konto"),
        ("other.example", "/sv/account"),
    ):
        with pytest.raises(NotFound):
            portals.at_host(host, path)


def test_p7_no_change_locks_a_user_out_or_ends_what_is_open(nord: Shop) -> None:
    """From mail to customer number, shorter lives, a language less: all that was open goes on."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    accounts.first_sign_in.request(nord.guest, BOB)
    link = nord.house.token_for(BOB)

    accounts.portal_desk.change(
        nord.staff,
        nord.portal.id,
        version=nord.portal.version,
        languages=[Language.SV],
        policies=Policies(
            login=LoginId.CUSTOMER_NUMBER,
            password_shortest=64,
            activation_lifetime=timedelta(minutes=5),
        ),
    )
    nord.house.clock.advance(timedelta(hours=47))

    assert nord.sign_in(ALICE)
    accounts.first_sign_in.activate(
        nord.guest, link, "vierundsechzig Zeichen sind mehr als genug " * 2
    )


# C · The register -------------------------------------------------------------------------------


def test_c3_the_register_is_imported_by_erp_id(nord: Shop) -> None:
    """The first part of C3: rows create and change customers by the ERP's id, and twice is once."""
    desk = nord.house.accounts.register_desk
    file = (
        "erp_id;number;name;groups;contact;email\n"
        "E-ACME;1001;Acme International;dealers|crafts;Alice;alice@acme.example\n"
        "E-NEW;1003;Neu & Söhne;;Ünal;uenal@neu.example\n"
    )
    before = nord.customer("E-ACME")

    dry = desk.import_rows(nord.staff, read_csv(io.StringIO(file)), dry_run=True)
    assert (dry.created, dry.changed) == (1, 1)
    assert nord.customer("E-ACME") == before

    wet = desk.import_rows(nord.staff, read_csv(io.StringIO(file)))
    again = desk.import_rows(nord.staff, read_csv(io.StringIO(file)))

    assert (wet.created, wet.changed, wet.refused) == (1, 1, 0)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert nord.customer("E-ACME").id == before.id
    assert nord.customer("E-ACME").name == "Acme International"
    assert nord.customer("E-NEW").name == "Neu & Söhne"
    assert nord.customer("E-BETA").name == "Beta plc"


def test_c3_a_row_in_error_hinders_no_other(nord: Shop) -> None:
    """A bad mail address keeps the customer; a row without a name is refused, both with reasons."""
    file = io.StringIO(
        '[{"erp_id": "E-1", "number": "3001", "name": "Eins", "email": "jörg@eins.example"},'
        ' {"erp_id": "E-2", "number": "3002"},'
        ' {"erp_id": "E-3", "number": "3003", "name": "Drei", "email": "info@drei.example"}]'
    )

    report = nord.house.accounts.register_desk.import_rows(nord.staff, read_json(file))

    assert (report.created, report.refused) == (2, 1)
    assert [(one.row, one.kept) for one in report.problems] == [(1, True), (2, False)]
    assert nord.customer("E-1").contacts[0].email is None
    assert nord.customer("E-3").contacts[0].email is not None


# Q · Prices -------------------------------------------------------------------------------------


def test_q1_the_customers_list_comes_before_its_groups_and_the_portals(nord: Shop) -> None:
    """Own list first, then the group's default list, then the portal's."""
    nord.activate(ALICE)
    nord.activate(BOB)
    desk = nord.house.accounts.price_desk
    own = nord.price_list("acme", [price("X1", "7.00")])
    group = nord.price_list("dealers", [price("X1", "8.00"), price("X2", "18.00")])
    portal = nord.price_list("all", [price("X1", "9"), price("X2", "19"), price("X3", "29")])
    desk.attach_to_customer(nord.staff, own, nord.customer("E-ACME").id)
    desk.attach_to_group(nord.staff, group, nord.group("dealers"))
    desk.attach_to_portal(nord.staff, portal, nord.portal.id)
    prices = nord.house.accounts.prices

    acme = prices.quotes(nord.member(ALICE), [X1, X2, X3])
    beta = prices.quotes(nord.member(BOB), [X1, X2, X3])

    assert [quote.price for quote in acme] == [euro("7.00"), euro("18.00"), euro("29")]
    assert [quote.price for quote in beta] == [euro("9"), euro("19"), euro("29")]


def test_q1_groups_count_in_the_order_staff_gave(nord: Shop) -> None:
    """A customer in two groups gets the first one's price, whatever is cheaper."""
    nord.activate(ALICE)
    desk = nord.house.accounts.price_desk
    nord.change("E-ACME", groups="crafts|dealers")
    dear = nord.price_list("dear", [price("X1", "20")])
    cheap = nord.price_list("cheap", [price("X1", "10")])
    desk.attach_to_group(nord.staff, dear, nord.group("crafts"))
    desk.attach_to_group(nord.staff, cheap, nord.group("dealers"))
    member = nord.member(ALICE)

    (quote,) = nord.house.accounts.prices.quotes(member, [X1])
    assert quote.price == euro("20")

    nord.change("E-ACME", groups="dealers|crafts")
    (quote,) = nord.house.accounts.prices.quotes(member, [X1])
    assert quote.price == euro("10")


def test_q2_a_page_of_articles_is_one_question_in_the_order_asked(nord: Shop) -> None:
    """A signed-in member gets its prices for a whole page; no price is said, not guessed."""
    nord.activate(ALICE)
    rows = [price(f"P{number}", f"{number}.10") for number in range(1, 101)]
    rows.append(price("P7", "6.05", quantity="10"))
    listed = nord.price_list("dealers", rows)
    nord.house.accounts.price_desk.attach_to_group(nord.staff, listed, nord.group("dealers"))
    page = [ArticleNumber(f"P{number}") for number in range(100, 0, -1)]

    quotes = nord.house.accounts.prices.quotes(nord.member(ALICE), [*page, X9])

    assert [quote.article for quote in quotes] == [*page, X9]
    assert quotes[-1].price is None
    seven = quotes[93]
    assert seven.price == euro("7.10")
    assert seven.price_for(Decimal(9)) == euro("7.10")
    assert seven.price_for(Decimal(10)) == euro("6.05")


# H · Orders -------------------------------------------------------------------------------------


def test_h8_orders_kept_by_the_shop_are_shown_with_their_status(nord: Shop) -> None:
    """Without an ERP the customer sees what the shop keeps, earlier and current."""
    nord.activate(ALICE)
    clock = nord.house.clock
    open_one = order("acme-1", clock=clock, days_ago=1)
    done = order("acme-2", clock=clock, days_ago=400, status=OrderStatus.DELIVERED)
    nord.keep_orders(nord.customer("E-ACME"), [done, open_one])
    nord.keep_orders(nord.customer("E-BETA"), [order("beta-1", clock=clock)])

    page = nord.house.accounts.orders.newest(nord.member(ALICE))

    assert page.items == (open_one.summary, done.summary)
    assert not page.has_more


# O · Ordering again -----------------------------------------------------------------------------


def list_for_dealers(nord: Shop, *rows: tuple[str, str]) -> None:
    """Give Acme prices for some articles."""
    listed = nord.price_list("dealers", [price(article, amount) for article, amount in rows])
    nord.house.accounts.price_desk.attach_to_group(nord.staff, listed, nord.group("dealers"))


def test_o1_a_whole_order_is_copied_into_the_cart_at_todays_prices(nord: Shop) -> None:
    """A plan says one outcome per line; the commit puts exactly that into the cart."""
    nord.activate(ALICE)
    list_for_dealers(nord, ("X1", "9.90"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12", "X2": "1"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder

    plan = reorder.plan(member, earlier.summary.id)

    assert [line.outcome for line in plan.lines] == [Outcome.ADDED, Outcome.SKIPPED]
    assert plan.lines[1].reasons == (Reason.NO_PRICE,)
    assert sum(plan.count(outcome) for outcome in Outcome) == len(earlier.lines)
    assert reorder.cart(member) == ()

    put = reorder.commit(member, plan.token)

    assert [(line.article, line.quantity, line.price) for line in put] == [
        (X1, Decimal(12), euro("9.90"))
    ]
    assert reorder.cart(member) == put


def test_o1_chosen_lines_are_copied_and_twice_is_once(nord: Shop) -> None:
    """Only what was chosen goes in; a second click on the same plan adds nothing."""
    nord.activate(ALICE)
    list_for_dealers(nord, ("X1", "9.90"), ("X2", "2.00"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12", "X2": "1"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder

    plan = reorder.plan(member, earlier.summary.id, [earlier.lines[1].id])
    first, second = reorder.commit(member, plan.token), reorder.commit(member, plan.token)

    assert (second, reorder.cart(member)) == ((), first)
    assert [(line.article, line.quantity) for line in first] == [(X2, Decimal(1))]


def test_o1_a_price_that_changed_since_the_plan_is_shown_before_it_is_paid(nord: Shop) -> None:
    """The commit refuses, hands over the plan as it is now, and leaves the cart alone."""
    nord.activate(ALICE)
    listed = nord.price_list("dealers", [price("X1", "9.90")])
    desk = nord.house.accounts.price_desk
    desk.attach_to_group(nord.staff, listed, nord.group("dealers"))
    earlier = order("acme-1", clock=nord.house.clock, articles={"X1": "12"})
    nord.keep_orders(nord.customer("E-ACME"), [earlier])
    member, reorder = nord.member(ALICE), nord.house.accounts.reorder
    plan = reorder.plan(member, earlier.summary.id)

    desk.replace_prices(nord.staff, listed, [price("X1", "11.00")])
    with pytest.raises(PlanChanged) as changed:
        reorder.commit(member, plan.token)

    assert isinstance(changed.value, Conflict)
    assert reorder.cart(member) == ()
    (line,) = reorder.commit(member, changed.value.plan.token)
    assert line.price == euro("11.00")
