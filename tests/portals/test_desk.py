"""What staff do with portals."""

from __future__ import annotations

import attrs
import pytest

from custaccount import Conflict, InvalidFields, Language, NotAllowed, NotFound, Permission
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.portals import Portal
from tests.house import EUR, Shop, everything_in, how_often, staff_of


def test_an_address_is_one_portals_in_the_whole_deployment(nord: Shop, sued: Shop) -> None:
    """Another realm's path, number and host are taken too, and so is the own key."""
    desk = nord.house.accounts.portal_desk
    for taken in (
        {"key": "a", "path": sued.portal.path},
        {"key": "b", "number": sued.portal.number},
        {"key": "c", "host": sued.portal.host},
        {"key": nord.portal.key, "path": "/elsewhere"},
    ):
        with pytest.raises(AlreadyThere):
            desk.create(nord.staff, name="New", languages=[Language.DE], currency=EUR, **taken)  # type: ignore[arg-type]

    assert [portal.key for portal in desk.all(nord.staff)] == ["main"]


def made_at(shop: Shop, path: str) -> Portal:
    """Let a seller make a portal at a path, and switch it on."""
    desk = shop.house.accounts.portal_desk
    key = path.strip("/").replace("/", "-")
    made = desk.create(
        shop.staff, key=key, name=key, languages=[Language.DE], currency=EUR, path=path
    )
    return desk.open(shop.staff, made.id)


@pytest.mark.parametrize("below", ["/kunden/sign-in", "/kunden/a/b/c"])
def test_a_path_below_another_realms_portal_is_taken(nord: Shop, sued: Shop, below: str) -> None:
    """Its pages are the other seller's, however deep, and whether it is switched on or off."""
    before = everything_in(nord.house.storage)

    with pytest.raises(AlreadyThere) as refused:
        made_at(nord, below)
    assert refused.value.kind == "portal address"
    assert everything_in(nord.house.storage) == before

    sued.house.accounts.portal_desk.close(sued.staff, sued.portal.id)
    with pytest.raises(AlreadyThere):
        made_at(nord, below)


def test_a_path_below_the_realms_own_portal_is_free(nord: Shop, sued: Shop) -> None:
    """A seller may have an outlet in its shop; what only begins alike is no page of it."""
    for shop, path in (
        (sued, "/kunden/outlet"),
        (sued, "/kunden/outlet/rest"),
        (nord, "/kunden-nord/outlet"),
        (nord, "/kund/outlet"),
    ):
        portal = made_at(shop, path)
        assert shop.house.accounts.portals.at_address("", f"{path}/orders").portal == portal


def test_no_portal_captures_anothers_host_number_or_pages(nord: Shop, sued: Shop) -> None:
    """The captures of the review: no path is tried before the address that was there first."""
    desk, portals = nord.house.accounts.portal_desk, nord.house.accounts.portals
    account = made_at(sued, "/account")
    numbered = desk.create(
        sued.staff, key="n", name="n", languages=[Language.DE], currency=EUR, number="4711"
    )
    desk.open(sued.staff, numbered.id)

    for path, refusal in (
        ("/de/account", InvalidFields),
        ("/4711", InvalidFields),
        ("/account/sign-in", AlreadyThere),
    ):
        with pytest.raises(refusal):
            made_at(nord, path)

    assert portals.at_address("sued.example", "/de/account").portal.id == sued.portal.id
    assert portals.at_address("", "/4711/sign-in").portal.id == numbered.id
    assert portals.at_address("", "/account/sign-in").portal == account


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "Evil\r\nBcc: x", "a\N{ZERO WIDTH SPACE}b"])
def test_a_realm_with_a_bad_name_is_not_founded(nord: Shop, name: str) -> None:
    """Before anything is written: the name stands in mails."""
    if nord.house.storage.__class__.__name__ != "MemoryStorage" and name:
        return  # what no store decides is tried in memory alone
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as refused:
        nord.house.accounts.portal_desk.found_realm(staff_of(RealmId("west")), name)

    assert [problem.field for problem in refused.value.problems] == ["name"]
    assert everything_in(nord.house.storage) == before


def test_a_key_is_a_realms_own(nord: Shop, sued: Shop) -> None:
    """Both sellers have a portal called ``main``."""
    assert nord.portal.key == sued.portal.key == "main"
    assert nord.portal.id != sued.portal.id


def test_switching_on_twice_changes_and_tells_nothing(nord: Shop) -> None:
    """Once is enough."""
    desk = nord.house.accounts.portal_desk
    before = how_often(nord.house.storage, "portals.opened")

    again = desk.open(nord.staff, nord.portal.id)

    assert again == nord.portal
    assert how_often(nord.house.storage, "portals.opened") == before


def test_a_realm_is_founded_once(nord: Shop) -> None:
    """The second time there is one already."""
    with pytest.raises(Conflict):
        nord.house.accounts.portal_desk.found_realm(nord.staff, "Again")


def test_a_portal_that_is_not_there_is_not_found(nord: Shop) -> None:
    """Nor is another realm's: see the isolation test."""
    with pytest.raises(NotFound):
        nord.house.accounts.portal_desk.close(nord.staff, PortalId("nothing"))


def test_who_lacks_the_permission_does_nothing(nord: Shop) -> None:
    """Each verb asks first."""
    desk = nord.house.accounts.portal_desk
    lacking = attrs.evolve(
        nord.staff, permissions=nord.staff.permissions - {Permission.MANAGE_PORTALS}
    )

    for verb in (
        lambda: desk.all(lacking),
        lambda: desk.close(lacking, nord.portal.id),
        lambda: desk.open(lacking, nord.portal.id),
        lambda: desk.found_realm(lacking, "x"),
    ):
        with pytest.raises(NotAllowed):
            verb()
