"""What a view is asked and what it answers, of no web framework."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from custaccount.facilities.fields import FieldSchema
from custaccount.integrations.answers import status_of
from custaccount.integrations.visit import Visit
from custaccount.kernel.errors import CustAccountError, InvalidFields, Problem
from wholesaler.shop import Shop


class Fields(Protocol):
    """What came with a request, as every framework keeps it."""

    def get(self, key: str, default: str, /) -> str | None:
        """Return one value of a name."""
        ...

    def getlist(self, key: str, /) -> Sequence[str]:
        """Return all values of a name."""
        ...


@attrs.frozen(kw_only=True)
class Asked:
    """A request."""

    shop: Shop
    visit: Visit
    query: Fields
    form: Fields

    def __attrs_post_init__(self) -> None:
        """Hold a form to the company its page was shown for."""
        self.visit.expect(self.field("acting_for"))

    def field(self, name: str) -> str:
        """Read a field of the form that was sent; empty if there is none."""
        return self.form.get(name, "") or ""

    def number(self, name: str) -> int:
        """Read a whole number of the form that was sent; -1 if there is none."""
        text = self.field(name)
        return int(text) if text.isdecimal() and text.isascii() and len(text) < len(WIDE) else -1

    def named(self, name: str) -> str:
        """Read a parameter of the address; empty if there is none."""
        return self.query.get(name, "") or ""

    def said(self, *notes: str) -> str:
        """Read which note the page before asked for; none but these."""
        said = self.named("said")
        return said if said in notes else ""


WIDE = "1000000000"
"""No number in a form is as large."""


@attrs.frozen
class Page:
    """Show a page."""

    template: str
    facts: Mapping[str, object]
    status: int = 200


@attrs.frozen
class Go:
    """Go on to a page of the portal, by GET; what its path does not name becomes the query."""

    name: str
    values: Mapping[str, str]


@attrs.frozen
class Back:
    """Go on to where the visitor wanted to be, if that is in the portal, else to its home."""

    wanted: str


Answer = Page | Go | Back
View = Callable[..., Answer]


@attrs.frozen(kw_only=True)
class Route:
    """Where a page is; ``<order>`` in its path is an argument of its views."""

    name: str
    path: str
    show: View | None = None
    """Answers GET."""
    do: View | None = None
    """Answers POST."""

    def serves(self) -> Mapping[str, View]:
        """List the views by method."""
        return {name: view for name, view in (("GET", self.show), ("POST", self.do)) if view}


def page(template: str, status: int = 200, /, **facts: object) -> Page:
    """Show a page with these facts."""
    return Page(template, facts, status)


def go(name: str, /, **values: str) -> Go:
    """Go on to a page of the portal."""
    return Go(name, values)


def back(asked: Asked) -> Back:
    """Go back to where the form says that the visitor wants to be."""
    return Back(asked.field("next"))


def failed(error: CustAccountError, status: int) -> Page:
    """Say what went wrong."""
    return page("error.html", status, error=error, status=status)


# Forms ------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Filled:
    """A form as it is shown: what is in its fields, and what is wrong with each."""

    typed: Mapping[str, str] = attrs.field(factory=dict)
    error: CustAccountError | None = None
    now: Mapping[str, str] = attrs.field(factory=dict)
    """What is kept, where somebody else has changed it in the meantime."""

    def value(self, name: str) -> str:
        """Return what is in a field."""
        return self.typed.get(name, "")

    def problem(self, name: str) -> Problem | None:
        """Return what is wrong with a field."""
        return next((one for one in self.problems if one.field == name), None)

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with the fields, all at once."""
        return self.error.problems if isinstance(self.error, InvalidFields) else ()

    def changed(self, name: str) -> str | None:
        """Return what somebody else made of a field, if it is not what is in it."""
        now = self.now.get(name)
        return None if now is None or now == self.value(name) else now

    @property
    def status(self) -> int:
        """The status of its page."""
        return 200 if self.error is None else status_of(self.error)


def typed(asked: Asked, names: Iterable[str]) -> dict[str, str]:
    """Read what was typed into some fields."""
    return {name: asked.field(name) for name in names}


def keys(schema: FieldSchema) -> list[str]:
    """Name the fields of a schema."""
    return [field.key for field in schema]
