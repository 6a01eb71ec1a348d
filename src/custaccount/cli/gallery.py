"""The gallery: a page of mails that needs no server, no script and no connection."""

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template

from custaccount.kernel.i18n import Language
from custaccount.notifications.gallery import Proof

CLIPPED = 102_000
"""Bytes of HTML after which Gmail hides the rest of a mail."""
NAMES = {
    Language.DE: "Deutsch",
    Language.EN: "English",
    Language.FR: "Français",
    Language.NL: "Nederlands",
    Language.SV: "Svenska",
}

_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)")
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def write(folder: Path, proofs: Sequence[Proof]) -> Path:
    """Write the page and its mails into a folder; returns the page."""
    mails = folder / "mails"
    mails.mkdir(parents=True, exist_ok=True)
    for proof in proofs:
        html = proof.mail.html
        if html is not None:
            (mails / f"{_name(proof)}.light.html").write_text(light(html), encoding="utf-8")
            (mails / f"{_name(proof)}.dark.html").write_text(dark(html), encoding="utf-8")
        (mails / f"{_name(proof)}.txt").write_text(proof.mail.plain, encoding="utf-8")
    page = folder / "index.html"
    page.write_text(written(proofs), encoding="utf-8")
    return page


def light(html: str) -> str:
    """Make a mail look as on a light screen, whatever the reader's screen is."""
    return _LIGHT.sub(_ALWAYS, _DARK.sub(_NEVER, html))


def dark(html: str) -> str:
    """Make a mail look as on a dark screen, whatever the reader's screen is."""
    return _LIGHT.sub(_NEVER, _DARK.sub(_ALWAYS, html))


def written(proofs: Sequence[Proof]) -> str:
    """Write the page."""
    letters = [(name, tuple(some)) for name, some in groupby(proofs, lambda one: one.letter)]
    languages = [one for one in Language if any(proof.language is one for proof in proofs)]
    template = Template(Path(__file__).with_name("gallery.html").read_text(encoding="utf-8"))
    return template.substitute(
        count=f"{len(letters)} letters, {len(languages)} languages",
        contents="".join(
            f'<li><a href="#{escape(name)}">{escape(_title(some))}</a></li>'
            for name, some in letters
        ),
        choices="".join(_choice(language) for language in languages),
        rules="".join(_rule(language) for language in languages),
        letters="".join(_letter(name, some) for name, some in letters),
    )


def _letter(name: str, proofs: Sequence[Proof]) -> str:
    mails = "".join(map(_mail, proofs))
    return (
        f'<section id="{escape(name)}"><h2>{escape(_title(proofs))} '
        f"<code>{escape(name)}</code></h2>{mails}</section>\n"
    )


def _mail(proof: Proof) -> str:
    code = proof.language.value
    return (
        f'<article data-language="{code}"><header><abbr title="{NAMES[proof.language]}">{code}'
        f'</abbr><h3 lang="{code}">{escape(proof.mail.subject)}</h3>{_sizes(proof)}</header>'
        f'<div class="panes">{_panes(proof)}</div></article>\n'
    )


def _panes(proof: Proof) -> str:
    name, code = escape(_name(proof)), proof.language.value
    plain = (
        f'<figure><figcaption><a href="mails/{name}.txt">Plain text</a></figcaption>'
        f'<pre lang="{code}" tabindex="0">{escape(proof.mail.plain)}</pre></figure>'
    )
    if proof.mail.html is None:
        return plain
    shades = "".join(
        f'<figure><figcaption><a href="mails/{name}.{shade}.html">{title}</a></figcaption>'
        f'<iframe src="mails/{name}.{shade}.html" title="{escape(proof.mail.subject)}, {shade}" '
        f'class="{shade}" sandbox loading="lazy"></iframe></figure>'
        for shade, title in (("light", "Light"), ("dark", "Dark"))
    )
    return shades + plain


def _sizes(proof: Proof) -> str:
    sizes = [f"subject {len(proof.mail.subject)} characters"]
    if proof.mail.html is not None:
        size = len(proof.mail.html.encode())
        clipped = " – Gmail would cut it off" if size > CLIPPED else ""
        sizes.append(f"HTML {_kilobytes(size)}{clipped}")
    sizes.append(f"text {_kilobytes(len(proof.mail.plain.encode()))}")
    return f"<p>{' · '.join(sizes)}</p>"


def _kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"


def _choice(language: Language) -> str:
    code = language.value
    return (
        f'<input type="radio" name="language" id="only-{code}">'
        f'<label for="only-{code}">{NAMES[language]}</label>'
    )


def _rule(language: Language) -> str:
    code = language.value
    chosen = f"body:has(#only-{code}:checked)"
    return f'{chosen} article:not([data-language="{code}"]) {{ display: none; }}\n'


def _title(proofs: Sequence[Proof]) -> str:
    english = [proof for proof in proofs if proof.language is Language.EN]
    return (english or proofs)[0].mail.subject


def _name(proof: Proof) -> str:
    return f"{proof.letter}.{proof.language.value}"
