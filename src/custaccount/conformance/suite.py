"""What every suite is: promises a host's adapter keeps, or says aloud that it does not."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ClassVar, ParamSpec, TypeVar

import pytest

from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.storage import Storage

P = ParamSpec("P")
R = TypeVar("R")


def _is_promise(name: str) -> bool:
    return name.startswith("test_")


def _not_kept(promise: Callable[P, R], reason: str) -> Callable[P, R]:
    @wraps(promise)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        return promise(*args, **kwargs)

    return pytest.mark.xfail(reason=reason, strict=True)(tried)


class Suite:
    """Promises, one a test; the test's docstring is the promise.

    Subclass it under a name that begins with ``Test`` and override its fixture. A promise can't be
    redefined, only declared as not kept: ``deviations = {"test_name": "reason"}``. A declared
    deviation is run all the same, and fails the day the promise is kept after all.
    """

    deviations: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        promised = {name for base in cls.__mro__[1:] for name in vars(base) if _is_promise(name)}
        redefined = sorted(promised & vars(cls).keys())
        if redefined:
            message = f"{cls.__name__} redefines what is promised: {', '.join(redefined)}"
            raise TypeError(message)
        declared: Mapping[str, str] = vars(cls).get("deviations", {})
        for name, reason in declared.items():
            if name not in promised or not reason.strip():
                message = f"{cls.__name__} deviates from no promise, or without a reason: {name}"
                raise TypeError(message)
            setattr(cls, name, _not_kept(getattr(cls, name), reason))


class StorageSuite(Suite):
    """Promises of a storage. It may be shared by tests: each lives in realms of its own."""

    @pytest.fixture
    def storage(self) -> Storage:
        """Return the storage under test: override this one."""
        message = "override the fixture `storage` to return the storage under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def here(self) -> RealmScope:
        """Return the realm a test lives in."""
        return RealmScope(RealmId(new_id()))

    @pytest.fixture
    def elsewhere(self) -> RealmScope:
        """Return another realm of the same storage."""
        return RealmScope(RealmId(new_id()))
