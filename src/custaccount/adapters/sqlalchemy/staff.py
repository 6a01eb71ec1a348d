"""Staff and their sessions in SQL."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, delete, insert, select, update

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import staff, staff_sessions
from custaccount.credentials.model import PasswordHash
from custaccount.kernel.ids import StaffId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.staff.model import Grant, StaffMember, StaffNotFound, StaffSession, StaffState

STAFF = (
    staff.c.id,
    staff.c.realm,
    staff.c.email,
    staff.c.email_key,
    staff.c.name,
    staff.c.password,
    staff.c.initial_until,
    staff.c.state,
    staff.c.grants,
    staff.c.language,
    staff.c.epoch,
    staff.c.signed_in,
    staff.c.version,
)
"""The columns ``_member`` reads, in its order."""

_IN_REALM = staff.c.realm == bindparam("of_realm")
_THIS = staff.c.id == bindparam("of_id")
_SEEN = staff.c.password == bindparam("seen")

_GET = select(*STAFF).where(_IN_REALM, _THIS)
_BY_EMAIL = select(*STAFF).where(_IN_REALM, staff.c.email_key == bindparam("of_email"))
_OF_REALM = select(*STAFF).where(_IN_REALM).order_by(staff.c.email_key)
_SAVING = Saving.of(staff, kind="staff member")
_NOTE_SIGN_IN = (
    update(staff)
    .where(_IN_REALM, _THIS, _SEEN, staff.c.state == StaffState.ACTIVE)
    .values(signed_in=bindparam("at"))
)
_REHASH = update(staff).where(_IN_REALM, _THIS, _SEEN).values(password=bindparam("now"))

_SESSION_IN_REALM = staff_sessions.c.realm == bindparam("of_realm")
_THIS_SESSION = staff_sessions.c.digest == bindparam("of_digest")

_FIND = (
    select(
        staff_sessions.c.epoch,
        staff_sessions.c.begun,
        staff_sessions.c.used,
        staff_sessions.c.language,
        *STAFF,
    )
    .join(staff, (staff.c.realm == staff_sessions.c.realm) & (staff.c.id == staff_sessions.c.staff))
    .where(_SESSION_IN_REALM, _THIS_SESSION)
)
_ADD = insert(staff_sessions)
_TOUCH = (
    update(staff_sessions)
    .where(_SESSION_IN_REALM, _THIS_SESSION, staff_sessions.c.used < bindparam("at"))
    .values(used=bindparam("at"))
)
_END = delete(staff_sessions).where(_SESSION_IN_REALM, _THIS_SESSION)
_OLD = (
    select(staff_sessions.c.digest)
    .where(_SESSION_IN_REALM, staff_sessions.c.begun < bindparam("before"))
    .order_by(staff_sessions.c.begun)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PURGE = delete_any(staff_sessions, _SESSION_IN_REALM, any_of(staff_sessions.c.digest, "old"))


@attrs.frozen
class SqlStaff:
    """Looks staff up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, staff: StaffId) -> StaffMember:
        """Return a staff member of the realm."""
        with self._gate as gate:
            row = gate.row(_GET, {"of_realm": scope.realm, "of_id": staff})
            if row is None:
                raise StaffNotFound
            return _member(row)

    def find_by_email(self, scope: RealmScope, email: EmailAddress) -> StaffMember | None:
        """Return the staff member with this address, or None."""
        asked = {"of_realm": scope.realm, "of_email": email.key}
        with self._gate as gate:
            row = gate.row(_BY_EMAIL, asked)
            return None if row is None else _member(row)

    def of_realm(self, scope: RealmScope) -> tuple[StaffMember, ...]:
        """Return all staff of the realm by the key of their address."""
        with self._gate as gate:
            return tuple(map(_member, gate.rows(_OF_REALM, {"of_realm": scope.realm})))

    def save(self, scope: RealmScope, member: StaffMember) -> StaffMember:
        """Keep a staff member."""
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [member], _row)
            return kept

    def note_sign_in(
        self, scope: RealmScope, staff: StaffId, *, at: datetime, seen: PasswordHash
    ) -> bool:
        """Note a sign-in if the member is active and the password still the one seen."""
        asked = {"of_realm": scope.realm, "of_id": staff, "seen": seen.text, "at": at}
        with self._gate.to_write() as gate:
            return gate.change(_NOTE_SIGN_IN, asked) == 1

    def rehash(
        self, scope: RealmScope, staff: StaffId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        """Replace a hash if it is still the one seen."""
        asked = {"of_realm": scope.realm, "of_id": staff, "seen": seen.text, "now": now.text}
        with self._gate.to_write() as gate:
            return gate.change(_REHASH, asked) == 1


@attrs.frozen
class SqlStaffSessions:
    """Looks staff sessions up, and keeps them."""

    _gate: Gate

    def find(self, scope: RealmScope, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """Return the session with its staff member, or None."""
        asked = {"of_realm": scope.realm, "of_digest": digest}
        with self._gate as gate:
            row = gate.row(_FIND, asked)
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
            gate.each(_ADD, [row])

    def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
        """Note that the session was used, never moving back in time."""
        with self._gate.to_write() as gate:
            gate.change(_TOUCH, {"of_realm": scope.realm, "of_digest": digest, "at": at})

    def end(self, scope: RealmScope, digest: str) -> bool:
        """Forget a session; False if there was none."""
        asked = {"of_realm": scope.realm, "of_digest": digest}
        with self._gate.to_write() as gate:
            return gate.change(_END, asked) == 1

    def purge(self, scope: RealmScope, *, begun_before: datetime, limit: int) -> int:
        """Forget sessions begun before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": begun_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0


def _member(row: Fetched) -> StaffMember:
    (
        id_,
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
        id=id_,
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
    row = {
        "email": member.email.text,
        "email_key": member.email.key,
        "name": member.name,
        "password": member.password.text if member.password else None,
        "initial_until": member.initial_until,
        "state": member.state,
        "grants": wire.write(member.grants),
        "language": member.language,
        "epoch": member.epoch,
    }
    if member.version == 0:  # from then on, only note_sign_in writes it
        row["signed_in"] = member.signed_in
    return row
