"""Many updates in one call: Django's own names rows by their numbers, of which we know nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

Values = Mapping[str, Any]


def update_each(
    connection: BaseDatabaseWrapper, model: type[Model], changes: Sequence[tuple[Values, Values]]
) -> None:
    """Where columns are the first, make them the second, once a pair."""
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


def _column(connection: BaseDatabaseWrapper, model: type[Model], name: str) -> str:
    return connection.ops.quote_name(_field(model, name).column)


def _prepared(connection: BaseDatabaseWrapper, model: type[Model], name: str, value: Any) -> Any:  # noqa: ANN401
    return _field(model, name).get_db_prep_save(value, connection)


def _field(model: type[Model], name: str) -> Any:  # noqa: ANN401 - of columns, not of relations
    return model._meta.get_field(name)
