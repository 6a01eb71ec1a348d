"""``sweep``: forget what has been over for long."""

from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host
from custaccount.cli.migrating import refuse_behind, unanswered
from custaccount.kernel.errors import Unavailable

if TYPE_CHECKING:
    from custaccount.facilities.sweeper import Swept


@click.command()
@click.option("--quiet", is_flag=True, help="Say nothing but what went wrong.")
@click.pass_obj
def sweep(host: Host, *, quiet: bool) -> None:
    """Forget what has been over for long, in every realm; run it once a day.

    Works in small batches and may be stopped at any of them, or run twice at once. Tells how far it
    is as it goes, and in the end what was forgotten.
    """
    accounts = host.accounts()
    refuse_behind(accounts)
    try:
        done = accounts.sweep(progress=None if quiet else _progress)
    except Unavailable as failure:
        raise click.ClickException(unanswered(failure)) from failure
    if not quiet:
        for one in done:
            click.echo(_said(one))
    accounts.close()


def _progress(swept: "Swept") -> None:
    click.echo(_said(swept), err=True)


def _said(swept: "Swept") -> str:
    return f"{swept.chore}: forgotten {swept.forgotten}"
