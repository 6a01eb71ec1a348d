"""What a portal decides, as the fields of one form; and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import attrs

from custaccount.facilities.fields import STANDARD, Choice, FieldKind, FieldSchema, FieldSpec
from custaccount.kernel.errors import Problem
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import RangeKey
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.portals import (
    AccountKind,
    ActivationMode,
    CustomerStatus,
    LoginId,
    Policies,
    Portal,
    RegistrationMode,
    Switches,
)
from custaccount.portals.rules import LIFETIMES
from pages.asking import Asked
from pages.staff import features
from pages.staff.asked import chosen

ON = "on"
UNITS: Mapping[str, timedelta] = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
}
"""The longest first."""
LONGEST = 5000
"""Characters of a list that is read."""
SWITCHES = tuple(field.name for field in attrs.fields(Switches))
"""What a status switches."""
SWITCHED = tuple(one for one in CustomerStatus if one is not CustomerStatus.ACTIVE)
"""The statuses a portal decides about: who is active may do everything."""


@attrs.frozen(kw_only=True)
class Length:
    """A lifetime as people say it: so many of a unit."""

    count: int
    unit: str


def in_words(value: timedelta) -> Length:
    """Say a lifetime in the longest unit that fits."""
    unit = next(name for name, one in UNITS.items() if not value % one or name == "minutes")
    return Length(count=value // UNITS[unit], unit=unit)


@attrs.frozen(kw_only=True)
class Decisions:
    """What a form says of a portal, and what of it could not be read."""

    typed: Mapping[str, str]
    name: str
    languages: tuple[Language, ...]
    time_zone: str
    policies: Policies
    problems: tuple[Problem, ...]


def written(asked: Asked, portal: Portal) -> dict[str, str]:
    """Write what a portal decides into the fields of the form."""
    policies = portal.policies
    return {
        "name": portal.name,
        "time_zone": portal.time_zone,
        "first_language": portal.languages[0].value,
        **{f"language.{one.value}": ON for one in portal.languages},
        "policies.registration": policies.registration.value,
        "policies.activation": policies.activation.value,
        "policies.login": policies.login.value,
        "policies.number_range": policies.number_range or "",
        **{f"kind.{one.value}": ON for one in policies.account_kinds},
        "policies.link_existing": ON * policies.link_existing,
        "policies.ask_second_proof": ON * policies.ask_second_proof,
        "policies.tell_staff": "\n".join(one.text for one in policies.tell_staff),
        "policies.password_shortest": str(policies.password_shortest),
        **dict(_lengths(policies)),
        **dict(_asked(policies.fields)),
        **dict(_switches(policies)),
        **features.written(asked, policies.features),
    }


def _lengths(policies: Policies) -> Iterator[tuple[str, str]]:
    for name in LIFETIMES:
        length = in_words(getattr(policies, name))
        yield f"policies.{name}", str(length.count)
        yield f"policies.{name}.unit", length.unit


def _asked(schema: FieldSchema) -> Iterator[tuple[str, str]]:
    for field in schema:
        yield f"asked.{field.key}", ON
        yield f"required.{field.key}", ON * field.required
        yield f"companies.{field.key}", ON * field.companies_only
        for language, label in field.labels.items():
            yield f"label.{language.value}.{field.key}", label


def _switches(policies: Policies) -> Iterator[tuple[str, str]]:
    for status in SWITCHED:
        allowed = policies.switches_of(status)
        yield from ((switch(status, one), ON * getattr(allowed, one)) for one in SWITCHES)


def switch(status: CustomerStatus, name: str) -> str:
    """Name the field that says what a status switches."""
    return f"switch.{status.name.lower()}.{name}"


def read(asked: Asked, before: Portal) -> Decisions:
    """Read the form; what it does not ask stays as it was."""
    first = chosen(Language, asked.field("first_language"))
    ticked = [one for one in Language if asked.field(f"language.{one.value}")]
    languages = tuple(sorted(ticked, key=lambda one: one is not first))
    told, problems = _told(asked)
    was = before.policies
    kinds = sorted(
        (kind for kind in AccountKind if asked.field(f"kind.{kind.value}")),
        key=lambda kind: kind not in was.account_kinds,
    )
    policies = attrs.evolve(
        was,
        registration=chosen(RegistrationMode, asked.field("policies.registration"))
        or was.registration,
        activation=chosen(ActivationMode, asked.field("policies.activation")) or was.activation,
        login=chosen(LoginId, asked.field("policies.login")) or was.login,
        number_range=RangeKey(asked.field("policies.number_range")) or None,
        account_kinds=tuple(kinds),
        link_existing=bool(asked.field("policies.link_existing")),
        ask_second_proof=bool(asked.field("policies.ask_second_proof")),
        tell_staff=was.tell_staff if problems else told,
        password_shortest=asked.number("policies.password_shortest"),
        fields=_schema(asked, was.fields, languages),
        features=features.read(asked),
        switches={**was.switches, **_allowed(asked, was)},
        **{name: _length(asked, name) for name in LIFETIMES},
    )
    return Decisions(
        typed=_typed(asked, before),
        name=asked.field("name").strip(),
        languages=languages,
        time_zone=asked.field("time_zone").strip(),
        policies=policies,
        problems=problems,
    )


def _allowed(asked: Asked, was: Policies) -> dict[CustomerStatus, Switches]:
    """Read what the statuses switch; one that switches what it did is left as it was."""
    said = {
        status: Switches(**{one: bool(asked.field(switch(status, one))) for one in SWITCHES})
        for status in SWITCHED
    }
    return {status: now for status, now in said.items() if now != was.switches_of(status)}


def _typed(asked: Asked, before: Portal) -> dict[str, str]:
    """Keep what was typed, to be shown again."""
    names = {
        *written(asked, before),
        *(f"language.{one.value}" for one in Language),
        *(f"kind.{one.value}" for one in AccountKind),
        *(f"{part}.{key}" for part in ("asked", "required", "companies") for key in STANDARD),
        *(f"label.{one.value}.{key}" for one in Language for key in _own(before)),
        *(f"new.{part}" for part in ("key", "kind", "required", "companies", "choices")),
        *(f"new.label.{one.value}" for one in Language),
    }
    return {name: asked.field(name) for name in names}


def _own(portal: Portal) -> list[str]:
    return [field.key for field in portal.policies.fields if field.key not in STANDARD]


def _length(asked: Asked, name: str) -> timedelta:
    """Read a lifetime; what is no number is shorter than any that holds."""
    unit = UNITS.get(asked.field(f"policies.{name}.unit"), UNITS["minutes"])
    return asked.number(f"policies.{name}") * unit


def _told(asked: Asked) -> tuple[tuple[EmailAddress, ...], tuple[Problem, ...]]:
    """Read who is mailed, an address a line."""
    addresses: list[EmailAddress] = []
    for line in asked.field("policies.tell_staff")[:LONGEST].split():
        try:
            addresses.append(EmailAddress.parse(line))
        except EmailInvalid as error:
            problem = Problem(field="policies.tell_staff", code=error.code, text=error.text)
            return (), (problem,)
    return tuple(addresses), ()


# The fields that are asked ----------------------------------------------------------------------


def _schema(asked: Asked, before: FieldSchema, languages: Sequence[Language]) -> FieldSchema:
    """Read which fields are asked: those of before in their order, then what is new."""
    kept = [_spec(asked, field) for field in before if asked.field(f"asked.{field.key}")]
    new = [
        _spec(asked, FieldSpec(key=key, kind=kind))
        for key, (kind, _) in STANDARD.items()
        if before.find(key) is None and asked.field(f"asked.{key}")
    ]
    return FieldSchema((*kept, *new, *_added(asked, languages)))


def _spec(asked: Asked, field: FieldSpec) -> FieldSpec:
    labels = _labels(asked, f"label.%s.{field.key}")
    return attrs.evolve(
        field,
        required=bool(asked.field(f"required.{field.key}")),
        companies_only=bool(asked.field(f"companies.{field.key}")),
        labels=labels or field.labels,
    )


def _added(asked: Asked, languages: Sequence[Language]) -> Iterator[FieldSpec]:
    key, labels = asked.field("new.key").strip(), _labels(asked, "new.label.%s")
    if not key and not labels:
        return
    kind = chosen(FieldKind, asked.field("new.kind")) or FieldKind.TEXT
    lines = asked.field("new.choices").splitlines() if kind is FieldKind.CHOICE else ()
    values = [line.strip() for line in lines if line.strip()]
    yield FieldSpec(
        key=key,
        kind=kind,
        required=bool(asked.field("new.required")),
        companies_only=bool(asked.field("new.companies")),
        labels=labels,
        choices=tuple(
            Choice(value=value, labels=dict.fromkeys(languages, value)) for value in values
        ),
    )


def _labels(asked: Asked, pattern: str) -> dict[Language, str]:
    named = {one: asked.field(pattern % one.value).strip() for one in Language}
    return {one: text for one, text in named.items() if text}
