"""Serve a demo portal on this machine, or check it from end to end; for any host."""

from __future__ import annotations

import argparse
import socketserver
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import attrs

from steps import Facts
from walk import walk
from wholesaler.companies import BRANDHORST, LORENZEN, MATTHIESEN, RIVIERE
from wholesaler.opening import (
    CLOSED_PATH,
    FIRST,
    INVITED,
    JOINING,
    NUMBER,
    PARTNERS_PATH,
    PATH,
    PROVEN,
    SHARED,
    Opened,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"
PORT = 8000


@attrs.frozen(kw_only=True)
class Made:
    """What a host has made of a database and its own address."""

    application: WSGIApplication
    opened: Opened
    more: str = ""
    """What else a person may look at."""


Making = Callable[[Path, str], AbstractContextManager[Made]]
"""Makes a host: of a file for the database, which is not there yet, and the base URL."""


@attrs.frozen(kw_only=True)
class Demo:
    """A demo that serves."""

    base_url: str
    host: Made
    server: WSGIServer


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind without asking for the machine's name, which may take long."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    loud = True

    def log_request(self, code: int | str = "-", _size: int | str = "-") -> None:
        """Log method, path and status; no query, for links in mails carry secrets there."""
        if self.loud:
            path = self.path.partition("?")[0]
            self.log_message('"%s %s" %s', self.command, path, getattr(code, "value", code))


class _Quiet(_Handler):
    loud = False


@contextmanager
def demo(
    making: Making, *, port: int = 0, folder: Path | None = None, loud: bool = False
) -> Iterator[Demo]:
    """Build everything and bind a port; who gets it serves, or lets ``serving`` do it.

    Args:
        making: Makes the host.
        port: Which; 0 takes a free one.
        folder: Where the database is made anew; a temporary folder by default.
        loud: Whether each request is logged.
    """
    with TemporaryDirectory(prefix="custaccount-demo-", ignore_cleanup_errors=True) as temporary:
        database = (folder or Path(temporary)) / "portal.sqlite"
        database.parent.mkdir(parents=True, exist_ok=True)
        for old in database.parent.glob("portal.sqlite*"):
            old.unlink()
        with _Server((HOST, port), _Handler if loud else _Quiet) as server:
            base_url = f"http://{HOST}:{server.server_port}"
            with making(database, base_url) as made:
                server.set_app(made.application)
                yield Demo(base_url=base_url, host=made, server=server)


@contextmanager
def serving(made: Demo) -> Iterator[Demo]:
    """Serve in a thread for as long as the block lasts."""
    thread = Thread(target=made.server.serve_forever, name="demo", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join(timeout=10)


def main(making: Making, arguments: Sequence[str] | None = None) -> int:
    """Run the command of a host."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=None, help=f"which port ({PORT} by default)")
    parser.add_argument("--folder", type=Path, help="where the database is made (a temporary one)")
    parser.add_argument("--check", action="store_true", help="drive the portal, then exit")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        return check(making, chosen.port or 0, chosen.folder)
    return serve(making, PORT if chosen.port is None else chosen.port, chosen.folder)


def serve(making: Making, port: int, folder: Path | None) -> int:
    """Serve until interrupted."""
    print("Preparing the sample data …", flush=True)
    try:
        with demo(making, port=port, folder=folder, loud=True) as running:
            print(told(running), flush=True)
            running.server.serve_forever()
    except KeyboardInterrupt:
        print()
    except OSError as refusal:
        print(f"Port {port} can't be used ({refusal}). Another one: --port 8001", file=sys.stderr)
        return 1
    return 0


def check(making: Making, port: int, folder: Path | None) -> int:
    """Drive the main job through HTTP; say which step failed."""
    with demo(making, port=port, folder=folder) as running, serving(running):
        return 0 if walk(facts_of(running)) else 1


def facts_of(running: Demo) -> Facts:
    """Say what a walk has to know of a demo."""
    return Facts(
        base_url=running.base_url,
        path=PATH,
        number=NUMBER,
        closed_path=CLOSED_PATH,
        known=next(reversed(FIRST)),
        company=str(RIVIERE.row["name"]),
        company_language=str(RIVIERE.row["language"]),
        orders=RIVIERE.orders,
        ready=running.host.opened.login,
        ready_password=running.host.opened.password,
        partners_path=PARTNERS_PATH,
        given=running.host.opened.given,
        invited=INVITED,
        joining=JOINING,
        shared=SHARED,
        shared_companies=(str(BRANDHORST.row["name"]), str(LORENZEN.row["name"])),
        proven=PROVEN,
        proof=(str(MATTHIESEN.row["number"]), running.host.opened.invoice),
        staff=running.host.opened.staff,
    )


def told(running: Demo) -> str:
    """Write what a person needs to look around."""
    opened, base_url = running.host.opened, running.base_url
    first = "\n".join(f"    {email:<36} {what}" for email, what in FIRST.items())
    staff = "\n".join(f"    {one.email:<36} {one.password}  ({one.told})" for one in opened.staff)
    return f"""
{opened.portal.name}, a wholesaler that does not exist, is open:

  {base_url}{PATH}
  {base_url}/{NUMBER}  (the same portal, by its number)

  Sign in as
    {opened.login}
    {opened.password}

  and with the same password as {SHARED}, who buys for two companies

  or try the first sign-in with an address the register knows:
{first}

  or register: with an address nobody knows, or with {PROVEN},
  whose company number is {MATTHIESEN.row["number"]}, with an invoice {opened.invoice}.

  The partners' portal has staff let people in and asks for customer numbers:
  {base_url}{PARTNERS_PATH}
    {opened.given.login}
    {opened.given.password}  (to be changed first)

  Staff sign in apart from customers, at each portal
  {base_url}{PATH}/staff
{staff}

  Mails are not sent, they are kept here (development only):
  {base_url}/dev/inbox
{running.host.more}
Everything is made anew at the next start. Stop with Ctrl+C.
"""
