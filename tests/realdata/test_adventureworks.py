"""The main job on a real wholesaler's data: 635 stores, 3,806 orders, 60,919 lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from random import Random

import pytest

from custaccount import Member, Money
from custaccount.kernel.ids import (
    ArticleNumber,
    Cursor,
    ErpCustomerId,
    OrderId,
    OrderNumber,
    PriceListId,
)
from custaccount.kernel.text import EmailInvalid
from custaccount.ordering import Note, Outcome, PlannedLine, Reason
from custaccount.orders import NumberKind, Order, OrderNotFound, OrderStatus, OrderSummary
from custaccount.pricing import Candidate, Level, Quote, Wanted, quotes
from custaccount.storage import Storage
from tests.realdata.adventureworks import (
    USD,
    VOLUME,
    Record,
    Store,
    Wholesaler,
    dollars,
    moment,
    table,
)
from tests.realdata.shop import REALM, TODAY, BikeShop, open_bike_shop, reachable

STORES, ORDERS, LINES = 635, 3_806, 60_919
UNPRICED, PROMOTED = 64, 1_284
"""Lines on a day without a list price, and lines sold in a promotion."""
WALKS = 50
PAGE = 50
SEED = 2014
FOREIGN = re.compile(r"[^\x00-\x7f][^@]*@")
CENT_OF_A_CENT = Decimal("0.0001")


@pytest.fixture
def fifty(wholesaler: Wholesaler) -> tuple[Store, ...]:
    """Choose fifty stores somebody can sign in for; the same ones in every run."""
    open_to_mail = [store for store in wholesaler.stores if reachable(store)]
    return tuple(Random(SEED).sample(open_to_mail, WALKS))  # noqa: S311 - a sample, no secret


# The register -----------------------------------------------------------------------------------


def foreign_addresses(wholesaler: Wholesaler) -> Counter[str]:
    """Count the addresses with foreign letters before the @ by store number, from the tables."""
    folder = wholesaler.folder
    foreign = {
        row["BusinessEntityID"]
        for row in table(folder, "EmailAddress")
        if FOREIGN.search(row["EmailAddress"])
    }
    at_store = Counter(
        row["BusinessEntityID"]
        for row in table(folder, "BusinessEntityContact")
        if row["PersonID"] in foreign
    )
    return Counter(
        {
            row["AccountNumber"]: at_store[row["StoreID"]]
            for row in table(folder, "Customer")
            if row["PersonID"] and at_store[row["StoreID"]]
        }
    )


def test_the_register_comes_in_whole(bikes: BikeShop) -> None:
    """Every store is kept; an address an ERP can't mail is a problem of its row, and no more."""
    stores = bikes.wholesaler.stores
    report = bikes.imported

    assert len(stores) == STORES
    assert (report.created, report.changed, report.unchanged, report.refused) == (STORES, 0, 0, 0)
    assert all(problem.kept for problem in report.problems)
    found = {stores[one.row - 1].number: one.problems for one in report.problems}
    expected = foreign_addresses(bikes.wholesaler)
    assert expected.total() == 2
    assert {number: len(problems) for number, problems in found.items()} == expected
    for problem in chain.from_iterable(found.values()):
        assert problem.code == "email.invalid"
        assert re.fullmatch(r"contacts\[\d\]\.email", problem.field)

    again = bikes.accounts.register_desk.import_rows(
        bikes.staff, (store.row for store in bikes.wholesaler.stores)
    )
    assert (again.created, again.changed, again.unchanged) == (0, 0, STORES)
    assert again.problems == report.problems


def test_a_kept_store_says_what_the_tables_say(bikes: BikeShop) -> None:
    """Number, name, group and contacts are kept as they are, foreign letters and all."""
    groups = {group.id: group.key for group in bikes.accounts.register_desk.groups(bikes.staff)}
    stores = {store.erp_id: store for store in bikes.wholesaler.stores}
    kept = bikes.accounts.register_desk.by_erp_id(bikes.staff, tuple(stores))

    assert kept.keys() == stores.keys()
    assert set(groups.values()) == {"BM", "BS", "OS"}
    for erp_id, store in stores.items():
        customer = kept[erp_id]
        assert customer.number == store.number
        assert customer.name == store.name.strip()
        assert [groups[group] for group in customer.groups] == [store.business]
        assert [contact.name for contact in customer.contacts] == [
            contact.name for contact in store.contacts
        ]
        mailable = [contact.email for contact in customer.contacts if contact.email is not None]
        assert [email.text.lower() for email in mailable] == list(reachable(store))


# The main job -----------------------------------------------------------------------------------


def all_newest(bikes: BikeShop, member: Member) -> Iterator[tuple[OrderSummary, ...]]:
    """Leaf through a member's orders, page by page."""
    more: Cursor | None = None
    while True:
        page = bikes.accounts.orders.newest(member, more)
        yield tuple(page.items)
        more = page.more
        if more is None:
            return


def check_summary(seen: OrderSummary, row: Record) -> None:
    """Compare a row of the history with the tables."""
    assert seen.id == row["SalesOrderID"]
    assert seen.number == row["SalesOrderNumber"]
    assert seen.customer_number == row["PurchaseOrderNumber"]
    assert seen.placed == moment(row["OrderDate"])
    assert seen.status is OrderStatus.DELIVERED
    assert seen.total is not None
    assert (str(seen.total.amount), seen.total.currency) == (row["TotalDue"], "USD")


def check_order(seen: Order, row: Record, wholesaler: Wholesaler) -> None:
    """Compare an open order with the tables, to the last digit."""
    check_summary(seen.summary, row)
    truth = wholesaler.lines[row["SalesOrderID"]]
    assert [
        (line.id, line.article, str(line.quantity), digits(line.price), digits(line.amount))
        for line in seen.lines
    ] == [
        (
            line["SalesOrderDetailID"],
            wholesaler.products[line["ProductID"]]["ProductNumber"],
            line["OrderQty"],
            line["UnitPrice"],
            line["LineTotal"],
        )
        for line in truth
    ]
    (note,), (bill,) = seen.delivery_notes, seen.invoices
    assert [one.reference for one in note.tracking] == [truth[0]["CarrierTrackingNumber"]]
    assert note.sent == moment(row["ShipDate"])
    assert set(seen.open.values()) == {Decimal(0)}
    assert bill.net + bill.tax == bill.gross == dollars(row["TotalDue"])
    assert digits(bill.tax) == row["TaxAmt"]


def digits(money: Money | None) -> str | None:
    """Write an amount with the digits it has."""
    return None if money is None else str(money.amount)


def check_plan(lines: Sequence[PlannedLine], order: Order, wholesaler: Wholesaler) -> None:
    """Compare a plan with the tables: what is still sold goes in, at today's price."""
    gone = {
        row["ProductNumber"]
        for row in wholesaler.products.values()
        if row["SellEndDate"] and moment(row["SellEndDate"]) <= TODAY
    }
    list_price = {
        row["ProductNumber"]: Decimal(row["ListPrice"]) for row in wholesaler.products.values()
    }
    assert [line.line for line in lines] == [line.id for line in order.lines]
    for line in lines:
        if line.ordered in gone:
            assert (line.outcome, line.reasons) == (Outcome.SKIPPED, (Reason.DISCONTINUED,))
            continue
        assert (line.outcome, line.reasons) == (Outcome.ADDED, ())
        assert (line.article, line.quantity) == (line.ordered, line.ordered_quantity)
        assert line.price is not None
        assert line.earlier_price is not None
        assert line.price.amount <= list_price[line.ordered] * Decimal("0.60")
        assert (Note.PRICE_CHANGED in line.notes) == (line.price != line.earlier_price)


def walk(bikes: BikeShop, store: Store) -> tuple[Member, tuple[OrderId, ...]]:
    """Do the main job for a store, comparing each step; returns what its member saw."""
    accounts, wholesaler = bikes.accounts, bikes.wholesaler
    truth = wholesaler.headers[store.customer]
    member = bikes.member_for(store)
    assert member.erp_id == store.customer

    pages = tuple(all_newest(bikes, member))
    assert all(len(page) == PAGE for page in pages[:-1])
    seen = tuple(chain.from_iterable(pages))
    assert len(seen) == len(truth)
    for summary, row in zip(seen, truth, strict=True):
        check_summary(summary, row)
        check_order(accounts.orders.get(member, summary.id), row, wholesaler)
        typed = f" {row['SalesOrderNumber'].lower()} "
        for number, kind in (
            (typed, NumberKind.ORDER),
            (row["PurchaseOrderNumber"], NumberKind.CUSTOMER_ORDER),
        ):
            (found,) = accounts.orders.search(member, number)
            assert (found.order, found.by) == (summary, kind)

    newest = accounts.orders.get(member, seen[0].id)
    articles = [line.article for line in newest.lines]
    asked = accounts.prices.quotes(member, articles)
    assert [quote.article for quote in asked] == articles
    priced = {quote.list for quote in asked if quote.tiers}
    assert priced <= {bikes.price_lists[store.business]}

    plan = accounts.reorder.plan(member, newest.summary.id)
    check_plan(plan.lines, newest, wholesaler)
    quoted = {quote.article: quote for quote in asked}
    for line in plan.to_cart:
        assert line.price == quoted[line.ordered].price_for(line.quantity)
    assert accounts.reorder.cart(member) == ()
    added = accounts.reorder.commit(member, plan.token)
    assert accounts.reorder.cart(member) == added
    assert accounts.reorder.commit(member, plan.token) == ()
    assert [
        (line.article, line.quantity, line.price) for line in accounts.reorder.cart(member)
    ] == [(line.article, line.quantity, line.price) for line in plan.to_cart]
    return member, tuple(summary.id for summary in seen)


def test_fifty_stores_do_the_main_job(bikes: BikeShop, fifty: Sequence[Store]) -> None:
    """From the first mail to the cart each store sees its own orders, all of them, and no other."""
    walked = {store: walk(bikes, store) for store in fifty}

    seen = Counter(chain.from_iterable(orders for _, orders in walked.values()))
    assert seen.total() == sum(len(bikes.wholesaler.headers[store.customer]) for store in fifty)
    assert set(seen.values()) == {1}
    for store, (member, own) in walked.items():
        refused = refusal(bikes, member, OrderId("0b6f4c1e-no-such-order"))
        for other in fifty:
            if other is store:
                continue
            foreign = bikes.wholesaler.headers[other.customer][0]
            assert foreign["SalesOrderID"] not in own
            assert refusal(bikes, member, OrderId(foreign["SalesOrderID"])) == refused
            assert bikes.accounts.orders.search(member, foreign["SalesOrderNumber"]) == ()
            assert bikes.accounts.orders.search(member, foreign["PurchaseOrderNumber"]) == ()


def refusal(bikes: BikeShop, member: Member, order: OrderId) -> tuple[object, ...]:
    """Ask for an order, to open it and to copy it, and return how both are refused."""
    answers: list[object] = []
    for ask in (bikes.accounts.orders.get, bikes.accounts.reorder.plan):
        with pytest.raises(OrderNotFound) as caught:
            ask(member, order)
        answers += [type(caught.value), str(caught.value), dict(caught.value.facts)]
    return tuple(answers)


def test_an_address_that_cannot_be_mailed_opens_nothing(memory_bikes: BikeShop) -> None:
    """A contact whose address was not kept gets no mail; typing it is refused as no address."""
    foreign = [
        contact.email
        for store in memory_bikes.wholesaler.stores
        for contact in store.contacts
        if FOREIGN.search(contact.email)
    ]
    assert len(foreign) == 2
    for email in foreign:
        with pytest.raises(EmailInvalid):
            memory_bikes.accounts.first_sign_in.request(memory_bikes.guest, email)
    memory_bikes.accounts.relay()
    assert memory_bikes.house.mailer.sent == []


# Prices -----------------------------------------------------------------------------------------


def sold_by_list(wholesaler: Wholesaler, order: Record) -> Iterator[Record]:
    """Keep the lines sold at the list's price or a volume discount, not in a promotion."""
    for line in wholesaler.lines[order["SalesOrderID"]]:
        offer = wholesaler.offers[line["SpecialOfferID"]]
        if offer["Type"] in {VOLUME, "No Discount"}:
            yield line


def agrees(quote: Quote, line: Record) -> bool | None:
    """Tell whether a quote is what was paid, to the digits the tables keep; None if unpriced."""
    price = quote.price_for(Decimal(line["OrderQty"]))
    if price is None:
        return None
    return abs(price.amount - Decimal(line["UnitPrice"])) <= CENT_OF_A_CENT


def test_what_was_paid_is_what_the_price_book_said_that_day(
    bikes: BikeShop, fifty: Sequence[Store]
) -> None:
    """On the day of each order its member would have been quoted exactly what it paid."""
    wholesaler = bikes.wholesaler
    checked: Counter[bool | None] = Counter()
    members = [(store, bikes.member_for(store)) for store in fifty]
    for store, member in members:
        for order in wholesaler.headers[store.customer]:
            bikes.clock.set(moment(order["OrderDate"]))
            lines = tuple(sold_by_list(wholesaler, order))
            articles = [article_of(wholesaler, line) for line in lines]
            asked = bikes.accounts.prices.quotes(member, articles)
            checked.update(map(agrees, asked, lines))

    assert set(checked) == {True}
    assert checked.total() > 4_000


def test_every_line_ever_sold_agrees_with_the_price_list(wholesaler: Wholesaler) -> None:
    """Breaks and validity dates give what was paid, on every line that had a list price."""
    by_article: dict[ArticleNumber, list[Candidate]] = defaultdict(list)
    for row in wholesaler.prices:
        one = Candidate(row=row, list=PriceListId("L"), list_key="L", level=Level.GROUP)
        by_article[row.article].append(one)
    checked: Counter[bool | None] = Counter()
    days: dict[str, list[Record]] = defaultdict(list)
    for order in chain.from_iterable(wholesaler.headers.values()):
        days[order["OrderDate"]] += sold_by_list(wholesaler, order)
    for day, lines in days.items():
        articles = tuple({article_of(wholesaler, line): None for line in lines})
        found = chain.from_iterable(by_article[article] for article in articles)
        wanted = tuple(map(Wanted, articles))
        asked = quotes(wanted, found, at=moment(day), currency=USD)
        quoted = {quote.article: quote for quote in asked}
        checked.update(agrees(quoted[article_of(wholesaler, line)], line) for line in lines)

    assert checked == {True: LINES - UNPRICED - PROMOTED, None: UNPRICED}


def article_of(wholesaler: Wholesaler, line: Record) -> ArticleNumber:
    """Name the article of a line."""
    return ArticleNumber(wholesaler.products[line["ProductID"]]["ProductNumber"])


# Long histories, and the shop's own -------------------------------------------------------------


def test_all_orders_of_one_customer_come_in_pages_of_fifty(memory_bikes: BikeShop) -> None:
    """A customer with all 3,806 orders leafs through them: none twice, none missing."""
    everything = tuple(chain.from_iterable(memory_bikes.wholesaler.orders.values()))
    office = {
        "erp_id": "office",
        "number": "AW-OFFICE",
        "name": "Buying Office",
        "email": "office@example.com",
    }
    memory_bikes.accounts.register_desk.import_rows(memory_bikes.staff, [office])
    assert memory_bikes.house.erp is not None
    memory_bikes.house.erp.add(REALM, ErpCustomerId("office"), *everything)
    member = memory_bikes.accounts.acting.member(memory_bikes.session_of("office@example.com"))

    pages = tuple(all_newest(memory_bikes, member))

    assert len(everything) == ORDERS
    assert [len(page) for page in pages] == [PAGE] * (ORDERS // PAGE) + [ORDERS % PAGE]
    rows = chain.from_iterable(memory_bikes.wholesaler.headers.values())
    truth = sorted(((row["OrderDate"], row["SalesOrderNumber"]) for row in rows), reverse=True)
    assert [summary.number for page in pages for summary in page] == [
        OrderNumber(number) for _, number in truth
    ]


def test_orders_the_shop_keeps_itself_come_back_exactly(
    wholesaler: Wholesaler, storage: Storage, fifty: Sequence[Store]
) -> None:
    """Without an ERP the storage tells the same orders, digit by digit, in the same order."""
    bikes = open_bike_shop(wholesaler, storage, own_history=fifty)
    for store in fifty:
        member = bikes.member_for(store)
        told = wholesaler.orders[store.customer]
        listed = tuple(chain.from_iterable(all_newest(bikes, member)))
        assert listed == tuple(order.summary for order in told)
        for order in told:
            kept = bikes.accounts.orders.get(member, order.summary.id)
            assert kept == order
            assert [digits(line.amount) for line in kept.lines] == [
                digits(line.amount) for line in order.lines
            ]
            (found,) = bikes.accounts.orders.search(member, order.summary.customer_number or "")
            assert found.order == order.summary
        other = fifty[0] if store is not fifty[0] else fifty[1]
        foreign = wholesaler.orders[other.customer][0].summary.id
        with pytest.raises(OrderNotFound):
            bikes.accounts.orders.get(member, foreign)
