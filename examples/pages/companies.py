"""For which companies a person acts: choosing one, and leaving one."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.kernel.access import Member
from custaccount.kernel.ids import CustomerId
from custaccount.membership import (
    SHIPPED,
    LastAdministrator,
    OnePersonOnly,
    Role,
    Standing,
)
from pages.asking import Answer, Asked, Filled, Route, back, go, page
from pages.guests import take_along


def company(asked: Asked) -> Answer:
    """Show for whom the user may act."""
    choices = asked.shop.accounts.acting.choices(asked.visit.session())
    return page("company.html", choices=choices, next=asked.named("next"))


def choose_company(asked: Asked) -> Answer:
    """Act for one of them from now on."""
    asked.visit.choose_company(CustomerId(asked.field("customer")))
    take_along(asked)
    return back(asked)


def companies(asked: Asked) -> Answer:
    """List the companies the user acts for, with roles and ways out."""
    choices = asked.shop.accounts.acting.choices(asked.visit.session())
    return page(
        "companies.html",
        choices=sorted(choices, key=lambda one: one.customer_name.casefold()),
        roles_of=_roles_of,
        said=asked.said("left"),
    )


def _roles_of(standing: Standing) -> Sequence[Role]:
    roles = (*SHIPPED, *standing.own_roles)
    return [role for role in roles if role.id in standing.membership.roles]


def leave(asked: Asked, customer: str) -> Answer:
    """Ask whether the user wants to act for a company no more."""
    return _leave(_acting(asked, customer), asked, Filled())


def leave_now(asked: Asked, customer: str) -> Answer:
    """Leave it; the login and other companies go on."""
    member = _acting(asked, customer)
    try:
        asked.shop.accounts.users.leave(member)
    except (LastAdministrator, OnePersonOnly) as error:
        return _leave(member, asked, Filled(error=error))
    return go("companies", said="left")


def _acting(asked: Asked, customer: str) -> Member:
    visit = asked.visit
    acting = asked.shop.accounts.acting
    return acting.member(visit.session(), CustomerId(customer), language=visit.language())


def _leave(member: Member, asked: Asked, form: Filled) -> Answer:
    choices = asked.shop.accounts.acting.choices(asked.visit.session())
    found: Standing = next(one for one in choices if one.membership.customer == member.customer)
    return page(
        "leave.html",
        form.status,
        company=found,
        form=form,
    )


ROUTES: Sequence[Route] = (
    Route(name="company", path="/company", show=company, do=choose_company),
    Route(name="companies", path="/my-data/companies", show=companies),
    Route(name="leave", path="/my-data/companies/<customer>/leave", show=leave, do=leave_now),
)
