"""Realms and portals: where customers come in, and what holds there."""

import re
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.errors import NotFound, refuse_unless
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.money import Currency
from custaccount.kernel.text import is_name

RETURN_PATH_LONGEST = 1000
DEEPEST = 4
"""Steps a portal's path has at most."""
PASSWORD_FLOOR = 8
PASSWORD_CEILING = 64
SESSION_CEILING = timedelta(days=30)
"""No portal's sessions live longer."""

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_PATH = re.compile(rf"(?:/[a-z0-9](?:[a-z0-9-]{{0,62}}[a-z0-9])?){{1,{DEEPEST}}}")
_STEP = re.compile(r"[a-z0-9-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
_HIDDEN = re.compile(r"%(?:2[5ef]|5c|[01][0-9a-f]|7f|(?![0-9a-f]{2}))")
"""A slash, dot, backslash, percent or control character in disguise, or half an escape."""
_RETURN_PATH = re.compile(r"/[A-Za-z0-9._~%=&?+:@,;/-]*")


class AddressKind(Enum):
    """The three ways a portal is found."""

    PATH = "path"
    NUMBER = "number"
    HOST = "host"


class PortalNotFound(NotFound):
    """No such portal, or one that is switched off: the two look alike."""

    code = "portals.not_found"
    template = N_("There is no customer area at this address.")


@attrs.frozen(kw_only=True)
class Realm:
    """One seller's tenant: one customer register, one set of users, one ERP."""

    id: RealmId
    name: str
    version: int = 0


@attrs.frozen(kw_only=True)
class Policies:
    """What a portal decides; every value is checked when the portal is made."""

    password_shortest: int = 12
    """Code points; 8 to 64 (NIST SP 800-63B)."""
    activation_lifetime: timedelta = timedelta(hours=48)
    reset_lifetime: timedelta = timedelta(hours=1)
    session_idle: timedelta = timedelta(minutes=60)
    session_longest: timedelta = timedelta(hours=12)


@attrs.frozen(kw_only=True)
class Portal:
    """A customer area of a realm."""

    id: PortalId
    realm: RealmId
    key: str
    """Names it within its realm, in lower case."""
    name: str
    languages: tuple[Language, ...]
    """What it offers; the first one is the default."""
    currency: Currency
    time_zone: str = "UTC"
    """An IANA name."""
    path: str | None = None
    number: str | None = None
    """Digits kept as text: leading zeros count."""
    host: str | None = None
    policies: Policies = attrs.field(factory=Policies)
    open: bool = False
    version: int = 0

    def language(self, wanted: Language | None) -> Language:
        """Choose the wanted language if the portal offers it, else its default."""
        return wanted if wanted in self.languages else self.languages[0]

    def opened(self) -> "Portal":
        """Switch it on."""
        return attrs.evolve(self, open=True)

    def closed(self) -> "Portal":
        """Switch it off."""
        return attrs.evolve(self, open=False)

    @property
    def addresses(self) -> tuple[tuple[AddressKind, str], ...]:
        """Every way it can be found."""
        named = (
            (AddressKind.PATH, self.path),
            (AddressKind.NUMBER, self.number),
            (AddressKind.HOST, self.host),
        )
        return tuple((kind, text) for kind, text in named if text is not None)


@attrs.frozen(kw_only=True)
class Entrance:
    """A portal, and the part of a path it was found by; what follows is a page in it."""

    portal: Portal
    prefix: str
    language: Language | None = None
    """What the address itself names."""


AUDITED = ("open",)
"""What may change of a portal; the audit trail tells it, before and after."""


@attrs.frozen(kw_only=True)
class RealmFounded(Event):
    """A realm exists from now on."""

    name: ClassVar[str] = "portals.realm_founded"


@attrs.frozen(kw_only=True)
class PortalCreated(Event):
    """A portal was made; it is still off."""

    name: ClassVar[str] = "portals.created"
    portal: PortalId
    key: str


@attrs.frozen(kw_only=True)
class PortalOpened(Event):
    """A portal was switched on."""

    name: ClassVar[str] = "portals.opened"
    portal: PortalId


@attrs.frozen(kw_only=True)
class PortalClosed(Event):
    """A portal was switched off."""

    name: ClassVar[str] = "portals.closed"
    portal: PortalId


def checked(portal: Portal) -> Portal:
    """Return the portal if everything about it holds.

    Raises:
        InvalidFields: with every field that does not.
    """
    rules = (
        ("key", _KEY.fullmatch(portal.key), N_("Lower-case letters, digits and hyphens only.")),
        (
            "name",
            is_name(portal.name),
            N_("Between 1 and 100 printable characters."),
        ),
        (
            "languages",
            portal.languages and len(set(portal.languages)) == len(portal.languages),
            N_("At least one language, each only once."),
        ),
        ("currency", _CURRENCY.fullmatch(portal.currency), N_("Three capital letters.")),
        ("time_zone", _is_time_zone(portal.time_zone), N_("This time zone is not known.")),
        (
            "path",
            portal.path is None or _PATH.fullmatch(portal.path),
            N_("A path like /customer-center: lower-case letters, digits and hyphens."),
        ),
        (
            "path",
            portal.path is None or not _looks_taken(portal.path),
            N_("Its first step looks like a language or a portal's number."),
        ),
        ("number", portal.number is None or _NUMBER.fullmatch(portal.number), N_("Digits only.")),
        (
            "host",
            portal.host is None or _HOST.fullmatch(portal.host),
            N_("A host name in lower case, without scheme and port."),
        ),
        ("path", portal.addresses, N_("A path, a number or a host is needed to find the portal.")),
        (
            "policies.password_shortest",
            PASSWORD_FLOOR <= portal.policies.password_shortest <= PASSWORD_CEILING,
            N_("Between 8 and 64."),
        ),
        *(
            (f"policies.{name}", timedelta(0) < value <= longest, N_("Too short or too long."))
            for name, value, longest in (
                ("activation_lifetime", portal.policies.activation_lifetime, timedelta(hours=72)),
                ("reset_lifetime", portal.policies.reset_lifetime, timedelta(hours=24)),
                ("session_idle", portal.policies.session_idle, portal.policies.session_longest),
                ("session_longest", portal.policies.session_longest, SESSION_CEILING),
            )
        ),
    )
    refuse_unless(rules, code="portals.invalid")
    return portal


def checked_realm(realm: Realm) -> Realm:
    """Return the realm if its name holds.

    Raises:
        InvalidFields: it does not.
    """
    name = ("name", is_name(realm.name), N_("Between 1 and 100 printable characters."))
    refuse_unless([name], code="portals.invalid")
    return realm


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


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - 5 ms

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name, or a folder
        return False
    return True


def paths_above(path: str) -> tuple[str, ...]:
    """List the paths a path lies below, the nearest first: ``/a/b/c`` has ``/a/b`` and ``/a``."""
    steps = path.split("/")
    return tuple("/".join(steps[:end]) for end in range(len(steps) - 1, 1, -1))


def _looks_taken(path: str) -> bool:
    """Tell whether a path begins like the address of a portal found by host or by number."""
    first = path.split("/")[1:2]
    languages = {language.value for language in Language}
    return any(step in languages or _NUMBER.fullmatch(step) for step in first)
