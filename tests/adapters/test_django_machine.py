"""A random life of Django's storage."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis.stateful import run_state_machine_as_test

from custaccount.conformance import PROFILES, StorageMachine
from custaccount.storage import Storage
from tests.adapters.django_project import Host


def machine_of(storage: Callable[[], Storage]) -> type[StorageMachine]:
    """Make a machine that lives on a storage; its realms are new each time."""

    class DjangoMachine(StorageMachine):
        """Runs on the tests' database."""

        def opened(self) -> AbstractContextManager[Storage]:
            """Open it."""
            return nullcontext(storage())

    return DjangoMachine


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_a_random_life_is_as_expected(request: pytest.FixtureRequest, backend: str) -> None:
    """Whatever happens in whatever order, the storage answers as the plainest one would."""
    host: Host = request.getfixturevalue(f"django_{backend}")

    run_state_machine_as_test(machine_of(host.storage), settings=PROFILES["dev"])
