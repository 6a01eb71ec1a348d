"""Keep the catalogues complete.

``update`` extracts every text and brings the catalogues up to date. ``check`` fails, naming each
text that is missing, stale, fuzzy, untranslated or has other placeholders than its source.
"""

from __future__ import annotations

import argparse
import re
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.core import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DOMAIN = "custaccount"
SOURCE_LANGUAGE = "en"  # the ids are English, so its catalogue fills itself
LANGUAGES = ("de", "en", "fr", "nl", "sv")

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
JINJA = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
SOURCES = {  # folder: what is read in it, and how
    "src/custaccount": [("**.py", "python"), ("**.html", "jinja2"), ("**.j2", "jinja2")],
    "examples": [("**.py", "python"), ("pages/**.html", "jinja2"), ("pages/**.j2", "jinja2")],
}

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%(?!\(|%)\S?")
HEADER = """\
# {language} texts of custaccount.
msgid ""
msgstr ""
"Project-Id-Version: custaccount\\n"
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


# What the sources say ---------------------------------------------------------------------------


def extract(root: Path) -> Catalog:
    """Collect every text of the sources, with the files it is used in."""
    template = Catalog(domain=DOMAIN)
    for folder, methods in SOURCES.items():
        found = extract_from_dir(
            root / folder,
            method_map=methods,
            options_map={pattern: JINJA for pattern, method in methods if method == "jinja2"},
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for file, _line, text, comments, context in found:
            if not text:
                sys.exit(f"{folder}/{file}: an empty text can't be translated.")
            template.add(
                text,
                locations=[(f"{folder}/{file}", 0)],
                auto_comments=comments,
                context=context,
            )
    return template


def catalogue_path(root: Path, language: str) -> Path:
    """Find a language's catalogue."""
    return root / "src" / "custaccount" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(path: Path, language: str) -> Catalog:
    """Read a catalogue, or begin one."""
    if not path.exists():
        return Catalog(Locale.parse(language), domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)


# Checking ---------------------------------------------------------------------------------------


def faults(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """Say what keeps a catalogue from being whole."""
    for message in texts(template):
        translated = catalogue.get(message.id, message.context)
        if translated is None:
            yield f"missing: {name(message)}"
        elif translated.fuzzy:
            yield f"fuzzy: {name(message)}"
        else:
            yield from faults_of(translated, catalogue)

    for message in texts(catalogue):
        if template.get(message.id, message.context) is None:
            yield f"stale: {name(message)}"
    for message in catalogue.obsolete.values():
        yield f"stale: {name(message)}"


def faults_of(message: Message, catalogue: Catalog) -> Iterator[str]:
    """Say what is wrong with one translation."""
    sources, forms = variants(message.id), variants(message.string)
    wanted = catalogue.num_plurals if len(sources) > 1 else 1

    if not any(forms):
        yield f"untranslated: {name(message)}"
    elif not all(forms) or len(forms) != wanted:
        yield f"plural forms: {name(message)} has {sum(map(bool, forms))} of {wanted}"
    else:
        allowed = {placeholders(source) for source in sources}
        for form in forms:
            if placeholders(form) not in allowed:
                yield f"placeholders: {name(message)} is translated as {form!r}"


def placeholders(text: str) -> tuple[str, ...]:
    """List the facts a text asks for, and every stray ``%`` that would break formatting."""
    return tuple(sorted(match.group() for match in PLACEHOLDER.finditer(text.replace("%%", ""))))


def texts(catalogue: Catalog) -> list[Message]:
    """List a catalogue's texts without its header."""
    return [message for message in catalogue if message.id]


def variants(text: str | Sequence[str]) -> tuple[str, ...]:
    """Give singular and plurals alike as a tuple."""
    return (text,) if isinstance(text, str) else tuple(text)


def name(message: Message) -> str:
    """Name a text so that it can be searched for."""
    context = f" ({message.context})" if message.context else ""
    return f"{variants(message.id)[0]!r}{context}"


# Updating ---------------------------------------------------------------------------------------


def updated(template: Catalog, old: Catalog) -> Catalog:
    """Keep the translations of what the sources still say; guess nothing."""
    new = Catalog(old.locale, domain=DOMAIN)
    for message in texts(template):
        known = old.get(message.id, message.context)
        fresh = message.id if str(old.locale) == SOURCE_LANGUAGE else ""
        new.add(
            message.id,
            known.string if known and any(variants(known.string)) else fresh,
            locations=sorted(set(message.locations)),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            flags=known.flags & {"fuzzy"} if known else (),
            context=message.context,
        )
    return new


def written(catalogue: Catalog) -> bytes:
    """Write a catalogue: sorted, without dates and line numbers, so that diffs show words only."""
    body = BytesIO()
    write_po(body, catalogue, width=0, sort_output=True, omit_header=True, include_lineno=False)
    header = HEADER.format(
        language=Locale.parse(catalogue.locale).english_name,
        locale=catalogue.locale,
        plural=catalogue.plural_forms,
    )
    return header.encode() + body.getvalue().rstrip() + b"\n"


# Commands ---------------------------------------------------------------------------------------


def update(root: Path) -> int:
    """Bring every catalogue up to date; tell what was dropped."""
    template = extract(root)
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        old = read(path, language)
        new = updated(template, old)
        for message in texts(old):
            if new.get(message.id, message.context) is None:
                print(f"{language}: dropped: {name(message)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(new))
        open_ = sum(not all(variants(message.string)) for message in texts(new))
        print(f"{language}: {len(texts(new))} texts, {open_} to translate")
    return 0


def check(root: Path) -> int:
    """Fail on any fault, naming language and text."""
    template = extract(root)
    found: list[str] = []
    for language in LANGUAGES:
        path = catalogue_path(root, language)
        if not path.exists():
            found.append(f"{language}: no catalogue")
            continue
        try:
            found += (f"{language}: {fault}" for fault in faults(template, read(path, language)))
        except PoFileError as error:
            found.append(f"{language}: unreadable: {error}")
    print(*found, sep="\n")
    print(f"{len(texts(template))} texts in {len(LANGUAGES)} languages, {len(found)} faults")
    return 1 if found else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command."""
    parser = argparse.ArgumentParser(prog="i18n", description=__doc__)
    parser.add_argument("command", choices=("check", "update"))
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent)
    chosen = parser.parse_args(arguments)
    return {"check": check, "update": update}[chosen.command](chosen.root)


if __name__ == "__main__":
    sys.exit(main())
