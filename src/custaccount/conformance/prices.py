"""What asking for prices promises."""

from decimal import Decimal

import attrs

from custaccount.conformance.price_lists import A1, PriceListsSuite, attached
from custaccount.conformance.samples import (
    AMOUNTS,
    HOUR,
    NOON,
    TEXTS,
    a_customer,
    a_price,
    money,
)
from custaccount.conformance.units import change
from custaccount.customers.model import Customer
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerGroupId,
    CustomerId,
    PortalId,
)
from custaccount.kernel.money import Currency, Money
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.pricing.model import (
    Attachment,
    Candidate,
    Level,
    PriceList,
    PriceRow,
)
from custaccount.storage import Storage


class PricesSuite(PriceListsSuite):
    """Every price that could apply to a customer is found in one question, exact."""

    def test_prices_come_back_exact(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """Amounts and quantities as they went in, digit by digit; moments and units too."""
        rows = [
            PriceRow(
                article=A1,
                price=money(amount),
                unit=TEXTS[0],
                quantity=Decimal(f"{place}.50"),
                valid_from=NOON,
                valid_until=NOON + HOUR,
            )
            for place, amount in enumerate(AMOUNTS)
        ]
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, rows)

        with storage.reading() as view:
            found = [one.row for one in view.prices.candidates(acme.scope, portal, [A1])]
        assert sorted(found, key=lambda row: row.quantity) == rows
        assert {str(row.price.amount) for row in found} == set(AMOUNTS)
        assert {str(row.quantity) for row in found} == {str(row.quantity) for row in rows}

    def test_a_list_applies_by_customer_group_and_portal(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        groups: tuple[CustomerGroupId, ...],
        portal: PortalId,
    ) -> None:
        """Each candidate says by which list, level, place of the group and rank it applies."""
        lists = [
            attached(storage, here, level, target, rank=rank, rows=[a_price()])
            for level, target, rank in (
                (Level.CUSTOMER, acme.id, 2),
                (Level.GROUP, groups[0], 0),
                (Level.GROUP, groups[1], 5),
                (Level.PORTAL, portal, 0),
            )
        ]
        attached(storage, here, Level.CUSTOMER, CustomerId(new_id()), rows=[a_price()])
        attached(storage, here, Level.PORTAL, PortalId(new_id()), rows=[a_price()])

        with storage.reading() as view:
            found = sorted(
                view.prices.candidates(acme.scope, portal, [A1]), key=lambda one: one.precedence
            )
        assert found == [
            Candidate(
                row=a_price(),
                list=one.id,
                list_key=one.key,
                level=level,
                group_position=position,
                rank=rank,
            )
            for one, (level, position, rank) in zip(
                lists,
                (
                    (Level.CUSTOMER, 0, 2),
                    (Level.GROUP, 0, 0),
                    (Level.GROUP, 1, 5),
                    (Level.PORTAL, 0, 0),
                ),
                strict=True,
            )
        ]

    def test_only_the_articles_asked_for_are_returned(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """Hundreds in one question, compared exactly; in any currency and of any date."""
        rows = [a_price(f"N-{number}") for number in range(500)]
        past = attrs.evolve(a_price("past"), valid_until=NOON)
        krona = PriceRow(article=ArticleNumber("krona"), price=Money(Decimal(1), Currency("SEK")))
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, [*rows, past, krona, a_price("n-1")])

        asked = [ArticleNumber(f"N-{number}") for number in range(300)]
        names = [ArticleNumber(name) for name in ("past", "krona", "none")]
        with storage.reading() as view:
            found = view.prices.candidates(acme.scope, portal, [*asked, *names])
            nothing = view.prices.candidates(acme.scope, portal, [])
        assert not nothing
        assert {one.row.article for one in found} == {*asked, *names[:2]}
        assert len(found) == len(asked) + 2

    def test_rows_replace_those_before(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """A list has the rows it was given last, and no others; another list keeps its own."""
        other = attached(storage, here, Level.PORTAL, portal, rows=[a_price()])
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, [a_price(), a_price("B-2")])
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, [a_price("B-2", "1.00")])

        with storage.reading() as view:
            found = view.prices.candidates(acme.scope, portal, [A1, ArticleNumber("B-2")])
        assert {(one.list, one.row) for one in found} == {
            (own.id, a_price("B-2", "1.00")),
            (other.id, a_price()),
        }

    def test_rows_that_differ_in_one_thing_are_different(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """In unit, quantity, currency or first moment."""
        row = a_price()
        rows = {
            row,
            attrs.evolve(row, unit="box"),
            attrs.evolve(row, quantity=Decimal(2)),
            attrs.evolve(row, price=Money(row.price.amount, Currency("SEK"))),
            attrs.evolve(row, valid_from=NOON),
        }
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, list(rows))

        with storage.reading() as view:
            found = view.prices.candidates(acme.scope, portal, [A1])
        assert {one.row for one in found} == rows

    def test_a_list_is_attached_once_to_a_target(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """Attached again it changes its rank, and gives no row twice."""
        with change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, [a_price()])
            unit.prices.attach(
                here, Attachment(list=own.id, level=Level.CUSTOMER, target=acme.id, rank=7)
            )

        with storage.reading() as view:
            found = view.prices.candidates(acme.scope, portal, [A1])
        assert [one.rank for one in found] == [7]

    def test_another_customers_prices_are_like_none(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        portal: PortalId,
        own: PriceList,
    ) -> None:
        """Neither another customer nor another realm sees what is attached to a customer."""
        with change(storage, here) as unit:
            [acme] = unit.customers.save(here, [a_customer(here)])
            unit.prices.attach(here, Attachment(list=own.id, level=Level.CUSTOMER, target=acme.id))
            [other] = unit.customers.save(here, [a_customer(here)])
            unit.prices.replace_rows(here, own.id, [a_price()])
        attached(storage, here, Level.PORTAL, portal, rows=[a_price()])

        with storage.reading() as view:
            ask = view.prices.candidates
            assert len(ask(acme.scope, portal, [A1])) == 2  # noqa: PLR2004 - own and portal's
            assert [one.level for one in ask(other.scope, portal, [A1])] == [Level.PORTAL]
            assert not ask(CustomerScope(elsewhere.realm, acme.id), portal, [A1])
