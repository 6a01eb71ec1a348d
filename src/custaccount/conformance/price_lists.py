"""What keeping price lists promises."""

from decimal import Decimal

import attrs
import pytest

from custaccount.conformance.samples import NOON, TEXTS, a_customer, a_price
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import change
from custaccount.customers.model import Customer, CustomerGroup
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerGroupId,
    CustomerId,
    PortalId,
    PriceListId,
)
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.pricing.model import (
    Attachment,
    Level,
    PriceList,
    PriceListNotFound,
    PriceRow,
)
from custaccount.storage import Storage

A1 = ArticleNumber("A-1")


def attached(  # noqa: PLR0917 - a sentence
    storage: Storage,
    scope: RealmScope,
    level: Level,
    target: CustomerId | CustomerGroupId | PortalId,
    rank: int = 0,
    rows: list[PriceRow] | None = None,
) -> PriceList:
    """Keep a list with rows that is attached to somebody."""
    name = new_id()
    with change(storage, scope) as unit:
        kept = unit.prices.save_list(
            scope, PriceList(id=PriceListId(name), key=name, name=TEXTS[0])
        )
        unit.prices.replace_rows(scope, kept.id, rows or [])
        unit.prices.attach(scope, Attachment(list=kept.id, level=level, target=target, rank=rank))
    return kept


class PriceListsSuite(StorageSuite):
    """Lists are kept in versions, under keys of their realm."""

    @pytest.fixture
    def portal(self) -> PortalId:
        """Return the portal prices are asked at."""
        return PortalId(new_id())

    @pytest.fixture
    def groups(self) -> tuple[CustomerGroupId, CustomerGroupId]:
        """Return the two groups the customer is in, in this order."""
        return CustomerGroupId(f"z{new_id()}"), CustomerGroupId(f"a{new_id()}")

    @pytest.fixture
    def acme(
        self, storage: Storage, here: RealmScope, groups: tuple[CustomerGroupId, ...]
    ) -> Customer:
        """Return a customer in two groups."""
        with change(storage, here) as unit:
            unit.customers.save_groups(
                here, [CustomerGroup(id=one, key=one, name="Group") for one in groups]
            )
            [kept] = unit.customers.save(here, [attrs.evolve(a_customer(here), groups=groups)])
        return kept

    @pytest.fixture
    def own(self, storage: Storage, here: RealmScope, acme: Customer) -> PriceList:
        """Return a list attached to the customer, still without rows."""
        return attached(storage, here, Level.CUSTOMER, acme.id)

    def test_a_list_is_found_by_its_key(self, storage: Storage, here: RealmScope) -> None:
        """Exactly, and with its version."""
        keys = ("std", "STD", "std ", "größe")
        with change(storage, here) as unit:
            lists = [
                unit.prices.save_list(here, PriceList(id=PriceListId(new_id()), key=key, name=key))
                for key in keys
            ]

        with change(storage, here) as unit:
            assert [unit.prices.find_list(here, key) for key in keys] == lists
            assert unit.prices.find_list(here, "Std") is None
        assert {one.version for one in lists} == {1}

    def test_a_key_is_unique_in_its_realm(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, own: PriceList
    ) -> None:
        """Another realm may use it."""
        again = PriceList(id=PriceListId(new_id()), key=own.key, name="Again")
        with change(storage, elsewhere) as unit:
            unit.prices.save_list(elsewhere, again)

        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.prices.save_list(here, again)

    def test_an_older_version_is_not_kept(
        self, storage: Storage, here: RealmScope, own: PriceList
    ) -> None:
        """Saving what somebody else has saved since is refused."""
        with change(storage, here) as unit:
            unit.prices.save_list(here, attrs.evolve(own, name="Renamed"))

        with pytest.raises(Stale), change(storage, here) as unit:
            unit.prices.save_list(here, attrs.evolve(own, name="Late"))

    @pytest.mark.parametrize(
        "twin",
        [
            a_price(amount="1.00"),
            attrs.evolve(a_price(), quantity=Decimal("1.00")),
            attrs.evolve(a_price(), valid_until=NOON),
        ],
        ids=["amount", "quantity", "end"],
    )
    def test_a_row_is_there_once(
        self, storage: Storage, here: RealmScope, own: PriceList, twin: PriceRow
    ) -> None:
        """Article, unit, quantity by value, currency and first moment, or none, are one row's."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.prices.replace_rows(here, own.id, [a_price(), twin])

    def test_a_list_that_is_not_there_is_not_found(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, own: PriceList
    ) -> None:
        """Neither an unknown one nor another realm's can get rows or be attached."""
        nowhere = Attachment(
            list=PriceListId(new_id()), level=Level.PORTAL, target=PortalId(new_id())
        )
        for realm, id_ in ((elsewhere, own.id), (here, nowhere.list)):
            with pytest.raises(PriceListNotFound), change(storage, realm) as unit:
                unit.prices.replace_rows(realm, id_, [])
            with pytest.raises(PriceListNotFound), change(storage, realm) as unit:
                unit.prices.attach(realm, attrs.evolve(nowhere, list=id_))
        with change(storage, elsewhere) as unit:
            assert unit.prices.find_list(elsewhere, own.key) is None
