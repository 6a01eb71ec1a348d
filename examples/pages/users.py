"""The users of a company: who acts for it, who is invited, who asks to join."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from custaccount.facilities.limits import TooManyTries
from custaccount.integrations.answers import status_of
from custaccount.kernel.access import Member
from custaccount.kernel.errors import CustAccountError, InvalidInput
from custaccount.kernel.ids import InvitationId, MembershipId, RegistrationId, RoleId
from custaccount.membership import (
    BUYER,
    SHIPPED,
    AlreadyMember,
    BeyondOwnRights,
    InvitationNotFound,
    LastAdministrator,
    MemberNotFound,
    OwnMembership,
)
from custaccount.membership.users import Colleague, CompanyUsers, Users
from custaccount.portals import LoginId
from custaccount.registration import RegistrationNotFound
from custaccount.registration.join_requests import JoinRequest
from pages.asking import Answer, Asked, Filled, Route, go, page, typed

SAID = (
    "invited",
    "resent",
    "withdrawn",
    "saved",
    "suspended",
    "resumed",
    "removed",
    "approved",
    "declined",
)
Refused = (InvalidInput, BeyondOwnRights, OwnMembership, LastAdministrator, AlreadyMember)
"""What is said beside the form."""


def users(asked: Asked) -> Answer:
    """List who acts for the company, who is invited, and who asks to join."""
    return _users(asked, said=asked.said(*SAID))


def users_now(asked: Asked) -> Answer:
    """Mail an invitation again, or take it back."""
    member, service = asked.visit.member(), asked.shop.accounts.users
    named = InvitationId(asked.field("invitation"))
    try:
        if asked.field("do") == "withdraw":
            service.withdraw(member, named)
            return go("users", said="withdrawn")
        service.resend(member, named)
    except (InvitationNotFound, BeyondOwnRights, TooManyTries) as error:
        return _users(asked, error=error)
    return go("users", said="resent")


def _users(asked: Asked, *, error: CustAccountError | None = None, said: str = "") -> Answer:
    member, accounts = asked.visit.member(), asked.shop.accounts
    found = accounts.users.all(member)
    return page(
        "users.html",
        status_of(error) if error else 200,
        users=found.users,
        rows=_invitations(found),
        requests=accounts.join_requests.waiting(member),
        by_number=asked.visit.portal.policies.login is LoginId.CUSTOMER_NUMBER,
        now=asked.shop.clock(),
        error=error,
        said=said,
    )


def _invitations(found: Users) -> Sequence[Mapping[str, object]]:
    """Prepare who is invited to what; only those may be changed whose roles one could give."""
    grantable = {role.id for role in found.roles}
    known = {role.id: role for role in (*SHIPPED, *found.roles)}
    known |= {role.id: role for one in found.users for role in one.roles}
    return [
        {
            "invitation": one,
            "roles": [known[role] for role in sorted(one.roles) if role in known],
            "changeable": one.roles <= grantable,
        }
        for one in found.invitations
    ]


# Inviting ---------------------------------------------------------------------------------------


def invite(asked: Asked) -> Answer:
    """Ask whom to invite, to what."""
    return _invite(asked, Filled(), {BUYER})


def invite_now(asked: Asked) -> Answer:
    """Invite; the answer is the same whether the person has a login or not."""
    answers, roles = typed(asked, ("name", "address")), chosen_roles(asked)
    try:
        asked.shop.accounts.users.invite(
            asked.visit.member(), name=answers["name"], email=answers["address"], roles=roles
        )
    except (*Refused, TooManyTries) as error:
        return _invite(asked, Filled(typed=answers, error=error), roles)
    return go("users", said="invited")


def _invite(asked: Asked, form: Filled, chosen: Iterable[RoleId]) -> Answer:
    found = asked.shop.accounts.users.all(asked.visit.member())
    return page("invite.html", form.status, form=form, roles=found.roles, chosen=frozenset(chosen))


def chosen_roles(asked: Asked) -> frozenset[RoleId]:
    """Read which roles are ticked."""
    return frozenset(RoleId(one) for one in asked.form.getlist("roles"))


# One user ---------------------------------------------------------------------------------------


def user(asked: Asked, membership: str) -> Answer:
    """Show a user, and what can be done about the membership."""
    found, one = _find(asked, membership)
    return _user(found, one, Filled(), {role.id for role in one.roles})


def user_now(asked: Asked, membership: str) -> Answer:
    """Give other roles, suspend, or let act again."""
    roles = chosen_roles(asked)
    doing = DOING.get(asked.field("do"), _set_roles)
    try:
        said = doing(asked.shop.accounts.users, asked.visit.member(), membership, roles)
    except Refused as error:
        found, one = _find(asked, membership)
        kept = {role.id for role in one.roles}
        return _user(found, one, Filled(error=error), roles if doing is _set_roles else kept)
    return go("users", said=said)


def remove_user(asked: Asked, membership: str) -> Answer:
    """Ask whether a user is to be removed."""
    _, one = _find(asked, membership)
    return page("remove_user.html", user=one, form=Filled())


def remove_user_now(asked: Asked, membership: str) -> Answer:
    """Remove the user."""
    member, service = asked.visit.member(), asked.shop.accounts.users
    try:
        service.remove(member, MembershipId(membership))
    except Refused as error:
        _, one = _find(asked, membership)
        form = Filled(error=error)
        return page("remove_user.html", form.status, user=one, form=form)
    return go("users", said="removed")


def _find(asked: Asked, membership: str) -> tuple[Users, Colleague]:
    found = asked.shop.accounts.users.all(asked.visit.member())
    one = next((one for one in found.users if one.membership == membership), None)
    if one is None:
        raise MemberNotFound
    return found, one


def _user(found: Users, one: Colleague, form: Filled, chosen: Iterable[RoleId]) -> Answer:
    return page(
        "user.html",
        form.status,
        user=one,
        roles=found.roles,
        chosen=frozenset(chosen),
        form=form,
    )


def _set_roles(
    service: CompanyUsers, member: Member, membership: str, roles: frozenset[RoleId]
) -> str:
    service.set_roles(member, MembershipId(membership), roles)
    return "saved"


def _suspend(service: CompanyUsers, member: Member, membership: str, _: frozenset[RoleId]) -> str:
    service.suspend(member, MembershipId(membership))
    return "suspended"


def _resume(service: CompanyUsers, member: Member, membership: str, _: frozenset[RoleId]) -> str:
    service.resume(member, MembershipId(membership))
    return "resumed"


DOING: Mapping[str, Callable[[CompanyUsers, Member, str, frozenset[RoleId]], str]] = {
    "roles": _set_roles,
    "suspend": _suspend,
    "resume": _resume,
}
"""By the name of the button."""


# Requests to join -------------------------------------------------------------------------------


def join_request(asked: Asked, asking: str) -> Answer:
    """Show who asks to join, to be decided."""
    return _request(asked, _find_request(asked, asking), Filled(), {BUYER})


def join_request_now(asked: Asked, asking: str) -> Answer:
    """Let the person join, or not."""
    member, service = asked.visit.member(), asked.shop.accounts.join_requests
    name, roles, reason = RegistrationId(asking), chosen_roles(asked), asked.field("reason")
    declines = asked.field("do") == "decline"
    try:
        if declines:
            service.decline(member, name, reason=reason)
            return go("users", said="declined")
        service.approve(member, name, roles=roles)
    except Refused as error:
        form = Filled(typed={"reason": reason}, error=error)
        return _request(asked, _find_request(asked, asking), form, {BUYER} if declines else roles)
    return go("users", said="approved")


def _find_request(asked: Asked, asking: str) -> JoinRequest:
    found = asked.shop.accounts.join_requests.waiting(asked.visit.member())
    one = next((one for one in found if one.id == asking), None)
    if one is None:
        raise RegistrationNotFound
    return one


def _request(asked: Asked, one: JoinRequest, form: Filled, chosen: Iterable[RoleId]) -> Answer:
    found = asked.shop.accounts.users.all(asked.visit.member())
    return page(
        "join_request.html",
        form.status,
        asking=one,
        roles=found.roles,
        chosen=frozenset(chosen),
        form=form,
    )


ROUTES: Sequence[Route] = (
    Route(name="users", path="/users", show=users, do=users_now),
    Route(name="invite", path="/users/new", show=invite, do=invite_now),
    Route(
        name="join_request",
        path="/users/requests/<asking>",
        show=join_request,
        do=join_request_now,
    ),
    Route(name="user", path="/users/all/<membership>", show=user, do=user_now),
    Route(
        name="remove_user",
        path="/users/all/<membership>/remove",
        show=remove_user,
        do=remove_user_now,
    ),
)
