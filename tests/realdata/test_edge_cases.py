"""Odd but real input: mail addresses, naughty strings, phone numbers, postal codes, VAT ids."""

from __future__ import annotations

import csv
import gzip
import json
import unicodedata
from pathlib import Path

from custaccount import InvalidFields
from custaccount.facilities.fields import LONGEST, FieldKind, FieldSchema, FieldSpec, check
from custaccount.facilities.formats import (
    PhoneInvalid,
    VatIdInvalid,
    countries,
    has_postal_codes,
    has_vat_ids,
    phone,
    postal_code,
    vat_id,
)
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.portals.model import MASTER_DATA

NO_USABLE_DOMAIN = frozenset({"test@io", "test@123.123.123.x123", "test@xn--example.com"})
"""Syntactically fine; nothing can be mailed there."""


ALL = (
    *MASTER_DATA,
    FieldSpec(key="vat_id", kind=FieldKind.VAT_ID),
    *(
        FieldSpec(key=f"own_{kind.name.lower()}", kind=kind, longest=LONGEST, required=True)
        for kind in FieldKind
    ),
)
"""Every standard field, and one of the portal's own of every kind."""


def answered(*asked: FieldSpec, text: str) -> tuple[str, ...]:
    """Give the same answer to some fields; what is kept, or nothing if any of them is refused."""
    try:
        kept = check(FieldSchema(asked), {field.key: text for field in asked})
    except InvalidFields:
        return ()
    return tuple(kept.values())


def is_address(text: str) -> bool:
    """Tell whether a text is taken for a mail address."""
    try:
        EmailAddress.parse(text)
    except EmailInvalid:
        return False
    return True


def test_mail_addresses_are_taken_and_refused_as_the_standards_say(edge_cases: Path) -> None:
    """Of the isemail suite: every error is refused, what is valid is taken."""
    lines = (edge_cases / "email" / "isemail_tests.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines]
    wrong = [case for case in cases if case["category"] == "ERR"]
    right = [
        case
        for case in cases
        if case["category"] in {"VALID_CATEGORY", "DNSWARN"}
        and case["address"] not in NO_USABLE_DOMAIN
    ]
    assert len(wrong) > 50
    assert len(right) > 20

    assert [case["address"] for case in wrong if is_address(case["address"])] == []
    assert [case["address"] for case in right if not is_address(case["address"])] == []
    assert not any(map(is_address, NO_USABLE_DOMAIN))


def test_every_naughty_string_is_kept_clean_or_refused_in_every_field(edge_cases: Path) -> None:
    """In each field, alone and in all at once: no other error, nothing left to trim or to hide."""
    strings = json.loads((edge_cases / "strings" / "blns.json").read_text(encoding="utf-8"))
    assert len(strings) > 500

    kept = [text for naughty in strings for field in ALL for text in answered(field, text=naughty)]

    assert len(kept) > 1000
    for text in kept:
        assert text == unicodedata.normalize("NFC", text).strip()
        assert not any(
            unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text
        )
    assert any("<script>" in text for text in kept)  # text is text: who shows it, escapes it
    for naughty in strings:
        assert {*answered(*ALL, text=naughty)} <= {*kept}


def test_phone_numbers_of_every_region_are_read(edge_cases: Path) -> None:
    """Each example of the metadata in three ways; what is called invalid there is refused."""
    with gzip.open(edge_cases / "phones" / "phone_examples.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1000

    wrong = []
    for row in rows:
        region = row["region"] if row["region"].isalpha() else None
        for way in ("e164", "international", "national"):
            try:
                kept = phone(row[way], country=region)
            except PhoneInvalid:
                kept = None
            if (kept is not None) != (row["valid"] == "1") or kept not in {None, row["e164"]}:
                wrong.append((row["region"], way, row[way], kept))
    assert len(wrong) < len(rows) / 50, wrong  # plans change: older metadata differs in a few


def test_postal_codes_of_every_country_are_read(edge_cases: Path) -> None:
    """Google's own examples; where it has none, the country is one without postal codes."""
    file = edge_cases / "addresses" / "i18n_country_address_formats.json.gz"
    formats = json.loads(gzip.decompress(file.read_bytes()))
    assert countries() <= formats.keys()

    for code in sorted(countries()):
        examples = [text for text in formats[code].get("zipex", "").split(",") if text]
        assert has_postal_codes(code) == ("zip" in formats[code]), code
        for example in examples:
            kept = postal_code(example, country=code)
            assert postal_code(kept.lower(), country=code) == kept


def test_vat_ids_of_the_union_are_read(edge_cases: Path) -> None:
    """Companies' public ids; those of the sample that the libraries see otherwise are few."""
    table = json.loads((edge_cases / "vat" / "vat_numbers.json").read_text(encoding="utf-8"))
    read, refused, taken = 0, [], []
    for country, numbers in table.items():
        if not has_vat_ids(country) or country in {"GB", "NO"}:  # samples of another format
            continue
        for number in numbers.get("valid", ()):
            try:
                kept = vat_id(number, country=country)
            except VatIdInvalid:
                refused.append(number)
            else:
                assert vat_id(kept) == kept
                read += 1
        for number in numbers.get("invalid", ()):
            try:
                vat_id(number, country=country)
            except VatIdInvalid:
                continue
            taken.append(number)

    assert read > 700
    assert refused == ["FRA0123456789", "FRAB012345678"]  # keys with letters
    assert sorted(taken) == ["BE0000200334", "BE1400521335", "EE000207418"]
