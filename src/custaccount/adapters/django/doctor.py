"""What the doctor checks, said by Django; and what Django checks, said to the doctor.

``manage.py check --deploy`` says what needs no connection, ``check --database …`` what the storage
knows. The latter only warns: ``migrate`` runs it too, and shall not be held up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, WARNING, CheckMessage, Error
from django.core.checks import Warning as Warn
from django.utils.module_loading import import_string

from custaccount.accounts import CustomerAccounts
from custaccount.adapters.django import checks
from custaccount.doctor import Area, Check, Finding, Severity
from custaccount.kernel.errors import InvalidFields

NUMBERS: Mapping[str, int] = {
    Check.BASE_URL.value: 101,
    Check.SECRET_KEYS.value: 102,
    Check.HASHING.value: 103,
    Check.CATALOGUES.value: 104,
    Check.STORAGE.value: 105,
    Check.MIGRATIONS.value: 106,
    Check.PORTALS.value: 107,
    Check.PASSWORDS.value: 108,
    Check.SESSIONS.value: 109,
    Check.OUTBOX_LATE.value: 110,
    Check.OUTBOX_DEAD.value: 111,
    Check.MAILER.value: 112,
    Check.LIMITS.value: 113,
}
"""What follows the letter in an id; they never change."""
NOT_BUILT = "custaccount.E100"


def check_configuration(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """See that the accounts can be built, and what they were built with."""
    try:
        accounts = _built()
    except InvalidFields as refusal:
        return [_not_built(f"{problem.field}: {problem.text}") for problem in refusal.problems]
    except Exception as failure:  # noqa: BLE001 - it is the host's function
        return [_not_built(f"{type(failure).__name__}: {failure}")]
    findings = accounts.examine(Area.CONFIGURATION) if accounts is not None else ()
    return [_message(one, one.severity) for one in findings if _asks(one)]


def check_storage(
    *,
    databases: Sequence[str] | None = None,
    **_: Any,  # noqa: ANN401
) -> Sequence[CheckMessage]:
    """See what the storage knows, if it lies in one of these databases."""
    try:
        accounts = _built()
    except Exception:  # noqa: BLE001 - the other check says it
        return []
    if accounts is None or getattr(accounts.storage, "using", None) not in (databases or ()):
        return []
    findings = accounts.examine(Area.STORAGE)
    return [_message(one, Severity.WARNING) for one in findings if _asks(one)]


def findings() -> Sequence[Finding]:
    """Say to the doctor what Django's own checks found."""
    told = [one for check in (*checks.ALWAYS, *checks.DEPLOYED) for one in check()]
    return [
        Finding(
            check="django",
            severity=Severity.ERROR if one.level >= ERROR else Severity.WARNING,
            text=f"{one.msg} ({one.id})",
            setting=one.hint or "",
        )
        for one in told
        if one.level >= WARNING
    ]


def _built() -> CustomerAccounts | None:
    """Build the accounts; None if nothing that builds them is named, which another check says."""
    path = getattr(settings, "CUSTACCOUNT_FACTORY", None)
    if path is None or any(one.level >= ERROR for one in checks.check_factory()):
        return None
    built = import_string(path)()
    if not isinstance(built, CustomerAccounts):
        message = f"CUSTACCOUNT_FACTORY returned {type(built).__name__}, not CustomerAccounts"
        raise TypeError(message)
    return built


def _asks(finding: Finding) -> bool:
    return finding.severity in {Severity.ERROR, Severity.WARNING}


def _message(finding: Finding, severity: Severity) -> CheckMessage:
    kind, letter = (Error, "E") if severity is Severity.ERROR else (Warn, "W")
    hint = f"{finding.setting} (see {finding.docs})"
    return kind(finding.text, hint=hint, id=f"custaccount.{letter}{NUMBERS[finding.check]}")


def _not_built(text: str) -> CheckMessage:
    hint = "Correct what the function named by CUSTACCOUNT_FACTORY does."
    return Error(f"The accounts can't be built: {text}", hint=hint, id=NOT_BUILT)
