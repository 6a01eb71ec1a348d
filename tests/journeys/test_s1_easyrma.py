"""What the EasyRMA key-account portal promises: its own path, and a forgotten password."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import InvalidInput, Language, NotAllowed, NotFound
from custaccount.portals import return_path
from tests.house import ALICE, BOB, OTHER_PASSWORD, PASSWORD, Shop


def test_p1_a_portal_is_found_by_its_path(nord: Shop) -> None:
    """``/customer-center`` is the portal's, with or without a slash at the end."""
    portals = nord.house.accounts.portals

    assert portals.at_path("/customer-center").id == nord.portal.id
    assert portals.at_path("/customer-center/").id == nord.portal.id
    for other in ("/customer-centre", "/", "", "customer-center", "/customer-center/orders"):
        with pytest.raises(NotFound):
            portals.at_path(other)


def test_p1_a_deep_link_opened_signed_out_comes_back_after_sign_in(nord: Shop) -> None:
    """Where the visitor wanted to go is kept if it lies in the portal, and nowhere else."""
    within = nord.portal.path
    assert within is not None
    nord.activate(ALICE)

    wanted = return_path("/customer-center/orders/A-7?tab=lines", within=within)
    nord.sign_in(ALICE)

    assert wanted == "/customer-center/orders/A-7?tab=lines"
    assert return_path("//evil.example/customer-center", within=within) is None


def test_l2_a_forgotten_password_is_replaced_by_a_link_in_a_mail(nord: Shop) -> None:
    """Ask, open the link, choose a new password: the old one and the old session are over."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    session = nord.sign_in(ALICE)
    nord.house.clock.advance(timedelta(minutes=1))

    accounts.password_reset.request(guest, ALICE)
    token = nord.house.token_for(ALICE)
    assert accounts.password_reset.look(guest, token).key == ALICE
    accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)

    assert nord.member(ALICE, OTHER_PASSWORD)
    with pytest.raises(NotAllowed):
        nord.sign_in(ALICE, PASSWORD)
    with pytest.raises(NotAllowed):
        accounts.sessions.resume(guest, session)


def test_l2_the_link_is_single_use_and_lives_one_hour(nord: Shop) -> None:
    """Good until just before the hour is over, dead at it, and dead once it was used."""
    nord.activate(ALICE)
    accounts, guest, clock = nord.house.accounts, nord.guest, nord.house.clock
    accounts.password_reset.request(guest, ALICE)
    token = nord.house.token_for(ALICE)

    clock.advance(timedelta(hours=1) - timedelta(microseconds=1))
    accounts.password_reset.look(guest, token)
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(InvalidInput):
        accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)

    accounts.password_reset.request(guest, ALICE)
    fresh = nord.house.token_for(ALICE)
    accounts.password_reset.set_password(guest, fresh, OTHER_PASSWORD)
    with pytest.raises(InvalidInput):
        accounts.password_reset.set_password(guest, fresh, PASSWORD)


def test_l2_the_answer_is_the_same_for_an_unknown_address(nord: Shop) -> None:
    """Nothing shows whether there is an account; only who has one gets a mail."""
    nord.activate(ALICE)
    nord.house.mailer.sent.clear()
    reset = nord.house.accounts.password_reset

    for address in (ALICE, "nobody@acme.example", BOB):
        assert reset.request(nord.guest, address) is None

    nord.house.accounts.relay()
    assert [mail.to.key for mail in nord.house.mailer.sent] == [ALICE]


def test_l2_the_owner_is_told_that_the_password_has_changed(nord: Shop) -> None:
    """Whoever set it, the mail address hears of it, in the user's language."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    accounts.password_reset.request(nord.guest, ALICE)
    accounts.password_reset.set_password(nord.guest, nord.house.token_for(ALICE), OTHER_PASSWORD)
    accounts.relay()

    told = nord.house.mailer.newest(ALICE)
    assert "token=" not in told.plain
    assert ALICE in told.plain
    assert told.language is Language.DE
