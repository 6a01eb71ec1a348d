"""The suites on storages that do not keep them; run by ``test_mutants.py``, not by itself."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import Phase, settings
from tests.conformance import mutants

from custaccount import conformance
from custaccount.adapters.memory import MemoryStorage
from custaccount.storage import Storage


def on(mutant: type[Storage], suite: type[conformance.StorageSuite]) -> type:
    """Make a host's subclass of a suite whose storage is a mutant."""
    storage = pytest.fixture(lambda _self: mutant())
    return type(f"Test{mutant.__name__}", (suite,), {"storage": storage, "__doc__": "A mutant."})


for number, (defect, promises, _) in enumerate(mutants.MUTANTS):
    globals()[f"Test{number}"] = on(defect, promises)


class TestDeclared(conformance.TicketsSuite):
    """Says that it does not keep a promise, and does not."""

    deviations = {"test_a_ticket_is_good_for_its_purpose_only": "one purpose is enough for us"}  # noqa: RUF012

    @pytest.fixture
    def storage(self) -> Storage:
        """Return a storage that does not look at the purpose."""
        return mutants.ForgetsThePurpose()


class TestDeclaredForNothing(conformance.TicketsSuite):
    """Says that it does not keep a promise, and does."""

    deviations = TestDeclared.deviations

    @pytest.fixture
    def storage(self) -> Storage:
        """Return a storage that keeps every promise."""
        return MemoryStorage()


class TestNotOverridden(conformance.TicketsSuite):
    """Forgets to say which storage is meant."""


def life(mutant: type[Storage]) -> type:
    """Make the state machine of a mutant."""

    class Life(conformance.StorageMachine):
        def opened(self) -> AbstractContextManager[Storage]:
            return nullcontext(mutant())

    Life.TestCase.settings = settings(
        conformance.PROFILES["dev"],
        max_examples=100,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
    )
    return Life.TestCase


TestLifeWithoutPurposes = life(mutants.ForgetsThePurpose)
TestLifeWithoutVersions = life(mutants.ForgetsTheVersion)
TestLifeWithoutRealms = life(mutants.ForgetsTheRealm)
TestLifeWithoutTrail = life(mutants.ForgetsTheTrail)
TestLifeThatGoesBack = life(mutants.GoesBackInTime)
TestLifeThatTakesLeavingForAgreeing = life(mutants.CommitsOnLeaving)
