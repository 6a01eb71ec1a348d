"""Every letter the house can write, with facts to write it about."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import custaccount
from custaccount.adapters.memory.sources import MORNING
from custaccount.facilities.letters import Letter, LetterText
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.text import EmailAddress

SOURCE = Path(custaccount.__file__).parent
ANNA = EmailAddress.parse("anna@kunde.example")

FACTS: Mapping[str, object] = {
    "email": ANNA,
    "expires": MORNING,
    "customer": "Küsten & Söhne <GmbH>",
    "number": "K-10023",
    "code": "2",
    "reason": "Bitte senden Sie uns Ihren Gewerbeschein.",
    "range": "web",
    "who": "jonas@kunde.example",
    "left": 100,
}
"""A new fact of a letter needs an example here."""


def texts() -> dict[str, LetterText]:
    """Collect the texts of every ``letters`` module, by id."""
    found = (
        value
        for path in sorted(SOURCE.glob("*/letters.py"))
        for value in vars(
            importlib.import_module(f"custaccount.{path.parent.name}.letters")
        ).values()
        if isinstance(value, LetterText)
    )
    return {text.id: text for text in found}


def written() -> Iterator[str]:
    """Name, by file, every place in the sources that makes the text of a letter."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("LetterText"):
                yield str(path.relative_to(SOURCE))


def letter(text: LetterText, language: Language, **facts: object) -> Letter:
    """Write to Anna."""
    return Letter(
        realm=RealmId("nord"),
        portal=PortalId("main"),
        to=ANNA,
        language=language,
        text=text,
        facts={**FACTS, **facts},
    )
