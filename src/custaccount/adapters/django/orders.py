"""The shop's own order history in Django."""

from collections.abc import Sequence
from typing import Any

import attrs
from django.db.models import Q, QuerySet

from custaccount.adapters.django import documents, models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
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
    "ref",
    "number",
    "customer_number",
    "placed",
    "status",
    "total",
    "currency",
    "author",
    "author_name",
    "author_email",
)
_NUMBERED = ("kind", *(f"order_row__{column}" for column in _SUMMARY))


@attrs.frozen
class DjangoOrders:
    """Tells what a customer has ordered, and keeps it."""

    _gate: Gate

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> tuple[OrderSummary, ...]:
        """Return a page of orders, newest first."""
        with self._gate as gate:
            orders = _placed_by(owner, gate.table(models.Order))
            if after is not None:
                orders = orders.filter(placed__lte=after.placed).filter(
                    Q(placed__lt=after.placed) | Q(number__lt=after.number)
                )
            page = orders.order_by("-placed", "-number")[:limit]
            return tuple(map(_summary, gate.rows(page.values_list(*_SUMMARY))))

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Return one order of the owner."""
        with self._gate as gate:
            orders = _placed_by(owner, gate.table(models.Order)).filter(ref=order)
            row = gate.row(orders.values_list(*_SUMMARY))
            if row is None:
                raise OrderNotFound
            return documents.whole(gate, owner.scope.realm, _summary(row))

    def with_number(self, owner: OrderOwner, key: str) -> tuple[Found, ...]:
        """Return the owner's orders with a number of this key, newest first."""
        with self._gate as gate:
            numbers = _placed_by(owner, gate.table(models.OrderNumber), "order_row__author")
            numbers = numbers.filter(key=key)
            numbers = numbers.order_by("-order_row__placed", "-order_row__number")
            rows = gate.rows(numbers.values_list(*_NUMBERED))
            return tuple(Found(order=_summary(row), by=kind) for kind, *row in rows)

    def save(self, scope: CustomerScope, orders: Sequence[Order]) -> None:
        """Keep orders whole, new or instead of those with the same ids."""
        given = {one.summary.id: one for one in orders}
        with self._gate.to_write() as gate:
            known = _known(gate, scope, given)
            new = [_row(one.summary) for id_, one in given.items() if id_ not in known]
            gate.insert(models.Order, [{**row, **_scoped(scope)} for row in new])
            if known:
                _clear(gate, scope, [given[id_].summary for id_ in known])
            numbers = [row for one in given.values() for row in _number_rows(scope, one)]
            gate.insert(models.OrderNumber, numbers)
            documents.add(gate, scope.realm, tuple(given.values()))


def _placed_by(
    owner: OrderOwner, rows: QuerySet[Any, Any], author: str = "author"
) -> QuerySet[Any, Any]:
    """Ask for rows of the owner's orders alone, by the column that says who placed one."""
    found = rows.filter(**_scoped(owner.scope))
    return found if owner.author is None else found.filter(**{author: owner.author})


def _known(gate: Gate, scope: CustomerScope, given: dict[OrderId, Order]) -> list[OrderId]:
    there = gate.table(models.Order).filter(realm=scope.realm, ref__any_of=list(given))
    rows = gate.rows(there.values_list("ref", "customer"))
    if any(customer != scope.customer for _, customer in rows):
        raise AlreadyThere(kind="order")
    return [ref for ref, _ in rows]


def _clear(gate: Gate, scope: CustomerScope, summaries: Sequence[OrderSummary]) -> None:
    """Write the orders' own rows, then make room for what belongs to them."""
    changes = []
    for summary in summaries:
        row = dict(_row(summary))
        changes.append(({**_scoped(scope), "ref": row.pop("ref")}, row))
    gate.change_each(models.Order, changes)
    asked = {"realm": scope.realm, "order__any_of": [summary.id for summary in summaries]}
    gate.forget(gate.table(models.OrderNumber).filter(**asked))
    documents.forget(gate, asked)


def _scoped(scope: CustomerScope) -> dict[str, str]:
    return {"realm": scope.realm, "customer": scope.customer}


def _row(summary: OrderSummary) -> Asked:
    return {
        "ref": summary.id,
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
    ref, number, customer_number, placed, status, total, currency, author, name, email = row
    return OrderSummary(
        id=ref,
        number=number,
        customer_number=customer_number,
        placed=placed,
        status=status,
        total=None if total is None else Money(total, currency),
        author=None if author is None else Author(user=author, name=name, email=email),
    )


def _number_rows(scope: CustomerScope, order: Order) -> list[Asked]:
    return [
        {**_scoped(scope), "order": order.summary.id, "key": key, "kind": kind}
        for key, kind in keys_of(order).items()
    ]
