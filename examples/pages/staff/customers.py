"""A customer's page: its users, who is invited, and what can be done about the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from custaccount.facilities.limits import TooManyTries
from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import Language, Text
from custaccount.kernel.ids import CustomerId, InvitationId, MembershipId, RoleId
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    AlreadyMember,
    MemberLine,
    MemberNotFound,
    MembershipState,
    OnePersonOnly,
    Role,
)
from custaccount.portals import AccountKind, NotOffered
from custaccount.registration import AccountAction, AddressHasLogin, GivenPassword, RegisterLine
from custaccount.registration.accounts_desk import actions_for
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff.asked import staffed
from pages.staff.groups import named_groups

PERSON = ("name", "address", "invitation", "membership")
"""What the forms of a customer's page ask, beside the roles."""
SAID = ("invited", "resent", "withdrawn", "appointed")
GIVE, INVITE = AccountAction.GIVE_PASSWORD.value, AccountAction.INVITE.value

Refused = (
    InvalidInput,
    AddressHasLogin,
    AlreadyMember,
    OnePersonOnly,
    NotOffered,
    TooManyTries,
)
Done = GivenPassword | str
"""A password to hand over, or the note that says what was done."""


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
    except Refused as error:
        sent = typed(asked, PERSON) | ticked(ticked_roles(asked))
        return _customer(asked, staff, name, Filled(typed=sent, error=error), tried=wanted)
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
    accounts, policies = asked.shop.accounts, asked.visit.portal.policies
    line = accounts.account_desk.look(staff, name)
    users = accounts.member_desk.users(staff, name)
    roles = accounts.member_desk.roles(staff, name)
    leaderless = lacks_administrator(line, users)
    groups = named_groups(asked, staff)
    offered = {action.value for action in actions_for(line, policies.activation)}
    has_login = isinstance(form.error, AddressHasLogin)
    inviting = has_login or _may_invite(line, offered)
    shown = {GIVE} & offered | ({INVITE} if inviting else set())
    first = ticked([ADMINISTRATOR if leaderless or not line.users else BUYER])
    return page(
        "staff_customer.html",
        form.status,
        line=line,
        customer=line.customer,
        groups=[groups[one] for one in line.customer.groups if one in groups],
        users=users,
        leaderless=leaderless,
        invitations=accounts.member_desk.invitations(staff, name),
        offered=offered,
        inviting=inviting,
        giving=form if tried == GIVE else Filled(),
        invite=form
        if tried == INVITE
        else Filled(typed={**first, **(form.typed if has_login else {})}),
        error=None if tried in shown else form.error,
        login=policies.login.value,
        roles=role_names(roles, asked.visit.language()),
        own=own_roles(roles),
        said=said,
        now=asked.shop.clock(),
    )


def _may_invite(line: RegisterLine, offered: set[str]) -> bool:
    """Tell whether somebody can be invited: a company may have invited others already."""
    waits = AccountAction.RESEND.value in offered and line.customer.kind is AccountKind.COMPANY
    return waits or INVITE in offered


def lacks_administrator(line: RegisterLine, users: Sequence[MemberLine]) -> bool:
    """Tell whether a company has users, and nobody among them to look after the others."""
    anybody = any(one.membership.state is not MembershipState.REMOVED for one in users)
    company = line.customer.kind is AccountKind.COMPANY
    return company and anybody and not any(one.administers for one in users)


def role_names(roles: Sequence[Role], language: Language) -> Mapping[RoleId, str]:
    """Name roles, those that are shipped in the reader's language."""
    return {one.id: Text(one.name).in_(language) if one.shipped else one.name for one in roles}


def own_roles(roles: Sequence[Role]) -> frozenset[RoleId]:
    """Return which of the roles the company made."""
    return frozenset(one.id for one in roles if not one.shipped)


def ticked(roles: Sequence[RoleId]) -> dict[str, str]:
    """Write which roles are ticked into the fields of a form."""
    return {f"role.{one}": "on" for one in roles}


def ticked_roles(asked: Asked) -> list[RoleId]:
    """Read which roles are ticked."""
    return [RoleId(one) for one in asked.form.getlist("role")]


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
        email=asked.field("address"),
    )


def _invite(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    asked.shop.accounts.member_desk.invite(
        staff,
        asked.visit.portal.id,
        customer,
        email=asked.field("address"),
        name=asked.field("name"),
        roles=ticked_roles(asked),
    )
    return "invited"


def _resend(asked: Asked, staff: Staff, _: CustomerId) -> Done:
    asked.shop.accounts.member_desk.resend(staff, InvitationId(asked.field("invitation")))
    return "resent"


def _withdraw(asked: Asked, staff: Staff, _: CustomerId) -> Done:
    asked.shop.accounts.member_desk.withdraw(staff, InvitationId(asked.field("invitation")))
    return "withdrawn"


def _appoint(asked: Asked, staff: Staff, customer: CustomerId) -> Done:
    """Make one of the users an administrator, beside what the user is already."""
    member = find_user(asked, staff, customer, MembershipId(asked.field("membership"))).membership
    roles = {*member.roles, ADMINISTRATOR}
    asked.shop.accounts.member_desk.set_roles(staff, customer, member.id, roles)
    return "appointed"


def find_user(
    asked: Asked, staff: Staff, customer: CustomerId, membership: MembershipId
) -> MemberLine:
    """Return one of a customer's users, those removed too.

    Raises:
        CustomerNotFound: there is no such customer.
        MemberNotFound: it has no such user.
    """
    users = asked.shop.accounts.member_desk.users(staff, customer)
    found = next((one for one in users if one.membership.id == membership), None)
    if found is None:
        raise MemberNotFound
    return found


ACTIONS: Mapping[str, Callable[[Asked, Staff, CustomerId], Done]] = {
    GIVE: _give,
    INVITE: _invite,
    AccountAction.RESEND.value: _resend,
    AccountAction.WITHDRAW.value: _withdraw,
    "appoint": _appoint,
}
"""By the name of the button; the service looks again whether it may be."""


ROUTES: Sequence[Route] = (
    Route(
        name="staff_customer",
        path="/staff/customers/<customer>",
        show=staffed(customer),
        do=staffed(customer_now),
    ),
)
