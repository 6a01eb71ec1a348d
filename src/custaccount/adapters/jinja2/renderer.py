"""Letters as HTML and plain text, of templates a host can replace."""

from os import PathLike

import attrs

from custaccount.facilities.letters import Letter, Place, Rendered
from custaccount.kernel.i18n import N_, Text
from custaccount.notifications.plain import as_text, worded

try:
    from css_inline import CSSInliner
    from jinja2 import (
        ChoiceLoader,
        Environment,
        FileSystemLoader,
        PackageLoader,
        PrefixLoader,
        StrictUndefined,
    )
except ImportError as missing:
    MESSAGE = 'HTML mails need jinja2 and css-inline: pip install "custaccount[pages]"'
    raise ImportError(MESSAGE) from missing

NO_BUTTON = N_("If the button does not work, open this address:")


@attrs.frozen
class Jinja2Renderer:
    """Writes letters as HTML beside the plain text; nothing in them is fetched from anywhere.

    A letter is made of ``<its id>.html`` if there is such a template, else of ``letter.html``;
    those of the folder win. They may extend ``custaccount/letter.html`` and get ``words``,
    ``language`` and ``no_button``. Facts are values, never part of a template.
    """

    folder: str | PathLike[str] | None = None
    """Where a host keeps templates of its own."""
    _environment: Environment = attrs.field(init=False, repr=False, eq=False)
    _inliner: CSSInliner = attrs.field(init=False, repr=False, eq=False)

    @_environment.default
    def _make_environment(self) -> Environment:
        ours = PackageLoader("custaccount.adapters.jinja2")
        theirs = [] if self.folder is None else [FileSystemLoader(self.folder)]
        return Environment(
            loader=ChoiceLoader([*theirs, ours, PrefixLoader({"custaccount": ours})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @_inliner.default
    def _make_inliner(self) -> CSSInliner:
        return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

    def render(self, letter: Letter, place: Place) -> Rendered:
        """See ``Renderer``."""
        words = worded(letter, place)
        template = self._environment.select_template([f"{letter.text.id}.html", "letter.html"])
        html = template.render(
            words=words,
            language=letter.language.value,
            no_button=Text(NO_BUTTON).in_(letter.language),
        )
        return Rendered(
            subject=words.subject, plain=as_text(words), html=self._inliner.inline(html)
        )
