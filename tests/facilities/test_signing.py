"""Signing: the same bytes every time, good for one purpose, realm and deployment."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.ids import RealmId
from tests.house import KEY, NEWER_KEY, NORD, SUED

PLAIN = st.text(alphabet=st.characters(codec="utf-8"), max_size=50)


@given(PLAIN, PLAIN)
def test_what_was_signed_is_read_back(text: str, purpose: str) -> None:
    """Any text, under any purpose; and the signature is derived, never drawn."""
    keyring = Keyring([KEY], "shop.example")

    signed = keyring.sign(text, purpose=purpose, realm=NORD)

    assert keyring.read(signed, purpose=purpose, realm=NORD) == text
    assert keyring.sign(text, purpose=purpose, realm=NORD) == signed


@pytest.mark.parametrize(
    ("one", "other"),
    list(
        itertools.permutations(
            [
                ("a", "bc", "nord"),
                ("ab", "c", "nord"),
                ("a", "b", "cnord"),
                ("a", 'b", "c', "nord"),
                ("a", "bc", "sued"),
            ],
            2,
        )
    ),
)
def test_a_signature_holds_for_exactly_its_context(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """Case 36's trap, for salts: no two contexts run together into one text."""
    purpose, deployment, realm = one
    signed = Keyring([KEY], deployment).sign("x", purpose=purpose, realm=RealmId(realm))

    purpose, deployment, realm = other
    with pytest.raises(TokenInvalid):
        Keyring([KEY], deployment).read(signed, purpose=purpose, realm=RealmId(realm))


def test_the_newest_key_signs_and_all_verify() -> None:
    """Oldest first; a named one may sign what was issued under it."""
    old, both, new = Keyring([KEY]), Keyring([KEY, NEWER_KEY]), Keyring([NEWER_KEY])
    signed = both.sign("x", purpose="p", realm=NORD)

    assert new.read(signed, purpose="p", realm=NORD) == "x"
    with pytest.raises(TokenInvalid):
        old.read(signed, purpose="p", realm=NORD)
    again = both.sign("x", purpose="p", realm=NORD, key=old.newest)
    assert again == old.sign("x", purpose="p", realm=NORD)
    with pytest.raises(TokenInvalid):
        new.sign("x", purpose="p", realm=NORD, key=old.newest)


def test_a_keys_name_gives_nothing_away() -> None:
    """It is kept beside every ticket."""
    keyring = Keyring([KEY, NEWER_KEY])

    assert keyring.newest not in NEWER_KEY
    assert keyring.newest != Keyring([KEY]).newest
    assert KEY not in repr(keyring)


def test_a_fingerprint_differs_by_purpose_and_realm() -> None:
    """What one place keeps can't be looked up in another."""
    keyring = Keyring([KEY])
    made = {
        keyring.digest(text, purpose=purpose, realm=realm)
        for text in ("a", "b")
        for purpose in ("login", "reset")
        for realm in (NORD, SUED)
    }

    assert len(made) == 8
    assert keyring.digest("a", purpose="login", realm=NORD) in made


def test_keys_may_be_bytes_or_text() -> None:
    """The same key either way."""
    text, raw = Keyring([KEY]), Keyring([KEY.encode()])

    assert text.read(raw.sign("x", purpose="p", realm=NORD), purpose="p", realm=NORD) == "x"
