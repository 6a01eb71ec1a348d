"""Where portals are: a request for one is moved under its address, as if it were mounted there."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import attrs

from custaccount.accounts import CustomerAccounts
from custaccount.kernel.errors import CustAccountError
from custaccount.kernel.i18n import Language
from custaccount.portals import Portal, PortalNotFound

FOUND = "custaccount.found"

DEEPEST = 4
"""Steps a portal's path has at most."""

_STEP = re.compile(r"[a-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,20}")


@attrs.frozen(kw_only=True)
class Found:
    """A portal and the part of the path it was found by."""

    portal: Portal
    prefix: str
    language: Language | None = None
    """What the address itself names."""


@attrs.frozen
class Mount:
    """WSGI middleware: moves a portal's address from ``PATH_INFO`` to ``SCRIPT_NAME``.

    What was found, or the error that kept it from being looked up, stands in the environ.
    """

    _accounts: CustomerAccounts = attrs.field(alias="accounts")
    _app: WSGIApplication = attrs.field(alias="app")
    _others: tuple[str, ...] = attrs.field(alias="others")
    """Beginnings of paths that are no portal's: static files."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Find the portal, if the path has one, and pass the request on."""
        path = _decoded(environ.get("PATH_INFO", ""))
        if not path.startswith(self._others):
            try:
                found = self._find(environ.get("HTTP_HOST", ""), path)
            except CustAccountError as refusal:
                environ[FOUND] = refusal
            else:
                if found is not None:
                    environ[FOUND] = found
                    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + found.prefix
                    environ["PATH_INFO"] = environ["PATH_INFO"][len(found.prefix) :] or "/"
        return self._app(environ, start_response)

    def _find(self, host: str, path: str) -> Found | None:
        for look in self._looks(host, path):
            try:
                return look()
            except PortalNotFound:
                continue
        return None

    def _looks(self, host: str, path: str) -> Iterator[Callable[[], Found]]:
        steps = _steps(path)
        for depth in range(len(steps), 0, -1):
            yield partial(self._at_path, "/" + "/".join(steps[:depth]))
        first = path.split("/")[1] if path.startswith("/") else ""
        if _NUMBER.fullmatch(first):
            yield partial(self._at_number, first)
        yield partial(self._at_host, host, path)

    def _at_path(self, path: str) -> Found:
        return Found(portal=self._accounts.portals.at_path(path), prefix=path)

    def _at_number(self, number: str) -> Found:
        return Found(portal=self._accounts.portals.at_number(number), prefix=f"/{number}")

    def _at_host(self, host: str, path: str) -> Found:
        portal, language = self._accounts.portals.at_host(host, path)
        return Found(portal=portal, prefix=f"/{language.value}/account", language=language)


def _steps(path: str) -> list[str]:
    """List the leading steps of a path that could be a portal's."""
    steps: list[str] = []
    for step in path.split("/")[1 : DEEPEST + 1]:
        if not _STEP.fullmatch(step):
            break
        steps.append(step)
    return steps


def _decoded(path: str) -> str:
    """Read a WSGI path: bytes in disguise (PEP 3333); what is no UTF-8 is no portal's."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")
