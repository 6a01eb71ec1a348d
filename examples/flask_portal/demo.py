"""The demo: the application on a fresh SQLite file, full of sample data."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import attrs
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryCatalogue, MemoryErp, MemoryMailer
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, migrate
from flask_portal.app import Shop, create_app
from wholesaler.articles import catalogue
from wholesaler.opening import Opened, make_account, open_portal, stock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


@attrs.frozen(kw_only=True)
class Demo:
    """A demo that serves."""

    base_url: str
    opened: Opened
    server: BaseWSGIServer
    database: Path


class QuietHandler(WSGIRequestHandler):
    """Logs each request without its query, for links in mails carry secrets there."""

    def log_request(self, code: int | str = "-", _size: int | str = "-") -> None:
        """Log method, path and status."""
        path = self.path.partition("?")[0]
        self.log("info", '"%s %s" %s', self.command, path, getattr(code, "value", code))


@contextmanager
def demo(*, port: int = 0, folder: Path | None = None) -> Iterator[Demo]:
    """Build everything and bind a port; who gets it serves, or lets ``serving`` do it.

    Args:
        port: Which; 0 takes a free one.
        folder: Where the database is made anew; a temporary folder by default.
    """
    with TemporaryDirectory(prefix="custaccount-demo-", ignore_cleanup_errors=True) as temporary:
        place = (folder or Path(temporary)) / "portal.sqlite"
        place.parent.mkdir(parents=True, exist_ok=True)
        for old in place.parent.glob("portal.sqlite*"):
            old.unlink()
        server = make_server(HOST, port, _nothing, threaded=True, request_handler=QuietHandler)
        try:
            base_url = f"http://{HOST}:{server.server_port}"
            with _shop(place, base_url) as (shop, opened):
                server.app = create_app(shop)
                yield Demo(base_url=base_url, opened=opened, server=server, database=place)
        finally:
            server.server_close()


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


@contextmanager
def _shop(database: Path, base_url: str) -> Iterator[tuple[Shop, Opened]]:
    storage = SqlAlchemyStorage.connect(f"sqlite:///{database}")
    migrate(storage.engine)
    erp, offers = MemoryErp(), MemoryCatalogue()
    mailer, cart, key = MemoryMailer(), MemoryCart(), secrets.token_urlsafe(48)

    def accounts(delivery: Delivery) -> CustomerAccounts:
        return CustomerAccounts(
            storage=storage,
            mailer=mailer,
            erp=erp,
            cart=cart,
            catalogue=offers,
            secret_keys=[key],
            base_url=base_url,
            delivery=delivery,
        )

    stock(erp, offers, now=datetime.now(UTC))
    opening = accounts(Delivery.BY_RELAY)
    portal = open_portal(opening)
    opened = make_account(opening, portal, mailer.newest_link, _password())
    opening.close()

    running = accounts(Delivery.AFTER_COMMIT)
    ranges = {chapter.key: chapter for chapter in catalogue()}
    try:
        shop = Shop(accounts=running, base_url=base_url, ranges=ranges, inbox=mailer)
        yield shop, opened
    finally:
        running.close()
        storage.engine.dispose()


def _password() -> str:
    """Make a password a person can type."""
    return "-".join(secrets.token_hex(2) for _ in range(4))


_nothing: WSGIApplication = lambda _environ, _start: []  # noqa: E731 - replaced before it is asked
