"""Moving to another address: proven by the new one, told to the old one, who may take it back."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import System
from custaccount.credentials import SessionOver, SignInRefused, UserState
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import bearer
from custaccount.kernel.access import Person, SignInTooOld
from custaccount.kernel.ids import BearerToken, TicketId
from custaccount.kernel.text import EmailInvalid
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    build,
    everything_in,
    how_often,
    open_nord,
)
from tests.registration.people import (
    NINA,
    OTTO,
    arrived,
    letters_to,
    mails_to,
    registered,
    token_in,
    welcoming,
)
from tests.security.spies import RunBefore, WatchedStorage

EVIL, WORSE = "one@evil.example", "two@evil.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """A shop Alice has a login at."""
    made = welcoming(memory_storage)
    made.activate(ALICE)
    return made


def person(shop: Shop, email: str = ALICE, password: str = PASSWORD) -> Person:
    """Sign somebody in."""
    return shop.house.accounts.sessions.person(shop.guest, shop.sign_in(email, password))


def asked(shop: Shop, to: str, *, email: str = ALICE) -> BearerToken:
    """Ask to move, and return the link the new address got."""
    shop.house.accounts.email_change.request(person(shop, email), to)
    return token_in(mails_to(shop, to)[-1])


def confirm(shop: Shop, token: BearerToken) -> None:
    """Open the link at the new address."""
    shop.house.accounts.email_change.confirm(shop.guest, token)


def undo(shop: Shop, token: BearerToken) -> None:
    """Open the link at the old address."""
    shop.house.accounts.email_change.undo(shop.guest, token)


def moved(shop: Shop, to: str, *, email: str = ALICE) -> BearerToken:
    """Move, and return the link the old address got."""
    confirm(shop, asked(shop, to, email=email))
    shop.house.clock.advance(MINUTE)
    return token_in(mails_to(shop, email)[-1])


# Who gets what ------------------------------------------------------------------------------------


def test_nothing_moves_before_the_new_address_is_proven(shop: Shop) -> None:
    """Asked for and looked at: the user signs in with the old address, and only with it."""
    token = asked(shop, NINA)
    before = everything_in(shop.house.storage)
    assert shop.house.accounts.email_change.look(shop.guest, token).key == NINA
    assert everything_in(shop.house.storage) == before

    assert shop.sign_in(ALICE)
    with pytest.raises(SignInRefused):
        shop.sign_in(NINA)


def test_the_new_address_gets_the_link_and_the_old_one_the_notice(shop: Shop) -> None:
    """Case 137: neither gets what is the other's; the old one is told where it went by a link."""
    shop.house.mailer.sent.clear()

    undoing = moved(shop, NINA)

    assert letters_to(shop, NINA) == ["credentials.email_change"]
    assert letters_to(shop, ALICE) == ["credentials.email_changed"]
    assert shop.house.accounts.email_change.look_undo(shop.guest, undoing).key == ALICE
    with pytest.raises(TokenInvalid):
        confirm(shop, undoing)


def test_moving_ends_every_session_and_every_link(shop: Shop) -> None:
    """Case 136: the password stays, and is needed again; a reset asked for before is dead."""
    token = shop.sign_in(ALICE)
    shop.house.clock.advance(MINUTE)
    shop.house.accounts.password_reset.request(shop.guest, ALICE)
    reset = shop.house.token_for(ALICE)
    shop.house.accounts.password_reset.look(shop.guest, reset)

    link = asked(shop, NINA)
    confirm(shop, link)

    with pytest.raises(SessionOver):
        shop.house.accounts.sessions.resume(shop.guest, token)
    with pytest.raises(TokenInvalid):
        shop.house.accounts.password_reset.set_password(shop.guest, reset, OTHER_PASSWORD)
    assert shop.member(NINA).customer == shop.customer("E-ACME").id
    with pytest.raises(TokenInvalid):
        confirm(shop, link)


def test_an_address_that_is_somebodys_gets_no_link(shop: Shop) -> None:
    """Case 33: nothing tells who asks; who has the address is left in peace."""
    shop.activate(BOB)
    shop.house.mailer.sent.clear()

    shop.house.accounts.email_change.request(person(shop), BOB)

    assert mails_to(shop, BOB) == []
    assert how_often(shop.house.storage, "credentials.email_change_requested") == 1


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "a@b.com\uff20evil.com", "x" * 9999])
def test_what_is_no_address_is_refused(shop: Shop, address: str) -> None:
    """The older link is not dead by it."""
    token = asked(shop, NINA)

    with pytest.raises(EmailInvalid):
        shop.house.accounts.email_change.request(person(shop), address)

    confirm(shop, token)


# Borders ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False)])
def test_what_is_sensitive_needs_a_fresh_sign_in(
    shop: Shop,
    late: int,
    good: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Case 138: the window closes at its very end; giving the password again opens it."""
    accounts, token = shop.house.accounts, shop.sign_in(ALICE)
    within = shop.portal.policies.fresh_sign_in
    shop.house.clock.advance(within + timedelta(microseconds=late))
    alice = accounts.sessions.person(shop.guest, token)

    if good:
        accounts.email_change.request(alice, NINA)
        return
    with pytest.raises(SignInTooOld):
        accounts.email_change.request(alice, NINA)
    accounts.sessions.confirm(alice, PASSWORD)
    accounts.email_change.request(accounts.sessions.person(shop.guest, token), NINA)


def test_a_sign_in_of_the_future_is_not_fresh(shop: Shop) -> None:
    """Case 57, 138: a clock that went back makes nothing fresh for longer."""
    alice = person(shop)
    shop.house.clock.advance(-MINUTE)

    with pytest.raises(SignInTooOld):
        shop.house.accounts.email_change.request(alice, NINA)


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False)])
def test_a_link_is_dead_at_its_expiry(
    shop: Shop,
    late: int,
    good: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Case 137: the border is exact."""
    token = asked(shop, NINA)
    lifetime = shop.portal.policies.mail_change_lifetime
    shop.house.clock.advance(lifetime + timedelta(microseconds=late))

    if good:
        confirm(shop, token)
        return
    for attempt in (shop.house.accounts.email_change.look, lambda _, t: confirm(shop, t)):
        with pytest.raises(TokenInvalid):
            attempt(shop.guest, token)


@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False)])
def test_an_undo_is_dead_at_its_expiry(
    shop: Shop,
    late: int,
    good: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Case 137: three days."""
    token = moved(shop, NINA)
    lifetime = shop.portal.policies.mail_undo_lifetime - MINUTE
    shop.house.clock.advance(lifetime + timedelta(microseconds=late))

    if good:
        undo(shop, token)
        assert shop.user(ALICE)
        return
    for attempt in (shop.house.accounts.email_change.look_undo, lambda _, t: undo(shop, t)):
        with pytest.raises(TokenInvalid):
            attempt(shop.guest, token)
    assert shop.user(NINA)


# Taking it back -----------------------------------------------------------------------------------


def test_an_undo_ends_everything_the_mover_had(shop: Shop) -> None:
    """Case 137: password and sessions are gone; the old address gets a link for a new password."""
    undoing = moved(shop, EVIL)
    session = shop.sign_in(EVIL)

    undo(shop, undoing)

    with pytest.raises(SessionOver):
        shop.house.accounts.sessions.resume(shop.guest, session)
    for email in (ALICE, EVIL):
        with pytest.raises(SignInRefused):
            shop.sign_in(email)
    assert shop.user(ALICE).password is None
    shop.house.clock.advance(MINUTE)
    reset = token_in(mails_to(shop, ALICE)[-1])
    shop.house.accounts.password_reset.set_password(shop.guest, reset, OTHER_PASSWORD)
    assert shop.sign_in(ALICE, OTHER_PASSWORD)
    with pytest.raises(TokenInvalid):
        undo(shop, undoing)


def test_a_link_asked_for_before_an_undo_is_dead(shop: Shop) -> None:
    """The mover asked to move on, and for a reset: neither works any more."""
    undoing = moved(shop, EVIL)
    onward = asked(shop, WORSE, email=EVIL)
    shop.house.clock.advance(MINUTE)
    shop.house.accounts.password_reset.request(shop.guest, EVIL)
    reset = token_in(mails_to(shop, EVIL)[-1])

    undo(shop, undoing)

    with pytest.raises(TokenInvalid):
        confirm(shop, onward)
    with pytest.raises(TokenInvalid):
        shop.house.accounts.password_reset.set_password(shop.guest, reset, OTHER_PASSWORD)


def test_an_undo_can_not_be_undone_by_who_was_in_between(shop: Shop) -> None:
    """Moved to one address, then to another: the first's undo kills the second's, which is evil."""
    owners = moved(shop, EVIL)
    attackers = moved(shop, WORSE, email=EVIL)

    undo(shop, owners)

    with pytest.raises(TokenInvalid):
        undo(shop, attackers)
    assert shop.user(ALICE)


def test_who_was_in_between_does_not_end_the_owners_undo(shop: Shop) -> None:
    """The attacker is first, and back at its own address: the owner still takes all of it back."""
    owners = moved(shop, EVIL)
    attackers = moved(shop, WORSE, email=EVIL)

    undo(shop, attackers)
    undo(shop, owners)

    assert shop.user(ALICE)


def test_an_undo_of_a_blocked_user_is_refused(shop: Shop) -> None:
    """Nobody unblocks by mail."""
    undoing, onward = moved(shop, NINA), asked(shop, OTTO, email=NINA)
    shop.change_user(NINA, state=UserState.BLOCKED)

    for attempt in (lambda: undo(shop, undoing), lambda: confirm(shop, onward)):
        with pytest.raises(TokenInvalid):
            attempt()


# What happened in between -------------------------------------------------------------------------


def test_an_address_that_was_taken_meanwhile_stays_who_took_it(shop: Shop) -> None:
    """Case 137: asked when it was free; refused at confirmation, and nothing is used or lost."""
    token = asked(shop, NINA)
    arrived(shop, NINA)
    before = everything_in(shop.house.storage)

    with pytest.raises(TokenInvalid):
        confirm(shop, token)

    assert everything_in(shop.house.storage) == before
    assert shop.sign_in(ALICE)


def test_an_undo_takes_nobodys_address(shop: Shop) -> None:
    """The old address is another user's by now."""
    undoing = moved(shop, NINA)
    arrived(shop, ALICE)

    with pytest.raises(TokenInvalid):
        undo(shop, undoing)

    assert shop.user(NINA).id != shop.user(ALICE).id


def test_a_newer_request_ends_the_older_one(shop: Shop) -> None:
    """Case 137: one link at a time, and each is good for its own address only."""
    older, newer = asked(shop, NINA), asked(shop, OTTO)

    with pytest.raises(TokenInvalid):
        confirm(shop, older)
    confirm(shop, newer)

    assert shop.user(OTTO)


def test_of_two_requests_at_once_one_moves(memory_storage: Storage) -> None:
    """Devise CVE-2026-32700: a rival request before the write; no link proves another's address."""
    watched = WatchedStorage(memory_storage)
    shop = open_nord(build(watched))  # type: ignore[arg-type]
    shop.activate(ALICE)
    change, alice = shop.house.accounts.email_change, person(shop)
    overtaking = RunBefore("tickets.add", lambda: change.request(alice, EVIL))
    watched.watch = overtaking

    change.request(alice, NINA)

    watched.watch = lambda _, step: step()
    assert overtaking.answers == [None]
    got = {email: mails_to(shop, email) for email in (NINA, EVIL)}
    links = {email: token_in(mails[-1]) for email, mails in got.items() if mails}
    for email, link in links.items():
        assert change.look(shop.guest, link).key == email
    first = min(links)
    confirm(shop, links[first])
    assert shop.user(first)
    for link in links.values():
        with pytest.raises(TokenInvalid):
            confirm(shop, link)


def test_two_links_that_stand_die_together(shop: Shop) -> None:
    """Where two requests met and left two links, the first that is used ends the other."""
    first = asked(shop, NINA)
    with shop.house.storage.reading() as view:
        ticket = view.tickets.find(shop.scope, first.rpartition(".")[0])  # type: ignore[arg-type]
    assert ticket is not None
    second = asked(shop, OTTO)

    revived = attrs.evolve(ticket, id=TicketId("a ticket of a rival's request"))
    with shop.house.storage.begin(System(realm=shop.realm, job="test")) as work:
        work.tickets.add(shop.scope, revived)
        work.commit()
    confirm(shop, second)

    with pytest.raises(TokenInvalid):
        confirm(shop, bearer(shop.house.accounts._keyring, shop.realm, revived))


def test_a_new_password_ends_a_move_that_was_asked_for(shop: Shop) -> None:
    """Somebody at an open session asked to move; the owner changes the password: nothing moves."""
    token = asked(shop, EVIL)
    alice = person(shop)

    shop.house.accounts.own_password.change(alice, PASSWORD, OTHER_PASSWORD)

    with pytest.raises(TokenInvalid):
        confirm(shop, token)


def test_a_reset_ends_a_move_that_was_asked_for(shop: Shop) -> None:
    """The unexpired mail change of the pre-hijacking study."""
    token = asked(shop, EVIL)
    shop.house.clock.advance(MINUTE)
    shop.house.accounts.password_reset.request(shop.guest, ALICE)
    shop.house.accounts.password_reset.set_password(
        shop.guest, shop.house.token_for(ALICE), OTHER_PASSWORD
    )

    with pytest.raises(TokenInvalid):
        confirm(shop, token)


def test_a_move_and_a_registration_of_one_address_make_one_user(shop: Shop) -> None:
    """Both were mailed to Nina, who opens both: the first counts."""
    moving, registering = asked(shop, NINA), registered(shop, NINA)

    confirm(shop, moving)

    with pytest.raises(TokenInvalid):
        shop.house.accounts.registering.activate(shop.guest, registering, OTHER_PASSWORD)
    assert shop.sign_in(NINA)
