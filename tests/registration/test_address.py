"""Where a link is mailed to: the address as the seller has written it, whatever was typed."""

from __future__ import annotations

import attrs

from custaccount.customers import Contact
from custaccount.kernel.text import EmailAddress
from tests.house import PASSWORD, Shop
from tests.registration.test_model import ACME

REGISTERED, TYPED = "Alice.Smith@acme.example", "  alice.SMITH@ACME.Example "


def test_the_link_goes_where_the_register_says(nord: Shop) -> None:
    """What was typed only finds the contact; the user gets the register's address too."""
    nord.change("E-ACME", email=REGISTERED)
    first = nord.house.accounts.first_sign_in

    first.request(nord.guest, TYPED)

    token = nord.house.token_for(REGISTERED)
    (mail,) = nord.house.mailer.sent
    assert mail.to.text == REGISTERED
    assert first.look(nord.guest, token).text == REGISTERED
    first.activate(nord.guest, token, PASSWORD)
    assert nord.user(TYPED).email.text == REGISTERED


def test_a_reset_goes_where_the_first_link_went(nord: Shop) -> None:
    """Both ways to ask for a new password mail the address that was proven."""
    nord.change("E-ACME", email=REGISTERED)
    nord.activate(REGISTERED)
    accounts = nord.house.accounts
    accounts.relay()

    for request in (accounts.password_reset.request, accounts.first_sign_in.request):
        nord.house.mailer.sent.clear()
        request(nord.guest, TYPED)
        accounts.relay()
        assert [mail.to.text for mail in nord.house.mailer.sent] == [REGISTERED]


def test_an_address_is_looked_up_among_a_customers_own_contacts() -> None:
    """The first one it fits is the one; of nobody's there is none."""
    written = EmailAddress.parse(REGISTERED)
    contacts = (Contact(name="None"), *ACME.contacts, Contact(name="Alice", email=written))
    customer = attrs.evolve(ACME, contacts=contacts)

    found = customer.as_registered(EmailAddress.parse(TYPED))

    assert found is written
    assert customer.as_registered(EmailAddress.parse("anna@acme.example")) is None
