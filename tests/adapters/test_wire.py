"""What values look like outside comes back as it was."""

from __future__ import annotations

import gc
import importlib
import json
import pkgutil
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
import pytest

import custaccount
from custaccount.adapters import wire
from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.events import Event
from custaccount.kernel.features import PRICES
from custaccount.kernel.ids import FeatureKey, RoleId
from custaccount.membership.roles import Role
from custaccount.portals import CustomerStatus, Policies
from custaccount.portals.statuses import ALL_OFF, ALL_ON

E = TypeVar("E")

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def all_events() -> set[type[Event]]:
    """Collect every event class of the package."""
    for module in pkgutil.walk_packages(custaccount.__path__, "custaccount."):
        if not any(
            part in module.name for part in (".adapters", ".integrations", ".conformance", ".cli")
        ):
            importlib.import_module(module.name)
    gc.collect()  # attrs makes a slotted class anew; the first one must be gone
    found = [Event]
    for one in found:
        found += one.__subclasses__()
    return {one for one in found[1:] if one.__module__.startswith("custaccount.")}


def sample(kind: Any) -> object:  # noqa: ANN401
    """Make a value of a type an event may carry."""
    kind = getattr(kind, "__supertype__", kind)
    if get_origin(kind) is tuple:
        return (sample(get_args(kind)[0]),) * 2
    if get_origin(kind) in {UnionType, Union}:
        return sample(get_args(kind)[0])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    if attrs.has(kind):
        return an_event(kind)
    values = {str: "Größe 🧵 \\ \"'", int: 7, Decimal: Decimal("9.90"), datetime: NOON}
    return values[kind]


def an_event(kind: type[E]) -> E:
    """Make an event, or a part of one, with something in every attribute."""
    hints = get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in attrs.fields(kind)})


def test_every_event_can_be_read() -> None:
    """The table of events has them all, under their names."""
    assert set(wire.EVENTS.values()) == all_events()
    assert all(name == event.name for name, event in wire.EVENTS.items())


@pytest.mark.parametrize("kind", wire.EVENTS.values(), ids=wire.EVENTS.keys())
def test_an_event_comes_back_as_it_was(kind: type[Event]) -> None:
    """Through plain JSON, to the microsecond and the last digit."""
    event = an_event(kind)

    text = wire.write(event)

    assert wire.read_event(event.name, text) == event
    assert json.loads(text)["at"] == "2026-03-02T12:00:00.123456+00:00"


def test_what_may_be_missing_may_be_missing() -> None:
    """None comes back as None."""
    kind = wire.EVENTS["credentials.sign_in_failed"]
    event = attrs.evolve(an_event(kind), user=None)

    assert wire.read_event(event.name, wire.write(event)) == event


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders.forgotten", "{}"),
        ("portals.opened", "{}"),
        ("portals.opened", "no JSON"),
        ("portals.opened", '{"at": "yesterday", "portal": "p"}'),
        ("portals.opened", '{"at": "2026-03-02T12:00:00", "portal": "p"}'),
    ],
)
def test_an_event_that_cannot_be_read_is_told_as_such(name: str, text: str) -> None:
    """Of another version, or damaged."""
    with pytest.raises(wire.EventUnknown):
        wire.read_event(name, text)


def test_spans_are_exact() -> None:
    """A span of time keeps its microseconds."""
    policies = Policies(
        reset_lifetime=timedelta(hours=1, microseconds=1), session_longest=timedelta(days=30)
    )

    assert wire.read(wire.write(policies), Policies) == policies


def test_what_is_switched_comes_back() -> None:
    """Functions by their keys, and what a status allows by its word."""
    hold = attrs.evolve(ALL_ON, order=False)
    policies = Policies(
        features={PRICES: False, FeatureKey("größe"): True},
        switches={CustomerStatus.ON_HOLD: hold, CustomerStatus.CLOSED: ALL_OFF},
    )

    text = wire.write(policies)

    assert wire.read(text, Policies) == policies
    assert json.loads(text)["switches"]["on hold"]["order"] is False


def test_a_role_comes_back() -> None:
    """What it grants by its words, each as far as it reaches."""
    grants = {Permission.SEE_ORDERS: Depth.OWN, Permission.PLACE_ORDERS: Depth.SUBTREE}
    roles = (Role(id=RoleId("r"), name="Größe", grants=grants),)

    text = wire.write(roles)

    assert wire.read(text, tuple[Role, ...]) == roles
    assert json.loads(text)[0]["grants"] == {
        "see orders": "own",
        "place orders": "with subsidiaries",
    }


def test_what_is_left_out_has_its_default() -> None:
    """A policy that came with a later version."""
    assert wire.read('{"password_shortest": 14}', Policies) == Policies(password_shortest=14)


def test_moments_are_written_in_utc() -> None:
    """Whatever zone they came in."""
    kind = wire.EVENTS["portals.opened"]
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))

    event = attrs.evolve(an_event(kind), at=berlin)

    assert wire.write(event) == wire.write(attrs.evolve(event, at=NOON))
