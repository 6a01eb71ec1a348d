"""Who is on the way to an account, in SQL: one an address, whoever asks."""

from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Select, bindparam, delete, func, or_, select, union_all

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import registrations
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import RegistrationId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.registration.model import (
    QUEUED,
    Candidate,
    QueuePlace,
    Registration,
    RegistrationNotFound,
    RegistrationState,
)

_IN_REALM = registrations.c.realm == bindparam("of_realm")
_THIS = registrations.c.id == bindparam("of_id")
_OF_EMAIL = registrations.c.email_key == bindparam("of_email")
_QUEUED = or_(*(registrations.c.state == state for state in QUEUED))
_AFTER = (  # not as a pair, of which MariaDB's index would know nothing
    registrations.c.asked >= bindparam("then"),
    or_(registrations.c.asked > bindparam("then"), registrations.c.id > bindparam("last")),
)

_GET = select(registrations).where(_IN_REALM, _THIS)
_BY_EMAIL = select(registrations).where(_IN_REALM, _OF_EMAIL)


def _queue(*later: ColumnElement[bool]) -> Select[Any]:
    """Ask for the first of each state, which the index has in order, and of these for the first."""
    firsts = (
        select(registrations)
        .where(_IN_REALM, registrations.c.state == state, *later)
        .order_by(registrations.c.asked, registrations.c.id)
        .limit(bindparam("most"))
        .subquery()
        for state in QUEUED
    )
    both = union_all(*map(select, firsts)).subquery()
    return select(both).order_by(both.c.asked, both.c.id).limit(bindparam("most"))


_FIRST = _queue()
_NEXT = _queue(*_AFTER)
_ASKING = (
    select(registrations)
    .where(
        _IN_REALM,
        registrations.c.company == bindparam("of_company"),
        registrations.c.state == RegistrationState.CLAIMED,
    )
    .order_by(registrations.c.asked, registrations.c.id)
)
_COUNT = select(func.count()).select_from(registrations).where(_IN_REALM, _QUEUED)
_SAVING = Saving.of(registrations, kind="registration")
_REPLACE = delete(registrations).where(_IN_REALM, _OF_EMAIL)
_REMOVE = delete(registrations).where(_IN_REALM, _THIS)
_OLD = (
    select(registrations.c.id)
    .where(_IN_REALM, registrations.c.expires < bindparam("before"))
    .order_by(registrations.c.expires)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PURGE = delete_any(registrations, _IN_REALM, any_of(registrations.c.id, "old"))


@attrs.frozen
class SqlRegistrations:
    """Looks registrations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, registration: RegistrationId) -> Registration:
        """Return a registration."""
        with self._gate as gate:
            row = gate.row(_GET, {"of_realm": scope.realm, "of_id": registration})
            if row is None:
                raise RegistrationNotFound
            return _registration(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> Registration | None:
        """Return the one of this address, or None."""
        with self._gate as gate:
            row = gate.row(_BY_EMAIL, {"of_realm": scope.realm, "of_email": email.key})
            return None if row is None else _registration(row)

    def queued(
        self, scope: RealmScope, *, after: QueuePlace | None, limit: int
    ) -> tuple[Registration, ...]:
        """Return those that wait for staff, those that asked first before."""
        asked: dict[str, object] = {"of_realm": scope.realm, "most": limit}
        with self._gate as gate:
            if after is None:
                rows = gate.rows(_FIRST, asked)
            else:
                rows = gate.rows(_NEXT, {**asked, "then": after.asked, "last": after.id})
            return tuple(map(_registration, rows))

    def asking(self, scope: CustomerScope) -> tuple[Registration, ...]:
        """Return the open claims a customer's administrators are asked about, the first first."""
        asked = {"of_realm": scope.realm, "of_company": scope.customer}
        with self._gate as gate:
            return tuple(map(_registration, gate.rows(_ASKING, asked)))

    def count_queued(self, scope: RealmScope) -> int:
        """Count those that wait for staff."""
        with self._gate as gate:
            (count,) = gate.rows(_COUNT, {"of_realm": scope.realm})[0]
            return int(count)

    def put(self, scope: RealmScope, registration: Registration) -> None:
        """Keep a new registration in place of any other of its address."""
        new = attrs.evolve(registration, version=0)
        with self._gate.to_write() as gate:
            gate.change(_REPLACE, {"of_realm": scope.realm, "of_email": new.email.key})
            _SAVING.save(gate, scope.realm, [new], _row)

    def save(self, scope: RealmScope, registration: Registration) -> Registration:
        """Keep what changed of a registration that was put."""
        with self._gate.to_write() as gate:
            if not registration.version:
                raise Stale(kind="registration", id=registration.id, version=0)
            (kept,) = _SAVING.save(gate, scope.realm, [registration], _row)
            return kept

    def remove(self, scope: RealmScope, registration: RegistrationId) -> bool:
        """Forget a registration; False if there was none."""
        with self._gate.to_write() as gate:
            return gate.change(_REMOVE, {"of_realm": scope.realm, "of_id": registration}) == 1

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget those that expired before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": expired_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0


def _row(one: Registration) -> Asked:
    return {
        "portal": one.portal,
        "kind": one.kind,
        "email": one.email.text,
        "email_key": one.email.key,
        "answers": one.answers,
        "language": one.language,
        "draft": one.draft,
        "state": one.state,
        "asked": one.asked,
        "expires": one.expires,
        "proven": one.proven,
        "user": one.user,
        "candidates": wire.write(one.candidates),
        "company": one.company,
        "decided_by": one.decided_by,
        "reason": one.reason,
    }


def _registration(row: Fetched) -> Registration:
    return Registration(
        id=row.id,
        realm=row.realm,
        portal=row.portal,
        kind=row.kind,
        email=EmailAddress(row.email, row.email_key),
        answers=row.answers,
        language=row.language,
        draft=row.draft,
        state=row.state,
        asked=row.asked,
        expires=row.expires,
        proven=row.proven,
        user=row.user,
        candidates=wire.read(row.candidates, tuple[Candidate, ...]),
        company=row.company,
        decided_by=row.decided_by,
        reason=row.reason,
        version=row.version,
    )
