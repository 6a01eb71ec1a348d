"""The desk: what waits for staff; and what happened, for those who may look back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.ids import StaffId, UserId
from pages.asking import Answer, Asked, Route, page
from pages.happened import happened
from pages.staff.asked import cursor, staffed

NAMED_LONGEST = 100
"""Characters of an id that is looked for in the trail."""


def desk(asked: Asked, staff: Staff) -> Answer:
    """Show what waits; who looks after something else finds the way there."""
    waiting = None
    if Permission.MANAGE_ACCOUNTS in staff.permissions:
        waiting = asked.shop.accounts.waiting.waiting(staff)
    return page("staff_desk.html", waiting=waiting, said=asked.said("password_set"))


def trail(asked: Asked, staff: Staff) -> Answer:
    """List what happened last, of all or about one thing."""
    about, by = asked.named("about")[:NAMED_LONGEST], asked.named("by")[:NAMED_LONGEST]
    language = asked.visit.language()
    found = asked.shop.accounts.audit.latest(
        staff,
        about=about or None,
        by=UserId(by) if by else None,
        cursor=cursor(asked),
    )
    return page(
        "staff_audit.html",
        page=found,
        about=about,
        by=by,
        wanted={name: text for name, text in (("about", about), ("by", by)) if text},
        continued=bool(asked.named("cursor")),
        people=_people(asked, staff),
        words={one.event: happened(one.event, language) for one in found.items},
    )


def _people(asked: Asked, staff: Staff) -> Mapping[str, str]:
    """Name colleagues by their ids, for who may know them; oneself always."""
    known: dict[StaffId, str] = {staff.id: staff.name}
    if Permission.MANAGE_STAFF in staff.permissions:
        known |= {one.id: one.name for one in asked.shop.accounts.staff_desk.all(staff)}
    return {str(name): text for name, text in known.items()}


ROUTES: Sequence[Route] = (
    Route(name="staff", path="/staff", show=staffed(desk)),
    Route(name="staff_audit", path="/staff/audit", show=staffed(trail)),
)
