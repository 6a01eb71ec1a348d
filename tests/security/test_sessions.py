"""What ends sessions, what a session lets one do, and what it takes to do what is sensitive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import attrs
import pytest

from custaccount import CustAccountError
from custaccount.credentials import (
    Session,
    SessionNotFound,
    SessionOver,
    SignInRefused,
    Theme,
    User,
    UserState,
)
from custaccount.kernel.access import PasswordChangeDue, Person
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import SessionId, SessionToken
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration import GivenPassword
from custaccount.storage import Storage
from tests.house import ALICE, BOB, OTHER_PASSWORD, PASSWORD, Shop, how_often
from tests.registration.people import NINA, mails_to, token_in, welcoming
from tests.security.services import methods_of, parts_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """A shop Alice has a login at."""
    made = welcoming(memory_storage)
    made.activate(ALICE)
    return made


def open_still(shop: Shop, token: SessionToken) -> bool:
    """Tell whether a session holds."""
    try:
        shop.house.accounts.sessions.resume(shop.guest, token)
    except SessionOver:
        return False
    return True


def person(shop: Shop, token: SessionToken) -> Person:
    """Make the actor of a session."""
    return shop.house.accounts.sessions.person(shop.guest, token)


# What ends sessions (136) -------------------------------------------------------------------------


def changed_password(shop: Shop, token: SessionToken) -> SessionToken:
    """Change the password; returns what the session goes on under."""
    own = shop.house.accounts.own_password
    return own.change(person(shop, token), PASSWORD, OTHER_PASSWORD)


def reset(shop: Shop, _: SessionToken) -> None:
    """Set a password by a mailed link."""
    accounts = shop.house.accounts
    accounts.password_reset.request(shop.guest, ALICE)
    accounts.password_reset.set_password(shop.guest, shop.house.token_for(ALICE), OTHER_PASSWORD)


def blocked(shop: Shop, _: SessionToken) -> None:
    """Be blocked, and let in again."""
    was = shop.user(ALICE)
    shop.change_user(ALICE, state=UserState.BLOCKED, epoch=was.epoch + 1)
    shop.change_user(ALICE, state=UserState.ACTIVE)


def moved(shop: Shop, token: SessionToken) -> None:
    """Move to another address."""
    change = shop.house.accounts.email_change
    change.request(person(shop, token), NINA)
    change.confirm(shop.guest, shop.house.token_for(NINA))


def taken_back(shop: Shop, token: SessionToken) -> None:
    """Move, sign in anew, and be moved back."""
    moved(shop, token)
    newest = shop.sign_in(NINA)
    undo = token_in(mails_to(shop, ALICE)[-1])
    shop.house.accounts.email_change.undo(shop.guest, undo)
    assert not open_still(shop, newest)


ENDING: Mapping[str, Callable[[Shop, SessionToken], object]] = {
    "a new password": changed_password,
    "a reset": reset,
    "a block": blocked,
    "another address": moved,
    "an undo": taken_back,
}


@pytest.mark.parametrize("event", ENDING)
def test_what_makes_a_login_another_ends_every_session(shop: Shop, event: str) -> None:
    """The one it was done in, too: what goes on goes on under a new token."""
    here, there = shop.sign_in(ALICE), shop.sign_in(ALICE)
    member = shop.house.accounts.acting.member(
        shop.house.accounts.sessions.resume(shop.guest, there)
    )
    shop.house.clock.advance(MINUTE)

    goes_on = ENDING[event](shop, here)

    assert not open_still(shop, here)
    assert not open_still(shop, there)
    assert isinstance(goes_on, str) is (event == "a new password")
    if isinstance(goes_on, str):
        assert open_still(shop, SessionToken(goes_on))
    assert member


KEEPING: Mapping[str, Callable[[Shop, Person], object]] = {
    "another name": lambda shop, alice: shop.house.accounts.profile.change(
        alice, name="Alice A.", phone="", version=shop.user(ALICE).version
    ),
    "another language": lambda shop, alice: shop.house.accounts.profile.prefer(
        alice, language=Language.SV
    ),
    "the password again": lambda shop, alice: shop.house.accounts.sessions.confirm(alice, PASSWORD),
    "a link that is asked for": lambda shop, alice: shop.house.accounts.own_password.mail_link(
        alice
    ),
    "a move that is asked for": lambda shop, alice: shop.house.accounts.email_change.request(
        alice, NINA
    ),
    "somebody's wrong password": lambda shop, _: refused(shop, ALICE, "no password of hers"),
}


def refused(shop: Shop, login: str, password: str) -> None:
    """Try to sign in and fail."""
    with pytest.raises(SignInRefused):
        shop.sign_in(login, password)


@pytest.mark.parametrize("event", KEEPING)
def test_what_changes_no_login_ends_no_session(shop: Shop, event: str) -> None:
    """Negative control: the table above is not true of everything."""
    here, there = shop.sign_in(ALICE), shop.sign_in(ALICE)

    KEEPING[event](shop, person(shop, here))

    assert open_still(shop, here)
    assert open_still(shop, there)


def test_a_changed_password_is_the_only_one(shop: Shop) -> None:
    """The session goes on, as fresh as a sign-in; the old password opens nothing."""
    token = shop.sign_in(ALICE)
    shop.house.clock.advance(MINUTE)

    goes_on = changed_password(shop, token)

    assert person(shop, goes_on).authenticated == shop.house.clock()
    (only,) = shop.house.accounts.sessions.mine(person(shop, goes_on))
    assert only.current
    refused(shop, ALICE, PASSWORD)
    assert shop.sign_in(ALICE, OTHER_PASSWORD)


def test_a_session_is_a_new_one_at_every_sign_in(shop: Shop) -> None:
    """Case 43: nothing the browser brings becomes a session, and none is used again."""
    planted = SessionToken("a token somebody planted in the browser")
    assert not open_still(shop, planted)

    tokens = {shop.sign_in(ALICE) for _ in range(3)}

    assert len(tokens) == 3
    assert planted not in tokens
    assert not open_still(shop, planted)


def test_what_the_list_shows_opens_no_session(shop: Shop) -> None:
    """Case 43: neither the name of a session nor its digest is a token."""
    token = shop.sign_in(ALICE)
    alice = person(shop, token)
    (mine,) = shop.house.accounts.sessions.mine(alice)

    for found in (mine.id, alice.session):
        assert not open_still(shop, SessionToken(found))


# Ending one, and all others -----------------------------------------------------------------------


def test_one_session_is_ended(shop: Shop) -> None:
    """By its name in the list; the others go on, and who asks may end its own."""
    here, there = shop.sign_in(ALICE), shop.sign_in(ALICE)
    sessions, alice = shop.house.accounts.sessions, person(shop, here)
    (other,) = (one for one in sessions.mine(alice) if not one.current)

    sessions.end_one(alice, other.id)

    assert open_still(shop, here)
    assert not open_still(shop, there)
    with pytest.raises(SessionNotFound):
        sessions.end_one(alice, other.id)
    assert how_often(shop.house.storage, "credentials.sessions_ended") == 1


def test_nobody_ends_somebody_elses_session(shop: Shop) -> None:
    """Its name is as unknown as one that was never given."""
    shop.activate(BOB)
    bobs = shop.sign_in(BOB)
    (bobs_one,) = shop.house.accounts.sessions.mine(person(shop, bobs))
    alice = person(shop, shop.sign_in(ALICE))

    for name in (bobs_one.id, SessionId("no such")):
        with pytest.raises(SessionNotFound):
            shop.house.accounts.sessions.end_one(alice, name)
    shop.house.accounts.sessions.end_others(alice)

    assert open_still(shop, bobs)


def test_all_others_are_ended(shop: Shop) -> None:
    """The one that asks goes on; asked again there is nothing left, and nothing is told."""
    here, *others = (shop.sign_in(ALICE) for _ in range(4))
    sessions, alice = shop.house.accounts.sessions, person(shop, here)

    assert sessions.end_others(alice) == 3
    assert sessions.end_others(alice) == 0

    assert open_still(shop, here)
    assert not any(open_still(shop, token) for token in others)
    assert how_often(shop.house.storage, "credentials.sessions_ended") == 1


def test_a_session_that_ended_meanwhile_changes_nothing(shop: Shop) -> None:
    """Made into a person a moment ago: every change looks again, inside its unit."""
    here, there = shop.sign_in(ALICE), shop.sign_in(ALICE)
    late = person(shop, there)
    sessions = shop.house.accounts.sessions
    sessions.end_others(person(shop, here))

    for name, call in calls(shop, None).items():
        if name in READING:
            continue
        with pytest.raises(SessionOver):
            call(late)


# Who has a password from staff (12, 42) -----------------------------------------------------------

READING = {
    "sessions.mine",
    "profile.look",
    "second_proof.wanted",
    "second_proof.prove",
    "sign_in.mark_device",
    "invited.accept",
}
"""What changes nothing that is stored, or is refused for another reason before it would."""

WITH_A_STAFF_PASSWORD = {
    "own_password.change": "this is what it is for",
    "sessions.confirm": "it says that the password was given, and opens nothing",
    "sign_in.mark_device": "it has tries of its own from then on, and opens nothing",
    "profile.prefer": "the page that asks for a password is shown in a language and a look",
    "second_proof.wanted": "it is told whether something is open, and can't do it",
    "acting.choices": "names whom one will act for; the frame of every page shows it",
}
"""What who has to change the password may do, and why; everything else is ``PasswordChangeDue``."""


def calls(shop: Shop, given: GivenPassword | None) -> Mapping[str, Callable[[Person], object]]:
    """Make a call of everything a person can do."""
    accounts = shop.house.accounts
    password = given.password if given else PASSWORD
    return {
        "sign_in.mark_device": accounts.sign_in.mark_device,
        "sessions.confirm": lambda one: accounts.sessions.confirm(one, password),
        "sessions.end_one": lambda one: accounts.sessions.end_one(one, SessionId("x")),
        "sessions.end_others": accounts.sessions.end_others,
        "sessions.mine": accounts.sessions.mine,
        "own_password.change": lambda one: accounts.own_password.change(
            one, password, "ein neues langes Kennwort"
        ),
        "own_password.mail_link": accounts.own_password.mail_link,
        "profile.change": lambda one: accounts.profile.change(
            one, name="X", phone="", version=version_of(shop, one)
        ),
        "profile.look": accounts.profile.look,
        "profile.prefer": lambda one: accounts.profile.prefer(one, theme=Theme.DARK),
        "email_change.request": lambda one: accounts.email_change.request(one, NINA),
        "invited.accept": lambda one: accounts.invited.accept(one, invitation(shop)),
        "second_proof.prove": lambda one: accounts.second_proof.prove(
            one, customer_number="1001", invoice_number="R-1"
        ),
        "second_proof.wanted": accounts.second_proof.wanted,
        "acting.choices": lambda one: accounts.acting.choices(session_of(shop, one)),
        "acting.member": lambda one: accounts.acting.member(session_of(shop, one)),
        "acting.choose": lambda one: accounts.acting.choose(
            session_of(shop, one), shop.customer("E-ACME").id
        ),
        "acting.enter": lambda one: accounts.acting.enter(session_of(shop, one)),
    }


def invitation(shop: Shop) -> str:
    """Return no invitation: who has to change the password is refused before it is looked at."""
    return f"{shop.realm} has none"


def version_of(shop: Shop, who: Person) -> int:
    """Look a user's version up."""
    with shop.house.storage.reading() as view:
        return view.users.get(who.scope, who.user).version


def session_of(shop: Shop, who: Person) -> Session:
    """Look the session of a person up."""
    with shop.house.storage.reading() as view:
        found = view.sessions.find(who.scope, who.session)
    if found is None:
        raise SessionOver
    return found[0]


def of_a_person(shop: Shop) -> set[str]:
    """List every public method that takes a person or a session, from the composition root."""
    return {
        name
        for name, method in methods_of(shop.house.accounts).items()
        for kind in method.parameters.values()
        if {Person, Session} & set(parts_of(kind))
    }


def test_every_method_of_a_person_is_called_here(shop: Shop) -> None:
    """A new one without a line above fails."""
    assert set(calls(shop, None)) == of_a_person(shop)
    assert set(WITH_A_STAFF_PASSWORD) <= of_a_person(shop)


@pytest.fixture
def given(memory_storage: Storage) -> tuple[Shop, GivenPassword]:
    """A shop where staff have handed a password over."""
    shop = welcoming(
        memory_storage,
        registration=RegistrationMode.INVITATION,
        activation=ActivationMode.STAFF_PASSWORD,
        login=LoginId.CUSTOMER_NUMBER,
    )
    acme = shop.customer("E-ACME").id
    desk = shop.house.accounts.account_desk
    return shop, desk.give_password(shop.staff, shop.portal.id, acme, name="Alice", email=ALICE)


def test_who_has_a_staff_password_can_only_change_it(given: tuple[Shop, GivenPassword]) -> None:
    """Case 12, 42: every method is refused with the one reason, or is listed with one."""
    shop, password = given
    done = set()
    for name, call in calls(shop, password).items():
        who = person(shop, shop.sign_in("1001", password.password))
        assert who.password_due
        if name == "own_password.change":
            continue
        try:
            call(who)
        except PasswordChangeDue:
            continue
        done.add(name)
    assert done == set(WITH_A_STAFF_PASSWORD) - {"own_password.change"}

    who = person(shop, shop.sign_in("1001", password.password))
    fresh = shop.house.accounts.own_password.change(who, password.password, PASSWORD)

    for name, call in calls(shop, None).items():
        if name in {"own_password.change", "sessions.end_one", "invited.accept"}:
            continue
        try:
            call(person(shop, fresh))
        except PasswordChangeDue:  # pragma: no cover - would be wrong
            pytest.fail(name)
        except CustAccountError:
            assert name == "second_proof.prove"


def test_a_staff_password_ends_the_sessions_before(given: tuple[Shop, GivenPassword]) -> None:
    """Case 136: renewed by staff, who was signed in with the older one is out."""
    shop, password = given
    token = shop.sign_in("1001", password.password)
    acme = shop.customer("E-ACME").id

    shop.house.accounts.account_desk.renew_password(shop.staff, shop.portal.id, acme, password.user)

    assert not open_still(shop, token)


def test_nobodys_own_password_is_replaced_by_staff(given: tuple[Shop, GivenPassword]) -> None:
    """Only one that was never changed."""
    shop, password = given
    who = person(shop, shop.sign_in("1001", password.password))
    token = shop.house.accounts.own_password.change(who, password.password, PASSWORD)
    acme = shop.customer("E-ACME").id

    with pytest.raises(CustAccountError):
        shop.house.accounts.account_desk.renew_password(
            shop.staff, shop.portal.id, acme, password.user
        )

    assert open_still(shop, token)


def test_a_dead_staff_password_changes_nothing(given: tuple[Shop, GivenPassword]) -> None:
    """Signed in a minute before its end, and too late to choose another after it."""
    shop, password = given
    shop.house.clock.advance(shop.portal.policies.staff_password_lifetime - MINUTE)
    token = shop.sign_in("1001", password.password)
    shop.house.clock.advance(MINUTE)

    with pytest.raises(SignInRefused):
        shop.house.accounts.own_password.change(
            person(shop, token), password.password, OTHER_PASSWORD
        )


# What is sensitive (138) --------------------------------------------------------------------------

SENSITIVE = {"email", "email_proven", "password", "initial_until", "state", "epoch"}
"""Who has these has the account: no session that is not fresh changes them …"""
HARMLESS = {"name", "phone", "language", "theme"}
"""… but these."""
BOOKKEEPING = {"id", "realm", "signed_in", "version"}
"""Nobody asks to change these."""
BY_PASSWORD = {"own_password.change"}
"""Asks for the password itself."""


def test_every_field_of_a_user_is_sensitive_or_harmless() -> None:
    """Case 138: a new field has to be thought about (Kratos forgot one in its list)."""
    named = [*SENSITIVE, *HARMLESS, *BOOKKEEPING]

    assert sorted(named) == sorted(field.name for field in attrs.fields(User))


@pytest.mark.parametrize("fresh", [True, False])
def test_a_session_that_is_not_fresh_changes_nothing_sensitive(
    shop: Shop,
    fresh: bool,  # noqa: FBT001 - and its negative control
) -> None:
    """Case 138: whatever a stale session calls, and whatever mail it causes, the login stays."""
    asked = set()
    for name, call in calls(shop, None).items():
        token = shop.sign_in(ALICE)
        if not fresh:
            shop.house.clock.advance(shop.portal.policies.fresh_sign_in)
        if name in BY_PASSWORD:
            continue
        before, mails = shop.user(ALICE), len(mails_to(shop, NINA))
        with suppress(CustAccountError):
            call(person(shop, token))
        after = shop.user(ALICE)
        changed = {
            field.name
            for field in attrs.fields(User)
            if getattr(before, field.name) != getattr(after, field.name)
        }
        assert changed <= HARMLESS | {"version"}, name
        if len(mails_to(shop, NINA)) > mails:
            asked.add(name)
    assert asked == ({"email_change.request"} if fresh else set())
