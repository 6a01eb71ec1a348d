"""What a database says, in the words of the house; the one place where it is translated."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from django.db import utils

from custaccount.kernel.errors import (
    AlreadyThere,
    CustAccountError,
    InvalidInput,
    StorageUnavailable,
    TryAgain,
)

POSTGRESQL: Mapping[str, Callable[[], CustAccountError]] = {
    "40001": TryAgain,  # serialization failure
    "40P01": TryAgain,  # deadlock
    "55P03": StorageUnavailable,  # lock not available in time
    "57014": StorageUnavailable,  # cancelled: statement time-out
    "25P03": StorageUnavailable,  # idle in transaction time-out
    "57P01": StorageUnavailable,  # the server shuts down
    "57P02": StorageUnavailable,  # it crashed
    "57P03": StorageUnavailable,  # it starts up
    "53300": StorageUnavailable,  # too many connections
    "53100": StorageUnavailable,  # disk full
    "53200": StorageUnavailable,  # out of memory
    "25006": StorageUnavailable,  # a standby took over, it only reads
}
"""By SQLSTATE."""

SQLITE: Mapping[str, Callable[[], CustAccountError]] = {
    "SQLITE_BUSY_SNAPSHOT": TryAgain,  # another unit wrote since this one read
    "SQLITE_BUSY": StorageUnavailable,
    "SQLITE_BUSY_TIMEOUT": StorageUnavailable,
    "SQLITE_BUSY_RECOVERY": StorageUnavailable,
    "SQLITE_LOCKED": StorageUnavailable,
    "SQLITE_LOCKED_SHAREDCACHE": StorageUnavailable,
    "SQLITE_CANTOPEN": StorageUnavailable,
    "SQLITE_FULL": StorageUnavailable,
    "SQLITE_PROTOCOL": StorageUnavailable,
    "SQLITE_READONLY": StorageUnavailable,
}
"""By the name of the extended result code."""

UNIQUE = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})

KINDS = {
    "custaccount_realms": "realm",
    "custaccount_portals": "portal",
    "custaccount_portal_addresses": "portal",
    "custaccount_customers": "customer",
    "custaccount_addresses": "address",
    "custaccount_customer_groups": "customer group",
    "custaccount_users": "user",
    "custaccount_sessions": "session",
    "custaccount_staff": "staff member",
    "custaccount_staff_sessions": "staff session",
    "custaccount_tickets": "ticket",
    "custaccount_memberships": "membership",
    "custaccount_role_books": "role book",
    "custaccount_invitations": "invitation",
    "custaccount_registrations": "registration",
    "custaccount_drafts": "draft",
    "custaccount_price_lists": "price list",
    "custaccount_orders": "order",
}
"""What a row of a table is called; constraints begin with the name of their table."""


def translated(error: BaseException) -> CustAccountError | None:
    """Say it in words of the house; None if it is none of a database's, or a defect."""
    match error:
        case UnicodeEncodeError():  # half a surrogate pair: no text
            return InvalidInput()
        case utils.Error():
            return _of_driver(error, _code(error.__cause__))
        case _:
            return None


@contextmanager
def translating() -> Iterator[None]:
    """Let a foreign error out in words of the house."""
    try:
        yield
    except Exception as error:
        told = translated(error)
        if told is None:
            raise
        raise told from error


def _of_driver(error: utils.Error, code: str) -> CustAccountError | None:
    if code in UNIQUE:
        return AlreadyThere(kind=_kind(str(error)))
    known = POSTGRESQL.get(code) or SQLITE.get(code)
    if known is not None:
        return known()
    if isinstance(error, utils.DataError):
        return InvalidInput()
    lost = code.startswith(("08", "SQLITE_IOERR"))
    unnamed = not code and isinstance(error, utils.OperationalError | utils.InterfaceError)
    return StorageUnavailable() if lost or unnamed else None


def _code(told: BaseException | None) -> str:
    codes = (getattr(told, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    return next((code for code in codes if isinstance(code, str)), "")


def _kind(message: str) -> str:
    named = [table for table in KINDS if table in message]
    return KINDS[max(named, key=len)] if named else "row"
