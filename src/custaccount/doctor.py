"""The doctor: what is wrong or weak in a deployment, and which setting changes it."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from enum import Enum
from typing import Protocol, runtime_checkable

import attrs

from custaccount.credentials.passwords import Hashing
from custaccount.facilities.letters import Mailer, MailerUnavailable
from custaccount.facilities.limits import Limits
from custaccount.facilities.outbox import PostState
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import StorageUnavailable
from custaccount.kernel.i18n import Language, catalogue
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.portals.model import Portal
from custaccount.storage import Revised, Snapshot, Storage

LATE = timedelta(hours=1)
"""An event nobody took for so long says that no relay runs."""
KEYS_MOST = 3
"""More keys than this, and old ones are kept for no reason."""
PASSWORD_ALONE = 15
"""What a password has at least where it is the only factor (NIST SP 800-63B-4)."""
SESSION_LONGEST = timedelta(hours=24)
NAMED_MOST = 5
BATCH = 100
"""Realms asked for at once."""


class Severity(Enum):
    """What a finding asks of its reader."""

    FINE = "fine"
    """Nothing."""
    WARNING = "warning"
    """To decide whether it is meant to be so."""
    ERROR = "error"
    """To change it: something does not work, or is not safe."""
    UNKNOWN = "unknown"
    """To look again: it could not be looked at."""


class Area(Enum):
    """What looking needs."""

    CONFIGURATION = "configuration"
    """Nothing but what the accounts were built with."""
    STORAGE = "storage"
    """The storage's answer."""
    MAIL = "mail"
    """The mail server's answer."""


class Check(Enum):
    """Everything that is looked at; the value never changes and leads to its advice."""

    BASE_URL = "base-url"
    SECRET_KEYS = "secret-keys"  # noqa: S105 - names a check
    HASHING = "hashing"
    LIMITS = "limits"
    CATALOGUES = "catalogues"
    STORAGE = "storage"
    MIGRATIONS = "migrations"
    PORTALS = "portals"
    PASSWORDS = "passwords"
    SESSIONS = "sessions"
    OUTBOX_LATE = "outbox-late"
    OUTBOX_DEAD = "outbox-dead"
    MAILER = "mailer"


OF_ROWS = (Check.PORTALS, Check.PASSWORDS, Check.SESSIONS, Check.OUTBOX_LATE, Check.OUTBOX_DEAD)
"""What is asked of the storage's tables."""


@attrs.frozen(kw_only=True)
class Finding:
    """What one check found; never a secret."""

    check: str
    severity: Severity
    text: str
    setting: str = ""
    """What to change or to run; empty if there is nothing to do."""

    @property
    def docs(self) -> str:
        """Where the documentation says what to do."""
        return f"how-to/command-line.html#doctor-{self.check}"


@runtime_checkable
class Reachable(Protocol):
    """An optional ability of a mailer: to ask its server without sending anything."""

    def reach(self) -> None:
        """Return if the server would take a mail now.

        Raises:
            MailerUnavailable: it would not.
        """
        ...


@attrs.frozen(kw_only=True)
class Doctor:
    """Looks and changes nothing; whatever fails becomes a finding."""

    _storage: Storage = attrs.field(alias="storage")
    _mailer: Mailer = attrs.field(alias="mailer")
    _base_url: str = attrs.field(alias="base_url")
    _keys: int = attrs.field(alias="keys")
    """How many there are; the keys themselves are not its business."""
    _hashing: Hashing = attrs.field(alias="hashing")
    _limits: Limits = attrs.field(alias="limits")
    _clock: Clock = attrs.field(alias="clock")

    def examine(self, *areas: Area) -> tuple[Finding, ...]:
        """Run the checks of these areas, or of all if none is named."""
        looks: dict[Area, Callable[[], Iterator[Finding]]] = {
            Area.CONFIGURATION: self._configuration,
            Area.STORAGE: self._rows_of_storage,
            Area.MAIL: self._mail,
        }
        return tuple(
            finding for area, look in looks.items() if area in (areas or Area) for finding in look()
        )

    # Configuration ------------------------------------------------------------------------------

    def _configuration(self) -> Iterator[Finding]:
        if self._base_url.startswith("https:"):
            yield _fine(Check.BASE_URL, f"{self._base_url}: links and cookies are for https.")
        else:
            yield _warning(
                Check.BASE_URL,
                f"{self._base_url}: unencrypted, for development on this machine only.",
                "base_url='https://…'",
            )
        many = self._keys > KEYS_MOST
        yield _either(
            Check.SECRET_KEYS,
            "" if many else f"{_count(self._keys, 'key')}, strong; the last one signs.",
            f"{self._keys} keys are accepted; a key that leaked long ago would still open links.",
            "secret_keys=[…]: drop the oldest",
        )
        if self._hashing.strong:
            yield _fine(Check.HASHING, f"{self._hashing.cost}.")
        else:
            yield _error(
                Check.HASHING,
                f"{self._hashing.cost}: less than OWASP's floor protects nobody's password.",
                "hashing=, testing=: leave both out",
            )
        kind = type(self._limits).__name__
        stands_in = getattr(self._storage, "stand_in", False)
        alone = getattr(self._limits, "process_local", False) and not stands_in
        yield _either(
            Check.LIMITS,
            "" if alone else f"{kind} counts how often something is tried.",
            f"{kind} counts in each process apart: several let pass several times as many tries.",
            "limits=: one that the processes share, unless there is one process only",
        )
        missing = [language.value for language in Language if not _is_compiled(language)]
        if missing:
            yield _error(
                Check.CATALOGUES,
                f"Not compiled: {', '.join(missing)}; mails in it can't be written.",
                "install the package, from its wheel or with pip install -e",
            )
        else:
            yield _fine(Check.CATALOGUES, f"{len(Language)} languages are compiled.")

    # Storage ------------------------------------------------------------------------------------

    def _rows_of_storage(self) -> Iterator[Finding]:
        try:
            behind = self._storage.pending() if isinstance(self._storage, Revised) else None
            if not behind:
                with self._storage.reading() as view:
                    found = list(self._rows(view))
        except StorageUnavailable as failure:
            text = f"The storage does not answer: {_why(failure)}"
            yield _error(Check.STORAGE, text, "storage=")
            yield from _not_looked_at((Check.MIGRATIONS, *OF_ROWS), "the storage does not answer")
            return
        except Exception as failure:  # noqa: BLE001 - a driver may raise anything
            yield _error(Check.STORAGE, f"The storage fails: {_why(failure)}", "storage=")
            yield from _not_looked_at((Check.MIGRATIONS, *OF_ROWS), "the storage fails")
            return

        kind = type(self._storage).__name__
        stands_in = getattr(self._storage, "stand_in", False)
        text = f"{kind} forgets everything when the process ends." if stands_in else ""
        yield _either(Check.STORAGE, "" if stands_in else f"{kind} answers.", text, "storage=")
        if behind and isinstance(self._storage, Revised):
            text = f"The tables are {_count(len(behind), 'revision')} behind: {', '.join(behind)}."
            yield _error(Check.MIGRATIONS, text, f"run: {self._storage.migrate_with}")
            yield from _not_looked_at(OF_ROWS, "the tables are behind")
            return
        if behind is not None:
            yield _fine(Check.MIGRATIONS, "The tables are up to date.")
        yield from found

    def _rows(self, view: Snapshot) -> Iterator[Finding]:
        realms = tuple(_realms(view))
        yield from _portals([one for realm in realms for one in view.portals.of_realm(realm)])

        late = view.outbox.realms_due(at=self._clock() - LATE, limit=BATCH)
        if late:
            yield _error(
                Check.OUTBOX_LATE,
                f"Events wait for more than an hour in {_named(late)}: mails are not sent.",
                "run a relay: custaccount relay",
            )
        else:
            yield _fine(Check.OUTBOX_LATE, "No event waits for long.")
        dead = {realm.realm: view.outbox.count(realm, PostState.DEAD) for realm in realms}
        given_up = [f"{realm} ({count})" for realm, count in dead.items() if count]
        yield _either(
            Check.OUTBOX_DEAD,
            "" if given_up else "No delivery was given up.",
            f"{_count(sum(dead.values()), 'event')} given up after the last try: "
            f"{_named(given_up)}.",
            "the relay's log says why",
        )

    # Mail ---------------------------------------------------------------------------------------

    def _mail(self) -> Iterator[Finding]:
        kind = type(self._mailer).__name__
        if getattr(self._mailer, "stand_in", False):
            yield _warning(Check.MAILER, f"{kind} keeps mails to itself.", "mailer=")
        elif not isinstance(self._mailer, Reachable):
            text = f"{kind} can't be asked without sending; it has no reach()."
            yield Finding(check=Check.MAILER.value, severity=Severity.UNKNOWN, text=text)
        else:
            try:
                self._mailer.reach()
            except MailerUnavailable as failure:
                yield _error(Check.MAILER, f"{kind} would take no mail: {_why(failure)}", "mailer=")
            except Exception as failure:  # noqa: BLE001 - a driver may raise anything
                yield _error(Check.MAILER, f"{kind} fails: {_why(failure)}", "mailer=")
            else:
                yield _fine(Check.MAILER, f"{kind} would take a mail now.")


def _portals(portals: Sequence[Portal]) -> Iterator[Finding]:
    on = [portal for portal in portals if portal.open]
    if on:
        closed = [portal for portal in portals if not portal.open]
        off = f"; off: {_named(_keys(closed))}" if closed else ""
        yield _fine(Check.PORTALS, f"{len(on)} of {_count(len(portals), 'portal')} on{off}.")
    else:
        there = "every portal is off" if portals else "there is no portal"
        yield _warning(
            Check.PORTALS, f"Nobody can come in: {there}.", "portal_desk.create(…), .open(…)"
        )
    nobody = "" if on else "No portal is on."
    short = [one for one in on if one.policies.password_shortest < PASSWORD_ALONE]
    yield _either(
        Check.PASSWORDS,
        "" if short else nobody or "Passwords are long enough to be the only factor.",
        f"The password is the only factor and may be shorter than {PASSWORD_ALONE} characters: "
        f"{_named(_keys(short))}.",
        f"Policies(password_shortest={PASSWORD_ALONE})",
    )
    long = [one for one in on if one.policies.session_longest > SESSION_LONGEST]
    yield _either(
        Check.SESSIONS,
        "" if long else nobody or "Sessions end within a day.",
        f"Who finds a signed-in browser is in for more than a day: {_named(_keys(long))}.",
        "Policies(session_longest=timedelta(hours=12))",
    )


def _realms(view: Snapshot) -> Iterator[RealmScope]:
    last: RealmId | None = None
    while batch := view.portals.realms(after=last, limit=BATCH):
        yield from map(RealmScope, batch)
        last = batch[-1]


def _keys(portals: Sequence[Portal]) -> list[str]:
    return sorted(f"{portal.realm}/{portal.key}" for portal in portals)


def _named(names: Sequence[str]) -> str:
    more = len(names) - NAMED_MOST
    return ", ".join(names[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _why(failure: BaseException) -> str:
    """Write the first line of what a driver said, without the password of an address in it."""
    said = failure.__cause__ or failure
    lines = [line.strip() for line in str(said).splitlines() if line.strip()]
    line = re.sub(r"://[^/\s]*@", "://…@", lines[0]) if lines else ""
    return f"{type(said).__name__}: {line}" if line else f"{type(said).__name__}."


def _is_compiled(language: Language) -> bool:
    try:
        catalogue(language)
    except FileNotFoundError:
        return False
    return True


def _fine(check: Check, text: str) -> Finding:
    return Finding(check=check.value, severity=Severity.FINE, text=text)


def _warning(check: Check, text: str, setting: str) -> Finding:
    return Finding(check=check.value, severity=Severity.WARNING, text=text, setting=setting)


def _error(check: Check, text: str, setting: str) -> Finding:
    return Finding(check=check.value, severity=Severity.ERROR, text=text, setting=setting)


def _either(check: Check, fine: str, warning: str, setting: str) -> Finding:
    return _fine(check, fine) if fine else _warning(check, warning, setting)


def _not_looked_at(checks: Sequence[Check], why: str) -> Iterator[Finding]:
    for check in checks:
        text = f"Not looked at: {why}."
        yield Finding(check=check.value, severity=Severity.UNKNOWN, text=text)
