"""The views, written once for every host: each asks one service and shows one page.

A host registers ``ROUTES`` as its framework does, makes an ``Asked`` of each request, and answers
with the ``Page`` or the ``Go`` it gets. Errors pass through to the host's glue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol
from urllib.parse import quote, urlencode

import attrs

from custaccount.credentials import SignInRefused
from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations.answers import status_of
from custaccount.integrations.visit import Visit
from custaccount.kernel.errors import CustAccountError, InvalidFields, InvalidInput, NotFound
from custaccount.kernel.ids import (
    BearerToken,
    Cursor,
    CustomerId,
    OrderId,
    OrderLineId,
    PlanToken,
)
from custaccount.kernel.money import Money
from custaccount.ordering import PlanChanged, ReorderPlan
from wholesaler.shop import Shop

SAID = frozenset({"signed_out", "password_set"})


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
    """A request, of no web framework."""

    shop: Shop
    visit: Visit
    query: Fields
    form: Fields

    def field(self, name: str) -> str:
        """Read a field of the form that was sent; empty if there is none."""
        return self.form.get(name, "") or ""

    def named(self, name: str) -> str:
        """Read a parameter of the address; empty if there is none."""
        return self.query.get(name, "") or ""


@attrs.frozen
class Page:
    """Show a page."""

    template: str
    facts: Mapping[str, object]
    status: int = 200


@attrs.frozen
class Go:
    """Go on to another page, by GET."""

    address: str


Answer = Page | Go
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


def url(root: str, name: str, **values: str) -> str:
    """Write the address of a page; what its path does not name becomes the query."""
    path = next(route.path for route in ROUTES if route.name == name)
    for key in [key for key in values if f"<{key}>" in path]:
        path = path.replace(f"<{key}>", quote(values.pop(key), safe=""))
    query = f"?{urlencode(values)}" if values else ""
    return f"{root}{path}{query}"


def page(template: str, status: int = 200, /, **facts: object) -> Page:
    """Show a page with these facts."""
    return Page(template, facts, status)


def go(asked: Asked, name: str, **values: str) -> Go:
    """Go on to a page of the portal."""
    return Go(url(asked.visit.root, name, **values))


def failed(error: CustAccountError, status: int) -> Page:
    """Say what went wrong."""
    return page("error.html", status, error=error, status=status)


# Coming in --------------------------------------------------------------------------------------


def home(asked: Asked) -> Answer:
    """Begin with the orders."""
    asked.visit.member()
    return go(asked, "orders")


def sign_in(asked: Asked) -> Answer:
    """Ask for address and password."""
    said = asked.named("said")
    return page(
        "sign_in.html",
        next=asked.named("next"),
        email="",
        error=None,
        said=said if said in SAID else "",
    )


def sign_in_now(asked: Asked) -> Answer:
    """Begin a session and go on to where the visitor wanted to be."""
    visit, wanted, email = asked.visit, asked.field("next"), asked.field("email")
    try:
        token = asked.shop.accounts.sign_in.sign_in(visit.guest(), email, asked.field("password"))
    except SignInRefused as error:
        return page(
            "sign_in.html", status_of(error), next=wanted, email=email, error=error, said=""
        )
    visit.begin_session(token)
    return Go(visit.return_to(wanted))


def sign_out(asked: Asked) -> Answer:
    """End the session."""
    asked.visit.end_session()
    return go(asked, "sign_in", said="signed_out")


def first_sign_in(_: Asked) -> Answer:
    """Ask for the address the register knows."""
    return _ask_for_link("first_sign_in")


def first_sign_in_now(asked: Asked) -> Answer:
    """Mail a link to a customer the register knows."""
    return _mail_link(asked, "first_sign_in", asked.shop.accounts.first_sign_in.request)


def forgotten(_: Asked) -> Answer:
    """Ask for the address one signs in with."""
    return _ask_for_link("forgotten")


def forgotten_now(asked: Asked) -> Answer:
    """Mail a link for a new password."""
    return _mail_link(asked, "forgotten", asked.shop.accounts.password_reset.request)


def _ask_for_link(purpose: str, email: str = "", error: InvalidInput | None = None) -> Answer:
    status = status_of(error) if error else 200
    return page("ask_for_link.html", status, purpose=purpose, email=email, error=error)


def _mail_link(asked: Asked, purpose: str, request: Callable[..., None]) -> Answer:
    email = asked.field("email")
    try:
        request(asked.visit.guest(), email)
    except InvalidInput as error:
        return _ask_for_link(purpose, email, error)
    return go(asked, "mail_sent")


def mail_sent(_: Asked) -> Answer:
    """Say the same to everybody."""
    return page("mail_sent.html")


def activate(asked: Asked) -> Answer:
    """Choose the first password; opening the page uses nothing up."""
    return _choose_password(asked, "activate", asked.named("token"))


def activate_now(asked: Asked) -> Answer:
    """Set the first password."""
    service = asked.shop.accounts.first_sign_in
    return _choose_password(asked, "activate", asked.field("token"), service.activate)


def password(asked: Asked) -> Answer:
    """Choose another password; opening the page uses nothing up."""
    return _choose_password(asked, "password", asked.named("token"))


def password_now(asked: Asked) -> Answer:
    """Set another password."""
    service = asked.shop.accounts.password_reset
    return _choose_password(asked, "password", asked.field("token"), service.set_password)


def _choose_password(
    asked: Asked, purpose: str, given: str, redeem: Callable[..., object] | None = None
) -> Answer:
    guest, accounts, token = asked.visit.guest(), asked.shop.accounts, BearerToken(given)
    first = purpose == "activate"
    look = accounts.first_sign_in.look if first else accounts.password_reset.look
    error: InvalidInput | None = None
    try:
        email = look(guest, token)
        if redeem is not None:
            redeem(guest, token, asked.field("password"))
            return go(asked, "sign_in", said="password_set")
    except InvalidFields as refused:
        error = refused
    except TokenInvalid as over:
        again = "first_sign_in" if first else "forgotten"
        return page("link_over.html", status_of(over), error=over, again=again)
    return page(
        "set_password.html",
        status_of(error) if error else 200,
        purpose=purpose,
        token=token,
        email=email,
        error=error,
        shortest=asked.visit.portal.policies.password_shortest,
    )


def company(asked: Asked) -> Answer:
    """Show for whom the user may act."""
    choices = asked.shop.accounts.acting.choices(asked.visit.session())
    return page("company.html", choices=choices, next=asked.named("next"))


def choose_company(asked: Asked) -> Answer:
    """Act for one of them from now on."""
    asked.visit.choose_company(CustomerId(asked.field("customer")))
    return _back(asked)


def language(asked: Asked) -> Answer:
    """Speak another language from now on."""
    asked.visit.remember_language(asked.field("language"))
    return _back(asked)


def theme(asked: Asked) -> Answer:
    """Look light, dark, or as the device says, from now on."""
    asked.visit.remember_theme(asked.field("theme"))
    return _back(asked)


def _back(asked: Asked) -> Answer:
    return Go(asked.visit.return_to(asked.field("next")))


# Orders -----------------------------------------------------------------------------------------


def orders(asked: Asked) -> Answer:
    """List the newest 50 orders, or 50 more."""
    cursor = asked.named("cursor")
    member = asked.visit.member()
    found = asked.shop.accounts.orders.newest(member, Cursor(cursor) if cursor else None)
    return page("orders.html", page=found, continued=bool(cursor))


def search(asked: Asked) -> Answer:
    """Find orders by either of their numbers."""
    member, text = asked.visit.member(), asked.named("q")
    try:
        found = asked.shop.accounts.orders.search(member, text)
    except InvalidInput as error:
        return page("search.html", status_of(error), text=text, found=(), error=error)
    return page("search.html", text=text, found=found, error=None)


def order(asked: Asked, order: str) -> Answer:
    """Open an order."""
    opened = asked.shop.accounts.orders.get(asked.visit.member(), OrderId(order))
    return page("order.html", order=opened, lines={line.id: line for line in opened.lines})


def reorder(asked: Asked, order: str) -> Answer:
    """Show what the order becomes today."""
    return _plan(asked, OrderId(order))


def reorder_now(asked: Asked, order: str) -> Answer:
    """Put a plan into the cart; who has chosen other lines than were planned sees a plan first."""
    chosen = [OrderLineId(line) for line in asked.form.getlist("line")]
    same = chosen == [OrderLineId(line) for line in asked.form.getlist("planned")]
    if asked.field("do") != "commit" or not same:
        return _plan(asked, OrderId(order), chosen=chosen or None)
    token = PlanToken(asked.field("plan"))
    try:
        added = asked.shop.accounts.reorder.commit(asked.visit.member(), token)
    except PlanChanged as change:
        return _plan(asked, OrderId(order), plan=change.plan, error=change)
    return go(asked, "cart", added=str(len(added)))


def _plan(
    asked: Asked,
    order: OrderId,
    *,
    chosen: list[OrderLineId] | None = None,
    plan: ReorderPlan | None = None,
    error: PlanChanged | None = None,
) -> Answer:
    member, accounts = asked.visit.member(), asked.shop.accounts
    return page(
        "reorder.html",
        status_of(error) if error else 200,
        order=accounts.orders.get(member, order),
        plan=plan or accounts.reorder.plan(member, order, chosen),
        said="chosen" if chosen else "",
        error=error,
    )


# Prices and cart --------------------------------------------------------------------------------


def prices(asked: Asked) -> Answer:
    """Show what the customer pays, one range of the catalogue a page and in one question."""
    member, ranges = asked.visit.member(), asked.shop.ranges
    chosen = ranges.get(asked.named("range") or next(iter(ranges)))
    if chosen is None:
        raise NotFound
    numbers = [one.number for one in chosen.articles]
    quotes = asked.shop.accounts.prices.quotes(member, numbers)
    rows = [
        {"article": article, "quote": quote}
        for article, quote in zip(chosen.articles, quotes, strict=True)
    ]
    return page("prices.html", ranges=ranges.values(), range=chosen, rows=rows)


def cart(asked: Asked) -> Answer:
    """Show what is in the cart."""
    lines = asked.shop.accounts.reorder.cart(asked.visit.member())
    currency = asked.visit.portal.currency
    amounts = [
        (line.price * line.quantity).rounded(2) if line.price else Money(Decimal(0), currency)
        for line in lines
    ]
    total = sum((amount.amount for amount in amounts), Decimal(0))
    added = asked.named("added")
    return page(
        "cart.html",
        lines=lines,
        amounts=amounts,
        sum=Money(total, currency),
        added=int(added) if added.isdecimal() and len(added) < len("10000") else 0,
    )


# Development ------------------------------------------------------------------------------------


def inbox(shop: Shop) -> Page:
    """Show what would have been mailed. Development only: its links are secrets."""
    return page("inbox.html", mails=shop.inbox.sent[::-1])


# Where they are ---------------------------------------------------------------------------------

ROUTES: Sequence[Route] = (
    Route(name="home", path="/", show=home),
    Route(name="sign_in", path="/sign-in", show=sign_in, do=sign_in_now),
    Route(name="sign_out", path="/sign-out", do=sign_out),
    Route(name="first_sign_in", path="/first-sign-in", show=first_sign_in, do=first_sign_in_now),
    Route(name="forgotten", path="/forgotten", show=forgotten, do=forgotten_now),
    Route(name="mail_sent", path="/mail-sent", show=mail_sent),
    Route(name="activate", path="/activate", show=activate, do=activate_now),
    Route(name="password", path="/password", show=password, do=password_now),
    Route(name="company", path="/company", show=company, do=choose_company),
    Route(name="language", path="/language", do=language),
    Route(name="theme", path="/theme", do=theme),
    Route(name="orders", path="/orders", show=orders),
    Route(name="search", path="/orders/search", show=search),
    Route(name="order", path="/orders/<order>", show=order),
    Route(name="reorder", path="/orders/<order>/again", show=reorder, do=reorder_now),
    Route(name="prices", path="/prices", show=prices),
    Route(name="cart", path="/cart", show=cart),
)
