"""The shop's own order history in SQL."""

from collections.abc import Sequence
from typing import Any

import attrs
from sqlalchemy import Select, bindparam, insert, or_, select, update

from custaccount.adapters.sqlalchemy import documents
from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import order_numbers, orders
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import OrderId
from custaccount.kernel.money import Money
from custaccount.kernel.scope import CustomerScope
from custaccount.orders.model import (
    Author,
    Found,
    Order,
    OrderNotFound,
    OrderOwner,
    OrderSummary,
    Position,
    keys_of,
)

_SUMMARY = (
    orders.c.id,
    orders.c.number,
    orders.c.customer_number,
    orders.c.placed,
    orders.c.status,
    orders.c.total,
    orders.c.currency,
    orders.c.author,
    orders.c.author_name,
    orders.c.author_email,
)
_BY_AUTHOR = orders.c.author == bindparam("by")
_OWNED = (orders.c.realm == bindparam("realm"), orders.c.customer == bindparam("customer"))

_FIRST = (
    select(*_SUMMARY)
    .where(*_OWNED)
    .order_by(orders.c.placed.desc(), orders.c.number.desc())
    .limit(bindparam("most"))
)
_AFTER = _FIRST.where(  # not as a pair, of which MariaDB's index would know nothing
    orders.c.placed <= bindparam("placed"),
    or_(orders.c.placed < bindparam("placed"), orders.c.number < bindparam("number")),
)
_GET = select(*_SUMMARY).where(*_OWNED, orders.c.id == bindparam("order"))
_WITH_NUMBER = (
    select(*_SUMMARY, order_numbers.c.kind)
    .join(
        order_numbers,
        (order_numbers.c.realm == orders.c.realm) & (order_numbers.c.order == orders.c.id),
    )
    .where(
        order_numbers.c.realm == bindparam("realm"),
        order_numbers.c.customer == bindparam("customer"),
        order_numbers.c.key == bindparam("key"),
    )
    .order_by(orders.c.placed.desc(), orders.c.number.desc())
)

_KNOWN = select(orders.c.id, orders.c.customer).where(
    orders.c.realm == bindparam("realm"), any_of(orders.c.id, "orders")
)
_ADD = insert(orders)
_CHANGE = update(orders).where(
    orders.c.realm == bindparam("of_realm"),
    orders.c.customer == bindparam("of_customer"),
    orders.c.id == bindparam("of_id"),
)
_FORGET_NUMBERS = delete_any(
    order_numbers,
    order_numbers.c.realm == bindparam("realm"),
    any_of(order_numbers.c.order, "orders"),
)
_ADD_NUMBERS = insert(order_numbers)


@attrs.frozen
class SqlOrders:
    """Tells what a customer has ordered, and keeps it."""

    _gate: Gate

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> tuple[OrderSummary, ...]:
        """Return a page of orders, newest first."""
        question, asked = _of_owner(_FIRST if after is None else _AFTER, owner)
        asked["most"] = limit
        if after is not None:
            asked |= {"placed": after.placed, "number": after.number}
        with self._gate as gate:
            return tuple(map(_summary, gate.rows(question, asked)))

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return one order of the owner."""
        question, asked = _of_owner(_GET, owner)
        with self._gate as gate:
            row = gate.row(question, {**asked, "order": order})
            if row is None:
                raise OrderNotFound
            return documents.whole(gate, owner.scope.realm, _summary(row))

    def with_number(self, owner: OrderOwner, key: str) -> tuple[Found, ...]:
        """Return the owner's orders with a number of this key, newest first."""
        question, asked = _of_owner(_WITH_NUMBER, owner)
        with self._gate as gate:
            rows = gate.rows(question, {**asked, "key": key})
            return tuple(Found(order=_summary(row[:-1]), by=row[-1]) for row in rows)

    def save(self, scope: CustomerScope, orders: Sequence[Order]) -> None:
        """Keep orders whole, new or instead of those with the same ids."""
        given = {one.summary.id: one for one in orders}
        with self._gate.to_write() as gate:
            known = _known(gate, scope, given)
            new = [_row(one.summary) for id_, one in given.items() if id_ not in known]
            gate.each(_ADD, [{**row, **_scoped(scope)} for row in new])
            if known:
                _clear(gate, scope, [given[id_].summary for id_ in known])
            numbers = [row for one in given.values() for row in _number_rows(scope, one)]
            gate.each(_ADD_NUMBERS, numbers)
            documents.add(gate, scope.realm, tuple(given.values()))


def _of_owner(question: Select[Any], owner: OrderOwner) -> tuple[Select[Any], dict[str, object]]:
    """Ask for all orders of the customer, or for those of one author."""
    asked = _scoped(owner.scope)
    if owner.author is None:
        return question, asked
    return question.where(_BY_AUTHOR), {**asked, "by": owner.author}


def _known(gate: Gate, scope: CustomerScope, given: dict[OrderId, Order]) -> list[OrderId]:
    rows = gate.rows(_KNOWN, {"realm": scope.realm, "orders": list(given)})
    if any(customer != scope.customer for _, customer in rows):
        raise AlreadyThere(kind="order")
    return [id_ for id_, _ in rows]


def _clear(gate: Gate, scope: CustomerScope, summaries: Sequence[OrderSummary]) -> None:
    """Write the orders' own rows, then make room for what belongs to them."""
    rows = []
    for summary in summaries:
        row = dict(_row(summary))
        rows.append(
            {
                **row,
                "of_id": row.pop("id"),
                "of_realm": scope.realm,
                "of_customer": scope.customer,
            }
        )
    gate.each(_CHANGE, rows)
    asked = {"realm": scope.realm, "orders": [summary.id for summary in summaries]}
    gate.change(_FORGET_NUMBERS, asked)
    documents.forget(gate, asked)


def _scoped(scope: CustomerScope) -> dict[str, object]:
    return {"realm": scope.realm, "customer": scope.customer}


def _row(summary: OrderSummary) -> Asked:
    return {
        "id": summary.id,
        "number": summary.number,
        "customer_number": summary.customer_number,
        "placed": summary.placed,
        "status": summary.status,
        "total": summary.total.amount if summary.total else None,
        "currency": summary.total.currency if summary.total else None,
        "author": summary.author.user if summary.author else None,
        "author_name": summary.author.name if summary.author else None,
        "author_email": summary.author.email if summary.author else None,
    }


def _summary(row: Fetched) -> OrderSummary:
    id_, number, customer_number, placed, status, total, currency, user, name, email = row
    return OrderSummary(
        id=id_,
        number=number,
        customer_number=customer_number,
        placed=placed,
        status=status,
        total=None if total is None else Money(total, currency),
        author=None if user is None else Author(user=user, name=name, email=email),
    )


def _number_rows(scope: CustomerScope, order: Order) -> list[Asked]:
    return [
        {**_scoped(scope), "order": order.summary.id, "key": key, "kind": kind}
        for key, kind in keys_of(order).items()
    ]
