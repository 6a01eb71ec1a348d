"""Number ranges: where new customers get their numbers from."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.facilities.numbers import (
    WIDEST,
    NumberRange,
    NumberRangeNotFound,
    RangeInUse,
    RangesOverlap,
)
from custaccount.kernel.access import Staff
from custaccount.kernel.errors import AlreadyThere, InvalidFields, Stale
from custaccount.kernel.ids import RangeKey
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff.asked import staffed

ASKED = ("key", "prefix", "width", "first", "last", "warn_at", "gapless")
BEGINNING = {"width": "5", "first": "1", "last": "99999", "warn_at": "100", "gapless": "on"}
NONE = -1
"""What is no number; every rule refuses it."""

Refused = (InvalidFields, AlreadyThere, RangesOverlap, RangeInUse, Stale)


def numbers(asked: Asked, staff: Staff) -> Answer:
    """List the ranges with what is left of each."""
    return _numbers(asked, staff, Filled(typed=BEGINNING), asked.said("reserved", "changed"))


def reserve(asked: Asked, staff: Staff) -> Answer:
    """Set numbers aside."""
    try:
        asked.shop.accounts.number_desk.reserve(
            staff,
            key=asked.field("key"),
            prefix=asked.field("prefix"),
            width=whole(asked, "width"),
            first=whole(asked, "first"),
            last=whole(asked, "last"),
            warn_at=whole(asked, "warn_at"),
            gapless=bool(asked.field("gapless")),
        )
    except (InvalidFields, AlreadyThere, RangesOverlap) as error:
        return _numbers(asked, staff, Filled(typed=typed(asked, ASKED), error=error))
    return go("staff_numbers", said="reserved")


def _numbers(asked: Asked, staff: Staff, form: Filled, said: str = "") -> Page:
    ranges = asked.shop.accounts.number_desk.all(staff)
    return page("staff_numbers.html", form.status, ranges=ranges, form=form, said=said)


def number_range(asked: Asked, staff: Staff, range: str) -> Answer:
    """Show a range to be changed."""
    kept = _kept(asked, staff, range)
    return _range(kept, Filled(typed=_fields_of(kept)), kept.version)


def change(asked: Asked, staff: Staff, range: str) -> Answer:
    """Change it: what is made of handed out numbers stays as it is."""
    kept = _kept(asked, staff, range)
    used = kept.taken > 0
    version = asked.number("version")
    try:
        asked.shop.accounts.number_desk.change(
            staff,
            kept.key,
            prefix=kept.prefix if used else asked.field("prefix"),
            width=kept.width if used else whole(asked, "width"),
            first=kept.first if used else whole(asked, "first"),
            last=whole(asked, "last"),
            warn_at=whole(asked, "warn_at"),
            gapless=kept.gapless if used else bool(asked.field("gapless")),
            version=version,
        )
    except Refused as error:
        now = {}
        if isinstance(error, Stale):
            kept = _kept(asked, staff, range)
            now, version = _fields_of(kept), kept.version
        sent = _fields_of(kept) | {
            name: text for name, text in typed(asked, ASKED).items() if text or not used
        }
        return _range(kept, Filled(typed=sent, error=error, now=now), version)
    return go("staff_numbers", said="changed")


def _range(kept: NumberRange, form: Filled, version: int) -> Page:
    return page(
        "staff_number_range.html",
        form.status,
        range=kept,
        used=kept.taken > 0,
        version=version,
        form=form,
    )


def _kept(asked: Asked, staff: Staff, key: str) -> NumberRange:
    ranges = {one.key: one for one in asked.shop.accounts.number_desk.all(staff)}
    found = ranges.get(RangeKey(key))
    if found is None:
        raise NumberRangeNotFound
    return found


def _fields_of(kept: NumberRange) -> dict[str, str]:
    return {
        "key": kept.key,
        "prefix": kept.prefix,
        "width": str(kept.width),
        "first": str(kept.first),
        "last": str(kept.last),
        "warn_at": str(kept.warn_at),
        "gapless": "on" if kept.gapless else "",
    }


def whole(asked: Asked, name: str) -> int:
    """Read a number of as many digits as a range may have."""
    text = asked.field(name).strip()
    fits = text.isascii() and text.isdecimal() and len(text) <= WIDEST
    return int(text) if fits else NONE


ROUTES: Sequence[Route] = (
    Route(name="staff_numbers", path="/staff/numbers", show=staffed(numbers), do=staffed(reserve)),
    Route(
        name="staff_number_range",
        path="/staff/numbers/<range>",
        show=staffed(number_range),
        do=staffed(change),
    ),
)
