"""What people run first runs."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run(*command: str, seconds: int = 120) -> subprocess.CompletedProcess[str]:
    """Run Python with the examples on its path; what it warns about fails it."""
    paths = [str(ROOT / "src"), str(EXAMPLES)]
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", *command],
        check=False,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )


def test_the_quick_start_tells_what_happened() -> None:
    """The first script goes from nothing to a filled cart, and prints each station."""
    done = run(str(EXAMPLES / "quickstart.py"))

    assert done.returncode == 0, done.stderr
    assert re.search(r"http://127\.0\.0\.1:8000/account/activate\?token=\S+", done.stdout)
    assert done.stdout.splitlines()[-4:] == [
        "Price:  9.90 EUR",
        "Orders: A-1007",
        "Plan:   Screws, box of 200: added",
        "Cart:   12 Screws, box of 200 at 9.90 EUR",
    ]


HOSTS = {"flask": ("flask", "sqlalchemy"), "django": ("django",)}
"""What each host needs."""


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> str:
    """Name each host that can be run here."""
    for needed in HOSTS[request.param]:
        pytest.importorskip(needed, reason=f"{needed} is not installed: its portal is not checked")
    return f"{request.param}_portal"


def test_the_demo_keeps_the_main_job(host: str) -> None:
    """The demo checks itself through HTTP, on a port of its own, and leaves nothing behind."""
    done = run("-m", host, "--check", seconds=300)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "The main job works from end to end." in done.stdout


def test_a_broken_portal_fails_the_check(host: str) -> None:
    """The check can fail: a portal that shows somebody else's order is found out by its step."""
    done = run("-c", LEAKY.format(host=host))

    assert done.returncode == 1
    assert "Another company's order looks like one that does not exist" in done.stdout
    assert "FAILED: Wrong: 200, 404" in done.stdout


LEAKY = """
import sys
from custaccount.adapters.memory import MemoryErp
from custaccount.orders import OrderNotFound

def leaky(erp, owner, order):
    for history in erp._histories.values():
        try:
            return history.get(None, order)
        except OrderNotFound:
            continue
    raise OrderNotFound

MemoryErp.get = leaky
from serving import main
from {host}.host import making
sys.exit(main(making, ["--check"]))
"""


def test_staff_look_at_the_tables_and_change_nothing() -> None:
    """The login that Django's demo prints opens the admin, which shows customers and no way on."""
    pytest.importorskip("django", reason="django is not installed: its admin is not looked at")

    done = run("-c", ADMIN)

    assert done.returncode == 0, done.stdout + done.stderr
    opened, changed, secret = done.stdout.splitlines()
    assert "Ateliers Rivière SARL" in opened
    assert changed == "403"
    assert "anna.brandhorst@brandhorst.example" in secret
    assert "argon2" not in secret


ADMIN = """
from browser import Browser
from django_portal.host import making
from serving import demo, serving

with demo(making) as made, serving(made):
    name, password = made.host.more.split()[-2:]
    admin, browser = f"{made.base_url}/admin/", Browser()
    page = browser.get(admin)
    browser.submit(page.form(having="username"), username=name, password=password)
    print(browser.get(f"{admin}custaccount/customer/").text)
    print(browser.get(f"{admin}custaccount/customer/add/").status)
    print(browser.get(f"{admin}custaccount/user/1/change/").text)
"""


def test_vendored_files_are_what_they_say() -> None:
    """Each file of another project is listed with its version, licence and digest."""
    folder = EXAMPLES / "pages" / "static" / "vendor"
    listed = dict(
        re.findall(
            r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$",
            (folder / "VENDORED.md").read_text("utf-8"),
            re.MULTILINE,
        )
    )
    styles = {path.name: path.read_bytes() for path in folder.glob("*.css")}

    assert {name: hashlib.sha256(body).hexdigest() for name, body in styles.items()} == listed
    assert all((folder / f"{name.removesuffix('.min.css')}.LICENSE.md").exists() for name in styles)


def test_pages_ask_no_other_host_and_run_no_script() -> None:
    """Nothing in a page is loaded from elsewhere, and nothing in it is a script."""
    files = [*EXAMPLES.glob("pages/templates/*.html"), *EXAMPLES.glob("pages/static/*.css")]
    found = {
        f"{path.name}: {hit}"
        for path in files
        for hit in re.findall(
            r"<script|\son\w+=|(?:src|href|url)[=(]\"?https?:|@import url\(\"http",
            path.read_text("utf-8"),
        )
    }

    assert files
    assert found == set()
