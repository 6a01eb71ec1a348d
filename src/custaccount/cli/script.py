"""The door without a host around it: the script ``custaccount``."""

from custaccount.cli.doors import Door
from custaccount.cli.groups import group

custaccount = group(Door())


def main() -> None:
    """Run the script."""
    custaccount(prog_name="custaccount")
