"""Schemas of asked data: which fields a portal asks, and how each answer is checked."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

import attrs

from custaccount.facilities import formats
from custaccount.kernel.errors import InvalidFields, InvalidInput, Problem, Rule, refuse_unless
from custaccount.kernel.i18n import N_, Language, Text
from custaccount.kernel.text import (
    BLANKS,
    EMAIL_LONGEST,
    NAME_LONGEST,
    EmailAddress,
    is_name,
    unfit,
)

LONGEST = 500
"""No answer is longer, in code points."""
STANDARD_LONGEST = NAME_LONGEST
"""Nor is one that lands in the register."""
MOST_FIELDS = 40
MOST_CHOICES = 300
MOST_UNKNOWN = 10
"""Of the keys that are not asked, so many are named in a refusal."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


class FieldKind(Enum):
    """How an answer is checked."""

    TEXT = "text"
    """One line, within the field's length."""
    EMAIL = "email"
    PHONE = "phone"
    """Kept as E.164; without a plus sign it is a number of the country answered."""
    POSTAL_CODE = "postal code"
    """One of the country answered, and not required where there are none."""
    COUNTRY = "country"
    """Kept as ISO 3166-1 alpha-2."""
    VAT_ID = "vat id"
    """Kept compact, with the country's letters; not required where it cannot be checked."""
    CHOICE = "choice"
    """One of the values offered."""


STANDARD: Mapping[str, tuple[FieldKind, str]] = {
    "company": (FieldKind.TEXT, N_("Company")),
    "name": (FieldKind.TEXT, N_("Name")),
    "phone": (FieldKind.PHONE, N_("Phone")),
    "street": (FieldKind.TEXT, N_("Street and number")),
    "postal_code": (FieldKind.POSTAL_CODE, N_("Postal code")),
    "town": (FieldKind.TEXT, N_("Town")),
    "country": (FieldKind.COUNTRY, N_("Country")),
    "vat_id": (FieldKind.VAT_ID, N_("VAT id")),
}
"""The fields that land in the register, by key: how each is checked, and what it is called."""
RESERVED = frozenset(
    {
        "account",
        "customer",
        "draft",
        "email",
        "group",
        "kind",
        "language",
        "number",
        "password",
        "role",
    }
)
"""What a portal's own field is never called: a form asks it, or staff alone decide it."""


@attrs.frozen(kw_only=True)
class Choice:
    """One of the answers a field offers."""

    value: str
    """What is kept."""
    labels: Mapping[Language, str] = attrs.field(factory=dict, hash=False)

    def label(self, language: Language) -> str:
        """Say what it is called in a language."""
        return self.labels.get(language, self.value)


@attrs.frozen(kw_only=True)
class FieldSpec:
    """One field that is asked, and what holds for its answer."""

    key: str
    """One of ``STANDARD``, or a name of the portal's own: ``[a-z][a-z0-9_]{0,39}``."""
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    longest: int = STANDARD_LONGEST
    """Code points of a text; the other kinds have lengths of their own."""
    choices: tuple[Choice, ...] = ()
    labels: Mapping[Language, str] = attrs.field(factory=dict, hash=False)
    """What the field is called; a standard field that has none is called by the catalogue."""
    companies_only: bool = False
    """Asked of companies, not of persons who buy for themselves."""

    def label(self, language: Language) -> str:
        """Say what the field is called in a language."""
        if language not in self.labels and self.key in STANDARD:
            return Text(STANDARD[self.key][1]).in_(language)
        return self.labels.get(language, self.key)


@attrs.frozen
class FieldSchema:
    """The fields that are asked, in this order."""

    fields: tuple[FieldSpec, ...] = ()

    def __iter__(self) -> Iterator[FieldSpec]:
        """Go through the fields in the order they are asked."""
        return iter(self.fields)

    def find(self, key: str) -> FieldSpec | None:
        """Return the field of a key, or None if it is not asked."""
        return next((field for field in self.fields if field.key == key), None)

    def asked_of(self, *, company: bool) -> "FieldSchema":
        """Leave out what is asked of companies only, unless it is one."""
        return FieldSchema(
            tuple(field for field in self.fields if company or not field.companies_only)
        )


def check(schema: FieldSchema, answers: Mapping[str, object]) -> Mapping[str, str]:
    """Read the answers to all fields, each into the one way it is kept.

    An answer is trimmed and in NFC; one that is empty is left out. What was kept is read the same
    again.

    Raises:
        InvalidFields: with every answer that does not hold, and every key that is not asked.
    """
    country = _country(answers.get("country"))
    kept: dict[str, str] = {}
    problems: list[Problem] = []
    for field in schema:
        answer = _read(field, answers.get(field.key), country)
        if isinstance(answer, Problem):
            problems.append(answer)
        elif answer:
            kept[field.key] = answer
    problems += _unknown(schema, answers)
    if problems:
        raise InvalidFields(problems=tuple(problems))
    return kept


def rules_of(
    schema: FieldSchema, languages: Sequence[Language], *, prefix: str = ""
) -> Iterator[Rule]:
    """Say what has to hold for a schema that is asked in some languages, for ``refuse_unless``."""
    keys = [field.key for field in schema]
    yield prefix, len(keys) <= MOST_FIELDS, N_("Too many fields.")
    yield prefix, len(set(keys)) == len(keys), N_("Each field only once.")
    for field in schema:
        for holds, text in _field_rules(field, languages):
            yield f"{prefix}.{field.key}" if _KEY.fullmatch(field.key) else prefix, holds, text
    for company in (True, False):
        asked = schema.asked_of(company=company)
        placed = asked.find("country") or all(
            field.kind is not FieldKind.POSTAL_CODE for field in asked
        )
        if not placed:
            yield f"{prefix}.country", False, N_("A postal code is checked by the field country.")
            break


def _read(field: FieldSpec, raw: object, country: str | None) -> str | Problem:
    text = _line(field, raw)
    if isinstance(text, Problem):
        return text
    if not text:
        if not field.required or _waived(field.kind, country):
            return ""
        return Problem(field=field.key, code="fields.required", text=Text(N_("This is needed.")))
    if field.kind is FieldKind.CHOICE and all(text != one.value for one in field.choices):
        choose = Text(N_("Choose one of what is offered."))
        return Problem(field=field.key, code="fields.not_offered", text=choose)
    try:
        return _checked(field.kind, text, country)
    except InvalidInput as refusal:
        return Problem(field=field.key, code=refusal.code, text=refusal.text)


def _line(field: FieldSpec, raw: object) -> str | Problem:
    """Trim a line and put it in NFC; its length is looked at before anything else."""
    given = "" if raw is None else raw
    longest = _longest(field)
    if isinstance(given, str):
        bounded = len(given) <= 4 * longest  # decomposed, or with blanks around it
        if not bounded or len(text := _normal(given)) > longest:
            most = Text(N_("At most %(longest)s characters."), {"longest": longest})
            return Problem(field=field.key, code="fields.too_long", text=most)
        if not unfit(text):
            return text
    plain = Text(N_("One line of text, without invisible characters."))
    return Problem(field=field.key, code="fields.unfit", text=plain)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip(BLANKS))


def _checked(kind: FieldKind, text: str, country: str | None) -> str:
    match kind:
        case FieldKind.EMAIL:
            return EmailAddress.parse(text).text
        case FieldKind.PHONE:
            return formats.phone(text, country=country)
        case FieldKind.POSTAL_CODE:
            return formats.postal_code(text, country=country)
        case FieldKind.COUNTRY:
            return formats.country(text)
        case FieldKind.VAT_ID:
            return formats.vat_id(text, country=country)
        case FieldKind.CHOICE | FieldKind.TEXT:
            return text


def _longest(field: FieldSpec) -> int:
    match field.kind:
        case FieldKind.EMAIL:
            return EMAIL_LONGEST
        case FieldKind.PHONE:
            return formats.PHONE_LONGEST
        case FieldKind.POSTAL_CODE | FieldKind.COUNTRY:
            return formats.POSTAL_CODE_LONGEST
        case FieldKind.VAT_ID:
            return formats.VAT_ID_LONGEST
        case FieldKind.CHOICE:
            return NAME_LONGEST
        case FieldKind.TEXT:
            return field.longest


def _waived(kind: FieldKind, country: str | None) -> bool:
    """Tell whether nobody in a country can answer: it has no postal codes, no such VAT ids."""
    if country is None:
        return False
    if kind is FieldKind.POSTAL_CODE:
        return not formats.has_postal_codes(country)
    return kind is FieldKind.VAT_ID and not formats.has_vat_ids(country)


def _country(raw: object) -> str | None:
    try:
        return formats.country(raw)
    except formats.CountryInvalid:
        return None


def _unknown(schema: FieldSchema, answers: Mapping[str, object]) -> Iterator[Problem]:
    """Name the keys that are not asked; one that is no key at all has no name."""
    asked = {field.key for field in schema}
    named = [key for key in answers if key not in asked]
    for key in named[:MOST_UNKNOWN]:
        name = key if _KEY.fullmatch(key) else ""
        yield Problem(field=name, code="fields.unknown", text=Text(N_("This is not asked.")))


def _field_rules(field: FieldSpec, languages: Sequence[Language]) -> Iterator[tuple[object, str]]:
    own = field.key not in STANDARD
    longest = LONGEST if own else STANDARD_LONGEST
    yield _KEY.fullmatch(field.key), N_("A key of small letters, digits and underscores.")
    yield field.key not in RESERVED, N_("This key is taken.")
    yield own or field.kind is STANDARD[field.key][0], N_("This field is checked in its own way.")
    yield 0 < field.longest <= longest, N_("Too short or too long.")
    yield (
        all(map(is_name, field.labels.values())) and (not own or {*languages} <= {*field.labels}),
        N_("A name in each of the portal’s languages."),
    )
    choices = field.choices
    yield bool(choices) == (field.kind is FieldKind.CHOICE), N_("Choices, if one is to be chosen.")
    if choices:
        yield from _choice_rules(choices, languages)


def _choice_rules(
    choices: Sequence[Choice], languages: Sequence[Language]
) -> Iterator[tuple[object, str]]:
    values = {choice.value for choice in choices}
    yield len(choices) <= MOST_CHOICES, N_("Too many choices.")
    yield len(values) == len(choices), N_("Each choice only once.")
    yield (
        all(is_name(value) and value == _normal(value) for value in values),
        N_("What is kept of a choice is one short line."),
    )
    yield (
        all(
            {*languages} <= {*choice.labels} and all(map(is_name, choice.labels.values()))
            for choice in choices
        ),
        N_("A name in each of the portal’s languages."),
    )


def reason_of(raw: object) -> str:
    """Read why somebody decided something.

    Raises:
        InvalidFields: it is missing, too long or unprintable.
    """
    text = raw.strip() if isinstance(raw, str) and len(raw) <= 2 * LONGEST else ""
    refuse_unless(
        [
            (
                "reason",
                0 < len(text) <= LONGEST and not unfit(text),
                N_("Between 1 and 500 printable characters."),
            )
        ],
        code="fields.invalid",
    )
    return text
