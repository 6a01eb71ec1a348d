"""Letters as plain text, in the recipient's language; needs no template engine."""

from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from custaccount.facilities.letters import Letter, Place, Rendered
from custaccount.kernel.i18n import N_, Language, Text

HELLO = N_("Hello,")
REGARDS = N_("Kind regards")


@attrs.frozen
class PlainRenderer:
    """Writes letters as plain text."""

    def render(self, letter: Letter, place: Place) -> Rendered:
        """See ``Renderer``."""
        facts = written_facts(letter, place)
        language = letter.language
        paragraphs = [Text(HELLO).in_(language)]
        paragraphs += [Text(text, facts).in_(language) for text in letter.text.body]
        if place.link:
            paragraphs.append(f"{Text(letter.text.action).in_(language)}:\n{place.link}")
        paragraphs.append(f"{Text(REGARDS).in_(language)}\n{facts['portal']}")
        subject = one_line(Text(letter.text.subject, facts).in_(language))
        return Rendered(subject=subject, plain="\n\n".join(paragraphs) + "\n")


def written_facts(letter: Letter, place: Place) -> dict[str, object]:
    """Write a letter's facts as its language and its portal's time zone do, each on one line."""
    written = {
        name: _written(fact, letter.language, place.time_zone)
        for name, fact in letter.facts.items()
    }
    return {**written, "portal": one_line(place.portal_name)}


def one_line(text: str) -> str:
    """Fold a text into one line, so that no fact starts a header or a paragraph of its own."""
    return " ".join(text.split())


def _written(fact: object, language: Language, time_zone: str) -> str:
    if isinstance(fact, datetime):
        from babel.dates import format_datetime  # noqa: PLC0415 - 30 ms, and only mails need it

        return format_datetime(fact, "long", tzinfo=ZoneInfo(time_zone), locale=language.value)
    return one_line(str(fact))
