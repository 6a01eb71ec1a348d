"""Ordering again: from an earlier order to the cart."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Depth, Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.features import REORDER
from custaccount.kernel.ids import NewId, OrderId, OrderLineId, PlanToken
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, repeatable
from custaccount.ordering.model import (
    CartLine,
    OrderCopied,
    PlanChanged,
    PlanInvalid,
    PlannedLine,
    ReorderPlan,
    cart_owner,
    chosen_lines,
)
from custaccount.ordering.planning import Planning, into_cart
from custaccount.ordering.ports import Cart, OrderingWork
from custaccount.orders.model import Order, OrderNotFound, answered, is_order_id, owner_of
from custaccount.orders.ports import OrderSource

KIND = "reorder plan"
PLAN_LIFETIME = timedelta(hours=12)
"""How long a plan can be committed; shorter than a cart remembers its key."""


@attrs.frozen(kw_only=True)
class _Sealed:
    """What a plan's token says."""

    key: str
    made: datetime
    order: OrderId
    places: tuple[int, ...] | None
    """Which of the order's lines, by position; None for all of them."""
    shown: str
    """A digest of what the person saw."""
    lines: int
    """How many of them go into the cart."""


@attrs.frozen(kw_only=True)
class Reorder:
    """Copies an earlier order into the cart, at today's prices: first a plan, then the commit."""

    _source: OrderSource = attrs.field(alias="source")
    _begin: Begin[OrderingWork] = attrs.field(alias="begin")
    _cart: Cart = attrs.field(alias="cart")
    _planning: Planning = attrs.field(alias="planning")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _keyring: Keyring = attrs.field(alias="keyring")

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=REORDER)
    @requires(Permission.SEE_PRICES)
    @requires(Permission.PLACE_ORDERS)
    def plan(
        self, member: Member, order: OrderId, lines: Sequence[OrderLineId] | None = None
    ) -> ReorderPlan:
        """Say for each line, or each chosen one, what it would become; nothing is changed.

        Raises:
            OrderNotFound: there is none, or it is another customer's.
            LinesUnknown: a chosen line is not the order's.
            Unavailable: the ERP or the catalogue gives no trustworthy answer.
        """
        earlier = self._earlier(member, order)
        picked = {line.id for line in chosen_lines(earlier, lines)}
        places = None
        if lines is not None:
            places = tuple(at for at, one in enumerate(earlier.lines) if one.id in picked)
        return self._sealed(member, order, places, self._decide(member, earlier, places))

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=REORDER)
    @requires(Permission.SEE_PRICES)
    @requires(Permission.PLACE_ORDERS)
    def commit(self, member: Member, plan: PlanToken) -> tuple[CartLine, ...]:
        """Put the plan's lines into the cart, if everything still is as the plan showed it.

        Returns what this call added. A second commit of one plan adds nothing and returns nothing.

        Raises:
            PlanInvalid: the plan is not this member's, or older than 12 hours.
            PlanChanged: prices or availability differ now; it carries the new plan.
            OrderNotFound: the order is gone.
            MembershipOver: the member's rights have changed since it was made.
            Unavailable: the ERP, the catalogue or the cart gives no trustworthy answer.
        """
        said = self._read(member, plan)
        owner = cart_owner(member)
        if self._cart.has(owner, said.key):
            self._tell(member, said)  # once more: the call that added them may have died before
            return ()
        now = self._decide(member, self._earlier(member, said.order), said.places)
        if _fingerprint(now) != said.shown:
            raise PlanChanged(plan=self._sealed(member, said.order, said.places, now))
        lines = into_cart(now)
        if not lines:
            return ()
        self._check(member)
        added = self._cart.add(owner, lines, key=said.key)
        self._tell(member, said)
        return lines if added else ()

    @requires(Permission.SEE_PRICES, feature=REORDER)
    @requires(Permission.PLACE_ORDERS)
    def cart(self, member: Member) -> tuple[CartLine, ...]:
        """Show what is in the member's cart for the customer it acts for.

        Raises:
            Unavailable: the cart gives no answer.
        """
        return tuple(self._cart.lines(cart_owner(member)))

    @repeatable
    def _check(self, member: Member) -> None:
        """Open a unit for the member: who may no longer is refused before anything is added."""
        with self._begin(member):
            pass

    @repeatable
    def _tell(self, member: Member, said: _Sealed) -> None:
        with self._begin(member) as work:
            work.record(
                OrderCopied(
                    at=self._clock(),
                    order=said.order,
                    customer=member.customer,
                    plan=said.key,
                    lines=said.lines,
                )
            )
            work.commit()

    def _earlier(self, member: Member, order: OrderId) -> Order:
        if not is_order_id(order):
            raise OrderNotFound
        return answered(self._source.get(owner_of(member), order), order)

    def _decide(
        self, member: Member, order: Order, places: Sequence[int] | None
    ) -> tuple[PlannedLine, ...]:
        lines = order.lines
        if places is not None:
            lines = tuple(lines[place] for place in places if place < len(lines))
        return self._planning.decide(member, lines)

    def _sealed(
        self,
        member: Member,
        order: OrderId,
        places: tuple[int, ...] | None,
        lines: tuple[PlannedLine, ...],
    ) -> ReorderPlan:
        made = self._clock().isoformat()
        adding = sum(line.article is not None for line in lines)
        facts = (
            *(self._new_id(), made, order, _written(places)),
            *(_fingerprint(lines), str(adding)),
        )
        token = PlanToken(seal(self._keyring, member, KIND, facts))
        return ReorderPlan(order=order, lines=lines, token=token)

    def _read(self, member: Member, plan: PlanToken) -> _Sealed:
        try:
            key, made, order, places, shown, adding = unseal(self._keyring, member, KIND, plan)
        except TokenInvalid as refusal:
            raise PlanInvalid from refusal
        said = _Sealed(
            key=key,
            made=datetime.fromisoformat(made),
            order=OrderId(order),
            places=_read_back(places),
            shown=shown,
            lines=int(adding),
        )
        if not said.made <= self._clock() < said.made + PLAN_LIFETIME:
            raise PlanInvalid
        return said


def _fingerprint(lines: Sequence[PlannedLine]) -> str:
    """Digest what a person saw and agreed to: what goes in, how much, at what price."""
    seen = [
        (
            *(line.line, line.outcome.value, line.article, line.unit),
            *map(str, (line.quantity, line.price)),
        )
        for line in lines
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _written(places: Sequence[int] | None) -> str:
    """Write positions as one number, a bit for each line: a long order's plan stays short."""
    return "" if places is None else f"{sum(1 << place for place in places):x}"


def _read_back(written: str) -> tuple[int, ...] | None:
    if not written:
        return None
    bits = int(written, 16)
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)
