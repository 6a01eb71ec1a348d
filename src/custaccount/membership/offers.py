"""A customer's open invitations, inside the caller's unit: found, and taken back."""

from datetime import datetime
from typing import Protocol

from custaccount.facilities.tickets import KeepTickets, Purpose
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.ids import InvitationId
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Recording
from custaccount.membership.model import (
    Invitation,
    InvitationEnded,
    InvitationNotFound,
    InvitationState,
)
from custaccount.membership.ports import KeepInvitations, ReadInvitations


class Offering(Protocol):
    """A snapshot, as far as finding invitations needs it."""

    @property
    def invitations(self) -> ReadInvitations:
        """Open offers to become a member."""
        ...


class Withdrawing(Recording, Protocol):
    """A writing unit, as far as taking invitations back needs it."""

    @property
    def invitations(self) -> KeepInvitations:
        """Open offers to become a member."""
        ...

    @property
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...


def open_to(view: Offering, scope: CustomerScope, email: EmailAddress | None) -> Invitation | None:
    """Return the customer's open invitation to an address, or None."""
    opened = view.invitations.open_of(scope)
    return next((one for one in opened if one.email == email), None)


def open_named(view: Offering, scope: CustomerScope, invitation: InvitationId) -> Invitation:
    """Return an open invitation of this customer.

    Raises:
        InvitationNotFound: it has none of this id, or it is not open any more.
    """
    for one in view.invitations.open_of(scope):
        if one.id == invitation:
            return one
    raise InvitationNotFound


def withdraw(work: Withdrawing, kept: Invitation, *, at: datetime) -> None:
    """Take an invitation back; its link is dead."""
    ended = kept_invitation(work, kept.ended(InvitationState.WITHDRAWN))
    work.tickets.withdraw(kept.scope.of_realm, kept.id, Purpose.INVITATION)
    work.record(
        InvitationEnded(at=at, invitation=kept.id, customer=kept.customer, state=ended.state)
    )


def withdraw_to(
    work: Withdrawing, scope: CustomerScope, email: EmailAddress | None, *, at: datetime
) -> None:
    """Take back what a customer offers an address, if it does."""
    found = open_to(work, scope, email)
    if found is not None:
        withdraw(work, found, at=at)


def kept_invitation(work: Withdrawing, invitation: Invitation) -> Invitation:
    """Keep an invitation; who lost against a rival tries again."""
    try:
        return work.invitations.save(invitation.scope, invitation)
    except (Stale, AlreadyThere) as rival:
        raise TryAgain from rival
