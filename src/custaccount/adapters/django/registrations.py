"""Registrations in Django."""

from datetime import datetime

import attrs
from django.db.models import Q

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
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

_SAVING = Saving(models.Registration, kind="registration")


@attrs.frozen
class DjangoRegistrations:
    """Looks registrations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, registration: RegistrationId) -> Registration:
        """Return a registration of the realm."""
        with self._gate as gate:
            found = gate.table(models.Registration).filter(realm=scope.realm, ref=registration)
            row = gate.row(found)
            if row is None:
                raise RegistrationNotFound
            return _registration(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> Registration | None:
        """Return the one of this address, or None."""
        with self._gate as gate:
            found = gate.table(models.Registration).filter(realm=scope.realm, email_key=email.key)
            row = gate.row(found)
            return None if row is None else _registration(row)

    def queued(
        self, scope: RealmScope, *, after: QueuePlace | None, limit: int
    ) -> tuple[Registration, ...]:
        """Return those that wait for staff, those that asked first before."""
        with self._gate as gate:
            waiting = gate.table(models.Registration).filter(realm=scope.realm, state__in=QUEUED)
            if after is not None:
                waiting = waiting.filter(asked__gte=after.asked).filter(
                    Q(asked__gt=after.asked) | Q(ref__gt=after.id)
                )
            return tuple(map(_registration, gate.rows(waiting.order_by("asked", "ref")[:limit])))

    def asking(self, scope: CustomerScope) -> tuple[Registration, ...]:
        """Return the open claims a customer's administrators are asked about."""
        with self._gate as gate:
            asked = gate.table(models.Registration).filter(
                realm=scope.realm, state=RegistrationState.CLAIMED, company=scope.customer
            )
            return tuple(map(_registration, gate.rows(asked.order_by("asked", "ref"))))

    def count_queued(self, scope: RealmScope) -> int:
        """Count those that wait for staff."""
        with self._gate as gate:
            waiting = gate.table(models.Registration).filter(realm=scope.realm, state__in=QUEUED)
            return waiting.count()

    def put(self, scope: RealmScope, registration: Registration) -> None:
        """Keep a new registration in place of any other of its address."""
        with self._gate.to_write() as gate:
            former = gate.table(models.Registration).filter(
                realm=scope.realm, email_key=registration.email.key
            )
            gate.forget(former)
            _SAVING.save(gate, scope.realm, [attrs.evolve(registration, version=0)], _row)

    def save(self, scope: RealmScope, registration: Registration) -> Registration:
        """Keep what changed of a registration."""
        with self._gate.to_write() as gate:
            if not registration.version:  # never put
                raise Stale(kind="registration", id=registration.id, version=0)
            (kept,) = _SAVING.save(gate, scope.realm, [registration], _row)
            return kept

    def remove(self, scope: RealmScope, registration: RegistrationId) -> bool:
        """Forget a registration; False if there was none."""
        with self._gate.to_write() as gate:
            found = gate.table(models.Registration).filter(realm=scope.realm, ref=registration)
            return gate.forget(found) == 1

    def purge(self, scope: RealmScope, *, expired_before: datetime, limit: int) -> int:
        """Forget those that expired before a moment; returns how many."""
        with self._gate.to_write() as gate:
            old = gate.table(models.Registration).filter(
                realm=scope.realm, expires__lt=expired_before
            )
            return gate.forget_some(old.order_by("expires"), "ref", limit=limit)


def _row(registration: Registration) -> Asked:
    return {
        "portal": registration.portal,
        "kind": registration.kind,
        "email": registration.email.text,
        "email_key": registration.email.key,
        "answers": wire.write(registration.answers),
        "language": registration.language,
        "draft": registration.draft,
        "state": registration.state,
        "asked": registration.asked,
        "expires": registration.expires,
        "proven": registration.proven,
        "user": registration.user,
        "candidates": wire.write(registration.candidates),
        "company": registration.company,
        "decided_by": registration.decided_by,
        "reason": registration.reason,
    }


def _registration(row: Fetched) -> Registration:
    return Registration(
        id=row.ref,
        realm=row.realm,
        portal=row.portal,
        kind=row.kind,
        email=EmailAddress(row.email, row.email_key),
        answers=wire.read(row.answers, dict[str, str]),
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
