"""Ordering again: from an earlier order to the cart."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import attrs

from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import ArticleNumber, NewId, OrderId, OrderLineId, PlanToken
from custaccount.kernel.work import Begin, Reading
from custaccount.ordering.model import (
    Article,
    CartLine,
    OrderCopied,
    PlanChanged,
    PlanInvalid,
    PlannedLine,
    ReorderPlan,
    cart_owner,
    planned,
)
from custaccount.ordering.ports import Cart, Catalogue, OrderingWork
from custaccount.orders.model import Order, OrderNotFound, is_order_id, owner_of
from custaccount.orders.ports import OrderSource
from custaccount.pricing.model import Quote, quotes
from custaccount.pricing.ports import PricingReading

KIND = "reorder plan"


@attrs.frozen(kw_only=True)
class Reorder:
    """Copies an earlier order into the cart, at today's prices: first a plan, then the commit."""

    _source: OrderSource = attrs.field(alias="source")
    _reading: Reading[PricingReading] = attrs.field(alias="reading")
    _begin: Begin[OrderingWork] = attrs.field(alias="begin")
    _cart: Cart = attrs.field(alias="cart")
    _catalogue: Catalogue | None = attrs.field(alias="catalogue")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _keyring: Keyring = attrs.field(alias="keyring")

    def plan(
        self, member: Member, order: OrderId, lines: Sequence[OrderLineId] | None = None
    ) -> ReorderPlan:
        """Say for each line, or each chosen one, what it would become; nothing is changed.

        Raises:
            OrderNotFound: there is none, or it is another customer's.
            LinesUnknown: a chosen line is not the order's.
            ErpUnavailable: the ERP gives no trustworthy answer.
        """
        return self._plan(member, order, lines, self._new_id())

    def commit(self, member: Member, plan: PlanToken) -> tuple[CartLine, ...]:
        """Put the plan's lines into the cart, if everything still is as the plan showed it.

        A second commit of one plan changes nothing more.

        Raises:
            PlanInvalid: the plan is not this member's.
            PlanChanged: prices or availability differ now; it carries the new plan.
            OrderNotFound: the order is gone.
            ErpUnavailable: the ERP gives no trustworthy answer.
        """
        member.require(Permission.PLACE_ORDERS)
        key, order, chosen, shown = self._read(member, plan)
        now = self._plan(member, order, chosen, key)
        if _fingerprint(now.lines) != shown:
            raise PlanChanged(plan=self._plan(member, order, chosen, self._new_id()))
        lines = tuple(map(_cart_line, now.to_cart))
        if lines:
            self._cart.add(cart_owner(member), lines, key=key)
            with self._begin(member) as work:
                work.record(
                    OrderCopied(
                        at=self._clock(),
                        order=order,
                        customer=member.customer,
                        plan=key,
                        lines=len(lines),
                    )
                )
                work.commit()
        return lines

    def cart(self, member: Member) -> tuple[CartLine, ...]:
        """Show what is in the member's cart for the customer it acts for."""
        member.require(Permission.PLACE_ORDERS)
        return tuple(self._cart.lines(cart_owner(member)))

    def _plan(
        self, member: Member, order: OrderId, chosen: Sequence[OrderLineId] | None, key: str
    ) -> ReorderPlan:
        for needed in (Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.PLACE_ORDERS):
            member.require(needed)
        if not is_order_id(order):
            raise OrderNotFound
        earlier = self._source.get(owner_of(member), order)
        articles = self._articles(member, earlier)
        lines = planned(earlier, chosen, articles, self._quotes(member, list(articles)))
        facts = (key, order, json.dumps(chosen), _fingerprint(lines))
        token = PlanToken(seal(self._keyring, member, KIND, facts))
        return ReorderPlan(order=order, lines=lines, token=token)

    def _read(
        self, member: Member, plan: PlanToken
    ) -> tuple[str, OrderId, Sequence[OrderLineId] | None, str]:
        try:
            key, order, chosen, shown = unseal(self._keyring, member, KIND, plan)
        except TokenInvalid as refusal:
            raise PlanInvalid from refusal
        return key, OrderId(order), json.loads(chosen), shown

    def _articles(self, member: Member, order: Order) -> Mapping[ArticleNumber, Article]:
        if self._catalogue is not None:
            numbers = tuple(dict.fromkeys(line.article for line in order.lines))
            return self._catalogue.articles(member.scope, numbers)
        return {
            line.article: Article(number=line.article, text=line.text, unit=line.unit)
            for line in order.lines
        }

    def _quotes(
        self, member: Member, articles: Sequence[ArticleNumber]
    ) -> Mapping[ArticleNumber, Quote]:
        with self._reading() as view:
            found = view.prices.candidates(member.scope, member.portal, articles)
        asked = quotes(articles, found, at=self._clock(), currency=member.currency)
        return {quote.article: quote for quote in asked}


def _fingerprint(lines: Sequence[PlannedLine]) -> str:
    """Digest what a person saw and agreed to: what goes in, how many, at what price."""
    seen = [
        [
            line.line,
            line.outcome.value,
            line.article,
            str(line.quantity),
            line.unit,
            str(line.price),
        ]
        for line in lines
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _cart_line(line: PlannedLine) -> CartLine:
    return CartLine(
        article=line.article or line.ordered,
        text=line.text,
        quantity=line.quantity,
        unit=line.unit,
        price=line.price,
    )
