"""The glossary knows the words of the code."""

from __future__ import annotations

import enum
import importlib
import re
from pathlib import Path

import attrs
import pytest

from custaccount.kernel.events import Event

ROOT = Path(__file__).parent.parent.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
TERMS = set(re.findall(r"^(\w.*)\n   \S", GLOSSARY, re.MULTILINE))
FEATURES = (
    "custaccount",
    "custaccount.portals",
    "custaccount.customers",
    "custaccount.credentials",
    "custaccount.staff",
    "custaccount.membership",
    "custaccount.registration",
    "custaccount.pricing",
    "custaccount.orders",
    "custaccount.ordering",
)


def nouns() -> set[str]:
    """Collect the values a feature offers; events and errors say themselves what happened."""
    found = set()
    for name in FEATURES:
        package = importlib.import_module(name)
        for listed in package.__all__:
            thing = getattr(package, listed)
            told = isinstance(thing, type) and issubclass(thing, Event | Exception)
            if (
                isinstance(thing, type)
                and not told
                and (attrs.has(thing) or issubclass(thing, enum.Enum))
            ):
                found.add(listed)
    return found


def unexplained(words: set[str], page: str) -> set[str]:
    """Say which words stand behind no term."""
    return {word for word in words if f"`{word}`" not in page}


def test_every_noun_of_a_feature_is_explained() -> None:
    """Whoever meets a class finds its word."""
    assert unexplained(nouns(), GLOSSARY) == set()


def test_a_noun_without_a_term_is_missed() -> None:
    """The check can fail."""
    assert unexplained({"Order", "Parrot"}, GLOSSARY) == {"Parrot"}


PAGES = sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_terms_that_pages_use_are_there(page: Path) -> None:
    """A page refers to terms of the glossary only."""
    used = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", page.read_text("utf-8"))

    assert set(used) - TERMS == set()
