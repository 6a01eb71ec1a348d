"""What staff do with portals."""

from __future__ import annotations

import attrs
import pytest

from custaccount import Conflict, Language, NotAllowed, NotFound, Permission
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import PortalId
from tests.house import EUR, Shop, how_often


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
