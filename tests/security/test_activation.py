"""Activation: used once, until its expiry, by exactly the address it was mailed to."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import System
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.ids import BearerToken, TicketId
from custaccount.kernel.text import EmailAddress
from custaccount.membership import BUYER
from tests.house import ALICE, OTHER_PASSWORD, PASSWORD, Shop, everything_in, how_often


def requested(shop: Shop, email: str = ALICE) -> BearerToken:
    """Ask for a first sign-in and open the mail."""
    shop.house.accounts.first_sign_in.request(shop.guest, email)
    return shop.house.token_for(email)


def test_a_used_link_does_nothing_again(nord: Shop) -> None:
    """Case 5: the second redeem is refused, sets nothing, tells nothing, mails nothing."""
    token = requested(nord)
    first = nord.house.accounts.first_sign_in
    first.activate(nord.guest, token, PASSWORD)
    nord.house.accounts.relay()
    before, mails = everything_in(nord.house.storage), len(nord.house.mailer.sent)

    for attempt in (first.look, lambda g, t: first.activate(g, t, OTHER_PASSWORD)):
        with pytest.raises(TokenInvalid):
            attempt(nord.guest, token)

    nord.house.accounts.relay()
    assert everything_in(nord.house.storage) == before
    assert len(nord.house.mailer.sent) == mails
    assert nord.member(ALICE, PASSWORD)


def test_activation_signs_nobody_in(nord: Shop) -> None:
    """The link proves an address; a session needs the password."""
    nord.house.accounts.first_sign_in.activate(nord.guest, requested(nord), PASSWORD)

    content = everything_in(nord.house.storage)
    assert not content.get("sessions", content.get("custaccount_sessions"))


@pytest.mark.parametrize(
    ("late", "good"), [(timedelta(microseconds=-1), True), (timedelta(0), False)]
)
def test_a_link_is_good_before_its_expiry_and_dead_at_it(
    nord: Shop,
    late: timedelta,
    good: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Case 6: the border is exact."""
    token = requested(nord)
    nord.house.clock.advance(nord.portal.policies.activation_lifetime + late)
    first = nord.house.accounts.first_sign_in

    if good:
        first.activate(nord.guest, token, PASSWORD)
        assert how_often(nord.house.storage, "registration.account_activated") == 1
        return
    with pytest.raises(TokenInvalid):
        first.look(nord.guest, token)
    with pytest.raises(TokenInvalid):
        first.activate(nord.guest, token, PASSWORD)


def test_a_link_expires_while_its_password_is_typed(nord: Shop) -> None:
    """Looked at in time, submitted too late: refused, and nothing is half done."""
    token = requested(nord)
    first = nord.house.accounts.first_sign_in
    first.look(nord.guest, token)
    nord.house.clock.advance(nord.portal.policies.activation_lifetime)
    before = everything_in(nord.house.storage)

    with pytest.raises(TokenInvalid):
        first.activate(nord.guest, token, PASSWORD)

    assert everything_in(nord.house.storage) == before


BLANKS = ("", " ", "\t", "\n", "\N{NO-BREAK SPACE}", "\0", None, 0, b"", [])


def test_a_blank_token_is_no_token(nord: Shop) -> None:
    """Case 11: not even while the store holds tickets with blank ids (Devise CVE-2019-16109)."""
    accounts, guest = nord.house.accounts, nord.guest
    with nord.house.storage.begin(System(realm=nord.realm, job="test")) as work:
        for name, purpose in (("", Purpose.ACTIVATE), (" ", Purpose.RESET_PASSWORD)):
            work.tickets.add(nord.scope, blank_ticket(nord, name, purpose))
        work.commit()
    before = everything_in(nord.house.storage)

    for blank in BLANKS:
        for redeem, facts in (
            (accounts.first_sign_in.look, ()),
            (accounts.first_sign_in.activate, (PASSWORD,)),
            (accounts.password_reset.look, ()),
            (accounts.password_reset.set_password, (PASSWORD,)),
        ):
            with pytest.raises(TokenInvalid):
                redeem(guest, blank, *facts)

    assert everything_in(nord.house.storage) == before


def test_a_signed_blank_is_no_token(nord: Shop) -> None:
    """Case 11, one step further: even a blank the house itself signed names no ticket."""
    accounts = nord.house.accounts
    with nord.house.storage.begin(System(realm=nord.realm, job="test")) as work:
        work.tickets.add(nord.scope, blank_ticket(nord, " ", Purpose.ACTIVATE))
        work.commit()
    signed = accounts._keyring.sign(" ", purpose=Purpose.ACTIVATE.value, realm=nord.realm)

    with pytest.raises(TokenInvalid):
        accounts.first_sign_in.activate(nord.guest, BearerToken(signed), PASSWORD)


def blank_ticket(shop: Shop, name: str, purpose: Purpose) -> Ticket:
    """Make a ticket that stands, with an id of nothing."""
    now = shop.house.clock()
    return Ticket(
        id=TicketId(name),
        purpose=purpose,
        subject="",
        portal=shop.portal.id,
        email=EmailAddress.parse(ALICE),
        language=shop.guest.language,
        key=shop.house.accounts._keyring.newest,
        issued=now,
        expires=now + timedelta(hours=1),
    )


def test_a_customer_closed_meanwhile_is_not_activated(nord: Shop) -> None:
    """The register is asked again when the link is redeemed."""
    token = requested(nord)
    nord.change("E-ACME", status="closed")

    with pytest.raises(TokenInvalid):
        nord.house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)


def test_an_address_taken_from_the_register_meanwhile_is_not_activated(nord: Shop) -> None:
    """The mail went to a contact that no longer is one: nothing is linked."""
    token = requested(nord)
    nord.change("E-ACME", email="anton@acme.example")

    with pytest.raises(TokenInvalid):
        nord.house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)


def test_a_customer_that_has_members_is_left_to_a_person(nord: Shop) -> None:
    """Who comes second, by a new contact in the register, becomes no member by itself (1c.7)."""
    nord.activate(ALICE)
    nord.change(
        "E-ACME",
        contacts=[{"name": "Mallory", "email": "mallory@evil.example"}],
        contact=None,
        email=None,
    )
    nord.house.accounts.relay()
    nord.house.mailer.sent.clear()

    nord.house.accounts.first_sign_in.request(nord.guest, "mallory@evil.example")
    nord.house.accounts.relay()

    assert nord.house.mailer.sent == []


def test_a_removed_member_does_not_come_back_by_itself(nord: Shop) -> None:
    """The removed membership stays as a tombstone (1c.8)."""
    nord.activate(ALICE)
    member = nord.member(ALICE)
    nord.change_membership(member, lambda one: one.removed())
    nord.change_user(ALICE, email=EmailAddress.parse("elsewhere@acme.example"))
    nord.house.accounts.relay()
    nord.house.mailer.sent.clear()

    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    nord.house.accounts.relay()

    assert nord.house.mailer.sent == []


def test_only_the_primary_contact_becomes_administrator(nord: Shop) -> None:
    """The lowest useful role otherwise (1c.7)."""
    contacts = [{"name": "Alice", "email": ALICE}, {"name": "Ann", "email": "ann@acme.example"}]
    nord.change("E-ACME", contacts=contacts, contact=None, email=None)

    nord.activate("ann@acme.example")

    session = nord.session("ann@acme.example")
    (choice,) = nord.house.accounts.acting.choices(session)
    assert choice.membership.roles == {BUYER}


def test_activation_proves_exactly_the_address_of_the_mail(nord: Shop) -> None:
    """The token names the ticket, the ticket the address: nothing is taken from the request."""
    nord.house.accounts.first_sign_in.activate(nord.guest, requested(nord), PASSWORD)

    user = nord.user(ALICE)
    assert attrs.asdict(user.email) == {"text": ALICE, "key": ALICE}
    assert user.email_proven == nord.house.clock()
