"""Where a request leads: the portal, and the part of its path that is the portal's address."""

from __future__ import annotations

import attrs
import pytest

from custaccount.accounts import CustomerAccounts
from custaccount.kernel.i18n import Language
from custaccount.portals import Entrance, Portal, PortalNotFound
from custaccount.portals.addresses import ways_in
from tests.house import EUR, Shop


@attrs.frozen
class Found:
    """A place of two portals, one below the other."""

    accounts: CustomerAccounts
    shop: Portal
    outlet: Portal


@pytest.fixture
def place(nord: Shop) -> Found:
    """Open a portal at ``/b2b``, 007 and shop.example, and one at ``/b2b/outlet``."""
    accounts, staff = nord.house.accounts, nord.staff
    made = []
    for key, path, number, host in (
        ("b2b", "/b2b", "007", "b2b.example"),
        ("outlet", "/b2b/outlet", None, None),
    ):
        portal = accounts.portal_desk.create(
            staff,
            key=key,
            name=key,
            languages=[Language.EN, Language.SV],
            currency=EUR,
            path=path,
            number=number,
            host=host,
        )
        made.append(accounts.portal_desk.open(staff, portal.id))
    return Found(accounts, *made)


def at(place: Found, path: str, host: str = "") -> Entrance | None:
    """Look an address up."""
    try:
        return place.accounts.portals.at_address(host, path)
    except PortalNotFound:
        return None


def test_the_longest_address_counts(place: Found) -> None:
    """A portal below another is found, and its pages are its own."""
    for path in ("/b2b", "/b2b/", "/b2b/orders", "/b2b/outlets", "/b2b/orders/C-1/again"):
        assert at(place, path) == Entrance(portal=place.shop, prefix="/b2b")
    for path in ("/b2b/outlet", "/b2b/outlet/orders"):
        assert at(place, path) == Entrance(portal=place.outlet, prefix="/b2b/outlet")


def test_what_is_switched_off_hides_nothing(place: Found, nord: Shop) -> None:
    """Below a portal, one that is off looks like a page that is not there."""
    place.accounts.portal_desk.close(nord.staff, place.outlet.id)

    assert at(place, "/b2b/outlet/orders") == Entrance(portal=place.shop, prefix="/b2b")


def test_a_number_and_a_host_lead_there_too(place: Found) -> None:
    """A number with its zeros; a host with a language the portal speaks."""
    swedish = Entrance(portal=place.shop, prefix="/sv/account", language=Language.SV)

    assert at(place, "/007/orders") == Entrance(portal=place.shop, prefix="/007")
    assert at(place, "/7/orders") is None
    assert at(place, "/sv/account", "b2b.example") == swedish
    assert at(place, "/sv/account/orders", "B2B.Example:443") == swedish
    assert at(place, "/de/account", "b2b.example") is None


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("", ""),
        ("", "/"),
        ("", "b2b"),
        ("", "//b2b"),
        ("", "/B2B"),
        ("", "/b2b%20"),
        ("", "/b2b\0"),
        ("", "/" + "a" * 65),
        ("b2b.example", "//sv/account"),
        ("b2b.example", "/sv/accounts"),
        ("b2b.example\0", "/sv/account"),
        ("b" * 300, "/sv/account"),
    ],
)
def test_what_can_be_no_address_is_not_asked(place: Found, host: str, path: str) -> None:
    """Nor does it break anything."""
    assert at(place, path, host) is None


def test_a_path_is_asked_for_six_ways_at_most() -> None:
    """However long it is."""
    assert len(list(ways_in("b2b.example", "/sv/account/3/4/5/6/7"))) == 5
    assert len(list(ways_in("b2b.example", "/1/2/3/4/5/6/7"))) == 5
    assert list(ways_in("b2b.example", "/.well-known/x")) == []
