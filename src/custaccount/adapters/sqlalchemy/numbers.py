"""Number ranges in SQL: a number is counted by one statement, whose row count decides."""

import attrs
from sqlalchemy import bindparam, select, update

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import number_ranges
from custaccount.facilities.numbers import NumberRange, NumberRangeNotFound, Taken
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope

_IN_REALM = number_ranges.c.realm == bindparam("of_realm")
_THIS = number_ranges.c.key == bindparam("of_key")

_FIND = select(number_ranges).where(_IN_REALM, _THIS)
_HOLD = _FIND.with_for_update()
_ALL = select(number_ranges).where(_IN_REALM).order_by(number_ranges.c.key)
_SAVING = Saving.of(number_ranges, kind="number range", id="key")
_TAKE = (
    update(number_ranges)
    .where(_IN_REALM, _THIS, number_ranges.c.taken <= number_ranges.c.last - number_ranges.c.first)
    .values(taken=number_ranges.c.taken + 1)
)


@attrs.frozen
class SqlNumbers:
    """Looks number ranges up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None."""
        with self._gate as gate:
            row = gate.row(_FIND, {"of_realm": scope.realm, "of_key": key})
            return None if row is None else _range(row)

    def all(self, scope: RealmScope) -> tuple[NumberRange, ...]:
        """Return the realm's ranges by key."""
        with self._gate as gate:
            return tuple(map(_range, gate.rows(_ALL, {"of_realm": scope.realm})))

    def hold(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None; its row is locked."""
        with self._gate.to_write() as gate:
            row = gate.row(_HOLD, {"of_realm": scope.realm, "of_key": key})
            return None if row is None else _range(row)

    def save(self, scope: RealmScope, range: NumberRange) -> NumberRange:
        """Keep a range; of one that is kept, its count stays."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [range], _row)
            return kept

    def take(self, scope: RealmScope, key: RangeKey) -> Taken | None:
        """Hand the next number out; None if none is left."""
        asked = {"of_realm": scope.realm, "of_key": key}
        with self._gate.to_write() as gate:
            counted = gate.change(_TAKE, asked)
            row = gate.row(_FIND, asked)
            if row is None:
                raise NumberRangeNotFound
            return Taken(_range(row)) if counted else None


def _row(range: NumberRange) -> Asked:
    row = {
        "prefix": range.prefix,
        "width": range.width,
        "first": range.first,
        "last": range.last,
        "warn_at": range.warn_at,
        "gapless": range.gapless,
        "edition": range.edition,
    }
    if range.version == 0:  # from then on, only take counts
        row["taken"] = range.taken
    return row


def _range(row: Fetched) -> NumberRange:
    return NumberRange(
        key=row.key,
        prefix=row.prefix,
        width=row.width,
        first=row.first,
        last=row.last,
        warn_at=row.warn_at,
        gapless=row.gapless,
        taken=row.taken,
        edition=row.edition,
        version=row.version,
    )
