"""The page about policies is whole."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from custaccount.facilities.fields import FieldKind
from custaccount.portals import SWITCHES, CustomerStatus, Policies

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "portal-policies.md"


def test_every_policy_and_every_kind_of_field_stands_in_a_table() -> None:
    """In the order of the class, and nothing that is gone."""
    statuses = [status.name for status in CustomerStatus]
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    upper = [name for name in listed if name.isupper()]

    assert [name for name in listed if name.islower()] == [
        field.name for field in attrs.fields(Policies)
    ]
    assert upper == [kind.name for kind in FieldKind] + statuses


def test_the_table_of_statuses_says_what_each_allows() -> None:
    """A mark where a switch is on, for every status, where a portal decides nothing else."""
    rows = re.findall(r"^\| `([A-Z_]+)` ((?:\| ●? ?){4})\|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert {name: tuple("●" in cell for cell in marks.split("|")[1:]) for name, marks in rows} == {
        status.name: attrs.astuple(SWITCHES[status]) for status in CustomerStatus
    }
