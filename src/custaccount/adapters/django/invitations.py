"""Invitations in Django."""

import attrs

from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Asked, Fetched, Gate
from custaccount.adapters.django.saving import Saving
from custaccount.kernel.ids import InvitationId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership.model import Invitation, InvitationNotFound, InvitationState

_SAVING = Saving(models.Invitation, kind="invitation", owner="customer")


@attrs.frozen
class DjangoInvitations:
    """Looks invitations up, and keeps them."""

    _gate: Gate

    def get(self, scope: RealmScope, invitation: InvitationId) -> Invitation:
        """Return an invitation, in whatever state."""
        with self._gate as gate:
            invitations = gate.table(models.Invitation).filter(realm=scope.realm, ref=invitation)
            row = gate.row(invitations)
            if row is None:
                raise InvitationNotFound
            return _invitation(row)

    def open_of(self, scope: CustomerScope) -> tuple[Invitation, ...]:
        """Return a customer's open invitations, the newest first."""
        with self._gate as gate:
            invitations = gate.table(models.Invitation).filter(
                realm=scope.realm, customer=scope.customer, open_key__isnull=False
            )
            return tuple(map(_invitation, gate.rows(invitations.order_by("-issued", "-ref"))))

    def save(self, scope: CustomerScope, invitation: Invitation) -> Invitation:
        """Keep an invitation of the customer."""

        def row(one: Invitation) -> Asked:
            return {"customer": scope.customer, **_row(one)}

        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [invitation], row)
            return kept


def _row(invitation: Invitation) -> Asked:
    is_open = invitation.state is InvitationState.OPEN
    return {
        "portal": invitation.portal,
        "email": invitation.email.text,
        "email_key": invitation.email.key,
        "open_key": invitation.email.key if is_open else None,
        "name": invitation.name,
        "roles": tuple(sorted(invitation.roles)),
        "invited_by": invitation.invited_by,
        "by_staff": invitation.by_staff,
        "issued": invitation.issued,
        "expires": invitation.expires,
        "state": invitation.state,
    }


def _invitation(row: Fetched) -> Invitation:
    return Invitation(
        id=row.ref,
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
