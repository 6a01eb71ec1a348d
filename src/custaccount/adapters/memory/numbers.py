"""Number ranges in memory."""

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.facilities.numbers import NumberRange, NumberRangeNotFound, Taken
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.scope import RealmScope


@attrs.frozen
class MemoryNumbers:
    """Looks number ranges up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None."""
        return self._gate.ask(lambda tables: tables.ranges.find((scope.realm, key)))

    def all(self, scope: RealmScope) -> tuple[NumberRange, ...]:
        """Return the realm's ranges by key."""
        rows = self._gate.ask(lambda tables: tables.ranges.of_realm(scope.realm))
        return tuple(sorted(rows, key=lambda row: row.key))

    def hold(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
        """Return the range, or None; a unit that was overtaken meanwhile is refused."""
        return self._gate.change(lambda tables: tables.ranges.find((scope.realm, key)))

    def save(self, scope: RealmScope, range: NumberRange) -> NumberRange:
        """Keep a range; of one that is kept, its count stays."""
        key = (scope.realm, range.key)

        def kept(tables: Tables) -> NumberRange:
            before = tables.ranges.find(key)
            after = save(tables.ranges, key, range, kind="number range")
            if before is not None:
                tables.ranges.put(key, attrs.evolve(after, taken=before.taken))
            return after

        return self._gate.change(kept)

    def take(self, scope: RealmScope, key: RangeKey) -> Taken | None:
        """Hand the next number out; None if none is left."""
        named = (scope.realm, key)

        def taken(tables: Tables) -> Taken | None:
            row = tables.ranges.find(named)
            if row is None:
                raise NumberRangeNotFound
            if row.left <= 0:
                return None
            after = attrs.evolve(row, taken=row.taken + 1)
            tables.ranges.put(named, after)
            return Taken(after)

        return self._gate.change(taken)
