"""What "klantverkoopinfo" promises: a portal by number, and a first sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from custaccount import Conflict, InvalidFields, InvalidInput, Language, NotAllowed, NotFound, Text
from custaccount.portals import Policies
from tests.house import ALICE, EUR, OTHER_PASSWORD, PASSWORD, Shop, everything_in


def test_p1_a_portal_is_found_by_its_number_with_leading_zeros(nord: Shop, sued: Shop) -> None:
    """The id is text of digits: ``00815`` is a portal, ``815`` is not."""
    portals = nord.house.accounts.portals

    assert portals.at_number("00815").id == nord.portal.id
    assert portals.at_number("00816").id == sued.portal.id
    with pytest.raises(NotFound):
        portals.at_number("815")


def test_p1_a_portal_switched_off_looks_like_none(nord: Shop) -> None:
    """Unknown and switched off are one answer; switched on again it is as before."""
    accounts = nord.house.accounts
    accounts.portal_desk.close(nord.staff, nord.portal.id)

    with pytest.raises(NotFound) as off:
        accounts.portals.at_number("00815")
    with pytest.raises(NotFound) as unknown:
        accounts.portals.at_number("4711")

    assert (off.value.code, str(off.value)) == (unknown.value.code, str(unknown.value))
    accounts.portal_desk.open(nord.staff, nord.portal.id)
    assert accounts.portals.at_number("00815").id == nord.portal.id


def test_p2_a_new_portal_does_nothing_until_it_is_switched_on(nord: Shop) -> None:
    """Made is not opened: nobody finds it before."""
    accounts = nord.house.accounts
    made = accounts.portal_desk.create(
        nord.staff,
        key="second",
        name="Second",
        languages=[Language.NL],
        currency=EUR,
        number="01234",
    )

    with pytest.raises(NotFound):
        accounts.portals.at_number("01234")
    accounts.portal_desk.open(nord.staff, made.id)
    assert accounts.portals.at_number("01234").name == "Second"


def test_p7_staff_change_a_portal_while_it_runs(nord: Shop) -> None:
    """Checked as when it was made and audited; who read an older version overwrites nothing."""
    accounts = nord.house.accounts
    seen = accounts.portal_desk.get(nord.staff, nord.portal.id)

    changed = accounts.portal_desk.change(
        nord.staff,
        seen.id,
        version=seen.version,
        name="Klantverkoopinfo",
        languages=[Language.NL, Language.DE],
        policies=Policies(session_idle=timedelta(minutes=30)),
    )

    assert accounts.portals.at_number("00815") == changed
    assert changed.name == "Klantverkoopinfo"
    entry = accounts.audit.latest(nord.staff, about=seen.id).items[0]
    assert (entry.event, entry.stamp.by) == ("portals.changed", nord.staff.id)
    assert {(change.field, change.before, change.after) for change in entry.changes} >= {
        ("name", seen.name, "Klantverkoopinfo"),
        ("policies.session_idle", "1:00:00", "0:30:00"),
    }
    for version, wanted in ((seen.version, "Late"), (changed.version, "\n")):
        with pytest.raises((Conflict, InvalidFields)):
            accounts.portal_desk.change(nord.staff, seen.id, version=version, name=wanted)
    assert accounts.portals.at_number("00815") == changed


def test_r6_a_known_address_gets_a_link_chooses_a_password_and_signs_in(nord: Shop) -> None:
    """Type the mail address, open the link, choose a password; then sign in with it."""
    accounts, guest = nord.house.accounts, nord.guest

    accounts.first_sign_in.request(guest, " Alice@ACME.example ")
    token = nord.house.token_for(ALICE)
    assert accounts.first_sign_in.look(guest, token).key == ALICE
    accounts.first_sign_in.activate(guest, token, PASSWORD)

    session = accounts.sessions.resume(guest, accounts.sign_in.sign_in(guest, ALICE, PASSWORD))
    assert accounts.acting.member(session).customer == nord.customer("E-ACME").id


def test_r6_the_mail_is_in_the_language_of_the_customer(nord: Shop) -> None:
    """Acme's register row says German, and the portal speaks it, whatever the visitor reads."""
    english = nord.house.accounts.portals.guest(nord.portal, Language.EN)

    nord.house.accounts.first_sign_in.request(english, ALICE)
    nord.house.accounts.relay()

    mail = nord.house.mailer.newest(ALICE)
    assert mail.language is Language.DE
    assert mail.subject == Text("Activate your account").in_(Language.DE)
    assert "4. März 2026" in mail.plain
    assert "https://shop.example/customer-center/activate?token=" in mail.plain


def test_r6_an_unknown_address_gets_the_same_answer_and_no_mail(nord: Shop) -> None:
    """Nothing the visitor sees tells whether the shop knows an address."""
    first = nord.house.accounts.first_sign_in

    assert first.request(nord.guest, ALICE) is None
    assert first.request(nord.guest, "nobody@acme.example") is None

    nord.house.accounts.relay()
    assert [mail.to.key for mail in nord.house.mailer.sent] == [ALICE]


def test_r6_the_newest_link_counts_and_works_once(nord: Shop) -> None:
    """A second request replaces the first; an opened link is used up by the password only."""
    accounts, guest = nord.house.accounts, nord.guest
    accounts.first_sign_in.request(guest, ALICE)
    older = nord.house.token_for(ALICE)
    accounts.first_sign_in.request(guest, ALICE)
    newer = nord.house.token_for(ALICE)

    with pytest.raises(InvalidInput):
        accounts.first_sign_in.activate(guest, older, PASSWORD)
    accounts.first_sign_in.activate(guest, newer, PASSWORD)
    with pytest.raises(InvalidInput):
        accounts.first_sign_in.activate(guest, newer, OTHER_PASSWORD)


def test_r8_a_weak_password_is_refused_and_the_link_stays_good(nord: Shop) -> None:
    """Too short, common, or the company's name: said at once; then a good one is taken."""
    accounts, guest = nord.house.accounts, nord.guest
    accounts.first_sign_in.request(guest, ALICE)
    token = nord.house.token_for(ALICE)

    for weak, said in (
        ("kurz", {"credentials.password_length"}),
        ("password1234", {"credentials.password_common"}),
        ("Acme Acme Acme", {"credentials.password_context"}),
        ("alice", {"credentials.password_length", "credentials.password_context"}),
    ):
        with pytest.raises(InvalidFields) as refused:
            accounts.first_sign_in.activate(guest, token, weak)
        assert said <= {problem.code for problem in refused.value.problems}, weak

    accounts.first_sign_in.activate(guest, token, PASSWORD)
    assert nord.member(ALICE).permissions


def test_r8_a_password_is_made_on_request(nord: Shop) -> None:
    """Shown once, kept nowhere, another one each time; it keeps every rule."""
    accounts, guest = nord.house.accounts, nord.guest
    accounts.first_sign_in.request(guest, ALICE)
    token = nord.house.token_for(ALICE)

    made, another = accounts.own_password.suggest(guest), accounts.own_password.suggest(guest)
    assert made != another
    assert made not in repr(everything_in(nord.house.storage))
    accounts.first_sign_in.activate(guest, token, made)

    assert nord.member(ALICE, made)


def test_r6_a_customer_that_may_not_sign_in_is_left_to_a_person(nord: Shop) -> None:
    """A closed customer's contact gets no link."""
    nord.change("E-ACME", status="closed")

    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    nord.house.accounts.relay()

    assert nord.house.mailer.sent == []


def test_r6_nobody_signs_in_before(nord: Shop) -> None:
    """Being in the register is no login."""
    with pytest.raises(NotAllowed):
        nord.sign_in(ALICE)
