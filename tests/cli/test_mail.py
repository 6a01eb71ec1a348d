"""``mail preview`` shows every mail, and nobody's."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from custaccount.accounts import LETTERS
from custaccount.adapters.jinja2 import Jinja2Renderer
from custaccount.cli.gallery import dark, light, written
from custaccount.facilities.letters import LetterText, Rendered
from custaccount.kernel.i18n import Language
from custaccount.notifications.gallery import Proof, proofs, unknown
from tests.cli.conftest import Built, Run
from tests.notifications.gallery import texts


class Frames(HTMLParser):
    """Collects what a page shows of others."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.bare: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note frames and scripts."""
        given = dict(attrs)
        if tag == "iframe":
            self.sources.append(given["src"] or "")
            if given.get("sandbox", "none") is not None:
                self.bare.append(given["src"] or "")
        self.scripts += tag == "script"


def test_every_letter_is_shown_in_every_language(run: Run, tmp_path: Path) -> None:
    """Light, dark and plain; each file is there, and nothing in the page can run."""
    out = tmp_path / "mails" / "all"

    result = run(None, "mail", "preview", "--out", str(out))

    assert result.exit_code == 0, result.output
    page = Frames()
    page.feed((out / "index.html").read_text(encoding="utf-8"))
    assert len(page.sources) == len(LETTERS) * len(Language) * 2
    assert all((out / source).is_file() for source in page.sources)
    assert (page.bare, page.scripts) == ([], 0)
    assert len(list((out / "mails").glob("*.txt"))) == len(LETTERS) * len(Language)


def test_no_letter_is_left_out() -> None:
    """What a feature can write is in the composition root's list, once."""
    assert {letter.id: letter for letter in LETTERS} == texts()
    assert len(LETTERS) == len(texts())


def test_every_fact_has_an_example() -> None:
    """A fact without one stands there by its name, and fails here."""
    assert [unknown(letter) for letter in LETTERS] == [{}] * len(LETTERS)
    planted = LetterText(
        id="a.b", subject="Your parcel", body=("%(carrier)s brings it, %(email)s",)
    )
    assert unknown(planted) == {"carrier": "[carrier]"}
    assert "[carrier] brings it" in next(proofs([planted], Jinja2Renderer())).mail.plain


def test_mails_look_as_the_host_writes_them(built: Built, run: Run, tmp_path: Path) -> None:
    """With its renderer; plain text where it has no other."""

    class Ours:
        def render(self, *_: object) -> Rendered:
            return Rendered(subject="<Ours>", plain="a & b", html="<p>ours</p>")

    assert run(built(renderer=Ours()), "mail", "preview", "--out", str(tmp_path)).exit_code == 0
    shown = (tmp_path / "mails" / "credentials.reset.sv.dark.html").read_text(encoding="utf-8")
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert shown == "<p>ours</p>"
    assert "&lt;Ours&gt;" in page
    assert "<Ours>" not in page
    assert "a &amp; b" in page

    plain = tmp_path / "plain"
    assert run(built(), "mail", "preview", "--out", str(plain)).exit_code == 0
    assert "<iframe" not in (plain / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("query", ["(prefers-color-scheme: dark)", "( prefers-color-scheme:dark )"])
def test_shades_are_fixed(query: str) -> None:
    """Whatever the reader's own screen is: one rule for each shade holds, and the other never."""
    mail = f"@media {query} {{ a }} @media screen and (prefers-color-scheme: light) {{ b }}"

    assert dark(mail) == "@media (min-width: 0) { a } @media screen and (max-width: 0) { b }"
    assert light(mail) == "@media (max-width: 0) { a } @media screen and (min-width: 0) { b }"


def test_a_mail_that_would_be_cut_off_is_marked() -> None:
    """From 102 kB on Gmail hides the rest."""

    def page(size: int) -> str:
        mail = Rendered(subject="Hello", plain="", html="x" * size)
        return written([Proof(letter="a.b", language=Language.EN, mail=mail)])

    assert "cut it off" in page(102_001)
    assert "cut it off" not in page(102_000)


def test_a_folder_that_cant_be_written_is_told(run: Run, tmp_path: Path) -> None:
    """In one line."""
    (tmp_path / "file").touch()

    result = run(None, "mail", "preview", "--out", str(tmp_path / "file" / "below"))

    assert result.exit_code == 1
    assert "can't be written to" in result.output
