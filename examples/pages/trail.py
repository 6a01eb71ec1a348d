"""What happened to a company, for its administrators and in their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import attrs

from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.i18n import Language, Text, catalogue
from custaccount.kernel.ids import Cursor
from custaccount.membership import Role
from custaccount.membership.trail import CompanyEntry
from custaccount.membership.words import DEPTHS, PERMISSIONS
from pages.asking import Answer, Asked, Route, page
from pages.happened import happened

GRANT = re.compile(r"([^,()]+) \(([^()]+)\)")
"""A permission and how far it reaches, as an entry writes them."""


@attrs.frozen(kw_only=True)
class Told:
    """An entry in the reader's words."""

    entry: CompanyEntry
    what: str
    roles: str
    """The roles it is about."""
    changes: Sequence[tuple[str, str | None, str | None]]
    """What was changed: the name of the field, before and after."""


def trail(asked: Asked) -> Answer:
    """List the newest 50 entries, or 50 more."""
    member, cursor = asked.visit.member(), asked.named("cursor")
    found = asked.shop.accounts.trail.latest(member, Cursor(cursor) if cursor else None)
    language = asked.visit.language()
    return page(
        "trail.html",
        page=found,
        rows=[_told(language, entry) for entry in found.items],
        continued=bool(cursor),
    )


def _told(language: Language, entry: CompanyEntry) -> Told:
    return Told(
        entry=entry,
        what=happened(entry.event, language),
        roles=", ".join(_name(language, role) for role in entry.roles),
        changes=[
            (
                one.field,
                _value(language, one.field, one.before),
                _value(language, one.field, one.after),
            )
            for one in entry.changes
        ],
    )


def _name(language: Language, role: Role) -> str:
    return Text(role.name).in_(language) if role.shipped else role.name


def _value(language: Language, field: str, value: str | None) -> str | None:
    if value is None:
        return None
    match field:
        case "roles":
            return ", ".join(map(catalogue(language).gettext, value.split(", ")))
        case "grants":
            return GRANT.sub(partial(_grant, language), value)
        case _:
            return value


def _grant(language: Language, found: re.Match[str]) -> str:
    permission, depth = Permission(found[1].strip()), Depth(found[2])
    words = [Text(PERMISSIONS[permission]).in_(language)]
    if depth is not Depth.CUSTOMER:
        words.append(f"({Text(DEPTHS[depth]).in_(language)})")
    space = " " if found[1].startswith(" ") else ""
    return space + " ".join(words)


ROUTES: Sequence[Route] = (Route(name="trail", path="/users/trail", show=trail),)
