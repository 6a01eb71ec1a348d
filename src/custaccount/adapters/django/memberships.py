"""Who acts for whom, in Django."""

from collections.abc import Collection, Sequence

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MemberLine, Membership, Standing

_MEMBERSHIP = (
    "ref",
    "realm",
    "user",
    "customer",
    "roles",
    "state",
    "user_code",
    "reason",
    "epoch",
    "version",
)
_STANDING = (
    *_MEMBERSHIP,
    "customer_row__name",
    "customer_row__number",
    "customer_row__status",
    "customer_row__erp_id",
    "user_row__state",
    "user_row__initial_until",
)
_LINE = (
    *_MEMBERSHIP,
    "user_row__name",
    "user_row__email",
    "user_row__email_key",
    "user_row__state",
    "user_row__initial_until",
    "user_row__signed_in",
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

    def of_customer(self, scope: CustomerScope) -> tuple[MemberLine, ...]:
        """Return the customer's users, those removed too, by user id."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(realm=scope.realm, customer=scope.customer)
            return tuple(map(_line, gate.rows(rows.order_by("user").values_list(*_LINE))))

    def codes(self, scope: CustomerScope) -> frozenset[UserCode]:
        """Return the user codes the customer's members have."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(
                realm=scope.realm, customer=scope.customer, user_code__isnull=False
            )
            return frozenset(gate.rows(rows.values_list("user_code", flat=True)))

    def save(self, scope: CustomerScope, membership: Membership) -> Membership:
        """Keep a membership of the customer."""

        def row(one: Membership) -> Asked:
            return {
                "customer": scope.customer,
                "user": one.user,
                "roles": tuple(sorted(one.roles, key=lambda role: role.value)),
                "state": one.state,
                "user_code": one.user_code,
                "reason": one.reason,
                "epoch": one.epoch,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept


def _membership(row: Sequence[Fetched]) -> Membership:
    ref, realm, user, customer, roles, state, user_code, reason, epoch, version = row
    return Membership(
        id=ref,
        realm=realm,
        user=user,
        customer=customer,
        roles=frozenset(roles),
        state=state,
        user_code=user_code,
        reason=reason,
        epoch=epoch,
        version=version,
    )


def _standing(row: Fetched) -> Standing:
    name, number, status, erp_id, user_state, initial_until = row[len(_MEMBERSHIP) :]
    return Standing(
        membership=_membership(row[: len(_MEMBERSHIP)]),
        customer_name=name,
        customer_number=number,
        customer_status=status,
        erp_id=erp_id,
        user_state=user_state,
        password_due=initial_until is not None,
    )


def _line(row: Fetched) -> MemberLine:
    name, email, email_key, user_state, initial_until, signed_in = row[len(_MEMBERSHIP) :]
    return MemberLine(
        membership=_membership(row[: len(_MEMBERSHIP)]),
        name=name,
        email=None if email_key is None else EmailAddress(email, email_key),
        user_state=user_state,
        password_due=initial_until is not None,
        signed_in=signed_in,
    )
