"""Many values in one parameter: an array on PostgreSQL, JSON elsewhere.

An expanding ``IN`` sends a parameter a value, and each number of them is another statement.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Delete,
    Dialect,
    String,
    Table,
    TypeDecorator,
    Update,
    bindparam,
    delete,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from custaccount.adapters.sqlalchemy.types import CHARSET, COLLATION, MARIADB, Exact, fit


class Texts(TypeDecorator[Collection[str]]):
    """Any number of texts."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use an array where there is one."""
        kind = ARRAY(String) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(kind)

    def process_bind_param(
        self, value: Collection[str] | None, dialect: Dialect
    ) -> list[str] | str:
        """Write them into one parameter."""
        texts = list(map(fit, value or ()))
        return texts if dialect.name == "postgresql" else json.dumps(texts, ensure_ascii=False)


class _Condition(FunctionElement[bool]):
    """A condition as it stands: the ``= 1`` SQLite would get keeps it from using an index."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Condition":  # noqa: ANN401, ARG002
        return self


class _AnyOf(_Condition):
    name = "any_of"
    inherit_cache = True


def any_of(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Say that a column is one of the texts of a parameter."""
    return _AnyOf(column, bindparam(parameter, type_=Texts()))


@compiles(_AnyOf)
def _in_json(element: _AnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(_AnyOf, *MARIADB)
def _in_json_table(element: _AnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} IN (SELECT value FROM {_json_table(texts)} AS many)"


def _json_table(texts: str) -> str:
    """Make a table of a JSON list of texts; a column with a length would cut them silently."""
    value = f"value LONGTEXT CHARACTER SET {CHARSET} COLLATE {COLLATION} PATH '$'"
    return f"JSON_TABLE({texts}, '$[*]' COLUMNS ({value}))"


@compiles(_AnyOf, "postgresql")
def _in_array(element: _AnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY ({texts})"


class _IsOneOf(_AnyOf):
    inherit_cache = True


def is_one_of(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Say the same of rows that are found in order otherwise, a few values only.

    MariaDB would join them with the values, and sort all of them anew.
    """
    return _IsOneOf(column, bindparam(parameter, type_=Texts()))


@compiles(_IsOneOf, *MARIADB)
def _is_in_json_table(element: _IsOneOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    return f"({_in_json_table(element, compiler, **kw)}) IS TRUE"


class _Listed(FunctionElement[str]):
    name = "listed"
    inherit_cache = True


def update_any(table: Table, column: ColumnElement[str], parameter: str) -> Update:
    """Update the rows in which a column is one of the texts of a parameter, each named once.

    As a join, which all three databases know here: MariaDB would not make one of an ``IN``.
    """
    many = _Listed(bindparam(parameter, type_=Texts())).table_valued("value", name="many")
    return update(table).where(column == many.c.value)


@compiles(_Listed)
def _from_json(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    (texts,) = (compiler.process(one, **kw) for one in element.clauses)
    return f"json_each({texts})"


@compiles(_Listed, *MARIADB)
def _from_json_table(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    (texts,) = (compiler.process(one, **kw) for one in element.clauses)
    return _json_table(texts)


@compiles(_Listed, "postgresql")
def _from_array(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    (texts,) = (compiler.process(one, **kw) for one in element.clauses)
    return f"(SELECT unnest({texts}) AS value)"


def delete_any(table: Table, *conditions: ColumnElement[bool]) -> Delete:
    """Delete rows, some of them by ``any_of``.

    MariaDB joins the many values only if the statement looks as if it were about several tables;
    else it looks at all rows, and at all values for each.
    """
    statement = delete(table).where(*conditions)
    for name in MARIADB:
        statement = statement.prefix_with(table.name, dialect=name)
    return statement


class _Names(_Condition):
    name = "names"
    inherit_cache = True


def names(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Say that a column, a JSON list of texts, has the text of a parameter."""
    return _Names(column, bindparam(parameter, type_=Exact()))


@compiles(_Names)
def _json_has(element: _Names, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, text = (compiler.process(one, **kw) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {text})"


@compiles(_Names, *MARIADB)
def _json_table_has(element: _Names, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, text = (compiler.process(one, **kw) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM {_json_table(column)} AS many WHERE value = {text})"


@compiles(_Names, "postgresql")
def _jsonb_has(element: _Names, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, text = (compiler.process(one, **kw) for one in element.clauses)
    return f"jsonb_exists(CAST({column} AS jsonb), {text})"
