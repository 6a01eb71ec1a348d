"""Units in which the actor was checked again: a right that ended a moment ago is no right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from custaccount import Guest, System
from custaccount.kernel.access import Actor
from custaccount.kernel.ids import BearerToken, PortalId
from custaccount.membership import Membership, MembershipOver
from custaccount.membership.units import checked_unit
from custaccount.portals import PortalNotFound
from custaccount.portals.model import RealmFounded
from tests.house import (
    ALICE,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    everything_in,
    how_often,
)

GuestCall = Callable[[Shop, Guest, BearerToken], object]

CALLS: Mapping[str, GuestCall] = {
    "sign_in": lambda shop, guest, _: shop.house.accounts.sign_in.sign_in(guest, ALICE, PASSWORD),
    "sign_in, wrong password": lambda shop, guest, _: shop.house.accounts.sign_in.sign_in(
        guest, ALICE, OTHER_PASSWORD
    ),
    "sign_in, nobody": lambda shop, guest, _: shop.house.accounts.sign_in.sign_in(
        guest, "nobody@acme.example", PASSWORD
    ),
    "first_sign_in.request": lambda shop, guest, _: shop.house.accounts.first_sign_in.request(
        guest, BOB
    ),
    "first_sign_in.activate": lambda shop, guest, token: shop.house.accounts.first_sign_in.activate(
        guest, token, PASSWORD
    ),
    "password_reset.request": lambda shop, guest, _: shop.house.accounts.password_reset.request(
        guest, ALICE
    ),
}


@pytest.fixture
def visit(nord: Shop) -> tuple[Guest, BearerToken]:
    """A guest of the portal while it was open; Alice has a login, Bob a link."""
    nord.activate(ALICE)
    nord.house.accounts.first_sign_in.request(nord.guest, BOB)
    return nord.guest, nord.house.token_for(BOB)


@pytest.mark.parametrize("call", CALLS)
def test_a_guest_of_a_portal_that_was_closed_does_nothing(
    nord: Shop, visit: tuple[Guest, BearerToken], call: str
) -> None:
    """Between the page and its form: one answer whoever asks; no session, mail, user or event."""
    guest, token = visit
    desk = nord.house.accounts.portal_desk
    desk.close(nord.staff, nord.portal.id)
    nord.house.accounts.relay()
    before, mails = everything_in(nord.house.storage), len(nord.house.mailer.sent)

    with pytest.raises(PortalNotFound):
        CALLS[call](nord, guest, token)

    nord.house.accounts.relay()
    assert everything_in(nord.house.storage) == before
    assert len(nord.house.mailer.sent) == mails


@pytest.mark.parametrize("call", ["sign_in", "first_sign_in.request", "first_sign_in.activate"])
def test_a_guest_of_a_portal_that_is_open_does_it(
    nord: Shop, visit: tuple[Guest, BearerToken], call: str
) -> None:
    """Negative control: closed and opened again, the same call goes through, with the same link."""
    guest, token = visit
    desk = nord.house.accounts.portal_desk
    desk.close(nord.staff, nord.portal.id)
    desk.open(nord.staff, nord.portal.id)
    before = everything_in(nord.house.storage)

    CALLS[call](nord, guest, token)

    assert everything_in(nord.house.storage) != before


def test_nobody_acts_at_a_closed_portal(nord: Shop) -> None:
    """Not even who is signed in there: for the company named, and for the only one."""
    nord.activate(ALICE)
    session, acting = nord.session(ALICE), nord.house.accounts.acting
    member = acting.member(session)

    nord.house.accounts.portal_desk.close(nord.staff, nord.portal.id)

    for company in (None, member.customer):
        with pytest.raises(PortalNotFound):
            acting.member(session, company)

    nord.house.accounts.portal_desk.open(nord.staff, nord.portal.id)
    assert acting.member(session) == member


# By hand, as who builds a service without CustomerAccounts does ---------------------------------


def enter(shop: Shop, actor: Actor) -> None:
    """Open a checked unit and tell something in it."""
    storage = shop.house.storage
    with checked_unit(storage.begin(actor), actor) as work:
        work.record(RealmFounded(at=shop.house.clock()))
        work.commit()


def test_who_is_what_it_was_enters(nord: Shop) -> None:
    """A member, a guest, staff and a job: each is written down."""
    nord.activate(ALICE)
    before = how_often(nord.house.storage, RealmFounded.name)

    actors = (nord.member(ALICE), nord.guest, nord.staff, System(realm=nord.realm, job="test"))
    for actor in actors:
        enter(nord, actor)

    assert how_often(nord.house.storage, RealmFounded.name) == before + len(actors)


@pytest.mark.parametrize("end", ["suspended", "removed"])
def test_a_member_whose_membership_ended_does_not_enter(nord: Shop, end: str) -> None:
    """Nothing of the unit is reached, and nothing is written."""
    nord.activate(ALICE)
    member = nord.member(ALICE)
    nord.change_membership(member, getattr(Membership, end))
    before = everything_in(nord.house.storage)

    with pytest.raises(MembershipOver):
        enter(nord, member)

    assert everything_in(nord.house.storage) == before


def test_a_member_of_nobody_does_not_enter(nord: Shop) -> None:
    """An actor nobody made: the user never acted for that customer."""
    nord.activate(ALICE)
    forged = attrs.evolve(nord.member(ALICE), customer=nord.customer("E-BETA").id)

    with pytest.raises(MembershipOver):
        enter(nord, forged)


def test_a_guest_enters_an_open_portal_of_its_own_realm_only(nord: Shop, sued: Shop) -> None:
    """A closed one, another seller's and one there is not look alike."""
    strange = [
        attrs.evolve(nord.guest, portal=portal) for portal in (sued.portal.id, PortalId("nothing"))
    ]
    closed = nord.guest
    nord.house.accounts.portal_desk.close(nord.staff, nord.portal.id)
    before = everything_in(nord.house.storage)

    for guest in (closed, *strange):
        with pytest.raises(PortalNotFound):
            enter(nord, guest)

    assert everything_in(nord.house.storage) == before
    enter(sued, sued.guest)
