"""Letters to look at: each in every language, about people who do not exist."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import attrs

from custaccount.facilities.letters import Letter, LetterText, Place, Rendered, Renderer
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.text import EmailAddress

LINK = "https://shop.moewenkontor.example/customer-center/…?token=works-only-in-a-real-mail"
PLACE = Place(portal_name="Möwenkontor", time_zone="Europe/Berlin", link=LINK)
ANNA = EmailAddress.parse("anna@brandhorst.example")
FACTS: Mapping[str, object] = {
    "email": ANNA,
    "expires": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "customer": "Brandhorst & Söhne",
    "number": "K-10023",
    "code": "2",
    "reason": "We could not find your company in the commercial register.",
    "range": "web",
    "left": 100,
    "who": "jan@brandhorst.example",
}
"""What letters are told; a new fact needs an example here."""

_FACT = re.compile(r"%\((\w+)\)s")


@attrs.frozen(kw_only=True)
class Proof:
    """A letter as it would be mailed."""

    letter: str
    """Its id."""
    language: Language
    mail: Rendered


def proofs(texts: Iterable[LetterText], renderer: Renderer) -> Iterator[Proof]:
    """Render letters in every language; a fact without an example stands there by its name."""
    for text in texts:
        place = PLACE if text.action else attrs.evolve(PLACE, link=None)
        for language in Language:
            letter = Letter(
                realm=RealmId("moewenkontor"),
                portal=PortalId("trade"),
                to=ANNA,
                language=language,
                text=text,
                facts={**unknown(text), **FACTS},
            )
            mail = renderer.render(letter, place)
            yield Proof(letter=text.id, language=language, mail=mail)


def unknown(text: LetterText) -> dict[str, str]:
    """Name the facts of a letter that have no example, each as what stands in its place."""
    words = " ".join((text.subject, *text.body, text.action))
    return {name: f"[{name}]" for name in _FACT.findall(words) if name not in {*FACTS, "portal"}}
