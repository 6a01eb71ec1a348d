"""The pages every example host shows: one Jinja2 set and one stylesheet, of no web framework.

A host renders a template with what ``words`` gives and these names:

============== ===================================================================================
``url``        ``url(name, **values)``: the address of a page, ``"static"`` with ``file=``
``portal``     the ``Portal``, or None outside of any
``standing``   whom the visitor acts for, or None; decides what the head of a page offers
``companies``  the companies to choose from, each with the page to ``next`` go on to in it
``opens``      ``opens(name)``: whether a page opens for who acts; nothing else is offered
``signed_in``  whether somebody is
``csrf_field`` the name of a field every form carries
``csrf_token`` what is in it
``theme``      ``"light"``, ``"dark"`` or ``"auto"``
``here``       the path of this page, to come back to after a switch of language or theme
``staff_url``  the way to the staff's sign-in, or None
``inbox_url``  the way to the development inbox, or None
============== ===================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import i18n
from phonenumbers import PhoneNumberFormat, format_number, parse

from custaccount.facilities.formats import countries
from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.i18n import Language, catalogue
from custaccount.kernel.money import Money
from custaccount.membership import Role
from custaccount.membership.words import DEPTHS, PERMISSIONS

FOLDER = Path(__file__).parent
TEMPLATES = FOLDER / "templates"
STATIC = FOLDER / "static"
UNDEFINED = StrictUndefined
"""A name nobody gives is a mistake, not a blank."""


def environment(**options: object) -> Environment:
    """Make the environment the pages are rendered in; Django calls this with its own options."""
    settings: dict[str, object] = {
        "loader": FileSystemLoader(TEMPLATES),
        "autoescape": True,
        "undefined": UNDEFINED,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    made = Environment(**(settings | options), extensions=[i18n])  # type: ignore[arg-type] # noqa: S701 - autoescape is on, above
    made.policies["ext.i18n.trimmed"] = True  # as the extractor reads them
    return made


def words(language: Language, time_zone: str = "UTC") -> Mapping[str, object]:
    """Give what the pages need to speak a language, for ``render``."""
    locale = Locale.parse(language.value)
    zone = ZoneInfo(time_zone)
    texts = catalogue(language)

    def money(value: Money | None) -> str:
        if value is None:
            return "–"
        return format_currency(
            value.amount, value.currency, locale=locale, decimal_quantization=False
        )

    def number(value: Decimal | int) -> str:
        return format_decimal(value, locale=locale)

    def date(value: datetime) -> str:
        return format_date(value.astimezone(zone).date(), format="medium", locale=locale)

    def span(value: timedelta) -> str:
        return format_timedelta(value, locale=locale)

    def country_name(code: str | None) -> str | None:
        return locale.territories.get(code, code) if code else None

    def phone(value: str) -> str:
        if not value:
            return ""
        return format_number(parse(value), PhoneNumberFormat.INTERNATIONAL)

    def moment(value: datetime) -> str:
        return format_datetime(value, format="medium", tzinfo=zone, locale=locale)

    return {
        **of_roles(language),
        "gettext": texts.gettext,
        "ngettext": texts.ngettext,
        "language": language,
        "money": money,
        "number": number,
        "date": date,
        "moment": moment,
        "span": span,
        "phone": phone,
        "countries": partial(countries_in, language),
        "country_name": country_name,
        "text_of": text_in(language),
        "language_name": language_name,
    }


def of_roles(language: Language) -> Mapping[str, object]:
    """Give what names roles and what they allow; a company's own are called as it calls them."""
    texts = catalogue(language)

    def role_name(role: Role) -> str:
        return texts.gettext(role.name) if role.shipped else role.name

    def permission_name(permission: Permission) -> str:
        return texts.gettext(PERMISSIONS[permission])

    def depth_name(depth: Depth) -> str:
        return texts.gettext(DEPTHS[depth])

    return {
        "role_name": role_name,
        "permission_name": permission_name,
        "depth_name": depth_name,
    }


@cache
def countries_in(language: Language) -> Sequence[tuple[str, str]]:
    """List the countries by code and name, sorted by name."""
    named = Locale.parse(language.value).territories
    rows = [(code, named.get(code, code)) for code in countries()]
    return sorted(rows, key=lambda row: normalize("NFKD", row[1]).casefold())


def text_in(language: Language) -> Callable[[object], str]:
    """Make the function that writes errors and their problems in a language."""

    def text_of(said: object) -> str:
        text = getattr(said, "text", said)
        write = getattr(text, "in_", None)
        return str(write(language)) if write else str(text)

    return text_of


def language_name(language: Language) -> str:
    """Name a language in itself."""
    name = Locale.parse(language.value).get_display_name() or language.value
    return name[:1].upper() + name[1:]
