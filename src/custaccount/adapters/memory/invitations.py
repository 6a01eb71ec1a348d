"""Open offers to become a member, in memory."""

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.errors import Stale
from custaccount.kernel.ids import InvitationId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Invitation, InvitationNotFound, InvitationState


@attrs.frozen
class MemoryInvitations:
    """Looks invitations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, invitation: InvitationId) -> Invitation:
        """Return an invitation, in whatever state."""

        def found(tables: Tables) -> Invitation:
            row = tables.invitations.find((scope.realm, invitation))
            if row is None:
                raise InvitationNotFound
            return row

        return self._gate.ask(found)

    def open_of(self, scope: CustomerScope) -> tuple[Invitation, ...]:
        """Return a customer's open invitations, the newest first."""
        return self._gate.ask(lambda tables: open_invitations(tables, scope))

    def save(self, scope: CustomerScope, invitation: Invitation) -> Invitation:
        """Keep an invitation of the customer."""
        key = (scope.realm, invitation.id)

        def kept(tables: Tables) -> Invitation:
            current = tables.invitations.find(key)
            if invitation.version and current and current.customer != scope.customer:
                raise Stale(kind="invitation", id=invitation.id, version=invitation.version)
            return save(tables.invitations, key, invitation, kind="invitation")

        return self._gate.change(kept)


def open_invitations(tables: Tables, scope: CustomerScope) -> tuple[Invitation, ...]:
    """Return a customer's open invitations, expired or not, the newest first."""
    rows = tables.invitations.marked("customer", scope.realm, scope.customer)
    left = (row for row in rows if row.state is InvitationState.OPEN)
    return tuple(sorted(left, key=lambda row: (row.issued, row.id), reverse=True))
