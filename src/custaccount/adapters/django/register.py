"""The register as staff see it, in Django: a page with the state of each account."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import attrs
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from custaccount.adapters.django import models
from custaccount.adapters.django.customers import whole
from custaccount.adapters.django.gate import Fetched, Gate
from custaccount.adapters.django.lists import fit
from custaccount.credentials.model import UserState
from custaccount.customers.model import Customer, search_words
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.scope import RealmScope
from custaccount.membership.model import MembershipState
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import QUEUED, AccountState, RegisterLine, RegisterQuery

Rows = QuerySet[Any, Any]
"""Where a question is whether there is one, beside others, it asks for the first: PostgreSQL would
answer EXISTS for all customers at once, and a page is of a few."""


@attrs.frozen
class DjangoRegister:
    """Looks the register up as staff see it."""

    _gate: Gate

    def search(
        self,
        scope: RealmScope,
        query: RegisterQuery,
        *,
        entering: Collection[CustomerStatus],
        at: datetime,
        after: CustomerNumber | None,
        limit: int,
    ) -> tuple[RegisterLine, ...]:
        """Return matching customers by number, those after one; a page in three statements."""
        with self._gate as gate:
            found = _matching(gate, scope, query)
            if query.account is not None:
                found = _in_state(gate, found, query.account, entering, at)
            if after is not None:
                found = found.filter(number__gt=after)
            rows = gate.rows(_with_account(gate, found, at).order_by("number")[:limit])
            customers = whole(gate, scope.realm, rows)
            return tuple(
                _line(customer, row, entering)
                for customer, row in zip(customers, rows, strict=True)
            )


def _matching(gate: Gate, scope: RealmScope, query: RegisterQuery) -> Rows:
    """Find those that have every word, the status and the group that are asked for."""
    found = gate.table(models.Customer).filter(realm=scope.realm)
    for word in search_words(query.text):
        found = found.filter(search__contains=fit(word))
    if query.status is not None:
        found = found.filter(status=query.status)
    if query.group is not None:
        found = found.filter(Exists(_of(gate, models.GroupedCustomer).filter(group=query.group)))
    if query.customer is not None:
        found = found.filter(ref=query.customer)
    return found


def _in_state(
    gate: Gate,
    customers: Rows,
    state: AccountState,
    entering: Collection[CustomerStatus],
    at: datetime,
) -> Rows:
    """Keep those whose account is in a state, with what ``RegisterLine.state`` says of it."""
    open_to_users = Q(status__in=entering)
    users, invited = _who_can_sign_in(gate, at), Exists(_invitations(gate))
    if state is AccountState.ACTIVE:
        return customers.filter(open_to_users, Exists(users))
    customers = customers.alias(someone=Subquery(users.values("ref")[:1]))
    nobody = ~open_to_users | Q(someone=None)
    return customers.filter(nobody, invited if state is AccountState.INVITED else ~invited)


def _with_account(gate: Gate, customers: Rows, at: datetime) -> Rows:
    """Tell of each what its account is like, in the same statement."""
    users = _who_can_sign_in(gate, at).order_by().values("realm")
    newest = _invitations(gate).order_by("-issued", "-ref")
    contacts = _of(gate, models.Contact)
    queued = gate.table(models.Registration).filter(
        realm=OuterRef("realm"), email_key=OuterRef("email_key"), state__in=QUEUED
    )
    return customers.annotate(
        users=Subquery(users.annotate(count=Count("ref")).values("count")),
        invited=Subquery(newest.values("issued")[:1]),
        invitation_expires=Subquery(newest.values("expires")[:1]),
        waiting=Subquery(contacts.filter(Exists(queued)).values("position")[:1]),
    )


def _who_can_sign_in(gate: Gate, at: datetime) -> Rows:
    """Find those whom nothing of their own keeps out; the customer's status may."""
    members = _of(gate, models.Membership).filter(
        state=MembershipState.ACTIVE,
        user_row__state=UserState.ACTIVE,
        user_row__password__isnull=False,
    )
    return members.filter(
        Q(user_row__initial_until__isnull=True) | Q(user_row__initial_until__gt=at)
    )


def _invitations(gate: Gate) -> Rows:
    return _of(gate, models.Invitation).filter(open_key__isnull=False)


def _of(gate: Gate, model: type[models.Row]) -> Rows:
    """Find what belongs to the customer a question is about."""
    return gate.table(model).filter(realm=OuterRef("realm"), customer=OuterRef("ref"))


def _line(customer: Customer, row: Fetched, entering: Collection[CustomerStatus]) -> RegisterLine:
    return RegisterLine(
        customer=customer,
        users=(row.users or 0) if customer.status in entering else 0,
        invited=row.invited,
        invitation_expires=row.invitation_expires,
        waiting=row.waiting is not None,
    )
