"""Staff look after staff: nobody grants what they lack, and the last one who manages stays."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from custaccount import CustAccountError, NotFound, Staff
from custaccount.adapters.memory import MemoryStorage
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, PermissionMissing
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import RealmId, StaffId
from custaccount.kernel.text import EmailInvalid
from custaccount.staff import LastStaffManager, RealmNotFounded, StaffInvalid, StaffState
from custaccount.staff import desk as desk_module
from custaccount.storage import Storage
from tests.house import IDA, OLE, Shop, build, everything_in, how_often, open_nord, staff_of
from tests.security.spies import Meet, WatchedStorage, together

EVA = "eva@nord.example"
PEOPLE = frozenset({Permission.MANAGE_STAFF, Permission.READ_AUDIT})


def manager(shop: Shop, email: str = EVA) -> Staff:
    """Let somebody manage staff and read the trail, and nothing else."""
    shop.appoint(email, *PEOPLE)
    return shop.acting_staff(email)


# What is done -----------------------------------------------------------------------------------


def test_all_staff_of_the_realm_are_listed_by_address(nord: Shop, sued: Shop) -> None:
    """Blocked or not, and nobody else's."""
    for email in (OLE, IDA):
        nord.appoint(email)
    sued.appoint("ida@sued.example")
    nord.house.accounts.staff_desk.block(nord.staff, nord.colleague(OLE).id)

    listed = nord.house.accounts.staff_desk.all(nord.staff)

    assert [(str(one.email), one.state) for one in listed] == [
        (IDA, StaffState.ACTIVE),
        (OLE, StaffState.BLOCKED),
    ]


def test_appointing_is_told_with_what_was_granted(nord: Shop) -> None:
    """The trail names who did it and every permission, and no name and no address."""
    made = nord.house.accounts.staff_desk.appoint(
        nord.staff, email=IDA, name="Ida Berg", permissions=PEOPLE
    )

    entry = nord.house.accounts.audit.latest(nord.staff).items[0]
    assert entry.event == "staff.appointed"
    assert (entry.stamp.by, entry.facts["staff"]) == (nord.staff.id, made.member.id)
    assert {(one.field, one.before, one.after) for one in entry.changes} == {
        ("granted", None, "manage staff, read audit"),
        ("state", None, "active"),
    }
    assert "Berg" not in repr(entry)
    assert "@" not in repr(entry)


def test_a_change_of_grants_is_told_before_and_after(nord: Shop) -> None:
    """Also that of another realm, which is named."""
    desk = nord.house.accounts.staff_desk
    nord.appoint(OLE)
    member = nord.appoint(IDA, Permission.READ_AUDIT)

    changed = desk.grant(nord.staff, member.id, [Permission.MANAGE_PRICES])

    assert changed.permissions_in(nord.realm) == {Permission.MANAGE_PRICES}
    entry = nord.house.accounts.audit.latest(nord.staff).items[0]
    assert entry.event == "staff.grants_changed"
    assert [(one.before, one.after) for one in entry.changes] == [("read audit", "manage prices")]


def test_what_changes_nothing_is_not_told(nord: Shop) -> None:
    """The same grants, a block of who is blocked: nothing is written."""
    desk = nord.house.accounts.staff_desk
    nord.appoint(OLE)
    member = nord.appoint(IDA, Permission.READ_AUDIT)
    desk.block(nord.staff, member.id)
    before = everything_in(nord.house.storage)

    desk.grant(nord.staff, member.id, [Permission.READ_AUDIT])
    desk.block(nord.staff, member.id)

    assert everything_in(nord.house.storage) == before


def test_who_is_unblocked_signs_in_again(nord: Shop) -> None:
    """With the same password and grants; both are told."""
    desk = nord.house.accounts.staff_desk
    nord.appoint(OLE)
    member = nord.appoint(IDA)
    desk.block(nord.staff, member.id)
    with pytest.raises(CustAccountError):
        nord.staff_sign_in(IDA)

    desk.unblock(nord.staff, member.id)

    assert nord.acting_staff(IDA).permissions == STAFF_PERMISSIONS
    for event in ("staff.blocked", "staff.unblocked"):
        assert how_often(nord.house.storage, event) == 1


def test_an_address_is_appointed_once(nord: Shop, sued: Shop) -> None:
    """However it is written; another realm may appoint it too."""
    nord.appoint(IDA)
    desk = nord.house.accounts.staff_desk

    with pytest.raises(AlreadyThere):
        desk.appoint(nord.staff, email="IDA@NORD.example", name="Ida", permissions=PEOPLE)
    sued.appoint(IDA)


def test_what_does_not_hold_is_refused(nord: Shop) -> None:
    """No address, no name, a customer's permission, a realm that is not founded."""
    appoint = nord.house.accounts.staff_desk.appoint
    before = everything_in(nord.house.storage)

    with pytest.raises(EmailInvalid):
        appoint(nord.staff, email="ida", name="Ida", permissions=PEOPLE)
    with pytest.raises(StaffInvalid):
        appoint(nord.staff, email=IDA, name="", permissions=PEOPLE)
    with pytest.raises(StaffInvalid):
        appoint(nord.staff, email=IDA, name="Ida", permissions=[Permission.SEE_ORDERS])
    with pytest.raises(RealmNotFounded):
        appoint(staff_of(RealmId("west")), email=IDA, name="Ida", permissions=PEOPLE)

    assert everything_in(nord.house.storage) == before


# Who may ----------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[Shop, Staff, StaffId], object]] = {
    "all": lambda shop, staff, _: shop.house.accounts.staff_desk.all(staff),
    "appoint": lambda shop, staff, _: shop.house.accounts.staff_desk.appoint(
        staff, email="new@nord.example", name="New", permissions=[]
    ),
    "grant": lambda shop, staff, member: shop.house.accounts.staff_desk.grant(staff, member, []),
    "block": lambda shop, staff, member: shop.house.accounts.staff_desk.block(staff, member),
    "unblock": lambda shop, staff, member: shop.house.accounts.staff_desk.unblock(staff, member),
    "new_password": lambda shop, staff, member: shop.house.accounts.staff_desk.new_password(
        staff, member
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_only_who_manages_staff_may(nord: Shop, call: str) -> None:
    """Every other permission together is not enough."""
    nord.appoint(OLE)
    member = nord.appoint(IDA, Permission.READ_AUDIT)
    others = attrs.evolve(nord.staff, permissions=STAFF_PERMISSIONS - {Permission.MANAGE_STAFF})

    with pytest.raises(PermissionMissing):
        CALLS[call](nord, others, member.id)
    CALLS[call](nord, nord.staff, member.id)


@pytest.mark.parametrize("call", [name for name in CALLS if name not in {"all", "appoint"}])
def test_another_realms_staff_are_unknown(nord: Shop, sued: Shop, call: str) -> None:
    """Foreign and never heard of are one answer, and nothing happens."""
    theirs = sued.appoint("ida@sued.example", Permission.READ_AUDIT)
    before = everything_in(nord.house.storage)

    for member in (theirs.id, StaffId("nobody")):
        with pytest.raises(NotFound, match="no such staff member"):
            CALLS[call](nord, nord.staff, member)

    assert everything_in(nord.house.storage) == before


def test_nobody_grants_what_they_lack(nord: Shop) -> None:
    """Neither to a new one nor to an old one nor to oneself; what is held can be granted."""
    eva, ole = manager(nord), nord.appoint(OLE, Permission.READ_AUDIT)
    desk = nord.house.accounts.staff_desk
    before = everything_in(nord.house.storage)

    with pytest.raises(PermissionMissing) as refused:
        desk.grant(eva, ole.id, [Permission.READ_AUDIT, Permission.MANAGE_PRICES])
    assert refused.value.permission is Permission.MANAGE_PRICES
    with pytest.raises(PermissionMissing):
        desk.grant(eva, eva.id, STAFF_PERMISSIONS)
    with pytest.raises(PermissionMissing):
        desk.appoint(eva, email="new@nord.example", name="N", permissions=STAFF_PERMISSIONS)

    assert everything_in(nord.house.storage) == before
    assert desk.grant(eva, ole.id, PEOPLE).permissions_in(nord.realm) == PEOPLE


@pytest.mark.parametrize("call", ["grant", "block", "new_password"])
def test_nobody_reaches_up(nord: Shop, call: str) -> None:
    """Case 76: who holds more can't be stripped, blocked or given a password one knows."""
    eva, ida = manager(nord), nord.appoint(IDA)
    before = everything_in(nord.house.storage)

    with pytest.raises(PermissionMissing):
        CALLS[call](nord, eva, ida.id)

    assert everything_in(nord.house.storage) == before


def test_nobody_unblocks_who_holds_more(nord: Shop) -> None:
    """That would be granting it."""
    eva, ida = manager(nord), nord.appoint(IDA)
    nord.house.accounts.staff_desk.block(nord.staff, ida.id)

    with pytest.raises(PermissionMissing):
        nord.house.accounts.staff_desk.unblock(eva, ida.id)


def test_a_grant_elsewhere_needs_the_same_there(nord: Shop, sued: Shop) -> None:
    """To manage staff there, and to hold it there; what is held at home does not count."""
    desk, wanted = nord.house.accounts.staff_desk, [Permission.READ_AUDIT]
    eva, ole = manager(nord), nord.appoint(OLE, Permission.READ_AUDIT)
    for actor in (eva, nord.staff):
        with pytest.raises(PermissionMissing):
            desk.grant(actor, ole.id, wanted, realm=sued.realm)
        with pytest.raises(PermissionMissing):
            desk.grant(actor, ole.id, wanted, realm=RealmId("nowhere"))

    member = nord.colleague(EVA).granting(sued.realm, PEOPLE)
    with nord.house.storage.begin(nord.staff) as work:
        work.staff.save(nord.scope, member)
        work.commit()
    granted = desk.grant(eva, ole.id, wanted, realm=sued.realm)

    assert granted.permissions_in(sued.realm) == set(wanted)
    assert granted.permissions_in(nord.realm) == {Permission.READ_AUDIT}
    with pytest.raises(PermissionMissing):
        desk.grant(eva, ole.id, [Permission.MANAGE_PRICES], realm=sued.realm)
    with pytest.raises(PermissionMissing):  # Ole holds something elsewhere that she can't judge
        desk.block(attrs.evolve(nord.staff, permissions=PEOPLE), ole.id)


# The last one stays -----------------------------------------------------------------------------


def test_the_last_one_who_manages_staff_stays(nord: Shop) -> None:
    """Neither blocked nor stripped, by oneself or by whom the host vouches for."""
    ida = manager(nord, IDA)
    nord.appoint(OLE, Permission.READ_AUDIT)
    desk = nord.house.accounts.staff_desk

    for actor in (ida, nord.staff):
        before = everything_in(nord.house.storage)
        with pytest.raises(LastStaffManager):
            desk.block(actor, ida.id)
        with pytest.raises(LastStaffManager):
            desk.grant(actor, ida.id, [Permission.READ_AUDIT])
        assert everything_in(nord.house.storage) == before


def test_a_blocked_manager_does_not_count(nord: Shop) -> None:
    """Nor one of another realm, nor a grant for another realm."""
    ida, ole = nord.appoint(IDA, *PEOPLE), nord.appoint(OLE, *PEOPLE)
    desk = nord.house.accounts.staff_desk
    desk.block(nord.staff, ole.id)

    with pytest.raises(LastStaffManager):
        desk.block(nord.staff, ida.id)

    desk.unblock(nord.staff, ole.id)
    assert desk.block(nord.staff, ida.id).state is StaffState.BLOCKED


def blocking_each_other(storage: Storage) -> tuple[Shop, list[object]]:
    """Let two managers block each other at the same moment."""
    watched = WatchedStorage(storage)
    shop = open_nord(build(watched))  # type: ignore[arg-type]
    ida, ole = manager(shop, IDA), manager(shop, OLE)
    desk = shop.house.accounts.staff_desk
    watched.watch = Meet("staff.save")
    answers = together(lambda: desk.block(ida, ole.id), lambda: desk.block(ole, ida.id))
    watched.watch = lambda _, step: step()
    return shop, answers


def test_of_two_who_block_each_other_one_is_left(storage: Storage) -> None:
    """Whoever comes second sees it: is blocked already, or would be the last to go."""
    shop, answers = blocking_each_other(storage)

    refused = [answer for answer in answers if isinstance(answer, CustAccountError)]
    assert len(refused) == 1, answers
    left = [one for one in shop.house.accounts.staff_desk.all(shop.staff) if one.manages]
    assert len(left) == 1


def test_without_the_realms_row_nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: two managers who only look, and write no common row, block each other."""
    monkeypatch.setattr(desk_module, "_hold", lambda *_: None)
    monkeypatch.setattr(
        "custaccount.staff.model.StaffSession.confirm", lambda *_: None
    )  # else the check of actors saves them

    shop, _ = blocking_each_other(MemoryStorage())

    assert not any(one.manages for one in shop.house.accounts.staff_desk.all(shop.staff))
