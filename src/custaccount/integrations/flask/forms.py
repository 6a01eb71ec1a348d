"""Forms come from our own pages: a text in each proves that the browser was shown one."""

import hashlib
import hmac

from flask import request

from custaccount.integrations.answers import SAFE_METHODS, FormRefused
from custaccount.integrations.flask.current import visit
from custaccount.integrations.visit import SESSION_COOKIE, STAFF_COOKIE, Visit
from custaccount.kernel.sources import new_secret

FIELD = "csrf_token"
BROWSER_COOKIE = "custaccount_browser"

_SHORTEST = 43
"""Characters of 256 random bits."""


def csrf_token() -> str:
    """Make the text a form carries: the sessions, signed with a secret only this browser has."""
    here = visit()
    secret = here.cookie(BROWSER_COOKIE)
    if len(secret) < _SHORTEST:
        secret = new_secret()
        here.remember(BROWSER_COOKIE, secret, whole=True)
    return _signature(secret, here)


def check_form() -> None:
    """Refuse a changing request that does not come from a form of ours.

    Raises:
        FormRefused: nothing of it was done.
    """
    if request.method in SAFE_METHODS:
        return
    here = visit()
    secret = here.cookie(BROWSER_COOKIE)
    given = request.form.get(FIELD, "")
    wanted = _signature(secret, here)
    if len(secret) < _SHORTEST or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise FormRefused


def _signature(secret: str, here: Visit) -> str:
    sessions = f"{here.cookie(SESSION_COOKIE)} {here.cookie(STAFF_COOKIE)}"
    return hmac.new(secret.encode(), f"form {sessions}".encode(), hashlib.sha256).hexdigest()
