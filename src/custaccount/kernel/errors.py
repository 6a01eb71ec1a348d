"""One root, five families named by what the caller should do.

A leaf is a frozen attrs class whose attributes are the facts. Its ``code`` never changes; its text
is made from ``template`` and the facts, in English by ``str()`` and in any language by ``text``.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

import attrs

from custaccount.kernel.i18n import N_, Text


class CustAccountError(Exception):
    """The root of everything custaccount raises on purpose."""

    code: ClassVar[str] = "error"
    template: ClassVar[str] = N_("Something went wrong.")

    @property
    def facts(self) -> Mapping[str, object]:
        """What is known, by attribute name."""
        names = (field.name for field in getattr(type(self), "__attrs_attrs__", ()))
        return {name: getattr(self, name) for name in names}

    @property
    def text(self) -> Text:
        """The message, ready to be put into the reader's language."""
        return Text(self.template, self.facts)

    def __str__(self) -> str:
        """Write the message in English."""
        return str(self.text)

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle by the facts: a queue or another process gets the same error."""
        return _remade, (type(self), dict(self.facts))


def _remade(kind: type[CustAccountError], facts: Mapping[str, object]) -> CustAccountError:
    return kind(**facts)


class InvalidInput(CustAccountError):
    """Ask differently."""

    code = "invalid_input"
    template = N_("Please check what you entered.")


class NotAllowed(CustAccountError):
    """Someone else may."""

    code = "not_allowed"
    template = N_("You are not allowed to do this.")


class NotFound(CustAccountError):
    """There is no such thing, or not for you: the two look alike."""

    code = "not_found"
    template = N_("Not found.")


class Conflict(CustAccountError):
    """Reload, then try again."""

    code = "conflict"
    template = N_("This has changed in the meantime. Please reload and try again.")


class Unavailable(CustAccountError):
    """The same call may succeed later."""

    code = "unavailable"
    template = N_("This is not available at the moment. Please try again later.")


@attrs.frozen(kw_only=True)
class Problem:
    """What is wrong with one field."""

    field: str
    code: str
    text: Text


@attrs.frozen(kw_only=True)
class InvalidFields(InvalidInput):
    """Fields that do not hold; all of them, at once."""

    code = "invalid_fields"

    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        """Name every field with its problem."""
        return "; ".join(f"{problem.field}: {problem.text}" for problem in self.problems)


Rule = tuple[str, object, str]
"""A field, something true if it holds, and the text that says what is asked of it."""


def refuse_unless(
    rules: Iterable[Rule], *, code: str, error: type[InvalidFields] = InvalidFields
) -> None:
    """Check some rules, all of them.

    Raises:
        InvalidFields: with every one that does not hold.
    """
    problems = tuple(
        Problem(field=field, code=code, text=Text(text))
        for field, holds, text in rules
        if not holds
    )
    if problems:
        raise error(problems=problems)


@attrs.frozen(kw_only=True)
class Stale(Conflict):
    """Someone saved a newer version first."""

    code = "stale"

    kind: str
    id: str
    version: int


@attrs.frozen(kw_only=True)
class AlreadyThere(Conflict):
    """Something with the same unique key is kept already."""

    code = "already_there"
    template = N_("There is one already.")

    kind: str


class TryAgain(Conflict):
    """The unit lost against another one and was rolled back; run the whole unit again."""

    code = "try_again"


class StorageUnavailable(Unavailable):
    """The storage did not answer in time."""

    code = "storage_unavailable"


class UnitMisuse(RuntimeError):
    """A unit of work was used after its end, nested, or written to while reading."""
