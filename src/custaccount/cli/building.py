"""Building the host's accounts, and saying what is in the way."""

import difflib
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

import click

from custaccount.kernel.errors import InvalidFields, Problem

if TYPE_CHECKING:
    from custaccount.accounts import CustomerAccounts

USAGE = 2
"""The exit code of what can't begin."""


class Refused(click.ClickException):
    """The command can't begin; says why, with a table of problems if there are several."""

    exit_code = USAGE

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to standard error."""
        super().show(file)
        if self.problems:
            from custaccount.cli.printing import table

            rows = [(problem.field, str(problem.text)) for problem in self.problems]
            table(("setting", "problem"), rows, error=True)


def built(path: str) -> "CustomerAccounts":
    """Call what a dotted path names.

    Raises:
        Refused: it can't be found or called, or is not what it should be.
    """
    from custaccount.accounts import CustomerAccounts

    module_name, _, name = path.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in path.split(".")):
        message = f"{path!r} is no dotted path like shop.accounts.build."
        raise Refused(message)
    module = _imported(module_name)
    factory = getattr(module, name, None)
    if not callable(factory):
        raise Refused(_no_function(path, module, name))
    try:
        accounts = factory()
    except InvalidFields as refusal:
        message = f"{path}() is refused: {len(refusal.problems)} to correct."
        raise Refused(message, refusal.problems) from refusal
    except Exception as failure:
        message = f"{path}() failed: {_told(failure)}"
        raise Refused(message) from failure
    if not isinstance(accounts, CustomerAccounts):
        message = f"{path}() returned {type(accounts).__name__}, not CustomerAccounts."
        raise Refused(message)
    return accounts


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is not None and f"{name}.".startswith(f"{missing.name}."):
            message = f"There is no module {missing.name}; is this the folder it is in?"
        else:
            message = f"{name} can't be imported: {_told(missing)}"
        raise Refused(message) from missing
    except InvalidFields as refusal:
        message = f"{name} can't be imported: {len(refusal.problems)} to correct."
        raise Refused(message, refusal.problems) from refusal
    except Exception as failure:
        message = f"{name} can't be imported: {_told(failure)}"
        raise Refused(message) from failure


def _no_function(path: str, module: ModuleType, name: str) -> str:
    if hasattr(module, name):
        return f"{path} is no function."
    near = difflib.get_close_matches(name, list(vars(module)), n=1)
    hint = f"; did you mean {module.__name__}.{near[0]}?" if near else "."
    return f"There is no {name} in {module.__name__}{hint}"


def _told(failure: BaseException) -> str:
    """Write an exception on one line, with the place it comes from."""
    (frame,) = traceback.extract_tb(failure.__traceback__)[-1:] or (None,)
    place = f" ({frame.filename}, line {frame.lineno})" if frame is not None else ""
    return f"{type(failure).__name__}: {' '.join(str(failure).split())}{place}"
