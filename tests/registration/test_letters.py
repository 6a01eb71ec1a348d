"""Who is written to, about what, and who is not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import attrs
import pytest

from custaccount.adapters.memory import MemoryStorage
from custaccount.facilities.letters import Mail
from custaccount.facilities.numbers import NumbersExhausted
from custaccount.kernel.i18n import Language
from custaccount.kernel.text import EmailAddress
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration import letters
from tests.house import ALICE, PASSWORD, Shop
from tests.registration.people import (
    ANSWERS,
    DESK,
    NINA,
    OFFICE,
    OTTO,
    activate,
    arrived,
    decide,
    letter_of,
    letters_to,
    mails_to,
    register,
    registered,
    waiting,
    welcoming,
)

TOLD = tuple(map(EmailAddress.parse, (DESK, OFFICE)))


@pytest.fixture
def shop() -> Shop:
    """A shop that tells two people of its staff what waits."""
    return welcoming(MemoryStorage(), tell_staff=TOLD, link_existing=True)


def sent(shop: Shop) -> list[tuple[str, str]]:
    """Deliver what is due, and say what was mailed to whom since the last time."""
    shop.house.accounts.relay()
    found = sorted((mail.to.key, letter_of(mail)) for mail in shop.house.mailer.sent)
    shop.house.mailer.sent.clear()
    return found


def asked(shop: Shop) -> None:
    """Ask staff for access."""
    decide(shop, registration=RegistrationMode.RELEASED)
    register(shop, NINA)


def claimed(shop: Shop) -> None:
    """Prove an address two customers have."""
    shop.change("E-BETA", contact="Alice", email=ALICE)
    arrived(shop, ALICE)


def undone(shop: Shop) -> None:
    """Lose a customer."""
    arrived(shop, ALICE)
    sent(shop)
    acme = shop.customer("E-ACME").id
    of = shop.line(acme, ALICE).membership.id
    desk = shop.house.accounts.member_desk
    desk.remove(shop.staff, shop.portal.id, acme, of, reason="mistaken")


def stopped(shop: Shop) -> None:
    """Stop a colleague from acting for the company, for now."""
    shop.activate(ALICE)
    otto = shop.colleague_of(shop.member(ALICE), OTTO)
    sent(shop)
    shop.house.accounts.users.suspend(shop.member(ALICE), otto.membership)


def let_on(shop: Shop) -> None:
    """Let the colleague act again."""
    alice = shop.member(ALICE)
    sent(shop)
    otto = shop.line(alice.customer, OTTO).membership.id
    shop.house.accounts.users.resume(alice, otto)


def joining(shop: Shop) -> None:
    """Prove the address of a contact of a company that has an administrator."""
    shop.activate(ALICE)
    contacts = ({"name": "Alice", "email": ALICE}, {"name": "Otto", "email": OTTO})
    shop.change("E-ACME", contacts=contacts)
    sent(shop)
    arrived(shop, OTTO)


def given(shop: Shop, email: str = OTTO) -> None:
    """Get a password from staff."""
    decide(
        shop,
        registration=RegistrationMode.RELEASED,
        activation=ActivationMode.STAFF_PASSWORD,
        login=LoginId.CUSTOMER_NUMBER,
        link_existing=False,
    )
    acme = shop.customer("E-ACME").id
    desk = shop.house.accounts.account_desk
    desk.give_password(shop.staff, shop.portal.id, acme, name="Otto", email=email)


def decided(shop: Shop, verb: str) -> None:
    """Let staff decide about what waits."""
    desk = shop.house.accounts.registration_desk
    (one,) = waiting(shop)
    sent(shop)
    match verb:
        case "release":
            desk.release(shop.staff, one.id)
        case "link":
            desk.link(shop.staff, one.id, shop.customer("E-ACME").id)
        case "found":
            desk.found(shop.staff, one.id)
        case "reject" | "refuse":
            getattr(desk, verb)(shop.staff, one.id, reason="so")


def invited(shop: Shop) -> None:
    """Be invited."""
    acme = shop.customer("E-ACME").id
    shop.house.accounts.member_desk.invite(shop.staff, shop.portal.id, acme, email=OTTO)


def first(shop: Shop) -> None:
    """Come in as a contact the register knows."""
    shop.house.accounts.first_sign_in.request(shop.guest, ALICE)


def known(shop: Shop) -> None:
    """Register with a login."""
    shop.activate(ALICE)
    sent(shop)
    register(shop, ALICE)


def known_and_released(shop: Shop) -> None:
    """Ask staff for access with a login."""
    decide(shop, registration=RegistrationMode.RELEASED)
    known(shop)


def both(*steps: Callable[[Shop], None]) -> Callable[[Shop], None]:
    """Do one thing after the other."""

    def done(shop: Shop) -> None:
        for step in steps:
            step(shop)

    return done


DESKS = ((DESK, "registration.for_staff"), (OFFICE, "registration.for_staff"))
CLAIMS = ((DESK, "registration.claim_for_staff"), (OFFICE, "registration.claim_for_staff"))
WRITTEN: Mapping[str, tuple[Callable[[Shop], object], tuple[tuple[str, str], ...]]] = {
    "registered": (lambda shop: register(shop, NINA), ((NINA, "registration.confirm"),)),
    "registered with a login": (known, ((ALICE, "registration.already_there"),)),
    "asked for access": (asked, (*DESKS, (NINA, "registration.requested"))),
    "asked with a login": (
        known_and_released,
        ((ALICE, "registration.already_there"),),
    ),
    "released": (
        both(asked, lambda shop: decided(shop, "release")),
        ((NINA, "registration.released"),),
    ),
    "rejected": (
        both(asked, lambda shop: decided(shop, "reject")),
        ((NINA, "registration.rejected"),),
    ),
    "activated": (
        lambda shop: activate(shop, registered(shop, NINA)),
        ((NINA, "registration.confirm"), (NINA, "registration.welcome")),
    ),
    "claimed": (
        claimed,
        ((ALICE, "registration.claimed"), (ALICE, "registration.confirm"), *CLAIMS),
    ),
    "linked by staff": (
        both(claimed, lambda shop: decided(shop, "link")),
        ((ALICE, "registration.welcome"),),
    ),
    "made new by staff": (
        both(claimed, lambda shop: decided(shop, "found")),
        ((ALICE, "registration.welcome"),),
    ),
    "refused by staff": (
        both(claimed, lambda shop: decided(shop, "refuse")),
        ((ALICE, "registration.not_linked"),),
    ),
    "invited": (invited, ((OTTO, "registration.invitation"),)),
    "first sign-in": (first, ((ALICE, "registration.activate"),)),
    "undone": (undone, ((ALICE, "registration.removed"),)),
    "suspended": (stopped, ((OTTO, "registration.suspended"),)),
    "resumed": (both(stopped, let_on), ((OTTO, "registration.resumed"),)),
    "asks to join": (
        joining,
        (
            (ALICE, "registration.join_request"),
            (OTTO, "registration.confirm"),
            (OTTO, "registration.joining"),
        ),
    ),
    "a staff password": (given, ((OTTO, "registration.staff_password"),)),
    "a staff password without an address": (lambda shop: given(shop, ""), ()),
}


@pytest.mark.parametrize("event", WRITTEN)
def test_who_is_written_to(shop: Shop, event: str) -> None:
    """The person, and of what waits every address staff named, once each."""
    happen, expected = WRITTEN[event]

    happen(shop)

    assert sent(shop) == sorted(expected)


def test_every_letter_is_written_somewhere_above() -> None:
    """A new one without a line fails; those about numbers and numbers as logins have their own."""
    written = {text for _, mails in WRITTEN.values() for _, text in mails}
    own = {
        letters.WELCOME_BY_NUMBER.id,
        letters.WELCOME_BY_CODE.id,
        letters.NUMBERS_LOW.id,
        letters.NUMBERS_OUT.id,
    }

    assert written | own == {text.id for text in letters.TEXTS}
    assert not written & own


def test_each_of_several_mails_about_one_event_has_an_id_of_its_own(shop: Shop) -> None:
    """A mail server that drops what it has had drops none of them; tried again, each keeps it."""
    asked(shop)
    shop.house.accounts.relay()
    ids = {mail.to.key: mail.id for mail in shop.house.mailer.sent}

    assert len(set(ids.values())) == len(ids) == 3


class Choosy:
    """A mailer that does not take mails to one address."""

    def __init__(self, shop: Shop, but: str) -> None:
        self.but = but
        self._real = shop.house.mailer

    def send(self, mail: Mail) -> None:
        """Take a mail, or not."""
        if mail.to.key == self.but:
            self._real.down = True
        try:
            self._real.send(mail)
        finally:
            self._real.down = False


def test_a_mail_that_is_sent_again_has_the_same_id(shop: Shop) -> None:
    """One of three was refused: all are tried again, under the ids they had."""
    post = next(iter(shop.house.accounts._relay._subscribers.values()))
    asked(shop)
    real = post._mailer
    object.__setattr__(post, "_mailer", Choosy(shop, OFFICE))
    shop.house.accounts.relay()
    early = {mail.to.key: mail.id for mail in shop.house.mailer.sent}
    object.__setattr__(post, "_mailer", real)

    shop.house.clock.advance(timedelta(hours=1))
    shop.house.accounts.relay()

    late = {mail.to.key: mail.id for mail in shop.house.mailer.sent}
    assert set(early) == {NINA, DESK}
    assert set(late) == {NINA, DESK, OFFICE}
    assert all(late[to] == name for to, name in early.items())


@pytest.mark.parametrize("code", ["", "2"])
def test_who_signs_in_with_a_number_is_told_it(shop: Shop, code: str) -> None:
    """And the user code, if it is not the customer's first user."""
    decide(shop, login=LoginId.CUSTOMER_NUMBER)
    accounts, acme = shop.house.accounts, shop.customer("E-ACME").id
    for email in (OTTO, NINA)[: 2 if code else 1]:
        accounts.member_desk.invite(shop.staff, shop.portal.id, acme, email=email)
        accepted = accounts.invited.activate(shop.guest, shop.house.token_for(email), PASSWORD)
    assert accepted.user_code == code

    (_, welcome) = mails_to(shop, NINA if code else OTTO)

    told = [word for word in ("1001", code) if word]
    assert re.findall(r"\b\d+\b", welcome.plain) == told
    assert PASSWORD not in welcome.plain


def test_staff_are_warned_before_and_when_numbers_run_out() -> None:
    """Once each, at every address; the registration that failed keeps its link."""
    shop = welcoming(MemoryStorage(), tell_staff=TOLD, last=2)
    arrived(shop, NINA)
    assert letters_to(shop, DESK) == ["registration.numbers_low"]
    arrived(shop, OTTO)
    token = registered(shop, ALICE)

    with pytest.raises(NumbersExhausted):
        activate(shop, token)

    for to in (DESK, OFFICE):
        assert letters_to(shop, to) == [
            "registration.numbers_low",
            "registration.numbers_out",
        ]
    assert shop.house.accounts.registering.look(shop.guest, token).key == ALICE


def test_letters_are_in_the_language_of_who_registered(shop: Shop) -> None:
    """Those to staff in the portal's first."""
    guest = attrs.evolve(shop.guest, language=Language.SV)
    decide(shop, registration=RegistrationMode.RELEASED)

    shop.house.accounts.registering.register(guest, email=NINA, answers=ANSWERS)
    shop.house.accounts.relay()

    assert shop.house.mailer.newest(NINA).language is Language.SV
    assert shop.house.mailer.newest(DESK).language is Language.EN


def test_what_is_over_before_it_is_written_is_not_written(shop: Shop) -> None:
    """The registration was replaced, or the user moved on: no letter, and no error."""
    decide(shop, registration=RegistrationMode.RELEASED)
    register(shop, NINA)
    register(shop, NINA, name="Nina Newer")

    delivered = shop.house.accounts.relay()

    assert delivered.failed == 0
    assert letters_to(shop, NINA) == ["registration.requested"]
    assert len(mails_to(shop, DESK)) == 1


HOSTILE = (
    "{x.__class__} {{7*7}} %(email)s %s",
    "<script>alert(1)</script>",
    "https://evil.example/token=1",
    "=HYPERLINK(1)",
    "a" * 100,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_call_themselves_is_only_text(shop: Shop, text: str) -> None:
    """Case 84, 104: no template of ours, no tag, in no subject; as it is, or escaped."""
    activate(shop, registered(shop, NINA, name=text, company=text))

    for mail in mails_to(shop, NINA):
        assert text not in mail.subject
        words = mail.plain.replace(text, "").split()
        assert "49" not in mail.subject
        assert not [word for word in words if "49" in word and "token=" not in word]
        if mail.html is not None:
            assert "<script>alert" not in mail.html
            assert 'href="https://evil.example' not in mail.html


def test_a_reason_is_only_text(shop: Shop) -> None:
    """Case 104: what staff write reaches the person as it was written."""
    asked(shop)
    (one,) = waiting(shop)
    reason = "<b>50%</b> of %(portal)s {reason}"

    shop.house.accounts.registration_desk.reject(shop.staff, one.id, reason=reason)

    mail = mails_to(shop, NINA)[-1]
    assert reason in mail.plain
    assert "<b>50%" not in (mail.html or "")
