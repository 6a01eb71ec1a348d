"""The audit trail: who, for whom, where and what, page by page, and never a secret."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import NotAllowed
from custaccount.credentials.model import PasswordHash
from custaccount.facilities.audit import AuditEntry, as_text, changes_of
from custaccount.kernel.events import Change
from custaccount.kernel.ids import Cursor, StaffId
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid
from custaccount.kernel.text import EmailAddress
from custaccount.storage import Storage
from tests.house import ALICE, NORD, Shop, build, open_nord, open_sued, price


@pytest.fixture
def nord(storage: Storage) -> Shop:
    """Open the first seller's shop."""
    return open_nord(build(storage))


def newest(shop: Shop, event: str) -> AuditEntry:
    """Read the newest entry of an event."""
    found = shop.house.accounts.audit.latest(shop.staff).items
    return next(entry for entry in found if entry.event == event)


# What an entry tells -----------------------------------------------------------------------------


def test_a_changed_customer_is_told_field_by_field(nord: Shop) -> None:
    """An import that changes two fields of one customer leaves one entry about it, by staff."""
    acme = nord.customer("E-ACME")

    nord.change("E-ACME", country="DK", status="on hold")

    entry = newest(nord, "customers.changed")
    assert (entry.stamp.by, entry.stamp.realm) == (nord.staff.id, NORD)
    assert entry.facts == {"customer": acme.id}
    assert set(entry.changes) == {
        Change(field="status", before="active", after="on hold"),
        Change(field="country", before="", after="DK"),
    }


def test_a_changed_contact_is_told_without_the_person(nord: Shop) -> None:
    """An entry is for good; names and addresses of persons are not."""
    nord.change("E-ACME", contact="Carol", email="carol@acme.example")

    entry = newest(nord, "customers.changed")

    assert entry.changes == (Change(field="contacts"),)
    assert "carol" not in str(entry).lower()


def test_an_import_is_told_once_and_noted_customer_by_customer(nord: Shop) -> None:
    """Six hundred new customers are six hundred entries, and two events on their way out."""
    nord.house.accounts.relay()
    rows = [{"erp_id": f"E{n}", "number": f"N{n}", "name": f"Shop {n}"} for n in range(600)]

    nord.house.accounts.register_desk.import_rows(nord.staff, rows)

    assert nord.house.accounts.relay().delivered == 2
    one = nord.customer("E77")
    about = nord.house.accounts.audit.latest(nord.staff, about=one.id).items
    assert [(entry.event, entry.facts["number"]) for entry in about] == [("customers.added", "N77")]


def test_a_switched_portal_is_told(nord: Shop) -> None:
    """Off and on, each with what it was."""
    desk = nord.house.accounts.portal_desk

    desk.close(nord.staff, nord.portal.id)
    assert newest(nord, "portals.closed").changes == (
        Change(field="open", before="yes", after="no"),
    )
    nord.house.clock.advance(timedelta(seconds=1))
    desk.open(nord.staff, nord.portal.id)
    assert newest(nord, "portals.opened").changes == (
        Change(field="open", before="no", after="yes"),
    )


def test_a_new_member_is_told_with_roles_and_state(nord: Shop) -> None:
    """From nothing to what it is."""
    nord.activate(ALICE)

    assert newest(nord, "membership.member_added").changes == (
        Change(field="roles", after="administrator"),
        Change(field="state", after="active"),
    )


def test_an_attached_list_is_told(nord: Shop) -> None:
    """Which list, to whom, and where among its lists."""
    listed = nord.price_list("all", [price("X1", "1")])
    acme = nord.customer("E-ACME")
    nord.house.accounts.price_desk.attach_to_customer(nord.staff, listed, acme.id, rank=3)

    entry = newest(nord, "pricing.list_attached")
    assert entry.facts == {"list": listed, "level": "0", "target": acme.id, "rank": "3"}


def test_what_may_not_be_told_is_refused() -> None:
    """A hash or an address in an event, or in a change, is a defect that does not get through."""
    address = EmailAddress.parse("alice@acme.example")
    for secret in (PasswordHash("$argon2id$"), address, b"bytes", object()):
        with pytest.raises(TypeError):
            as_text(secret)
        with pytest.raises(TypeError):
            as_text((secret,))


def test_only_allowed_fields_are_compared() -> None:
    """What is on neither list is not told, changed or not."""

    @attrs.frozen
    class Thing:
        shown: int
        named: str
        secret: str

    before, after = Thing(1, "a", "s"), Thing(2, "b", "t")

    assert changes_of(before, after, shown=["shown"], named=["named"]) == (
        Change(field="shown", before="1", after="2"),
        Change(field="named"),
    )
    assert changes_of(before, before, shown=["shown"], named=["named"]) == ()


# Pages -------------------------------------------------------------------------------------------


def fill(shop: Shop, how_many: int) -> None:
    """Switch the portal on and off, many times at one moment."""
    desk = shop.house.accounts.portal_desk
    for number in range(how_many):
        (desk.open if number % 2 else desk.close)(shop.staff, shop.portal.id)


def test_pages_follow_each_other_while_things_happen(nord: Shop) -> None:
    """Each entry once, newest first, and what happens meanwhile shifts nothing."""
    trail = nord.house.accounts.audit
    fill(nord, 2 * PAGE_SIZE + 4)
    seen: list[str] = []
    page = trail.latest(nord.staff, about=nord.portal.id)
    while True:
        seen += [entry.id for entry in page.items]
        if page.more is None:
            break
        nord.house.clock.advance(timedelta(seconds=1))
        fill(nord, 1)
        page = trail.latest(nord.staff, about=nord.portal.id, cursor=page.more)

    assert len(seen) == len(set(seen)) == 2 * PAGE_SIZE + 4 + 2  # made and first opened


def test_a_person_is_asked_for(nord: Shop) -> None:
    """What somebody did, and what was done to something by that somebody."""
    ida = attrs.evolve(nord.staff, id=StaffId("ida"))
    trail = nord.house.accounts.audit
    nord.house.accounts.portal_desk.close(ida, nord.portal.id)

    assert [entry.event for entry in trail.latest(ida, by=ida.id).items] == ["portals.closed"]
    about = trail.latest(ida, by=ida.id, about=nord.customer("E-ACME").id)
    assert about.items == ()


@pytest.mark.parametrize("change", ["other list", "other person", "other staff", "other realm"])
def test_a_cursor_is_for_one_list_and_one_person(nord: Shop, change: str) -> None:
    """Whoever else comes with it, or asks something else, begins anew."""
    fill(nord, PAGE_SIZE + 1)
    trail = nord.house.accounts.audit
    cursor = trail.latest(nord.staff).more
    assert cursor is not None
    staff, about, by = nord.staff, None, None
    match change:
        case "other list":
            about = nord.portal.id
        case "other person":
            by = nord.staff.id
        case "other staff":
            staff = attrs.evolve(nord.staff, id=StaffId("ida"))
        case _:
            staff = open_sued(nord.house).staff

    with pytest.raises(CursorInvalid):
        trail.latest(staff, about=about, by=by, cursor=cursor)


def test_a_made_up_cursor_is_refused(nord: Shop) -> None:
    """Whatever it is."""
    for cursor in ("", "x", "a.b", "x" * 100_000):
        with pytest.raises(CursorInvalid):
            nord.house.accounts.audit.latest(nord.staff, cursor=Cursor(cursor))


def test_the_trail_is_for_staff_who_may(nord: Shop) -> None:
    """Without the permission there is no page, not even an empty one."""
    with pytest.raises(NotAllowed):
        nord.house.accounts.audit.latest(attrs.evolve(nord.staff, permissions=frozenset()))
