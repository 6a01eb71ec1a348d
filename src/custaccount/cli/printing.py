"""Tables on a terminal, in a file or in a log; colours only on a terminal that wants them."""

from collections.abc import Sequence

try:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
except ImportError as missing:
    MESSAGE = 'Tables need rich: pip install "custaccount[cli]"'
    raise ImportError(MESSAGE) from missing

NARROWEST = 100
"""Columns where nobody says how wide the paper is."""


def console(*, error: bool = False) -> Console:
    """Open standard output or error as it is now."""
    found = Console(stderr=error, highlight=False, emoji=False, markup=False)
    if not found.is_terminal:
        found.width = max(found.width, NARROWEST)
    return found


def table(
    titles: Sequence[str], rows: Sequence[Sequence[str | Text]], *, error: bool = False
) -> None:
    """Print rows under titles; long cells fold."""
    shown = Table(*titles, box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for row in rows:
        shown.add_row(*row)
    console(error=error).print(shown)


def marks() -> tuple[str, str, str, str]:
    """Return the marks for fine, to consider, wrong and unknown, as standard output has them."""
    signs = ("✓", "!", "✗", "–")
    try:
        "".join(signs).encode(console().encoding)
    except (LookupError, UnicodeEncodeError):
        return ("ok", "!", "x", "-")
    return signs
