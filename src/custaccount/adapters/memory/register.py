"""The register as staff see it, in memory."""

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.invitations import open_invitations
from custaccount.adapters.memory.table import fit
from custaccount.adapters.memory.tables import Tables
from custaccount.customers.model import Customer, search_text, search_words
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.scope import RealmScope
from custaccount.membership.model import Membership, MembershipState
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import RegisterLine, RegisterQuery


@attrs.frozen
class MemoryRegister:
    """Looks the register up: each customer with the state of its account."""

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
        """Return matching customers by number, those after one."""

        def found(tables: Tables) -> tuple[RegisterLine, ...]:
            matching = _matching(tables, scope, query, after)
            lines = (_line(tables, one, at, enters=one.status in entering) for one in matching)
            wanted = (one for one in lines if query.account in {None, one.state})
            return tuple(islice(wanted, limit))

        return self._gate.ask(found)


def _matching(
    tables: Tables, scope: RealmScope, query: RegisterQuery, after: CustomerNumber | None
) -> Iterator[Customer]:
    words = search_words(fit(query.text))
    rows = (
        row
        for row in tables.customers.of_realm(scope.realm)
        if (after is None or row.number > after)
        and query.status in {None, row.status}
        and (query.group is None or query.group in row.groups)
        and query.customer in {None, row.id}
    )
    for row in sorted(rows, key=lambda row: row.number):
        text = search_text(row) if words else ""
        if all(word in text for word in words):
            yield row


def _line(tables: Tables, customer: Customer, at: datetime, *, enters: bool) -> RegisterLine:
    members = tables.memberships.marked("customer", customer.realm, customer.id)
    open_ = open_invitations(tables, customer.scope)
    return RegisterLine(
        customer=customer,
        users=sum(_enters(tables, one, at) for one in members) * enters,
        invited=open_[0].issued if open_ else None,
        invitation_expires=open_[0].expires if open_ else None,
        waiting=any(
            _waits(tables, customer, one.email.key) for one in customer.contacts if one.email
        ),
    )


def _enters(tables: Tables, membership: Membership, at: datetime) -> bool:
    user = tables.users.find((membership.realm, membership.user))
    return (
        membership.state is MembershipState.ACTIVE
        and user is not None
        and user.password is not None
        and user.may_enter(at)
    )


def _waits(tables: Tables, customer: Customer, email_key: str) -> bool:
    registration = tables.registrations.only("email", customer.realm, email_key)
    return registration is not None and registration.waits_for_staff
