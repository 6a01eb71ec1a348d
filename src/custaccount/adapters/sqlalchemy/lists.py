"""Many values in one parameter: an array on PostgreSQL, JSON elsewhere.

An expanding ``IN`` sends a parameter a value, and each number of them is another statement.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, TypeDecorator, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


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
        texts = list(value or ())
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


@compiles(_AnyOf, "postgresql")
def _in_array(element: _AnyOf, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, texts = (compiler.process(one, **kw) for one in element.clauses)
    return f"{column} = ANY ({texts})"


class _Names(_Condition):
    name = "names"
    inherit_cache = True


def names(column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
    """Say that a column, a JSON list of texts, has the text of a parameter."""
    return _Names(column, bindparam(parameter, type_=String()))


@compiles(_Names)
def _json_has(element: _Names, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, text = (compiler.process(one, **kw) for one in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {text})"


@compiles(_Names, "postgresql")
def _jsonb_has(element: _Names, compiler: SQLCompiler, **kw: Any) -> str:  # noqa: ANN401
    column, text = (compiler.process(one, **kw) for one in element.clauses)
    return f"jsonb_exists(CAST({column} AS jsonb), {text})"
