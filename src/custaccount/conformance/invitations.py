"""What keeping invitations promises."""

from collections.abc import Callable

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    TEXTS,
    TICK,
    a_customer,
    an_email,
    an_invitation,
    email,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.customers.model import Customer
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.ids import InvitationId, StaffId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import Invitation, InvitationNotFound, InvitationState
from custaccount.membership.roles import SHIPPED
from custaccount.storage import Storage

ENDS = tuple(state for state in InvitationState if state is not InvitationState.OPEN)


class InvitationsSuite(StorageSuite):
    """An address has one open invitation of a customer at most, and any number that are over."""

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            return unit.customers.save(here, [a_customer(here)])[0]

    @pytest.fixture
    def invitation(self, storage: Storage, acme: Customer) -> Invitation:
        """Return an open invitation of the customer."""
        with change(storage, acme.scope) as unit:
            return unit.invitations.save(acme.scope, an_invitation(acme.scope))

    def test_an_invitation_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, invitation: Invitation
    ) -> None:
        """Every field, the address as it was written, microseconds and roles."""
        with storage.reading() as view:
            found = view.invitations.get(here, invitation.id)

        assert found == invitation
        assert found.version == 1
        assert found.email.text == invitation.email.text

    @pytest.mark.parametrize("state", InvitationState)
    def test_an_invitation_is_found_in_every_state(
        self, storage: Storage, here: RealmScope, invitation: Invitation, state: InvitationState
    ) -> None:
        """How it ended is kept, with whatever else changed."""
        changed = attrs.evolve(
            invitation,
            state=state,
            name=TEXTS[5],
            expires=NOON + TICK,
            roles=frozenset(one.id for one in SHIPPED),
        )
        with change(storage, here) as unit:
            kept = unit.invitations.save(invitation.scope, changed)

        assert kept == attrs.evolve(changed, version=2)
        with storage.reading() as view:
            assert view.invitations.get(here, invitation.id) == kept

    @pytest.mark.parametrize("by_staff", [True, False])
    def test_who_invited_is_kept(
        self,
        storage: Storage,
        here: RealmScope,
        acme: Customer,
        *,
        by_staff: bool,
    ) -> None:
        """With whether that is one of the seller's people: an id does not tell."""
        invited_by = StaffId(TEXTS[5]) if by_staff else UserId(TEXTS[5])
        new = attrs.evolve(an_invitation(acme.scope), invited_by=invited_by, by_staff=by_staff)
        with change(storage, here) as unit:
            kept = unit.invitations.save(acme.scope, new)

        with storage.reading() as view:
            assert view.invitations.get(here, new.id) == kept
            assert list(view.invitations.open_of(acme.scope)) == [kept]
        assert (kept.invited_by, kept.by_staff) == (invited_by, by_staff)

    def test_an_unknown_invitation_is_not_found(self, storage: Storage, here: RealmScope) -> None:
        """The answer says no more."""
        with pytest.raises(InvitationNotFound), storage.reading() as view:
            view.invitations.get(here, InvitationId(new_id()))

    def test_open_invitations_are_listed(
        self, storage: Storage, acme: Customer, invitation: Invitation
    ) -> None:
        """Expired or not, the newest first; none that is over, and no other customer's."""
        earlier = attrs.evolve(
            an_invitation(acme.scope), issued=NOON - HOUR, expires=NOON - HOUR + TICK
        )
        later = attrs.evolve(an_invitation(acme.scope), issued=NOON + TICK)
        over = [attrs.evolve(an_invitation(acme.scope), state=state) for state in ENDS]
        with change(storage, acme.scope) as unit:
            [other] = unit.customers.save(_realm(acme), [a_customer(_realm(acme))])
            earlier, later = (unit.invitations.save(acme.scope, one) for one in (earlier, later))
            for one in over:
                unit.invitations.save(acme.scope, one)
            his = unit.invitations.save(other.scope, an_invitation(other.scope))

        with storage.reading() as view:
            assert list(view.invitations.open_of(acme.scope)) == [later, invitation, earlier]
            assert list(view.invitations.open_of(other.scope)) == [his]

    def test_an_address_has_one_open_invitation_of_a_customer(
        self, storage: Storage, here: RealmScope, acme: Customer, invitation: Invitation
    ) -> None:
        """However it is written; another customer may invite it, too."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])
            unit.invitations.save(other.scope, an_invitation(other.scope, invitation.email))

        again = an_invitation(acme.scope, email(invitation.email.text.upper()))
        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.invitations.save(acme.scope, again)
        with storage.reading() as view:
            assert list(view.invitations.open_of(acme.scope)) == [invitation]

    @pytest.mark.parametrize("state", ENDS)
    def test_an_address_may_be_invited_again(
        self, storage: Storage, acme: Customer, invitation: Invitation, state: InvitationState
    ) -> None:
        """Once the invitation is over, and any number of times."""
        last = invitation
        for _ in range(3):
            with change(storage, acme.scope) as unit:
                unit.invitations.save(acme.scope, last.ended(state))
                last = unit.invitations.save(
                    acme.scope, an_invitation(acme.scope, invitation.email)
                )

        with storage.reading() as view:
            assert list(view.invitations.open_of(acme.scope)) == [last]

    def test_what_is_over_is_not_opened_beside_an_open_one(
        self, storage: Storage, acme: Customer, invitation: Invitation
    ) -> None:
        """A change that would make two of them open is refused."""
        with change(storage, acme.scope) as unit:
            ended = unit.invitations.save(acme.scope, invitation.ended(InvitationState.WITHDRAWN))
            unit.invitations.save(acme.scope, an_invitation(acme.scope, invitation.email))

        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.invitations.save(acme.scope, ended.ended(InvitationState.OPEN))

    def test_of_rivals_to_invite_an_address_one_wins(
        self, storage: Storage, acme: Customer
    ) -> None:
        """All saw no open one; one is kept."""
        address = an_email()

        def invite(meet: Meet) -> bool:
            with change(storage, acme.scope) as unit:
                if unit.invitations.open_of(acme.scope):
                    return False
                meet()
                unit.invitations.save(acme.scope, an_invitation(acme.scope, address))
            return True

        outcomes = race(invite, invite, invite)

        assert outcomes.count(True) == 1
        assert all(isinstance(one, bool | Conflict) for one in outcomes)
        with storage.reading() as view:
            assert len(view.invitations.open_of(acme.scope)) == 1

    def test_of_rivals_to_end_an_invitation_one_wins(
        self, storage: Storage, acme: Customer, invitation: Invitation
    ) -> None:
        """Accepted, declined or withdrawn: who comes late is refused."""

        def ending(state: InvitationState) -> Callable[[Meet], bool]:
            def end(meet: Meet) -> bool:
                with change(storage, acme.scope) as unit:
                    meet()
                    unit.invitations.save(acme.scope, invitation.ended(state))
                return True

            return end

        outcomes = race(*(ending(state) for state in ENDS))

        assert outcomes.count(True) == 1
        assert all(one is True or isinstance(one, Conflict) for one in outcomes)
        with storage.reading() as view:
            found = view.invitations.get(_realm(acme), invitation.id)
        assert found.state is ENDS[outcomes.index(True)]

    def test_an_older_version_is_not_kept(
        self, storage: Storage, acme: Customer, invitation: Invitation
    ) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        with change(storage, acme.scope) as unit:
            newer = unit.invitations.save(acme.scope, invitation.renewed(until=NOON + 2 * HOUR))

        with pytest.raises(Stale), change(storage, acme.scope) as unit:
            unit.invitations.save(acme.scope, invitation.ended(InvitationState.ACCEPTED))
        with storage.reading() as view:
            assert list(view.invitations.open_of(acme.scope)) == [newer]

    def test_a_new_invitation_needs_a_new_id(
        self, storage: Storage, acme: Customer, invitation: Invitation
    ) -> None:
        """Version 0 inserts; an id that is there already is refused."""
        with pytest.raises(AlreadyThere), change(storage, acme.scope) as unit:
            unit.invitations.save(
                acme.scope, attrs.evolve(an_invitation(acme.scope), id=invitation.id)
            )

    def test_another_customers_invitation_is_not_changed(
        self, storage: Storage, here: RealmScope, acme: Customer, invitation: Invitation
    ) -> None:
        """Saved or listed in another customer's scope it is as if it were not there."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])

        with pytest.raises(Stale), change(storage, other.scope) as unit:
            unit.invitations.save(other.scope, invitation.ended(InvitationState.WITHDRAWN))
        with storage.reading() as view:
            assert not view.invitations.open_of(other.scope)
            assert list(view.invitations.open_of(acme.scope)) == [invitation]

    def test_another_realms_invitation_is_like_none(
        self,
        storage: Storage,
        here: RealmScope,
        elsewhere: RealmScope,
        acme: Customer,
        invitation: Invitation,
    ) -> None:
        """Asked from another realm it can't be found, listed or changed."""
        foreign = CustomerScope(elsewhere.realm, acme.id)
        with pytest.raises(InvitationNotFound), storage.reading() as view:
            view.invitations.get(elsewhere, invitation.id)
        with storage.reading() as view:
            assert not view.invitations.open_of(foreign)

        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.invitations.save(foreign, invitation.ended(InvitationState.WITHDRAWN))
        with storage.reading() as view:
            assert view.invitations.get(here, invitation.id) == invitation


def _realm(customer: Customer) -> RealmScope:
    return RealmScope(customer.realm)
