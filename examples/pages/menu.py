"""Which pages are offered to whom: those whose question the visitor may ask."""

from __future__ import annotations

from collections.abc import Mapping

from custaccount.accounts import CustomerAccounts
from custaccount.kernel.access import Guest, Member, Requirement
from custaccount.kernel.errors import NotAllowed
from custaccount.kernel.features import GUEST_ORDERS
from custaccount.kernel.ids import OperationName

ASKED: Mapping[str, OperationName] = {
    page: OperationName(operation)
    for page, operation in (
        ("orders", "orders.newest"),
        ("search", "orders.search"),
        ("order", "orders.get"),
        ("reorder", "reorder.plan"),
        ("prices", "prices.quotes"),
        ("cart", "reorder.cart"),
        ("checkout", "checkout.form"),
        ("company_data", "company.look"),
        ("addresses", "address_book.all"),
        ("new_address", "address_book.add"),
        ("address", "address_book.get"),
        ("users", "users.all"),
        ("invite", "users.invite"),
        ("join_request", "join_requests.waiting"),
        ("user", "users.all"),
        ("remove_user", "users.remove"),
        ("roles", "roles.all"),
        ("new_role", "roles.make"),
        ("role", "roles.all"),
        ("trail", "trail.latest"),
    )
}
"""What a page asks, by its name; one that is not named opens for everybody."""
GUEST_ORDER = Requirement(feature=GUEST_ORDERS)
"""What guests are asked who put a cart together."""
STARTS = ("orders", "prices", "cart", "users", "roles", "trail", "me")
"""Where one begins: with the first of them that opens."""


def opens(accounts: CustomerAccounts, member: Member, page: str) -> bool:
    """Tell whether a page opens for a member: the roles allow it, and it is offered."""
    operation = ASKED.get(page)
    if operation is None:
        return True
    try:
        for asked in accounts.operations[operation].asked:
            member.meet(asked)
    except NotAllowed:
        return False
    return True


def opens_to(guest: Guest, page: str) -> bool:
    """Tell whether a page opens for a guest; a cart may not be offered."""
    return page not in {"cart", "checkout"} or GUEST_ORDERS in guest.features


def start(accounts: CustomerAccounts, member: Member) -> str:
    """Name the page a member begins with."""
    return next(page for page in STARTS if opens(accounts, member, page))
