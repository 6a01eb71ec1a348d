"""Texts and languages: one key, five catalogues, facts filled in last."""

from __future__ import annotations

import gettext
import re
import subprocess
import sys

import pytest

from custaccount.kernel.errors import NotFound
from custaccount.kernel.i18n import Language, Text, catalogue

OTHERS = [one for one in Language if one is not Language.EN]


def entries(language: Language) -> dict[object, str]:
    """List a catalogue's texts by key; a plural's key is a pair."""
    found = catalogue(language)
    assert isinstance(found, gettext.GNUTranslations)
    return {key: text for key, text in found._catalog.items() if key}  # type: ignore[attr-defined]


def test_a_text_waits_for_its_language() -> None:
    """The same text is English as a string, and any language on request."""
    text = Text("Invoice %(number)s", {"number": "R-1"})

    assert str(text) == "Invoice R-1"
    assert text.in_(Language.EN) == "Invoice R-1"
    assert text.in_(Language.DE) == "Rechnung R-1"


def test_a_fact_that_is_a_text_is_translated_too() -> None:
    """Texts nest."""
    text = Text("The file can't be read: %(why)s", {"why": Text("This is too long.")})

    assert text.in_(Language.NL) == "Het bestand is niet leesbaar: Dit is te lang."
    assert str(text) == "The file can't be read: This is too long."


def test_a_fact_is_filled_in_once() -> None:
    """What looks like a placeholder in a fact stays as it is."""
    text = Text("Invoice %(number)s", {"number": "%(number)s %d {0}"})

    assert text.in_(Language.SV) == "Faktura %(number)s %d {0}"


def test_a_key_nobody_translated_comes_in_english() -> None:
    """A host's own text passes through, facts included."""
    assert Text("Own %(thing)s", {"thing": "words"}).in_(Language.FR) == "Own words"


def test_an_error_speaks_every_language() -> None:
    """One error, five readers."""
    said = {NotFound().text.in_(language) for language in Language}

    assert said == {
        "Not found.",
        "Nicht gefunden.",
        "Introuvable.",
        "Niet gevonden.",
        "Hittades inte.",
    }


def test_every_catalogue_has_the_same_keys() -> None:
    """A text that exists in one language exists in all."""
    assert len({frozenset(entries(language)) for language in Language}) == 1


def test_english_says_what_the_sources_say() -> None:
    """The source is English, so that catalogue changes nothing."""
    for key, text in entries(Language.EN).items():
        assert text == key or isinstance(key, tuple)


@pytest.mark.parametrize("language", OTHERS, ids=lambda one: one.value)
def test_a_sentence_is_not_left_in_english(language: Language) -> None:
    """A word or two may be the same in both languages; whole phrases are not."""
    assert [
        key
        for key, text in entries(language).items()
        if isinstance(key, str) and key == text and len(key.split()) > 2
    ] == []


@pytest.mark.parametrize("language", OTHERS, ids=lambda one: one.value)
def test_a_translation_ends_as_its_source_does(language: Language) -> None:
    """A sentence stays a sentence, a label a label, a question a question."""

    def ending(text: str) -> str:
        found = re.search(r"[.:?]$", text.removesuffix("MwSt.").rstrip("“”»\u00a0"))
        return found[0] if found else ""

    assert [
        (key, text)
        for key, text in entries(language).items()
        if isinstance(key, str) and ending(key) != ending(text)
    ] == []


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        (Language.DE, 1, "1 Auftrag hat die Nummer „%(text)s“."),
        (Language.DE, 0, "0 Aufträge haben die Nummer „%(text)s“."),
        (Language.FR, 0, "0 commande porte le numéro «\u00a0%(text)s\u00a0»."),
        (Language.FR, 2, "2 commandes portent le numéro «\u00a0%(text)s\u00a0»."),
        (Language.SV, 2, "2 ordrar har numret ”%(text)s”."),
    ],
)
def test_a_language_counts_its_own_way(language: Language, count: int, said: str) -> None:
    """None is plural in German and singular in French."""
    found = catalogue(language).ngettext(
        "%(count)s order has the number “%(text)s”.",
        "%(count)s orders have the number “%(text)s”.",
        count,
    )

    assert found.replace("%(count)s", str(count)) == said


def test_german_is_formal_and_swedish_is_not() -> None:
    """Sie in German, vous in French, u in Dutch, du in Swedish; nobody is called by the other."""
    informal = {
        Language.DE: r"\b(du|dein\w*|dich|dir)\b",
        Language.FR: r"\b(tu|ton|tes|toi)\b",
        Language.NL: r"\b(je|jij|jouw)\b",
        Language.SV: r"\b(Ni|Er|Ert|Era)\b",
    }
    for language, words in informal.items():
        flags = re.IGNORECASE if language is not Language.SV else 0
        assert [t for t in entries(language).values() if re.search(words, t, flags)] == []


def test_naming_a_text_opens_no_catalogue() -> None:
    """Importing the kernel reads no file and no ``gettext`` catalogue."""
    code = "import custaccount.kernel.i18n as i; print(i.catalogue.cache_info().currsize)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0"
