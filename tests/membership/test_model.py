"""Memberships and invitations: states, epochs, user codes and the last administrator."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.credentials import UserState
from custaccount.kernel.ids import (
    CustomerId,
    InvitationId,
    MembershipId,
    PortalId,
    RoleId,
    UserCode,
    UserId,
)
from custaccount.kernel.text import EmailAddress
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    Invitation,
    InvitationState,
    MemberLine,
    Membership,
    MembershipState,
)
from custaccount.membership.model import FIRST_USER, free_code, leaves_an_administrator
from tests.house import ALICE, NORD

NOW = datetime(2026, 1, 2, tzinfo=UTC)
MEMBERSHIP = Membership(
    id=MembershipId("m"),
    realm=NORD,
    user=UserId("u"),
    customer=CustomerId("c"),
    roles=frozenset({BUYER}),
    user_code=UserCode("2"),
    acted=NOW,
)


def line(
    name: str,
    role: RoleId = ADMINISTRATOR,
    state: MembershipState = MembershipState.ACTIVE,
    user_state: UserState = UserState.ACTIVE,
) -> MemberLine:
    """Make one of a customer's users."""
    membership = attrs.evolve(
        MEMBERSHIP, id=MembershipId(name), user=UserId(name), roles=frozenset({role}), state=state
    )
    return MemberLine(
        membership=membership, name=name, email=None, user_state=user_state, password_due=False
    )


# Epochs -----------------------------------------------------------------------------------------


def test_every_change_of_state_or_roles_is_a_new_epoch() -> None:
    """What was handed out before it is over; what the person was told of it stays."""
    suspended = MEMBERSHIP.suspended()

    for changed in (
        suspended,
        suspended.resumed(),
        MEMBERSHIP.removed(),
        MEMBERSHIP.with_roles(frozenset({ACCOUNTANT})),
    ):
        assert changed.epoch > MEMBERSHIP.epoch
        assert (changed.id, changed.acted) == (MEMBERSHIP.id, NOW)
    assert suspended.resumed().epoch == suspended.epoch + 1


def test_who_is_removed_gives_the_user_code_back() -> None:
    """And gets one, with new roles and a new epoch, when it begins again."""
    removed = MEMBERSHIP.removed()
    assert (removed.state, removed.user_code) == (MembershipState.REMOVED, None)

    again = removed.revived(
        roles=frozenset({ACCOUNTANT}), user_code=UserCode("3"), reason="accepted an invitation"
    )

    assert again == attrs.evolve(
        MEMBERSHIP,
        roles=frozenset({ACCOUNTANT}),
        user_code=UserCode("3"),
        reason="accepted an invitation",
        epoch=MEMBERSHIP.epoch + 2,
    )


@given(st.frozensets(st.sampled_from([FIRST_USER, *map(UserCode, "234567")])))
def test_a_user_code_is_not_given_twice(taken: frozenset[UserCode]) -> None:
    """The first user has none, then 2, then 3; the smallest that is free."""
    found = free_code(taken)

    assert found not in taken
    order = [FIRST_USER, *map(UserCode, "2345678")]
    assert set(order[: order.index(found)]) <= taken


# The last administrator -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "state", "user_state"),
    list(itertools.product([ADMINISTRATOR, BUYER], MembershipState, UserState)),
)
def test_an_administrator_counts_who_is_there(
    role: RoleId, state: MembershipState, user_state: UserState
) -> None:
    """Active, of that role, and with a login that is not blocked."""
    assert line("a", role, state, user_state).administers is (
        role == ADMINISTRATOR and state is MembershipState.ACTIVE and user_state is UserState.ACTIVE
    )


@pytest.mark.parametrize(
    "other",
    [
        line("b", BUYER),
        line("b", state=MembershipState.SUSPENDED),
        line("b", state=MembershipState.REMOVED),
        line("b", user_state=UserState.BLOCKED),
    ],
)
def test_the_last_administrator_stays(other: MemberLine) -> None:
    """Whoever else there is does not count: neither suspended, nor removed, nor blocked."""
    alice = line("a")
    members = (alice, other)

    for after in (
        alice.membership.removed(),
        alice.membership.suspended(),
        alice.membership.with_roles(frozenset({BUYER})),
    ):
        assert not leaves_an_administrator(members, after)
        assert leaves_an_administrator((*members, line("c")), after), "there is another one"
    assert leaves_an_administrator(members, attrs.evolve(alice.membership, user_code=None))
    assert leaves_an_administrator(members, other.membership.removed())


def test_where_nobody_administers_nothing_gets_worse() -> None:
    """A company without an administrator is changed all the same: staff give it one."""
    blocked, buyer = line("a", user_state=UserState.BLOCKED), line("b", BUYER)

    assert leaves_an_administrator((blocked, buyer), buyer.membership.removed())
    assert leaves_an_administrator((blocked, buyer), blocked.membership.removed())


# Invitations ------------------------------------------------------------------------------------

INVITATION = Invitation(
    id=InvitationId("i"),
    realm=NORD,
    portal=PortalId("p"),
    customer=CustomerId("c"),
    email=EmailAddress.parse(ALICE),
    roles=frozenset({BUYER}),
    invited_by=UserId("u"),
    by_staff=False,
    issued=NOW,
    expires=NOW + timedelta(days=7),
)


def test_an_invitation_stands_while_it_is_open_and_not_expired() -> None:
    """To the moment it expires, not beyond; renewed, for longer; ended, never again."""
    moment = timedelta(microseconds=1)
    assert INVITATION.stands(INVITATION.expires - moment)
    assert not INVITATION.stands(INVITATION.expires)
    assert INVITATION.renewed(until=NOW + timedelta(days=9)).stands(INVITATION.expires)
    for state in set(InvitationState) - {InvitationState.OPEN}:
        assert not INVITATION.ended(state).stands(NOW)
