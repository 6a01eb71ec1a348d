"""How values lie in columns: exact, and the same on every database."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from sqlalchemy import DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from custaccount.kernel.clock import utc
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.features import Switched

W = TypeVar("W", bound=Enum)

MARIADB = ("mariadb", "mysql")
"""What SQLAlchemy calls MariaDB, by the address it is given."""
CHARSET, COLLATION = "utf8mb4", "utf8mb4_nopad_bin"
"""Exact: neither case nor accents nor blanks at the end are passed over."""

KEY, SHORT, WORD = 191, 255, 32
"""Characters: four of the first fit a key of MariaDB's, whose 3072 bytes are the least there is."""


def fit(text: str) -> str:
    """Give a text back that every database can keep.

    Raises:
        InvalidInput: it has a null character, which PostgreSQL has not.
    """
    if "\0" in text:
        raise InvalidInput
    return text


class Exact(TypeDecorator[str]):
    """Text that is compared and sorted by code point, whatever the database's locale.

    A length is for MariaDB, which asks for one where text is to be in a key.
    """

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Ask for the collation that SQLite has anyway."""
        exact: TypeEngine[str] = String()
        if dialect.name == "postgresql":
            exact = String(collation="C")
        elif dialect.name in MARIADB:
            length = self.length
            kind = mysql.VARCHAR(length) if length else mysql.LONGTEXT()
            kind.charset, kind.collation = CHARSET, COLLATION
            exact = kind
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Refuse what not every database can keep."""
        return None if value is None else fit(value)


Body = Text().with_variant(mysql.LONGTEXT(charset=CHARSET, collation=COLLATION), *MARIADB)
"""What is written and read whole."""


class KeyedTexts(TypeDecorator[Mapping[str, str]]):
    """Texts by their keys, as JSON; keys and texts are such as a column of text could keep."""

    impl = Body
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write them; JSON alone would hide a null character."""
        if value is None:
            return None
        texts = {fit(key): fit(text) for key, text in value.items()}
        return json.dumps(texts, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> Mapping[str, str] | None:
        """Read them."""
        return None if value is None else dict(json.loads(value))


class Flags(TypeDecorator[Switched]):
    """On or off by key, as JSON; ``{}`` where nothing is switched."""

    impl = Body
    cache_ok = True

    def process_bind_param(self, value: Switched | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write them; JSON alone would hide a null character."""
        if value is None:
            return None
        flags = {fit(key): on for key, on in value.items()}
        return json.dumps(flags, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Switched | None:  # noqa: ARG002
        """Read them."""
        return None if value is None else dict(json.loads(value))


class Amount(TypeDecorator[Decimal]):
    """An exact number as text: 9.90 comes back as 9.90."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Give MariaDB room for any number."""
        exact = mysql.VARCHAR(SHORT, charset="ascii", collation="ascii_bin")
        return dialect.type_descriptor(exact if dialect.name in MARIADB else String())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write all digits."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Read all digits."""
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        """Ask MariaDB for microseconds."""
        exact = mysql.DATETIME(fsp=6) if dialect.name in MARIADB else DateTime(timezone=True)
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring it to UTC; where columns know no zone, without saying so."""
        if value is None:
            return None
        moment = utc(value)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give it back in UTC, whatever the session's zone is."""
        if value is None or value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[W], Generic[W]):
    """One of a closed set, as its value."""

    impl = Exact
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        super().__init__(WORD)
        self.words = words
        self._read = {str(word.value): word for word in words}

    def process_bind_param(self, value: W | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write its value."""
        return None if value is None else str(value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> W | None:  # noqa: ARG002
        """Find the one with this value."""
        return None if value is None else self._read[value]


class Words(TypeDecorator[tuple[W, ...]], Generic[W]):
    """Several of a closed set, in their order, as their values with commas between."""

    impl = Exact
    cache_ok = True

    def __init__(self, words: type[W]) -> None:
        super().__init__(SHORT)
        self.words = words
        self._read = {str(word.value): word for word in words}

    def process_bind_param(self, value: tuple[W, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write their values."""
        return None if value is None else ",".join(str(word.value) for word in value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[W, ...] | None:  # noqa: ARG002
        """Find those with these values."""
        return None if value is None else tuple(self._read[one] for one in value.split(",") if one)


class Ids(TypeDecorator[tuple[str, ...]]):
    """Several ids, in their order, with commas between; any number of them."""

    impl = Exact
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write them.

        Raises:
            InvalidInput: one has a comma, or nothing, in it: it would come back as others.
        """
        if value is None:
            return None
        if not all(value) or any("," in one for one in value):
            raise InvalidInput
        return ",".join(map(fit, value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002
        """Read them."""
        return None if value is None else tuple(one for one in value.split(",") if one)
