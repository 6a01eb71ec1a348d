"""W8: what importing costs above a bare interpreter, each in an interpreter of its own."""

from __future__ import annotations

import json
import pkgutil
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import custaccount
from tests.benchmarks.gauge import Figure, Sizes

LIMIT = "argon2, itsdangerous, attrs"
HEAVY = [
    "sqlalchemy",
    "httpx",
    "flask",
    "django",
    "cattrs",
    "babel",
    "jinja2",
    "asyncio",
    "psycopg",
]
FEATURES = [
    "portals",
    "customers",
    "credentials",
    "membership",
    "registration",
    "pricing",
    "orders",
    "ordering",
]
PROBE = """
import time; begin = time.process_time()
import {modules}
end = time.process_time()
import json, sys; print(json.dumps([end - begin, sorted(set(sys.modules) & set({heavy}))]))
"""


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Compare with the libraries nothing can do without."""
    asked: dict[str, tuple[str, float | None]] = {
        "import custaccount": ("custaccount", 1.3),
        "import custaccount.accounts": ("custaccount.accounts", 5.0),
        **{f"{feature} alone": (f"custaccount.{feature}", 2.0) for feature in FEATURES},
        **{
            f"{feature} alone, with its verbs": (", ".join(modules_of(feature)), None)
            for feature in FEATURES
        },
    }
    texts = {LIMIT: LIMIT} | {name: modules for name, (modules, _) in asked.items()}
    times, loaded = _measured(texts, sizes.imports)
    yield Figure(
        work="W8",
        name="modules nobody asked for",
        value=len(loaded),
        unit="",
        most=0,
        note=", ".join(sorted(loaded)) or "none of " + ", ".join(HEAVY),
    )
    for name, (_, most) in asked.items():
        rounds = zip(times[name], times[LIMIT], strict=True)
        mine, theirs = (statistics.median(times[one]) * 1e3 for one in (name, LIMIT))
        yield Figure(
            work="W8",
            name=name,
            value=statistics.median(ours / limit for ours, limit in rounds),
            most=most,
            note=f"{mine:.0f} ms against {theirs:.0f} ms",
        )


def modules_of(feature: str) -> list[str]:
    """List a feature with all its modules."""
    folder = Path(custaccount.__file__).parent / feature
    inside = (module.name for module in pkgutil.iter_modules([str(folder)]))
    name = f"custaccount.{feature}"
    return [name, *(f"{name}.{module}" for module in sorted(inside))]


def _measured(texts: Mapping[str, str], rounds: int) -> tuple[dict[str, list[float]], set[str]]:
    times: dict[str, list[float]] = {name: [] for name in texts}
    loaded: set[str] = set()
    _probe(", ".join(texts.values()))  # writes the byte code
    for _ in range(rounds):
        for name, modules in texts.items():
            seconds, heavy = _probe(modules)
            times[name].append(seconds)
            loaded.update(heavy)
    return times, loaded


def _probe(modules: str) -> tuple[float, list[str]]:
    code = PROBE.format(modules=modules, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, heavy = json.loads(done.stdout)
    return seconds, heavy
