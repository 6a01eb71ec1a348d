"""Commands as they are called, in this process and in others, and what they look after."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click
import pytest
from click.testing import CliRunner, Result

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import FixedClock, MemoryCart
from custaccount.adapters.smtp import Security, SmtpMailer
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, SqlLimits
from custaccount.cli.doors import Door
from custaccount.cli.groups import group
from tests.house import BASE_URL, KEY

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this run's own settings be read."""
    for name in list(os.environ):
        if name.startswith("CUSTACCOUNT_") or name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)


# In this process --------------------------------------------------------------------------------


@attrs.define
class At(Door):
    """A door behind which the accounts are there already."""

    accounts: CustomerAccounts

    def mounted(self) -> CustomerAccounts:
        """Return them."""
        return self.accounts


class Run:
    """Runs a command and returns what it said, on both outputs, and its exit code."""

    def __call__(self, accounts: CustomerAccounts | None, *words: str) -> Result:
        """Run it on these accounts, or at the door without a host."""
        door = Door() if accounts is None else At(accounts)
        commands: click.Group = group(door)
        return CliRunner().invoke(commands, list(words), catch_exceptions=False)


@pytest.fixture
def run() -> Run:
    """Return what runs commands."""
    return Run()


# Neighbours -------------------------------------------------------------------------------------


def free_port() -> int:
    """Find a port nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def serving(manners: object) -> Iterator[int]:
    """Run a mail server on loopback for a while."""
    from aiosmtpd.controller import Controller

    port = free_port()
    server = Controller(manners, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture
def post_office() -> Iterator[int]:
    """Run a mail server and return its port."""
    pytest.importorskip("aiosmtpd")
    with serving(object()) as port:
        yield port


@pytest.fixture
def nobody() -> int:
    """Return a port nobody listens at."""
    return free_port()


def local_mailer(port: int) -> SmtpMailer:
    """Mail by a server on this machine."""
    return SmtpMailer(
        "127.0.0.1", port, sender="service@nord.example", security=Security.PLAIN_LOOPBACK
    )


Built = Callable[..., CustomerAccounts]


@pytest.fixture
def built(sqlite_url: str, post_office: int) -> Iterator[Built]:
    """Return what builds accounts a doctor finds nothing wrong with, but for what is given."""
    storages: list[SqlAlchemyStorage] = []

    def build(**given: object) -> CustomerAccounts:
        if "storage" not in given:
            storages.append(SqlAlchemyStorage.connect(sqlite_url))
        shared = {"limits": SqlLimits(storages[-1])} if "storage" not in given else {}
        sound: Mapping[str, Any] = {
            **shared,
            "storage": given["storage"] if "storage" in given else storages[-1],
            "mailer": local_mailer(post_office),
            "cart": MemoryCart(),
            "secret_keys": [KEY],
            "base_url": BASE_URL,
            "delivery": Delivery.BY_RELAY,
            "clock": FixedClock(),
        }
        return CustomerAccounts(**{**sound, **given})

    yield build
    for storage in storages:
        storage.engine.dispose()


# Other processes --------------------------------------------------------------------------------

SHOP = f'''
"""A shop on SQLite that mails nobody."""

import atexit

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryMailer


def build(storage=None):
    if storage is None:
        from custaccount.adapters.sqlalchemy import SqlAlchemyStorage

        storage = SqlAlchemyStorage.connect("sqlite:///shop.db")
        atexit.register(storage.engine.dispose)
    return CustomerAccounts(
        storage=storage,
        mailer=MemoryMailer(),
        cart=MemoryCart(),
        secret_keys=[{KEY!r}],
        base_url="https://shop.example",
        delivery=Delivery.BY_RELAY,
    )
'''


@attrs.frozen
class Folder:
    """A host's folder, and commands run in it."""

    path: Path

    def write(self, name: str, text: str) -> None:
        """Put a file there."""
        (self.path / name).write_text(text, encoding="utf-8")

    def environment(self, **settings: str) -> dict[str, str]:
        """Return what a command finds around it."""
        source = os.pathsep.join([str(self.path), str(ROOT / "src")])
        return {**os.environ, "PYTHONPATH": source, "PYTHONWARNINGS": "default", **settings}

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run Python with these words and wait for its end."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.path,
            env=self.environment(**settings),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """Start Python with these words."""
        return subprocess.Popen(
            [sys.executable, "-u", *words],
            cwd=self.path,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a host's folder with a shop, and the entry points as an installation has them."""
    made = Folder(tmp_path)
    made.write("shop.py", SHOP)
    info = tmp_path / "custaccount-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: custaccount\nVersion: 0\n")
    lines = ["[flask.commands]"]
    lines += [
        f"{name} = {where}" for name, where in PROJECT["entry-points"]["flask.commands"].items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return made
