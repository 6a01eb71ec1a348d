"""What was begun as a guest, in Django; one statement takes it, whose row count decides."""

from datetime import datetime

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.kernel.ids import DraftId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.registration.model import Draft


@attrs.frozen
class DjangoDrafts:
    """Looks drafts up, and keeps them."""

    _gate: Gate

    def of(self, scope: CustomerScope, user: UserId) -> tuple[Draft, ...]:
        """Return a user's drafts at a customer, the newest first."""
        with self._gate as gate:
            drafts = gate.table(models.Draft).filter(**_owned(scope, user))
            return tuple(map(_draft, gate.rows(drafts.order_by("-kept", "-ref"))))

    def add(self, scope: CustomerScope, draft: Draft) -> None:
        """Keep a new draft."""
        row = {
            **_owned(scope, draft.user),
            "ref": draft.id,
            "text": draft.text,
            "kept": draft.kept,
        }
        with self._gate.to_write() as gate:
            gate.insert(models.Draft, [row])

    def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
        """Hand a draft of this user's over and forget it; None if there is none."""
        with self._gate.to_write() as gate:
            drafts = gate.table(models.Draft).filter(**_owned(scope, user), ref=draft)
            row = gate.row(drafts)
            if row is None or gate.forget(drafts) != 1:
                return None
            return _draft(row)

    def purge(self, scope: RealmScope, *, kept_before: datetime, limit: int) -> int:
        """Forget drafts kept before a moment; returns how many."""
        with self._gate.to_write() as gate:
            old = gate.table(models.Draft).filter(realm=scope.realm, kept__lt=kept_before)
            return gate.forget_some(old.order_by("kept"), "ref", limit=limit)


def _owned(scope: CustomerScope, user: UserId) -> Asked:
    return {"realm": scope.realm, "customer": scope.customer, "user": user}


def _draft(row: Fetched) -> Draft:
    return Draft(
        id=row.ref,
        realm=row.realm,
        customer=row.customer,
        user=row.user,
        text=row.text,
        kept=row.kept,
    )
