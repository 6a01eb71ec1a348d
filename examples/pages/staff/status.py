"""Where a customer stands: its status, its groups, and the functions it is offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from custaccount.customers import Customer, CustomerGroup
from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidFields, Problem, Stale
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.ids import CustomerGroupId, CustomerId
from custaccount.membership.explaining import told
from custaccount.portals import CustomerStatus
from pages.asking import Answer, Asked, Filled, Page, Route, go, page
from pages.staff import features
from pages.staff.asked import chosen, staffed

ON = "on"
LAST = 1_000_000
"""The place of a group that is ticked without one: behind all the others."""


def status(asked: Asked, staff: Staff, customer: str) -> Answer:
    """Show where a customer stands."""
    kept = asked.shop.accounts.customer_desk.look(staff, CustomerId(customer))
    groups = asked.shop.accounts.group_desk.all(staff)
    form = Filled(typed=_written(asked, kept, groups))
    return _status(asked, staff, kept, form, version=kept.version, said=asked.said("saved"))


def change(asked: Asked, staff: Staff, customer: str) -> Answer:
    """Change it; the customer's users feel it at their next call."""
    desk, name = asked.shop.accounts.customer_desk, CustomerId(customer)
    kept, version = desk.look(staff, name), asked.number("version")
    groups = asked.shop.accounts.group_desk.all(staff)
    sent = {field: asked.field(field) for field in _written(asked, kept, groups)}
    try:
        desk.change(
            staff,
            name,
            version=version,
            status=chosen(CustomerStatus, asked.field("status")),
            groups=_ordered(asked, groups),
            features=features.read(asked),
        )
    except InvalidFields as error:
        form = Filled(typed=sent, error=error)
        return _status(asked, staff, kept, form, version=version)
    except Stale as error:
        kept = desk.look(staff, name)
        form = Filled(typed=sent, error=error, now=_written(asked, kept, groups))
        return _status(asked, staff, kept, form, version=kept.version)
    return go("staff_status", customer=customer, said="saved")


def _status(
    asked: Asked,
    staff: Staff,
    kept: Customer,
    form: Filled,
    *,
    version: int,
    said: str = "",
) -> Page:
    language, portal = asked.visit.language(), asked.visit.portal
    answers = asked.shop.accounts.access_desk.features(staff, portal.id, kept.id)
    return page(
        "staff_status.html",
        form.status,
        customer=kept,
        statuses=[(one.value, portal.policies.switches_of(one)) for one in CustomerStatus],
        groups=asked.shop.accounts.group_desk.all(staff),
        switches=features.switches(asked),
        now_on={features.field_of(one.feature): one.on for one in answers},
        why={features.field_of(one.feature): told(one).in_(language) for one in answers},
        places=[*form.typed],
        version=version,
        form=form,
        said=said,
    )


def _written(asked: Asked, kept: Customer, groups: Sequence[CustomerGroup]) -> Mapping[str, str]:
    """Write where a customer stands into the fields of the form."""
    placed = {one: str(place) for place, one in zip(count(1), kept.groups, strict=False)}
    return {
        "status": kept.status.value,
        **{f"group.{one.id}": ON * (one.id in placed) for one in groups},
        **{f"place.{one.id}": placed.get(one.id, "") for one in groups},
        **features.written(asked, kept.features),
    }


def _ordered(asked: Asked, groups: Sequence[CustomerGroup]) -> tuple[CustomerGroupId, ...]:
    """Read which groups are ticked, in the order of their places.

    Raises:
        InvalidFields: a place is no number, or that of another group.
    """
    places: dict[CustomerGroupId, int] = {}
    problems = []
    for one in groups:
        field = f"place.{one.id}"
        if not asked.field(f"group.{one.id}"):
            continue
        place = asked.number(field) if asked.field(field).strip() else LAST
        if place < 1:
            problems.append(_problem(field, N_("A number from 1 on.")))
        elif place != LAST and place in places.values():
            problems.append(_problem(field, N_("Another group has this place already.")))
        places[one.id] = place
    if problems:
        raise InvalidFields(problems=tuple(problems))
    return tuple(sorted(places, key=places.__getitem__))


def _problem(field: str, text: str) -> Problem:
    return Problem(field=field, code="customers.invalid", text=Text(text))


ROUTES: Sequence[Route] = (
    Route(
        name="staff_status",
        path="/staff/customers/<customer>/status",
        show=staffed(status),
        do=staffed(change),
    ),
)
