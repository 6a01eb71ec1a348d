"""Nothing crosses a realm: every statement names it, and none sends a parameter a value.

All statements are made once, in the adapter's modules; here they are looked at, not run.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, ColumnClause

from custaccount.adapters import sqlalchemy as adapter
from custaccount.adapters.sqlalchemy import register
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import metadata, orders, users
from custaccount.kernel.ids import CustomerGroupId, CustomerNumber
from custaccount.portals import CustomerStatus
from custaccount.registration.model import AccountState, RegisterQuery

Statement = Select[tuple[object, ...]] | Insert | Update | Delete

ACROSS_REALMS = {
    "portals._AT": "the address of a portal is how a realm is found",
    "portals._REALMS": "relays and sweepers go through all realms",
    "portals._REALMS_AFTER": "relays and sweepers go through all realms",
    "outbox._REALMS_DUE": "relays look for due events in all realms",
    "outbox._NEXT_DUE": "relays look for due events in all realms",
}
"""The statements that know no realm, on purpose."""


def statements() -> Iterator[tuple[str, Statement]]:
    """Name every statement of the adapter."""
    for module in pkgutil.iter_modules(adapter.__path__):
        if module.name == "migrations":
            continue
        loaded = importlib.import_module(f"{adapter.__name__}.{module.name}")
        for name, value in vars(loaded).items():
            for part, statement in enumerate(parts(value)):
                yield f"{module.name}.{name}" + (f"[{part}]" if part else ""), statement


def parts(value: object) -> Iterator[Statement]:
    """Take a module's constant apart."""
    if isinstance(value, Select | Insert | Update | Delete):
        yield value
    elif isinstance(value, Saving):
        yield from (value.insert, value.update, value.versions)
    elif isinstance(value, tuple):
        for one in value:
            yield from parts(one)
    elif isinstance(value, dict):
        yield from parts(tuple(value.values()))


STATEMENTS = dict(statements())


def tables_of(statement: Statement) -> set[Table]:
    """Name the tables a statement reads or changes; inner questions belong to it."""
    return {one for one in visitors.iterate(statement) if isinstance(one, Table)}


def bound_to_a_realm(statement: Statement) -> set[Table]:
    """Name the tables of which only rows of a realm asked for are looked at, directly or joined."""
    told: set[Table] = set()
    same: list[tuple[Table, Table]] = []
    for one in visitors.iterate(statement):
        if not isinstance(one, BinaryExpression) or one.operator.__name__ != "eq":
            continue
        sides = (one.left, one.right)
        realms = [side.table for side in sides if is_realm(side)]
        if len(realms) == 2:
            same.append((realms[0], realms[1]))
        elif realms and any(isinstance(side, BindParameter) for side in sides):
            told |= tables_of(realms[0]) if not isinstance(realms[0], Table) else {realms[0]}
    for _ in same:
        for left, right in same:
            told |= spread(left, told, right) | spread(right, told, left)
    return told


def spread(one: Table, told: set[Table], other: Table) -> set[Table]:
    """Tie what is joined to what is told."""
    there = tables_of(one)  # type: ignore[arg-type] - a subquery has tables too
    return tables_of(other) if there and there <= told else set()  # type: ignore[arg-type]


def is_realm(side: object) -> bool:
    """Tell whether something is a table's realm."""
    return isinstance(side, ColumnClause) and side.name == "realm" and side.table is not None


def loose(statement: Statement) -> set[str]:
    """Name the tables that could give a row of another realm."""
    if isinstance(statement, Insert):  # a row without a realm is refused by the table
        return set()
    return {table.name for table in tables_of(statement) - bound_to_a_realm(statement)}


def test_there_are_statements() -> None:
    """They were found."""
    assert len(STATEMENTS) > 60


def test_every_statement_names_the_realm() -> None:
    """For each of its tables: by a parameter, or by a join with one that has it."""
    found = {name: tables for name, one in STATEMENTS.items() if (tables := loose(one))}

    assert found.keys() == ACROSS_REALMS.keys(), found


@pytest.mark.parametrize("account", [None, *AccountState])
def test_what_staff_look_for_stays_in_the_realm(account: AccountState | None) -> None:
    """The one question that is put together when it is asked: with all there is to ask for."""
    eight = " ".join("abcdefgh")
    query = RegisterQuery(
        text=eight, status=CustomerStatus.ACTIVE, group=CustomerGroupId("g"), account=account
    )

    question, asked = register.question_for(query, after=CustomerNumber("1"))

    assert loose(question) == set()
    assert asked.keys() == {*(f"word{place}" for place in range(8)), *PARTS_OF_A_SEARCH}
    assert [one for one in DIALECTS if sends_a_parameter_a_value(question, one)] == []


PARTS_OF_A_SEARCH = {"of_status", "of_group", "after"}


def test_a_statement_without_its_realm_is_seen() -> None:
    """Alone, joined, and inside another one."""
    here = users.c.realm == bindparam("realm")

    assert loose(select(users).where(users.c.id == bindparam("id"))) == {users.name}
    assert loose(select(users, orders).where(here)) == {orders.name}
    assert loose(select(users).where(here, users.c.id.in_(select(orders.c.id)))) == {orders.name}
    assert not loose(select(users, orders).where(here, orders.c.realm == users.c.realm))


DIALECTS = {
    "sqlite": sqlite.dialect(),
    "postgres": postgresql.dialect(),
    "mariadb": MariaDBDialect(),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_statement_has_a_parameter_a_value(dialect: str) -> None:
    """An expanding IN is another statement for each number of values, and slow in the end."""
    found = [name for name, one in STATEMENTS.items() if sends_a_parameter_a_value(one, dialect)]

    assert found == []


def sends_a_parameter_a_value(statement: Statement, dialect: str) -> bool:
    """Look for SQLAlchemy's mark where values are put in when it is run."""
    if isinstance(statement, Insert):  # it has no IN, and perhaps another database's words
        return False
    return "POSTCOMPILE" in str(statement.compile(dialect=DIALECTS[dialect]))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_expanding_in_is_seen(dialect: str) -> None:
    """As SQLAlchemy makes it."""
    assert sends_a_parameter_a_value(select(users).where(users.c.id.in_(["a", "b"])), dialect)


def test_every_table_has_a_realm_first() -> None:
    """It is there, never empty, and the first column of the primary key."""
    for table in metadata.sorted_tables:
        assert table.primary_key.columns.keys()[0] == "realm"
        assert not table.c.realm.nullable
