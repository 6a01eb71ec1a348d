"""Serve the demo portal on this machine, or check it from end to end."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from flask_portal.demo import Demo, demo, serving
from walk import Facts, walk
from wholesaler.companies import RIVIERE
from wholesaler.opening import CLOSED_PATH, FIRST, NUMBER, PATH

PORT = 8000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="flask_portal", description=__doc__)
    parser.add_argument("--port", type=int, default=None, help=f"which port ({PORT} by default)")
    parser.add_argument("--folder", type=Path, help="where the database is made (a temporary one)")
    parser.add_argument("--check", action="store_true", help="drive the portal, then exit")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        return check(chosen.port or 0, chosen.folder)
    return serve(PORT if chosen.port is None else chosen.port, chosen.folder)


def serve(port: int, folder: Path | None) -> int:
    """Serve until interrupted."""
    print("Preparing the sample data …", flush=True)
    try:
        with demo(port=port, folder=folder) as made:
            print(told(made), flush=True)
            logging.getLogger("werkzeug").setLevel(logging.INFO)
            made.server.serve_forever()
    except KeyboardInterrupt:
        print()
    except (OSError, SystemExit) as refusal:
        print(f"Port {port} can't be used ({refusal}). Another one: --port 8001", file=sys.stderr)
        return 1
    return 0


def check(port: int, folder: Path | None) -> int:
    """Drive the main job through HTTP; say which step failed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with demo(port=port, folder=folder) as made, serving(made):
        facts = Facts(
            base_url=made.base_url,
            path=PATH,
            number=NUMBER,
            closed_path=CLOSED_PATH,
            known=next(reversed(FIRST)),
            company=str(RIVIERE.row["name"]),
            company_language=str(RIVIERE.row["language"]),
            orders=RIVIERE.orders,
            ready=made.opened.login,
            ready_password=made.opened.password,
        )
        return 0 if walk(facts) else 1


def told(made: Demo) -> str:
    """Write what a person needs to look around."""
    first = "\n".join(f"    {email:<36} {what}" for email, what in FIRST.items())
    return f"""
{made.opened.portal.name}, a wholesaler that does not exist, is open:

  {made.base_url}{PATH}
  {made.base_url}/{NUMBER}  (the same portal, by its number)

  Sign in as
    {made.opened.login}
    {made.opened.password}

  or try the first sign-in with an address the register knows:
{first}

  Mails are not sent, they are kept here (development only):
  {made.base_url}/dev/inbox

Everything is made anew at the next start. Stop with Ctrl+C.
"""


if __name__ == "__main__":
    sys.exit(main())
