"""The group of commands, made once for each door."""

from collections.abc import Mapping

import click

from custaccount.cli.doors import Door, Host
from custaccount.cli.examining import doctor
from custaccount.cli.mailing import mail
from custaccount.cli.migrating import migrate
from custaccount.cli.relaying import relay
from custaccount.cli.settings import FACTORY
from custaccount.cli.staffing import staff
from custaccount.cli.sweeping import sweep

COMMANDS: Mapping[str, click.Command] = {
    "doctor": doctor,
    "mail": mail,
    "migrate": migrate,
    "relay": relay,
    "staff": staff,
    "sweep": sweep,
}


def group(door: Door) -> click.Group:
    """Make the group as it is called through a door."""

    @click.group("custaccount", commands=dict(COMMANDS))
    @click.option(
        "--factory",
        metavar="DOTTED.PATH",
        help=f"What builds your CustomerAccounts; else {FACTORY} says it.",
    )
    @click.pass_context
    def custaccount(context: click.Context, factory: str | None) -> None:
        """Look after customer accounts: tables, mails, health."""
        context.obj = Host(door, factory)

    return custaccount
