"""What staff do with customer groups."""

import re
from collections.abc import Mapping

import attrs

from custaccount.customers.model import (
    CustomerGroup,
    CustomerGroupChanged,
    CustomerGroupNotFound,
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
    FeatureKey,
    NewId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.text import is_name
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import switched

GROUP_AUDITED = ("key", "name")
"""What the audit trail tells of a group, before and after."""

_KEY = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")


@attrs.frozen(kw_only=True)
class GroupDesk:
    """Makes customer groups, renames them, and switches functions on and off for them."""

    _reading: Reading[CustomersReading] = attrs.field(alias="reading")
    _begin: Begin[CustomersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _features: Features = attrs.field(alias="features", factory=Features)

    @requires(Permission.MANAGE_REGISTER)
    def all(self, staff: Staff) -> tuple[CustomerGroup, ...]:
        """List the realm's customer groups by key."""
        with self._reading() as view:
            return tuple(view.customers.groups(staff.scope))

    @requires(Permission.MANAGE_REGISTER)
    @repeatable
    def make(self, staff: Staff, *, key: str, name: str) -> CustomerGroup:
        """Make a group; nobody is in it.

        Raises:
            InvalidFields: key or name do not hold.
            AlreadyThere: the key is taken.
        """
        new = CustomerGroup(id=CustomerGroupId(self._new_id()), key=key.strip(), name=name.strip())
        self._check(new, {})
        with self._begin(staff) as work:
            (group,) = work.customers.save_groups(staff.scope, [new])
            changes = changes_of(None, group, shown=GROUP_AUDITED)
            work.record(
                CustomerGroupChanged(at=self._clock(), group=group.id, what="made", changes=changes)
            )
            work.commit()
        return group

    @requires(Permission.MANAGE_REGISTER)
    @repeatable
    def change(
        self,
        staff: Staff,
        group: CustomerGroupId,
        *,
        version: int,
        name: str | None = None,
        features: Mapping[FeatureKey, bool] | None = None,
    ) -> CustomerGroup:
        """Rename a group, or switch functions for all who are in it; what is left out stays.

        Raises:
            CustomerGroupNotFound: there is none in this realm.
            Stale: it was changed after this version was read.
            InvalidFields: name or switches do not hold.
        """
        with self._begin(staff) as work:
            found = (one for one in work.customers.groups(staff.scope) if one.id == group)
            before = next(found, None)
            if before is None:
                raise CustomerGroupNotFound
            if before.version != version:
                raise Stale(kind="customer group", id=group, version=version)
            after = attrs.evolve(
                before,
                name=before.name if name is None else name.strip(),
                features=before.features if features is None else dict(features),
            )
            self._check(after, before.features)
            if after == before:
                return before
            (kept,) = work.customers.save_groups(staff.scope, [after])
            changes = (
                *changes_of(before, kept, shown=GROUP_AUDITED),
                *switched(before.features, kept.features),
            )
            work.record(
                CustomerGroupChanged(at=self._clock(), group=group, what="changed", changes=changes)
            )
            work.commit()
        return kept

    def _check(self, group: CustomerGroup, before: Switched) -> None:
        rules: list[Rule] = [
            ("key", _KEY.fullmatch(group.key), N_("Between 1 and 64 printable characters.")),
            ("name", is_name(group.name), N_("Between 1 and 100 printable characters.")),
            *self._features.rules(group.features, before=before),
        ]
        refuse_unless(rules, code="customers.invalid")
