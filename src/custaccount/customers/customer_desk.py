"""What staff do with one customer: its status, its groups, what is switched for it."""

from collections.abc import Sequence

import attrs

from custaccount.customers.model import (
    AUDITED,
    AUDITED_BY_NAME,
    Customer,
    CustomerChanged,
)
from custaccount.customers.ports import CustomersReading, CustomersWork
from custaccount.facilities.audit import changes_of
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Rule, Stale, refuse_unless
from custaccount.kernel.features import Features, Switched
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import switched
from custaccount.portals.statuses import CustomerStatus


@attrs.frozen(kw_only=True)
class CustomerDesk:
    """Looks after one customer: where it stands, which groups it is in, what it is offered."""

    _reading: Reading[CustomersReading] = attrs.field(alias="reading")
    _begin: Begin[CustomersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _features: Features = attrs.field(alias="features", factory=Features)

    @requires(Permission.MANAGE_REGISTER)
    def look(self, staff: Staff, customer: CustomerId) -> Customer:
        """Return a customer, with the version a change of it names.

        Raises:
            CustomerNotFound: there is no such customer.
        """
        with self._reading() as view:
            return view.customers.get(CustomerScope(staff.realm, customer))

    @requires(Permission.MANAGE_REGISTER)
    @repeatable
    def change(
        self,
        staff: Staff,
        customer: CustomerId,
        *,
        version: int,
        status: CustomerStatus | None = None,
        groups: Sequence[CustomerGroupId] | None = None,
        features: Switched | None = None,
    ) -> Customer:
        """Change where a customer stands, its groups or its switches; what is left out stays.

        Its members feel it at their next call.

        Args:
            staff: Who changes it.
            customer: Which.
            version: The version that was read.
            status: What it is to be.
            groups: All it is to be in; the first one counts first.
            features: All that is switched on or off for it alone.

        Raises:
            CustomerNotFound: there is no such customer.
            Stale: it was changed after this version was read.
            InvalidFields: a group is named twice or not known, or a function is.
        """
        with self._begin(staff) as work:
            before = work.customers.get(CustomerScope(staff.realm, customer))
            if before.version != version:
                raise Stale(kind="customer", id=customer, version=version)
            after = attrs.evolve(
                before,
                status=before.status if status is None else status,
                groups=before.groups if groups is None else tuple(groups),
                features=before.features if features is None else dict(features),
            )
            known = {one.id for one in work.customers.groups(staff.scope)}
            once = len(set(after.groups)) == len(after.groups)
            rules: list[Rule] = [
                ("groups", once, N_("Each group only once.")),
                ("groups", set(after.groups) <= known, N_("This customer group is not known.")),
                *self._features.rules(after.features, before=before.features),
            ]
            refuse_unless(rules, code="customers.invalid")
            if after == before:
                return before
            (kept,) = work.customers.save(staff.scope, [after])
            changes = (
                *changes_of(before, kept, shown=AUDITED, named=AUDITED_BY_NAME),
                *switched(before.features, kept.features),
            )
            work.record(CustomerChanged(at=self._clock(), customer=customer, changes=changes))
            work.commit()
        return kept
