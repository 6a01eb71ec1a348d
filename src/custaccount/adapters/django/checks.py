"""What Django checks before it starts; ``manage.py check`` names each by its id."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info
from django.core.checks import Warning as Warn
from django.db import connections, router
from django.utils.module_loading import import_string

TAG = "custaccount"
VENDORS = ("sqlite", "postgresql")
"""The kinds of database there is support for."""

_DEVELOPMENT = ("console", "dummy", "filebased", "locmem")


def check_time_zone(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401 - Django's signature
    """See that moments are kept in UTC."""
    if settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is off.",
            hint="Moments are kept in UTC: set USE_TZ = True.",
            id="custaccount.E001",
        )
    ]


def check_database(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401
    """See that the tables lie in a database there is support for."""
    from custaccount.adapters.django.models import Realm

    alias = router.db_for_write(Realm)
    vendor = connections[alias].vendor
    if vendor in VENDORS:
        return []
    return [
        Error(
            f"The tables of custaccount lie in {alias!r}, which is {vendor}.",
            hint="Use PostgreSQL or SQLite; a database router can send the app's tables there.",
            id="custaccount.E002",
        )
    ]


def check_factory(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401
    """See that what builds the accounts can be imported and called."""
    path = getattr(settings, "CUSTACCOUNT_FACTORY", None)
    if path is None:
        return [
            Info(
                "CUSTACCOUNT_FACTORY is not set.",
                hint="Name what builds your CustomerAccounts, as 'shop.accounts.build', "
                "so that commands find it.",
                id="custaccount.I001",
            )
        ]
    try:
        if callable(import_string(path)):
            return []
        reason = "it is no function"
    except (ImportError, AttributeError, TypeError, ValueError) as failure:
        reason = str(failure)
    return [
        Error(
            f"CUSTACCOUNT_FACTORY = {path!r} can't be used: {reason}.",
            hint="A dotted path to a function without arguments that returns CustomerAccounts.",
            id="custaccount.E003",
        )
    ]


def check_requests(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401
    """See that what a refusal leaves behind survives the refusal."""
    from custaccount.adapters.django.models import Realm

    alias = router.db_for_write(Realm)
    if not connections[alias].settings_dict.get("ATOMIC_REQUESTS"):
        return []
    return [
        Warn(
            f"ATOMIC_REQUESTS is on for {alias!r}: a view that raises undoes what was committed "
            "in it, a failed sign-in that should be remembered for example.",
            hint="Turn it off, or decorate the views with transaction.non_atomic_requests.",
            id="custaccount.W001",
        )
    ]


def check_mail(**_: Any) -> Sequence[CheckMessage]:  # noqa: ANN401
    """See that mails leave the machine."""
    backend = _mail_backend()
    if not any(f".{name}." in backend for name in _DEVELOPMENT):
        return []
    return [
        Warn(
            f"{backend!r} sends no mail: links to activate and to reset arrive nowhere.",
            hint="Set a mail back end that sends, unless custaccount mails by other means.",
            id="custaccount.W002",
        )
    ]


def _mail_backend() -> str:
    mailers = getattr(settings, "MAILERS", None)  # Django 6.1 and later, instead of the other
    if mailers is not None:
        return str(mailers.get("default", {}).get("BACKEND", ""))
    return str(settings.EMAIL_BACKEND)


ALWAYS: Sequence[Callable[..., Sequence[CheckMessage]]] = (
    check_time_zone,
    check_database,
    check_factory,
    check_requests,
)
"""What is checked at every start."""

DEPLOYED: Sequence[Callable[..., Sequence[CheckMessage]]] = (check_mail,)
"""What is checked before a deployment only."""
