"""``staff``: the seller's people who sign in apart from customers; here the first one is made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host
from custaccount.cli.migrating import refuse_behind, unanswered
from custaccount.kernel.access import STAFF_PERMISSIONS, Staff
from custaccount.kernel.errors import CustAccountError, Unavailable
from custaccount.kernel.ids import RealmId, StaffId

if TYPE_CHECKING:
    from custaccount.accounts import CustomerAccounts

EVERYTHING = "everything"
GRANTABLE = {
    permission.value.replace(" ", "-"): permission
    for permission in sorted(STAFF_PERMISSIONS, key=lambda one: one.value)
}
"""Permissions by the name they have on the command line."""


@click.group()
def staff() -> None:
    """Appoint staff and list them."""


@staff.command()
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--realm", required=True, metavar="ID", help="The home realm; it has to be founded.")
@click.option(
    "--permission",
    "permissions",
    type=click.Choice([*GRANTABLE, EVERYTHING]),
    multiple=True,
    required=True,
    help="What the person may do; may be given several times.",
)
@click.pass_obj
def add(host: Host, email: str, name: str, realm: str, permissions: Sequence[str]) -> None:
    """Appoint a staff member and print the password to begin with, once.

    It is good for 24 hours and has to be changed at the first sign-in. Nothing is mailed.
    """
    accounts = _ready(host)
    granted = frozenset(GRANTABLE[word] for word in permissions if word != EVERYTHING)
    granted = STAFF_PERMISSIONS if EVERYTHING in permissions else granted
    with _told():
        made = accounts.staff_desk.appoint(
            _command_line(realm), email=email, name=name, permissions=granted
        )
    accounts.close()
    click.echo(f"Appointed {made.member.email}. The password for the next 24 hours:", err=True)
    click.echo(made.password)


@staff.command("list")
@click.option("--realm", required=True, metavar="ID", help="The home realm.")
@click.pass_obj
def list_(host: Host, realm: str) -> None:
    """List a realm's staff with what they may do."""
    from custaccount.cli.printing import table

    accounts = _ready(host)
    with _told():
        members = accounts.staff_desk.all(_command_line(realm))
    if not members:
        click.echo("No staff in this realm.")
        return
    titles = ("mail address", "name", "state", "signed in", "may")
    rows = [
        (
            str(member.email),
            member.name,
            "password due" if member.password_due else member.state.value,
            f"{member.signed_in:%Y-%m-%d %H:%M} UTC" if member.signed_in else "never",
            ", ".join(member.granted),
        )
        for member in members
    ]
    table(titles, rows)


def _ready(host: Host) -> "CustomerAccounts":
    accounts = host.accounts()
    refuse_behind(accounts)
    return accounts


def _command_line(realm: str) -> Staff:
    """Vouch for whoever may run commands: the audit trail says so."""
    return Staff(
        realm=RealmId(realm),
        id=StaffId("command line"),
        name="command line",
        permissions=STAFF_PERMISSIONS,
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Unavailable as failure:
        raise click.ClickException(unanswered(failure)) from failure
    except CustAccountError as refusal:
        raise click.ClickException(str(refusal)) from refusal
