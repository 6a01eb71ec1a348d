"""Keyset pages: where the next one begins, no offset and no total."""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import Cursor

PAGE_SIZE = 50

T = TypeVar("T")
U = TypeVar("U")


class CursorInvalid(InvalidInput):
    """A cursor that was not made here, not for this question or not for this membership."""

    code = "paging.cursor_invalid"
    template = N_("This list can't be continued. Please start again from its first page.")


@attrs.frozen(kw_only=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor to ask for more."""

    items: tuple[T, ...]
    more: Cursor | None = None
    """None at the end of the list."""

    @property
    def has_more(self) -> bool:
        """Whether anything follows."""
        return self.more is not None

    def map(self, change: Callable[[T], U]) -> "Page[U]":
        """Make the same page of other items."""
        return Page(items=tuple(map(change, self.items)), more=self.more)
