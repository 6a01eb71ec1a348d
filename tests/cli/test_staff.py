"""``custaccount staff``: the first staff member is made by who may run commands."""

from __future__ import annotations

import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission
from custaccount.storage import Storage
from tests.cli.conftest import Run
from tests.house import IDA, OLE, STAFF_PASSWORD, Shop, build, how_often, open_nord


@pytest.fixture
def storage() -> Storage:
    """Return a storage in memory: no store decides any of this."""
    return MemoryStorage()


@pytest.fixture
def nord(storage: Storage) -> Shop:
    """The first seller."""
    return open_nord(build(storage))


def test_the_password_is_printed_once_and_lets_in(run: Run, nord: Shop) -> None:
    """Alone on standard output, so that it can be piped; it has to be changed at once."""
    words = ("staff", "add", IDA, "--name", "Ida Berg", "--realm", "nord")
    result = run(nord.house.accounts, *words, "--permission", "everything")

    assert result.exit_code == 0, result.output
    password = result.stdout.strip()
    assert "24 hours" in result.stderr
    assert password not in result.stderr
    token = nord.staff_sign_in(IDA, password)
    sessions = nord.house.accounts.staff_sessions
    newer = sessions.change_password(nord.guest, token, password, STAFF_PASSWORD)
    assert sessions.resume(nord.guest, newer).permissions == STAFF_PERMISSIONS


def test_what_is_granted_is_named_by_permission(run: Run, nord: Shop) -> None:
    """Several times; the trail says that the command line did it."""
    wanted = ("--permission", "manage-prices", "--permission", "read-audit")
    result = run(
        nord.house.accounts, "staff", "add", OLE, "--name", "Ole", "--realm", "nord", *wanted
    )

    assert result.exit_code == 0, result.output
    granted = nord.colleague(OLE).permissions_in(nord.realm)
    assert granted == {Permission.MANAGE_PRICES, Permission.READ_AUDIT}
    assert nord.house.accounts.audit.latest(nord.staff).items[0].stamp.by == "command line"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nobody", "--name", "N", "--realm", "nord"), "not a valid mail address"),
        ((IDA, "--name", "", "--realm", "nord"), "name"),
        ((IDA, "--name", "Ida", "--realm", "west"), "founded first"),
        ((OLE, "--name", "Ole", "--realm", "nord"), "one already"),
    ],
)
def test_what_is_refused_is_told_in_one_line(
    run: Run, nord: Shop, words: tuple[str, ...], told: str
) -> None:
    """And nobody is appointed."""
    nord.appoint(OLE)

    result = run(nord.house.accounts, "staff", "add", *words, "--permission", "read-audit")

    assert result.exit_code == 1
    assert told in result.stderr
    assert result.stdout == ""
    assert how_often(nord.house.storage, "staff.appointed") == 1


def test_customers_permissions_can_not_be_named(run: Run, nord: Shop) -> None:
    """Nor can one do without any."""
    words = ("staff", "add", IDA, "--name", "Ida", "--realm", "nord")

    assert run(nord.house.accounts, *words, "--permission", "see-prices").exit_code == 2
    assert run(nord.house.accounts, *words).exit_code == 2


def test_staff_are_listed_with_what_they_may(run: Run, nord: Shop) -> None:
    """By address: blocked, active, or with the password that was handed over."""
    accounts = nord.house.accounts
    assert run(accounts, "staff", "list", "--realm", "nord").stdout == "No staff in this realm.\n"
    nord.appoint(IDA)
    nord.appoint(OLE, Permission.READ_AUDIT)
    accounts.staff_desk.block(nord.staff, nord.colleague(OLE).id)
    accounts.staff_desk.appoint(
        nord.staff, email="eva@nord.example", name="Eva", permissions=[Permission.READ_AUDIT]
    )

    result = run(accounts, "staff", "list", "--realm", "nord")

    assert result.exit_code == 0
    eva, ida, ole = (
        next(line for line in result.stdout.splitlines() if email in line)
        for email in ("eva@nord.example", IDA, OLE)
    )
    assert "password due" in eva
    assert "never" in eva
    assert "active" in ida
    assert "manage" in ida
    assert "blocked" in ole
    assert "read audit" in ole
