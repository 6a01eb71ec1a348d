"""Who acts for whom, in Django."""

from collections.abc import Collection

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.kernel.ids import CustomerId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Membership, Standing

_STANDING = (
    "ref",
    "realm",
    "user",
    "customer",
    "roles",
    "state",
    "epoch",
    "version",
    "customer_row__name",
    "customer_row__number",
    "customer_row__status",
    "customer_row__erp_id",
    "user_row__state",
)
_SAVING = Saving(models.Membership, kind="membership", owner="customer")


@attrs.frozen
class DjangoMemberships:
    """Looks up who acts for whom, and keeps it."""

    _gate: Gate

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Standing, ...]:
        """Return the user's memberships in every state, by customer number."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(realm=scope.realm, user=user)
            rows = rows.order_by("customer_row__number").values_list(*_STANDING)
            return tuple(map(_standing, gate.rows(rows)))

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer, or None."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(
                realm=scope.realm, customer=scope.customer, user=user
            )
            row = gate.row(rows.values_list(*_STANDING))
            return None if row is None else _standing(row)

    def taken(self, scope: RealmScope, customers: Collection[CustomerId]) -> frozenset[CustomerId]:
        """Return which of these customers have, or have had, a member."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(
                realm=scope.realm, customer__any_of=customers
            )
            return frozenset(gate.rows(rows.values_list("customer", flat=True).distinct()))

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""

        def row(one: Membership) -> Asked:
            return {
                "customer": scope.customer,
                "user": one.user,
                "roles": tuple(sorted(one.roles, key=lambda role: role.value)),
                "state": one.state,
                "epoch": one.epoch,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept


def _standing(row: Fetched) -> Standing:
    (
        ref,
        realm,
        user,
        customer,
        roles,
        state,
        epoch,
        version,
        customer_name,
        customer_number,
        customer_status,
        erp_id,
        user_state,
    ) = row
    membership = Membership(
        id=ref,
        realm=realm,
        user=user,
        customer=customer,
        roles=frozenset(roles),
        state=state,
        epoch=epoch,
        version=version,
    )
    return Standing(
        membership=membership,
        customer_name=customer_name,
        customer_number=customer_number,
        customer_status=customer_status,
        erp_id=erp_id,
        user_state=user_state,
    )
