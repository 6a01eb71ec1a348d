"""Portals: what each decides, changed while it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from custaccount.facilities.fields import STANDARD, FieldKind
from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidFields, Stale
from custaccount.kernel.i18n import Language, Text
from custaccount.kernel.ids import PortalId
from custaccount.portals import (
    AccountKind,
    ActivationMode,
    LoginId,
    Portal,
    RegistrationMode,
)
from custaccount.portals.rules import LIFETIMES, checked
from pages.asking import Answer, Asked, Filled, Page, Route, go, page
from pages.staff import features
from pages.staff.asked import staffed
from pages.staff.decisions import (
    SWITCHED,
    SWITCHES,
    UNITS,
    Decisions,
    in_words,
    read,
    switch,
    written,
)

NOT_OFFERED = frozenset({FieldKind.COUNTRY, FieldKind.POSTAL_CODE})
"""What a field of the portal's own is not: there is one of each, and it is a standard one."""

PLACES = ("languages", "policies.account_kinds", "policies.fields", "policies.features")
"""Where the page says what is wrong with several of its fields at once."""


def portals(asked: Asked, staff: Staff) -> Answer:
    """List the seller's portals, on or off."""
    return page("staff_portals.html", portals=asked.shop.accounts.portal_desk.all(staff))


def portal(asked: Asked, staff: Staff, portal: str) -> Answer:
    """Show what a portal decides."""
    kept = asked.shop.accounts.portal_desk.get(staff, PortalId(portal))
    form = Filled(typed=written(asked, kept))
    return _portal(
        asked, staff, kept, form, version=kept.version, said=asked.said("saved", "on", "off")
    )


def change(asked: Asked, staff: Staff, portal: str) -> Answer:
    """Change it, or switch it on or off; nobody who is in the portal stands in the dark."""
    desk, name = asked.shop.accounts.portal_desk, PortalId(portal)
    here = name == asked.visit.portal.id
    match asked.field("do"):
        case "open":
            desk.open(staff, name)
            return go("staff_portal", portal=portal, said="on")
        case "close" if not here:
            desk.close(staff, name)
            return go("staff_portal", portal=portal, said="off")
        case _:
            return _change(asked, staff, name)


def _change(asked: Asked, staff: Staff, name: PortalId) -> Answer:
    desk = asked.shop.accounts.portal_desk
    kept, version = desk.get(staff, name), asked.number("version")
    decided = read(asked, kept)
    try:
        _refuse_unreadable(kept, decided)
        desk.change(
            staff,
            name,
            version=version,
            name=decided.name,
            languages=decided.languages,
            time_zone=decided.time_zone,
            policies=decided.policies,
        )
    except InvalidFields as error:
        return _portal(
            asked, staff, kept, Filled(typed=decided.typed, error=error), version=version
        )
    except Stale as error:
        form = Filled(typed=decided.typed, error=error, now=written(asked, kept))
        return _portal(asked, staff, kept, form, version=kept.version)
    return go("staff_portal", portal=name, said="saved")


def _refuse_unreadable(kept: Portal, decided: Decisions) -> None:
    """Refuse what could not even be read, together with all else that does not hold."""
    if not decided.problems:
        return
    wanted = attrs.evolve(
        kept,
        name=decided.name,
        languages=decided.languages,
        time_zone=decided.time_zone,
        policies=decided.policies,
    )
    problems = decided.problems
    try:
        checked(wanted)
    except InvalidFields as error:
        problems += error.problems
    raise InvalidFields(problems=problems)


def _portal(
    asked: Asked, staff: Staff, kept: Portal, form: Filled, *, version: int, said: str = ""
) -> Page:
    language = asked.visit.language()
    own = [field for field in kept.policies.fields if field.key not in STANDARD]
    return page(
        "staff_portal.html",
        form.status,
        kept=kept,
        stands_here=kept.id == asked.visit.portal.id,
        version=version,
        form=form,
        said=said,
        ranges=asked.shop.accounts.number_desk.all(staff),
        registrations=RegistrationMode,
        kinds=AccountKind,
        activations=ActivationMode,
        logins=LoginId,
        languages_known=Language,
        standard=[(key, Text(name).in_(language)) for key, (_, name) in STANDARD.items()],
        own=own,
        field_kinds=[kind for kind in FieldKind if kind not in NOT_OFFERED],
        lifetimes={name: tuple(map(in_words, bounds)) for name, bounds in LIFETIMES.items()},
        units=UNITS,
        switches=features.switches(asked),
        statuses=[(one.value, {name: switch(one, name) for name in SWITCHES}) for one in SWITCHED],
        places=[*form.typed, *PLACES, *(f"policies.fields.{key}" for key in _fields(kept, form))],
    )


def _fields(kept: Portal, form: Filled) -> Iterator[str]:
    """Name the fields that are asked, or might be."""
    yield from STANDARD
    yield from (field.key for field in kept.policies.fields)
    yield form.value("new.key")


ROUTES: Sequence[Route] = (
    Route(name="staff_portals", path="/staff/portals", show=staffed(portals)),
    Route(
        name="staff_portal",
        path="/staff/portals/<portal>",
        show=staffed(portal),
        do=staffed(change),
    ),
)
