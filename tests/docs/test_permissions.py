"""The page that says who may do what, compared with what is declared and checked.

``CUSTACCOUNT_WRITE_PERMISSIONS=1`` writes its tables as they are declared.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from custaccount.credentials import Session
from custaccount.kernel.access import MEMBER_PERMISSIONS, Depth, Member, Requirement, Staff
from custaccount.kernel.operations import Operation
from custaccount.membership import SHIPPED
from custaccount.portals import Portal
from tests.house import build

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "permissions.md"
BEFORE = {str: "an address", Portal: "an address", Session: "a session"}
MARKS = {Depth.NONE: "", Depth.OWN: "○", Depth.CUSTOMER: "●"}


def roles() -> str:
    """Write which permissions the shipped roles hold."""
    permissions = sorted(MEMBER_PERMISSIONS, key=lambda one: one.value)
    head = ["permission", *(role.name.lower() for role in SHIPPED)]
    rows = [
        [one.value, *(MARKS[role.grants.get(one, Depth.NONE)] for role in SHIPPED)]
        for one in permissions
    ]
    return table(head, "|---|" + ":-:|" * len(SHIPPED), rows)


def operations(declared: Sequence[Operation]) -> str:
    """Write what each operation asks."""
    rows = [
        [f"`{one.name}`", actor_of(one), asked_of(one.asked), function_of(one.asked)]
        for one in declared
    ]
    return table(["operation", "actor", "permission", "function"], "|---|---|---|---|", rows)


def actor_of(one: Operation) -> str:
    """Name the kind of actor; what makes actors takes an address or a session."""
    kinds = getattr(one.actor, "__args__", (one.actor,))
    return " or ".join(BEFORE.get(kind, kind.__name__.lower()) for kind in kinds)


def asked_of(asked: Sequence[Requirement]) -> str:
    """Name the permissions, with their depth where it is not all of the customer's."""
    named = [
        one.permission.value + ("" if one.depth is Depth.CUSTOMER else f" ({one.depth.value})")
        for one in asked
        if one.permission is not None
    ]
    return ", ".join(named) or ("none" if asked else "")


def function_of(asked: Sequence[Requirement]) -> str:
    """Name the functions."""
    return ", ".join(f"`{one.feature}`" for one in asked if one.feature is not None)


def table(head: Sequence[str], rule: str, rows: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    lines = ["".join(f"| {cell} " if cell else "| " for cell in row) + "|" for row in (head, *rows)]
    return "\n".join((lines[0], rule, *lines[1:]))


def part(text: str, name: str) -> tuple[int, int]:
    """Find what stands between a part's marks."""
    begun, ended = f"<!-- {name} -->\n", f"<!-- end {name} -->"
    return text.index(begun) + len(begun), text.index(ended)


def test_the_page_tells_what_is_declared() -> None:
    """Roles and operations alike: what a method checks first is what the page says."""
    declared = {
        "roles": roles(),
        "operations": operations(list(build().accounts.operations.values())),
    }
    for name, wanted in declared.items():
        text = PAGE.read_text("utf-8")
        begun, ended = part(text, name)
        if os.environ.get("CUSTACCOUNT_WRITE_PERMISSIONS"):
            PAGE.write_text(text[:begun] + wanted + "\n" + text[ended:], "utf-8")
            text = PAGE.read_text("utf-8")
            begun, ended = part(text, name)

        assert text[begun:ended].strip() == wanted, (
            "written anew with CUSTACCOUNT_WRITE_PERMISSIONS=1"
        )


def test_whoever_acts_for_somebody_is_asked() -> None:
    """No method that takes a member or staff declares nothing; what makes actors is another."""
    undeclared = {
        one.name
        for one in build().accounts.operations.values()
        if one.actor in {Member, Staff} and not one.asked
    }

    assert undeclared == set()
