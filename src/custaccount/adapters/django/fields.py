"""How values lie in columns: exact, and the same on every database.

Migrations know only ``Exact``, ``Moment`` and ``Named``, so that they read the same whatever
becomes of the words and amounts that are kept in text.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from custaccount.adapters.django.lists import AnyOf, Names, fit
from custaccount.kernel.clock import utc
from custaccount.kernel.errors import InvalidInput

Deconstructed = tuple[str, str, Sequence[Any], dict[str, Any]]


class Exact(models.TextField):  # type: ignore[type-arg] # no subscript when it runs
    """Text that is compared and sorted by code point, whatever the database's locale."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        """Ask PostgreSQL for the collation that SQLite has anyway."""
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}

    def get_prep_value(self, value: Any) -> str | None:  # noqa: ANN401 - words and amounts too
        """Refuse what not every database can keep."""
        return None if value is None else fit(str(value))


Exact.register_lookup(AnyOf)
Exact.register_lookup(Names)


class Amount(Exact):
    """An exact number as text: 9.90 comes back as 9.90."""

    def from_db_value(self, value: str | None, *_: object) -> Decimal | None:
        """Read all digits."""
        return None if value is None else Decimal(value)

    def deconstruct(self) -> Deconstructed:
        """Be text in migrations."""
        return _as_text(super().deconstruct())


class Word(Exact):
    """One of a closed set, as its value."""

    def __init__(self, words: type[Enum] | None = None, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._read = _reader(words)

    def from_db_value(self, value: str | None, *_: object) -> Enum | None:
        """Find the one with this value."""
        return None if value is None else self._read(value)

    def get_prep_value(self, value: Enum | None) -> str | None:
        """Write its value."""
        return None if value is None else str(value.value)

    def deconstruct(self) -> Deconstructed:
        """Be text in migrations."""
        return _as_text(super().deconstruct())


class Words(Exact):
    """Several of a closed set, in their order, as their values with commas between."""

    def __init__(self, words: type[Enum] | None = None, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._read = _reader(words)

    def from_db_value(self, value: str, *_: object) -> tuple[Enum, ...]:
        """Find those with these values."""
        return tuple(self._read(one) for one in value.split(",") if one)

    def get_prep_value(self, value: Sequence[Enum]) -> str:
        """Write their values."""
        return ",".join(str(word.value) for word in value)

    def deconstruct(self) -> Deconstructed:
        """Be text in migrations."""
        return _as_text(super().deconstruct())


class Ids(Exact):
    """Several identifiers, in their order, with commas between."""

    def from_db_value(self, value: str, *_: object) -> tuple[str, ...]:
        """Find each."""
        return tuple(one for one in value.split(",") if one)

    def get_prep_value(self, value: Sequence[str]) -> str:
        """Write them.

        Raises:
            InvalidInput: one has a comma, or nothing, in it: it would come back as others.
        """
        if not all(value) or any("," in one for one in value):
            raise InvalidInput
        return fit(",".join(value))

    def deconstruct(self) -> Deconstructed:
        """Be text in migrations."""
        return _as_text(super().deconstruct())


class Moment(models.DateTimeField):  # type: ignore[type-arg] # no subscript when it runs
    """A moment in UTC, to the microsecond.

    Where columns know no zone it is text, always of one length and in UTC, whatever zone the host's
    settings name for the database.
    """

    def get_internal_type(self) -> str:
        """Be of a kind of its own, which no back end converts."""
        return "Moment"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Name the column's type."""
        return "timestamp with time zone" if connection.vendor == "postgresql" else "text"

    def get_prep_value(self, value: datetime | None) -> datetime | None:
        """Bring it to UTC."""
        return None if value is None else utc(value)

    def get_db_prep_value(
        self,
        value: datetime | None,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> datetime | str | None:
        """Write it."""
        moment = value if prepared else self.get_prep_value(value)
        if moment is None or connection.vendor == "postgresql":
            return moment
        return moment.replace(tzinfo=None).isoformat(" ", "microseconds")

    def from_db_value(self, value: datetime | str | None, *_: object) -> datetime | None:
        """Give it back in UTC, whatever the session's zone is."""
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Named(models.ForeignObject):  # type: ignore[type-arg] # no subscript when it runs
    """The rows that have in some columns what this one has in some; for questions only."""

    requires_unique_target = False
    db_constraint = False


def _reader(words: type[Enum] | None) -> Callable[[str], Enum]:
    known = {str(word.value): word for word in words or ()}
    return known.__getitem__


def _as_text(deconstructed: Deconstructed) -> Deconstructed:
    name, _, args, options = deconstructed
    return name, f"{Exact.__module__}.{Exact.__name__}", args, options
