"""Rows of a register export: read, checked field by field, and turned into customers."""

import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import IO, TypeVar

import attrs

from custaccount.customers.model import Contact, Customer
from custaccount.kernel.errors import InvalidInput, Problem
from custaccount.kernel.i18n import N_, Language, Text
from custaccount.kernel.ids import CustomerGroupId, CustomerNumber, ErpCustomerId
from custaccount.kernel.text import EmailAddress, EmailInvalid, unfit
from custaccount.portals.statuses import CustomerStatus

TEXT_LONGEST = 200
Row = Mapping[str, object]
"""Field names to text; ``contacts`` may be a list of mappings with ``name`` and ``email``."""

FIELDS = frozenset(
    (
        *("erp_id", "number", "name", "status", "language", "groups"),
        *("street", "postal_code", "town", "country"),
        *("email", "contact", "contacts"),
    )
)

E = TypeVar("E", bound=Enum)

CONTACT_FIELDS = frozenset({"email", "contact", "contacts"})
UNREADABLE = "\0unreadable"
"""The only field of a row that is none; its value says why."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_TEXTS = ("street", "postal_code", "town")


@attrs.frozen(kw_only=True)
class FileUnreadable(InvalidInput):
    """Not the CSV or JSON it should be."""

    code = "customers.file_unreadable"
    template = N_("The file can't be read: %(why)s")

    why: str


@attrs.frozen(kw_only=True)
class RegisterRow:
    """What one row says of a customer."""

    erp_id: ErpCustomerId
    number: CustomerNumber
    name: str
    status: CustomerStatus | None
    """None, as is: a blank one says nothing."""
    language: Language | None
    street: str
    postal_code: str
    town: str
    country: str
    contacts: tuple[Contact, ...]
    groups: tuple[str, ...]
    """Keys of customer groups, the first one counts first."""
    given: frozenset[str]
    """The fields the row has; what it does not have stays as it is known."""

    def applied(self, to: Customer, groups: Mapping[str, CustomerGroupId]) -> Customer:
        """Change a customer to what the row says, with the ids of its groups."""
        said = attrs.asdict(self, recurse=False, filter=lambda field, _: field.name in self.given)
        if self.status is None:
            said.pop("status", None)
        if "groups" in said:
            said["groups"] = tuple(groups[key] for key in self.groups)
        return attrs.evolve(to, **said)


def read_csv(file: Iterable[str]) -> Iterator[Row]:
    """Read CSV with a header line; the separator (comma, semicolon or tab) is the header's.

    A line that can't be read becomes a row that can't be kept, so that the others are: not even a
    quote that is never closed hides the lines after it.

    Raises:
        FileUnreadable: there is no header with ``erp_id``.
    """
    lines = _Lines(iter(file))
    header = next(lines, "").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    separator = max(",;\t", key=header.count)
    names = next(csv.reader([header], delimiter=separator), [])
    if "erp_id" not in names:
        raise FileUnreadable(why="no column erp_id")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        lines.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.read_again()
            yield {UNREADABLE: Text(N_("This line is no CSV."))}
            continue
        if len(cells) == len(names):
            yield dict(zip(names, cells, strict=True))
        elif cells:
            facts = {"cells": len(cells), "columns": len(names)}
            text = N_("This line has %(cells)s cells, the header has %(columns)s.")
            yield {UNREADABLE: Text(text, facts)}


@attrs.define
class _Lines:
    """The lines of a file, of which those after the first of a record can be had again."""

    _left: Iterator[str]
    _again: deque[str] = attrs.field(factory=deque, init=False)
    _of_record: list[str] = attrs.field(factory=list, init=False)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._left)
        self._of_record.append(line)
        return line

    def begin_record(self) -> None:
        self._of_record.clear()

    def read_again(self) -> None:
        self._again.extendleft(reversed(self._of_record[1:]))


def read_json(file: IO[str]) -> Iterator[Row]:
    """Read JSON: a list of objects, one a customer.

    Raises:
        FileUnreadable: it is not.
    """
    try:
        rows = json.load(file)
    except (ValueError, RecursionError) as refusal:
        raise FileUnreadable(why=str(refusal)) from refusal
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileUnreadable(why="not a list of objects")
    yield from rows


def read(row: Row) -> tuple[RegisterRow | None, tuple[Problem, ...]]:
    """Check a row; returns what it says, if that is enough to keep, and all its problems.

    Without ERP id, number or name there is nothing to keep. A field the row does not have is left
    as it is known; one that is empty is emptied. A contact's unusable mail address is a
    problem too, but the customer is kept, and so is the contact without it.
    """
    unreadable = row.get(UNREADABLE)
    if isinstance(unreadable, Text):
        return None, (Problem(field="", code="customers.row_unreadable", text=unreadable),)
    found = _Checks(row)
    erp_id = found.text("erp_id", needed=True)
    number = found.text("number", needed=True)
    name = found.text("name", needed=True)
    texts = {field: found.text(field) for field in _TEXTS}
    country = found.text("country").upper()
    if country and not _COUNTRY.fullmatch(country):
        found.refuse("country", N_("Two letters, as in ISO 3166-1."))
    status = found.one_of("status", CustomerStatus)
    language = found.one_of("language", Language)
    groups = found.groups()
    for field in sorted(set(row) - FIELDS):
        found.refuse(field, N_("There is no such field."))
    fatal = bool(found.problems)
    contacts = found.contacts()
    if fatal:
        return None, tuple(found.problems)
    kept = RegisterRow(
        erp_id=ErpCustomerId(erp_id),
        number=CustomerNumber(number),
        name=name,
        status=status,
        language=language,
        country=country,
        contacts=contacts,
        groups=groups,
        given=frozenset(_kept_as(field) for field in row) - {"erp_id"},
        **texts,
    )
    return kept, tuple(found.problems)


def _kept_as(field: str) -> str:
    return "contacts" if field in CONTACT_FIELDS else field


@attrs.frozen
class _Checks:
    row: Row
    problems: list[Problem] = attrs.field(factory=list)

    def refuse(self, field: str, text: str) -> None:
        self.problems.append(Problem(field=field, code="customers.row", text=Text(text)))

    def text(self, field: str, *, needed: bool = False) -> str:
        raw = self.row.get(field)
        if raw is None:
            raw = ""
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            self.refuse(field, N_("This is not a text."))
            return ""
        return self._fit(field, str(raw).strip(), needed=needed)

    def _fit(self, field: str, text: str, *, needed: bool) -> str:
        if needed and not text:
            self.refuse(field, N_("This is needed."))
        elif len(text) > TEXT_LONGEST:
            self.refuse(field, N_("This is too long."))
        elif unfit(text):
            self.refuse(field, N_("This has characters that can't be printed."))
        else:
            return text
        return ""

    def one_of(self, field: str, kind: type[E]) -> E | None:
        text = self.text(field).lower()
        if not text:
            return None
        for member in kind:
            if member.value == text:
                return member
        self.refuse(field, N_("This is none of the values it can have."))
        return None

    def groups(self) -> tuple[str, ...]:
        raw = self.row.get("groups") or ()
        parts = raw.split("|") if isinstance(raw, str) else raw
        if not isinstance(parts, list | tuple) or not all(isinstance(key, str) for key in parts):
            self.refuse("groups", N_("This is not a list of group keys."))
            return ()
        keys = (self._fit("groups", key.strip(), needed=False) for key in parts)
        return tuple(dict.fromkeys(key for key in keys if key))

    def contacts(self) -> tuple[Contact, ...]:
        raw = self.row.get("contacts")
        if raw is None:
            single = {"name": self.row.get("contact"), "email": self.row.get("email")}
            raw = [single] if any(single.values()) else []
        if not isinstance(raw, list | tuple) or not all(isinstance(one, Mapping) for one in raw):
            self.refuse("contacts", N_("This is not a list of contacts."))
            return ()
        return tuple(self._contact(one, f"contacts[{place}]") for place, one in enumerate(raw))

    def _contact(self, raw: Mapping[str, object], field: str) -> Contact:
        typed = raw.get("email")
        email = None
        if typed:
            try:
                email = EmailAddress.parse(typed)
            except EmailInvalid as refusal:
                self.problems.append(
                    Problem(field=f"{field}.email", code=refusal.code, text=refusal.text)
                )
        name = raw.get("name")
        text = name.strip() if isinstance(name, str) else ""
        return Contact(name=self._fit(f"{field}.name", text, needed=False), email=email)


def group_keys(rows: Sequence[RegisterRow]) -> tuple[str, ...]:
    """Collect the group keys of some rows, each once, in the order they come."""
    return tuple(dict.fromkeys(key for row in rows for key in row.groups))
