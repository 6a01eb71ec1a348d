"""Who acts for whom, in Django."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import attrs
from django.db.models import Q, QuerySet

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.customers import switched
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.kernel.ids import CustomerId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import MemberLine, Membership
from custaccount.membership.roles import Role
from custaccount.membership.standing import GroupSwitches, Standing

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
    "acted",
    "version",
)
_STANDING = (
    *_MEMBERSHIP,
    "customer_row__name",
    "customer_row__number",
    "customer_row__kind",
    "customer_row__status",
    "customer_row__erp_id",
    "customer_row__features",
    "book_row__roles",
    "book_row__epoch",
    "user_row__state",
    "user_row__initial_until",
)
_GROUP = (
    "grouped_row__group_row__ref",
    "grouped_row__group_row__name",
    "grouped_row__group_row__features",
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
_PLACED = "grouped_row__position"
_NOTHING = "{}"
_SAVING = Saving(models.Membership, kind="membership", owner="customer", once=("acted",))


@attrs.frozen
class DjangoMemberships:
    """Looks up who acts for whom, and keeps it."""

    _gate: Gate

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Standing, ...]:
        """Return the user's memberships in every state, by customer number."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(realm=scope.realm, user=user)
            return _standings(gate, rows.order_by("customer_row__number", _PLACED))

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Return the user's membership of this customer, or None."""
        with self._gate as gate:
            rows = gate.table(models.Membership).filter(
                realm=scope.realm, customer=scope.customer, user=user
            )
            return next(iter(_standings(gate, rows.order_by(_PLACED))), None)

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
                "roles": tuple(sorted(one.roles)),
                "state": one.state,
                "user_code": one.user_code,
                "reason": one.reason,
                "epoch": one.epoch,
                "acted": one.acted,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [membership], row)
            return kept

    def note_acting(self, scope: CustomerScope, user: UserId, *, at: datetime) -> None:
        """Note that a user begins to act for the customer, never moving back in time."""
        with self._gate.to_write() as gate:
            rows = gate.table(models.Membership).filter(
                realm=scope.realm, customer=scope.customer, user=user
            )
            rows.filter(Q(acted__isnull=True) | Q(acted__lt=at)).update(acted=at)


def _standings(gate: Gate, members: QuerySet[Any, Any]) -> tuple[Standing, ...]:
    """Read each membership from its rows, one a group of its customer, or one without."""
    rows = gate.rows(members.values_list(*_STANDING, *_GROUP))
    of_one = (tuple(same) for _, same in groupby(rows, key=itemgetter(0)))
    return tuple(_standing(same[0][: len(_STANDING)], _groups(same)) for same in of_one)


def _groups(rows: Sequence[Fetched]) -> tuple[GroupSwitches, ...]:
    """Return the groups that have switched something."""
    return tuple(
        GroupSwitches(group=group, name=name, features=switched(features))
        for *_, group, name, features in rows
        if features not in {None, _NOTHING}
    )


def _membership(row: Sequence[Fetched]) -> Membership:
    ref, realm, user, customer, roles, state, user_code, reason, epoch, acted, version = row
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
        acted=acted,
        version=version,
    )


def _standing(row: Fetched, groups: tuple[GroupSwitches, ...]) -> Standing:
    name, number, kind, status, erp_id, features, roles, epoch, user_state, initial_until = row[
        len(_MEMBERSHIP) :
    ]
    return Standing(
        membership=_membership(row[: len(_MEMBERSHIP)]),
        customer_name=name,
        customer_number=number,
        customer_kind=kind,
        customer_status=status,
        erp_id=erp_id,
        features=switched(features),
        groups=groups,
        own_roles=() if roles is None else wire.read(roles, tuple[Role, ...]),
        roles_epoch=epoch or 0,
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
