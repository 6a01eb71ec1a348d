"""The reference is whole: every public name and every error stands on its pages."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

import custaccount
from custaccount import CustAccountError

ROOT = Path(__file__).parent.parent.parent
SOURCE = Path(custaccount.__file__).parent
REFERENCE = {
    path.stem: path.read_text("utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")
}
ERRORS = REFERENCE["errors"]

MODULE = re.compile(r"^\.\. automodule:: (\S+)\n((?:   :.*\n)*)", re.MULTILINE)
TOLD = (type, FunctionType)
LEFT_OUT = re.compile(r":exclude-members: (.*)")
SINGLE = re.compile(r"^\.\. py:data:: (\S+)\n   :module: (\S+)$", re.MULTILINE)


def modules() -> Iterator[str]:
    """Name every module whose driver is installed; others run migrations and Django's app."""
    for found in pkgutil.walk_packages(custaccount.__path__, "custaccount.", onerror=str):
        if ".migrations" not in found.name and ".adapters.django." not in found.name:
            try:
                importlib.import_module(found.name)
            except ImportError as missing:
                if (missing.name or "custaccount").startswith("custaccount"):
                    raise
            else:
                yield found.name


def public_names() -> set[str]:
    """Collect what every package's ``__init__`` lists."""
    names = set()
    for name in ("custaccount", *modules()):
        package = importlib.import_module(name)
        if hasattr(package, "__path__"):
            names |= {f"{name}.{listed}" for listed in getattr(package, "__all__", ())}
    return names


def shown(pages: str) -> set[str]:
    """Collect what the directives of some pages put there.

    A module's directive shows classes and functions; what is neither has no text of its own, and
    needs a directive of its own.
    """
    names = {f"{module}.{name}" for name, module in SINGLE.findall(pages)}
    for module, options in MODULE.findall(pages):
        package = importlib.import_module(module)
        left_out = LEFT_OUT.search(options)
        hidden = set(left_out[1].split(", ")) if left_out else set()
        listed = getattr(package, "__all__", dir(package))
        told = {name for name in listed if isinstance(getattr(package, name), TOLD)}
        names |= {f"{module}.{name}" for name in told - hidden}
    return names


def leaves(root: type[CustAccountError]) -> Iterator[type[CustAccountError]]:
    """List an error with all that are made of it, however far down."""
    yield root
    for below in root.__subclasses__():
        yield from leaves(below)


def codes() -> set[str]:
    """Collect the codes of the house's errors."""
    assert all(modules())
    ours = (one for one in leaves(CustAccountError) if one.__module__.startswith("custaccount."))
    return {one.code for one in ours if "conformance" not in one.__module__}


MAKERS = ("Problem", "refuse_unless")


def problem_codes() -> set[str]:
    """Collect the codes that are written down where a ``Problem`` is made."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS:
                found |= {
                    word.value.value
                    for word in node.keywords
                    if word.arg == "code" and isinstance(word.value, ast.Constant)
                }
    return found


def without_anchor(wanted: set[str], page: str) -> set[str]:
    """Say which codes a page has no anchor and heading for."""
    anchors = set(re.findall(r"^\(error-(.+)\)=\n##", page, re.MULTILINE))
    return wanted - anchors


def test_every_public_name_stands_on_a_reference_page() -> None:
    """Whatever a package lists can be looked up."""
    assert public_names() - shown("\n".join(REFERENCE.values())) == set()


def test_a_name_that_is_left_out_is_missed() -> None:
    """The check can fail: without a page, or with a name excluded, what is on it is missing."""
    orders = REFERENCE["orders"].replace(
        "automodule:: custaccount.orders\n",
        "automodule:: custaccount.orders\n   :exclude-members: Order, Found\n",
    )
    there = shown(orders)

    assert {"custaccount.orders.Order", "custaccount.orders.Found"} <= public_names() - there
    assert "custaccount.orders.OrderLine" in there


def test_every_error_has_an_anchor() -> None:
    """An error's code leads to what to do about it."""
    assert without_anchor(codes(), ERRORS) == set()


def test_no_anchor_is_of_an_error_that_is_gone() -> None:
    """The page lists no code that nothing raises."""
    assert set(re.findall(r"^\(error-(.+)\)=$", ERRORS, re.MULTILINE)) == codes()


def test_an_error_without_an_anchor_is_missed() -> None:
    """The check can fail: a code that is only mentioned has no anchor."""
    assert without_anchor({"orders.not_found", "orders.eaten"}, ERRORS + "`orders.eaten`") == {
        "orders.eaten"
    }


@pytest.mark.parametrize("code", sorted(problem_codes()))
def test_every_problem_of_a_field_is_listed(code: str) -> None:
    """The code of a field's problem stands in the table."""
    assert f"| `{code}` |" in ERRORS


@pytest.mark.parametrize("word", ["portals.invalid", "customers.row_twice"])
def test_problems_are_found_where_they_are_made(word: str) -> None:
    """The list of problems to look for is not empty."""
    assert word in problem_codes()
