"""The page about staff says what each permission opens."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from custaccount.kernel.access import STAFF_PERMISSIONS
from tests.house import build

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "staff.md"


def opened() -> dict[str, set[str]]:
    """Collect what each permission opens: whole services, else single methods of one."""
    asked: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for one in build().accounts.operations.values():
        service, verb = one.name.split(".")
        asked[service][verb] = {
            requirement.permission.name for requirement in one.asked if requirement.permission
        }
    found = defaultdict(set)
    for service, verbs in asked.items():
        for verb, names in verbs.items():
            whole = all(other == names for other in verbs.values())
            for name in names:
                found[name].add(service if whole else f"{service}.{verb}")
    return {one.name: found[one.name] for one in STAFF_PERMISSIONS}


def told(page: str) -> dict[str, set[str]]:
    """Read the table; two permissions in a row have one cell each, or share its services."""
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| (.*) \|$", page, re.MULTILINE)
    found = {}
    for named, services in rows:
        names, listed = re.findall(r"`(\w+)`", named), re.findall(r"`([\w.]+)`", services)
        shares = [[one] for one in listed] if len(names) > 1 else [listed]
        found |= {name: set(share) for name, share in zip(names, shares, strict=True)}
    return found


def test_the_table_says_what_each_permission_opens() -> None:
    """As every method declares it."""
    assert told(PAGE.read_text("utf-8")) == opened()


def test_a_service_that_is_left_out_is_missed() -> None:
    """The check can fail."""
    page = PAGE.read_text("utf-8").replace("`login_desk`, ", "")

    assert told(page) != opened()
