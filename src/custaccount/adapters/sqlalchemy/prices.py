"""Price lists in SQL."""

from collections.abc import Collection, Sequence

import attrs
from sqlalchemy import bindparam, delete, insert, literal, select, union_all, update

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import (
    attachments,
    grouped_customers,
    price_lists,
    prices,
)
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import ArticleNumber, PortalId, PriceListId, RealmId
from custaccount.kernel.money import Money
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.pricing.model import (
    Attachment,
    Candidate,
    Level,
    PriceList,
    PriceListNotFound,
    PriceRow,
)

_IN_REALM = attachments.c.realm == bindparam("realm")
_ATTACHED = (attachments.c.realm, attachments.c.list, attachments.c.level, attachments.c.rank)

_APPLYING = union_all(
    select(*_ATTACHED, literal(0).label("place")).where(
        _IN_REALM,
        attachments.c.level == Level.CUSTOMER.value,
        attachments.c.target == bindparam("customer"),
    ),
    select(*_ATTACHED, grouped_customers.c.position.label("place"))
    .join(
        grouped_customers,
        (grouped_customers.c.realm == attachments.c.realm)
        & (grouped_customers.c.group == attachments.c.target),
    )
    .where(
        _IN_REALM,
        attachments.c.level == Level.GROUP.value,
        grouped_customers.c.customer == bindparam("customer"),
    ),
    select(*_ATTACHED, literal(0).label("place")).where(
        _IN_REALM,
        attachments.c.level == Level.PORTAL.value,
        attachments.c.target == bindparam("portal"),
    ),
).subquery("applying")

_CANDIDATES = (
    select(
        price_lists.c.id,
        price_lists.c.key,
        _APPLYING.c.level,
        _APPLYING.c.place,
        _APPLYING.c.rank,
        prices.c.article,
        prices.c.amount,
        prices.c.currency,
        prices.c.unit,
        prices.c.quantity,
        prices.c.valid_from,
        prices.c.valid_until,
    )
    .select_from(_APPLYING)
    .join(
        price_lists,
        (price_lists.c.realm == _APPLYING.c.realm) & (price_lists.c.id == _APPLYING.c.list),
    )
    .join(
        prices,
        (prices.c.realm == _APPLYING.c.realm) & (prices.c.list == _APPLYING.c.list),
    )
    .where(any_of(prices.c.article, "articles"))
    .order_by(prices.c.position)  # of an article's units, the first one in the list counts
)

_FIND_LIST = select(price_lists).where(
    price_lists.c.realm == bindparam("realm"), price_lists.c.key == bindparam("key")
)
_NEXT_EDITION = (
    update(price_lists)
    .where(price_lists.c.realm == bindparam("of_realm"), price_lists.c.id == bindparam("of_id"))
    .values(edition=price_lists.c.edition + 1)
)
_SAVING = Saving.of(price_lists, kind="price list")
_FORGET_PRICES = delete(prices).where(
    prices.c.realm == bindparam("realm"), prices.c.list == bindparam("list")
)
_ADD_PRICES = insert(prices)
_MOVE = (
    update(attachments)
    .where(
        attachments.c.realm == bindparam("of_realm"),
        attachments.c.level == bindparam("of_level"),
        attachments.c.target == bindparam("of_target"),
        attachments.c.list == bindparam("of_list"),
    )
    .values(rank=bindparam("new_rank"))
)
_ATTACH = insert(attachments)


@attrs.frozen
class SqlPrices:
    """Looks prices up, and keeps price lists."""

    _gate: Gate

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> tuple[Candidate, ...]:
        """Return every row for these articles that could apply to the customer at the portal."""
        asked = {
            "realm": scope.realm,
            "customer": scope.customer,
            "portal": portal,
            "articles": articles,
        }
        with self._gate as gate:
            return tuple(map(_candidate, gate.rows(_CANDIDATES, asked)))

    def find_list(self, scope: RealmScope, key: str) -> PriceList | None:
        """Return the list with this key, or None."""
        with self._gate as gate:
            row = gate.row(_FIND_LIST, {"realm": scope.realm, "key": key})
            if row is None:
                return None
            return PriceList(id=row.id, key=row.key, name=row.name, version=row.version)

    def save_list(self, scope: RealmScope, price_list: PriceList) -> PriceList:
        """Keep a list."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [price_list], _list_row)
            return kept

    def replace_rows(
        self, scope: RealmScope, price_list: PriceListId, rows: Sequence[PriceRow]
    ) -> None:
        """Give a list these rows instead of those it has."""
        with self._gate.to_write() as gate:
            _own(gate, scope.realm, price_list)
            if len({_identity(row) for row in rows}) < len(rows):
                raise AlreadyThere(kind="price")
            gate.change(_FORGET_PRICES, {"realm": scope.realm, "list": price_list})
            gate.each(
                _ADD_PRICES,
                [_price_row(scope.realm, price_list, *one) for one in enumerate(rows)],
            )

    def attach(self, scope: RealmScope, attachment: Attachment) -> None:
        """Attach a list to a target, or change its rank there."""
        row = {
            "realm": scope.realm,
            "level": attachment.level.value,
            "target": attachment.target,
            "list": attachment.list,
        }
        moved = {f"of_{name}": value for name, value in row.items()}
        with self._gate.to_write() as gate:
            _own(gate, scope.realm, attachment.list)
            if not gate.change(_MOVE, {**moved, "new_rank": attachment.rank}):
                gate.each(_ATTACH, [{**row, "rank": attachment.rank}])


def _own(gate: Gate, realm: RealmId, price_list: PriceListId) -> None:
    """Write the list's own row first, so that rivals who change what it holds wait here."""
    if not gate.change(_NEXT_EDITION, {"of_realm": realm, "of_id": price_list}):
        raise PriceListNotFound


def _identity(row: PriceRow) -> tuple[object, ...]:
    return (row.article, row.unit, row.quantity, row.price.currency, row.valid_from)


def _list_row(price_list: PriceList) -> Asked:
    return {"key": price_list.key, "name": price_list.name}


def _price_row(realm: RealmId, price_list: PriceListId, position: int, row: PriceRow) -> Asked:
    return {
        "realm": realm,
        "list": price_list,
        "article": row.article,
        "position": position,
        "unit": row.unit,
        "quantity": row.quantity,
        "amount": row.price.amount,
        "currency": row.price.currency,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }


def _candidate(fetched: Fetched) -> Candidate:
    list_, key, level, place, rank, article, amount, currency, unit, quantity, since, until = (
        fetched
    )
    return Candidate(
        row=PriceRow(
            article=article,
            price=Money(amount, currency),
            unit=unit,
            quantity=quantity,
            valid_from=since,
            valid_until=until,
        ),
        list=list_,
        list_key=key,
        level=Level(level),
        group_position=place,
        rank=rank,
    )
