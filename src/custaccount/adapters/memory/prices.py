"""Price lists in memory."""

from collections.abc import Collection, Iterator, Sequence

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import ArticleNumber, PortalId, PriceListId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.pricing.model import (
    Attachment,
    Candidate,
    Level,
    PriceList,
    PriceListNotFound,
    PriceRow,
)


@attrs.frozen
class MemoryPrices:
    """Looks prices up, and keeps price lists."""

    _gate: Gate

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> tuple[Candidate, ...]:
        """Return every row for these articles that could apply to the customer at the portal."""
        wanted = dict.fromkeys(articles)
        return self._gate.ask(
            lambda tables: tuple(
                candidate
                for attachment, position in _attachments(tables, scope, portal)
                for candidate in _candidates(tables, scope, attachment, position, wanted)
            )
        )

    def find_list(self, scope: RealmScope, key: str) -> PriceList | None:
        """Return the list with this key, or None."""
        return self._gate.ask(lambda tables: tables.price_lists.only("key", scope.realm, key))

    def save_list(self, scope: RealmScope, price_list: PriceList) -> PriceList:
        """Keep a list."""
        key = (scope.realm, price_list.id)
        return self._gate.change(
            lambda tables: save(tables.price_lists, key, price_list, kind="price list")
        )

    def replace_rows(
        self, scope: RealmScope, price_list: PriceListId, rows: Sequence[PriceRow]
    ) -> None:
        """Give a list these rows instead of those it has."""
        key = (scope.realm, price_list)
        shelf: dict[ArticleNumber, tuple[PriceRow, ...]] = {}
        for row in rows:
            shelf[row.article] = (*shelf.get(row.article, ()), row)
        distinct = len({_identity(row) for row in rows}) == len(rows)

        def replaced(tables: Tables) -> None:
            if tables.price_lists.find(key) is None:
                raise PriceListNotFound
            if not distinct:
                raise AlreadyThere(kind="price")
            tables.shelves.put(key, shelf)

        self._gate.change(replaced)

    def attach(self, scope: RealmScope, attachment: Attachment) -> None:
        """Attach a list to a target, or change its rank there."""
        key = (scope.realm, attachment.list, attachment.level.name, attachment.target)

        def attached(tables: Tables) -> None:
            if tables.price_lists.find((scope.realm, attachment.list)) is None:
                raise PriceListNotFound
            tables.attachments.put(key, attachment)

        self._gate.change(attached)


def _identity(row: PriceRow) -> tuple[object, ...]:
    return (row.article, row.unit, row.quantity, row.price.currency, row.valid_from)


def _attachments(
    tables: Tables, scope: CustomerScope, portal: PortalId
) -> Iterator[tuple[Attachment, int]]:
    """Give what is attached to the customer, its groups and the portal, with the group's place."""
    customer = tables.customers.find((scope.realm, scope.customer))
    targets = [
        (Level.CUSTOMER, scope.customer, 0),
        *(
            (Level.GROUP, id_, place)
            for place, id_ in enumerate(customer.groups if customer else ())
        ),
        (Level.PORTAL, portal, 0),
    ]
    for level, target, place in targets:
        for attachment in tables.attachments.marked("target", scope.realm, level, target):
            yield attachment, place


def _candidates(
    tables: Tables,
    scope: CustomerScope,
    attachment: Attachment,
    position: int,
    articles: Collection[ArticleNumber],
) -> Iterator[Candidate]:
    price_list = tables.price_lists.find((scope.realm, attachment.list))
    shelf = tables.shelves.find((scope.realm, attachment.list))
    if price_list is None or shelf is None:
        return
    for article in articles:
        for row in shelf.get(article, ()):
            yield Candidate(
                row=row,
                list=price_list.id,
                list_key=price_list.key,
                level=attachment.level,
                group_position=position,
                rank=attachment.rank,
            )
