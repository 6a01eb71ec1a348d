"""What a company is told happened to it: its own, with names, and nothing that is the seller's."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import Member, Permission
from custaccount.accounts import TOLD_TO_COMPANIES
from custaccount.facilities.audit import ActorKind
from custaccount.kernel.access import Depth, FeatureOff, PermissionMissing
from custaccount.kernel.events import Change
from custaccount.kernel.features import TRAIL
from custaccount.kernel.ids import Cursor
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid
from custaccount.membership import ADMINISTRATOR, BUYER, VIEWER
from custaccount.membership.trail import CompanyEntry
from tests.house import ALICE, BOB, PASSWORD, Shop

CARL = "carl@acme.example"


def of_company(shop: Shop, member: Member) -> list[CompanyEntry]:
    """Read all a company is told, the newest first."""
    trail, found = shop.house.accounts.trail, []
    page = trail.latest(member)
    while True:
        found += page.items
        if page.more is None:
            return found
        page = trail.latest(member, page.more)


def test_a_company_sees_what_happened_to_it_and_who_of_its_own_did_it(nord: Shop) -> None:
    """Members by user; the newest first."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    carl = nord.colleague_of(alice, CARL, BUYER)
    nord.house.clock.advance(timedelta(seconds=1))

    nord.house.accounts.users.set_roles(alice, carl.membership, [VIEWER])

    newest, *earlier = of_company(nord, alice)
    assert newest == CompanyEntry(
        at=nord.house.clock(),
        event="membership.roles_changed",
        kind=ActorKind.MEMBER,
        by="Alice",
        me=True,
        about=CARL,
        roles=(),
        facts={},
        changes=(Change(field="roles", before="Buyer", after="Viewer"),),
    )
    assert {"membership.member_added", "membership.member_invited"} <= {
        one.event for one in earlier
    }
    invited = next(one for one in earlier if one.event == "membership.member_invited")
    assert [role.id for role in invited.roles] == [BUYER]


def test_a_role_that_is_gone_is_left_out(nord: Shop) -> None:
    """What the company called it is told where it was made and removed."""
    nord.activate(ALICE)
    grants, roles = {Permission.SEE_ORDERS: Depth.OWN}, nord.house.accounts.roles
    clerk = roles.make(nord.member(ALICE), name="Clerk", grants=grants).id
    nord.house.clock.advance(timedelta(seconds=1))
    assert of_company(nord, nord.member(ALICE))[0].roles[0].name == "Clerk"

    roles.remove(nord.member(ALICE), clerk)

    removed, made, *_ = of_company(nord, nord.member(ALICE))
    assert (removed.facts["what"], removed.roles, made.roles) == ("removed", (), ())
    assert Change(field="name", before="Clerk") in removed.changes
    assert Change(field="name", after="Clerk") in made.changes


def test_of_staff_it_tells_that_they_did_it_not_who(nord: Shop) -> None:
    """Neither name nor id is anywhere in what a company is shown."""
    nord.activate(ALICE)
    nord.house.clock.advance(timedelta(seconds=1))

    nord.change("E-ACME", country="DK")

    newest, *_ = found = of_company(nord, nord.member(ALICE))
    assert (newest.event, newest.kind, newest.by, newest.me) == (
        "customers.changed",
        ActorKind.STAFF,
        "",
        False,
    )
    assert newest.changes == (Change(field="country", before="", after="DK"),)
    assert nord.staff.id not in str(found)
    assert nord.staff.name not in str(found)


def test_why_staff_did_something_and_how_they_sort_customers_is_theirs(nord: Shop) -> None:
    """A member's own reason is told, staff's is not; nor are groups."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    nord.house.accounts.users.leave(nord.colleague_of(alice, CARL))
    bob = nord.colleague_of(alice, "dora@acme.example")
    accounts, acme = nord.house.accounts, nord.customer("E-ACME")
    accounts.member_desk.remove(
        nord.staff, nord.portal.id, acme.id, bob.membership, reason="does not pay"
    )
    accounts.customer_desk.change(
        nord.staff, acme.id, version=acme.version, groups=[nord.group("crafts")]
    )

    found = of_company(nord, alice)

    gone = [one.facts.get("reason") for one in found if one.event == "membership.member_removed"]
    assert sorted(gone, key=str) == [None, "left of their own will"]
    assert "does not pay" not in str(found)
    assert "groups" not in {change.field for one in found for change in one.changes}


def test_of_who_accepts_it_does_not_tell_whether_there_was_a_login(nord: Shop) -> None:
    """A new user and one of another company look alike."""
    for email in (ALICE, BOB):
        nord.activate(email)
    alice = nord.member(ALICE)

    for email in (BOB, CARL):
        nord.colleague_of(alice, email)

    added = [
        one
        for one in of_company(nord, alice)
        if one.facts.get("reason") == "accepted an invitation"
    ]
    assert len(added) == 2
    assert {(one.event, one.kind, one.by) for one in added} == {
        ("membership.member_added", ActorKind.PERSON, "")
    }
    assert {one.about for one in added} == {"Bob", CARL}


def test_a_company_sees_nothing_of_another(nord: Shop) -> None:
    """Not even of a person who acts for both: each company its own half."""
    for email in (ALICE, BOB):
        nord.activate(email)
    alice, bob = nord.member(ALICE), nord.member(BOB)
    here, there = nord.colleague_of(alice, CARL), nord.colleague_of(bob, CARL)
    nord.house.accounts.acting.choose(nord.session(CARL), there.customer)
    nord.house.accounts.users.remove(bob, there.membership)

    mine, theirs = of_company(nord, alice), of_company(nord, bob)

    assert "membership.member_removed" not in {one.event for one in mine}
    assert "membership.member_removed" in {one.event for one in theirs}
    assert bob.customer not in str(mine)
    assert alice.customer not in str(theirs)
    assert here.user == there.user


def test_a_company_is_told_allowed_events_and_facts_alone(nord: Shop) -> None:
    """Sign-ins, passwords and blocks of a login are the person's, and the seller's."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    carl = nord.colleague_of(alice, CARL, ADMINISTRATOR)
    accounts = nord.house.accounts
    accounts.acting.choose(nord.session(CARL), carl.customer)
    accounts.login_desk.block(nord.staff, carl.user, reason="stolen")
    accounts.own_password.change(nord.person(ALICE), PASSWORD, "acht Kraniche im Moor")

    found = of_company(nord, alice)

    told = {entry.event for entry in accounts.audit.latest(nord.staff).items}
    assert {"credentials.user_blocked", "membership.company_chosen"} <= told
    assert {one.event for one in found} <= TOLD_TO_COMPANIES & told
    assert {fact for one in found for fact in one.facts} <= {"state", "what", "address", "reason"}


def test_a_companys_pages_follow_each_other(nord: Shop) -> None:
    """Each entry once, though things happen meanwhile."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    trail = nord.house.accounts.trail
    for number in range(PAGE_SIZE + 3):
        nord.house.clock.advance(timedelta(seconds=1))
        nord.change("E-ACME", name=f"Acme {number}")
    first = trail.latest(alice)
    assert first.more is not None
    nord.house.clock.advance(timedelta(seconds=1))
    nord.change("E-ACME", name="Acme again")

    second = trail.latest(alice, first.more)

    seen = [one.at for one in (*first.items, *second.items) if one.event == "customers.changed"]
    assert len(set(seen)) == len(seen) == PAGE_SIZE + 3
    assert seen == sorted(seen, reverse=True)
    assert second.more is None


@pytest.mark.parametrize("change", ["other member", "other epoch", "other company", "other list"])
def test_a_companys_cursor_is_one_members(nord: Shop, change: str) -> None:
    """Whoever else comes with it, or after the roles were changed, begins anew."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    for number in range(PAGE_SIZE + 1):
        nord.change("E-ACME", name=f"Acme {number}")
    trail = nord.house.accounts.trail
    cursor = trail.latest(alice).more
    assert cursor is not None
    other = alice
    match change:
        case "other member":
            other = nord.colleague_of(alice, CARL, ADMINISTRATOR)
        case "other epoch":
            other = attrs.evolve(alice, epoch=alice.epoch + 1)
        case "other company":
            nord.activate(BOB)
            other = nord.member(BOB)
        case _:
            listed = nord.house.accounts.audit.latest(nord.staff).more
            assert listed is not None
            cursor = listed

    with pytest.raises(CursorInvalid):
        trail.latest(other, cursor)


def test_a_companys_made_up_cursor_is_refused(nord: Shop) -> None:
    """Whatever it is."""
    nord.activate(ALICE)

    for cursor in ("", "x", "a.b", "x" * 100_000):
        with pytest.raises(CursorInvalid):
            nord.house.accounts.trail.latest(nord.member(ALICE), Cursor(cursor))


def test_the_trail_is_for_administrators_where_it_is_offered(nord: Shop) -> None:
    """Role and function both have to allow."""
    nord.activate(ALICE)
    alice = nord.member(ALICE)
    carl, trail = nord.colleague_of(alice, CARL, BUYER), nord.house.accounts.trail

    with pytest.raises(PermissionMissing) as refused:
        trail.latest(carl)
    assert refused.value.permission is Permission.SEE_TRAIL
    with pytest.raises(FeatureOff):
        trail.latest(attrs.evolve(alice, features=alice.features - {TRAIL}))
