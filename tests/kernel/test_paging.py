"""Pages: items, and where the next begins."""

from __future__ import annotations

from custaccount import Page
from custaccount.kernel.ids import Cursor


def test_a_page_knows_whether_anything_follows() -> None:
    """The end is explicit."""
    assert Page(items=(1, 2), more=Cursor("c")).has_more
    assert not Page(items=(1, 2)).has_more
    assert not Page(items=()).has_more


def test_a_mapped_page_continues_at_the_same_place() -> None:
    """Other items, the same cursor."""
    page = Page(items=(1, 2), more=Cursor("c"))

    assert page.map(str) == Page(items=("1", "2"), more=Cursor("c"))
