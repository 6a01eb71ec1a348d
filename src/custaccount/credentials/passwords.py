"""Passwords: normalised once, checked against today's rules, hashed with argon2id."""

import hashlib
import os
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import ClassVar

import argon2
import attrs
from argon2.exceptions import Argon2Error, InvalidHashError, VerifyMismatchError

from custaccount.credentials.model import PasswordHash
from custaccount.kernel.errors import InvalidFields, Problem, Unavailable
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.ids import NewSecret
from custaccount.kernel.text import words_of

LONGEST = 256
"""Code points."""
LONGEST_BYTES = 1024

MEMORY_CEILING = 1 << 20
"""KiB a stored hash may ask for (1 GiB); one that asks for more is not computed."""
TIME_CEILING = 16
PARALLEL_CEILING = 16

MEMORY_FLOOR = 19456
"""KiB; with two passes and one lane the least OWASP's Password Storage sheet allows."""
TIME_FLOOR = 2

ALPHABET = "abcdefghjkmnpqrstuvwxyz123456789"
"""32 characters; 0, i, l and o are left out."""
GENERATED = 20
"""Characters of a password that is made, the hyphens not counted."""

WAITING_EACH = 4
"""How many may wait for each that hashes; more are asked to come again."""


class TooBusy(Unavailable):
    """More passwords are being checked than the machine has room for."""

    code = "credentials.too_busy"
    template = N_("Too many people are signing in right now. Please try again in a moment.")


class HashUnusable(Exception):
    """A stored hash that is corrupt, of another kind or absurdly costly."""


def normalised(raw: object) -> str | None:
    """Bring a password into the one form that is hashed (NFC); None if it can't be one.

    Length is checked first, so that nothing long is ever looked at.
    """
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST or "\0" in raw:
        return None
    try:
        text = unicodedata.normalize("NFC", raw)
        return text if len(text.encode()) <= LONGEST_BYTES else None
    except UnicodeEncodeError:
        return None


def check(raw: object, *, shortest: int, context: Sequence[str]) -> str:
    """Check a new password and return it normalised.

    Refused is what is too short or too long, among the most common, or made mostly of words an
    attacker would try first: the person's, the company's and the shop's (NIST SP 800-63B; no rules
    on which characters it has).

    Raises:
        InvalidFields: with everything that is wrong with it.
    """
    text = normalised(raw)
    if text is None:
        raise InvalidFields(problems=(_problem("length", _LENGTH, shortest),))
    problems = []
    if len(text) < shortest:
        problems.append(_problem("length", _LENGTH, shortest))
    if text.lower() in _common():
        problems.append(_problem("common", N_("Too many people use this password.")))
    if _leans_on(text.lower(), words_of(context)):
        problems.append(
            _problem("context", N_("This password is too close to your name or company."))
        )
    if problems:
        raise InvalidFields(problems=tuple(problems))
    return text


def unlike(new: str, current: str | None) -> None:
    """Refuse a new password that is the current one; both normalised.

    Raises:
        InvalidFields: it is.
    """
    if new == current:
        text = N_("This is the password you have now.")
        raise InvalidFields(problems=(_problem("same", text),))


_LENGTH = N_("Between %(shortest)s and 256 characters.")


def _problem(code: str, template: str, shortest: int = 0) -> Problem:
    facts = {"shortest": shortest} if shortest else {}
    return Problem(
        field="password", code=f"credentials.password_{code}", text=Text(template, facts)
    )


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 1 MB of words

    return frozenset(FREQUENCY_LISTS["passwords"])


def _leans_on(text: str, words: frozenset[str]) -> bool:
    """Tell whether less than half of a text is left when such words are taken out."""
    left = text
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return len(left) * 2 < len(text)


def generated(new_secret: NewSecret) -> str:
    """Make a password of 20 letters and digits that are not mistaken for each other, in groups.

    100 random bits; every policy takes it.
    """
    bits = int.from_bytes(hashlib.sha256(new_secret().encode()).digest())
    chars = [ALPHABET[bits >> 5 * place & 31] for place in range(GENERATED)]
    return "-".join("".join(chars[start : start + 5]) for start in range(0, GENERATED, 5))


@attrs.define
class _Gate:
    """Lets so many hash at once, so many wait, and refuses the rest."""

    places: int
    _inside: threading.Semaphore = attrs.field(init=False)
    _room: threading.Semaphore = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._inside = threading.Semaphore(self.places)
        self._room = threading.Semaphore(self.places * (1 + WAITING_EACH))

    def __enter__(self) -> None:
        if not self._room.acquire(blocking=False):
            raise TooBusy
        self._inside.acquire()

    def __exit__(self, *_: object) -> None:
        self._inside.release()
        self._room.release()


@attrs.frozen
class Hashing:
    """Hashes and verifies with argon2id (RFC 9106); bounded in number and in cost.

    ``cheap()`` is for test suites: ``CustomerAccounts`` refuses it unless told that it is testing.
    """

    _argon: argon2.PasswordHasher = attrs.field(factory=argon2.PasswordHasher, alias="argon")
    _gate: _Gate = attrs.field(factory=lambda: _Gate(os.cpu_count() or 1), alias="gate", repr=False)
    _dummy: PasswordHash = attrs.field(init=False, repr=False)

    UNKNOWN: ClassVar[str] = "nobody's password"

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_dummy", PasswordHash(self._argon.hash(self.UNKNOWN)))

    @classmethod
    def cheap(cls) -> "Hashing":
        """Make one that hashes in a tenth of a millisecond, and protects nothing."""
        return cls(argon2.PasswordHasher.from_parameters(argon2.profiles.CHEAPEST))

    @property
    def strong(self) -> bool:
        """Whether new hashes keep the floor of OWASP's Password Storage sheet."""
        argon = self._argon
        enough = argon.memory_cost * argon.time_cost >= MEMORY_FLOOR * TIME_FLOOR
        return enough and argon.memory_cost >= 12 * 1024 and argon.type is argon2.Type.ID

    @property
    def cost(self) -> str:
        """What a new hash costs, in words."""
        argon = self._argon
        kind, kib = argon.type.name.lower(), argon.memory_cost
        memory = f"{kib // 1024} MiB" if kib >= 1024 else f"{kib} KiB"  # noqa: PLR2004 - KiB
        return f"argon2{kind}: {memory}, passes: {argon.time_cost}, lanes: {argon.parallelism}"

    def hash(self, password: str) -> PasswordHash:
        """Hash a normalised password.

        Raises:
            TooBusy: too many are at it.
        """
        with self._gate:
            return PasswordHash(self._argon.hash(password))

    def verify(self, stored: PasswordHash | None, password: str) -> bool:
        """Compare; without a stored hash the same work is done for nothing.

        Raises:
            TooBusy: too many are at it.
            HashUnusable: the stored hash can't be computed; the same work was done for nothing.
        """
        usable = stored is not None and _within_ceiling(stored.text)
        with self._gate:
            try:
                self._argon.verify((stored if usable and stored else self._dummy).text, password)
            except VerifyMismatchError:
                matches = False
            except Argon2Error:  # readable parameters, and nothing behind them
                self._argon.verify(self._dummy.text, self.UNKNOWN)
                matches = usable = False
            else:
                matches = True
        if stored is not None and not usable:
            raise HashUnusable
        return matches and usable

    def outdated(self, stored: PasswordHash) -> bool:
        """Tell whether a hash was made with other parameters than new ones are."""
        return self._argon.check_needs_rehash(stored.text)


def _within_ceiling(text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        asked = argon2.extract_parameters(text)
    except (InvalidHashError, ValueError):
        return False
    return (
        asked.type is argon2.Type.ID
        and asked.memory_cost <= MEMORY_CEILING
        and asked.time_cost <= TIME_CEILING
        and asked.parallelism <= PARALLEL_CEILING
    )
