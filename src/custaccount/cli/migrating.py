"""``migrate``: bring the tables up to date."""

from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host
from custaccount.kernel.errors import Unavailable

if TYPE_CHECKING:
    from custaccount.accounts import CustomerAccounts


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if they are behind.")
@click.pass_obj
def migrate(host: Host, *, check: bool) -> None:
    """Bring the tables up to date; at each deployment, before the new version starts."""
    from custaccount.storage import Migrating, Revised

    storage = host.accounts().storage
    if not isinstance(storage, Revised):
        click.echo(f"{type(storage).__name__} has no tables: nothing to do.")
        return
    try:
        behind = storage.pending()
        if not behind:
            click.echo("The tables are up to date.")
        elif check:
            message = f"The tables are behind: {', '.join(behind)}."
            raise click.ClickException(message)
        elif not isinstance(storage, Migrating):
            message = f"The host migrates these tables: {storage.migrate_with}"
            raise click.ClickException(message)
        else:
            storage.migrate()
            click.echo(f"The tables are up to date now: {', '.join(behind)}.")
    except Unavailable as failure:
        raise click.ClickException(unanswered(failure)) from failure


def refuse_behind(accounts: "CustomerAccounts") -> None:
    """Refuse to work on tables that are behind.

    Raises:
        click.ClickException: they are, or the storage does not answer.
    """
    from custaccount.storage import Revised

    storage = accounts.storage
    try:
        behind = storage.pending() if isinstance(storage, Revised) else ()
    except Unavailable as failure:
        raise click.ClickException(unanswered(failure)) from failure
    if behind and isinstance(storage, Revised):
        message = f"The tables are behind: {', '.join(behind)}. Run: {storage.migrate_with}"
        raise click.ClickException(message)


def unanswered(failure: Unavailable) -> str:
    """Say that something did not answer, and what its driver said."""
    cause = failure.__cause__
    lines = str(cause).splitlines() if cause is not None else []
    return f"{type(failure).__name__}: {lines[0] if lines else failure}"
