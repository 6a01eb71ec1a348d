"""The doors: through which host the commands are called, and what it knows."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

try:
    import click
except ImportError as missing:
    MESSAGE = 'The command line needs click and rich: pip install "custaccount[cli]"'
    raise ImportError(MESSAGE) from missing

from custaccount.cli import settings
from custaccount.cli.building import Refused, built

if TYPE_CHECKING:  # loads the whole house, and --help shall not
    from custaccount.accounts import CustomerAccounts
    from custaccount.doctor import Finding


class Door:
    """No host at all; hosts subclass it. Nothing is asked before a command needs it."""

    command = "custaccount"
    """How the commands are called."""
    where = f"the environment variable {settings.FACTORY}"
    """Where the factory can be named, beside the option."""

    def enter(self, context: click.Context) -> None:  # noqa: ARG002 - for hosts
        """Get ready to import the host's modules: those of the current folder, as Python does."""
        here = str(Path.cwd())
        if "" not in sys.path and here not in sys.path:
            sys.path.insert(0, here)

    def settings(self) -> Mapping[str, object]:
        """Return the host's settings."""
        return {}

    def mounted(self) -> "CustomerAccounts | None":
        """Return the accounts the host has built itself, if it can be asked."""
        return None

    def findings(self) -> "Sequence[Finding]":
        """Return what the host itself has to say to the doctor."""
        return ()


@attrs.define
class Host:
    """A door, and what the caller said at it."""

    door: Door
    factory: str | None = None
    _accounts: "CustomerAccounts | None" = attrs.field(init=False, default=None)
    _entered: bool = attrs.field(init=False, default=False)

    def find(self) -> "CustomerAccounts | None":
        """Return the host's accounts, or None if none are named."""
        if self._accounts is None:
            path = self._path()
            self._accounts = built(path) if path else self.door.mounted()
        return self._accounts

    def accounts(self) -> "CustomerAccounts":
        """Return the host's accounts.

        Raises:
            Refused: there are none, or they can't be built.
        """
        accounts = self.find()
        if accounts is None:
            message = (
                "Which accounts? Name the function that builds your CustomerAccounts: "
                f"--factory shop.accounts.build, or {self.door.where}."
            )
            raise Refused(message)
        return accounts

    def _path(self) -> str | None:
        if not self._entered:
            self._entered = True
            self.door.enter(click.get_current_context())
        try:
            said = settings.read(os.environ, self.door.settings())
        except TypeError as wrong:
            raise Refused(str(wrong)) from wrong
        for sentence in said.unknown:
            click.echo(f"Warning: {sentence}", err=True)
        return self.factory or said.factory
