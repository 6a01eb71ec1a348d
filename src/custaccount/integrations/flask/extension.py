"""The extension: one per set of accounts, for any number of applications."""

from urllib.parse import urlsplit

import attrs
from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NothingRouted

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.flask.answers import HEADERS, ErrorPage, answer, plain_page
from custaccount.integrations.flask.forms import BROWSER_COOKIE, check_form
from custaccount.integrations.flask.mounting import FOUND, Mount
from custaccount.integrations.flask.visit import begin_visit, current, found
from custaccount.kernel.errors import CustAccountError, NotFound
from custaccount.portals import PortalNotFound

NAME = "custaccount"


@attrs.frozen(kw_only=True)
class _State:
    """What one application was told."""

    accounts: CustomerAccounts
    secure: bool


class CustAccount:
    """Connects Flask applications to the accounts; keeps no application in itself."""

    def __init__(
        self,
        accounts: CustomerAccounts,
        *,
        base_url: str,
        sign_in: str,
        company: str,
        error_page: ErrorPage = plain_page,
    ) -> None:
        """Take what every application shares.

        Args:
            accounts: The composition root.
            base_url: The one the accounts were given; https makes every cookie secure.
            sign_in: The endpoint of the sign-in page; it gets ``next``.
            company: The endpoint where a company is chosen; it gets ``next``.
            error_page: Shows an error with its status.
        """
        self._accounts = accounts
        self._secure = urlsplit(base_url).scheme == "https"
        self._sign_in = sign_in
        self._company = company
        self._error_page = error_page

    def init_app(self, app: Flask) -> None:
        """Mount the portals in an application and let it answer for them."""
        app.extensions[NAME] = _State(accounts=self._accounts, secure=self._secure)
        others = (f"{app.static_url_path}/",) if app.has_static_folder else ()
        app.wsgi_app = Mount(self._accounts, app.wsgi_app, others)  # type: ignore[method-assign]
        app.before_request(_begin)
        app.after_request(_finish)
        app.register_error_handler(CustAccountError, self._answer)
        app.register_error_handler(NothingRouted, self._nothing)

    def _answer(self, error: CustAccountError) -> ResponseReturnValue:
        return answer(error, sign_in=self._sign_in, company=self._company, page=self._error_page)

    def _nothing(self, _: NothingRouted) -> ResponseReturnValue:
        """Answer for an address without a page; outside of portals it looks like a closed one."""
        return self._answer(PortalNotFound() if found() is None else NotFound())


def _begin() -> None:
    begin_visit(_state().accounts)
    place = request.environ.get(FOUND)
    if isinstance(place, CustAccountError):
        raise place
    if place is not None:
        check_form()


def _finish(response: Response) -> Response:
    for header, value in HEADERS.items():
        response.headers.setdefault(header, value)
    place = found()
    if place is None:
        return response
    response.headers["Cache-Control"] = "no-store"
    secure = _state().secure
    for name, (value, age) in current().cookies.items():
        whole = name == BROWSER_COOKIE
        response.set_cookie(
            name,
            value,
            max_age=age,
            path="/" if whole else request.root_path or "/",
            secure=secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _state() -> _State:
    state = current_app.extensions[NAME]
    assert isinstance(state, _State)  # noqa: S101 - ours
    return state
