"""One of a customer's users: roles and membership, which concern this customer; and the login."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from custaccount.kernel.access import Staff
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.ids import CustomerId, MembershipId
from custaccount.membership import LastAdministrator, MemberLine, MembershipOver
from custaccount.portals import NotOffered
from custaccount.registration import GivenPassword
from custaccount.registration.accounts_desk import may_renew
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff.asked import staffed
from pages.staff.customers import (
    Done,
    find_user,
    given,
    own_roles,
    role_names,
    ticked,
    ticked_roles,
)

SAID = ("roles", "suspended", "resumed", "removed", "blocked", "unblocked")
Refused = (InvalidInput, LastAdministrator, MembershipOver, NotOffered)


def user(asked: Asked, staff: Staff, customer: str, user: str) -> Answer:
    """Show a user, and what can be done."""
    of, line = _found(asked, staff, customer, user)
    return _user(asked, staff, of, line, Filled(), said=asked.said(*SAID))


def user_now(asked: Asked, staff: Staff, customer: str, user: str) -> Answer:
    """Do what was asked for; a password is shown once, right away."""
    of, line = _found(asked, staff, customer, user)
    wanted = asked.field("do")
    act = ACTIONS.get(wanted)
    if act is None:
        return go("staff_user", customer=customer, user=user)
    try:
        done = act(asked, staff, line)
    except Refused as error:
        sent = typed(asked, ("reason",)) | ticked(ticked_roles(asked))
        return _user(asked, staff, of, line, Filled(typed=sent, error=error), tried=wanted)
    if isinstance(done, GivenPassword):
        return given(asked, done, customer=customer)
    return go("staff_user", customer=customer, user=user, said=done)


def _found(asked: Asked, staff: Staff, customer: str, user: str) -> tuple[CustomerId, MemberLine]:
    name = CustomerId(customer)
    return name, find_user(asked, staff, name, MembershipId(user))


def _user(
    asked: Asked,
    staff: Staff,
    customer: CustomerId,
    line: MemberLine,
    form: Filled,
    *,
    tried: str = "",
    said: str = "",
) -> Page:
    accounts = asked.shop.accounts
    roles = accounts.member_desk.roles(staff, customer)
    now = Filled(typed=ticked(sorted(line.membership.roles)))
    return page(
        "staff_user.html",
        form.status,
        customer=accounts.account_desk.look(staff, customer).customer,
        line=line,
        member=line.membership,
        roles=role_names(roles, asked.visit.language()),
        own=own_roles(roles),
        granting=form if tried == "roles" else now,
        renewable=may_renew(line, asked.visit.portal.policies.activation),
        form=form,
        empty=Filled(),
        tried=tried,
        said=said,
    )


# What can be done -------------------------------------------------------------------------------


def _roles(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    of = line.membership
    asked.shop.accounts.member_desk.set_roles(staff, of.customer, of.id, ticked_roles(asked))
    return "roles"


def _suspend(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    of, portal = line.membership, asked.visit.portal.id
    asked.shop.accounts.member_desk.suspend(staff, portal, of.customer, of.id)
    return "suspended"


def _resume(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    of, portal = line.membership, asked.visit.portal.id
    asked.shop.accounts.member_desk.resume(staff, portal, of.customer, of.id)
    return "resumed"


def _remove(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    of, portal = line.membership, asked.visit.portal.id
    reason = asked.field("reason")
    asked.shop.accounts.member_desk.remove(staff, portal, of.customer, of.id, reason=reason)
    return "removed"


def _block(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    desk = asked.shop.accounts.login_desk
    desk.block(staff, line.membership.user, reason=asked.field("reason"))
    return "blocked"


def _unblock(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    asked.shop.accounts.login_desk.unblock(staff, line.membership.user)
    return "unblocked"


def _renew(asked: Asked, staff: Staff, line: MemberLine) -> Done:
    of, portal = line.membership, asked.visit.portal.id
    return asked.shop.accounts.account_desk.renew_password(staff, portal, of.customer, of.user)


ACTIONS: Mapping[str, Callable[[Asked, Staff, MemberLine], Done]] = {
    "roles": _roles,
    "suspend": _suspend,
    "resume": _resume,
    "remove": _remove,
    "block": _block,
    "unblock": _unblock,
    "renew": _renew,
}
"""By the name of the button; the service looks again whether it may be."""


ROUTES: Sequence[Route] = (
    Route(
        name="staff_user",
        path="/staff/customers/<customer>/users/<user>",
        show=staffed(user),
        do=staffed(user_now),
    ),
)
