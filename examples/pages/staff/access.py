"""Why may somebody do something, or why not: every condition, for who is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from custaccount.kernel.access import Staff
from custaccount.kernel.i18n import N_, Language, Text
from custaccount.kernel.ids import CustomerId, OperationName, UserId
from custaccount.membership.explaining import Explanation
from pages.asking import Answer, Asked, Filled, Route, page
from pages.staff.asked import staffed
from pages.staff.customers import role_names

ASKED = ("user", "operation", "author")
LONGEST = 100
"""Characters of an id or a name that is asked for."""

SERVICES: Mapping[str, str] = {
    "access": N_("Access"),
    "address_book": N_("Address book"),
    "checkout": N_("Checkout"),
    "company": N_("Company data"),
    "drafts": N_("First orders begun as a guest"),
    "guest_cart": N_("Cart of a guest"),
    "join_requests": N_("Who asks to join"),
    "orders": N_("Order history"),
    "prices": N_("Prices"),
    "reorder": N_("Reorder"),
    "roles": N_("Own roles"),
    "trail": N_("Audit trail"),
    "users": N_("Users"),
}
OPERATIONS: Mapping[str, str] = {
    "access.administrators": N_("See who the administrators are"),
    "access.explain_access": N_("Ask why something is allowed or not"),
    "address_book.add": N_("Add an address"),
    "address_book.all": N_("See the addresses"),
    "address_book.change": N_("Change an address"),
    "address_book.defaults": N_("See which addresses are used"),
    "address_book.get": N_("Open an address"),
    "address_book.remove": N_("Remove an address"),
    "address_book.use": N_("Choose which addresses are used"),
    "checkout.form": N_("Fill in the checkout from the account"),
    "company.change": N_("Change the company's data"),
    "company.look": N_("See the company's data"),
    "drafts.mine": N_("See a first order begun as a guest"),
    "drafts.take": N_("Take a first order over"),
    "guest_cart.merge": N_("Take the cart of a guest along"),
    "join_requests.approve": N_("Let somebody join"),
    "join_requests.decline": N_("Let somebody not join"),
    "join_requests.waiting": N_("See who asks to join"),
    "orders.get": N_("Open an order"),
    "orders.newest": N_("See the orders"),
    "orders.search": N_("Search the orders"),
    "prices.quotes": N_("See prices"),
    "reorder.cart": N_("See the cart"),
    "reorder.commit": N_("Put an order into the cart again"),
    "reorder.plan": N_("See what an order would be today"),
    "roles.all": N_("See the roles"),
    "roles.change": N_("Change a role"),
    "roles.make": N_("Make a role"),
    "roles.remove": N_("Remove a role"),
    "trail.latest": N_("See what happened"),
    "users.all": N_("See the users"),
    "users.invite": N_("Invite a user"),
    "users.leave": N_("Leave the company"),
    "users.remove": N_("Remove a user"),
    "users.resend": N_("Send an invitation again"),
    "users.resume": N_("Let a user act again"),
    "users.set_roles": N_("Change a user's roles"),
    "users.suspend": N_("Suspend a user"),
    "users.withdraw": N_("Withdraw an invitation"),
}
"""What people call the operations; one that is not among them goes by its name."""


def access(asked: Asked, staff: Staff, customer: str) -> Answer:
    """Ask who and what; and answer with all that allows it, and all that refuses it."""
    accounts, name = asked.shop.accounts, CustomerId(customer)
    language = asked.visit.language()
    users = accounts.member_desk.users(staff, name)
    wanted = {one: asked.named(one)[:LONGEST] for one in ASKED}
    explanation = _explained(asked, staff, name, wanted)
    return page(
        "staff_access.html",
        customer=accounts.account_desk.look(staff, name).customer,
        users=users,
        who=next((one for one in users if one.membership.user == wanted["user"]), None),
        operations=_operations(accounts.access_desk.operations(staff), language),
        what=_called(OPERATIONS, wanted["operation"], language),
        explanation=explanation,
        roles=role_names(accounts.member_desk.roles(staff, name), language),
        form=Filled(typed=wanted),
    )


def _explained(
    asked: Asked, staff: Staff, customer: CustomerId, wanted: Mapping[str, str]
) -> Explanation | None:
    if not (wanted["user"] and wanted["operation"]):
        return None
    return asked.shop.accounts.access_desk.explain_access(
        staff,
        UserId(wanted["user"]),
        OperationName(wanted["operation"]),
        customer,
        portal=asked.visit.portal.id,
        author=UserId(wanted["author"]) if wanted["author"] else None,
    )


def _operations(
    names: Sequence[OperationName], language: Language
) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """List the operations by service, both as people call them."""
    return [
        (
            _called(SERVICES, service, language),
            [(name, _called(OPERATIONS, name, language)) for name in of_service],
        )
        for service, of_service in groupby(names, key=lambda name: name.partition(".")[0])
    ]


def _called(words: Mapping[str, str], name: str, language: Language) -> str:
    """Say what people call something; its name, if there are no words for it."""
    return Text(words[name]).in_(language) if name in words else name


ROUTES: Sequence[Route] = (
    Route(name="staff_access", path="/staff/customers/<customer>/access", show=staffed(access)),
)
