"""Django: from a request to an actor, and from an error to a response. Holds no rules.

The portals' pages are a URLconf of their own. ``CustAccount(accounts, pages=…)`` goes into
``MIDDLEWARE`` and leads to them at the address of every portal; views are written once, as if there
were one portal, and ask ``visit(request)`` for who is there.
"""

from custaccount.integrations.answers import FormRefused, status_of
from custaccount.integrations.django.answers import form_refused
from custaccount.integrations.django.current import visit
from custaccount.integrations.django.middleware import CustAccount
from custaccount.integrations.visit import Visit

__all__ = [
    "CustAccount",
    "FormRefused",
    "Visit",
    "form_refused",
    "status_of",
    "visit",
]
