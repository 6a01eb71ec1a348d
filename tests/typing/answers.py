"""Errors and pages as hosts use them; checked, never run."""

from collections.abc import Mapping
from typing import assert_type

from custaccount import (
    CustAccountError,
    InvalidFields,
    Language,
    Member,
    Page,
    Permission,
    Problem,
    Text,
)
from custaccount.accounts import ConfigurationRefused, CustomerAccounts
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import PermissionMissing
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import Cursor, OrderLineId, OrderNumber
from custaccount.ordering import LinesUnknown, PlanChanged, ReorderPlan
from custaccount.orders import OrderSummary


def number(summary: OrderSummary) -> OrderNumber:
    """Take what a row shows."""
    return summary.number


def show(page: Page[OrderSummary]) -> None:
    """A page of one thing is mapped to a page of another, and continues at the same place."""
    assert_type(page.map(number), Page[OrderNumber])
    assert_type(page.map(lambda one: one.total is not None), Page[bool])
    assert_type(page.items, tuple[OrderSummary, ...])
    assert_type(page.more, Cursor | None)
    assert_type(page.has_more, bool)


def explain(error: CustAccountError, language: Language) -> None:
    """Every error has a code, facts and a text in any language."""
    assert_type(error.facts, Mapping[str, object])
    assert_type(error.text, Text)
    assert_type(error.text.in_(language), str)


def read_facts(
    missing: PermissionMissing,
    stale: Stale,
    unknown: LinesUnknown,
    changed: PlanChanged,
    fields: InvalidFields,
) -> None:
    """Leaves carry typed attributes, not a dictionary of anything."""
    assert_type(missing.permission, Permission)
    assert_type(stale.version, int)
    assert_type(unknown.lines, tuple[OrderLineId, ...])
    assert_type(changed.plan, ReorderPlan)
    assert_type(fields.problems, tuple[Problem, ...])


def catch(accounts: CustomerAccounts, member: Member, cursor: Cursor) -> str:
    """A host catches a family, or a leaf and its facts."""
    try:
        return str(accounts.orders.newest(member, cursor).has_more)
    except PermissionMissing as error:
        return error.permission.value
    except ConfigurationRefused as error:
        return error.problems[0].field
    except CustAccountError as error:
        return error.code


def refuse(page: Page[OrderSummary]) -> None:
    """Errors are made of facts, by name; pages are of one thing."""
    Stale("user", "u", 1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Stale(kind="user", id="u", version="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TokenInvalid(token="secret")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    page.items = ()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
