"""The extension: one per set of accounts, for any number of applications."""

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NothingRouted

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.answers import Ways
from custaccount.integrations.flask.answers import ErrorPage, answer, plain_page
from custaccount.integrations.flask.current import FOUND, connect, visit
from custaccount.integrations.flask.forms import check_form
from custaccount.kernel.errors import CustAccountError, NotFound


class CustAccount:
    """Lets applications answer for portals; keeps no application in itself.

    Such an application has the portals' pages and no others, for all of what it answers is a
    portal's: its headers, its forms, its errors.
    """

    def __init__(
        self,
        accounts: CustomerAccounts,
        *,
        sign_in: str,
        company: str,
        own_password: str | None = None,
        nobody: str | None = None,
        staff_sign_in: str | None = None,
        staff_password: str | None = None,
        error_page: ErrorPage = plain_page,
    ) -> None:
        """Take what every application shares.

        Args:
            accounts: The composition root; an https base URL makes every cookie secure.
            sign_in: The endpoint of the sign-in page; it gets ``next``.
            company: The endpoint where a company is chosen; it gets ``next``.
            own_password: The endpoint where who got a password from staff chooses another; it gets
                ``next``.
            nobody: The endpoint where who acts for no customer, or not yet, is told so; it gets
                ``next``.
            staff_sign_in: The endpoint of the staff sign-in page, where there is one; it gets
                ``next``.
            staff_password: The endpoint where staff choose a password of their own; it gets
                ``next``.
            error_page: Shows an error with its status.
        """
        self._accounts = accounts
        self._ways = Ways(
            sign_in=sign_in,
            company=company,
            own_password=own_password,
            nobody=nobody,
            staff_sign_in=staff_sign_in,
            staff_password=staff_password,
        )
        self._error_page = error_page

    def init_app(self, portal: Flask) -> None:
        """Let an application answer for portals; ``mount`` puts it where they are."""
        connect(portal, self._accounts)
        portal.before_request(_begin)
        portal.after_request(_finish)
        portal.register_error_handler(CustAccountError, self._answer)
        portal.register_error_handler(NothingRouted, self._nothing)

    def _answer(self, error: CustAccountError) -> ResponseReturnValue:
        return answer(error, ways=self._ways, page=self._error_page)

    def _nothing(self, _: NothingRouted) -> ResponseReturnValue:
        return self._answer(NotFound())


def _begin() -> None:
    refusal = request.environ.get(FOUND)
    if isinstance(refusal, CustAccountError):
        raise refusal
    check_form()


def _finish(response: Response) -> Response:
    visit().finish(response)
    return response
