"""Where portals are: a request for one is led to their pages, as if they were mounted there."""

import re
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, rotate_token
from django.urls import Resolver404, get_script_prefix, resolve, set_script_prefix
from django.utils.module_loading import import_string

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.answers import Ways
from custaccount.integrations.django.answers import ErrorPage, answer, plain_page
from custaccount.integrations.django.current import Standing, stand, standing
from custaccount.integrations.visit import Visit, written
from custaccount.kernel.errors import CustAccountError, NotFound
from custaccount.portals import Entrance, PortalNotFound

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_VARIABLE = re.compile(r"\^?[<(\[.\\]")
"""How a route begins that does not begin with a text."""


class CustAccount:
    """Makes the middleware; put its dotted path into ``MIDDLEWARE``, last.

    What the host has a page for stays the host's, and costs nothing: its routes come first, unless
    they begin with a variable. Those get what is no portal's.
    """

    def __init__(
        self,
        accounts: CustomerAccounts,
        *,
        pages: str,
        sign_in: str,
        company: str,
        own_password: str | None = None,
        nobody: str | None = None,
        staff_sign_in: str | None = None,
        staff_password: str | None = None,
        error_page: ErrorPage = plain_page,
    ) -> None:
        """Take what is needed.

        Args:
            accounts: The composition root; an https base URL makes every cookie secure.
            pages: The URLconf with the portals' pages.
            sign_in: The name of the sign-in page in it; it gets ``next``.
            company: The name of the page where a company is chosen; it gets ``next``.
            own_password: The page where who got a password from staff chooses another; it gets
                ``next``.
            nobody: The page where who acts for no customer, or not yet, is told so; it gets
                ``next``.
            staff_sign_in: The name of the staff sign-in page, where there is one; it gets ``next``.
            staff_password: The name of the page where staff choose a password of their own; it gets
                ``next``.
            error_page: Shows an error with its status.
        """
        self._accounts = accounts
        self._pages = pages
        ways = Ways(
            sign_in=sign_in,
            company=company,
            own_password=own_password,
            nobody=nobody,
            staff_sign_in=staff_sign_in,
            staff_password=staff_password,
        )
        self._answer = partial(answer, ways=ways, page=error_page)

    def __call__(self, get_response: GetResponse) -> "Portals":
        """Make the middleware, as Django asks for it.

        Raises:
            ImproperlyConfigured: nothing before it in ``MIDDLEWARE`` checks forms.
        """
        if not _checks_forms(self):
            message = "Put Django's CsrfViewMiddleware before custaccount's in MIDDLEWARE."
            raise ImproperlyConfigured(message)
        return Portals(get_response, self._accounts, self._pages, self._answer)


class Portals:
    """Moves a portal's address from the path to the script prefix."""

    def __init__(
        self,
        get_response: GetResponse,
        accounts: CustomerAccounts,
        pages: str,
        answer: Callable[[HttpRequest, CustAccountError], HttpResponseBase],
    ) -> None:
        self._get_response = get_response
        self._accounts = accounts
        self._pages = pages
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Find the portal, if the path is not the host's, and pass the request on."""
        if _is_hosts(request):
            return self._get_response(request)
        try:
            found = self._accounts.portals.at_address(request.get_host(), request.path_info)
        except PortalNotFound:
            return self._get_response(request)
        except CustAccountError as refusal:
            visit = self._begin(request, None)
            return _finished(request, visit, self._answer(request, refusal))
        outer = get_script_prefix()
        visit = self._begin(request, found)
        request.path_info = request.path_info[len(found.prefix) :] or "/"
        request.urlconf = self._pages
        set_script_prefix(f"{visit.root}/")
        try:
            return _finished(request, visit, self._respond(request))
        finally:
            set_script_prefix(outer)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Answer what a portal's view raises; the host's own views are the host's."""
        if standing(request) is None:
            return None
        error = NotFound() if isinstance(exception, Http404) else exception
        return self._answer(request, error) if isinstance(error, CustAccountError) else None

    def _begin(self, request: HttpRequest, found: Entrance | None) -> Visit:
        visit = Visit(
            accounts=self._accounts,
            entrance=found,
            root=get_script_prefix().rstrip("/") + (found.prefix if found else ""),
            here=written(request.path, request.META.get("QUERY_STRING", "")),
            wishes=request.headers.get("Accept-Language", ""),
            sent=request.COOKIES,
            network=request.META.get("REMOTE_ADDR") or "",
            browser=request.headers.get("User-Agent", ""),
        )
        stand(request, Standing(visit=visit, answer=self._answer))
        return visit

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        try:
            resolve(request.path_info, self._pages)
        except Resolver404:
            return self._answer(request, NotFound())
        return self._get_response(request)


def _finished(request: HttpRequest, visit: Visit, response: HttpResponseBase) -> HttpResponseBase:
    visit.finish(response)
    if visit.changes_session:
        rotate_token(request)  # a form shown before sign-in does not count after it
    return response


def _is_hosts(request: HttpRequest) -> bool:
    try:
        match = resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return not _VARIABLE.match(match.route)


def _checks_forms(portals: CustAccount) -> bool:
    """Tell whether forms are checked before the portals' pages are asked."""
    for path in settings.MIDDLEWARE:
        middleware = import_string(path)
        if middleware is portals:
            return False
        if isinstance(middleware, type) and issubclass(middleware, CsrfViewMiddleware):
            return True
    return False
