"""Customer groups: who is treated alike, and which functions are switched for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from custaccount.customers import CustomerGroup, CustomerGroupNotFound
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.errors import AlreadyThere, InvalidFields, Stale
from custaccount.kernel.ids import CustomerGroupId
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff import features
from pages.staff.asked import staffed

ASKED = ("key", "name")


def groups(asked: Asked, staff: Staff) -> Answer:
    """List the groups with what is switched for each."""
    return _groups(asked, staff, Filled(), asked.said("made"))


def make(asked: Asked, staff: Staff) -> Answer:
    """Make a group; nobody is in it."""
    try:
        asked.shop.accounts.group_desk.make(staff, key=asked.field("key"), name=asked.field("name"))
    except (InvalidFields, AlreadyThere) as error:
        return _groups(asked, staff, Filled(typed=typed(asked, ASKED), error=error))
    return go("staff_groups", said="made")


def _groups(asked: Asked, staff: Staff, form: Filled, said: str = "") -> Page:
    return page(
        "staff_groups.html",
        form.status,
        groups=asked.shop.accounts.group_desk.all(staff),
        switches=features.switches(asked),
        form=form,
        said=said,
    )


def group(asked: Asked, staff: Staff, group: str) -> Answer:
    """Show a group to be changed."""
    kept = _kept(asked, staff, group)
    form = Filled(typed=_written(asked, kept))
    return _group(asked, kept, form, kept.version, asked.said("saved"))


def change(asked: Asked, staff: Staff, group: str) -> Answer:
    """Rename it, or switch functions for all who are in it."""
    kept, version = _kept(asked, staff, group), asked.number("version")
    sent = {name: asked.field(name) for name in _written(asked, kept)}
    try:
        asked.shop.accounts.group_desk.change(
            staff,
            kept.id,
            version=version,
            name=asked.field("name"),
            features=features.read(asked),
        )
    except InvalidFields as error:
        return _group(asked, kept, Filled(typed=sent, error=error), version)
    except Stale as error:
        kept = _kept(asked, staff, group)
        form = Filled(typed=sent, error=error, now=_written(asked, kept))
        return _group(asked, kept, form, kept.version)
    return go("staff_group", group=group, said="saved")


def _group(asked: Asked, kept: CustomerGroup, form: Filled, version: int, said: str = "") -> Page:
    return page(
        "staff_group.html",
        form.status,
        kept=kept,
        switches=features.switches(asked),
        version=version,
        form=form,
        said=said,
    )


def _kept(asked: Asked, staff: Staff, name: str) -> CustomerGroup:
    found = (one for one in asked.shop.accounts.group_desk.all(staff) if one.id == name)
    kept = next(found, None)
    if kept is None:
        raise CustomerGroupNotFound
    return kept


def _written(asked: Asked, kept: CustomerGroup) -> dict[str, str]:
    return {"name": kept.name, **features.written(asked, kept.features)}


def named_groups(asked: Asked, staff: Staff) -> Mapping[CustomerGroupId, str]:
    """Name the groups, for who may know them."""
    if Permission.MANAGE_REGISTER not in staff.permissions:
        return {}
    return {one.id: one.name for one in asked.shop.accounts.group_desk.all(staff)}


ROUTES: Sequence[Route] = (
    Route(name="staff_groups", path="/staff/groups", show=staffed(groups), do=staffed(make)),
    Route(
        name="staff_group",
        path="/staff/groups/<group>",
        show=staffed(group),
        do=staffed(change),
    ),
)
