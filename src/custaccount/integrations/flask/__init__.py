"""Flask: from a request to an actor, and from an error to a response. Holds no rules.

The portals' pages are an application of their own. ``CustAccount(accounts, …).init_app(portal)``
lets it answer, ``mount(portal, beside=shop)`` puts it beside the shop, at the address of every
portal; views are written once, as if there were one portal, and ask ``visit()`` for who is there.
"""

from custaccount.integrations.answers import FormRefused, status_of
from custaccount.integrations.flask.current import visit
from custaccount.integrations.flask.extension import CustAccount
from custaccount.integrations.flask.forms import csrf_token
from custaccount.integrations.flask.mounting import mount
from custaccount.integrations.visit import Visit

__all__ = [
    "CustAccount",
    "FormRefused",
    "Visit",
    "csrf_token",
    "mount",
    "status_of",
    "visit",
]
