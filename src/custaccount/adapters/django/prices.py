"""Price lists in Django."""

from collections.abc import Collection, Sequence

import attrs
from django.db.models import F, IntegerField, QuerySet, Value

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
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

_CANDIDATE = (
    "list",
    "list_row__key",
    "level",
    "place",
    "rank",
    "price_row__article",
    "price_row__amount",
    "price_row__currency",
    "price_row__unit",
    "price_row__quantity",
    "price_row__valid_from",
    "price_row__valid_until",
    "price_row__position",
)
_NO_PLACE = Value(0, output_field=IntegerField())
_SAVING = Saving(models.PriceList, kind="price list")


@attrs.frozen
class DjangoPrices:
    """Looks prices up, and keeps price lists."""

    _gate: Gate

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> tuple[Candidate, ...]:
        """Return every row for these articles that could apply to the customer at the portal."""
        with self._gate as gate:
            priced = gate.table(models.Attachment).filter(
                realm=scope.realm, price_row__article__any_of=articles
            )
            own = priced.filter(level=Level.CUSTOMER.value, target=scope.customer)
            grouped = priced.filter(level=Level.GROUP.value, grouped_row__customer=scope.customer)
            at_portal = priced.filter(level=Level.PORTAL.value, target=portal)
            found = _placed(own).union(
                _placed(grouped, F("grouped_row__position")), _placed(at_portal), all=True
            )
            # of an article's units, the first one in the list counts
            return tuple(map(_candidate, gate.rows(found.order_by("price_row__position"))))

    def find_list(self, scope: RealmScope, key: str) -> PriceList | None:
        """Return the list with this key, or None."""
        with self._gate as gate:
            row = gate.row(gate.table(models.PriceList).filter(realm=scope.realm, key=key))
            if row is None:
                return None
            return PriceList(id=row.ref, key=row.key, name=row.name, version=row.version)

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
            gate.forget(gate.table(models.Price).filter(realm=scope.realm, list=price_list))
            gate.insert(
                models.Price, [_price_row(scope.realm, price_list, *one) for one in enumerate(rows)]
            )

    def attach(self, scope: RealmScope, attachment: Attachment) -> None:
        """Attach a list to a target, or change its rank there."""
        row = {
            "realm": scope.realm,
            "level": attachment.level.value,
            "target": attachment.target,
            "list": attachment.list,
        }
        with self._gate.to_write() as gate:
            _own(gate, scope.realm, attachment.list)
            if not gate.table(models.Attachment).filter(**row).update(rank=attachment.rank):
                gate.insert(models.Attachment, [{**row, "rank": attachment.rank}])


def _placed(
    attachments: QuerySet[models.Attachment], place: F | Value = _NO_PLACE
) -> QuerySet[models.Attachment, Fetched]:
    return attachments.annotate(place=place).values_list(*_CANDIDATE)


def _own(gate: Gate, realm: RealmId, price_list: PriceListId) -> None:
    """Write the list's own row first, so that rivals who change what it holds wait here."""
    lists = gate.table(models.PriceList).filter(realm=realm, ref=price_list)
    if not lists.update(edition=F("edition") + 1):
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
    list_, key, level, place, rank, article, amount, currency, unit, quantity, since, until, _ = (
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
