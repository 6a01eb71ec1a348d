"""Colleagues: who is staff, and what each may do."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.kernel.access import Permission, PermissionMissing, Staff
from custaccount.kernel.errors import AlreadyThere, CustAccountError, InvalidInput
from custaccount.kernel.ids import StaffId
from custaccount.staff import LastStaffManager, StaffMember, StaffNotFound
from pages.asking import Answer, Asked, Filled, Page, Route, go, page
from pages.staff.asked import PERMISSIONS, staffed

Refused = (InvalidInput, AlreadyThere, PermissionMissing, LastStaffManager)


def people(asked: Asked, staff: Staff) -> Answer:
    """List who is staff."""
    return _people(asked, staff, Filled())


def appoint(asked: Asked, staff: Staff) -> Answer:
    """Make somebody a staff member; the first password is shown once, right away."""
    granted = _ticked(asked)
    try:
        made = asked.shop.accounts.staff_desk.appoint(
            staff,
            email=asked.field("email"),
            name=asked.field("name").strip(),
            permissions=granted,
        )
    except Refused as error:
        sent = {"email": asked.field("email"), "name": asked.field("name")}
        sent |= {one.value: "on" for one in granted}
        return _people(asked, staff, Filled(typed=sent, error=error))
    return page("staff_handed.html", handed=made)


def _people(asked: Asked, staff: Staff, form: Filled) -> Page:
    staff.require(Permission.MANAGE_STAFF)
    return page(
        "staff_people.html",
        form.status,
        people=asked.shop.accounts.staff_desk.all(staff),
        permissions=PERMISSIONS,
        form=form,
    )


def member(asked: Asked, staff: Staff, member: str) -> Answer:
    """Show what a colleague may do."""
    return _member(asked, staff, StaffId(member), None, asked.said("granted", "blocked", "back"))


def change(asked: Asked, staff: Staff, member: str) -> Answer:
    """Grant, block, let in again, or hand out another first password."""
    name, desk = StaffId(member), asked.shop.accounts.staff_desk
    try:
        match asked.field("do"):
            case "password":
                return page("staff_handed.html", handed=desk.new_password(staff, name))
            case "block":
                desk.block(staff, name)
                said = "blocked"
            case "unblock":
                desk.unblock(staff, name)
                said = "back"
            case _:
                desk.grant(staff, name, _ticked(asked))
                said = "granted"
    except Refused as error:
        return _member(asked, staff, name, error)
    return go("staff_member", member=member, said=said)


def _member(
    asked: Asked, staff: Staff, name: StaffId, error: CustAccountError | None, said: str = ""
) -> Page:
    form = Filled(error=error)
    kept = _kept(asked, staff, name)
    return page(
        "staff_member.html",
        form.status,
        member=kept,
        granted={one.value for one in kept.permissions_in(staff.realm)},
        permissions=PERMISSIONS,
        form=form,
        said=said,
    )


def _kept(asked: Asked, staff: Staff, name: StaffId) -> StaffMember:
    found = (one for one in asked.shop.accounts.staff_desk.all(staff) if one.id == name)
    kept = next(found, None)
    if kept is None:
        raise StaffNotFound
    return kept


def _ticked(asked: Asked) -> frozenset[Permission]:
    named = {one.value: one for one in PERMISSIONS}
    return frozenset(named[one] for one in asked.form.getlist("permission") if one in named)


ROUTES: Sequence[Route] = (
    Route(name="staff_people", path="/staff/people", show=staffed(people), do=staffed(appoint)),
    Route(
        name="staff_member",
        path="/staff/people/<member>",
        show=staffed(member),
        do=staffed(change),
    ),
)
