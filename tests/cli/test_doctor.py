"""The doctor finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import attrs
import pytest

pytest.importorskip("syrupy")

from click.testing import Result
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from custaccount import Currency, Language
from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import FixedClock, MemoryMailer, MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.credentials.passwords import Hashing
from custaccount.doctor import LATE, Area, Check, Finding, Severity
from custaccount.facilities.letters import Mail
from custaccount.kernel.ids import RealmId
from custaccount.portals import Policies, Portal
from tests.cli.conftest import ROOT, Built, Run, local_mailer, serving
from tests.house import KEY, NEWER_KEY, NORD, SUED, staff_of

FINE, WARNING, ERROR, UNKNOWN = Severity


class Json(SingleFileSnapshotExtension):
    """What ``--json`` wrote, as a file."""

    file_extension = "json"
    _file_extension = "json"  # its name before syrupy 5
    _write_mode: ClassVar[WriteMode] = WriteMode.TEXT


LONG = Policies(password_shortest=15)


def portal(
    accounts: CustomerAccounts,
    key: str = "trade",
    policies: Policies = LONG,
    realm: RealmId = NORD,
) -> Portal:
    """Make a portal and switch it on."""
    ida = staff_of(realm)
    made = accounts.portal_desk.create(
        ida,
        key=key,
        name=key,
        languages=[Language.EN],
        currency=Currency("EUR"),
        path=f"/{key}",
        policies=policies,
    )
    return accounts.portal_desk.open(ida, made.id)


def found(accounts: CustomerAccounts, *areas: Area) -> dict[str, Finding]:
    """Examine, by check."""
    return {finding.check: finding for finding in accounts.examine(*areas)}


def asking(accounts: CustomerAccounts) -> set[str]:
    """Name the checks that found something."""
    return {name for name, finding in found(accounts).items() if finding.severity is not FINE}


def told(result: Result) -> dict[str, Any]:
    """Read what ``--json`` wrote, by check."""
    return {one["check"]: one for one in json.loads(result.output)["findings"]}


# A sound house ----------------------------------------------------------------------------------


def test_nothing_is_found_where_nothing_is_wrong(built: Built, run: Run) -> None:
    """Every check is fine, and the exit code is 0, even if it is strict."""
    accounts = built()
    portal(accounts)

    result = run(accounts, "doctor", "--strict")

    assert result.exit_code == 0, result.output
    assert result.output.count("✓") == len(Check)
    assert f"{len(Check)} fine." in result.output
    assert asking(accounts) == set()


def test_every_check_is_made_each_time(built: Built) -> None:
    """Each once, in one order, whatever is found; an area alone makes its own."""
    sound = [one.check for one in built().examine()]

    assert sound == [check.value for check in Check]
    assert [one.check for one in built(storage=MemoryStorage()).examine()] == [
        check for check in sound if check != "migrations"
    ]
    assert list(found(built(), Area.MAIL)) == ["mailer"]


def test_it_is_told_as_json(built: Built, run: Run) -> None:
    """For monitoring: counts, and for each check what, how bad, which setting and where to read."""
    accounts = built(mailer=MemoryMailer())
    portal(accounts, policies=Policies())

    result = run(accounts, "doctor", "--json")
    whole = json.loads(result.output)

    assert result.exit_code == 0
    assert whole["counts"] == {"fine": 11, "warning": 2, "error": 0, "unknown": 0}
    assert told(result)["passwords"] == {
        "check": "passwords",
        "severity": "warning",
        "text": "The password is the only factor and may be shorter than 15 characters: "
        "nord/trade.",
        "setting": "Policies(password_shortest=15)",
        "docs": "how-to/command-line.html#doctor-passwords",
    }
    assert told(result)["hashing"]["setting"] is None
    assert run(accounts, "doctor", "--strict").exit_code == 1


def test_the_json_is_what_somebody_has_read(
    built: Built, run: Run, snapshot: SnapshotAssertion
) -> None:
    """Its form is a promise to those who parse it."""
    accounts = built()
    portal(accounts)

    result = run(accounts, "doctor", "--json")

    assert result.output == snapshot(extension_class=Json)


def test_it_tells_no_secret(built: Built, run: Run) -> None:
    """Neither keys nor passwords of neighbours, whatever fails."""
    secret = "tr0ub4dor-and-3"
    address = f"postgresql://shop:{secret}@127.0.0.1:1/shop"
    accounts = built(storage=SqlAlchemyStorage.connect(address), secret_keys=[KEY, NEWER_KEY])

    said = run(accounts, "doctor").output + run(accounts, "doctor", "--json").output

    assert "✗" in said
    assert secret not in said
    assert KEY not in said
    assert NEWER_KEY not in said


# Configuration ----------------------------------------------------------------------------------


def test_what_is_for_development_is_named(built: Built) -> None:
    """Unencrypted links, storage in memory, and mails that stay."""
    accounts = built(
        base_url="http://127.0.0.1:8000", storage=MemoryStorage(), mailer=MemoryMailer()
    )
    portal(accounts)

    assert asking(accounts) == {"base-url", "storage", "mailer"}
    assert {found(accounts)[name].severity for name in asking(accounts)} == {WARNING}


def test_limits_of_one_process_are_a_warning(built: Built) -> None:
    """Several processes would let pass several times as much; in memory there is one process."""
    told = found(built(limits=None))["limits"]

    assert (told.severity, told.text.split()[0]) == (WARNING, "ProcessLimits")
    assert found(built())["limits"].severity is FINE
    assert found(built(storage=MemoryStorage()))["limits"].severity is FINE


def test_weak_hashing_is_an_error(built: Built, run: Run) -> None:
    """Tests may have it; whoever runs the doctor is no test."""
    accounts = built(hashing=Hashing.cheap(), testing=True)

    assert found(accounts)["hashing"].severity is ERROR
    assert run(accounts, "doctor").exit_code == 1


def test_many_keys_are_too_many(built: Built) -> None:
    """Old keys open old links; three are plenty to change them."""
    keys = [KEY, NEWER_KEY, KEY[::-1], NEWER_KEY[::-1]]

    assert found(built(secret_keys=keys[:3]))["secret-keys"].severity is FINE
    assert found(built(secret_keys=keys))["secret-keys"].severity is WARNING


def test_a_catalogue_that_was_not_compiled_is_an_error(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mails in that language could not be written."""
    from custaccount import doctor

    def catalogue(language: Language) -> None:
        if language is Language.SV:
            raise FileNotFoundError

    monkeypatch.setattr(doctor, "catalogue", catalogue)

    finding = found(built())["catalogues"]
    assert finding.severity is ERROR
    assert "sv" in finding.text


# Portals ----------------------------------------------------------------------------------------


def test_a_house_nobody_can_enter_is_named(built: Built) -> None:
    """No portal, or none that is on; one that is off beside another is fine."""
    accounts = built()
    assert "there is no portal" in found(accounts)["portals"].text

    made = portal(accounts)
    accounts.portal_desk.close(staff_of(NORD), made.id)
    assert "every portal is off" in found(accounts)["portals"].text
    assert found(accounts)["portals"].severity is WARNING

    portal(accounts, "crafts", realm=SUED)
    assert found(accounts)["portals"].severity is FINE
    assert found(accounts)["portals"].text == "1 of 2 portals on; off: nord/trade."


def test_policies_are_read_of_portals_that_are_on(built: Built) -> None:
    """Short passwords that are the only factor, and sessions that go on for days."""
    accounts = built()
    portal(accounts)
    loose = attrs.evolve(LONG, password_shortest=14, session_longest=timedelta(days=7))

    made = portal(accounts, "loose", loose)

    for check in ("passwords", "sessions"):
        assert found(accounts)[check].severity is WARNING
        assert found(accounts)[check].text.endswith(": nord/loose.")
    accounts.portal_desk.close(staff_of(NORD), made.id)
    assert found(accounts)["passwords"].severity is FINE
    assert found(accounts)["sessions"].severity is FINE


def test_many_portals_are_counted_not_listed(built: Built) -> None:
    """A table stays a table; and no realm is left out, however many there are."""
    accounts = built(storage=MemoryStorage())
    for number in range(120):
        portal(accounts, f"p{number:03}", Policies(), realm=RealmId(f"realm-{number:03}"))

    text = found(accounts)["passwords"].text

    assert "realm-004/p004 and 115 more." in text
    assert "120 of 120 portals on." in found(accounts)["portals"].text


# Outbox -----------------------------------------------------------------------------------------


def test_events_nobody_takes_are_an_error(built: Built) -> None:
    """An hour after they were due, to the second; a relay makes it good."""
    clock = FixedClock()
    accounts = built(clock=clock)
    portal(accounts)

    clock.advance(LATE - timedelta(seconds=1))
    assert found(accounts)["outbox-late"].severity is FINE
    clock.advance(timedelta(seconds=1))
    assert found(accounts)["outbox-late"].severity is ERROR
    assert "nord" in found(accounts)["outbox-late"].text

    accounts.relay()
    assert found(accounts)["outbox-late"].severity is FINE


def test_what_was_given_up_is_counted(built: Built, run: Run) -> None:
    """By realm; it stays until somebody has looked."""
    clock = FixedClock()

    def refuse(_: object) -> None:
        raise RuntimeError

    accounts = built(clock=clock, subscribers=[refuse])
    portal(accounts)
    assert found(accounts)["outbox-dead"].severity is FINE
    while not accounts.relay().dead:
        clock.advance(timedelta(hours=1))

    finding = found(accounts)["outbox-dead"]
    assert finding.severity is WARNING
    assert "nord (2)" in finding.text
    assert run(accounts, "doctor").exit_code == 0
    assert run(accounts, "doctor", "--strict").exit_code == 1


# Storage ----------------------------------------------------------------------------------------


def test_tables_that_are_behind_are_an_error(built: Built, tmp_path: Path, run: Run) -> None:
    """With the command that helps; what is in them is not looked at."""
    storage = SqlAlchemyStorage.connect(f"sqlite:///{tmp_path / 'empty.db'}")
    accounts = built(storage=storage)

    before = found(accounts, Area.STORAGE)
    assert before["storage"].severity is FINE
    assert before["migrations"].severity is ERROR
    assert before["migrations"].setting == "run: custaccount migrate"
    assert {before[name].severity for name in ("portals", "outbox-dead")} == {UNKNOWN}
    assert run(accounts, "doctor").exit_code == 1

    storage.migrate()
    assert found(accounts, Area.STORAGE)["migrations"].severity is FINE
    assert found(accounts, Area.STORAGE)["outbox-dead"].severity is FINE
    storage.engine.dispose()


def test_a_database_that_is_down_is_an_error(built: Built, nobody: int, run: Run) -> None:
    """The other areas are looked at all the same."""
    storage = SqlAlchemyStorage.connect(f"postgresql://shop@127.0.0.1:{nobody}/shop")
    accounts = built(storage=storage)

    result = run(accounts, "doctor", "--json")

    assert result.exit_code == 1
    assert told(result)["storage"]["severity"] == "error"
    assert "does not answer" in told(result)["storage"]["text"]
    assert told(result)["outbox-late"]["severity"] == "unknown"
    assert told(result)["mailer"]["severity"] == "fine"


def test_a_storage_that_breaks_does_not_break_the_doctor(built: Built) -> None:
    """Whatever a driver raises becomes a finding."""

    class Broken(MemoryStorage):
        def reading(self) -> NoReturn:
            raise ZeroDivisionError

    assert "ZeroDivisionError" in found(built(storage=Broken()))["storage"].text
    assert found(built(storage=Broken()))["storage"].severity is ERROR


# Mail -------------------------------------------------------------------------------------------


def test_a_mail_server_that_is_down_is_an_error(built: Built, nobody: int, run: Run) -> None:
    """It is asked without sending anything."""
    accounts = built(mailer=local_mailer(nobody))

    assert found(accounts)["mailer"].severity is ERROR
    assert "Refused" in found(accounts)["mailer"].text
    assert run(accounts, "doctor").exit_code == 1


def test_a_mail_server_that_refuses_is_an_error(built: Built) -> None:
    """One that answers, but not to this, would not take a mail either."""

    class Refusing:
        async def handle_NOOP(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
            return "421 closing"

    with serving(Refusing()) as port:
        assert found(built(mailer=local_mailer(port)))["mailer"].severity is ERROR


def test_a_mailer_that_cant_be_asked_is_told(built: Built) -> None:
    """It is neither praised nor blamed; one that breaks is."""

    class Queue:
        def send(self, mail: Mail) -> None: ...

    class Broken(Queue):
        def reach(self) -> None:
            raise ZeroDivisionError

    assert found(built(mailer=Queue()))["mailer"].severity is UNKNOWN
    assert found(built(mailer=Broken()))["mailer"].severity is ERROR


# Advice -----------------------------------------------------------------------------------------


def test_every_check_has_its_advice() -> None:
    """The page of the command line has a place for each, and none for what is gone."""
    page = (ROOT / "docs" / "how-to" / "command-line.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\(doctor-([a-z-]+)\)=$", page, re.MULTILINE)) == {
        *(check.value for check in Check),
        "django",
    }


def test_what_asks_something_says_what_to_change(built: Built, nobody: int) -> None:
    """No warning and no error without a setting or a command."""
    storage = SqlAlchemyStorage.connect(f"postgresql://shop@127.0.0.1:{nobody}/shop")
    sick = (
        built(storage=storage, mailer=local_mailer(nobody), base_url="http://localhost"),
        built(storage=MemoryStorage(), mailer=MemoryMailer()),
    )

    for finding in (one for accounts in sick for one in accounts.examine()):
        assert bool(finding.setting) == (finding.severity in {WARNING, ERROR})
