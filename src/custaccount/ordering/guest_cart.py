"""A guest's cart: what was put in before signing in goes on in the member's own."""

from collections.abc import Sequence

import attrs

from custaccount.kernel.access import Member, Permission
from custaccount.kernel.errors import refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import OrderLineId
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, repeatable
from custaccount.ordering.model import CartLine, PlannedLine, cart_owner
from custaccount.ordering.planning import Planning, into_cart
from custaccount.ordering.ports import Cart, OrderingWork
from custaccount.orders.model import OrderLine

KEY_LONGEST = 200
MOST_LINES = 1000


@attrs.frozen(kw_only=True)
class GuestCart:
    """Merges what a guest has put into a cart with the member's own."""

    _begin: Begin[OrderingWork] = attrs.field(alias="begin")
    _cart: Cart = attrs.field(alias="cart")
    _planning: Planning = attrs.field(alias="planning")

    @requires(Permission.SEE_PRICES)
    @requires(Permission.PLACE_ORDERS)
    def merge(
        self, member: Member, lines: Sequence[CartLine], *, key: str
    ) -> tuple[PlannedLine, ...]:
        """Put a guest's lines into the member's cart, as far as the member may order them.

        Prices are the member's own, and equal article and unit add up with what is there. Merging
        again under one key adds nothing.

        Args:
            member: For whom.
            lines: What the guest's cart has; its prices do not count.
            key: Names the guest's cart, so that a repeated request does not double it.

        Returns:
            What became of each line, in the same order; what is left out says why.

        Raises:
            InvalidFields: more than 1,000 lines, or no proper key.
            MembershipOver: the member's rights have changed.
            Unavailable: the catalogue or the cart gives no trustworthy answer.
        """
        refuse_unless(
            (
                ("lines", len(lines) <= MOST_LINES, N_("At most 1,000 lines.")),
                ("key", 0 < len(key) <= KEY_LONGEST, N_("Between 1 and 200 characters.")),
            ),
            code="ordering.guest_cart_invalid",
        )
        asked = [
            OrderLine(
                id=OrderLineId(str(place)),
                article=line.article,
                text=line.text,
                quantity=line.quantity,
                unit=line.unit,
                price=line.price,
            )
            for place, line in enumerate(lines, start=1)
        ]
        decided = self._planning.decide(member, asked)
        added = into_cart(decided)
        if added:
            self._check(member)
            self._cart.add(cart_owner(member), added, key=f"guest {key}")
        return decided

    @repeatable
    def _check(self, member: Member) -> None:
        """Open a unit for the member: who may no longer is refused before anything is added."""
        with self._begin(member):
            pass
