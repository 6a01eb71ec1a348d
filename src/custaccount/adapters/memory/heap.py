"""A heap that is never changed in place: what one view pushes or pops, another does not see."""

from typing import Generic, Protocol, Self, TypeVar

import attrs


class Sortable(Protocol):
    """What can be told to be smaller."""

    def __lt__(self, other: Self, /) -> bool:
        """Tell whether it is smaller."""
        ...


T = TypeVar("T", bound=Sortable)


@attrs.frozen(eq=False, repr=False)
class Heap(Generic[T]):
    """The least item and two heaps of greater ones; pushing and popping take logarithmic time.

    It is a leftist heap (Crane 1972): the way along the right is the shortest to an end.
    """

    least: T
    _left: "Heap[T] | None" = None
    _right: "Heap[T] | None" = None
    _rank: int = 1

    @property
    def rest(self) -> "Heap[T] | None":
        """The heap without its least item."""
        return _merged(self._left, self._right)


def pushed(heap: Heap[T] | None, item: T) -> Heap[T]:
    """Return a heap with one item more."""
    return _both(Heap(item), heap) if heap is not None else Heap(item)


def _merged(one: Heap[T] | None, other: Heap[T] | None) -> Heap[T] | None:
    if one is None or other is None:
        return one or other
    return _both(one, other)


def _both(one: Heap[T], other: Heap[T]) -> Heap[T]:
    if other.least < one.least:
        one, other = other, one
    left, right = one._left, _merged(one._right, other)  # noqa: SLF001 - of its own kind
    if _rank(left) < _rank(right):
        left, right = right, left
    return Heap(one.least, left, right, _rank(right) + 1)


def _rank(heap: Heap[T] | None) -> int:
    return heap._rank if heap is not None else 0  # noqa: SLF001 - of its own kind
