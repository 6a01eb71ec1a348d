"""What was begun as a guest, in SQL: whoever deletes it has it."""

from datetime import datetime

import attrs
from sqlalchemy import bindparam, delete, insert, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.lists import any_of, delete_any
from custaccount.adapters.sqlalchemy.tables import drafts
from custaccount.kernel.ids import DraftId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.registration.model import Draft

_IN_REALM = drafts.c.realm == bindparam("of_realm")
_OF_USER = (
    _IN_REALM,
    drafts.c.customer == bindparam("of_customer"),
    drafts.c.user == bindparam("of_user"),
)
_THIS = drafts.c.id == bindparam("of_id")

_OF = select(drafts).where(*_OF_USER).order_by(drafts.c.kept.desc(), drafts.c.id.desc())
_FIND = select(drafts).where(*_OF_USER, _THIS)
_ADD = insert(drafts)
_TAKE = delete(drafts).where(*_OF_USER, _THIS)
_OLD = (
    select(drafts.c.id)
    .where(_IN_REALM, drafts.c.kept < bindparam("before"))
    .order_by(drafts.c.kept)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PURGE = delete_any(drafts, _IN_REALM, any_of(drafts.c.id, "old"))


@attrs.frozen
class SqlDrafts:
    """Looks at what was begun as a guest, and keeps it."""

    _gate: Gate

    def of(self, scope: CustomerScope, user: UserId) -> tuple[Draft, ...]:
        """Return a user's drafts at a customer, the newest first."""
        with self._gate as gate:
            return tuple(map(_draft, gate.rows(_OF, _asked(scope, user))))

    def add(self, scope: CustomerScope, draft: Draft) -> None:
        """Keep a new draft."""
        row = {
            "realm": scope.realm,
            "id": draft.id,
            "customer": scope.customer,
            "user": draft.user,
            "text": draft.text,
            "kept": draft.kept,
        }
        with self._gate.to_write() as gate:
            gate.each(_ADD, [row])

    def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
        """Hand a draft over and forget it; None if there is none. The deletion decides."""
        asked = {**_asked(scope, user), "of_id": draft}
        with self._gate.to_write() as gate:
            row = gate.row(_FIND, asked)
            if row is None or not gate.change(_TAKE, asked):
                return None
            return _draft(row)

    def purge(self, scope: RealmScope, *, kept_before: datetime, limit: int) -> int:
        """Forget drafts kept before a moment; returns how many."""
        asked = {"of_realm": scope.realm, "before": kept_before, "most": limit}
        with self._gate.to_write() as gate:
            old = [name for (name,) in gate.rows(_OLD, asked)]
            return gate.change(_PURGE, {"of_realm": scope.realm, "old": old}) if old else 0


def _asked(scope: CustomerScope, user: UserId) -> Asked:
    return {"of_realm": scope.realm, "of_customer": scope.customer, "of_user": user}


def _draft(row: Fetched) -> Draft:
    return Draft(
        id=row.id,
        realm=row.realm,
        customer=row.customer,
        user=row.user,
        text=row.text,
        kept=row.kept,
    )
