"""Run every Python block of the documentation; a page is a script, its blocks share their names."""

from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser


def as_script(names: dict[str, object]) -> None:
    """Let a page begin as a script does."""
    names["__name__"] = "__main__"


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=as_script,
).pytest()
