"""Requests to join a company: its administrators decide about them."""

from collections.abc import Collection
from datetime import datetime

import attrs

from custaccount.credentials.model import User
from custaccount.facilities.fields import reason_of
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import RegistrationId, RoleId
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.membership.held import hold
from custaccount.membership.roles import checked_roles
from custaccount.registration.model import (
    PENDING,
    ClaimRefused,
    Registration,
    RegistrationNotFound,
    RegistrationState,
)
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling


@attrs.frozen(kw_only=True)
class JoinRequest:
    """A person who may belong to the company: the address is proven, and known as a contact's."""

    id: RegistrationId
    name: str
    """As the person wrote it."""
    email: EmailAddress
    asked: datetime


@attrs.frozen(kw_only=True)
class JoinRequests:
    """Shows who asks to join the customer a member acts for, and decides about it."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _settling: Settling = attrs.field(alias="settling")

    @requires(Permission.MANAGE_USERS, feature=USERS)
    def waiting(self, member: Member) -> tuple[JoinRequest, ...]:
        """List who asks to join, who asked first before."""
        with self._reading() as view:
            found = view.registrations.asking(member.scope)
        return tuple(
            JoinRequest(
                id=one.id, name=one.answers.get("name", ""), email=one.email, asked=one.asked
            )
            for one in found
        )

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def approve(
        self, member: Member, request: RegistrationId, *, roles: Collection[RoleId]
    ) -> None:
        """Let a person join, in these roles; the person is told.

        Raises:
            RegistrationNotFound: nobody asks (any more), or asks another company.
            InvalidFields: no role is named, or one there is not.
            BeyondOwnRights: the roles grant what the member lacks.
            AlreadyMember: the person acts for the company already.
        """
        with self._begin(member) as work:
            held = hold(work, member, member.scope)
            wanted = checked_roles(roles, held.book)
            held.require_covering(wanted)
            kept, user = _asking(work, member, request)
            customer = work.customers.get(member.scope)
            try:
                self._settling.link(
                    work,
                    kept,
                    user,
                    customer,
                    reason="approved by the company",
                    at=self._clock(),
                    roles=wanted,
                )
            except (Stale, AlreadyThere) as rival:
                raise TryAgain from rival
            work.commit()

    @requires(Permission.MANAGE_USERS, feature=USERS)
    @repeatable
    def decline(self, member: Member, request: RegistrationId, *, reason: str) -> None:
        """Let a person not join; the person is told why. The login stays, and acts for nobody.

        Raises:
            RegistrationNotFound: nobody asks (any more), or asks another company.
            InvalidFields: the reason is missing, too long or unprintable.
        """
        told = reason_of(reason)
        now = self._clock()
        with self._begin(member) as work:
            hold(work, member, member.scope)
            kept, user = _asking(work, member, request)
            refused = attrs.evolve(
                kept,
                state=RegistrationState.REJECTED,
                reason=told,
                expires=now + PENDING,
            )
            try:
                work.registrations.save(member.scope.of_realm, refused)
            except Stale as rival:
                raise TryAgain from rival
            work.record(ClaimRefused(at=now, registration=kept.id, user=user.id))
            work.commit()


def _asking(
    work: RegistrationWork, member: Member, request: RegistrationId
) -> tuple[Registration, User]:
    for one in work.registrations.asking(member.scope):
        if one.id == request and one.user is not None:
            return one, work.users.get(member.scope.of_realm, one.user)
    raise RegistrationNotFound
