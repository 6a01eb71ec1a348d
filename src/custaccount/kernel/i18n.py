"""Languages, and texts that are translated where they are shown."""

import gettext
from collections.abc import Mapping
from enum import Enum
from functools import cache

import attrs

DOMAIN = "custaccount"


class Language(Enum):
    """A language every text of the house exists in."""

    DE = "de"
    EN = "en"
    FR = "fr"
    NL = "nl"
    SV = "sv"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, do not translate yet"
    """Mark a text for the catalogues."""
    return text


@attrs.frozen
class Text:
    """A text with its facts, not yet in any language."""

    template: str
    """English, with ``%(name)s`` where a fact goes; also the catalogue's key."""
    facts: Mapping[str, object] = attrs.field(factory=dict)

    def __str__(self) -> str:
        """Write it in English."""
        return self.template % self.facts

    def in_(self, language: Language) -> str:
        """Write it in a language; a fact that is a text is translated too."""
        facts = {
            name: fact.in_(language) if isinstance(fact, Text) else fact
            for name, fact in self.facts.items()
        }
        return catalogue(language).gettext(self.template) % facts


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    """Open a language's catalogue.

    Raises:
        FileNotFoundError: it was not compiled; installing the package does that.
    """
    from pathlib import Path  # noqa: PLC0415 - 5 ms, spared by who only names a text

    locales = Path(__file__).parents[1] / "locale"
    return gettext.translation(DOMAIN, locales, languages=[language.value])
