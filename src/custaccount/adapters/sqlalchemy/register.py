"""The register as staff see it, in SQL: what a page shows of accounts comes with its customers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, not_, or_, select

from custaccount.adapters.sqlalchemy.customers import CUSTOMER, whole
from custaccount.adapters.sqlalchemy.gate import Gate
from custaccount.adapters.sqlalchemy.lists import is_one_of
from custaccount.adapters.sqlalchemy.tables import (
    contacts,
    customers,
    grouped_customers,
    invitations,
    memberships,
    registrations,
    users,
)
from custaccount.credentials.model import UserState
from custaccount.customers.model import SEARCH_WORDS_MOST, search_words
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.scope import RealmScope
from custaccount.membership.model import MembershipState
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import QUEUED, AccountState, RegisterLine, RegisterQuery

_ESCAPE = "!"  # a backslash would mean something to MariaDB before LIKE sees it

_LET_IN = is_one_of(customers.c.status, "entering")


def _who_can_enter(column: ColumnElement[Any]) -> Select[Any]:
    return (
        select(column)
        .select_from(memberships)
        .join(users, (users.c.realm == memberships.c.realm) & (users.c.id == memberships.c.user))
        .where(
            memberships.c.realm == customers.c.realm,
            memberships.c.customer == customers.c.id,
            memberships.c.state == MembershipState.ACTIVE,
            users.c.state == UserState.ACTIVE,
            users.c.password.is_not(None),
            or_(users.c.initial_until.is_(None), users.c.initial_until > bindparam("at")),
        )
        .correlate(customers)
    )


_OPEN = (
    invitations.c.realm == customers.c.realm,
    invitations.c.customer == customers.c.id,
    invitations.c.open_key.is_not(None),
)


def _of_newest_invitation(column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    return (
        select(column)
        .where(*_OPEN)
        .order_by(invitations.c.issued.desc(), invitations.c.id.desc())
        .limit(1)
        .correlate(customers)
        .scalar_subquery()
    )


_WAITING = (  # counted, for an EXISTS here PostgreSQL answers for all customers before the first
    select(func.count())
    .select_from(contacts)
    .join(
        registrations,
        (registrations.c.realm == contacts.c.realm)
        & (registrations.c.email_key == contacts.c.email_key),
    )
    .where(
        contacts.c.realm == customers.c.realm,
        contacts.c.customer == customers.c.id,
        or_(*(registrations.c.state == state for state in QUEUED)),
    )
    .correlate(customers)
    .scalar_subquery()
)

_PAGE = (
    select(
        *CUSTOMER,
        case((_LET_IN, _who_can_enter(func.count()).scalar_subquery()), else_=0).label("members"),
        _of_newest_invitation(invitations.c.issued).label("invited"),
        _of_newest_invitation(invitations.c.expires).label("invitation_expires"),
        _WAITING.label("waiting"),
    )
    .where(customers.c.realm == bindparam("realm"))
    .order_by(customers.c.number)
    .limit(bindparam("most"))
)
_AFTER = customers.c.number > bindparam("after")
_OF_STATUS = customers.c.status == bindparam("of_status")
_THIS_ONE = customers.c.id == bindparam("this_one")
_IN_GROUP = exists(
    select(grouped_customers.c.group)
    .where(
        grouped_customers.c.realm == customers.c.realm,
        grouped_customers.c.customer == customers.c.id,
        grouped_customers.c.group == bindparam("of_group"),
    )
    .correlate(customers)
)
_WORDS = tuple(f"word{number}" for number in range(SEARCH_WORDS_MOST))
_HAS_WORD = tuple(customers.c.search.like(bindparam(word), escape=_ESCAPE) for word in _WORDS)

_ACTIVE = and_(_LET_IN, exists(_who_can_enter(users.c.id)))
_INVITED = exists(select(invitations.c.id).where(*_OPEN).correlate(customers))
_WITH_ACCOUNT = {
    AccountState.ACTIVE: _ACTIVE,
    AccountState.INVITED: and_(not_(_ACTIVE), _INVITED),
    AccountState.NONE: and_(not_(_ACTIVE), not_(_INVITED)),
}


@attrs.frozen
class SqlRegister:
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
        """Return matching customers by number, those after one; three statements a page."""
        question, asked = question_for(query, after=after)
        asked |= {"realm": scope.realm, "at": at, "most": limit}
        asked["entering"] = [status.value for status in entering]
        with self._gate as gate:
            rows = gate.rows(question, asked)
            found = whole(gate, scope.realm, rows)
        return tuple(
            RegisterLine(
                customer=customer,
                users=row.members,
                invited=row.invited,
                invitation_expires=row.invitation_expires,
                waiting=bool(row.waiting),
            )
            for customer, row in zip(found, rows, strict=True)
        )


def question_for(
    query: RegisterQuery, *, after: CustomerNumber | None
) -> tuple[Select[Any], dict[str, object]]:
    """Ask for what is looked for; all texts are parameters, and the wildcards in them are none."""
    asked: dict[str, object] = {}
    question = _PAGE
    for name, has_word, word in zip(_WORDS, _HAS_WORD, search_words(query.text), strict=False):
        question, asked[name] = question.where(has_word), f"%{_literal(word)}%"
    if query.status is not None:
        question, asked["of_status"] = question.where(_OF_STATUS), query.status
    if query.group is not None:
        question, asked["of_group"] = question.where(_IN_GROUP), query.group
    if query.customer is not None:
        question, asked["this_one"] = question.where(_THIS_ONE), query.customer
    if query.account is not None:
        question = question.where(_WITH_ACCOUNT[query.account])
    if after is not None:
        question, asked["after"] = question.where(_AFTER), after
    return question, asked


def _literal(word: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        word = word.replace(special, _ESCAPE + special)
    return word
