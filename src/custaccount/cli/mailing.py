"""``mail``: what is mailed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host

if TYPE_CHECKING:
    from custaccount.facilities.letters import Renderer


@click.group()
def mail() -> None:
    """Look at what is mailed."""


@mail.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to; index.html is the page to open.",
)
@click.pass_obj
def preview(host: Host, out: Path) -> None:
    """Write a page with every mail in every language: light, dark and plain.

    Mails look as your renderer writes them; without a factory, as ours does. All facts are made up.
    """
    from custaccount.accounts import LETTERS
    from custaccount.cli.gallery import write
    from custaccount.notifications.gallery import proofs

    found = tuple(proofs(LETTERS, _renderer(host)))
    try:
        page = write(out, found)
    except OSError as failure:
        message = f"{out} can't be written to: {failure.strerror or failure}"
        raise click.ClickException(message) from failure
    click.echo(f"{len(found)} mails: {page}")


def _renderer(host: Host) -> "Renderer":
    accounts = host.find()
    if accounts is not None:
        return accounts.renderer
    try:
        from custaccount.adapters.jinja2 import Jinja2Renderer
    except ImportError as missing:
        raise click.ClickException(str(missing)) from missing
    return Jinja2Renderer()
