"""The door through Flask: ``flask custaccount …``, found by its entry point."""

from collections.abc import Mapping

import click
from flask import current_app
from flask.cli import ScriptInfo

from custaccount.accounts import CustomerAccounts
from custaccount.cli.doors import Door
from custaccount.cli.groups import group as made
from custaccount.integrations.flask.current import mounted


class FlaskDoor(Door):
    """Within an application; the accounts it has mounted need no name."""

    command = "flask custaccount"
    where = "CUSTACCOUNT_FACTORY in the environment or in app.config; or mount them in the app"

    def enter(self, context: click.Context) -> None:
        """Load the application, and stay in its context until the command ends."""
        info = context.find_root().ensure_object(ScriptInfo)
        context.with_resource(info.load_app().app_context())

    def settings(self) -> Mapping[str, object]:
        """Return the application's configuration."""
        return current_app.config

    def mounted(self) -> CustomerAccounts | None:
        """Return the accounts of the portals beside the application, or of its own."""
        return mounted(current_app)


group = made(FlaskDoor())
