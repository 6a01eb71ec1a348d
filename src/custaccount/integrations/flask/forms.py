"""Forms come from our own pages: a text in each proves that the browser was shown one."""

import hashlib
import hmac

import attrs
from flask import request

from custaccount.integrations.flask.visit import current, remember
from custaccount.kernel.errors import NotAllowed
from custaccount.kernel.i18n import N_
from custaccount.kernel.sources import new_secret

FIELD = "csrf_token"
BROWSER_COOKIE = "custaccount_browser"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_SHORTEST = 43
"""Characters of 256 random bits."""


@attrs.frozen(kw_only=True)
class FormRefused(NotAllowed):
    """A form without the text our pages put into it, or with that of another browser or session."""

    code = "flask.form_refused"
    template = N_("This form has expired. Please go back, reload the page and try again.")


def csrf_token() -> str:
    """Make the text a form carries: the session, signed with a secret only this browser has."""
    visit = current()
    secret = visit.cookie(BROWSER_COOKIE)
    if len(secret) < _SHORTEST:
        secret = new_secret()
        remember(BROWSER_COOKIE, secret)
    return _signature(secret, visit.token)


def check_form() -> None:
    """Refuse a changing request that does not come from a form of ours.

    Raises:
        FormRefused: nothing of it was done.
    """
    if request.method in SAFE_METHODS:
        return
    visit = current()
    secret = visit.cookie(BROWSER_COOKIE)
    given = request.form.get(FIELD, "")
    wanted = _signature(secret, visit.token)
    if len(secret) < _SHORTEST or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise FormRefused


def _signature(secret: str, session: str) -> str:
    return hmac.new(secret.encode(), f"form {session}".encode(), hashlib.sha256).hexdigest()
