"""What every page of the staff's has in common: who is at it, and what happens if that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeVar

import attrs

from custaccount.integrations.answers import status_of
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, PermissionMissing, Staff
from custaccount.kernel.errors import Conflict, InvalidInput, NotFound
from custaccount.kernel.ids import Cursor
from pages.asking import Answer, Asked, Page, View, page

PERMISSIONS = tuple(sorted(STAFF_PERMISSIONS, key=lambda permission: permission.value))
"""Everything staff can be granted, in the order it is shown."""

Named = TypeVar("Named", bound=Enum)
StaffView = Callable[..., Answer]
"""Gets what was asked, who asks, and what the path names."""


def staffed(view: StaffView) -> View:
    """Ask for a staff session before a view, and say what went wrong within the staff's pages."""

    def answer(asked: Asked, **values: str) -> Answer:
        staff = asked.visit.staff()
        try:
            answered = view(asked, staff, **values)
        except (PermissionMissing, NotFound, Conflict, InvalidInput) as error:
            answered = page("staff_error.html", status_of(error), error=error)
        return framed(answered, staff) if isinstance(answered, Page) else answered

    return answer


def framed(answer: Page, staff: Staff | None) -> Page:
    """Add what the head of the staff's pages shows."""
    may = staff.permissions if staff else frozenset[Permission]()
    around: Mapping[str, object] = {
        "staff": staff,
        "may": frozenset(permission.value for permission in may),
    }
    return attrs.evolve(answer, facts={**around, **answer.facts})


def chosen(options: type[Named], value: str) -> Named | None:
    """Return the option of a value, or None if there is none."""
    return next((option for option in options if option.value == value), None)


def cursor(asked: Asked) -> Cursor | None:
    """Return where the address says that a list goes on."""
    named = asked.named("cursor")
    return Cursor(named) if named else None
