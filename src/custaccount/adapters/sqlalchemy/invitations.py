"""Invitations in SQL: of those that are open, the database keeps a second one out."""

import attrs
from sqlalchemy import bindparam, select

from custaccount.adapters.sqlalchemy.gate import Asked, Fetched, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import invitations
from custaccount.kernel.ids import InvitationId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import Invitation, InvitationNotFound, InvitationState

_IN_REALM = invitations.c.realm == bindparam("of_realm")

_GET = select(invitations).where(_IN_REALM, invitations.c.id == bindparam("of_id"))
_OPEN_OF = (
    select(invitations)
    .where(
        _IN_REALM,
        invitations.c.customer == bindparam("of_customer"),
        invitations.c.open_key.is_not(None),
    )
    .order_by(invitations.c.issued.desc(), invitations.c.id.desc())
)
_SAVING = Saving.of(invitations, kind="invitation", owner="customer")


@attrs.frozen
class SqlInvitations:
    """Looks invitations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, invitation: InvitationId) -> Invitation:
        """Return an invitation, in whatever state."""
        with self._gate as gate:
            row = gate.row(_GET, {"of_realm": scope.realm, "of_id": invitation})
            if row is None:
                raise InvitationNotFound
            return _invitation(row)

    def open_of(self, scope: CustomerScope) -> tuple[Invitation, ...]:
        """Return a customer's open invitations, the newest first."""
        asked = {"of_realm": scope.realm, "of_customer": scope.customer}
        with self._gate as gate:
            return tuple(map(_invitation, gate.rows(_OPEN_OF, asked)))

    def save(self, scope: CustomerScope, invitation: Invitation) -> Invitation:
        """Keep an invitation of the customer."""

        def row(one: Invitation) -> Asked:
            return {
                "customer": scope.customer,
                "portal": one.portal,
                "email": one.email.text,
                "email_key": one.email.key,
                "open_key": one.email.key if one.state is InvitationState.OPEN else None,
                "name": one.name,
                "roles": tuple(sorted(one.roles)),
                "invited_by": one.invited_by,
                "by_staff": one.by_staff,
                "issued": one.issued,
                "expires": one.expires,
                "state": one.state,
            }

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [invitation], row)
            return kept


def _invitation(row: Fetched) -> Invitation:
    return Invitation(
        id=row.id,
        realm=row.realm,
        portal=row.portal,
        customer=row.customer,
        email=EmailAddress(row.email, row.email_key),
        name=row.name,
        roles=frozenset(row.roles),
        invited_by=row.invited_by,
        by_staff=row.by_staff,
        issued=row.issued,
        expires=row.expires,
        state=row.state,
        version=row.version,
    )
