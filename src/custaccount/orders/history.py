"""My orders."""

from datetime import UTC, datetime

import attrs

from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Depth, Member, Permission
from custaccount.kernel.features import ORDER_HISTORY
from custaccount.kernel.ids import Cursor, OrderId, OrderNumber
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.text import number_key
from custaccount.orders.model import (
    Found,
    Order,
    OrderNotFound,
    OrderSummary,
    Position,
    answered,
    is_order_id,
    owner_of,
)
from custaccount.orders.ports import OrderSource

KIND = "orders newest"


@attrs.frozen(kw_only=True)
class OrderHistory:
    """Shows a member the orders of the customer it acts for, straight from their source."""

    _source: OrderSource = attrs.field(alias="source")
    _keyring: Keyring = attrs.field(alias="keyring")

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=ORDER_HISTORY)
    def newest(self, member: Member, cursor: Cursor | None = None) -> Page[OrderSummary]:
        """List the newest 50 orders, or the 50 that follow a cursor; new orders shift nothing.

        Raises:
            CursorInvalid: the cursor is not this member's, or not of this list.
            ErpUnavailable: the ERP gives no trustworthy answer.
        """
        after = None if cursor is None else self._position(member, cursor)
        found = self._source.newest(owner_of(member), after=after, limit=PAGE_SIZE + 1)
        shown = tuple(found[:PAGE_SIZE])
        more = self._cursor(member, shown[-1].position) if len(found) > PAGE_SIZE else None
        return Page(items=shown, more=more)

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=ORDER_HISTORY)
    def search(self, member: Member, number: str) -> tuple[Found, ...]:
        """Find orders by a number of theirs, the newest first.

        It is the order's own, the one the customer gave it, an invoice's or a delivery note's.
        Upper and lower case and blanks do not count; wildcards are refused.

        Raises:
            NumberInvalid: that is no number; the source is not asked.
            ErpUnavailable: the ERP gives no trustworthy answer.
        """
        return tuple(self._source.with_number(owner_of(member), number_key(number)))

    @requires(Permission.SEE_ORDERS, depth=Depth.OWN, feature=ORDER_HISTORY)
    def get(self, member: Member, order: OrderId) -> Order:
        """Open an order with its lines, delivery notes and invoices.

        Raises:
            OrderNotFound: there is none, or it is another customer's.
            ErpUnavailable: the ERP gives no trustworthy answer.
        """
        if not is_order_id(order):
            raise OrderNotFound
        return answered(self._source.get(owner_of(member), order), order)

    def _cursor(self, member: Member, at: Position) -> Cursor:
        facts = (at.placed.isoformat(), at.number)
        return Cursor(seal(self._keyring, member, KIND, facts))

    def _position(self, member: Member, cursor: Cursor) -> Position:
        try:
            placed, number = unseal(self._keyring, member, KIND, cursor)
        except TokenInvalid as refusal:
            raise CursorInvalid from refusal
        moment = datetime.fromisoformat(placed).astimezone(UTC)
        return Position(placed=moment, number=OrderNumber(number))
