"""Countries, postal codes, phone numbers and VAT ids: each is read into one way to write it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custaccount.facilities.formats import (
    CountryInvalid,
    PhoneInvalid,
    PostalCodeInvalid,
    VatIdInvalid,
    countries,
    country,
    has_postal_codes,
    has_vat_ids,
    phone,
    postal_code,
    vat_id,
)
from custaccount.kernel.errors import InvalidInput

READERS = [
    (country, CountryInvalid),
    (phone, PhoneInvalid),
    (postal_code, PostalCodeInvalid),
    (vat_id, VatIdInvalid),
]
NO_TEXT = [None, 7, True, 1.5, b"DE", ["DE"], {"DE": 1}]


# Countries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "code"), [("DE", "DE"), (" se ", "SE"), ("Ch", "CH"), ("xk", "XK")]
)
def test_a_country_is_two_letters_in_any_case(raw: str, code: str) -> None:
    """Kosovo is one, though its letters are not ISO's own."""
    assert country(raw) == code


@pytest.mark.parametrize(
    "raw", ["", "D", "DEU", "Germany", "EU", "UN", "ZZ", "XA", "XI", "QQ", "Dé"]
)
def test_what_is_no_country_is_refused(raw: str) -> None:
    """Neither a union, nor a region of one, nor a place holder."""
    with pytest.raises(CountryInvalid):
        country(raw)


def test_the_countries_are_those_of_iso_and_kosovo() -> None:
    """249 of them have an official code."""
    assert len(countries()) == 250
    assert {"AQ", "BV", "GB", "TW", "XK"} <= countries()


# Postal codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "raw", "kept"),
    [
        ("DE", "01067", "01067"),
        ("DE", "D-01067", "01067"),
        ("DE", "de - 01067", "01067"),
        ("AT", "A-1010", "1010"),
        ("CH", "CH-8000", "8000"),
        ("LI", "FL-9490", "9490"),
        ("SE", "s-123  45", "123 45"),
        ("NL", "1234 ab", "1234 AB"),
        ("GB", "sw1a 1aa", "SW1A 1AA"),
        ("LV", "LV-1073", "LV-1073"),
        ("PL", "00-950", "00-950"),
        ("US", "22162-1010", "22162-1010"),
        ("AE", "anything 1", "ANYTHING 1"),
        (None, "ab 12-3", "AB 12-3"),
    ],
)
def test_a_postal_code_is_read_as_its_country_writes_it(
    where: str | None, raw: str, kept: str
) -> None:
    """In upper case and without the country's mark; a country that has none takes what comes."""
    assert postal_code(raw, country=where) == kept
    assert postal_code(kept, country=where) == kept


@pytest.mark.parametrize(
    ("where", "raw"),
    [
        ("DE", "1067"),
        ("DE", "010677"),
        ("DE", "A-01067"),
        ("DE", "\N{ARABIC-INDIC DIGIT ONE}" * 5),
        ("NL", "1234 SS"),
        ("NL", "1234"),
        ("GB", "12345"),
        ("AE", "<b>"),
        (None, "x" * 17),
        (None, ""),
        (None, "-"),
        (None, "1/2"),
    ],
)
def test_another_countrys_postal_code_is_refused(where: str | None, raw: str) -> None:
    """With an example of what one looks like."""
    with pytest.raises(PostalCodeInvalid) as refused:
        postal_code(raw, country=where)

    assert postal_code(refused.value.example, country=where)
    assert refused.value.example in str(refused.value)


def test_some_countries_have_no_postal_codes() -> None:
    """Nor has what is no country."""
    assert has_postal_codes("DE")
    assert not has_postal_codes("AE")
    assert not has_postal_codes("all")


# Phone numbers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "raw", "kept"),
    [
        (None, "+49 (0)30 901820", "+4930901820"),
        ("DE", "030 / 90 18 20", "+4930901820"),
        ("DE", "0046 8 508 00 000", "+46850800000"),
        ("SE", "08-508 00 000", "+46850800000"),
        ("SE", "+49 30 901820", "+4930901820"),
        ("US", "(202) 456-1111 ext. 12", "+12024561111;ext=12"),
    ],
)
def test_a_phone_number_is_kept_as_e164(where: str | None, raw: str, kept: str) -> None:
    """A plus sign wins over the country; what is kept needs none."""
    assert phone(raw, country=where) == kept
    assert phone(kept) == kept


@pytest.mark.parametrize(
    ("where", "raw"),
    [
        (None, "030 901820"),
        (None, ""),
        ("DE", "12"),
        ("DE", "+999 123456789"),
        ("AQ", "123456"),
        ("DE", "call me"),
        ("DE", "+49 30 901820\r\nBcc: x"),
        ("DE", "0" * 41),
    ],
)
def test_what_cannot_be_called_is_refused(where: str | None, raw: str) -> None:
    """A national number without its country, too short, of no country, of no plan."""
    with pytest.raises(PhoneInvalid):
        phone(raw, country=where)


# VAT ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "raw", "kept"),
    [
        (None, "DE 136,695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("FR", "de136695976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        (None, "GR 094259216", "EL094259216"),
        (None, "XI 110305878", "XI110305878"),
        (None, "CHE-107.787.577 IVA", "CHE107787577IVA"),
        ("CH", "107.787.577 MWST", "CHE107787577MWST"),
        ("GB", "980 7806 84", "GB980780684"),
        ("NO", "995 525 828 MVA", "NO995525828MVA"),
        (None, "NO 995 525 828 MVA", "NO995525828MVA"),
    ],
)
def test_a_vat_id_is_kept_compact_with_its_countrys_letters(
    where: str | None, raw: str, kept: str
) -> None:
    """Of the union, Northern Ireland, Switzerland, the United Kingdom and Norway."""
    assert vat_id(raw, country=where) == kept
    assert vat_id(kept) == kept


@pytest.mark.parametrize(
    ("where", "raw"),
    [
        (None, "136695976"),
        ("DE", "136695977"),
        (None, "DE DE136695976"),
        (None, "NO 995 525 828"),
        (None, "CHE-107.787.578 IVA"),
        ("US", "12-3456789"),
        (None, "EU372000041"),
        (None, "IM000000000"),
        (None, "\N{FULLWIDTH LATIN CAPITAL LETTER D}E136695976"),
        (None, "DE13669597\N{SUPERSCRIPT SIX}"),
        (None, "DE136695976" + " " * 20),
        (None, ""),
    ],
)
def test_what_is_no_vat_id_is_refused(where: str | None, raw: str) -> None:
    """Wrong check digits, no country, or one whose ids cannot be checked."""
    with pytest.raises(VatIdInvalid):
        vat_id(raw, country=where)


def test_it_is_known_where_vat_ids_can_be_checked() -> None:
    """The 27 states of the union, and three more countries."""
    assert sum(map(has_vat_ids, countries())) == 30
    assert all(map(has_vat_ids, ("DE", "GR", "CH", "GB", "NO")))
    assert not has_vat_ids("US")


# All of them ------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", NO_TEXT, ids=repr)
def test_what_is_no_text_is_refused(raw: object) -> None:
    """By each with its own error."""
    for read, error in READERS:
        with pytest.raises(error):
            read(raw)


WHERE = st.sampled_from([None, "DE", "GB", "CH", "NO", "IE", "US", "AE", "LV", "XK"])
LIKELY = st.text(alphabet="0123456789ABCDEGHILMNOSTVX+-./ ()\u00a0\u0661", max_size=24)


@settings(deadline=None)  # the first answer loads the libraries
@given(raw=st.text(max_size=60) | LIKELY, where=WHERE)
def test_whatever_is_typed_is_read_or_refused(raw: str, where: str | None) -> None:
    """No other error; and what was read, is read the same again and is plain."""
    for read in (phone, postal_code, vat_id):
        try:
            kept = read(raw, country=where)
        except InvalidInput:
            continue
        assert read(kept, country=where) == kept
        assert kept.isascii()
        assert kept == unicodedata.normalize("NFC", kept).strip()
