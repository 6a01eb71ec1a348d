"""What a visitor is told whom something was refused: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from custaccount.accounts import CustomerAccounts
from custaccount.integrations.visit import Visit
from custaccount.kernel.access import FeatureOff, Member, PermissionMissing, Requirement
from custaccount.kernel.errors import CustAccountError, NotAllowed
from custaccount.kernel.ids import OperationName
from custaccount.membership import MembershipOver
from custaccount.membership.explaining import Explanation, Remedy
from pages.asking import Page, page
from pages.menu import ASKED, start

Denied = PermissionMissing | FeatureOff | MembershipOver


def denied(visit: Visit, error: Denied, status: int, *, at: str) -> Page:
    """Say which conditions of a page do not hold, and who can change each.

    Args:
        visit: Whose.
        error: What was refused.
        status: Of the page.
        at: The name of the page that was asked for.
    """
    accounts = visit.accounts
    try:
        member = visit.member()
    except CustAccountError:  # nobody acts: there is nothing more to tell
        return page("denied.html", status, error=error, refusing=(), remedies=(), start="home")
    explained = _explained(accounts, member, error, at)
    refusing = explained.refusing if explained else ()
    remedies = {one.remedy.value for one in refusing if one.remedy}
    ask = Remedy.ADMINISTRATOR.value in remedies
    return page(
        "denied.html",
        status,
        error=error,
        refusing=refusing,
        remedies=remedies,
        administrators=accounts.access.administrators(member) if ask else (),
        start=start(accounts, member),
    )


def _explained(
    accounts: CustomerAccounts, member: Member, error: NotAllowed, at: str
) -> Explanation | None:
    """Explain the first operation that is refused: the page's own, else one that asks the same."""
    for operation in _operations(accounts, error, at):
        explained = accounts.access.explain_access(member, operation)
        if not explained.allowed:
            return explained
    return None


def _operations(accounts: CustomerAccounts, error: NotAllowed, at: str) -> Iterator[OperationName]:
    if at in ASKED:
        yield ASKED[at]
    for operation in accounts.operations.values():
        if operation.actor is Member and any(_is(asked, error) for asked in operation.asked):
            yield operation.name


def _is(asked: Requirement, error: NotAllowed) -> bool:
    match error:
        case PermissionMissing():
            return asked.permission is error.permission
        case FeatureOff():
            return asked.feature == error.feature
        case _:
            return False
