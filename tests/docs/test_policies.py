"""The page about policies is whole."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from custaccount.facilities.fields import FieldKind
from custaccount.portals import Policies

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "portal-policies.md"


def test_every_policy_and_every_kind_of_field_stands_in_a_table() -> None:
    """In the order of the class, and nothing that is gone."""
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert [name for name in listed if name.islower()] == [
        field.name for field in attrs.fields(Policies)
    ]
    assert [name for name in listed if name.isupper()] == [kind.name for kind in FieldKind]
