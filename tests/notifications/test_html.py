"""Letters as HTML: what is inert, what a host may replace, what is never fetched."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import attrs
import pytest
from jinja2 import UndefinedError

from custaccount.adapters.jinja2 import Jinja2Renderer
from custaccount.credentials.letters import CHANGED, RESET
from custaccount.facilities.letters import LetterText, Place
from custaccount.kernel.i18n import Language
from tests.notifications.gallery import letter

ONE_FACT = LetterText(id="test.one", subject="%(fact)s", body=("<%(fact)s>",), action="Go")


class Page(HTMLParser):
    """What a mail program sees: elements, their attributes, the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data

    def links(self) -> list[str | None]:
        """List where its links lead."""
        return [given.get("href") for tag, given in self.elements if tag == "a"]


def html_of(text: LetterText, place: Place, *, folder: Path | None = None, **facts: object) -> str:
    """Write a letter in Dutch."""
    found = Jinja2Renderer(folder).render(letter(text, Language.NL, **facts), place)
    assert found.html is not None
    return found.html


HOSTILE = (
    "{{7*7}}",
    "{{ words.link }}",
    "{% include 'letter.html' %}",
    "{x.__class__}",
    "<script>alert(1)</script>",
    "<img src=https://evil.example/pixel.png>",
    '"><a href="https://evil.example">',
    "%(link)s",
    "&lt;b&gt;",
    "</style><style>@import url(https://evil.example/x.css)</style>",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_is_only_a_name(hostile: str, place: Place) -> None:
    """Whatever the portal, a customer or a person is called, it is shown and does nothing."""
    inert = html_of(ONE_FACT, place, fact="Acme")
    named = attrs.evolve(place, portal_name=hostile)

    page = Page(html_of(ONE_FACT, named, fact=hostile))

    assert f"<{hostile}>" in page.text
    assert page.text.count(hostile) == 5  # title, head, heading, paragraph, regards
    assert page.elements == Page(inert).elements


def test_a_link_with_quotes_stays_in_its_attribute(place: Place) -> None:
    """Even a link can't leave its place."""
    link = 'https://shop.example/?token="><script>x</script>'

    page = Page(html_of(RESET, attrs.evolve(place, link=link)))

    assert page.links() == [link, link]
    assert "script" not in [tag for tag, _ in page.elements]


def test_button_and_text_lead_to_the_same_place(place: Place) -> None:
    """The link is a button, and readable text below for who does not see buttons."""
    page = Page(html_of(RESET, place))

    assert page.links() == [place.link, place.link]
    assert str(place.link) in page.text


def test_without_a_link_there_is_no_button(place: Place) -> None:
    """A letter that only tells something offers nothing to click."""
    assert Page(html_of(CHANGED, attrs.evolve(place, link=None))).links() == []


def test_a_letter_names_its_language(place: Place) -> None:
    """A screen reader reads it in the right one."""
    assert Page(html_of(RESET, place)).elements[0] == ("html", {"lang": "nl"})


def test_a_letter_fetches_nothing(place: Place) -> None:
    """No picture, font, style or script is loaded, so nobody learns when it was opened."""
    html = html_of(RESET, place)
    page = Page(html)

    loads = {"img", "link", "script", "iframe", "object", "embed", "video", "audio", "source"}
    assert loads.isdisjoint(tag for tag, _ in page.elements)
    assert {name for _, given in page.elements for name in given if name != "href"}.isdisjoint(
        {"src", "srcset", "background", "poster", "data"}
    )
    assert not re.search(r"url\(|@import|@font-face", html)


def test_a_letter_is_styled_in_place_and_dark_where_wanted(place: Place) -> None:
    """Styles stand in the elements, for programs that drop the rest; the dark ones stay a rule."""
    html = html_of(RESET, place)

    assert "prefers-color-scheme: dark" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert re.search(r'<p style="[^"]+">', html)
    assert html.count("<style") == 1


def test_layout_tables_are_not_read_as_tables(place: Place) -> None:
    """A screen reader does not announce rows and columns."""
    tables = [given for tag, given in Page(html_of(RESET, place)).elements if tag == "table"]

    assert tables
    assert {given.get("role") for given in tables} == {"presentation"}


# A host's own templates -------------------------------------------------------------------------


def test_the_hosts_layout_wins(tmp_path: Path, place: Place) -> None:
    """A ``letter.html`` in the host's folder replaces ours, for every letter."""
    (tmp_path / "letter.html").write_text("<p>Own: {{ words.subject }}", encoding="utf-8")

    html = html_of(ONE_FACT, place, folder=tmp_path, fact="<b>")

    assert Page(html).text == "Own: <b>"


def test_a_host_can_change_one_block(tmp_path: Path, place: Place) -> None:
    """A host's layout may extend ours, of the same name, and say only what differs."""
    (tmp_path / "letter.html").write_text(
        '{% extends "custaccount/letter.html" %}{% block head %}Own head{% endblock %}',
        encoding="utf-8",
    )

    page = Page(html_of(RESET, place, folder=tmp_path))

    assert "Own head" in page.text
    assert page.links() == [place.link, place.link]


def test_a_host_can_change_one_letter(tmp_path: Path, place: Place) -> None:
    """A template named after a letter is for that letter only."""
    (tmp_path / "credentials.reset.html").write_text("Only this one", encoding="utf-8")

    assert "Only this one" in html_of(RESET, place, folder=tmp_path)
    assert "Only this one" not in html_of(CHANGED, place, folder=tmp_path)


def test_a_slip_in_a_hosts_template_is_an_error(tmp_path: Path, place: Place) -> None:
    """A name that does not exist does not become a blank in somebody's mail."""
    (tmp_path / "letter.html").write_text("{{ words.subjekt }}", encoding="utf-8")

    with pytest.raises(UndefinedError):
        html_of(RESET, place, folder=tmp_path)


@pytest.mark.parametrize("missing", ["jinja2", "css_inline"])
def test_a_missing_extra_names_the_command(missing: str) -> None:
    """Who lacks the extra is told what to type."""
    code = f"import sys; sys.modules[{missing!r}] = None; import custaccount.adapters.jinja2"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "ImportError: HTML mails need jinja2 and css-inline" in done.stderr
    assert 'pip install "custaccount[pages]"' in done.stderr
