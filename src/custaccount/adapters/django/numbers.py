"""Number ranges in Django: a number is counted by one statement, whose row count decides."""

import attrs
from django.db.models import F

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.facilities.numbers import NumberRange, NumberRangeNotFound, Taken
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope

_RANGE = (
    "key",
    "prefix",
    "width",
    "first",
    "last",
    "warn_at",
    "gapless",
    "taken",
    "edition",
    "version",
)
_SAVING = Saving(models.NumberRange, kind="number range", ref="key", once=("taken",))


@attrs.frozen
class DjangoNumbers:
    """Looks number ranges up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None."""
        with self._gate as gate:
            ranges = gate.table(models.NumberRange).filter(realm=scope.realm, key=key)
            row = gate.row(ranges.values_list(*_RANGE))
            return None if row is None else _range(row)

    def all(self, scope: RealmScope) -> tuple[NumberRange, ...]:
        """Return the realm's ranges by key."""
        with self._gate as gate:
            ranges = gate.table(models.NumberRange).filter(realm=scope.realm).order_by("key")
            return tuple(map(_range, gate.rows(ranges.values_list(*_RANGE))))

    def hold(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None; its row is locked."""
        with self._gate.to_write() as gate:
            ranges = gate.table(models.NumberRange).filter(realm=scope.realm, key=key)
            row = gate.row(ranges.select_for_update().values_list(*_RANGE))
            return None if row is None else _range(row)

    def save(self, scope: RealmScope, range: NumberRange) -> NumberRange:
        """Keep a range; of one that is kept, its count stays."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [range], _row)
            return kept

    def take(self, scope: RealmScope, key: RangeKey) -> Taken | None:
        """Hand the next number out; None if none is left."""
        with self._gate.to_write() as gate:
            this = gate.table(models.NumberRange).filter(realm=scope.realm, key=key)
            counted = this.filter(taken__lte=F("last") - F("first")).update(taken=F("taken") + 1)
            row = gate.row(this.values_list(*_RANGE))
            if row is None:
                raise NumberRangeNotFound
            return Taken(_range(row)) if counted else None


def _row(range: NumberRange) -> Asked:
    return {
        "prefix": range.prefix,
        "width": range.width,
        "first": range.first,
        "last": range.last,
        "warn_at": range.warn_at,
        "gapless": range.gapless,
        "taken": range.taken,
        "edition": range.edition,
    }


def _range(row: Fetched) -> NumberRange:
    return NumberRange(**dict(zip(_RANGE, row, strict=True)))
