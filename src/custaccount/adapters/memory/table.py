"""A table that is never changed in place: who writes first gets a copy of its own."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, Protocol, Self, TypeVar

import attrs

from custaccount.kernel.errors import AlreadyThere, InvalidInput, Stale

K = TypeVar("K", bound=tuple[str, ...])
R = TypeVar("R")


class Versioned(Protocol):
    """A row that knows which version of itself it is."""

    @property
    def version(self) -> int:
        """How often it was kept; 0 means never."""
        ...


V = TypeVar("V", bound=Versioned)

Marks = Callable[[K, R], Iterable[tuple[Hashable, ...]]]
"""Names what a row can be found by; each mark begins with its kind and its realm."""


def _no_marks(key: object, row: object) -> Iterable[tuple[Hashable, ...]]:  # noqa: ARG001
    return ()


F = TypeVar("F")
H = TypeVar("H", bound=Hashable)


def fit(value: F) -> F:
    """Give back what every storage can keep: all, but a text with a null character.

    Raises:
        InvalidInput: there is one, at whatever depth.
    """
    if isinstance(value, str):
        if "\0" in value:
            raise InvalidInput
    elif isinstance(value, tuple | list | frozenset):
        for part in value:
            fit(part)
    elif isinstance(value, Mapping):
        fit((*value.keys(), *value.values()))
    else:
        for field in getattr(type(value), "__attrs_attrs__", ()):
            fit(getattr(value, field.name))
    return value


@attrs.define(eq=False)
class Table(Generic[K, R]):
    """Rows by key, each also found by its marks; a unique mark belongs to one row only."""

    _kind: str
    _unique: Marks[K, R] = attrs.field(default=_no_marks, kw_only=True)
    _marks: Marks[K, R] = attrs.field(default=_no_marks, kw_only=True)
    _rows: dict[K, R] = attrs.field(factory=dict, kw_only=True)
    _found: dict[tuple[Hashable, ...], dict[K, None]] = attrs.field(factory=dict, kw_only=True)
    _own: bool = attrs.field(default=True, kw_only=True)

    def fork(self) -> Self:
        """Make a second view of the same rows, which copies them before it writes."""
        return attrs.evolve(self, own=False)

    def __iter__(self) -> Iterator[R]:
        """Give all rows of all realms, in the order they were first kept."""
        return iter(self._rows.values())

    def __len__(self) -> int:
        """Count all rows of all realms."""
        return len(self._rows)

    def of_realm(self, realm: str) -> list[R]:
        """Return all rows of a realm, in the order they were first kept."""
        return [row for key, row in self._rows.items() if key[0] == realm]

    def find(self, key: K) -> R | None:
        """Return a row or None."""
        return self._rows.get(fit(key))

    def marked(self, *mark: Hashable) -> list[R]:
        """Return the rows with a mark, in the order they got it."""
        return [self._rows[key] for key in self._found.get(fit(mark), ())]

    def only(self, *mark: Hashable) -> R | None:
        """Return the row a unique mark belongs to, or None."""
        return next(iter(self.marked(*mark)), None)

    def add(self, key: K, row: R) -> None:
        """Keep a new row.

        Raises:
            AlreadyThere: its key or a unique mark is taken.
        """
        if key in self._rows:
            raise AlreadyThere(kind=self._kind)
        self.put(key, row)

    def put(self, key: K, row: R) -> None:
        """Keep a row, new or instead of the one with this key.

        Raises:
            AlreadyThere: a unique mark belongs to another row.
            InvalidInput: it has a text with a null character.
        """
        fit(row)
        unique = list(self._unique(key, row))
        if any(self._found.get(mark, {key: None}).keys() - {key} for mark in unique):
            raise AlreadyThere(kind=self._kind)
        self._copy()
        self._unmark(key)
        self._rows[key] = row
        for mark in (*unique, *self._marks(key, row)):
            self._found[mark] = {**self._found.get(mark, {}), key: None}

    def drop(self, key: K) -> bool:
        """Forget a row; False if there was none."""
        if key not in self._rows:
            return False
        self._copy()
        self._unmark(key)
        del self._rows[key]
        return True

    def _copy(self) -> None:
        if not self._own:
            self._rows, self._found, self._own = dict(self._rows), dict(self._found), True

    def _unmark(self, key: K) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        for mark in (*self._unique(key, row), *self._marks(key, row)):
            left = {one: None for one in self._found.get(mark, ()) if one != key}
            if left:
                self._found[mark] = left
            else:
                self._found.pop(mark, None)


def save(table: Table[K, V], key: K, row: V, *, kind: str) -> V:
    """Keep a versioned row and return it with its new version.

    Raises:
        Stale: the version kept is not the one the row was made from.
        AlreadyThere: it is new, and its key or a unique mark is taken.
    """
    kept = attrs.evolve(row, version=row.version + 1)  # type: ignore[misc]
    if row.version == 0:
        table.add(key, kept)
        return kept
    current = table.find(key)
    if current is None or current.version != row.version:
        raise Stale(kind=kind, id=key[-1], version=row.version)
    table.put(key, kept)
    return kept


def apart(given: Mapping[H, F]) -> Mapping[H, F]:
    """Copy a mapping, so that nobody changes what is kept by changing what was given."""
    return MappingProxyType(dict(given))
