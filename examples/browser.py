"""A browser of a hundred lines: cookies, links, forms. No script, as the pages need none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
)

import attrs

TIMEOUT = 20
"""Seconds one answer may take."""
REDIRECTS = 5

NAME = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TICKED = frozenset({"checkbox", "radio"})
"""They count only if they are."""


@attrs.define
class Form:
    """A form of a page, filled in as it came."""

    action: str
    method: str
    fields: list[tuple[str, str]] = attrs.field(factory=list)
    buttons: list[tuple[str, str]] = attrs.field(factory=list)

    def names(self) -> set[str]:
        """List the fields one could fill in or press."""
        return {name for name, _ in (*self.fields, *self.buttons)}


class _Reader(HTMLParser):
    """Reads forms, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.parts: list[str] = []
        self._inside = False
        self._choosing = ""
        self._writing = False

    def handle_starttag(self, tag: str, raw: Sequence[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in raw}
        if tag == "form":
            self.forms.append(Form(facts.get("action", ""), facts.get("method", "get").lower()))
            self._inside = True
        elif tag == "a" and not facts.get("href", "#").startswith("#"):
            self.links.append(facts["href"])
        elif self._inside and tag == "button":
            self.forms[-1].buttons.append((facts.get("name", ""), facts.get("value", "")))
        elif self._inside and tag == "input" and facts.get("name"):
            if facts.get("type") not in TICKED or "checked" in facts:
                self.forms[-1].fields.append((facts["name"], facts.get("value", "on")))
        elif self._inside and tag == "textarea":
            self.forms[-1].fields.append((facts["name"], ""))
            self._writing = True
        elif self._inside and tag == "select":
            self._choosing = facts["name"]
        elif self._inside and tag == "option":
            self._offered(facts["value"], first="selected" not in facts)

    def _offered(self, value: str, *, first: bool) -> None:
        """Choose what is selected, else the first of what is offered."""
        fields, name = self.forms[-1].fields, self._choosing
        chosen = [pair for pair in fields if pair[0] == name]
        if not chosen:
            fields.append((name, value))
        elif not first:
            fields[fields.index(chosen[0])] = name, value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._writing = False

    def handle_data(self, data: str) -> None:
        if self._writing:
            name, written = self.forms[-1].fields[-1]
            self.forms[-1].fields[-1] = name, written + data
        self.parts.append(data)


@attrs.frozen(kw_only=True)
class Answer:
    """A page as it arrived."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def path(self) -> str:
        """Where the browser has ended up."""
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join(" ".join(self._read().parts).split())

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, whole, each once."""
        return tuple(dict.fromkeys(urljoin(self.url, link) for link in self._read().links))

    def form(self, *, to: str = "", having: str = "", press: str = "") -> Form:
        """Find the first form that leads to a path with this ending and has a field of this name.

        Args:
            to: How the path ends.
            having: The name of a field or button.
            press: The value of a button.

        Raises:
            LookupError: there is none.
        """
        for form in self._read().forms:
            action = urlsplit(urljoin(self.url, form.action)).path
            fits = not having or having in form.names()
            pressed = not press or any(value == press for _, value in form.buttons)
            if action.endswith(to) and fits and pressed:
                return attrs.evolve(form, action=urljoin(self.url, form.action))
        message = (
            f"{self.url} has no form to {to or 'anywhere'} with {having or press or 'anything'}"
        )
        raise LookupError(message)

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.body)
        return reader


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Browser:
    """Keeps cookies and follows redirects, each within a time-out."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self._opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(self.jar), _Stay)
        self._opener.addheaders = [("User-Agent", NAME)]

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Open an address."""
        return self._follow(Request(url, headers=dict(headers or {})))  # noqa: S310 - http, ours

    def submit(self, form: Form, *, press: str = "", **typed: str) -> Answer:
        """Fill in a form and send it, by the button of this value or the first one."""
        fields = [(name, typed.pop(name, value)) for name, value in form.fields]
        buttons = [pair for pair in form.buttons if pair[1] == press] or form.buttons[:1]
        return self.send(form, [*fields, *typed.items(), *buttons])

    def send(self, form: Form, fields: Sequence[tuple[str, str]]) -> Answer:
        """Send a form with exactly these fields."""
        body = urlencode([pair for pair in fields if pair[0]])  # a button without a name is none
        if form.method == "get":
            return self.get(f"{form.action}?{body}")
        return self._follow(Request(form.action, body.encode("ascii")))  # noqa: S310 - http, ours

    def _follow(self, request: Request) -> Answer:
        for _ in range(REDIRECTS):
            answer = self._open(request)
            target = answer.headers.get("location")
            if target is None:
                return answer
            request = Request(urljoin(answer.url, target))  # noqa: S310 - http, ours
        message = f"{request.full_url} redirects for ever"
        raise LookupError(message)

    def _open(self, request: Request) -> Answer:
        try:
            response = self._opener.open(request, timeout=TIMEOUT)
        except HTTPError as refusal:  # redirects and refusals are answers too
            response = refusal
        with response:
            return Answer(
                url=response.url,
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=response.read().decode(),
            )
