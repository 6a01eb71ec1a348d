"""Functions that are on, off, or left to whoever decides next, as the fields of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from custaccount.kernel.features import Switched
from custaccount.kernel.i18n import Text
from custaccount.kernel.ids import FeatureKey
from pages.asking import Asked

SAID: Mapping[bool | None, str] = {True: "on", False: "off", None: ""}
"""What a field holds; empty: left to whoever decides next."""
DECIDED = (SAID[True], SAID[False])


@attrs.frozen(kw_only=True)
class Switch:
    """A function as a form offers it."""

    key: FeatureKey
    field: str
    name: str
    on: bool
    """Whether it is on where nobody switched it."""


def switches(asked: Asked) -> Sequence[Switch]:
    """List the functions there are, with their fields."""
    language = asked.visit.language()
    return [
        Switch(key=one.key, field=field_of(one.key), name=Text(one.name).in_(language), on=one.on)
        for one in asked.shop.accounts.features
    ]


def written(asked: Asked, switched: Switched) -> dict[str, str]:
    """Write what somebody switched into the fields of the form."""
    return {field_of(one.key): SAID[switched.get(one.key)] for one in asked.shop.accounts.features}


def read(asked: Asked) -> dict[FeatureKey, bool]:
    """Read what is switched; a function there is none of any more is left out."""
    said = {one.key: asked.field(field_of(one.key)) for one in asked.shop.accounts.features}
    return {key: text == SAID[True] for key, text in said.items() if text in DECIDED}


def field_of(key: FeatureKey) -> str:
    """Name the field of a function."""
    return f"feature.{key}"
