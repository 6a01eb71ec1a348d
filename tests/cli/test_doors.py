"""One group of commands behind three doors, each a process of its own."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from importlib.util import find_spec

import attrs
import pytest

from custaccount.cli.groups import COMMANDS
from custaccount.doctor import Check
from tests.architecture.test_imports import HEAVY, fresh_import
from tests.cli.conftest import PROJECT, Folder

FLASK_APP = """
from flask import Flask

app = Flask(__name__)
app.config["CUSTACCOUNT_FACTORY"] = "shop.build"
"""
MOUNTED_APP = """
from flask import Flask
import shop
from custaccount.integrations.flask import CustAccount

app = Flask(__name__)
CustAccount(shop.build(), sign_in="sign_in", company="company").init_app(app)
"""
SETTINGS = """
SECRET_KEY = "for tests"
INSTALLED_APPS = ["custaccount.adapters.django"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "django.db"}}
USE_TZ = True
CUSTACCOUNT_FACTORY = "hosting.build"
"""
HOSTING = """
import shop


def build():
    from custaccount.adapters.django.storage import DjangoStorage

    return shop.build(DjangoStorage())
"""
MANAGE = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
execute_from_command_line(sys.argv)
"""


@attrs.frozen
class AtDoor:
    """A folder with a host in it, and how its commands begin."""

    folder: Folder
    words: tuple[str, ...]
    settings: dict[str, str] = attrs.field(factory=dict)

    def __call__(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """Run a command."""
        done = self.folder.run(*self.words, *words, **{**self.settings, **settings})
        return done.returncode, done.stdout, done.stderr


def script(folder: Folder) -> AtDoor:
    """No host."""
    return AtDoor(folder, ("-m", "custaccount.cli"), {"CUSTACCOUNT_FACTORY": "shop.build"})


def flask(folder: Folder) -> AtDoor:
    """An application whose configuration names the factory."""
    folder.write("app.py", FLASK_APP)
    return AtDoor(folder, ("-m", "flask", "custaccount"))


def mounted(folder: Folder) -> AtDoor:
    """An application that has mounted its accounts."""
    folder.write("app.py", MOUNTED_APP)
    return AtDoor(folder, ("-m", "flask", "custaccount"))


def django(folder: Folder) -> AtDoor:
    """A project whose settings name the factory; its storage is Django's."""
    if find_spec("django") is None:
        pytest.skip("Django is not installed")
    folder.write("settings.py", SETTINGS)
    folder.write("hosting.py", HOSTING)
    folder.write("manage.py", MANAGE)
    return AtDoor(folder, ("manage.py", "custaccount"))


@pytest.fixture(params=[script, flask, mounted, django], ids=lambda one: one.__name__)
def door(request: pytest.FixtureRequest, folder: Folder) -> AtDoor:
    """Return a door, each in turn."""
    made: Callable[[Folder], AtDoor] = request.param
    return made(folder)


def test_the_commands_are_the_same(door: AtDoor) -> None:
    """Whoever knows them at one door knows them at all."""
    code, out, err = door("--help")

    assert code == 0, err
    for name in COMMANDS:
        assert f"\n  {name} " in out
    assert "--factory" in out


def test_a_deployment_goes_through(door: AtDoor) -> None:
    """Behind, migrated, examined, delivered: by each door alone."""
    code, _, err = door("migrate", "--check")
    assert (code, "0001" in err) == (1, True), err

    if "manage.py" in door.words:
        code, _, err = door("migrate")
        assert (code, "manage.py migrate custaccount" in err) == (1, True)
        assert door.folder.run("manage.py", "migrate", "custaccount").returncode == 0
    else:
        assert door("migrate")[0] == 0
    assert door("migrate", "--check")[0] == 0

    code, out, err = door("doctor", "--json")
    assert (code, err) == (0, "")
    checks = [finding["check"] for finding in json.loads(out)["findings"]]
    assert checks[: len(Check)] == [check.value for check in Check]
    assert door("relay", "--once") == (0, "", "")


def test_a_wrong_house_fails(door: AtDoor) -> None:
    """Nothing was migrated: the table says so, and so does the exit code."""
    code, out, _ = door("doctor")

    assert code == 1
    assert "✗" in out
    assert "how-to/command-line.html#doctor-migrations" in out
    assert "\x1b" not in out


def test_an_unknown_command_is_a_mistake_in_use(door: AtDoor) -> None:
    """With the exit code click has for it, and no traceback."""
    code, _, err = door("docter")

    assert code == 2
    assert "docter" in err
    assert "Traceback" not in err


def test_a_typing_mistake_in_the_settings_is_warned_of(folder: Folder) -> None:
    """In Flask's configuration as in the environment."""
    at = flask(folder)
    folder.write("app.py", FLASK_APP.replace("FACTORY", "FACTROY"))

    code, _, err = at("migrate")

    assert code == 2
    assert "CUSTACCOUNT_FACTROY is no setting; did you mean CUSTACCOUNT_FACTORY?" in err
    assert "app.config" in err


# A terminal -------------------------------------------------------------------------------------


@pytest.mark.skipif(find_spec("pty") is None, reason="no terminals as Unix has them")
@pytest.mark.parametrize(("settings", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(
    folder: Folder, settings: dict[str, str], *, coloured: bool
) -> None:
    """``NO_COLOR`` is respected; see also that a pipe gets none."""
    import os
    import pty
    import subprocess
    import sys

    ours, theirs = pty.openpty()
    environment = folder.environment(
        CUSTACCOUNT_FACTORY="shop.build", TERM="xterm-256color", **settings
    )
    done = subprocess.Popen(
        [sys.executable, "-m", "custaccount.cli", "doctor"],
        cwd=folder.path,
        env=environment,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # the other end is closed
        pass
    os.close(ours)

    assert done.wait(timeout=60) == 1
    assert "✗".encode() in said
    assert (b"\x1b[1;31m" in said) is coloured


def test_a_log_without_the_signs_gets_words(folder: Folder) -> None:
    """An encoding that has no ✗ is no reason to fail."""
    at = script(folder)

    code, out, err = at("doctor", PYTHONIOENCODING="ascii:replace")

    assert code == 1, err
    assert "|x  |" in out
    assert "|ok |" in out


# What is behind ---------------------------------------------------------------------------------


def test_the_doors_are_where_the_package_says() -> None:
    """The script and Flask's entry point name what is there and can be called."""
    for where in (
        PROJECT["scripts"]["custaccount"],
        PROJECT["entry-points"]["flask.commands"]["custaccount"],
    ):
        module, _, name = where.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("missing", "words"),
    [("click", "import custaccount.cli"), ("rich", "import custaccount.cli.printing")],
)
def test_what_is_not_installed_is_named(folder: Folder, missing: str, words: str) -> None:
    """With the line that installs it."""
    done = folder.run("-c", f"import sys; sys.modules[{missing!r}] = None; {words}")

    assert 'pip install "custaccount[cli]"' in done.stderr.splitlines()[-1]


def test_help_loads_nothing_heavy() -> None:
    """Neither drivers nor the house behind: it answers at once."""
    loaded = fresh_import("custaccount.cli").loaded

    assert not loaded & (HEAVY | {"argon2", "rich", "zxcvbn"}) - {"click"}
    assert "click" in loaded


# Django -----------------------------------------------------------------------------------------


def test_django_names_its_own_options_too(folder: Folder) -> None:
    """``--settings`` may stand anywhere, as with other commands; ``help`` shows ours."""
    at = django(folder)
    folder.write("others.py", SETTINGS.replace("hosting.build", "no_such.build"))

    code, _, err = at("migrate", "--check", "--settings", "others")
    assert (code, "no_such" in err) == (2, True)
    helped = folder.run("manage.py", "help", "custaccount")
    assert "relay" in helped.stdout


def test_django_tells_its_own_checks(folder: Folder) -> None:
    """What Django would say of the project stands in the doctor's table."""
    at = django(folder)
    folder.write("settings.py", SETTINGS.replace('db"}', 'db", "ATOMIC_REQUESTS": True}'))
    assert folder.run("manage.py", "migrate", "custaccount").returncode == 0

    _, out, _ = at("doctor", "--json")

    told = [one for one in json.loads(out)["findings"] if one["check"] == "django"]
    assert ["custaccount.W001" in one["text"] for one in told].count(True) == 1


def test_django_checks_what_the_doctor_checks(folder: Folder) -> None:
    """Before a deployment what needs no connection; with a database also that, as warnings."""
    at = django(folder)
    folder.write("hosting.py", HOSTING.replace("shop.build(", "shop.weak("))
    folder.write(
        "shop.py",
        (folder.path / "shop.py").read_text(encoding="utf-8") + "\n\ndef weak(storage):\n"
        "    from custaccount.credentials.passwords import Hashing\n"
        "    return CustomerAccounts(\n"
        "        storage=storage, mailer=MemoryMailer(), cart=MemoryCart(), testing=True,\n"
        "        secret_keys=['nV3-first-4kq9Zt7RwXy2Lm8PbHs6Dc1Gf'], hashing=Hashing.cheap(),\n"
        "        base_url='http://localhost', delivery=Delivery.BY_RELAY)\n",
    )

    every = at.folder.run("manage.py", "check")
    deployed = at.folder.run("manage.py", "check", "--deploy")
    there = at.folder.run("manage.py", "check", "--database", "default")

    assert every.returncode == 0
    assert "custaccount." not in every.stderr
    assert deployed.returncode == 1
    assert "(custaccount.E103)" in deployed.stderr
    assert "(custaccount.W101)" in deployed.stderr
    assert there.returncode == 0
    assert "(custaccount.W106)" in there.stderr
    assert at.folder.run("manage.py", "migrate").returncode == 0
    assert "W106" not in at.folder.run("manage.py", "check", "--database", "default").stderr


def test_django_says_why_accounts_cant_be_built(folder: Folder) -> None:
    """Every problem of the configuration; whatever else the host's function raises."""
    at = django(folder)
    folder.write("hosting.py", "def build():\n    raise LookupError('no such shop')\n")
    assert "no such shop" in at.folder.run("manage.py", "check", "--deploy").stderr

    folder.write(
        "hosting.py",
        "from custaccount.accounts import CustomerAccounts\n"
        "def build():\n"
        "    return CustomerAccounts(storage=1, mailer=1, cart=1, secret_keys=[], base_url='')\n",
    )
    refused = at.folder.run("manage.py", "check", "--deploy").stderr
    assert refused.count("(custaccount.E100)") == 5


def test_every_check_has_an_id_of_its_own() -> None:
    """Ids are what people silence checks by."""
    if find_spec("django") is None:
        pytest.skip("Django is not installed")
    from custaccount.adapters.django.doctor import NUMBERS

    assert set(NUMBERS) == {check.value for check in Check}
    assert len(set(NUMBERS.values())) == len(NUMBERS)


def test_a_hosts_process_can_call_it(folder: Folder) -> None:
    """``call_command`` gets an exception with the code, not the end of the process."""
    django(folder)
    folder.write(
        "calling.py",
        "import os\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "import django\n"
        "from django.core.management import CommandError, call_command\n"
        "django.setup()\n"
        "try:\n"
        "    call_command('custaccount', 'migrate', '--check')\n"
        "except CommandError as refusal:\n"
        "    print(refusal.returncode, refusal)\n"
        "call_command('migrate', verbosity=0)\n"
        "call_command('custaccount', 'migrate', '--check')\n",
    )

    called = folder.run("calling.py")

    assert called.stdout.startswith("1 The tables are behind: 0001_initial"), called.stderr
    assert called.stdout.endswith("The tables are up to date.\n")
