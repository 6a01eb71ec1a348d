"""Schemas of asked data: every problem at once, and what is kept is kept one way."""

from __future__ import annotations

import unicodedata

import attrs
import email_validator
import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custaccount import InvalidFields, Language
from custaccount.facilities import fields, formats
from custaccount.facilities.fields import (
    LONGEST,
    MOST_UNKNOWN,
    RESERVED,
    STANDARD,
    Choice,
    FieldKind,
    FieldSchema,
    FieldSpec,
    check,
    rules_of,
)
from custaccount.kernel.errors import refuse_unless
from custaccount.portals.model import MASTER_DATA

BOTH = (Language.DE, Language.EN)


def named(text: str) -> dict[Language, str]:
    """Call something the same in both languages."""
    return dict.fromkeys(BOTH, text)


SIZE = FieldSpec(
    key="size",
    kind=FieldKind.CHOICE,
    choices=(Choice(value="s", labels=named("small")), Choice(value="l", labels=named("large"))),
    labels=named("Size"),
)
NOTE = FieldSpec(key="note", longest=20, labels=named("Note"))
MAIL = FieldSpec(key="invoices_to", kind=FieldKind.EMAIL, labels=named("Invoices to"))
EVERYTHING = FieldSchema(
    (*MASTER_DATA, FieldSpec(key="vat_id", kind=FieldKind.VAT_ID), SIZE, NOTE, MAIL)
)
ACME = {
    "company": "Acme GmbH",
    "name": "Alice",
    "phone": "030 901820",
    "street": "Am Dach 4",
    "postal_code": "D-01067",
    "town": "Dresden",
    "country": "de",
    "vat_id": "136 695 976",
    "size": "l",
    "note": "=1+1",
    "invoices_to": " Books@Acme.example ",
}


def problems_of(schema: FieldSchema, answers: dict[str, object]) -> list[tuple[str, str]]:
    """Check some answers and name each problem by field and code."""
    with pytest.raises(InvalidFields) as refused:
        check(schema, answers)
    return [(problem.field, problem.code) for problem in refused.value.problems]


# Answers ----------------------------------------------------------------------------------------


def test_every_answer_is_kept_one_way() -> None:
    """Trimmed, the country's letters first, numbers in their international form."""
    kept = check(EVERYTHING, ACME)

    assert kept == {
        **ACME,
        "phone": "+4930901820",
        "postal_code": "01067",
        "country": "DE",
        "vat_id": "DE136695976",
        "invoices_to": "Books@acme.example",
    }
    assert check(EVERYTHING, kept) == kept


def test_all_problems_come_at_once_in_the_order_of_the_fields() -> None:
    """Each with its field, a code that stays, and a text; what is not asked comes last."""
    answers: dict[str, object] = {
        "company": "x" * 101,
        "name": " ",
        "phone": "12",
        "street": "one\n",
        "postal_code": "1067",
        "town": "Dres\N{RIGHT-TO-LEFT OVERRIDE}den",
        "country": "DE",
        "vat_id": "DE1",
        "size": "xxl",
        "note": "x" * 21,
        "invoices_to": "nobody",
        "customer_id": "4711",
    }

    assert problems_of(EVERYTHING, answers) == [
        ("company", "fields.too_long"),
        ("name", "fields.required"),
        ("phone", "phone.invalid"),
        ("street", "fields.unfit"),
        ("postal_code", "postal_code.invalid"),
        ("town", "fields.unfit"),
        ("vat_id", "vat_id.invalid"),
        ("size", "fields.not_offered"),
        ("note", "fields.too_long"),
        ("invoices_to", "email.invalid"),
        ("customer_id", "fields.unknown"),
    ]


@pytest.mark.parametrize("nothing", [None, "", "  ", "\N{NO-BREAK SPACE}"])
def test_an_empty_answer_is_left_out(nothing: str | None) -> None:
    """Where the field is not required; else it is missing."""
    answers = {**ACME, "note": nothing, "phone": nothing}

    assert check(EVERYTHING, answers).keys() == ACME.keys() - {"note", "phone"}
    assert problems_of(EVERYTHING, {**ACME, "name": nothing}) == [("name", "fields.required")]


@pytest.mark.parametrize(
    "key", ["role", "customer_id", "erp_id", "email_proven", "quota", "company"]
)
def test_what_is_not_asked_is_refused_and_never_kept(key: str) -> None:
    """Mass assignment: no key gets past the schema, not even one that another account is asked."""
    persons = MASTER_DATA.asked_of(company=False)
    answers = {key: value for key, value in ACME.items() if persons.find(key)}

    assert problems_of(persons, {**answers, key: "administrator"}) == [(key, "fields.unknown")]


def test_of_many_unknown_keys_a_few_are_named() -> None:
    """What is no key has no name, so that nothing a visitor made up stands in an answer."""
    many: dict[str, object] = {f"<script>{number}": "x" for number in range(1000)}

    assert problems_of(FieldSchema(), many) == [("", "fields.unknown")] * MOST_UNKNOWN


@pytest.mark.parametrize("answer", [True, 7, 1.5, b"x", ["x"], {"x": 1}], ids=repr)
def test_what_is_no_text_is_refused(answer: object) -> None:
    """In every field."""
    answers = dict.fromkeys(ACME, answer)

    found = problems_of(EVERYTHING, answers)

    assert found == [(field.key, "fields.unfit") for field in EVERYTHING]


def test_a_country_without_codes_of_its_own_is_not_asked_for_them() -> None:
    """There are no postal codes in the Emirates, and their VAT ids cannot be checked."""
    required = [attrs.evolve(field, required=field.key != "phone") for field in MASTER_DATA]
    schema = FieldSchema((*required, FieldSpec(key="vat_id", kind=FieldKind.VAT_ID, required=True)))
    answers = {key: ACME[key] for key in ("company", "name", "street", "town")}

    assert "postal_code" not in check(schema, {**answers, "country": "AE"})
    for country in ("DE", "nowhere"):
        missing = problems_of(schema, {**answers, "country": country})
        assert {("postal_code", "fields.required"), ("vat_id", "fields.required")} <= {*missing}


def test_a_bad_country_spoils_no_other_answer() -> None:
    """The code is then only looked at for its letters; one problem is told, not three."""
    answers = {**ACME, "country": "Atlantis", "phone": "+4930901820", "vat_id": "DE136695976"}

    assert problems_of(EVERYTHING, answers) == [("country", "country.invalid")]


def test_length_is_looked_at_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """100 kB in a field reach no parser and no normalisation."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    schema = attrs.evolve(EVERYTHING)
    monkeypatch.setattr(email_validator, "validate_email", never)
    monkeypatch.setattr(phonenumbers, "parse", never)
    monkeypatch.setattr(fields, "unicodedata", None)
    for name in ("country", "phone", "postal_code", "vat_id"):
        if name != "country":
            monkeypatch.setattr(formats, name, never)

    found = problems_of(schema, dict.fromkeys(ACME, "a." * 50_000))

    assert found == [(field.key, "fields.too_long") for field in schema]


WORDS = st.text(max_size=LONGEST) | st.text(
    alphabet="e\u0301\u212b\ufb03 \t\u200bDE+0123456789", max_size=40
)


@settings(deadline=None)  # the first answer loads the libraries
@given(answers=st.dictionaries(st.sampled_from(sorted({*ACME, "other"})), st.none() | WORDS))
def test_whatever_is_answered_is_kept_clean_or_refused(answers: dict[str, object]) -> None:
    """Nothing but ``InvalidFields``; what is kept is trimmed, in NFC, and kept the same again."""
    try:
        kept = check(EVERYTHING, answers)
    except InvalidFields:
        return
    for text in kept.values():
        assert text == unicodedata.normalize("NFC", text).strip()
        assert text.isprintable() or any(unicodedata.category(char) == "Zs" for char in text)
    assert check(EVERYTHING, kept) == kept


# Schemas ----------------------------------------------------------------------------------------


def refused_in(*asked: FieldSpec) -> list[str]:
    """Check a schema for a portal in two languages and name the fields that do not hold."""
    with pytest.raises(InvalidFields) as refused:
        refuse_unless(rules_of(FieldSchema(asked), BOTH, prefix="f"), code="x")
    return [problem.field for problem in refused.value.problems]


def test_a_schema_that_holds_says_nothing() -> None:
    """The default one, and one with fields of every kind."""
    for schema in (MASTER_DATA, EVERYTHING, FieldSchema()):
        refuse_unless(rules_of(schema, BOTH, prefix="f"), code="x")


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (attrs.evolve(NOTE, key="Note"), "f"),
        (attrs.evolve(NOTE, key="n" * 41), "f"),
        (attrs.evolve(NOTE, key=""), "f"),
        *((attrs.evolve(NOTE, key=key), f"f.{key}") for key in sorted(RESERVED)),
        (attrs.evolve(NOTE, longest=0), "f.note"),
        (attrs.evolve(NOTE, longest=501), "f.note"),
        (FieldSpec(key="street", longest=101), "f.street"),
        (attrs.evolve(NOTE, labels={Language.DE: "Notiz"}), "f.note"),
        (attrs.evolve(NOTE, labels=named(" ")), "f.note"),
        (FieldSpec(key="street", labels={Language.DE: "Gas\nse"}), "f.street"),
        (FieldSpec(key="country"), "f.country"),
        (FieldSpec(key="phone", kind=FieldKind.EMAIL), "f.phone"),
        (attrs.evolve(SIZE, choices=()), "f.size"),
        (attrs.evolve(NOTE, choices=SIZE.choices), "f.note"),
        (attrs.evolve(SIZE, choices=SIZE.choices * 2), "f.size"),
        (attrs.evolve(SIZE, choices=(Choice(value=" s", labels=named("s")),)), "f.size"),
        (attrs.evolve(SIZE, choices=(Choice(value="s", labels={Language.DE: "s"}),)), "f.size"),
        (
            attrs.evolve(
                SIZE, choices=tuple(Choice(value=f"{n}", labels=named("n")) for n in range(301))
            ),
            "f.size",
        ),
        (FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE), "f.country"),
    ],
)
def test_a_field_that_does_not_hold_is_refused(field: FieldSpec, place: str) -> None:
    """Each with its own place."""
    assert refused_in(field) == [place]


def test_a_schema_asks_each_field_once_and_not_too_many() -> None:
    """Twice the same key, or 41 of them."""
    assert refused_in(NOTE, NOTE) == ["f"]
    assert refused_in(*(attrs.evolve(NOTE, key=f"note_{n}") for n in range(41))) == ["f"]


def test_a_postal_code_needs_a_country_of_whoever_is_asked_for_one() -> None:
    """A person is not asked what only companies are."""
    country = FieldSpec(key="country", kind=FieldKind.COUNTRY, companies_only=True)
    code = FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE)

    assert refused_in(country, code) == ["f.country"]
    refuse_unless(
        rules_of(FieldSchema((country, attrs.evolve(code, companies_only=True))), BOTH), code="x"
    )


def test_a_field_is_called_by_its_own_label_or_the_catalogues() -> None:
    """A portal may call a standard field otherwise, in one language or in all."""
    own = FieldSpec(key="town", labels={Language.DE: "Ort"})

    assert own.label(Language.DE) == "Ort"
    assert own.label(Language.EN) == "Town"
    assert NOTE.label(Language.EN) == "Note"
    assert NOTE.label(Language.SV) == "note"
    assert SIZE.choices[0].label(Language.DE) == "small"
    assert SIZE.choices[0].label(Language.SV) == "s"
    assert all(FieldSpec(key=key).label(Language.EN) for key in STANDARD)
