"""What a staff member is and may do, without any port."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from custaccount.kernel.access import STAFF_PERMISSIONS, Permission
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import RealmId, StaffId
from custaccount.kernel.text import EmailAddress
from custaccount.staff import (
    Grant,
    GrantsChanged,
    NothingGranted,
    StaffInvalid,
    StaffMember,
    StaffPasswordDue,
    StaffSession,
    StaffSessionOver,
)
from custaccount.staff.model import SESSION_IDLE, SESSION_LONGEST, checked_member, lacking
from tests.house import NORD, SUED

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)

IDA = StaffMember(
    id=StaffId("ida"),
    realm=NORD,
    email=EmailAddress.parse("ida@nord.example"),
    name="Ida Berg",
    grants=(
        Grant(realm=SUED, permissions=frozenset({Permission.READ_AUDIT})),
        Grant(
            realm=NORD, permissions=frozenset({Permission.MANAGE_STAFF, Permission.MANAGE_PRICES})
        ),
    ),
)
SESSION = StaffSession(
    digest="d", realm=NORD, staff=IDA.id, epoch=0, begun=NOON, used=NOON, language=Language.DE
)


def test_what_is_granted_holds_in_its_realm_only() -> None:
    """Each realm has its own; one that is not named has nothing."""
    assert IDA.permissions_in(SUED) == {Permission.READ_AUDIT}
    assert IDA.permissions_in(NORD) == {Permission.MANAGE_STAFF, Permission.MANAGE_PRICES}
    assert IDA.permissions_in(RealmId("west")) == frozenset()


def test_granting_replaces_one_realm_whole() -> None:
    """The others stay; nothing granted leaves no grant."""
    fewer = IDA.granting(NORD, [Permission.MANAGE_ORDERS])

    assert fewer.permissions_in(NORD) == {Permission.MANAGE_ORDERS}
    assert fewer.permissions_in(SUED) == {Permission.READ_AUDIT}
    assert [grant.realm for grant in IDA.granting(NORD, ()).grants] == [SUED]
    assert IDA.granting(NORD, IDA.permissions_in(NORD)) == IDA


def test_the_trail_tells_grants_in_words() -> None:
    """Sorted, the home realm's first; those of another realm name it."""
    assert IDA.granted == ("manage prices", "manage staff", "read audit (sued)")


def test_an_actor_carries_what_is_granted_where_it_acts() -> None:
    """At home and elsewhere; where nothing is granted there is no actor, but at home there is."""
    assert SESSION.actor(IDA, NORD).permissions == IDA.permissions_in(NORD)
    elsewhere = SESSION.actor(IDA, SUED)
    assert (elsewhere.realm, elsewhere.home) == (SUED, NORD)
    assert elsewhere.permissions == {Permission.READ_AUDIT}
    with pytest.raises(NothingGranted):
        SESSION.actor(IDA, RealmId("west"))
    assert SESSION.actor(IDA.granting(NORD, ()), NORD).permissions == frozenset()


def test_there_is_no_actor_while_the_password_is_the_one_handed_over() -> None:
    """Whatever is granted."""
    due = attrs.evolve(IDA, initial_until=NOON + timedelta(hours=1))

    with pytest.raises(StaffPasswordDue):
        SESSION.actor(due, NORD)


def test_a_session_ends_at_its_borders() -> None:
    """Idle and longest life, each exactly."""
    busy = attrs.evolve(SESSION, used=NOON + SESSION_LONGEST - TICK)

    assert SESSION.stands(NOON + SESSION_IDLE - TICK, IDA)
    assert not SESSION.stands(NOON + SESSION_IDLE, IDA)
    assert busy.stands(NOON + SESSION_LONGEST - TICK, IDA)
    assert not busy.stands(NOON + SESSION_LONGEST, IDA)


def test_a_block_ends_sessions_for_good() -> None:
    """Unblocking brings none back; blocking twice changes nothing more."""
    blocked = IDA.blocked()

    assert not SESSION.stands(NOON, blocked)
    assert not SESSION.stands(NOON, blocked.unblocked())
    assert blocked.blocked() == blocked


def test_an_actor_is_confirmed_as_it_was_made() -> None:
    """Blocked, a new password or the handed one: over; other grants: changed."""
    actor = SESSION.actor(IDA, NORD)
    SESSION.confirm(IDA, actor)

    for over in (
        IDA.blocked(),
        attrs.evolve(IDA, epoch=1),
        attrs.evolve(IDA, initial_until=NOON),
        attrs.evolve(IDA, id=StaffId("ole")),
    ):
        with pytest.raises(StaffSessionOver):
            SESSION.confirm(over, actor)
    for permissions in ((), STAFF_PERMISSIONS):
        with pytest.raises(GrantsChanged):
            SESSION.confirm(IDA.granting(NORD, permissions), actor)
    SESSION.confirm(IDA.granting(SUED, ()), actor)


def test_what_is_lacking_is_looked_for_realm_by_realm() -> None:
    """Held here is not held there."""
    held = [Grant(realm=NORD, permissions=frozenset({Permission.MANAGE_PRICES}))]

    assert lacking(held, held) is None
    assert lacking((), held) is None
    there = Grant(realm=SUED, permissions=frozenset({Permission.MANAGE_PRICES}))
    assert lacking([there], held) is Permission.MANAGE_PRICES


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb", "\u202eadI"])
def test_a_name_has_to_hold(name: str) -> None:
    """One to a hundred printable characters."""
    with pytest.raises(StaffInvalid, match="name"):
        checked_member(attrs.evolve(IDA, name=name))


def test_staff_can_not_be_granted_what_only_customers_do() -> None:
    """Seeing prices as a customer is no staff's; both problems are told at once."""
    wrong = attrs.evolve(IDA.granting(NORD, [Permission.SEE_PRICES]), name="")

    with pytest.raises(StaffInvalid) as refused:
        checked_member(wrong)

    assert [problem.field for problem in refused.value.problems] == ["name", "permissions"]


def test_a_password_is_never_shown() -> None:
    """Not in a member's text, and a session's digest neither."""
    assert "digest" not in repr(SESSION)
    assert "password=" not in repr(IDA)
    assert "'d'" not in repr(SESSION.actor(IDA, NORD))
