"""Letters as plain text, in the recipient's language; needs no template engine."""

from datetime import datetime

import attrs

from custaccount.facilities.letters import Letter, Rendered
from custaccount.kernel.i18n import N_, Language, Text

HELLO = N_("Hello,")
REGARDS = N_("Kind regards")


@attrs.frozen
class PlainRenderer:
    """Writes letters as plain text."""

    def render(self, letter: Letter, *, portal_name: str, link: str | None) -> Rendered:
        """See ``Renderer``."""
        facts = written_facts(letter, portal_name)
        language = letter.language
        paragraphs = [Text(HELLO).in_(language)]
        paragraphs += [Text(text, facts).in_(language) for text in letter.text.body]
        if link:
            paragraphs.append(f"{Text(letter.text.action).in_(language)}:\n{link}")
        paragraphs.append(f"{Text(REGARDS).in_(language)}\n{portal_name}")
        subject = one_line(Text(letter.text.subject, facts).in_(language))
        return Rendered(subject=subject, plain="\n\n".join(paragraphs) + "\n")


def written_facts(letter: Letter, portal_name: str) -> dict[str, object]:
    """Write a letter's facts as its language does, each on one line."""
    facts = {name: _written(fact, letter.language) for name, fact in letter.facts.items()}
    return facts | {"portal": one_line(portal_name)}


def one_line(text: str) -> str:
    """Fold a text into one line, so that no fact starts a header or a paragraph of its own."""
    return " ".join(text.split())


def _written(fact: object, language: Language) -> str:
    if isinstance(fact, datetime):
        from babel.dates import format_datetime  # noqa: PLC0415 - 30 ms, and only mails need it

        return format_datetime(fact, "long", locale=language.value)
    return one_line(str(fact))
