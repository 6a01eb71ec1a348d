"""What each public method asks of its actor: declared where it is checked, so that it is true."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import isfunction, signature
from types import UnionType
from typing import ParamSpec, TypeVar

import attrs

from custaccount.kernel.access import Depth, Guest, Member, Permission, Requirement, Staff
from custaccount.kernel.ids import FeatureKey, OperationName

ACTORS = Guest | Member | Staff
"""Those a requirement can be asked of."""

P = ParamSpec("P")
R = TypeVar("R")

_DECLARED = "__custaccount_requirement__"


def requires(
    permission: Permission | None = None,
    *,
    depth: Depth = Depth.CUSTOMER,
    feature: FeatureKey | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what a method asks of its actor, who is its first argument, and check it first.

    A method that asks for several permissions declares each.

    Args:
        permission: What has to be held; None of a guest, who holds nothing.
        depth: How far it has to reach; a method that asks for less than all of the customer's
            looks itself how far its actor's reaches.
        feature: The function that has to be on.
    """
    asked = Requirement(permission=permission, depth=depth, feature=feature)

    def declared(method: Callable[P, R]) -> Callable[P, R]:
        _, first, *_ = signature(method).parameters.values()
        kinds = first.annotation if isinstance(first.annotation, type | UnionType) else ACTORS

        @wraps(method)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = args[1] if len(args) > 1 else kwargs.get(first.name)
            if not (isinstance(actor, kinds) and isinstance(actor, ACTORS)):
                message = f"{method.__qualname__} takes who acts first, as {first.name}"
                raise TypeError(message)
            actor.meet(asked)
            return method(*args, **kwargs)

        vars(checked)[_DECLARED] = (asked, *requirements_of(method))
        return checked

    return declared


def requirements_of(method: Callable[..., object]) -> tuple[Requirement, ...]:
    """Return what a method declared; nothing, if it declared nothing."""
    declared: tuple[Requirement, ...] = getattr(method, _DECLARED, ())
    return declared


@attrs.frozen(kw_only=True)
class Operation:
    """A public method of a service, as it declares itself."""

    name: OperationName
    actor: object
    """The kind of actor it takes first; what else begins it where nobody acts yet."""
    asked: tuple[Requirement, ...]
    """Nothing, where it asks for no permission and no function."""


def operations_of(services: Mapping[str, object]) -> Mapping[OperationName, Operation]:
    """List all public methods of some services, by name."""
    found: dict[OperationName, Operation] = {}
    for attribute, service in services.items():
        for verb, method in vars(type(service)).items():
            if verb.startswith("_") or not isfunction(method):
                continue
            name = OperationName(f"{attribute}.{verb}")
            first = list(signature(method).parameters.values())[1]
            found[name] = Operation(
                name=name, actor=first.annotation, asked=requirements_of(method)
            )
    return found
