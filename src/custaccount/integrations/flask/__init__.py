"""Flask: from a request to an actor, and from an error to a response. Holds no rules.

``CustAccount(accounts, …).init_app(app)`` mounts every portal at its own addresses; views are
written once, as if there were one portal, and ask for ``guest()`` or ``member()``.
"""

from custaccount.integrations.flask.answers import status_of
from custaccount.integrations.flask.extension import CustAccount
from custaccount.integrations.flask.forms import FormRefused, csrf_token
from custaccount.integrations.flask.visit import (
    begin_session,
    choose_company,
    end_session,
    guest,
    here,
    language,
    member,
    portal,
    remember_language,
    remember_theme,
    return_to,
    session,
    theme,
)

__all__ = [
    "CustAccount",
    "FormRefused",
    "begin_session",
    "choose_company",
    "csrf_token",
    "end_session",
    "guest",
    "here",
    "language",
    "member",
    "portal",
    "remember_language",
    "remember_theme",
    "return_to",
    "session",
    "status_of",
    "theme",
]
