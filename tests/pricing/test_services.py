"""Price lists on every store: kept, replaced, attached, asked in one question."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from custaccount import (
    Conflict,
    InvalidFields,
    InvalidInput,
    NotAllowed,
    NotFound,
    Permission,
)
from custaccount.kernel.access import Depth
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import ArticleNumber, CustomerGroupId, CustomerId, PortalId, PriceListId
from custaccount.pricing.book import ARTICLES_MOST
from tests.house import ALICE, Shop, euro, everything_in, how_often, price

X1 = ArticleNumber("X1")


def test_amounts_come_back_as_they_went_in(nord: Shop) -> None:
    """On every store: 9.9 stays 9.9, a quantity of 0.5 stays half a piece."""
    nord.activate(ALICE)
    rows = [
        price("X1", "9.9"),
        price("X1", "9.900", quantity="2.50"),
        price("X1", "0.000001", quantity="1000000"),
        price("X1", "12345678901234.56", quantity="0.5"),
    ]
    listed = nord.price_list("all", rows)
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)

    (quote,) = nord.house.accounts.prices.quotes(nord.member(ALICE), [X1])

    told = {str(tier.quantity): str(tier.price.amount) for tier in quote.tiers}
    assert told == {
        "0.5": "12345678901234.56",
        "1": "9.9",
        "2.50": "9.900",
        "1000000": "0.000001",
    }


def test_replacing_prices_is_all_or_nothing(nord: Shop) -> None:
    """Two rows for the same thing are refused, and the old prices stay."""
    nord.activate(ALICE)
    desk = nord.house.accounts.price_desk
    listed = nord.price_list("all", [price("X1", "1"), price("X2", "2")])
    desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    member = nord.member(ALICE)

    with pytest.raises(AlreadyThere):
        desk.replace_prices(nord.staff, listed, [price("X1", "3"), price("X1", "4")])
    (quote,) = nord.house.accounts.prices.quotes(member, [X1])
    assert quote.price == euro("1")

    desk.replace_prices(nord.staff, listed, [price("X2", "5")])
    one, two = nord.house.accounts.prices.quotes(member, [X1, ArticleNumber("X2")])
    assert (one.price, two.price) == (None, euro("5"))


def test_a_list_may_be_emptied(nord: Shop) -> None:
    """No rows is no prices."""
    nord.activate(ALICE)
    desk = nord.house.accounts.price_desk
    listed = nord.price_list("all", [price("X1", "1")])
    desk.attach_to_portal(nord.staff, listed, nord.portal.id)

    desk.replace_prices(nord.staff, listed, [])

    (quote,) = nord.house.accounts.prices.quotes(nord.member(ALICE), [X1])
    assert quote.price is None


def test_attaching_again_changes_the_rank(nord: Shop) -> None:
    """One attachment a list and target."""
    nord.activate(ALICE)
    desk = nord.house.accounts.price_desk
    one, two = (
        nord.price_list("one", [price("X1", "1")]),
        nord.price_list("two", [price("X1", "2")]),
    )
    desk.attach_to_portal(nord.staff, one, nord.portal.id)
    desk.attach_to_portal(nord.staff, two, nord.portal.id, rank=1)
    member, prices = nord.member(ALICE), nord.house.accounts.prices
    assert prices.quotes(member, [X1])[0].price == euro("1")

    desk.attach_to_portal(nord.staff, one, nord.portal.id, rank=2)

    assert prices.quotes(member, [X1])[0].price == euro("2")


def test_a_list_is_attached_to_what_is_there_only(nord: Shop) -> None:
    """Customer, group, portal and list: each is looked up, nothing dangles, nothing is told."""
    desk, staff = nord.house.accounts.price_desk, nord.staff
    listed, nothing = nord.price_list("all", []), PriceListId("nothing")

    for verb in (
        lambda: desk.attach_to_customer(staff, listed, CustomerId("nobody")),
        lambda: desk.attach_to_group(staff, listed, CustomerGroupId("none")),
        lambda: desk.attach_to_portal(staff, listed, PortalId("nowhere")),
        lambda: desk.attach_to_portal(staff, nothing, nord.portal.id),
        lambda: desk.replace_prices(staff, nothing, [price("X1", "1")]),
    ):
        with pytest.raises(NotFound):
            verb()

    assert how_often(nord.house.storage, "pricing.list_attached") == 0


def test_a_key_names_one_list(nord: Shop) -> None:
    """There is one already."""
    nord.price_list("all", [])

    with pytest.raises(Conflict):
        nord.house.accounts.price_desk.create_list(nord.staff, key="all", name="Again")


def test_more_articles_than_a_page_can_have_are_refused(nord: Shop) -> None:
    """A stated limit with an error, not a silent cut."""
    nord.activate(ALICE)
    member, prices = nord.member(ALICE), nord.house.accounts.prices
    many = [ArticleNumber(f"X{number}") for number in range(ARTICLES_MOST + 1)]

    with pytest.raises(InvalidInput) as refused:
        prices.quotes(member, many)
    assert refused.value.facts == {"most": ARTICLES_MOST}
    assert len(prices.quotes(member, many[:ARTICLES_MOST])) == ARTICLES_MOST


def test_an_article_asked_twice_is_quoted_twice(nord: Shop) -> None:
    """In the order asked, whatever is asked."""
    nord.activate(ALICE)
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)

    quotes = nord.house.accounts.prices.quotes(nord.member(ALICE), [X1, X1])

    assert [quote.price_for(Decimal(1)) for quote in quotes] == [euro("1"), euro("1")]
    assert nord.house.accounts.prices.quotes(nord.member(ALICE), []) == ()


def test_a_list_is_found_by_its_key(nord: Shop, sued: Shop) -> None:
    """What a nightly job asks first; another seller's, another case and nothing are not found."""
    desk = nord.house.accounts.price_desk
    made = desk.create_list(nord.staff, key="all", name="All prices")

    assert desk.find_list(nord.staff, "all") == made
    assert desk.find_list(sued.staff, "all") is None
    for other in ("ALL", "all ", "al", "", "%", "x" * 10_000):
        assert desk.find_list(nord.staff, other) is None


def test_who_may_not_manage_prices_finds_no_list(nord: Shop) -> None:
    """Not even whether there is one."""
    desk = nord.house.accounts.price_desk
    desk.create_list(nord.staff, key="all", name="All prices")
    lacking = attrs.evolve(
        nord.staff, permissions=nord.staff.permissions - {Permission.MANAGE_PRICES}
    )

    for key in ("all", "none"):
        with pytest.raises(NotAllowed):
            desk.find_list(lacking, key)


@pytest.mark.parametrize(
    ("bad", "fields"),
    [
        ({"key": "", "name": " "}, ["key", "name"]),
        ({"key": "x" * 101}, ["key"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "Evil\r\nBcc: x"}, ["name"]),
        ({"key": "a\0b"}, ["key"]),
        ({"key": "a\N{RIGHT-TO-LEFT OVERRIDE}b"}, ["key"]),
    ],
)
def test_a_list_whose_key_or_name_does_not_hold_is_not_made(
    nord: Shop, bad: dict[str, str], fields: list[str]
) -> None:
    """All problems at once, before a store sees it: each would cut or refuse it its own way."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as refused:
        nord.house.accounts.price_desk.create_list(
            nord.staff, **{"key": "all", "name": "All prices", **bad}
        )

    assert [problem.field for problem in refused.value.problems] == fields
    assert {problem.code for problem in refused.value.problems} == {"pricing.invalid"}
    assert everything_in(nord.house.storage) == before


def test_the_longest_key_and_name_are_kept_whole(nord: Shop) -> None:
    """A hundred characters, whatever they weigh in bytes."""
    desk = nord.house.accounts.price_desk
    made = desk.create_list(nord.staff, key="ü" * 100, name="\N{PACKAGE}" * 100)

    found = desk.find_list(nord.staff, "ü" * 100)

    assert found == made
    assert found.name == "\N{PACKAGE}" * 100


def test_who_may_not_see_prices_sees_none(nord: Shop) -> None:
    """The permission is asked first, on both sides."""
    nord.activate(ALICE)
    blind = attrs.evolve(nord.member(ALICE), permissions={Permission.SEE_ORDERS: Depth.CUSTOMER})
    with pytest.raises(NotAllowed):
        nord.house.accounts.prices.quotes(blind, [X1])

    lacking = attrs.evolve(nord.staff, permissions=frozenset())
    with pytest.raises(NotAllowed):
        nord.house.accounts.price_desk.create_list(lacking, key="x", name="x")
