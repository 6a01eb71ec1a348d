"""Orders, prices, the cart and the checkout."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from custaccount.credentials import SessionOver
from custaccount.integrations.answers import status_of
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.ids import Cursor, DraftId, OrderId, OrderLineId, PlanToken
from custaccount.kernel.money import Money
from custaccount.ordering import CartLine, Outcome, PlanChanged, ReorderPlan
from custaccount.portals import RegistrationMode
from custaccount.registration import DraftNotFound
from pages.asking import Answer, Asked, Route, go, page
from pages.guests import chosen_range, lines_of
from pages.menu import GUEST_ORDER
from wholesaler.guests import in_words, read

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
    return go("cart", added=str(len(added)))


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
    member = asked.visit.member()
    chosen = chosen_range(asked, asked.named("range"))
    numbers = [one.number for one in chosen.articles]
    quotes = asked.shop.accounts.prices.quotes(member, numbers)
    rows = [
        {"article": article, "quote": quote}
        for article, quote in zip(chosen.articles, quotes, strict=True)
    ]
    return page("prices.html", ranges=asked.shop.ranges.values(), range=chosen, rows=rows)


def cart(asked: Asked) -> Answer:
    """Show what is in the cart; a guest's has no prices."""
    try:
        member = asked.visit.member()
    except SessionOver:
        asked.visit.guest().meet(GUEST_ORDER)
        return page("guest_cart.html", lines=lines_of(asked), **_ways_in(asked))
    added = asked.named("added")
    return page(
        "cart.html",
        added=int(added) if added.isdecimal() and len(added) < len("10000") else 0,
        left=asked.shop.guests.left(member.membership),
        drafts=_drafts(asked, member),
        **_in_cart(asked, member),
    )


def cart_now(asked: Asked) -> Answer:
    """Take an order that was begun as a guest, or note what could not be taken over."""
    member = asked.visit.member()
    if asked.field("do") == "seen":
        asked.shop.guests.seen(member.membership)
        return go("cart")
    return _take_draft(asked, member, DraftId(asked.field("draft")))


def _take_draft(asked: Asked, member: Member, name: DraftId) -> Answer:
    """Put a draft into the cart, once, however often the form is sent; then it is forgotten."""
    accounts = asked.shop.accounts
    kept = next((one for one in accounts.drafts.mine(member) if one.id == name), None)
    if kept is None:
        raise DraftNotFound
    decided = accounts.guest_cart.merge(member, read(kept.text), key=f"draft {kept.id}")
    accounts.drafts.take(member, kept.id)
    left = [line for line in decided if line.outcome is not Outcome.ADDED]
    asked.shop.guests.leave(member.membership, left)
    taken = sum(line.outcome is not Outcome.SKIPPED for line in decided)
    return go("cart", added=str(taken))


def _drafts(asked: Asked, member: Member) -> Sequence[dict[str, object]]:
    if Permission.PLACE_ORDERS not in member.permissions:
        return ()
    found = asked.shop.accounts.drafts.mine(member)
    return [{"draft": one, "lines": in_words(one.text)} for one in found]


def _in_cart(asked: Asked, member: Member) -> dict[str, object]:
    lines = asked.shop.accounts.reorder.cart(member)
    amounts = [_amount(asked, line) for line in lines]
    total = sum((amount.amount for amount in amounts), Decimal(0))
    return {
        "lines": lines,
        "amounts": amounts,
        "sum": Money(total, asked.visit.portal.currency),
    }


def _amount(asked: Asked, line: CartLine) -> Money:
    if line.price is None:
        return Money(Decimal(0), asked.visit.portal.currency)
    return (line.price * line.quantity).rounded(2)


# Checkout ---------------------------------------------------------------------------------------


def checkout(asked: Asked) -> Answer:
    """Show the order's form, filled in from the account; a guest signs in or registers first."""
    try:
        member = asked.visit.member()
    except SessionOver:
        asked.visit.guest().meet(GUEST_ORDER)
        return page("guest_checkout.html", lines=lines_of(asked), **_ways_in(asked))
    return page(
        "checkout.html",
        form=asked.shop.accounts.checkout.form(member),
        left=asked.shop.guests.left(member.membership),
        **_in_cart(asked, member),
    )


def _ways_in(asked: Asked) -> dict[str, object]:
    mode = asked.visit.portal.policies.registration
    return {"may_register": mode is not RegistrationMode.INVITATION}


ROUTES: Sequence[Route] = (
    Route(name="orders", path="/orders", show=orders),
    Route(name="search", path="/orders/search", show=search),
    Route(name="order", path="/orders/<order>", show=order),
    Route(name="reorder", path="/orders/<order>/again", show=reorder, do=reorder_now),
    Route(name="prices", path="/prices", show=prices),
    Route(name="cart", path="/cart", show=cart, do=cart_now),
    Route(name="checkout", path="/checkout", show=checkout),
)
