"""What the composition root is given, checked: what can't work or is not safe is refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from custaccount.credentials.passwords import Hashing
from custaccount.facilities.signing import KEY_SHORTEST
from custaccount.kernel.errors import Rule
from custaccount.kernel.features import Feature, problems_of
from custaccount.kernel.i18n import N_

KNOWN_KEYS = ("secret", "changeme", "change-me", "password", "example", "0123456789", "abcdefgh")
"""What keys copied from documentation begin with or repeat."""
DISTINCT_BYTES = 10
"""Fewer different bytes than this are no random key."""


def rules_of(
    *,
    storage: object,
    mailer: object,
    cart: object,
    secret_keys: object,
    base_url: str,
    hashing: Hashing,
    clock: object,
    features: Sequence[Feature],
    testing: bool,
) -> tuple[Rule, ...]:
    """Say what has to hold for a configuration, for ``refuse_unless``."""
    needed: Mapping[str, tuple[object, str]] = {
        "storage": (storage, "begin"),
        "mailer": (mailer, "send"),
        "cart": (cart, "add"),
    }
    keys = secret_keys if isinstance(secret_keys, Sequence) else ()
    one_key = isinstance(secret_keys, str | bytes)
    return (
        *(
            (name, callable(getattr(given, verb, None)), N_("This is missing."))
            for name, (given, verb) in needed.items()
        ),
        ("secret_keys", keys, N_("At least one secret key is needed.")),
        ("secret_keys", not one_key, N_("This is a list of keys, not one key.")),
        *(
            (f"secret_keys[{place}]", _is_strong(key), N_("Too short, too regular or well known."))
            for place, key in enumerate(() if one_key else keys)
        ),
        ("base_url", _is_safe(base_url), N_("https://host, or http on this machine only.")),
        (
            "hashing",
            testing or hashing.strong,
            N_("Weaker than OWASP's floor for argon2id; only tests may do that."),
        ),
        ("clock", _is_aware(clock), N_("The clock tells moments without a time zone.")),
        *problems_of(features),
    )


def _is_strong(key: object) -> bool:
    if not isinstance(key, str | bytes):
        return False
    raw = key.encode() if isinstance(key, str) else key
    known = any(word.encode() in raw.lower() for word in KNOWN_KEYS)
    return len(raw) >= KEY_SHORTEST and len(set(raw)) >= DISTINCT_BYTES and not known


def _is_safe(base_url: object) -> bool:
    if not isinstance(base_url, str):
        return False
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or parts.username or parts.path.strip("/"))
    if not host or not bare:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_aware(clock: object) -> bool:
    moment = clock() if callable(clock) else None
    return isinstance(moment, datetime) and moment.utcoffset() is not None
