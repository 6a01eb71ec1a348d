"""A host's tests find a whole house in memory, and pay for it only if they ask."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLUGIN = "_custaccount_pytest"
PATH = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(ROOT))))

USES = '''
"""A shop's tests."""

from datetime import timedelta

import pytest

from custaccount.accounts import CustomerAccounts


def test_a_house_in_memory(accounts, clock, mailbox, erp, cart):
    assert isinstance(accounts, CustomerAccounts)
    assert accounts.relay().delivered == 0
    assert mailbox.sent == erp.calls == []
    assert clock.advance(timedelta(hours=1)) == clock()


class TestOverridden:
    @pytest.fixture
    def clock(self, clock):
        """Return a time in another year."""
        clock.set(clock() + timedelta(days=365))
        return clock

    def test_the_hosts_own_clock_is_used(self, accounts, clock):
        assert clock().year == 2027
        assert accounts.relay().delivered == 0
'''

BREAKS = '''
"""A careless storage."""

import pytest
from tests.conformance.storages import ReadsThenConsumes

from custaccount.conformance import TicketsSuite


class TestCareless(TicketsSuite):
    @pytest.fixture
    def storage(self):
        return ReadsThenConsumes()
'''


def run(source: str, folder: Path, *options: str) -> str:
    """Run a host's tests in an interpreter of their own, with this plugin and no other."""
    Path(folder, "test_shop.py").write_text(source, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-W", "error", "-p", PLUGIN),
            *("-p", "no:cacheprovider", *options, "test_shop.py"),
        ],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_pytest_finds_it_where_it_is() -> None:
    """The entry point names a module that is there, beside the package and not in it."""
    project = tomllib.loads(Path(ROOT, "pyproject.toml").read_text("utf-8"))

    assert project["project"]["entry-points"]["pytest11"] == {"custaccount": PLUGIN}
    assert f"src/{PLUGIN}.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_loading_it_loads_pytest_alone() -> None:
    """Nothing of the house, nor of what it needs, before a test asks for a fixture."""
    probe = (
        "import sys, pytest, contextlib, typing; before = set(sys.modules); "
        f"import {PLUGIN}; print(*(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.split() == [PLUGIN]


def test_a_run_that_asks_for_nothing_loads_nothing(tmp_path: Path) -> None:
    """Neither collecting nor running, with warnings as errors."""
    source = (
        "import sys\n\n\ndef test_nothing():\n"
        "    loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "    assert not loaded & {'custaccount', 'attrs', 'hypothesis', 'argon2'}\n"
    )

    assert "1 passed" in run(source, tmp_path, "-q")


def test_the_fixtures_are_one_house(tmp_path: Path) -> None:
    """Wired with each other; a fixture of the host's own takes its place among them."""
    assert "2 passed" in run(USES, tmp_path, "-q")


def test_the_fixtures_are_listed_with_what_they_are(tmp_path: Path) -> None:
    """``pytest --fixtures`` tells the first line of each."""
    told = run(USES, tmp_path, "--fixtures")

    for name in ("accounts", "cart", "clock", "erp", "mailbox"):
        assert f"\n{name} -- " in told
    assert "no docstring available" not in told


def test_a_broken_promise_shows_its_values(tmp_path: Path) -> None:
    """Assertions of the kit are rewritten as those of a test are."""
    told = run(BREAKS, tmp_path, "-q", "-k", "of_any_number_of_rivals")

    assert "1 failed" in told
    assert "At index 0 diff: True != False" in told
