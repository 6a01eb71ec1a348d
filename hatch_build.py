"""Compile the message catalogues into wheels and editable installs."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]
    """Turn each ``.po`` under ``locale`` into the ``.mo`` beside it."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:  # noqa: ARG002
        """Write what changed only, so that a running process keeps its catalogue."""
        locale = Path(self.root, "src", "custaccount", "locale")
        for po in sorted(locale.glob("*/LC_MESSAGES/*.po")):
            with po.open("rb") as source:
                catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
            # without a date of its own a catalogue gets the minute it was read
            catalogue.creation_date = catalogue.revision_date = NO_DATE
            compiled = BytesIO()
            write_mo(compiled, catalogue)
            mo = po.with_suffix(".mo")
            if not mo.exists() or mo.read_bytes() != compiled.getvalue():
                mo.write_bytes(compiled.getvalue())
