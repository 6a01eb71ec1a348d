"""What staff do with price lists."""

from collections.abc import Sequence

import attrs

from custaccount.customers.model import CustomerGroupNotFound
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import CustomerGroupId, CustomerId, NewId, PortalId, PriceListId
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Begin, repeatable
from custaccount.pricing.model import (
    Attachment,
    Level,
    PriceList,
    PriceListAttached,
    PriceListCreated,
    PriceRow,
    PricesReplaced,
    checked_list,
)
from custaccount.pricing.ports import PricingWork


@attrs.frozen(kw_only=True)
class PriceDesk:
    """Makes price lists, fills them and attaches them to customers, groups and portals."""

    _begin: Begin[PricingWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")

    @requires(Permission.MANAGE_PRICES)
    @repeatable
    def create_list(self, staff: Staff, *, key: str, name: str) -> PriceList:
        """Make an empty price list.

        Raises:
            InvalidFields: key or name does not hold.
            AlreadyThere: the key is taken.
        """
        new = checked_list(PriceList(id=PriceListId(self._new_id()), key=key, name=name))
        with self._begin(staff) as work:
            kept = work.prices.save_list(staff.scope, new)
            work.record(PriceListCreated(at=self._clock(), list=kept.id, key=key))
            work.commit()
        return kept

    @requires(Permission.MANAGE_PRICES)
    def find_list(self, staff: Staff, key: str) -> PriceList | None:
        """Find a price list by its key; a nightly job begins here."""
        with self._begin(staff) as work:
            return work.prices.find_list(staff.scope, key)

    @requires(Permission.MANAGE_PRICES)
    @repeatable
    def replace_prices(
        self, staff: Staff, price_list: PriceListId, rows: Sequence[PriceRow]
    ) -> None:
        """Give a list these prices instead of those it has, all at once.

        Raises:
            PriceListNotFound: there is no such list.
            AlreadyThere: two rows are for the same article, unit, quantity, currency and time.
        """
        with self._begin(staff) as work:
            work.prices.replace_rows(staff.scope, price_list, rows)
            work.record(PricesReplaced(at=self._clock(), list=price_list, rows=len(rows)))
            work.commit()

    @requires(Permission.MANAGE_PRICES)
    @repeatable
    def attach_to_customer(
        self, staff: Staff, price_list: PriceListId, customer: CustomerId, *, rank: int = 0
    ) -> None:
        """Let a list count for one customer, before its groups' lists.

        Raises:
            PriceListNotFound: there is no such list.
            CustomerNotFound: there is no such customer.
        """
        with self._begin(staff) as work:
            work.customers.get(CustomerScope(staff.realm, customer))
            self._attach(
                work,
                staff,
                Attachment(list=price_list, level=Level.CUSTOMER, target=customer, rank=rank),
            )

    @requires(Permission.MANAGE_PRICES)
    @repeatable
    def attach_to_group(
        self, staff: Staff, price_list: PriceListId, group: CustomerGroupId, *, rank: int = 0
    ) -> None:
        """Let a list count for a customer group, before the portal's lists.

        Raises:
            PriceListNotFound: there is no such list.
            CustomerGroupNotFound: there is no such group.
        """
        with self._begin(staff) as work:
            if all(one.id != group for one in work.customers.groups(staff.scope)):
                raise CustomerGroupNotFound
            self._attach(
                work,
                staff,
                Attachment(list=price_list, level=Level.GROUP, target=group, rank=rank),
            )

    @requires(Permission.MANAGE_PRICES)
    @repeatable
    def attach_to_portal(
        self, staff: Staff, price_list: PriceListId, portal: PortalId, *, rank: int = 0
    ) -> None:
        """Let a list count for everybody at a portal, after all others.

        Raises:
            PriceListNotFound: there is no such list.
            PortalNotFound: there is no such portal.
        """
        with self._begin(staff) as work:
            work.portals.get(staff.scope, portal)
            self._attach(
                work,
                staff,
                Attachment(list=price_list, level=Level.PORTAL, target=portal, rank=rank),
            )

    def _attach(self, work: PricingWork, staff: Staff, attachment: Attachment) -> None:
        work.prices.attach(staff.scope, attachment)
        work.record(
            PriceListAttached(
                at=self._clock(),
                list=attachment.list,
                level=attachment.level,
                target=attachment.target,
                rank=attachment.rank,
            )
        )
        work.commit()
