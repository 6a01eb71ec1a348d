"""Errors: five families, a code, facts, and a text made of them."""

from __future__ import annotations

import copy
import gc
import importlib
import pickle
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import attrs
import pytest

import custaccount
from custaccount import (
    Conflict,
    CustAccountError,
    InvalidFields,
    Language,
    NotAllowed,
    Permission,
    Problem,
    Text,
)
from custaccount.kernel.access import PermissionMissing
from custaccount.kernel.errors import AlreadyThere, Stale
from custaccount.kernel.features import ORDER_HISTORY
from custaccount.kernel.ids import OrderId, OrderLineId, PlanToken, RangeKey
from custaccount.kernel.money import Currency
from custaccount.ordering import ReorderPlan


def test_an_error_carries_its_facts() -> None:
    """A host reads attributes, not text."""
    stale = Stale(kind="user", id="u-1", version=3)

    assert dict(stale.facts) == {"kind": "user", "id": "u-1", "version": 3}
    assert isinstance(stale, Conflict)
    assert stale.code == "stale"


def test_all_problems_of_a_form_come_at_once() -> None:
    """Each names its field; the text names them all."""
    problems = tuple(
        Problem(field=field, code="x", text=Text("Needed, %(most)s at most.", {"most": 5}))
        for field in ("name", "key")
    )

    error = InvalidFields(problems=problems)

    assert str(error) == "name: Needed, 5 at most.; key: Needed, 5 at most."


def test_an_error_speaks_the_readers_language() -> None:
    """The catalogue is asked where it is shown, not where it is raised."""
    error = AlreadyThere(kind="portal")

    assert str(error) == error.text.in_(Language.EN)
    assert error.text.in_(Language.DE) != str(error)


def test_errors_are_told_apart_by_family() -> None:
    """What the caller can do decides the family."""
    missing = PermissionMissing(permission=Permission.SEE_ORDERS)

    assert isinstance(missing, NotAllowed)
    assert missing.permission is Permission.SEE_ORDERS


# Errors that travel -----------------------------------------------------------------------------

PROBLEM = Problem(field="name", code="x", text=Text("Needed, %(most)s at most.", {"most": 5}))
SAMPLES: Mapping[str, object] = {
    "CurrenciesDiffer.one": Currency("EUR"),
    "CurrenciesDiffer.other": Currency("SEK"),
    "LinesUnknown.lines": (OrderLineId("l-1"), OrderLineId("l-2")),
    "PostalCodeInvalid.example": "12345",
    "PermissionMissing.permission": Permission.SEE_ORDERS,
    "PlanChanged.plan": ReorderPlan(
        order=OrderId("o-1"),
        lines=(),
        token=PlanToken("t"),
    ),
    "problems": (PROBLEM, attrs.evolve(PROBLEM, field="key")),
    "kind": "portal address",
    "id": "u-1",
    "version": 3,
    "most": 10_000,
    "why": "no column erp_id",
    "range": RangeKey("web"),
    "looked_at": 100,
    "latest": "W00042",
    "fields": ("prefix", "width"),
    "wait": timedelta(minutes=5),
    "longest": 100,
    "feature": ORDER_HISTORY,
    "holders": "Ann, Bob",
}
"""Facts of errors, by name, or by error and name; a fact that is new needs a sample."""


def classes() -> Iterator[type[CustAccountError]]:
    """List every error of the house, the root first; hosts and drivers have none to import."""
    for module in pkgutil.walk_packages(custaccount.__path__, "custaccount."):
        if not re.search(r"\.(adapters|cli|conformance|django|flask)\b", module.name):
            importlib.import_module(module.name)
    gc.collect()  # attrs makes a slotted class anew; the first one must be gone
    found: list[type[CustAccountError]] = [CustAccountError]
    for one in found:
        found += [sub for sub in one.__subclasses__() if sub not in found]
    return (one for one in found if one.__module__.startswith("custaccount."))


ERRORS = dict(sorted((f"{kind.__module__}.{kind.__name__}", kind) for kind in classes()))


def sample(kind: type[CustAccountError]) -> CustAccountError:
    """Make an error with facts."""
    names = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else []
    facts = {name: SAMPLES.get(f"{kind.__name__}.{name}", SAMPLES.get(name)) for name in names}
    assert None not in facts.values(), f"{kind.__name__} has a fact without a sample: {facts}"
    return kind(**facts)


def through(protocol: int) -> Callable[[CustAccountError], CustAccountError]:
    """Send an error to another process."""

    def sent(error: CustAccountError) -> CustAccountError:
        found: CustAccountError = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - ours
        return found

    return sent


WAYS: Mapping[str, Callable[[CustAccountError], CustAccountError]] = {
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    **{f"pickle {one}": through(one) for one in range(pickle.HIGHEST_PROTOCOL + 1)},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_arrives_as_it_left(name: str, way: str) -> None:
    """A queue, a cache or another process gets the same class, code, facts and text."""
    error = sample(ERRORS[name])

    arrived = WAYS[way](error)

    assert arrived is not error
    assert type(arrived) is type(error)
    assert arrived.code == error.code
    assert dict(arrived.facts) == dict(error.facts)
    assert str(arrived) == str(error) != ""
    assert arrived.text == error.text
    for language in Language:
        assert arrived.text.in_(language) == error.text.in_(language)


def test_every_error_is_found() -> None:
    """The walk reaches the whole house, down to errors of errors."""
    assert len(ERRORS) >= 30
    assert "custaccount.accounts.ConfigurationRefused" in ERRORS
    assert "custaccount.integrations.answers.FormRefused" in ERRORS


def test_an_error_that_arrived_can_be_raised() -> None:
    """Frozen facts, but an exception like any other: it takes a traceback and a cause."""
    arrived = pickle.loads(pickle.dumps(sample(Stale)))  # noqa: S301 - ours

    with pytest.raises(Stale) as raised:
        raise arrived from KeyError("rival")

    assert isinstance(raised.value.__cause__, KeyError)
    assert raised.value.version == 3
