"""Where portals are: a request for one is led to their pages, as if they were mounted there."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map

from custaccount.integrations.flask.current import FOUND, accounts_of, connect
from custaccount.kernel.errors import CustAccountError
from custaccount.portals import PortalNotFound


def mount(portal: Flask, *, beside: Flask) -> None:
    """Lead requests for portals to the application with their pages, all others to the shop.

    What the shop has a page for stays the shop's, and costs nothing: its routes come first, unless
    they begin with a variable. Those get what is no portal's.

    Args:
        portal: The application with the portals' pages, after ``init_app``.
        beside: The shop.
    """
    connect(beside, accounts_of(portal))
    beside.wsgi_app = _Mount(portal, beside, beside.wsgi_app)  # type: ignore[method-assign]


class _Mount:
    """WSGI middleware: moves a portal's address from ``PATH_INFO`` to ``SCRIPT_NAME``."""

    def __init__(self, portal: Flask, shop: Flask, others: WSGIApplication) -> None:
        self._accounts = accounts_of(portal)
        self._portal = portal
        self._shop = shop
        self._others = others
        self._own: Map | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Find the portal, if the path is not the shop's, and pass the request on."""
        answering = self._others if self._is_shops(environ) else self._led(environ)
        return answering(environ, start_response)

    def _led(self, environ: WSGIEnvironment) -> WSGIApplication:
        path = _decoded(environ.get("PATH_INFO", ""))
        try:
            found = self._accounts.portals.at_address(environ.get("HTTP_HOST", ""), path)
        except PortalNotFound:
            return self._others
        except CustAccountError as refusal:
            environ[FOUND] = refusal
        else:
            environ[FOUND] = found
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found.prefix
            environ["PATH_INFO"] = environ["PATH_INFO"][len(found.prefix) :] or "/"
        return self._portal

    def _is_shops(self, environ: WSGIEnvironment) -> bool:
        if self._own is None:
            self._own = _literal(self._shop.url_map)
        by_host = self._own.host_matching or self._shop.subdomain_matching
        subdomain = None if by_host else self._own.default_subdomain
        server = self._shop.config["SERVER_NAME"] if self._shop.subdomain_matching else None
        try:
            self._own.bind_to_environ(environ, server, subdomain).match()
        except NotFound:
            return False
        except HTTPException:  # it is there: elsewhere, or with another method
            return True
        return True


def _literal(rules: Map) -> Map:
    """Copy those rules whose paths begin with a text, not with a variable."""
    return Map(
        [rule.empty() for rule in rules.iter_rules() if not rule.rule.startswith("/<")],
        default_subdomain=rules.default_subdomain,
        strict_slashes=rules.strict_slashes,
        merge_slashes=rules.merge_slashes,
        converters=rules.converters,
        host_matching=rules.host_matching,
    )


def _decoded(path: str) -> str:
    """Read a WSGI path: bytes in disguise (PEP 3333); what is no UTF-8 is no portal's."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")
