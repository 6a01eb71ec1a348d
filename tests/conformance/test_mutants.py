"""The kit can fail: each mutant is caught by the promise meant for it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from custaccount import conformance
from custaccount.conformance import StorageSuite, Suite
from tests.conformance import mutants

ROOT = Path(__file__).parents[2]
OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|XFAIL|XPASS) \S+?::(\w+)::(\w+)", re.MULTILINE)

Outcomes = Mapping[tuple[str, str], set[str]]
"""What became of each test of each class, over its parameters."""


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """Run the mutated suites once, in an interpreter of their own."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rA", "--tb=no", "-p", "no:cacheprovider"),
            "tests/conformance/mutated.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[tuple[str, str], set[str]] = {}
    for outcome, subject, test in OUTCOME.findall(run.stdout):
        found.setdefault((subject, test), set()).add(outcome)
    assert found, run.stdout + run.stderr
    return found


@pytest.mark.parametrize(
    ("number", "promise"),
    [
        pytest.param(number, promise, id=f"{mutant.__name__}-{suite.__name__}")
        for number, (mutant, suite, promise) in enumerate(mutants.MUTANTS)
    ],
)
def test_a_mutant_is_caught_by_the_promise_meant_for_it(
    outcomes: Outcomes, number: int, promise: str
) -> None:
    """That promise fails, and not all of them do: the rest of the mutant is sound."""
    subject = f"Test{number}"

    assert "FAILED" in outcomes[subject, promise]
    assert {"PASSED"} in [found for (one, _), found in outcomes.items() if one == subject]


def test_every_suite_has_a_mutant() -> None:
    """No suite is trusted that was never seen to fail."""
    listed = (getattr(conformance, name) for name in conformance.__all__)
    suites = {one for one in listed if isinstance(one, type) and issubclass(one, Suite)}

    assert suites - {Suite, StorageSuite} == {suite for _, suite, _ in mutants.MUTANTS}


@pytest.mark.parametrize(
    "life",
    [
        "TestLifeWithoutPurposes",
        "TestLifeWithoutVersions",
        "TestLifeWithoutRealms",
        "TestLifeWithoutTrail",
        "TestLifeThatGoesBack",
        "TestLifeThatEndsTheKeptOne",
        "TestLifeWithCodesTwice",
        "TestLifeThatActsBackwards",
        "TestLifeWithoutVersionsOfBooks",
        "TestLifeThatListsEverybodysOrders",
        "TestLifeThatTakesLeavingForAgreeing",
    ],
)
def test_the_machine_catches_mutants_too(outcomes: Outcomes, life: str) -> None:
    """A random life finds what is wrong without being told where to look."""
    assert outcomes[life, "runTest"] == {"FAILED"}


def test_a_declared_deviation_is_expected(outcomes: Outcomes) -> None:
    """It is run and shown as an expected failure; every other promise holds."""
    declared = {
        test: found for (subject, test), found in outcomes.items() if subject == "TestDeclared"
    }

    assert declared.pop("test_a_ticket_is_good_for_its_purpose_only") == {"XFAIL"}
    assert set.union(*declared.values()) == {"PASSED"}


def test_a_deviation_that_is_none_fails(outcomes: Outcomes) -> None:
    """The day the promise is kept, its declaration has to go."""
    found = outcomes["TestDeclaredForNothing", "test_a_ticket_is_good_for_its_purpose_only"]

    assert found == {"FAILED"}


def test_a_suite_without_a_storage_says_what_to_do(outcomes: Outcomes) -> None:
    """Nothing passes by accident."""
    found = [one for (subject, _), one in outcomes.items() if subject == "TestNotOverridden"]

    assert set.union(*found) == {"ERROR"}
