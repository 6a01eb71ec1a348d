"""The README keeps what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
QUICKSTART = (ROOT / "examples" / "quickstart.py").read_text("utf-8")


def body(source: str) -> str:
    """Return a script without its docstring."""
    first = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[first.end_lineno :]).strip()


def blocks(page: str) -> list[str]:
    """List the Python blocks of a page."""
    return [
        block.strip()
        for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    ]


def lost(page: str, root: Path) -> set[str]:
    """Say which links inside the repository lead nowhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)|(?:src|srcset)=\"([^\":]+)\"", page)
    return {link for pair in links for link in pair if link and not (root / link).exists()}


def test_the_snippet_is_the_quick_start() -> None:
    """What the README shows is what the example runs, to the letter."""
    assert blocks(README) == [body(QUICKSTART)]


def test_links_lead_somewhere() -> None:
    """Whatever the README refers to is in the repository, its pictures too."""
    assert lost(README, ROOT) == set()


def test_a_lost_link_is_seen() -> None:
    """The check can fail: a page and a picture that are not there are named."""
    page = '[a](docs/nowhere.md#x) [b](https://example.org) <img src="docs/none.png">'

    assert lost(page, ROOT) == {"docs/nowhere.md", "docs/none.png"}


def test_another_snippet_is_seen() -> None:
    """The check can fail: one changed letter makes another snippet."""
    assert blocks("```python\na = 1\n```\n") != [body('"""Say."""\n\na = 2\n')]
