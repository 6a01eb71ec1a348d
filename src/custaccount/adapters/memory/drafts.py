"""What was begun as a guest, in memory."""

from datetime import datetime
from itertools import islice

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.ids import DraftId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.registration.model import Draft


@attrs.frozen
class MemoryDrafts:
    """Looks drafts up, and keeps them."""

    _gate: Gate

    def of(self, scope: CustomerScope, user: UserId) -> tuple[Draft, ...]:
        """Return a user's drafts at a customer, the newest first."""
        rows = self._gate.ask(
            lambda tables: tables.drafts.marked("owner", scope.realm, scope.customer, user)
        )
        return tuple(sorted(rows, key=lambda row: (row.kept, row.id), reverse=True))

    def add(self, scope: CustomerScope, draft: Draft) -> None:
        """Keep a new draft."""
        key = (scope.realm, draft.id)
        self._gate.change(lambda tables: tables.drafts.add(key, draft))

    def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
        """Hand a draft of this user's over and forget it."""
        key = (scope.realm, draft)

        def taken(tables: Tables) -> Draft | None:
            row = tables.drafts.find(key)
            if row is None or (row.customer, row.user) != (scope.customer, user):
                return None
            tables.drafts.drop(key)
            return row

        return self._gate.change(taken)

    def purge(self, scope: RealmScope, *, kept_before: datetime, limit: int) -> int:
        """Forget drafts kept before a moment; returns how many."""

        def purged(tables: Tables) -> int:
            rows = tables.drafts.of_realm(scope.realm)
            old = list(islice((one for one in rows if one.kept < kept_before), limit))
            for draft in old:
                tables.drafts.drop((scope.realm, draft.id))
            return len(old)

        return self._gate.change(purged)
