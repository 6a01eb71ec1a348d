"""Every kind of token at every place where one is redeemed: good for its purpose, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custaccount import CustAccountError
from custaccount.credentials import SessionOver
from custaccount.facilities.signing import SIGNED_LONGEST, TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Person
from custaccount.kernel.ids import BearerToken
from custaccount.membership import ADMINISTRATOR, VIEWER, InvitationOver, InvitationWithdrawn
from custaccount.registration.invited import AnotherPerson
from custaccount.staff import StaffSessionOver
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    GRETA,
    IDA,
    Shop,
    everything_in,
    open_sued,
)
from tests.registration.people import NINA, OTTO, mails_to, registered, token_in, welcoming
from tests.security.services import methods_of, parts_of

CLEO, DORA, EVE = "cleo@new.example", "dora@new.example", "eve@new.example"
MINUTE = timedelta(minutes=1)
FRESH = "a fine long passphrase 9"

Redeemer = Callable[[Shop, BearerToken], object]


@attrs.frozen
class Door:
    """A place where a token is redeemed."""

    purpose: Purpose
    uses: bool
    """Whether the token is used up; a look uses nothing."""
    redeem: Redeemer


def signed_in(shop: Shop, email: str) -> Person:
    """Sign somebody in."""
    return shop.house.accounts.sessions.person(shop.guest, shop.sign_in(email))


def doors() -> Mapping[str, Door]:
    """List every public method that takes a mailed token."""

    def of(service: str, method: str, *more: object) -> Redeemer:
        return lambda shop, token: getattr(getattr(shop.house.accounts, service), method)(
            shop.guest, token, *more
        )

    look, use = False, True
    return {
        "first_sign_in.look": Door(Purpose.ACTIVATE, look, of("first_sign_in", "look")),
        "first_sign_in.activate": Door(
            Purpose.ACTIVATE, use, of("first_sign_in", "activate", FRESH)
        ),
        "password_reset.look": Door(Purpose.RESET_PASSWORD, look, of("password_reset", "look")),
        "password_reset.set_password": Door(
            Purpose.RESET_PASSWORD, use, of("password_reset", "set_password", FRESH)
        ),
        "registering.look": Door(Purpose.REGISTRATION, look, of("registering", "look")),
        "registering.activate": Door(
            Purpose.REGISTRATION, use, of("registering", "activate", FRESH)
        ),
        "invited.look": Door(Purpose.INVITATION, look, of("invited", "look")),
        "invited.activate": Door(Purpose.INVITATION, use, of("invited", "activate", FRESH)),
        "invited.decline": Door(Purpose.INVITATION, use, of("invited", "decline")),
        "invited.accept": Door(
            Purpose.INVITATION,
            use,
            lambda shop, token: shop.house.accounts.invited.accept(signed_in(shop, BOB), token),
        ),
        "email_change.look": Door(Purpose.CHANGE_EMAIL, look, of("email_change", "look")),
        "email_change.confirm": Door(Purpose.CHANGE_EMAIL, use, of("email_change", "confirm")),
        "email_change.look_undo": Door(
            Purpose.UNDO_EMAIL_CHANGE, look, of("email_change", "look_undo")
        ),
        "email_change.undo": Door(Purpose.UNDO_EMAIL_CHANGE, use, of("email_change", "undo")),
        "staff_password_reset.look": Door(
            Purpose.STAFF_PASSWORD, look, of("staff_password_reset", "look")
        ),
        "staff_password_reset.set_password": Door(
            Purpose.STAFF_PASSWORD, use, of("staff_password_reset", "set_password", FRESH)
        ),
    }


DOORS = doors()


def test_every_door_is_known(memory_storage: Storage) -> None:
    """A new method that takes a mailed token without a line above fails; so does a new purpose."""
    shop = welcoming(memory_storage)
    found = {
        name
        for name, method in methods_of(shop.house.accounts).items()
        for kind in method.parameters.values()
        if BearerToken in set(parts_of(kind)) and name != "reorder.commit"
    }

    assert set(DOORS) == found
    assert {door.purpose for door in DOORS.values()} == set(Purpose)


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """A shop where Alice and Bob have a login, and Ida is staff."""
    made = welcoming(memory_storage)
    made.activate(ALICE)
    made.activate(BOB)
    made.appoint(IDA)
    return made


def invitation(shop: Shop, email: str) -> BearerToken:
    """Invite somebody to act for Acme."""
    acme = shop.customer("E-ACME").id
    desk = shop.house.accounts.member_desk
    desk.invite(shop.staff, shop.portal.id, acme, email=email)
    return shop.house.token_for(email)


def issued(shop: Shop, purpose: Purpose) -> BearerToken:  # noqa: PLR0911 - one a purpose
    """Mail one good link of a purpose; about Alice, who has a login, or about who has none."""
    accounts = shop.house.accounts
    match purpose:
        case Purpose.ACTIVATE:
            shop.change("E-ACME", contact="Cleo", email=CLEO)
            rows = [{"erp_id": "E-NEW", "number": "1", "name": "New", "email": CLEO}]
            accounts.register_desk.import_rows(shop.staff, rows)
            accounts.first_sign_in.request(shop.guest, CLEO)
            return shop.house.token_for(CLEO)
        case Purpose.RESET_PASSWORD:
            shop.house.clock.advance(MINUTE)
            accounts.password_reset.request(shop.guest, ALICE)
            return shop.house.token_for(ALICE)
        case Purpose.REGISTRATION:
            return registered(shop, NINA)
        case Purpose.INVITATION:
            return invitation(shop, DORA)
        case Purpose.CHANGE_EMAIL:
            accounts.email_change.request(signed_in(shop, ALICE), EVE)
            return shop.house.token_for(EVE)
        case Purpose.UNDO_EMAIL_CHANGE:
            accounts.email_change.request(signed_in(shop, ALICE), OTTO)
            accounts.email_change.confirm(shop.guest, shop.house.token_for(OTTO))
            return token_in(mails_to(shop, ALICE)[-1])
        case Purpose.STAFF_PASSWORD:
            accounts.staff_password_reset.request(shop.guest, IDA)
            return shop.house.token_for(IDA)


def working(purpose: Purpose) -> list[str]:
    """Name the doors a token opens, those that only look first; accepting needs a login."""
    names = [name for name, door in DOORS.items() if door.purpose is purpose]
    return sorted(names, key=lambda name: DOORS[name].uses)


def dead(purpose: Purpose) -> type[Exception]:
    """Say how a link of ours that was good once is refused; of an invitation, with why."""
    return InvitationOver if purpose is Purpose.INVITATION else TokenInvalid


def without_signing_in(content: Mapping[str, object]) -> Mapping[str, object]:
    """Leave out what Bob writes who signs in to accept an invitation."""
    noise = {"users", "sessions", "posts", "entries"}
    return {name: rows for name, rows in content.items() if name not in noise}


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_opens_its_own_doors_only(shop: Shop, purpose: Purpose) -> None:
    """Case 54, N × N: nothing is used up by trying it anywhere else; then it works."""
    token = issued(shop, purpose)
    before = without_signing_in(everything_in(shop.house.storage))

    for name, door in DOORS.items():
        if door.purpose is not purpose:
            with pytest.raises(TokenInvalid):
                door.redeem(shop, token)
            assert without_signing_in(everything_in(shop.house.storage)) == before, name
    for redeem, refusal in (
        (shop.house.accounts.sessions.resume, SessionOver),
        (shop.house.accounts.staff_sessions.resume, StaffSessionOver),
    ):
        with pytest.raises(refusal):
            redeem(shop.guest, token)  # type: ignore[operator]

    looks = [name for name in working(purpose) if not DOORS[name].uses]
    for name in looks:
        DOORS[name].redeem(shop, token)
    assert without_signing_in(everything_in(shop.house.storage)) == before
    (use, *_) = [name for name in working(purpose) if DOORS[name].uses]
    DOORS[use].redeem(shop, token)


@pytest.mark.parametrize("purpose", Purpose)
def test_looking_writes_nothing(shop: Shop, purpose: Purpose) -> None:
    """However often a mail scanner or a browser's preview opens the link."""
    token = issued(shop, purpose)
    before = everything_in(shop.house.storage)

    for _ in range(3):
        for name in working(purpose):
            if not DOORS[name].uses:
                DOORS[name].redeem(shop, token)

    assert everything_in(shop.house.storage) == before


@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.uses])
def test_a_used_token_opens_nothing_again(shop: Shop, name: str) -> None:
    """Replay at every door of its purpose: refused, and nothing is written."""
    door = DOORS[name]
    token = invitation(shop, BOB) if name == "invited.accept" else issued(shop, door.purpose)
    door.redeem(shop, token)
    shop.house.accounts.relay()
    signed_in(shop, BOB)
    before = without_signing_in(everything_in(shop.house.storage))
    mails = len(shop.house.mailer.sent)

    for other in working(door.purpose):
        with pytest.raises(dead(door.purpose)):
            DOORS[other].redeem(shop, token)

    shop.house.accounts.relay()
    assert without_signing_in(everything_in(shop.house.storage)) == before
    assert len(shop.house.mailer.sent) == mails


def ticket_of(shop: Shop, token: BearerToken) -> Ticket:
    """Look up what a token points to."""
    with shop.house.storage.reading() as view:
        found = view.tickets.find(shop.scope, token.rpartition(".")[0])  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize(("late", "good"), [(-1, True), (0, False)])
def test_a_token_is_good_before_its_expiry_and_dead_at_it(
    shop: Shop,
    purpose: Purpose,
    late: int,
    good: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """To the microsecond, at every door of its purpose."""
    token = issued(shop, purpose)
    shop.house.clock.set(ticket_of(shop, token).expires + timedelta(microseconds=late))
    names = [name for name in working(purpose) if name != "invited.accept"]

    if not good:
        for name in names:
            with pytest.raises(dead(purpose)):
                DOORS[name].redeem(shop, token)
        return
    for name in names:
        DOORS[name].redeem(shop, token)
        if DOORS[name].uses:
            break


ASKED_FOR = [one for one in Purpose if one is not Purpose.UNDO_EMAIL_CHANGE]


def again(shop: Shop, purpose: Purpose) -> BearerToken:
    """Ask for another link of the same purpose about the same."""
    accounts = shop.house.accounts
    if purpose is Purpose.INVITATION:
        (opened,) = accounts.member_desk.invitations(shop.staff, shop.customer("E-ACME").id)
        accounts.member_desk.resend(shop.staff, opened.id)
        return shop.house.token_for(DORA)
    if purpose is Purpose.ACTIVATE:
        accounts.first_sign_in.request(shop.guest, CLEO)
        return shop.house.token_for(CLEO)
    return issued(shop, purpose)


@pytest.mark.parametrize("purpose", ASKED_FOR)
def test_a_newer_token_ends_the_older(shop: Shop, purpose: Purpose) -> None:
    """The newest link counts, for every purpose that may be asked for twice."""
    older = issued(shop, purpose)
    shop.house.clock.advance(MINUTE)
    newer = again(shop, purpose)

    assert older != newer
    for name in working(purpose):
        with pytest.raises(dead(purpose)):
            DOORS[name].redeem(shop, older)
    DOORS[working(purpose)[0]].redeem(shop, newer)


def test_a_withdrawn_invitation_opens_nothing(shop: Shop) -> None:
    """Case 82: taken back by staff; the customer closed; or used by somebody who is not meant."""
    accounts, token = shop.house.accounts, issued(shop, Purpose.INVITATION)
    with pytest.raises(AnotherPerson):
        accounts.invited.accept(signed_in(shop, ALICE), token)
    shop.change("E-ACME", status="closed")
    with pytest.raises(InvitationOver):
        accounts.invited.activate(shop.guest, token, FRESH)
    shop.change("E-ACME", status="active")
    (opened,) = accounts.member_desk.invitations(shop.staff, shop.customer("E-ACME").id)

    accounts.member_desk.withdraw(shop.staff, opened.id)

    for name in working(Purpose.INVITATION):
        with pytest.raises(InvitationWithdrawn):
            DOORS[name].redeem(shop, token)


def test_the_row_of_an_invitation_is_the_truth(shop: Shop) -> None:
    """Case 80: what was changed after the link was mailed counts, not what it was mailed with."""
    acme, desk = shop.customer("E-ACME").id, shop.house.accounts.member_desk
    desk.invite(shop.staff, shop.portal.id, acme, email=DORA, roles=[ADMINISTRATOR])
    desk.invite(shop.staff, shop.portal.id, acme, email=DORA.upper(), name="Dora", roles=[VIEWER])
    token = shop.house.token_for(DORA)

    shop.house.accounts.invited.activate(shop.guest, token, FRESH)

    (dora,) = (
        line for line in desk.users(shop.staff, acme) if line.email and line.email.key == DORA
    )
    assert dora.membership.roles == {VIEWER}
    assert desk.invitations(shop.staff, acme) == ()


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_of_another_realm_is_none(shop: Shop, purpose: Purpose) -> None:
    """Case 55: two sellers of one deployment, with the same keys; nothing is used up."""
    token = issued(shop, purpose)
    sued = open_sued(shop.house)
    sued.activate(GRETA)

    for name in working(purpose):
        if name == "invited.accept":
            continue
        with pytest.raises(TokenInvalid):
            DOORS[name].redeem(sued, token)

    DOORS[working(purpose)[0]].redeem(shop, token)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_that_was_touched_is_none(shop: Shop, purpose: Purpose) -> None:
    """Case 56, 80: one character changed anywhere, cut, doubled, or with its parts exchanged."""
    token = issued(shop, purpose)
    name, _, mac = token.rpartition(".")
    touched = [
        f"{name}.{mac}x",
        f"{name}x.{mac}",
        f"{mac}.{name}",
        name,
        mac,
        f".{mac}",
        f"{name}.",
        token * 2,
        token.swapcase(),
        f" {token}",
        f"{token}\n",
        token[:-1],
        token.replace(token[3], "~", 1),
    ]

    for door in working(purpose):
        for text in touched:
            with pytest.raises(TokenInvalid):
                DOORS[door].redeem(shop, BearerToken(text))

    DOORS[working(purpose)[0]].redeem(shop, token)


MALFORMED = (
    st.text(max_size=80)
    | st.binary(max_size=80)
    | st.none()
    | st.integers()
    | st.floats()
    | st.lists(st.text(max_size=3), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)
    | st.sampled_from(["." * 50, "a" * SIGNED_LONGEST, "a" * 1_000_000, "é.é", "\0.\0", ".eJwLAA"])
    | st.builds("{}.{}".format, st.text(max_size=60), st.text(max_size=60))
)


@pytest.mark.parametrize("name", [name for name in DOORS if name != "invited.accept"])
def test_whatever_is_no_token_is_one_refusal(memory_storage: Storage, name: str) -> None:
    """Case 56: text, bytes, nothing, numbers, a megabyte: ``TokenInvalid``; no row written."""
    shop = welcoming(memory_storage)
    before = everything_in(shop.house.storage)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(MALFORMED)
    def tried(token: object) -> None:
        with pytest.raises(TokenInvalid):
            DOORS[name].redeem(shop, token)  # type: ignore[arg-type]

    tried()
    assert everything_in(shop.house.storage) == before


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(MALFORMED)
def test_whatever_is_no_token_makes_nobody_a_member(
    accepting: tuple[Shop, Person], token: object
) -> None:
    """Case 56, for who is signed in."""
    shop, bob = accepting
    with pytest.raises(TokenInvalid):
        shop.house.accounts.invited.accept(bob, token)  # type: ignore[arg-type]


@pytest.fixture
def accepting(shop: Shop) -> tuple[Shop, Person]:
    """Bob, who would accept an invitation."""
    return shop, signed_in(shop, BOB)


def test_a_refusal_never_shows_the_token(shop: Shop) -> None:
    """Invariant (k): neither in its text nor in its repr."""
    token = issued(shop, Purpose.RESET_PASSWORD)

    for name, door in DOORS.items():
        if door.purpose is Purpose.RESET_PASSWORD:
            continue
        with pytest.raises(CustAccountError) as refused:
            door.redeem(shop, token)
        assert token not in f"{refused.value} {refused.value!r}", name
