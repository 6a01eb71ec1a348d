"""Rules of the house that neither linter nor type checker knows.

The import contracts stand in ``pyproject.toml``; here is tested that they name every module.
"""

from __future__ import annotations

import ast
import gc
import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import custaccount
from custaccount.kernel.errors import CustAccountError

SOURCE = Path(custaccount.__file__).parent
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads(
        Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8")
    )["tool"]["importlinter"]["contracts"]
}

GROUND = {"kernel", "facilities", "notifications"}
AROUND = {
    "accounts",
    "chores",
    "adapters",
    "cli",
    "configuration",
    "conformance",
    "doctor",
    "integrations",
    "storage",
}
NOUNS_AND_NEEDS = {"__init__", "model", "ports"}
PURE = {
    "custaccount.credentials.devices",
    "custaccount.credentials.guard",  # who may guess: of users and of staff
    "custaccount.credentials.limits",
    "custaccount.credentials.passwords",
    "custaccount.membership.roles",
    "custaccount.membership.standing",
    "custaccount.membership.words",
    "custaccount.portals.addresses",
    "custaccount.portals.statuses",
}
"""Nouns of their own: the rules of a password, of who tries one, of how a portal is found, of what
a status leaves on, of who may grant what, and what all that is called."""
MOST_METHODS = 7


def sources(root: Path = SOURCE) -> dict[str, str]:
    """Read every module of a tree, by its dotted name."""
    return {
        ".".join(("custaccount", *path.relative_to(root).with_suffix("").parts)): path.read_text(
            encoding="utf-8"
        )
        for path in sorted(root.rglob("*.py"))
        if "migrations" not in path.parts
    }


def parts(modules: Mapping[str, str]) -> set[str]:
    """Name the rooms of the house: what stands directly under its root."""
    return {name.split(".")[1] for name in modules} - {"__init__"}


# Contracts --------------------------------------------------------------------------------------


def unprotected_verbs(modules: Mapping[str, str], protected: set[str]) -> set[str]:
    """Find modules of features that another feature could import though they are verbs."""
    features = parts(modules) - GROUND - AROUND
    return {
        name
        for name in modules
        if name.split(".")[1] in features
        and name.rpartition(".")[2] not in NOUNS_AND_NEEDS
        and name not in PURE | protected
    }


def test_every_verb_is_protected() -> None:
    """A feature's module beside model and ports is closed to other features."""
    protected = set(CONTRACTS["verbs"]["protected_modules"])

    assert unprotected_verbs(sources(), protected) == set()
    assert unprotected_verbs({"custaccount.orders.planted": ""}, protected) == {
        "custaccount.orders.planted"
    }


def test_every_room_has_its_arrows() -> None:
    """The contracts name every package there is, so that a new one begins with no arrow."""
    rooms = {f"custaccount.{room}" for room in parts(sources())}
    kernel, facilities = "custaccount.kernel", "custaccount.facilities"

    assert set(CONTRACTS["kernel"]["forbidden_modules"]) == rooms - {kernel}
    assert set(CONTRACTS["facilities"]["forbidden_modules"]) == rooms - {kernel, facilities}
    assert set(CONTRACTS["drivers"]["source_modules"]) == rooms - {
        "custaccount.adapters",
        "custaccount.cli",
        "custaccount.integrations",
    }
    guarded = {
        module
        for contract in CONTRACTS.values()
        if contract["type"] == "protected"
        for module in contract["protected_modules"]
    }
    assert rooms - guarded == {kernel}


# One door per library ---------------------------------------------------------------------------


def importers(modules: Mapping[str, str], library: str) -> set[str]:
    """Find the modules that import a library, wherever in them they do."""
    return {name for name, source in modules.items() if library in imported(source)}


def imported(source: str) -> set[str]:
    """List the top-level names of what a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found |= {alias.name.split(".")[0] for alias in names}
            case ast.ImportFrom(module=str() as module):
                found.add(module.split(".")[0])
    return found


@pytest.mark.parametrize(
    ("library", "door"),
    [
        ("itsdangerous", "custaccount.facilities.signing"),
        ("argon2", "custaccount.credentials.passwords"),
        ("zxcvbn", "custaccount.credentials.passwords"),
        ("secrets", "custaccount.kernel.sources"),
        ("uuid_utils", "custaccount.kernel.sources"),
        ("email_validator", "custaccount.kernel.text"),
    ],
)
def test_a_library_has_one_door(library: str, door: str) -> None:
    """What is delicate to use is used in one module."""
    assert importers(sources(), library) == {door}


def test_an_import_inside_a_function_counts() -> None:
    """A second door is seen wherever it is cut."""
    planted = {
        "a": "def f():\n    import secrets.x\n",
        "b": "from secrets import y\n",
        "c": "x = 1\n",
    }

    assert importers(planted, "secrets") == {"a", "b"}


# Ports ------------------------------------------------------------------------------------------


def port_faults(name: str, source: str) -> Iterator[str]:
    """Say which Protocols are too wide, or leave a duty unsaid."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef) or "Protocol" not in map(ast.unparse, node.bases):
            continue
        methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
        verbs = [one for one in methods if "property" not in map(ast.unparse, one.decorator_list)]
        if len(verbs) > MOST_METHODS:
            yield f"{name}.{node.name} has {len(verbs)} methods"
        yield from (
            f"{name}.{node.name}.{one.name} says no duty"
            for one in verbs
            if not ast.get_docstring(one) and not one.name.startswith("__")
        )


def test_ports_are_small_and_say_their_duty() -> None:
    """A port has at most seven methods, each with its promise."""
    assert [
        fault for name, source in sources().items() for fault in port_faults(name, source)
    ] == []


def test_a_wide_port_and_a_silent_one_are_seen() -> None:
    """Eight methods are too many, and a method without a docstring promises nothing."""
    methods = "".join(f"    def do_{number}(self): ...\n" for number in range(8))
    planted = f"class Wide(Protocol):\n{methods}"

    found = list(port_faults("planted", planted))

    assert found[0] == "planted.Wide has 8 methods"
    assert len(found) == 9


# Values and errors ------------------------------------------------------------------------------


def loose_values(name: str, source: str) -> Iterator[str]:
    """Find classes of a model that can change after they were made."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            made_by = {ast.unparse(one).split("(")[0] for one in node.decorator_list}
            if made_by & {"attrs.define", "attrs.mutable", "attr.s", "dataclass"}:
                yield f"{name}.{node.name}"


def test_values_are_frozen() -> None:
    """What a model or the kernel declares never changes; a change returns a new value."""
    models = {
        name: source
        for name, source in sources().items()
        if name.endswith(".model") or name.startswith("custaccount.kernel.")
    }

    assert [value for name, source in models.items() for value in loose_values(name, source)] == []
    assert list(loose_values("m", "@attrs.define\nclass Loose: ...\n")) == ["m.Loose"]


def errors() -> list[type[CustAccountError]]:
    """List every error of the house, the root first."""
    for module in pkgutil.walk_packages([str(SOURCE)], "custaccount."):
        if not re.search(r"\.(adapters|integrations|conformance|cli)\b", module.name):
            importlib.import_module(module.name)
    gc.collect()  # attrs makes a slotted class anew; the first one must be gone
    found: list[type[CustAccountError]] = [CustAccountError]
    for one in found:
        found += [sub for sub in one.__subclasses__() if sub not in found]
    return [one for one in found if one.__module__.startswith("custaccount.")]


def test_every_error_has_a_code_of_its_own() -> None:
    """A host can tell errors apart by code alone, and each says what to do by its family."""
    families = set(CustAccountError.__subclasses__())
    codes = [one.code for one in errors()]

    assert {one.__name__ for one in families} == {
        "Conflict",
        "InvalidInput",
        "NotAllowed",
        "NotFound",
        "Unavailable",
    }
    assert sorted(codes) == sorted(set(codes))
    assert [code for code in codes if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)?", code)] == []
