"""The gate for translations: it lets a whole set of catalogues pass, and each fault fails it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("babel")
ROOT = Path(__file__).parents[2]

ERRORS = """\
from custaccount.kernel.i18n import N_

GREETING = N_("Dear %(name)s, you have %(count)s orders.")
PLAIN = N_("Sign in")
"""
PAGE = """\
<h1>{{ _("Your orders") }}</h1>
<p>{% trans count=rows|length %}{{ count }} order{% pluralize %}{{ count }} orders{% endtrans %}</p>
"""


@pytest.fixture(scope="module")
def gate() -> ModuleType:
    """Load the tool as a module."""
    spec = importlib.util.spec_from_file_location("i18n_gate", ROOT / "tools" / "i18n.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(tmp_path: Path, gate: ModuleType) -> Path:
    """Build a house of two files, translated as a whole."""
    source = tmp_path / "src" / "custaccount" / "errors.py"
    page = tmp_path / "examples" / "pages" / "orders.html"
    for file, text in ((source, ERRORS), (page, PAGE)):
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")

    assert gate.main(["update", "--root", str(tmp_path)]) == 0
    for language in gate.LANGUAGES:
        replace(gate, tmp_path, language, r'^msgid "(.+)"\nmsgstr ""', r'msgid "\1"\nmsgstr "\1"')
        replace(
            gate,
            tmp_path,
            language,
            r'msgstr\[0\] ""\nmsgstr\[1\] ""',
            r'msgstr[0] "%(count)s order"\nmsgstr[1] "%(count)s orders"',
        )
    return tmp_path


def replace(gate: ModuleType, house: Path, language: str, pattern: str, by: str) -> None:
    """Change a catalogue's text by a pattern."""
    path: Path = gate.catalogue_path(house, language)
    path.write_text(
        re.sub(pattern, by, path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8"
    )


def test_whole_catalogues_pass(
    gate: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every text translated five times with its own placeholders has no fault."""
    capsys.readouterr()

    assert gate.main(["check", "--root", str(house)]) == 0

    assert "4 texts in 5 languages, 0 faults" in capsys.readouterr().out


FAULTS = {
    "untranslated": (
        r'msgid "Sign in"\nmsgstr ".+"',
        r'msgid "Sign in"\nmsgstr ""',
        "sv: untranslated: 'Sign in'",
    ),
    "missing": (
        r'#: .+\nmsgid "Sign in"\nmsgstr ".+"\n',
        "",
        "sv: missing: 'Sign in'",
    ),
    "stale": (
        r"\Z",
        '\nmsgid "Sign out"\nmsgstr "Logga ut"\n',
        "sv: stale: 'Sign out'",
    ),
    "obsolete": (
        r"\Z",
        '\n#~ msgid "Sign out"\n#~ msgstr "Logga ut"\n',
        "sv: stale: 'Sign out'",
    ),
    "fuzzy": (
        r'msgid "Sign in"',
        '#, fuzzy\nmsgid "Sign in"',
        "sv: fuzzy: 'Sign in'",
    ),
    "placeholder dropped": (
        r'msgstr "Dear %\(name\)s, ',
        'msgstr "',
        "sv: placeholders: 'Dear %(name)s, you have %(count)s orders.'",
    ),
    "placeholder renamed": (
        r'msgstr "Dear %\(name\)s, ',
        'msgstr "%(namn)s, ',
        "sv: placeholders: 'Dear %(name)s, you have %(count)s orders.'",
    ),
    "placeholder broken": (
        r'msgstr "Dear %\(name\)s, ',
        'msgstr "%(name), ',
        "sv: placeholders: 'Dear %(name)s, you have %(count)s orders.'",
    ),
    "stray percent": (
        r'msgid "Sign in"\nmsgstr ".+"',
        r'msgid "Sign in"\nmsgstr "100 % in"',
        "sv: placeholders: 'Sign in'",
    ),
    "plural form empty": (
        r'msgstr\[1\] ".+"',
        'msgstr[1] ""',
        "sv: plural forms: '%(count)s order'",
    ),
    "plural placeholder": (
        r'msgstr\[1\] ".+"',
        'msgstr[1] "ordrar"',
        "sv: placeholders: '%(count)s order'",
    ),
}


@pytest.mark.parametrize(("pattern", "by", "said"), FAULTS.values(), ids=list(FAULTS))
def test_a_fault_in_a_catalogue_is_named(
    gate: ModuleType,
    house: Path,
    capsys: pytest.CaptureFixture[str],
    pattern: str,
    by: str,
    said: str,
) -> None:
    """One fault in one language fails the gate, which names the language and the text."""
    replace(gate, house, "sv", pattern, by)
    capsys.readouterr()

    assert gate.main(["check", "--root", str(house)]) == 1

    out = capsys.readouterr().out
    assert said in out
    assert ", 1 faults" in out


def test_a_new_text_is_missing_everywhere(
    gate: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text added to a page is missed in all five languages until it is translated."""
    page = house / "examples" / "pages" / "orders.html"
    page.write_text(PAGE + '<a>{{ _("50 more") }}</a>\n', encoding="utf-8")
    capsys.readouterr()

    assert gate.main(["check", "--root", str(house)]) == 1

    out = capsys.readouterr().out
    assert [f"{code}: missing: '50 more'" in out for code in gate.LANGUAGES] == [True] * 5


def test_a_language_without_a_catalogue_is_named(
    gate: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A language whose file is gone fails the gate."""
    gate.catalogue_path(house, "nl").unlink()

    assert gate.main(["check", "--root", str(house)]) == 1

    assert "nl: no catalogue" in capsys.readouterr().out


def test_an_update_keeps_translations_and_churns_nothing(gate: ModuleType, house: Path) -> None:
    """Updating twice gives the same bytes; a line moved in a source changes nothing."""
    gate.main(["update", "--root", str(house)])
    before = [gate.catalogue_path(house, code).read_bytes() for code in gate.LANGUAGES]

    source = house / "src" / "custaccount" / "errors.py"
    source.write_text("# moved\n\n" + ERRORS, encoding="utf-8")
    gate.main(["update", "--root", str(house)])

    assert [gate.catalogue_path(house, code).read_bytes() for code in gate.LANGUAGES] == before
    assert gate.main(["check", "--root", str(house)]) == 0


def test_an_update_guesses_nothing(
    gate: ModuleType, house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reworded text comes back untranslated, not fuzzy; English, the source, fills itself."""
    source = house / "src" / "custaccount" / "errors.py"
    source.write_text(ERRORS.replace('"Sign in"', '"Sign in here"'), encoding="utf-8")

    gate.main(["update", "--root", str(house)])
    capsys.readouterr()
    gate.main(["check", "--root", str(house)])

    out = capsys.readouterr().out.splitlines()
    assert out[:-1] == [
        f"{code}: untranslated: 'Sign in here'" for code in ("de", "fr", "nl", "sv")
    ]


def test_the_tool_runs_as_a_script() -> None:
    """The nox session calls it by its path."""
    import subprocess

    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "i18n.py"), "--help"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert "update" in done.stdout
