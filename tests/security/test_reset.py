"""Reset: opens nothing by itself, ends every session, dies with what it was about."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from custaccount import Guest, Language, NotAllowed, Text
from custaccount.credentials import SessionOver, UserState
from custaccount.credentials.letters import RESET
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import Purpose, named_by
from custaccount.kernel.ids import BearerToken
from custaccount.kernel.text import EmailAddress
from custaccount.portals import PortalNotFound
from tests.house import ALICE, BOB, EUR, OTHER_PASSWORD, PASSWORD, Shop, everything_in, how_often

SECOND = timedelta(seconds=1)


@pytest.fixture
def alice(nord: Shop) -> Shop:
    """The first seller, where Alice has a login."""
    nord.activate(ALICE)
    return nord


def asked(shop: Shop) -> BearerToken:
    """Ask for a new password and open the mail."""
    shop.house.accounts.password_reset.request(shop.guest, ALICE)
    return shop.house.token_for(ALICE)


def sessions_in(shop: Shop) -> object:
    """Take the table of sessions."""
    content = everything_in(shop.house.storage)
    return content.get("sessions", content.get("custaccount_sessions"))


def test_a_reset_signs_nobody_in(alice: Shop) -> None:
    """Case 63: no session comes of it; the new password has to be typed."""
    before = sessions_in(alice)

    answer = alice.house.accounts.password_reset.set_password(
        alice.guest, asked(alice), OTHER_PASSWORD
    )

    assert answer is None
    assert sessions_in(alice) == before
    assert how_often(alice.house.storage, "credentials.signed_in") == 0


def test_a_reset_ends_every_session(alice: Shop) -> None:
    """A second device that was signed in is out at its next call."""
    devices = [alice.sign_in(ALICE), alice.sign_in(ALICE)]
    alice.house.clock.advance(SECOND)

    alice.house.accounts.password_reset.set_password(alice.guest, asked(alice), OTHER_PASSWORD)

    for device in devices:
        with pytest.raises(SessionOver):
            alice.house.accounts.sessions.resume(alice.guest, device)


def test_a_reset_does_not_unblock(alice: Shop) -> None:
    """A link asked for before the block is dead after it; the block stays."""
    token = asked(alice)
    alice.change_user(ALICE, state=UserState.BLOCKED)

    with pytest.raises(TokenInvalid):
        alice.house.accounts.password_reset.set_password(alice.guest, token, OTHER_PASSWORD)

    assert alice.user(ALICE).state is UserState.BLOCKED


@pytest.mark.parametrize("event", ["a sign-in", "another address", "a newer link", "a reset"])
def test_a_link_dies_with_what_it_was_about(alice: Shop, event: str) -> None:
    """Promise 2: sign-in, change of address, newer link and password change end it."""
    token = asked(alice)
    alice.house.clock.advance(SECOND)
    match event:
        case "a sign-in":
            alice.sign_in(ALICE)
        case "another address":
            alice.change_user(ALICE, email=EmailAddress.parse("new@acme.example"))
        case "a newer link":
            asked(alice)
        case _:
            alice.house.accounts.password_reset.set_password(alice.guest, asked(alice), PASSWORD)

    with pytest.raises(TokenInvalid):
        alice.house.accounts.password_reset.look(alice.guest, token)
    with pytest.raises(TokenInvalid):
        alice.house.accounts.password_reset.set_password(alice.guest, token, OTHER_PASSWORD)
    with pytest.raises(NotAllowed):
        alice.sign_in("new@acme.example" if event == "another address" else ALICE, OTHER_PASSWORD)


def test_a_failed_sign_in_leaves_the_link_alone(alice: Shop) -> None:
    """Nobody can take the owner's link away by guessing passwords."""
    token = asked(alice)
    alice.house.clock.advance(SECOND)
    with pytest.raises(NotAllowed):
        alice.sign_in(ALICE, "a wrong guess indeed")

    alice.house.accounts.password_reset.set_password(alice.guest, token, OTHER_PASSWORD)

    assert alice.sign_in(ALICE, OTHER_PASSWORD)


def test_a_refused_password_leaves_the_link_good_and_writes_nothing(alice: Shop) -> None:
    """Nothing half done: the person types another one."""
    token = asked(alice)
    before = everything_in(alice.house.storage)

    for weak in ("kurz", "password1234", ALICE):
        with pytest.raises(Exception, match="password"):
            alice.house.accounts.password_reset.set_password(alice.guest, token, weak)

    assert everything_in(alice.house.storage) == before
    alice.house.accounts.password_reset.set_password(alice.guest, token, OTHER_PASSWORD)


def test_the_mail_goes_to_the_stored_address(alice: Shop) -> None:
    """What was typed finds the user; what is stored gets the mail (promise 7)."""
    alice.house.mailer.sent.clear()

    alice.house.accounts.password_reset.request(alice.guest, "ALICE@acme.EXAMPLE")
    alice.house.accounts.relay()

    assert [mail.to.text for mail in alice.house.mailer.sent] == [ALICE]


def test_the_link_is_made_of_configuration_only(alice: Shop) -> None:
    """Promise 8: the core knows no request; the base URL is the deployment's."""
    alice.house.accounts.password_reset.request(alice.guest, ALICE)

    link = alice.house.link_to(ALICE)

    assert link.startswith("https://shop.example/customer-center/password?token=")


GERMAN_ONLY = "german.example"


@pytest.fixture
def bob(nord: Shop) -> tuple[Shop, Guest]:
    """Bob has activated in English; his seller's second portal speaks German, at a host."""
    nord.activate(BOB)
    accounts = nord.house.accounts
    made = accounts.portal_desk.create(
        nord.staff,
        key="german",
        name="Nur Deutsch",
        languages=[Language.DE],
        currency=EUR,
        host=GERMAN_ONLY,
    )
    german = accounts.portal_desk.open(nord.staff, made.id)
    accounts.relay()
    nord.house.mailer.sent.clear()
    return nord, accounts.portals.guest(german, Language.EN)


@pytest.mark.parametrize("service", ["password_reset", "first_sign_in"])
def test_a_reset_speaks_a_language_of_the_portal_it_was_asked_at(
    bob: tuple[Shop, Guest], service: str
) -> None:
    """Bob's English is not offered there: ticket, mail and link are German, and the link leads in.

    An English link to that host would lead nowhere.
    """
    shop, guest = bob
    accounts = shop.house.accounts
    assert shop.user(BOB).language is Language.EN

    getattr(accounts, service).request(guest, BOB)

    link = urlsplit(shop.house.link_to(BOB))
    token = BearerToken(link.query.removeprefix("token="))
    name = named_by(accounts._keyring, shop.realm, Purpose.RESET_PASSWORD, token)
    with shop.house.storage.reading() as view:
        ticket = view.tickets.find(shop.scope, name)
    assert ticket is not None
    assert ticket.language is Language.DE
    (mail,) = shop.house.mailer.sent
    assert mail.language is Language.DE
    assert mail.subject == Text(RESET.subject).in_(Language.DE) != RESET.subject
    assert (link.hostname, link.path) == (GERMAN_ONLY, "/de/account/password")
    entrance = accounts.portals.at_address(link.netloc, link.path)
    assert (entrance.portal.id, entrance.language) == (guest.portal, Language.DE)
    with pytest.raises(PortalNotFound):
        accounts.portals.at_address(link.netloc, "/en/account/password")
    accounts.password_reset.set_password(guest, token, OTHER_PASSWORD)
    assert accounts.sign_in.sign_in(guest, BOB, OTHER_PASSWORD)
    accounts.relay()
    assert {mail.language for mail in shop.house.mailer.sent} == {Language.DE}


def test_a_reset_speaks_the_users_language_where_it_is_offered(bob: tuple[Shop, Guest]) -> None:
    """Negative control: at a portal that has English, Bob reads English, whoever asks."""
    shop, _ = bob
    accounts = shop.house.accounts

    accounts.password_reset.request(accounts.portals.guest(shop.portal, Language.SV), BOB)

    accounts.relay()
    assert [mail.language for mail in shop.house.mailer.sent] == [Language.EN]
