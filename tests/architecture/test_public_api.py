"""What a package offers is what its ``__init__`` lists, and nothing happens there."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import custaccount

SOURCE = Path(custaccount.__file__).parent
PACKAGES = sorted(
    path
    for path in SOURCE.rglob("__init__.py")
    if "migrations" not in path.parts and "locale" not in path.parts
)


def module_name(path: Path) -> str:
    """Name a package by its ``__init__`` file."""
    return ".".join(("custaccount", *path.parent.relative_to(SOURCE).parts))


def faults(source: str) -> Iterator[str]:
    """Say what an ``__init__`` does beyond a docstring, imports and one sorted ``__all__``."""
    imported: set[str] = set()
    listed: list[str] = []
    for index, node in enumerate(ast.parse(source).body):
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                pass
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                imported |= {alias.asname or alias.name for alias in names}
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed += ast.literal_eval(value)
            case _:
                yield f"line {node.lineno}: {type(node).__name__}"

    if listed != sorted(set(listed), key=reading_order):
        yield "__all__ is not sorted"
    if unlisted := imported - set(listed):
        yield f"imported, not listed: {', '.join(sorted(unlisted))}"
    if unknown := set(listed) - imported:
        yield f"listed, not imported: {', '.join(sorted(unknown))}"


def reading_order(name: str) -> tuple[int, str]:
    """Order as the linter does: constants, classes, functions."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


@pytest.mark.parametrize("path", PACKAGES, ids=module_name)
def test_an_init_lists_what_it_offers(path: Path) -> None:
    """An ``__init__`` imports, lists in order, and does nothing else."""
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", PACKAGES, ids=module_name)
def test_what_is_listed_is_there(path: Path) -> None:
    """Every name listed can be imported."""
    package = importlib.import_module(module_name(path))

    assert [name for name in getattr(package, "__all__", ()) if not hasattr(package, name)] == []


def test_the_front_door_lists_something() -> None:
    """The package's own front door is not empty."""
    assert custaccount.__all__


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("if True:\n    from a import b\n", "line 1: If"),
        ("try:\n    import a\nexcept ImportError:\n    pass\n", "line 1: Try"),
        ("def helper(): ...\n", "line 1: FunctionDef"),
        ("from a import b\n", "imported, not listed: b"),
        ("__all__ = ['b']\n", "listed, not imported: b"),
        ("from a import B, A\n__all__ = ['B', 'A']\n", "__all__ is not sorted"),
        ("from a import A, b\n__all__ = ['b', 'A']\n", "__all__ is not sorted"),
        ("from a import A\n__all__ = ['A', 'A']\n", "__all__ is not sorted"),
    ],
)
def test_each_fault_is_seen(source: str, said: str) -> None:
    """A planted fault is named."""
    assert said in list(faults(source))
