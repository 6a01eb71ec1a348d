"""Text identifiers, normalised once, before any storage sees them, and compared exactly."""

import unicodedata
from collections.abc import Sequence

import attrs

from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.i18n import N_

EMAIL_LONGEST = 254
NUMBER_LONGEST = 64
NAME_LONGEST = 100
WORD_SHORTEST = 3
BLANKS = (
    " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
"""What is dropped around a text: blanks of every width, never a line's end or another control."""

_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class EmailInvalid(InvalidInput):
    """Not a mail address a mail can be sent to."""

    code = "email.invalid"
    template = N_("This is not a valid mail address.")


class NumberInvalid(InvalidInput):
    """Not a number of a document, a customer or an article."""

    code = "number.invalid"
    template = N_("This is not a valid number.")


@attrs.frozen
class EmailAddress:
    """A mail address: as it was written, and the key it is found and compared by.

    Two are equal if their keys are. The key is the address in lower case with its domain in ASCII;
    nothing provider-specific is folded (RFC 5321 leaves the local part to the host; shops do not
    keep two accounts that differ in case).
    """

    text: str = attrs.field(eq=False)
    key: str

    def __str__(self) -> str:
        """Write the address as it is sent to."""
        return self.text

    @classmethod
    def parse(cls, raw: object) -> "EmailAddress":
        """Read what a person typed; blanks around it are dropped.

        Raises:
            EmailInvalid: it is none, or one that an ERP could not mail (non-ASCII local part).
        """
        if not isinstance(raw, str) or len(raw) > 2 * EMAIL_LONGEST:
            raise EmailInvalid
        trimmed = raw.strip(BLANKS)
        if (
            unfit(trimmed)
            or len(trimmed) > EMAIL_LONGEST
            or "\N{FULLWIDTH COMMERCIAL AT}" in trimmed
        ):
            raise EmailInvalid
        from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - 60 ms

        try:
            found = validate_email(
                trimmed, check_deliverability=False, allow_smtputf8=False, strict=True
            )
        except EmailNotValidError as refusal:
            raise EmailInvalid from refusal
        return cls(found.ascii_email or "", (found.ascii_email or "").lower())


def is_name(text: str) -> bool:
    """Tell whether a text can name something: 1 to 100 printable characters, not only blanks."""
    return len(text.strip()) > 0 and len(text) <= NAME_LONGEST and not unfit(text)


def unfit(text: str) -> bool:
    """Tell whether a text has control, invisible, direction-changing or unassigned characters."""
    return any(unicodedata.category(char) in _NEVER for char in text)


def number_key(raw: object, *, longest: int = NUMBER_LONGEST) -> str:
    """Make the key a document, customer or article number is searched by.

    Upper case, no blanks, compatibility forms folded: ``" re-0815 "`` and ``"RE-0815"`` are one.

    Raises:
        NumberInvalid: it is empty, too long, has a wildcard or an unprintable character.
    """
    if not isinstance(raw, str) or len(raw) > longest:
        raise NumberInvalid
    folded = "".join(unicodedata.normalize("NFKC", raw).upper().split())
    if (
        not folded
        or len(folded) > longest
        or unfit(folded)
        or any(char in "*%?" for char in folded)
    ):
        raise NumberInvalid
    return folded


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """Collect the words of some texts, in lower case, if they are long enough to mean something."""
    parts = "".join(char if char.isalnum() else " " for char in " ".join(texts).lower()).split()
    return frozenset(part for part in parts if len(part) >= WORD_SHORTEST)
