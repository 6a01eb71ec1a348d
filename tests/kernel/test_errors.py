"""Errors: five families, a code, facts, and a text made of them."""

from __future__ import annotations

from custaccount import Conflict, InvalidFields, Language, NotAllowed, Permission, Problem, Text
from custaccount.kernel.access import PermissionMissing
from custaccount.kernel.errors import AlreadyThere, Stale


def test_an_error_carries_its_facts() -> None:
    """A host reads attributes, not text."""
    stale = Stale(kind="user", id="u-1", version=3)

    assert dict(stale.facts) == {"kind": "user", "id": "u-1", "version": 3}
    assert isinstance(stale, Conflict)
    assert stale.code == "stale"


def test_all_problems_of_a_form_come_at_once() -> None:
    """Each names its field; the text names them all."""
    problems = tuple(
        Problem(field=field, code="x", text=Text("Needed, %(most)s at most.", {"most": 5}))
        for field in ("name", "key")
    )

    error = InvalidFields(problems=problems)

    assert str(error) == "name: Needed, 5 at most.; key: Needed, 5 at most."


def test_an_error_speaks_the_readers_language() -> None:
    """The catalogue is asked where it is shown, not where it is raised."""
    error = AlreadyThere(kind="portal")

    assert str(error) == error.text.in_(Language.EN)
    assert error.text.in_(Language.DE) != str(error)


def test_errors_are_told_apart_by_family() -> None:
    """What the caller can do decides the family."""
    missing = PermissionMissing(permission=Permission.SEE_ORDERS)

    assert isinstance(missing, NotAllowed)
    assert missing.permission is Permission.SEE_ORDERS
