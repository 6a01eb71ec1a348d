"""Identifiers: normalised once in Python, the same on every store, refused before costly work."""

from __future__ import annotations

from contextlib import suppress

import pytest

from custaccount import NotAllowed
from custaccount.kernel.ids import CustomerNumber, ErpCustomerId
from custaccount.kernel.text import (
    EmailAddress,
    EmailInvalid,
    NumberInvalid,
    number_key,
)
from tests.house import ALICE, PASSWORD, Shop

REFUSED = {
    "fullwidth at (17)": "a@b.com\N{FULLWIDTH COMMERCIAL AT}evil.com",
    "fullwidth at alone (17)": "a\N{FULLWIDTH COMMERCIAL AT}evil.com",
    "two ats (17)": "a@b.com@evil.com",
    "small at (17)": "a\N{SMALL COMMERCIAL AT}evil.com",
    "carriage return (19)": "a@b.com\rBcc: x@evil.com",
    "line feed (19)": "a@b.com\nBcc: x@evil.com",
    "line feed inside (19)": "a\n@b.com",
    "nul (19)": "a@b.com\0",
    "tab inside (19)": "a\t@b.com",
    "zero width (19)": "a\N{ZERO WIDTH SPACE}@b.com",
    "right to left (19)": "a\N{RIGHT-TO-LEFT OVERRIDE}@b.com",
    "soft hyphen (19)": "a\N{SOFT HYPHEN}@b.com",
    "line separator (19)": "a\N{LINE SEPARATOR}@b.com",
    "surrogate (19)": "a\ud800@b.com",
    "private use (19)": "a\ue000@b.com",
    "dotless i in the local part (21)": "al\N{LATIN SMALL LETTER DOTLESS I}ce@acme.example",
    "umlaut in the local part (21)": "jörg@acme.example",
    "sharp s in the local part (21)": "gro\N{LATIN SMALL LETTER SHARP S}@acme.example",
    "blank inside (24)": "al ice@acme.example",
    "nothing": "",
    "blanks": "   ",
    "no at": "acme.example",
    "no domain": "alice@",
    "no dot": "alice@acme",
    "address literal": "alice@[127.0.0.1]",
    "display name": "Alice <alice@acme.example>",
    "quoted": '"a b"@acme.example',
    "two": "a@b.com, c@d.com",
    "semicolon": "a@b.com;c@d.com",
    "local part too long (28)": "a" * 65 + "@acme.example",
}

SAME = {
    "case (20)": ("USER@Example.COM", "user@example.com"),
    "case of the domain (20)": ("user@EXAMPLE.com", "user@example.com"),
    "leading and trailing blanks (24)": ("  user@example.com \u3000", "user@example.com"),
    "no-break space (24)": ("\N{NO-BREAK SPACE}user@example.com", "user@example.com"),
    "an IDN in both forms (22)": ("info@münchen.de", "info@xn--mnchen-3ya.de"),
    "an IDN in capitals (22)": ("info@MÜNCHEN.de", "info@xn--mnchen-3ya.de"),
    "an IDN decomposed (22)": ("info@mu\N{COMBINING DIAERESIS}nchen.de", "info@münchen.de"),
}

DIFFERENT = {
    "a subaddress (23)": ("a+b@example.com", "a@example.com"),
    "a dot (23)": ("a.b@example.com", "ab@example.com"),
    "dots at a big provider (23)": ("a.b@gmail.com", "ab@gmail.com"),
    "a Turkish domain (21)": (
        "a@\N{LATIN SMALL LETTER DOTLESS I}stanbul.example",
        "a@istanbul.example",
    ),
    "a sharp s in the domain (21)": ("a@straße.example", "a@strasse.example"),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=list(REFUSED))
def test_what_is_no_address_is_refused(raw: str) -> None:
    """Cases 17, 19, 21, 24, 28: one typed error, whatever is wrong."""
    with pytest.raises(EmailInvalid):
        EmailAddress.parse(raw)


@pytest.mark.parametrize("raw", [None, 7, b"a@b.com", ["a@b.com"], object()])
def test_what_is_no_text_is_refused(raw: object) -> None:
    """A form field that is missing or doubled is a bad address, not a crash."""
    with pytest.raises(EmailInvalid):
        EmailAddress.parse(raw)


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=list(SAME))
def test_two_spellings_are_one_address(one: str, other: str) -> None:
    """Cases 20, 22, 24: compared by one key, made before any store sees it."""
    assert EmailAddress.parse(one) == EmailAddress.parse(other)
    assert EmailAddress.parse(one).key.isascii()


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=list(DIFFERENT))
def test_two_addresses_stay_two(one: str, other: str) -> None:
    """Case 23: no provider-specific folding; case 21: no letter is folded into another."""
    assert EmailAddress.parse(one) != EmailAddress.parse(other)


def test_the_address_is_sent_to_as_it_was_written() -> None:
    """Case 20: the display form is preserved, the key is not shown."""
    address = EmailAddress.parse(" Alice.Miller@ACME.example ")

    assert address.text.startswith("Alice.Miller@")
    assert str(address) == address.text


def test_a_very_long_identifier_is_refused_before_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 28: no regular expression, no IDNA, no statement for 100 kB."""
    import email_validator

    asked: list[str] = []
    monkeypatch.setattr(email_validator, "validate_email", lambda raw, **_: asked.append(raw))

    for raw in (
        "a" * 100_000 + "@acme.example",
        "a@" + "a." * 50_000 + "example",
        "." * 100_000,
        "a@" + "ü" * 300 + ".example",
        "\N{SNOWMAN}" * 100_000,
    ):
        with pytest.raises(EmailInvalid):
            EmailAddress.parse(raw)

    assert asked == []


def test_a_very_long_login_asks_no_store(nord: Shop) -> None:
    """Case 28 at the front door: refused like any wrong login, without a statement."""
    with pytest.raises(NotAllowed):
        nord.sign_in("a" * 100_000 + "@acme.example")


def test_every_store_finds_the_same_user(nord: Shop) -> None:
    """Case 21: no store's collation decides, for the key is computed in Python."""
    nord.activate(ALICE)

    for typed in (ALICE, "ALICE@ACME.EXAMPLE", " alice@acme.example ", "Alice@Acme.Example"):
        assert nord.sign_in(typed)


LOOKALIKES = (
    "al\N{LATIN SMALL LETTER DOTLESS I}ce@acme.example",
    "AL\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}CE@acme.example",
    "alice@acme.ex\N{LATIN SMALL LETTER A WITH DIAERESIS}mple",
    "alice@\N{FULLWIDTH LATIN SMALL LETTER A}cme.examplé",
    "älice@acme.example",
)


def test_no_store_takes_a_lookalike_for_the_user(nord: Shop) -> None:
    """Cases 17 and 21: near is not equal, on any store, and nothing is mailed (CVE-2019-19844)."""
    nord.activate(ALICE)
    nord.house.mailer.sent.clear()

    for typed in LOOKALIKES:
        with pytest.raises(NotAllowed):
            nord.sign_in(typed, PASSWORD)
        with suppress(EmailInvalid):
            nord.house.accounts.password_reset.request(nord.guest, typed)
    nord.house.accounts.relay()

    assert nord.house.mailer.sent == []


FULLWIDTH = "".join(chr(ord(char) + 0xFEE0) for char in "RE-0815")
LETTERS = (
    "Ä",
    "ä",
    "A\N{COMBINING DIAERESIS}",
    "I",
    "\N{LATIN SMALL LETTER DOTLESS I}",
    "İ",
    "i",
    "ß",
    "ss",
    "SS",
    "ẞ",
    "Å",
    "Å",
)


def test_every_store_keeps_register_keys_apart_by_their_exact_text(nord: Shop) -> None:
    """Case 21: ERP ids and numbers are opaque: no store folds, pads or composes them."""
    desk = nord.house.accounts.register_desk
    distinct = list(dict.fromkeys(LETTERS))
    rows = [{"erp_id": f"K{letter}", "number": f"N{letter}", "name": letter} for letter in distinct]

    report = desk.import_rows(nord.staff, rows)

    assert (report.created, report.refused) == (len(distinct), 0)
    asked = [ErpCustomerId(f"K{letter}") for letter in distinct]
    found = desk.by_erp_id(nord.staff, [*asked, ErpCustomerId("Kk"), ErpCustomerId("kß")])
    assert {key: one.number for key, one in found.items()} == {
        ErpCustomerId(f"K{letter}"): CustomerNumber(f"N{letter}") for letter in distinct
    }


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("re-0815", "RE-0815"),
        (" RE-0815 ", "RE-0815"),
        ("re 08 15", "RE0815"),
        (FULLWIDTH, "RE-0815"),
        ("straße", "STRASSE"),
        ("0007", "0007"),
        ("\N{NO-BREAK SPACE}7", "7"),
    ],
)
def test_a_number_is_searched_by_one_key(typed: str, key: str) -> None:
    """Upper case, without blanks, compatibility forms folded; leading zeros count."""
    assert number_key(typed) == key


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "A*",
        "A%",
        "A?",
        "\N{FULLWIDTH ASTERISK}",
        "A\0",
        "A\u200b",
        "A" * 65,
        None,
        7,
        b"7",
        "\ud800",
    ],
)
def test_what_is_no_number_is_refused(typed: object) -> None:
    """Case 108 in small: wildcards and the unprintable never reach a source."""
    with pytest.raises(NumberInvalid):
        number_key(typed)
