"""What a database says, in the words of the house; the one place where it is translated."""

from collections.abc import Callable, Mapping

from sqlalchemy import exc

from custaccount.adapters.sqlalchemy.tables import KINDS
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

MARIADB: Mapping[str, Callable[[], CustAccountError]] = {
    "1213": TryAgain,  # deadlock
    "1020": TryAgain,  # changed since this snapshot was taken
    "1205": StorageUnavailable,  # lock not available in time
    "1969": StorageUnavailable,  # statement time-out
    "1317": StorageUnavailable,  # cancelled
    "1927": StorageUnavailable,  # the connection was killed
    "1053": StorageUnavailable,  # the server shuts down
    "1040": StorageUnavailable,  # too many connections
    "1203": StorageUnavailable,  # of this user
    "1226": StorageUnavailable,  # of this user, by its quota
    "1021": StorageUnavailable,  # disk full
    "1114": StorageUnavailable,  # table space full
    "1037": StorageUnavailable,  # out of memory
    "1041": StorageUnavailable,
    "1206": StorageUnavailable,  # out of room for locks
    "1290": StorageUnavailable,  # the server only reads
    "1836": StorageUnavailable,
    "2002": StorageUnavailable,  # nobody answers
    "2003": StorageUnavailable,
    "2006": StorageUnavailable,  # the server has gone away
    "2013": StorageUnavailable,  # in the middle of a question
    "2055": StorageUnavailable,
    "1406": InvalidInput,  # text that is too long
    "1366": InvalidInput,  # text that is none
}
"""By number."""

UNIQUE = frozenset(
    {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "1062", "1586"}
)


def translated(error: BaseException) -> CustAccountError | None:
    """Say it in words of the house; None if it is none of a database's, or a defect."""
    match error:
        case exc.TimeoutError():  # the pool has no connection left
            return StorageUnavailable()
        case UnicodeEncodeError():  # half a surrogate pair: no text
            return InvalidInput()
        case exc.DBAPIError():
            return _of_driver(error, _code(error.orig))
        case exc.StatementError(orig=CustAccountError() as refusal):  # of a column's type
            return refusal
        case _:
            return None


def _of_driver(error: exc.DBAPIError, code: str) -> CustAccountError | None:
    if code in UNIQUE:
        return AlreadyThere(kind=_kind(error))
    known = POSTGRESQL.get(code) or SQLITE.get(code) or MARIADB.get(code)
    if known is not None:
        return known()
    if isinstance(error, exc.DataError):
        return InvalidInput()
    lost = error.connection_invalidated or code.startswith(("08", "SQLITE_IOERR"))
    unnamed = not code and isinstance(error, exc.OperationalError | exc.InterfaceError)
    return StorageUnavailable() if lost or unnamed else None


def _code(told: BaseException | None) -> str:
    """Find the code; MariaDB's number says more than its SQLSTATE."""
    number = told.args[0] if told is not None and told.args else None
    if isinstance(number, int) and number:
        return str(number)
    codes = (getattr(told, name, None) for name in ("sqlstate", "pgcode", "sqlite_errorname"))
    return next((code for code in codes if isinstance(code, str)), "")


def _kind(error: exc.DBAPIError) -> str:
    """Find the table in the driver's words, or in the statement where it does not name one."""
    for text in (str(error.orig), (error.statement or "").partition("(")[0]):
        named = [table for table in KINDS if table in text]
        if named:
            return KINDS[max(named, key=len)]
    return "row"
