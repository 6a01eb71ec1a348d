"""How a portal is found by an address, and which paths lead into it."""

import re
from collections.abc import Iterator

from custaccount.kernel.i18n import Language
from custaccount.portals.model import AddressKind

RETURN_PATH_LONGEST = 1000
DEEPEST = 4
"""Steps a portal's path has at most."""

_PATH = re.compile(rf"(?:/[a-z0-9](?:[a-z0-9-]{{0,62}}[a-z0-9])?){{1,{DEEPEST}}}")
_STEP = re.compile(r"[a-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_HIDDEN = re.compile(r"%(?:2[5ef]|5c|[01][0-9a-f]|7f|(?![0-9a-f]{2}))")
"""A slash, dot, backslash, percent or control character in disguise, or half an escape."""
_RETURN_PATH = re.compile(r"/[A-Za-z0-9._~%=&?+:@,;/-]*")


def is_path(path: str) -> bool:
    """Tell whether a path is one like ``/customer-center``, of at most four steps."""
    return _PATH.fullmatch(path) is not None


def is_number(number: str) -> bool:
    """Tell whether a text is a portal's number: digits alone."""
    return _NUMBER.fullmatch(number) is not None


def is_host(host: str) -> bool:
    """Tell whether a text is a host's name in lower case, without scheme and port."""
    return _HOST.fullmatch(host) is not None


def return_path(raw: object, *, within: str) -> str | None:
    """Read where a visitor wanted to go before sign-in; None unless it is a path inside the portal.

    Only a strict path grammar passes: no scheme, host, backslash, blank, control character or
    ``..``; everything a browser might read as another site is refused.
    """
    if not isinstance(raw, str) or len(raw) > RETURN_PATH_LONGEST:
        return None
    path = raw.partition("?")[0]
    inside = path == within or path.startswith(within.rstrip("/") + "/")
    hidden = _HIDDEN.search(path.lower())
    astray = ".." in path.split("/") or "//" in raw
    if not inside or hidden or astray or not _RETURN_PATH.fullmatch(raw):
        return None
    return raw


def ways_in(host: str, path: str) -> Iterator[tuple[AddressKind, str, str, Language | None]]:
    """List what a path might begin with: kind, address, the part of the path, and the language.

    The longest path first, for one portal may lie below another; no more than six.
    """
    steps = []
    for step in path.split("/")[1 : DEEPEST + 1]:
        if not _STEP.fullmatch(step):
            break
        steps.append(step)
    for depth in range(len(steps), 0, -1):
        prefix = "/" + "/".join(steps[:depth])
        yield AddressKind.PATH, prefix, prefix, None
    if steps and _NUMBER.fullmatch(steps[0]):
        yield AddressKind.NUMBER, steps[0], f"/{steps[0]}", None
    if (named := locate(host, path)) is not None:
        name, language = named
        prefix = f"/{language.value}/account"
        if _HOST.fullmatch(name) and f"{path}/".startswith(f"{prefix}/"):
            yield AddressKind.HOST, name, prefix, language


def locate(host: str, path: str) -> tuple[str, Language] | None:
    """Read host plus ``/<language>/account``; None if it is no such address."""
    parts = path.strip("/").split("/")
    if len(parts) < 2 or parts[1] != "account":  # noqa: PLR2004 - language and "account"
        return None
    named = [language for language in Language if language.value == parts[0]]
    name = host.lower().rstrip(".").rpartition(":")[0] or host.lower().rstrip(".")
    return (name, named[0]) if named else None


def paths_above(path: str) -> tuple[str, ...]:
    """List the paths a path lies below, the nearest first: ``/a/b/c`` has ``/a/b`` and ``/a``."""
    steps = path.split("/")
    return tuple("/".join(steps[:end]) for end in range(len(steps) - 1, 1, -1))


def looks_taken(path: str) -> bool:
    """Tell whether a path begins like the address of a portal found by host or by number."""
    first = path.split("/")[1:2]
    languages = {language.value for language in Language}
    return any(step in languages or _NUMBER.fullmatch(step) for step in first)
