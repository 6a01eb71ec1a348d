"""Letters as plain text, in the recipient's language; needs no template engine."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import attrs

from custaccount.facilities.letters import Letter, Place, Rendered
from custaccount.kernel.i18n import N_, Language, Text
from custaccount.kernel.text import unfit

HELLO = N_("Hello,")
REGARDS = N_("Kind regards")


@attrs.frozen(kw_only=True)
class Wording:
    """What a letter says, in its language and in reading order; no format yet."""

    subject: str
    """One line."""
    hello: str
    paragraphs: tuple[str, ...]
    action: str
    """What the button says; empty if there is no link."""
    link: str | None = attrs.field(repr=False)
    regards: str
    portal: str


@attrs.frozen
class PlainRenderer:
    """Writes letters as plain text."""

    def render(self, letter: Letter, place: Place) -> Rendered:
        """See ``Renderer``."""
        words = worded(letter, place)
        return Rendered(subject=words.subject, plain=as_text(words))


def worded(letter: Letter, place: Place) -> Wording:
    """Put a letter into its language, moments into its portal's time zone, facts on one line."""
    facts = {
        name: _written(fact, letter.language, place.time_zone)
        for name, fact in letter.facts.items()
    }
    facts["portal"] = one_line(place.portal_name)

    def said(text: str) -> str:
        return Text(text, facts).in_(letter.language)

    return Wording(
        subject=one_line(said(letter.text.subject)),
        hello=said(HELLO),
        paragraphs=tuple(map(said, letter.text.body)),
        action=said(letter.text.action) if place.link else "",
        link=place.link,
        regards=said(REGARDS),
        portal=facts["portal"],
    )


def as_text(words: Wording) -> str:
    """Set a letter as plain text: paragraphs with a blank line between them."""
    link = [f"{words.action}\n{words.link}"] if words.link else []
    regards = f"{words.regards}\n{words.portal}"
    return "\n\n".join([words.hello, *words.paragraphs, *link, regards]) + "\n"


def one_line(text: str) -> str:
    """Fold a text into one line, so that no fact starts a header or a paragraph of its own.

    Control and direction-changing characters become blanks too.
    """
    visible = "".join(" " if unfit(char) else char for char in text)
    return re.sub(" +", " ", visible).strip()


def _written(fact: object, language: Language, time_zone: str) -> str:
    match fact:
        case datetime():
            return _moment(fact.astimezone(ZoneInfo(time_zone)), language.value)
        case Text():
            return one_line(fact.in_(language))
        case _:
            return one_line(str(fact))


def _moment(local: datetime, locale: str) -> str:
    from babel.dates import (  # noqa: PLC0415 - 30 ms, and only mails need it
        format_date,
        format_time,
        get_timezone_name,
    )

    day = format_date(local, "long", locale=locale)
    time = format_time(local, "short", tzinfo=local.tzinfo, locale=locale)
    zone = get_timezone_name(local, "short", locale=locale)
    if zone[:1] in {"+", "-"}:  # this language has no short name for it
        zone = local.tzname() or zone
    return f"{day}, {time} ({zone})"
