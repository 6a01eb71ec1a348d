"""What has to hold for a portal and its policies: each bound, and what contradicts itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from custaccount.facilities.fields import rules_of
from custaccount.facilities.numbers import ReadNumbers
from custaccount.kernel.errors import Rule, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import is_name
from custaccount.portals.addresses import is_host, is_number, is_path, looks_taken
from custaccount.portals.model import (
    NAMED_BY,
    SESSION_CEILING,
    AccountKind,
    ActivationMode,
    Policies,
    Portal,
    Realm,
    RegistrationMode,
)
from custaccount.portals.statuses import rules_of as rules_of_switches

PASSWORD_FLOOR = 8
PASSWORD_CEILING = 64
TOLD_MOST = 10
"""So many of the seller's addresses may be told that something waits."""
LIFETIMES: Mapping[str, tuple[timedelta, timedelta]] = {
    "activation_lifetime": (timedelta(minutes=5), timedelta(hours=72)),
    "invitation_lifetime": (timedelta(hours=1), timedelta(days=30)),
    "staff_password_lifetime": (timedelta(minutes=5), timedelta(days=30)),
    "reset_lifetime": (timedelta(minutes=5), timedelta(hours=24)),
    "mail_change_lifetime": (timedelta(minutes=5), timedelta(hours=24)),
    "mail_undo_lifetime": (timedelta(hours=24), timedelta(days=30)),
    "fresh_sign_in": (timedelta(minutes=1), timedelta(hours=1)),
    "session_idle": (timedelta(minutes=1), SESSION_CEILING),
    "session_longest": (timedelta(minutes=1), SESSION_CEILING),
}
"""The shortest and the longest a portal may choose, by policy."""

_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def checked(portal: Portal, *, also: Iterable[Rule] = ()) -> Portal:
    """Return the portal if everything about it holds, and what else is asked of it.

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
            portal.path is None or is_path(portal.path),
            N_("A path like /customer-center: lower-case letters, digits and hyphens."),
        ),
        (
            "path",
            portal.path is None or not looks_taken(portal.path),
            N_("Its first step looks like a language or a portal's number."),
        ),
        ("number", portal.number is None or is_number(portal.number), N_("Digits only.")),
        (
            "host",
            portal.host is None or is_host(portal.host),
            N_("A host name in lower case, without scheme and port."),
        ),
        ("path", portal.addresses, N_("A path, a number or a host is needed to find the portal.")),
        *((f"policies.{field}", holds, text) for field, holds, text in _rules_of(portal)),
        *also,
    )
    refuse_unless(rules, code="portals.invalid")
    return portal


def kept_by(before: Portal, after: Portal) -> Iterator[Rule]:
    """Say what a change has to leave, so that nobody is locked out and nothing open ends."""
    was, now = before.policies, after.policies
    yield (
        "policies.number_range",
        was.number_range is None or now.number_range is not None,
        N_("Registrations that are open still need a number from a range."),
    )


def range_exists(portal: Portal, numbers: ReadNumbers) -> Rule:
    """Say that the range the portal names is one of its realm's."""
    key = portal.policies.number_range
    known = (
        key is None
        or not _KEY.fullmatch(key)  # told of already
        or numbers.find(RealmScope(portal.realm), key) is not None
    )
    return "policies.number_range", known, N_("This number range is not known.")


def _rules_of(portal: Portal) -> Iterator[Rule]:
    policies = portal.policies
    yield (
        "password_shortest",
        PASSWORD_FLOOR <= policies.password_shortest <= PASSWORD_CEILING,
        N_("Between 8 and 64."),
    )
    for name, (shortest, longest) in LIFETIMES.items():
        value = getattr(policies, name)
        yield name, shortest <= value <= longest, N_("Too short or too long.")
    yield (
        "session_idle",
        policies.session_idle <= policies.session_longest,
        N_("No longer than the longest session."),
    )
    kinds = policies.account_kinds
    yield (
        "account_kinds",
        kinds and len(set(kinds)) == len(kinds),
        N_("At least one kind of account, each only once."),
    )
    yield (
        "number_range",
        policies.number_range is None or _KEY.fullmatch(policies.number_range),
        N_("Lower-case letters, digits and hyphens only."),
    )
    told = policies.tell_staff
    yield (
        "tell_staff",
        len(told) <= TOLD_MOST and len(set(told)) == len(told),
        N_("At most 10 addresses, each only once."),
    )
    yield from rules_of(policies.fields, portal.languages, prefix="fields")
    yield from rules_of_switches(policies.switches)
    yield from _contradictions(policies)


def _contradictions(policies: Policies) -> Iterator[Rule]:
    """Say which policies need each other, and which cannot be had together."""
    invited = policies.registration is RegistrationMode.INVITATION
    handed = policies.activation is ActivationMode.STAFF_PASSWORD
    yield (
        "activation",
        not (handed and policies.registration is RegistrationMode.OPEN),
        N_("Nobody is there to hand a password over where anybody may register."),
    )
    yield (
        "number_range",
        invited or policies.number_range is not None,
        N_("Who registers needs a number; name the range it comes from."),
    )
    yield (
        "link_existing",
        not policies.link_existing or not (invited or handed),
        N_("Only who registers and proves a mail address can be linked."),
    )
    yield (
        "ask_second_proof",
        not policies.ask_second_proof or policies.link_existing,
        N_("It is asked before linking, and nothing is linked."),
    )
    for kind, key in NAMED_BY.items():
        named = policies.asked_of(kind).find(key)
        yield (
            f"fields.{key}",
            kind not in policies.account_kinds or (named is not None and named.required),
            N_("The register names the account by it: it has to be required."),
        )
    company = policies.asked_of(AccountKind.PERSONAL).find("company")
    yield (
        "fields.company",
        AccountKind.PERSONAL not in policies.account_kinds or not (company and company.required),
        N_("A person who buys for himself has no company."),
    )


def checked_realm(realm: Realm) -> Realm:
    """Return the realm if its name holds.

    Raises:
        InvalidFields: it does not.
    """
    name = ("name", is_name(realm.name), N_("Between 1 and 100 printable characters."))
    refuse_unless([name], code="portals.invalid")
    return realm


def _is_time_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - 5 ms

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, no name, or a folder
        return False
    return True
