"""The door through Django: ``manage.py custaccount …``."""

from argparse import REMAINDER, ArgumentParser
from collections.abc import Iterator, Mapping, Sequence

from click import ClickException
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from custaccount.adapters.django import doctor
from custaccount.cli.doors import Door
from custaccount.cli.groups import group
from custaccount.doctor import Finding


class DjangoDoor(Door):
    """Within a project; what Django checks belongs to what the doctor says."""

    command = "manage.py custaccount"
    where = "CUSTACCOUNT_FACTORY in the environment or in the settings"

    def settings(self) -> Mapping[str, object]:
        """Return the project's settings that begin as ours do."""
        names = (name for name in dir(settings) if name.startswith("CUSTACCOUNT_"))
        return {name: getattr(settings, name) for name in names}

    def findings(self) -> Sequence[Finding]:
        """Return what Django's own checks say of the project."""
        return doctor.findings()


class Command(BaseCommand):
    """Hands everything to the group of commands; Django's own options may stand anywhere."""

    help = "Look after customer accounts: tables, mails, health."

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as ``manage.py`` does, which has read its own options already."""
        djangos = ArgumentParser(add_help=False, allow_abbrev=False)
        for option in ("--settings", "--pythonpath"):
            djangos.add_argument(option)
        for flag in ("--traceback", "--no-color", "--force-color", "--skip-checks"):
            djangos.add_argument(flag, action="store_true")
        _, words = djangos.parse_known_args(argv[2:])
        try:
            group(DjangoDoor()).main(words, prog_name="manage.py custaccount")
        finally:
            connections.close_all()

    def print_help(self, prog_name: str, subcommand: str) -> None:  # noqa: ARG002 - Django's
        """Show the group's own help, for ``manage.py help custaccount``."""
        group(DjangoDoor()).main(
            ["--help"], prog_name="manage.py custaccount", standalone_mode=False
        )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take any words, for ``call_command("custaccount", "relay", "--once")``."""
        parser.add_argument("words", nargs=REMAINDER)

    def handle(self, *words: str, **options: object) -> None:
        """Run within a process of the host's.

        Raises:
            CommandError: the command failed; with its exit code.
        """
        given = options.get("words")
        more: Iterator[str] = map(str, given) if isinstance(given, list) else iter(())
        try:
            code = group(DjangoDoor()).main(
                [*words, *more], prog_name="manage.py custaccount", standalone_mode=False
            )
        except ClickException as failure:
            raise CommandError(failure.format_message(), returncode=failure.exit_code) from failure
        if code:
            message = "The command says that something is wrong."
            raise CommandError(message, returncode=code)
