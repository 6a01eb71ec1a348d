"""The views: each asks one service and shows one page."""

from __future__ import annotations

from decimal import Decimal

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from custaccount.credentials import SignInRefused
from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations import flask as glue
from custaccount.kernel.errors import InvalidFields, InvalidInput, NotFound
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
from flask_portal.app import page, shop, url

portal_pages = Blueprint("pages", __name__)
inbox = Blueprint("inbox", __name__)

SAID = frozenset({"signed_out", "password_set"})


# Coming in --------------------------------------------------------------------------------------


@portal_pages.get("/")
def home() -> ResponseReturnValue:
    """Begin with the orders."""
    glue.member()
    return redirect(url("orders"), 303)


@portal_pages.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask for address and password."""
    glue.guest()
    said = request.args.get("said", "")
    return page(
        "sign_in.html",
        next=request.args.get("next", ""),
        email="",
        error=None,
        said=said if said in SAID else "",
    )


@portal_pages.post("/sign-in")
def sign_in_now() -> ResponseReturnValue:
    """Begin a session and go on to where the visitor wanted to be."""
    wanted, email = request.form.get("next", ""), request.form.get("email", "")
    password = request.form.get("password", "")
    try:
        token = shop().accounts.sign_in.sign_in(glue.guest(), email, password)
    except SignInRefused as refusal:
        status = glue.status_of(refusal)
        return page("sign_in.html", status, next=wanted, email=email, error=refusal, said="")
    glue.begin_session(token)
    return redirect(glue.return_to(wanted), 303)


@portal_pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    glue.end_session()
    return redirect(url("sign_in", said="signed_out"), 303)


@portal_pages.route("/first-sign-in", methods=["GET", "POST"])
def first_sign_in() -> ResponseReturnValue:
    """Mail a link to a customer the register knows."""
    return _mail_link("first_sign_in")


@portal_pages.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> ResponseReturnValue:
    """Mail a link for a new password."""
    return _mail_link("forgotten")


@portal_pages.get("/mail-sent")
def mail_sent() -> ResponseReturnValue:
    """Say the same to everybody."""
    glue.guest()
    return page("mail_sent.html")


def _mail_link(purpose: str) -> ResponseReturnValue:
    guest, email = glue.guest(), request.form.get("email", "")
    accounts = shop().accounts
    service = accounts.first_sign_in if purpose == "first_sign_in" else accounts.password_reset
    if request.method != "POST":
        return page("ask_for_link.html", purpose=purpose, email="", error=None)
    try:
        service.request(guest, email)
    except InvalidInput as error:
        status = glue.status_of(error)
        return page("ask_for_link.html", status, purpose=purpose, email=email, error=error)
    return redirect(url("mail_sent"), 303)


@portal_pages.route("/activate", methods=["GET", "POST"])
def activate() -> ResponseReturnValue:
    """Choose the first password."""
    return _choose_password("activate")


@portal_pages.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """Choose another password."""
    return _choose_password("password")


def _choose_password(purpose: str) -> ResponseReturnValue:
    guest, accounts = glue.guest(), shop().accounts
    token = BearerToken(request.values.get("token", ""))
    first = purpose == "activate"
    look = accounts.first_sign_in.look if first else accounts.password_reset.look
    redeem = accounts.first_sign_in.activate if first else accounts.password_reset.set_password
    error: InvalidInput | None = None
    try:
        email = look(guest, token)
        if request.method == "POST":
            redeem(guest, token, request.form.get("password", ""))
            return redirect(url("sign_in", said="password_set"), 303)
    except InvalidFields as refused:
        error = refused
    except TokenInvalid as over:
        again = "first_sign_in" if first else "forgotten"
        return page("link_over.html", glue.status_of(over), error=over, again=again)
    return page(
        "set_password.html",
        glue.status_of(error) if error else 200,
        purpose=purpose,
        token=token,
        email=email,
        error=error,
        shortest=glue.portal().policies.password_shortest,
    )


@portal_pages.get("/company")
def company() -> ResponseReturnValue:
    """Show for whom the user may act."""
    choices = shop().accounts.acting.choices(glue.session())
    return page("company.html", choices=choices, next=request.args.get("next", ""))


@portal_pages.post("/company")
def choose_company() -> ResponseReturnValue:
    """Act for one of them from now on."""
    glue.choose_company(CustomerId(request.form.get("customer", "")))
    return redirect(glue.return_to(request.form.get("next")), 303)


@portal_pages.post("/language")
def language() -> ResponseReturnValue:
    """Speak another language from now on."""
    glue.remember_language(request.form.get("language", ""))
    return redirect(glue.return_to(request.form.get("next")), 303)


@portal_pages.post("/theme")
def theme() -> ResponseReturnValue:
    """Look light, dark, or as the device says, from now on."""
    glue.guest()
    glue.remember_theme(request.form.get("theme", ""))
    return redirect(glue.return_to(request.form.get("next")), 303)


# Orders -----------------------------------------------------------------------------------------


@portal_pages.get("/orders")
def orders() -> ResponseReturnValue:
    """List the newest 50 orders, or 50 more."""
    cursor = request.args.get("cursor")
    found = shop().accounts.orders.newest(glue.member(), Cursor(cursor) if cursor else None)
    return page("orders.html", page=found, continued=bool(cursor))


@portal_pages.get("/orders/search")
def search() -> ResponseReturnValue:
    """Find orders by either of their numbers."""
    member, text = glue.member(), request.args.get("q", "")
    try:
        found = shop().accounts.orders.search(member, text)
    except InvalidInput as error:
        return page("search.html", glue.status_of(error), text=text, found=(), error=error)
    return page("search.html", text=text, found=found, error=None)


@portal_pages.get("/orders/<order>")
def order(order: str) -> ResponseReturnValue:
    """Open an order."""
    opened = shop().accounts.orders.get(glue.member(), OrderId(order))
    return page("order.html", order=opened, lines={line.id: line for line in opened.lines})


@portal_pages.get("/orders/<order>/again")
def reorder(order: str) -> ResponseReturnValue:
    """Show what the order becomes today."""
    return _plan(OrderId(order))


@portal_pages.post("/orders/<order>/again")
def reorder_now(order: str) -> ResponseReturnValue:
    """Put a plan into the cart; who has chosen other lines than were planned sees a plan first."""
    chosen = [OrderLineId(line) for line in request.form.getlist("line")]
    same = chosen == [OrderLineId(line) for line in request.form.getlist("planned")]
    if request.form.get("do") != "commit" or not same:
        return _plan(OrderId(order), chosen=chosen or None)
    token = PlanToken(request.form.get("plan", ""))
    try:
        added = shop().accounts.reorder.commit(glue.member(), token)
    except PlanChanged as change:
        return _plan(OrderId(order), plan=change.plan, error=change)
    return redirect(url("cart", added=str(len(added))), 303)


def _plan(
    order: OrderId,
    *,
    chosen: list[OrderLineId] | None = None,
    plan: ReorderPlan | None = None,
    error: PlanChanged | None = None,
) -> ResponseReturnValue:
    member, accounts = glue.member(), shop().accounts
    return page(
        "reorder.html",
        glue.status_of(error) if error else 200,
        order=accounts.orders.get(member, order),
        plan=plan or accounts.reorder.plan(member, order, chosen),
        said="chosen" if chosen else "",
        error=error,
    )


# Prices and cart --------------------------------------------------------------------------------


@portal_pages.get("/prices")
def prices() -> ResponseReturnValue:
    """Show what the customer pays, one range of the catalogue a page and in one question."""
    member, ranges = glue.member(), shop().ranges
    chosen = ranges.get(request.args.get("range", next(iter(ranges))))
    if chosen is None:
        raise NotFound
    quotes = shop().accounts.prices.quotes(member, [one.number for one in chosen.articles])
    rows = [
        {"article": article, "quote": quote}
        for article, quote in zip(chosen.articles, quotes, strict=True)
    ]
    return page("prices.html", ranges=ranges.values(), range=chosen, rows=rows)


@portal_pages.get("/cart")
def cart() -> ResponseReturnValue:
    """Show what is in the cart."""
    member, currency = glue.member(), glue.portal().currency
    lines = shop().accounts.reorder.cart(member)
    amounts = [
        (line.price * line.quantity).rounded(2) if line.price else Money(Decimal(0), currency)
        for line in lines
    ]
    total = sum((amount.amount for amount in amounts), Decimal(0))
    return page(
        "cart.html",
        lines=lines,
        amounts=amounts,
        sum=Money(total, currency),
        added=request.args.get("added", 0, int),
    )


# Development ------------------------------------------------------------------------------------


@inbox.get("/dev/inbox")
def mails() -> ResponseReturnValue:
    """Show what would have been mailed. Development only: its links are secrets."""
    kept = shop().inbox
    if kept is None:
        raise NotFound
    return page("inbox.html", mails=kept.sent[::-1])
