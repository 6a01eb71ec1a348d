"""Orders and prices as they must be kept."""

from collections.abc import Collection, Sequence

import attrs

from custaccount.conformance.oracle_versions import save
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerId,
    OrderId,
    PortalId,
    PriceListId,
    RealmId,
    UserId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.orders.model import Order, OrderOwner
from custaccount.pricing.model import (
    Attachment,
    Candidate,
    Level,
    PriceList,
    PriceListNotFound,
    PriceRow,
)


@attrs.define(slots=False)  # one of two bases
class ShopOracle:
    """Says what a shop must answer, whose customers are in no groups."""

    orders: dict[tuple[RealmId, OrderId], tuple[CustomerId, Order]] = attrs.field(
        factory=dict, kw_only=True
    )
    lists: dict[tuple[RealmId, str], PriceList] = attrs.field(factory=dict, kw_only=True)
    rows: dict[tuple[RealmId, str], Sequence[PriceRow]] = attrs.field(factory=dict, kw_only=True)
    attached: dict[tuple[RealmId, str, Level, str], Attachment] = attrs.field(
        factory=dict, kw_only=True
    )

    def save_order(self, scope: CustomerScope, order: Order) -> None:
        """See ``KeepOrders.save``."""
        for (realm, id_), (customer, kept) in self.orders.items():
            same = id_ == order.summary.id
            numbered = kept.summary.number == order.summary.number
            taken = customer != scope.customer if same else numbered
            if realm == scope.realm and taken:
                raise AlreadyThere(kind="order")
        self.orders[scope.realm, order.summary.id] = (scope.customer, order)

    def orders_of(self, owner: OrderOwner) -> list[Order]:
        """See ``OrderSource.newest``; whole orders, all of them."""
        scope, author = owner.scope, owner.author
        own = [
            order
            for (realm, _), (customer, order) in self.orders.items()
            if (realm, customer) == (scope.realm, scope.customer)
            and (author is None or _author_of(order) == author)
        ]
        return sorted(own, key=lambda one: (one.summary.placed, one.summary.number), reverse=True)

    def save_list(self, scope: RealmScope, price_list: PriceList) -> PriceList:
        """See ``KeepPrices.save_list``."""
        rival = any(
            realm == scope.realm and id_ != price_list.id and one.key == price_list.key
            for (realm, id_), one in self.lists.items()
        )
        return save(self.lists, scope.realm, price_list, rival=rival)

    def replace_rows(
        self, scope: RealmScope, price_list: PriceListId, rows: Sequence[PriceRow]
    ) -> None:
        """See ``KeepPrices.replace_rows``."""
        self._known(scope, price_list)
        if len({(one.article, one.quantity) for one in rows}) < len(rows):
            raise AlreadyThere(kind="price")
        self.rows[scope.realm, price_list] = rows

    def attach(self, scope: RealmScope, attachment: Attachment) -> None:
        """See ``KeepPrices.attach``."""
        self._known(scope, attachment.list)
        key = (scope.realm, attachment.list, attachment.level, attachment.target)
        self.attached[key] = attachment

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> list[Candidate]:
        """See ``ReadPrices.candidates``."""
        targets = {(Level.CUSTOMER, scope.customer), (Level.PORTAL, portal)}
        return [
            Candidate(
                row=row,
                list=one.list,
                list_key=self.lists[scope.realm, one.list].key,
                level=one.level,
                rank=one.rank,
            )
            for (realm, id_, level, target), one in self.attached.items()
            if realm == scope.realm and (level, target) in targets
            for row in self.rows.get((realm, id_), ())
            if row.article in articles
        ]

    def _known(self, scope: RealmScope, price_list: PriceListId) -> None:
        if (scope.realm, price_list) not in self.lists:
            raise PriceListNotFound


def _author_of(order: Order) -> UserId | None:
    return None if order.summary.author is None else order.summary.author.user
