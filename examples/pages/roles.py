"""The roles of a company: those everybody has, and those it makes for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from custaccount.kernel.access import Depth, Grants, Permission
from custaccount.kernel.errors import InvalidFields, Stale
from custaccount.kernel.ids import RoleId
from custaccount.membership import (
    BeyondOwnRights,
    OwnMembership,
    Role,
    RoleInUse,
    RoleNotFound,
)
from custaccount.membership.own_roles import Roles
from custaccount.membership.roles import DEPTHS
from custaccount.membership.words import PERMISSIONS
from pages.asking import Answer, Asked, Filled, Route, go, page

SAID = ("saved", "removed")
Refused = (InvalidFields, RoleInUse, OwnMembership, BeyondOwnRights)


@attrs.frozen(kw_only=True)
class Offer:
    """A permission as the editor offers it."""

    field: str
    permission: Permission
    depths: Sequence[Depth]
    """How far it can be granted by who looks."""


def roles(asked: Asked) -> Answer:
    """List the roles with what each allows."""
    found = asked.shop.accounts.roles.all(asked.visit.member())
    return page("roles.html", found=found, said=asked.said(*SAID))


def new_role(asked: Asked) -> Answer:
    """Ask what a new role allows."""
    found = asked.shop.accounts.roles.all(asked.visit.member())
    return _role(found, None, Filled(), found.epoch)


def new_role_now(asked: Asked) -> Answer:
    """Make it."""
    member, service = asked.visit.member(), asked.shop.accounts.roles
    answers = _typed(asked)
    try:
        service.make(member, name=answers["name"], grants=_grants(answers))
    except InvalidFields as error:
        found = service.all(member)
        return _role(found, None, Filled(typed=answers, error=error), found.epoch)
    return go("roles", said="saved")


def role(asked: Asked, role: str) -> Answer:
    """Open a role of the company's own."""
    found = asked.shop.accounts.roles.all(asked.visit.member())
    kept = _own(found, role)
    return _role(found, kept, Filled(typed=_fields_of(kept)), found.epoch)


def role_now(asked: Asked, role: str) -> Answer:
    """Change it, or remove it; what somebody else has changed in the meantime is shown first."""
    member, service = asked.visit.member(), asked.shop.accounts.roles
    name, answers, epoch = RoleId(role), _typed(asked), asked.number("epoch")
    try:
        if asked.field("do") == "remove":
            service.remove(member, name)
            return go("roles", said="removed")
        service.change(member, name, name=answers["name"], grants=_grants(answers), epoch=epoch)
    except Refused as error:
        found = service.all(member)
        return _role(found, _own(found, role), Filled(typed=answers, error=error), epoch)
    except Stale as error:
        found = service.all(member)
        kept = _own(found, role)
        form = Filled(typed=answers, error=error, now=_fields_of(kept))
        return _role(found, kept, form, found.epoch)
    return go("roles", said="saved")


def _own(found: Roles, role: str) -> Role:
    kept = next((one.role for one in found.roles if one.role.id == role), None)
    if kept is None or kept.shipped:
        raise RoleNotFound
    return kept


def _role(found: Roles, kept: Role | None, form: Filled, epoch: int) -> Answer:
    line = next((one for one in found.roles if kept and one.role.id == kept.id), None)
    return page(
        "role.html",
        form.status,
        role=kept,
        line=line,
        offers=[_offer(one, found.grantable) for one in PERMISSIONS if one in found.grantable],
        form=form,
        epoch=epoch,
    )


# The fields of the form -------------------------------------------------------------------------


def _offer(permission: Permission, grantable: Grants) -> Offer:
    held = grantable[permission]
    return Offer(
        field=_field(permission),
        permission=permission,
        depths=[one for one in Depth if one in DEPTHS[permission] and held.reaches(one)],
    )


def _field(permission: Permission) -> str:
    return f"grant.{permission.name.lower()}"


def _typed(asked: Asked) -> dict[str, str]:
    fields = {_field(one): asked.field(_field(one)) for one in PERMISSIONS}
    return {"name": asked.field("name"), **fields}


def _fields_of(kept: Role) -> dict[str, str]:
    grants = {
        _field(one): kept.grants[one].value if one in kept.grants else "" for one in PERMISSIONS
    }
    return {"name": kept.name, **grants}


def _grants(answers: Mapping[str, str]) -> dict[Permission, Depth]:
    """Read how far each permission is to reach; what names none is left out."""
    known = {one.value: one for one in Depth if one is not Depth.NONE}
    return {
        one: known[answers[_field(one)]] for one in PERMISSIONS if answers[_field(one)] in known
    }


ROUTES: Sequence[Route] = (
    Route(name="roles", path="/users/roles", show=roles),
    Route(name="new_role", path="/users/roles/new", show=new_role, do=new_role_now),
    Route(name="role", path="/users/roles/<role>", show=role, do=role_now),
)
