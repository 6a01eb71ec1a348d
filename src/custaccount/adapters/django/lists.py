"""Many values in one parameter: an array on PostgreSQL, JSON elsewhere.

Django's ``in`` sends a parameter a value, and each number of them is another statement.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.sql.compiler import SQLCompiler

from custaccount.kernel.errors import InvalidInput

Sql = tuple[str, tuple[Any, ...]]


def fit(text: str) -> str:
    """Give a text back that every database can keep.

    Raises:
        InvalidInput: it has a null character, which PostgreSQL has not.
    """
    if "\0" in text:
        raise InvalidInput
    return text


class AnyOf(Lookup):
    """Says that a column is one of some texts: ``article__any_of=articles``."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Write it with JSON."""
        column, params = self.process_lhs(compiler, connection)
        texts = json.dumps(_texts(self.rhs), ensure_ascii=False)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, texts)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Write it with an array."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::text[])", (*params, _texts(self.rhs))


class Names(Lookup):
    """Says that a column, a JSON list of texts, has a text: ``named__names=about``."""

    lookup_name = "names"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Write it with SQLite's functions."""
        column, params = self.process_lhs(compiler, connection)
        found = f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = %s)"
        return found, (*params, fit(self.rhs))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        """Write it with PostgreSQL's."""
        column, params = self.process_lhs(compiler, connection)
        return f"jsonb_exists(CAST({column} AS jsonb), %s)", (*params, fit(self.rhs))


def _texts(given: Iterable[Any]) -> list[str]:
    return [fit(str(text)) for text in given]
