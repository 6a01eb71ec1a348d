"""Staff and their sessions in Django."""

from datetime import datetime

import attrs

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.credentials.model import PasswordHash
from custaccount.kernel.ids import StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.staff.model import Grant, StaffMember, StaffNotFound, StaffSession, StaffState

_STAFF = (
    "ref",
    "realm",
    "email",
    "email_key",
    "name",
    "password",
    "initial_until",
    "state",
    "grants",
    "language",
    "epoch",
    "signed_in",
    "version",
)
"""The columns ``_member`` reads, in its order."""

_FOUND = ("epoch", "begun", "used", "language", *(f"staff_row__{column}" for column in _STAFF))

_SAVING = Saving(models.StaffMember, kind="staff member", once=("signed_in",))


@attrs.frozen
class DjangoStaff:
    """Looks staff up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, staff: StaffId) -> StaffMember:
        """Return a staff member of the realm."""
        with self._gate as gate:
            members = gate.table(models.StaffMember).filter(realm=scope.realm, ref=staff)
            row = gate.row(members.values_list(*_STAFF))
            if row is None:
                raise StaffNotFound
            return _member(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> StaffMember | None:
        """Return the staff member with this address, or None."""
        with self._gate as gate:
            members = gate.table(models.StaffMember).filter(realm=scope.realm, email_key=email.key)
            row = gate.row(members.values_list(*_STAFF))
            return None if row is None else _member(row)

    def of_realm(self, scope: RealmScope) -> tuple[StaffMember, ...]:
        """Return all staff of the realm by the key of their address."""
        with self._gate as gate:
            members = gate.table(models.StaffMember).filter(realm=scope.realm)
            rows = gate.rows(members.order_by("email_key").values_list(*_STAFF))
            return tuple(map(_member, rows))

    def save(self, scope: RealmScope, member: StaffMember) -> StaffMember:
        """Keep a staff member."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [member], _row)
            return kept

    def note_sign_in(
        self, scope: RealmScope, staff: StaffId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the member is active and the password still the one seen."""
        with self._gate.to_write() as gate:
            same = gate.table(models.StaffMember).filter(
                realm=scope.realm, ref=staff, password=seen.text, state=StaffState.ACTIVE
            )
            return same.update(signed_in=at) == 1

    def rehash(
        self, scope: RealmScope, staff: StaffId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""
        with self._gate.to_write() as gate:
            members = gate.table(models.StaffMember)
            same = members.filter(realm=scope.realm, ref=staff, password=seen.text)
            return same.update(password=now.text) == 1


@attrs.frozen
class DjangoStaffSessions:
    """Looks staff sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """Return the session with its staff member, or None."""
        with self._gate as gate:
            sessions = gate.table(models.StaffSession).filter(realm=scope.realm, digest=digest)
            row = gate.row(sessions.values_list(*_FOUND))
        if row is None:
            return None
        epoch, begun, used, language, *columns = row
        member = _member(columns)
        session = StaffSession(
            digest=digest,
            realm=scope.realm,
            staff=member.id,
            epoch=epoch,
            begun=begun,
            used=used,
            language=language,
        )
        return session, member

    def add(self, scope: RealmScope, session: StaffSession) -> None:
        """Keep a new session."""
        row = {
            "realm": scope.realm,
            "digest": session.digest,
            "staff": session.staff,
            "epoch": session.epoch,
            "begun": session.begun,
            "used": session.used,
            "language": session.language,
        }
        with self._gate.to_write() as gate:
            gate.insert(models.StaffSession, [row])

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.StaffSession)
            sessions.filter(realm=scope.realm, digest=digest, used__lt=at).update(used=at)

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.StaffSession).filter(realm=scope.realm, digest=digest)
            return gate.forget(sessions) == 1

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        with self._gate.to_write() as gate:
            sessions = gate.table(models.StaffSession)
            old = sessions.filter(realm=scope.realm, begun__lt=begun_before).order_by("begun")
            return gate.forget_some(old, "digest", limit=limit)


def _member(row: Fetched) -> StaffMember:
    (
        ref,
        realm,
        email,
        email_key,
        name,
        password,
        initial_until,
        state,
        grants,
        language,
        epoch,
        signed_in,
        version,
    ) = row
    return StaffMember(
        id=ref,
        realm=realm,
        email=EmailAddress(email, email_key),
        name=name,
        password=None if password is None else PasswordHash(password),
        initial_until=initial_until,
        state=state,
        grants=wire.read(grants, tuple[Grant, ...]),
        language=language,
        epoch=epoch,
        signed_in=signed_in,
        version=version,
    )


def _row(member: StaffMember) -> Asked:
    return {
        "email": member.email.text,
        "email_key": member.email.key,
        "name": member.name,
        "password": member.password.text if member.password else None,
        "initial_until": member.initial_until,
        "state": member.state,
        "grants": wire.write(member.grants),
        "language": member.language,
        "epoch": member.epoch,
        "signed_in": member.signed_in,
    }
