"""How a command finds the host's accounts, and what it says when it does not."""

from __future__ import annotations

import pytest

from custaccount.cli.settings import Settings, read
from tests.cli.conftest import Folder

DOCTOR = ("-m", "custaccount.cli", "migrate", "--check")
REFUSING = """
from custaccount.accounts import CustomerAccounts

def build():
    return CustomerAccounts(
        storage=None, mailer=None, cart=None, secret_keys=["password"], base_url="http://shop.example"
    )
"""


def said(folder: Folder, factory: str, **settings: str) -> str:
    """Return what is said about a factory that does not work."""
    done = folder.run(*DOCTOR[:2], "--factory", factory, *DOCTOR[2:], **settings)

    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_without_a_factory_it_says_where_one_is_named(folder: Folder) -> None:
    """Both ways: the option and the setting."""
    done = folder.run(*DOCTOR)

    assert done.returncode == 2
    assert "--factory shop.accounts.build" in done.stderr
    assert "CUSTACCOUNT_FACTORY" in done.stderr


def test_the_environment_names_it(folder: Folder) -> None:
    """A module of the current folder is found there."""
    done = folder.run(*DOCTOR, CUSTACCOUNT_FACTORY="shop.build")

    assert done.returncode == 1
    assert "behind: 0001" in done.stderr


def test_the_option_goes_before_the_environment(folder: Folder) -> None:
    """What was typed was meant."""
    assert "no_such" in said(folder, "no_such.build", CUSTACCOUNT_FACTORY="shop.build")


@pytest.mark.parametrize("path", ["build", "shop:build", "shop.", ".build", "shop..build"])
def test_what_is_no_path_is_named(folder: Folder, path: str) -> None:
    """With an example of one that is."""
    assert "is no dotted path like shop.accounts.build" in said(folder, path)


def test_a_missing_module_is_told_from_one_that_misses_another(folder: Folder) -> None:
    """The first is a typing mistake, the second a package to install."""
    folder.write("hungry.py", "import no_such_package\n")

    assert "There is no module no_such;" in said(folder, "no_such.accounts.build")
    wanting = said(folder, "hungry.build")
    assert "hungry can't be imported" in wanting
    assert "no_such_package" in wanting
    assert "hungry.py, line 1" in wanting.replace("\n", "")


def test_a_misspelt_function_is_guessed(folder: Folder) -> None:
    """The nearest name in the module is offered."""
    assert "did you mean shop.build?" in said(folder, "shop.biuld")


def test_what_is_no_function_is_named(folder: Folder) -> None:
    """So is a function that returns something else, and one that fails."""
    folder.write(
        "odd.py", "LIMIT = 1\n\ndef accounts():\n    return {}\n\ndef fail():\n    1 / 0\n"
    )

    assert "odd.LIMIT is no function" in said(folder, "odd.LIMIT")
    assert "odd.accounts() returned dict, not CustomerAccounts" in said(folder, "odd.accounts")
    failed = said(folder, "odd.fail")
    assert "odd.fail() failed: ZeroDivisionError" in failed
    assert "line 7" in failed


def test_a_refused_configuration_is_a_table(folder: Folder) -> None:
    """With all problems at once, and no secret in it."""
    folder.write("refusing.py", REFUSING)

    refused = said(folder, "refusing.build")

    for setting in ("storage", "mailer", "cart", "secret_keys[0]", "base_url"):
        assert setting in refused
    assert "5 to correct" in refused
    assert "password" not in refused


def test_an_unknown_setting_is_warned_of(folder: Folder) -> None:
    """With the nearest one that is known; a name that is not ours is not our business."""
    done = folder.run(*DOCTOR, CUSTACCOUNT_FACTROY="shop.build", CUSTACCOUNTS="3")

    assert "CUSTACCOUNT_FACTROY is no setting; did you mean CUSTACCOUNT_FACTORY?" in done.stderr
    assert "CUSTACCOUNTS " not in done.stderr
    assert done.returncode == 2


def test_settings_are_read_once() -> None:
    """The environment goes before the host; what is empty is not said."""
    host = {"CUSTACCOUNT_FACTORY": "shop.ours", "DEBUG": True}

    assert read({"CUSTACCOUNT_FACTORY": "shop.theirs"}, host) == Settings(factory="shop.theirs")
    assert read({"CUSTACCOUNT_FACTORY": ""}, host) == Settings(factory="shop.ours")
    assert read({"PATH": "/bin"}, {}) == Settings()
    assert read({}, {"CUSTACCOUNT_COLOUR": "red"}).unknown == ("CUSTACCOUNT_COLOUR is no setting.",)
    with pytest.raises(TypeError, match="dotted path"):
        read({}, {"CUSTACCOUNT_FACTORY": print})
