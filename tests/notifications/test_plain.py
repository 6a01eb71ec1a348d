"""Letters as plain text: languages, moments, and facts that would like to be something else."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from custaccount.credentials.letters import CHANGED, RESET
from custaccount.facilities.letters import LetterText, Place
from custaccount.kernel.i18n import Language, Text
from custaccount.notifications.plain import PlainRenderer, one_line
from tests.notifications.gallery import letter

ONE_FACT = LetterText(id="test.one", subject="%(fact)s", body=("<%(fact)s>",))


def lines(language: Language, place: Place, **facts: object) -> list[str]:
    """Write a letter about one fact and read its lines."""
    return PlainRenderer().render(letter(ONE_FACT, language, **facts), place).plain.splitlines()


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        (Language.DE, "Europe/Berlin", "<1. Juli 2026, 00:30 (MESZ)>"),
        (Language.EN, "Europe/Berlin", "<July 1, 2026, 12:30 AM (CEST)>"),
        (Language.FR, "Europe/Paris", "<1 juillet 2026, 00:30 (CEST)>"),
        (Language.NL, "Europe/Amsterdam", "<1 juli 2026, 00:30 (CEST)>"),
        (Language.SV, "Europe/Stockholm", "<1 juli 2026, 00:30 (CEST)>"),
        (Language.SV, "UTC", "<30 juni 2026, 22:30 (UTC)>"),
        (Language.FR, "America/Sao_Paulo", "<30 juin 2026, 19:30 (-03)>"),
    ],
)
def test_a_moment_is_local(language: Language, zone: str, said: str, place: Place) -> None:
    """A moment is told in the portal's time zone, which is named, as the language writes it."""
    moment = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)

    found = lines(language, attrs.evolve(place, time_zone=zone), fact=moment)

    assert found[2].replace("\u202f", " ") == said


def test_a_fact_that_is_a_text_is_translated(place: Place) -> None:
    """A text among the facts comes in the letter's language."""
    assert lines(Language.DE, place, fact=Text("Not found."))[2] == "<Nicht gefunden.>"


@pytest.mark.parametrize(
    "break_", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_a_fact_stays_on_its_line(break_: str, place: Place) -> None:
    """Nobody's name starts a header, or a paragraph with a link of its own."""
    named = attrs.evolve(place, portal_name=f"Nord{break_}{break_}wind")

    found = PlainRenderer().render(
        letter(ONE_FACT, Language.EN, fact=f"A{break_}Bcc: x@evil.example"), named
    )

    assert found.subject == "A Bcc: x@evil.example"
    assert "<A Bcc: x@evil.example>" in found.plain.splitlines()
    assert found.plain.splitlines()[-1] == "Nord wind"


def test_a_fact_cannot_turn_the_text_around() -> None:
    """Direction-changing and other invisible characters are gone; typography stays."""
    assert one_line("a\u202eb\u200bc\x00d") == "a b c d"
    assert one_line("«\u00a0mot\u00a0» – 10\u202fh") == "«\u00a0mot\u00a0» – 10\u202fh"


@pytest.mark.parametrize("hostile", ["%(email)s", "%s %d %", "{x.__class__}", "{{7*7}}", "${7*7}"])
def test_a_fact_is_never_a_template(hostile: str, place: Place) -> None:
    """What looks like a placeholder in a name is shown as it is."""
    named = attrs.evolve(place, portal_name=hostile)

    found = PlainRenderer().render(letter(ONE_FACT, Language.SV, fact=hostile), named)

    assert found.subject == hostile
    assert f"<{hostile}>" in found.plain
    assert found.plain.splitlines()[-1] == hostile


def test_without_a_link_there_is_no_button(place: Place) -> None:
    """A letter that only tells something offers nothing to open."""
    there = attrs.evolve(place, link=None)

    found = PlainRenderer().render(letter(CHANGED, Language.EN), there)

    assert "http" not in found.plain
    assert found.html is None


def test_the_link_has_a_line_of_its_own(place: Place) -> None:
    """A mail program that makes links clickable takes all of it and nothing else."""
    found = PlainRenderer().render(letter(RESET, Language.EN), place)

    assert place.link in found.plain.splitlines()


def test_links_stay_out_of_logs(place: Place) -> None:
    """No repr on the way shows the link that works once."""
    found = PlainRenderer().render(letter(RESET, Language.EN), place)

    assert "signature" not in repr(place) + repr(found)
