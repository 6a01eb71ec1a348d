"""Every letter in every language, as it is sent; a reviewer reads the files beside this one."""

from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

pytest.importorskip("syrupy")

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from custaccount.adapters.jinja2 import Jinja2Renderer
from custaccount.facilities.letters import LetterText, Place
from custaccount.kernel.i18n import Language
from custaccount.notifications.plain import PlainRenderer
from tests.notifications.gallery import letter, texts, written

TEXTS = texts()


class PlainMail(SingleFileSnapshotExtension):
    """A file with a subject and a text."""

    file_extension = "txt"
    _file_extension = "txt"  # its name before syrupy 5
    _write_mode: ClassVar[WriteMode] = WriteMode.TEXT


class HtmlMail(PlainMail):
    """A file a browser shows."""

    file_extension = "html"
    _file_extension = "html"


def fitting(text: LetterText, place: Place) -> Place:
    """Take the link away from a letter that has no button."""
    return place if text.action else attrs.evolve(place, link=None)


@pytest.mark.parametrize("language", Language, ids=lambda one: one.value)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_letter_as_plain_text(
    text: LetterText, language: Language, place: Place, snapshot: SnapshotAssertion
) -> None:
    """Subject and text are what somebody has read and found good."""
    found = PlainRenderer().render(letter(text, language), fitting(text, place))

    assert f"{found.subject}\n\n{found.plain}" == snapshot(extension_class=PlainMail)


@pytest.mark.parametrize("language", Language, ids=lambda one: one.value)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_letter_as_html(
    text: LetterText, language: Language, place: Place, snapshot: SnapshotAssertion
) -> None:
    """The HTML is what somebody has looked at, light and dark; its text part is the plain mail."""
    there = fitting(text, place)

    found = Jinja2Renderer().render(letter(text, language), there)

    plain = PlainRenderer().render(letter(text, language), there)
    assert (found.subject, found.plain) == (plain.subject, plain.plain)
    assert found.html == snapshot(extension_class=HtmlMail)


def test_no_letter_is_missing() -> None:
    """A text of a letter stands in its feature's ``letters`` module, under a name of its own."""
    places = list(written())

    assert len(TEXTS) == len(places)
    assert {place.rpartition("/")[2] for place in places} == {"letters.py"}
    assert TEXTS


def test_a_letter_is_named_after_its_feature() -> None:
    """Templates and mail ids carry the name, so it is plain and says whose the letter is."""
    for name in TEXTS:
        feature, _, rest = name.partition(".")
        assert rest.replace("_", "").isalpha()
        assert feature.isalpha()
