"""The register: customers with the state of their accounts, and what can be done about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from custaccount.customers import CustomerStatus
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.ids import CustomerGroupId, CustomerId, InvitationId, UserId
from custaccount.membership import AlreadyMember, Role
from custaccount.registration import (
    AccountAction,
    AccountState,
    GivenPassword,
    NotOffered,
    RegisterQuery,
)
from custaccount.registration.accounts_desk import actions_for, may_renew
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff.asked import chosen, cursor, staffed

LOOKED_FOR = ("q", "status", "group", "account")
PERSON = ("name", "email", "role", "reason", "user", "invitation")
"""What the forms of a customer's page ask."""
SAID = ("invited", "resent", "withdrawn", "unlinked")

Done = GivenPassword | str
"""A password to hand over, or the note that says what was done."""


# The list ---------------------------------------------------------------------------------------


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
        groups=_groups(asked, staff),
        statuses=CustomerStatus,
        accounts=AccountState,
        continued=bool(asked.named("cursor")),
        now=asked.shop.clock(),
    )


def _groups(asked: Asked, staff: Staff) -> Mapping[CustomerGroupId, str]:
    """Name the groups, for who may know them."""
    if Permission.MANAGE_REGISTER not in staff.permissions:
        return {}
    return {one.id: one.name for one in asked.shop.accounts.register_desk.groups(staff)}


# One customer -----------------------------------------------------------------------------------


def customer(asked: Asked, staff: Staff, customer: str) -> Answer:
    """Show a customer with its users, open invitations and what can be done."""
    return _customer(asked, staff, CustomerId(customer), Filled(), said=asked.said(*SAID))


def customer_now(asked: Asked, staff: Staff, customer: str) -> Answer:
    """Do what was asked for; a password is shown once, right away."""
    name, wanted = CustomerId(customer), asked.field("do")
    act = ACTIONS.get(wanted)
    if act is None:
        return go("staff_customer", customer=customer)
    try:
        done = act(asked, staff, name)
    except (InvalidInput, AlreadyMember, NotOffered) as error:
        filled = Filled(typed=typed(asked, PERSON), error=error)
        return _customer(asked, staff, name, filled, tried=wanted)
    if isinstance(done, GivenPassword):
        return given(asked, done, customer=customer)
    return go("staff_customer", customer=customer, said=done)


def _customer(
    asked: Asked,
    staff: Staff,
    name: CustomerId,
    form: Filled,
    *,
    tried: str = "",
    said: str = "",
) -> Page:
    desk = asked.shop.accounts.account_desk
    line = desk.look(staff, name)
    mode = asked.visit.portal.policies.activation
    groups = _groups(asked, staff)
    users = desk.users(staff, name)
    return page(
        "staff_customer.html",
        form.status,
        line=line,
        customer=line.customer,
        groups=[groups[one] for one in line.customer.groups if one in groups],
        users=users,
        renewable={one.membership.user for one in users if may_renew(one, mode)},
        invitations=desk.invitations(staff, name),
        offered={action.value for action in actions_for(line, mode)},
        login=asked.visit.portal.policies.login.value,
        roles=Role,
        form=form,
        empty=Filled(),
        tried=tried,
        said=said,
        now=asked.shop.clock(),
    )


def given(asked: Asked, password: GivenPassword, *, customer: str | None = None) -> Page:
    """Show a password to hand over; nothing keeps it, and no cache keeps the page."""
    return page(
        "staff_given.html",
        given=password,
        customer=customer,
        sign_in=f"{asked.shop.accounts.base_url}{asked.visit.root}/sign-in",
    )


# What can be done -------------------------------------------------------------------------------


def _give(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    return asked.shop.accounts.account_desk.give_password(
        staff,
        asked.visit.portal.id,
        customer,
        name=asked.field("name"),
        email=asked.field("email"),
    )


def _renew(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    user = UserId(asked.field("user"))
    desk = asked.shop.accounts.account_desk
    return desk.renew_password(staff, asked.visit.portal.id, customer, user)


def _invite(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    asked.shop.accounts.account_desk.invite(
        staff,
        asked.visit.portal.id,
        customer,
        email=asked.field("email"),
        name=asked.field("name"),
        role=chosen(Role, asked.field("role")) or Role.ADMINISTRATOR,
    )
    return "invited"


def _resend(asked: Asked, staff: Staff, _: CustomerId) -> Done:
    asked.shop.accounts.account_desk.resend(staff, InvitationId(asked.field("invitation")))
    return "resent"


def _withdraw(asked: Asked, staff: Staff, _: CustomerId) -> Done:
    asked.shop.accounts.account_desk.withdraw(staff, InvitationId(asked.field("invitation")))
    return "withdrawn"


def _undo(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    asked.shop.accounts.account_desk.undo_link(
        staff,
        asked.visit.portal.id,
        customer,
        UserId(asked.field("user")),
        reason=asked.field("reason"),
    )
    return "unlinked"


ACTIONS: Mapping[str, Callable[[Asked, Staff, CustomerId], Done]] = {
    AccountAction.GIVE_PASSWORD.value: _give,
    AccountAction.RENEW_PASSWORD.value: _renew,
    AccountAction.INVITE.value: _invite,
    AccountAction.RESEND.value: _resend,
    AccountAction.WITHDRAW.value: _withdraw,
    "undo": _undo,
}
"""By the name of the button; the service looks again whether the portal offers it."""


ROUTES: Sequence[Route] = (
    Route(name="staff_register", path="/staff/customers", show=staffed(register)),
    Route(
        name="staff_customer",
        path="/staff/customers/<customer>",
        show=staffed(customer),
        do=staffed(customer_now),
    ),
)
