"""Every public service method of the house, read from the composition root itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import get_args, get_type_hints

import attrs

from custaccount.accounts import CustomerAccounts


@attrs.frozen
class Method:
    """A public method of a service, with its declared types."""

    name: str
    """``orders.newest``"""
    parameters: Mapping[str, object]
    """Types by name, without ``self``."""
    returns: object
    call: Callable[..., object]


def methods_of(accounts: CustomerAccounts) -> Mapping[str, Method]:
    """Find all services among the attributes, and all their public methods."""
    found = {}
    for attribute, service in vars(accounts).items():
        if attribute.startswith("_"):
            continue
        for name, function in inspect.getmembers(type(service), inspect.isfunction):
            if name.startswith("_"):
                continue
            hints = get_type_hints(function)
            parameters = list(inspect.signature(function).parameters)[1:]
            method = Method(
                name=f"{attribute}.{name}",
                parameters={parameter: hints[parameter] for parameter in parameters},
                returns=hints["return"],
                call=getattr(service, name),
            )
            found[method.name] = method
    return found


def parts_of(kind: object) -> Iterator[object]:
    """Take a type apart: ``Sequence[OrderId] | None`` is made of four."""
    if isinstance(kind, list):  # the arguments of a callable
        for part in kind:
            yield from parts_of(part)
        return
    yield kind
    for part in get_args(kind):
        yield from parts_of(part)
