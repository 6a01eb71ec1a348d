"""Many conditional updates in one call, which Django's ORM has not: its own ask no condition."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

Values = Mapping[str, Any]


def update_each(
    connection: BaseDatabaseWrapper, model: type[Model], changes: Sequence[tuple[Values, Values]]
) -> int:
    """Where columns are the first, make them the second, once a pair; returns how many were."""
    same, new = changes[0]
    table = connection.ops.quote_name(model._meta.db_table)
    made = ", ".join(f"{_column(connection, model, name)} = %s" for name in new)
    where = " AND ".join(f"{_column(connection, model, name)} = %s" for name in same)
    values = [
        [
            *(_prepared(connection, model, name, change[name]) for name in new),
            *(_prepared(connection, model, name, seen[name]) for name in same),
        ]
        for seen, change in changes
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {made} WHERE {where}", values)
        return cursor.rowcount


def _column(connection: BaseDatabaseWrapper, model: type[Model], name: str) -> str:
    return connection.ops.quote_name(model._meta.get_field(name).column)


def _prepared(connection: BaseDatabaseWrapper, model: type[Model], name: str, value: Any) -> Any:  # noqa: ANN401
    return model._meta.get_field(name).get_db_prep_save(value, connection)
