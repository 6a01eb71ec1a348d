"""The register: customers with the state of their accounts."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.ids import CustomerGroupId
from custaccount.portals import CustomerStatus
from custaccount.registration import AccountState, RegisterQuery
from pages.asking import Answer, Asked, Filled, Route, page
from pages.staff.asked import chosen, cursor, staffed
from pages.staff.groups import named_groups

LOOKED_FOR = ("q", "status", "group", "account")


def register(asked: Asked, staff: Staff) -> Answer:
    """List the customers that fit, 50 a page."""
    wanted = {name: asked.named(name) for name in LOOKED_FOR}
    query = RegisterQuery(
        text=wanted["q"],
        status=chosen(CustomerStatus, wanted["status"]),
        group=CustomerGroupId(wanted["group"]) if wanted["group"] else None,
        account=chosen(AccountState, wanted["account"]),
    )
    found, form = None, Filled(typed=wanted)
    try:
        found = asked.shop.accounts.account_desk.search(staff, query, cursor(asked))
    except InvalidInput as error:
        form = Filled(typed=wanted, error=error)
    return page(
        "staff_register.html",
        form.status,
        page=found,
        form=form,
        wanted={name: text for name, text in wanted.items() if text},
        groups=named_groups(asked, staff),
        statuses=CustomerStatus,
        accounts=AccountState,
        continued=bool(asked.named("cursor")),
        now=asked.shop.clock(),
    )


ROUTES: Sequence[Route] = (
    Route(name="staff_register", path="/staff/customers", show=staffed(register)),
)
