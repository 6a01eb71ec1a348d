"""The suites on storages that do not keep them; run by ``test_mutants.py``, not by itself."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import Phase, seed, settings

from custaccount import conformance
from custaccount.adapters.memory import MemoryStorage
from custaccount.storage import Storage
from tests.conformance import account_storages, member_storages, mutants, storages, units

NEIGHBOURS = {
    conformance.ErpSuite: "erp",
    conformance.MailerSuite: "mailer",
    conformance.CartSuite: "cart",
    conformance.MatcherSuite: "matcher",
    conformance.LimitsSuite: "limits",
}


def on(mutant: type, suite: type[conformance.Suite]) -> type:
    """Make a host's subclass of a suite whose fixture returns a mutant."""
    made = pytest.fixture(lambda _self: mutant())
    name = next((name for kind, name in NEIGHBOURS.items() if issubclass(suite, kind)), "storage")
    return type(f"Test{mutant.__name__}", (suite,), {name: made, "__doc__": "A mutant."})


for number, (defect, promises, _) in enumerate(mutants.MUTANTS):
    globals()[f"Test{number}"] = on(defect, promises)


class TestDeclared(conformance.TicketsSuite):
    """Says that it does not keep a promise, and does not."""

    deviations = {"test_a_ticket_is_good_for_its_purpose_only": "one purpose is enough for us"}  # noqa: RUF012

    @pytest.fixture
    def storage(self) -> Storage:
        """Return a storage that does not look at the purpose."""
        return storages.ForgetsThePurpose()


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
        max_examples=300,
        phases=[Phase.generate],
        database=None,
    )
    seed(1)(Life)  # the same each time, but not the one that "derandomize" would take
    return Life.TestCase


TestLifeWithoutPurposes = life(storages.ForgetsThePurpose)
TestLifeWithoutVersions = life(storages.ForgetsTheVersion)
TestLifeWithoutRealms = life(storages.ForgetsTheRealm)
TestLifeWithoutTrail = life(units.ForgetsTheTrail)
TestLifeThatGoesBack = life(storages.GoesBackInTime)
TestLifeThatEndsTheKeptOne = life(account_storages.EndsTheKeptOne)
TestLifeWithCodesTwice = life(account_storages.GivesACodeTwice)
TestLifeThatActsBackwards = life(member_storages.NotesBackwards)
TestLifeWithoutVersionsOfBooks = life(member_storages.ForgetsTheVersionOfABook)
TestLifeThatListsEverybodysOrders = life(member_storages.ListsEverybodysOrders)
TestLifeThatTakesLeavingForAgreeing = life(units.CommitsOnLeaving)
