"""Passwords: normalised once, checked against today's rules."""

from __future__ import annotations

import unicodedata

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import InvalidFields
from custaccount.credentials.passwords import Hashing, check, normalised

CONTEXT = ("alice.miller@acme.example", "Nord Portal", "Acme Werkzeuge GmbH")


def codes_of(password: str, *, shortest: int = 12) -> set[str]:
    """Name what is wrong with a password."""
    try:
        check(password, shortest=shortest, context=CONTEXT)
    except InvalidFields as refused:
        return {problem.code.removeprefix("credentials.password_") for problem in refused.problems}
    return set()


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("vier Schwalben am Dach", set()),
        ("ein langer satz ganz ohne ziffern", set()),
        ("パスワードは長いほうがよい", set()),
        ("🐦" * 3 + " am Dach sitzen", set()),
        ("elf Zeichen", {"length"}),
        ("zwölf Zeiche", set()),
        ("", {"length"}),
        ("x" * 257, {"length"}),
        ("password1234", {"common"}),
        ("PASSWORD1234", {"common"}),
        ("AcmeAcmeAcme", {"context"}),
        ("acme werkzeuge 1", {"context"}),
        ("alice.miller@acme.example", {"context"}),
        ("Nord Portal!", {"context"}),
        ("Alice Miller mag Schwalben sehr", set()),
        ("123456", {"length", "common"}),
    ],
)
def test_a_new_password_is_checked(password: str, codes: set[str]) -> None:
    """Length, block list and context; no rules on which characters it has."""
    assert codes_of(password) == codes


def test_the_portal_decides_how_short_it_may_be() -> None:
    """Counted in code points, after normalising; the message says how many."""
    assert codes_of("zehn Stück", shortest=10) == set()
    assert codes_of("zehn Stu\N{COMBINING DIAERESIS}ck", shortest=11) == {"length"}
    with pytest.raises(InvalidFields, match="Between 20 and 256"):
        check("zwölf Zeiche", shortest=20, context=())


@given(st.text(min_size=1, max_size=256))
def test_however_it_was_typed_it_is_one_password(raw: str) -> None:
    """NFC: composed and decomposed are one; nothing is folded or cut, and twice is once."""
    once = normalised(raw)

    if once is None:
        return
    assert once == unicodedata.normalize("NFC", raw)
    assert normalised(once) == once
    assert normalised(unicodedata.normalize("NFD", raw)) in {once, None}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Passwort", "passwort"), ("ab", "ab "), ("ﬁ", "fi"), ("Ⅳ", "IV"), ("ß", "ss")],
)
def test_different_passwords_stay_different(one: str, other: str) -> None:
    """No case folding, no trimming, no compatibility forms (ASVS 6.2.8)."""
    assert normalised(one) != normalised(other)


@pytest.mark.parametrize(
    "raw", [None, 7, b"bytes", "", "x" * 257, "\N{PILE OF POO}" * 257, "a\0b", "\udcff"]
)
def test_what_can_not_be_a_password_is_none(raw: object) -> None:
    """Length first, then form."""
    assert normalised(raw) is None


def test_the_longest_password_is_taken_whole() -> None:
    """256 code points of four bytes each: the last one counts."""
    longest = "\N{BIRD}" * 255
    hashing = Hashing.cheap()
    assert normalised(longest + "a") is not None

    stored = hashing.hash(longest + "a")

    assert hashing.verify(stored, longest + "a")
    assert not hashing.verify(stored, longest + "b")


def test_only_argon2id_at_the_floor_is_strong() -> None:
    """OWASP's floor, in any of its equal forms; argon2i and cheaper ones are not."""

    def strong(memory: int, time: int, kind: argon2.Type = argon2.Type.ID) -> bool:
        hasher = argon2.PasswordHasher(memory_cost=memory, time_cost=time, parallelism=1, type=kind)
        return Hashing(hasher).strong

    assert strong(19456, 2)
    assert strong(47104, 1)
    assert strong(12288, 4)
    assert not strong(19456, 1)
    assert not strong(8192, 5)
    assert not strong(19456, 2, argon2.Type.I)
    assert not Hashing.cheap().strong


def test_the_default_is_rfc_9106s() -> None:
    """64 MiB, three passes, four lanes."""
    stored = Hashing().hash("vier Schwalben am Dach")

    assert "$argon2id$v=19$m=65536,t=3,p=4$" in stored.text
