"""Customer accounts for shops that sell to businesses: the words everything else is said in.

The composition root is ``custaccount.accounts.CustomerAccounts``.
"""

from custaccount.kernel.access import Guest, Member, Permission, Person, Staff, System
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidFields,
    InvalidInput,
    NotAllowed,
    NotFound,
    Problem,
    Unavailable,
)
from custaccount.kernel.i18n import Language, Text
from custaccount.kernel.money import Currency, Money
from custaccount.kernel.paging import Page

__all__ = [
    "Conflict",
    "Currency",
    "CustAccountError",
    "Guest",
    "InvalidFields",
    "InvalidInput",
    "Language",
    "Member",
    "Money",
    "NotAllowed",
    "NotFound",
    "Page",
    "Permission",
    "Person",
    "Problem",
    "Staff",
    "System",
    "Text",
    "Unavailable",
]
