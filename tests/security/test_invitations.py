"""Invitations: one open at a time, for one person, once, and as good as who invited is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import attrs
import pytest

from custaccount import InvalidFields, Member, System
from custaccount.adapters.memory.invitations import MemoryInvitations
from custaccount.adapters.memory.tickets import MemoryTickets
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Depth, Permission, PermissionMissing
from custaccount.kernel.ids import BearerToken, TicketId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    VIEWER,
    Invitation,
    InvitationAccepted,
    InvitationDeclined,
    InvitationExpired,
    InvitationOver,
    InvitationReplaced,
    InvitationWithdrawn,
    InviterLacksRight,
    MembershipState,
)
from custaccount.portals import CustomerStatus
from custaccount.registration.invited import AnotherPerson, LoginExists
from custaccount.storage import Storage
from tests.house import ALICE, BOB, OTHER_PASSWORD, PASSWORD, Shop, everything_in, how_often
from tests.security.companies import (
    ACME,
    BERT,
    CARL,
    acting,
    hire,
    membership_of,
    renewed,
    two_companies,
)
from tests.security.spies import RunBefore, WatchedStorage, together
from tests.security.test_account_races import LEVELS, Racing, at_level, calm, succeeded

NINA, EVE = "nina@new.example", "eve@acme.example"
OFFERED = {"users", "posts", "entries", "sessions"}


@attrs.frozen
class Acme:
    """Acme, where Eve looks after users beside the administrators."""

    shop: Shop
    alice: Member
    eve: Member

    def invited(self, by: Member | None = None, email: str = NINA, **named: object) -> BearerToken:
        """Let Eve invite somebody, or another one; returns the link."""
        roles = named.pop("roles", [BUYER])
        users = self.shop.house.accounts.users
        users.invite(by or self.eve, email=email, roles=roles, **named)  # type: ignore[arg-type]
        return self.shop.house.token_for(email.strip())

    def opened(self) -> Invitation:
        """Return the one open invitation, as it is kept."""
        scope = self.alice.scope
        with self.shop.house.storage.reading() as view:
            (found,) = view.invitations.open_of(scope)
        return found

    def accept(self, token: BearerToken, password: str = PASSWORD) -> object:
        """Accept as somebody new."""
        return self.shop.house.accounts.invited.activate(self.shop.guest, token, password)

    def doors(self, token: BearerToken) -> Mapping[str, Callable[[], object]]:
        """Try a link in every way there is."""
        invited, guest = self.shop.house.accounts.invited, self.shop.guest
        bob = self.shop.person(BOB)
        return {
            "look": lambda: invited.look(guest, token),
            "activate": lambda: invited.activate(guest, token, PASSWORD),
            "accept": lambda: invited.accept(bob, token),
            "decline": lambda: invited.decline(guest, token),
        }


def acme_on(storage: Storage) -> Acme:
    """Let Eve be hired, who may invite to what a buyer may, and to less."""
    shop = two_companies(storage)
    grants = dict.fromkeys(
        (
            Permission.MANAGE_USERS,
            Permission.SEE_ORDERS,
            Permission.SEE_PRICES,
            Permission.SEE_CUSTOMER,
            Permission.PLACE_ORDERS,
            Permission.CHANGE_ADDRESSES,
        ),
        Depth.CUSTOMER,
    )
    role = shop.house.accounts.roles.make(acting(shop, ALICE), name="Office", grants=grants)
    hire(shop, EVE, role.id)
    return Acme(shop, acting(shop, ALICE), acting(shop, EVE))


@pytest.fixture
def acme(memory_storage: Storage) -> Acme:
    """Acme, in memory."""
    return acme_on(memory_storage)


# One open at a time -----------------------------------------------------------------------------

SPELLINGS = (NINA, NINA.upper(), "Nina@NEW.example", f"  {NINA} ")


@pytest.mark.parametrize("again", SPELLINGS)
def test_one_address_has_one_open_invitation_however_it_is_written(acme: Acme, again: str) -> None:
    """Invited again it is the same one; the first link is dead, the newer one is good."""
    first = acme.invited()
    older = acme.opened()
    second = acme.invited(email=again)

    assert acme.opened().id == older.id
    for name, door in acme.doors(first).items():
        with pytest.raises(InvitationReplaced):
            door()
        assert name
    assert acme.accept(second)


def test_invited_to_something_else_the_first_offer_is_over(acme: Acme) -> None:
    """A changed role revokes and replaces: what was mailed first gives nothing."""
    first = acme.invited(roles=[BUYER])
    older = acme.opened()
    second = acme.invited(email=NINA.upper(), roles=[VIEWER])

    assert acme.opened().id != older.id
    for door in acme.doors(first).values():
        with pytest.raises(InvitationWithdrawn):
            door()
    acme.accept(second)
    assert membership_of(acme.shop, NINA).roles == {VIEWER}


# Once -------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", *LEVELS])
def racing(request: pytest.FixtureRequest) -> tuple[Acme, Racing]:
    """Acme, on storages whose units overlap."""
    if request.param == "memory":
        storage = request.getfixturevalue("memory_storage")
    else:
        storage = at_level(request.getfixturevalue("postgres_storage"), request.param)
    watched = WatchedStorage(storage)
    acme = acme_on(watched)  # type: ignore[arg-type]
    return acme, Racing(acme.shop, watched)


def test_two_invitations_at_once_leave_one(racing: tuple[Acme, Racing]) -> None:
    """Two administrators have the same thought; the address is written in two ways."""
    acme, race = racing
    users = acme.shop.house.accounts.users
    bert = acting(acme.shop, BERT)

    answers = race.meeting(
        "role_books.save",
        lambda: users.invite(acme.alice, email=NINA, roles=[BUYER]),
        lambda: users.invite(bert, email=NINA.upper(), roles=[BUYER]),
    )

    assert succeeded(answers)
    assert acme.opened().email.key == NINA
    assert acme.accept(acme.shop.house.token_for(NINA))


def test_accepted_twice_at_once_it_makes_one_member(racing: tuple[Acme, Racing]) -> None:
    """Case 81, with the login one has, at two screens: one membership, one event."""
    acme, race = racing
    shop, invited = acme.shop, acme.shop.house.accounts.invited
    token, before = acme.invited(email=BOB), how_often(race.watched.inner, ADDED)
    first, second = shop.person(BOB), shop.person(BOB)

    answers = race.meeting(
        "tickets.consume",
        lambda: invited.accept(first, token),
        lambda: invited.accept(second, token),
    )

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], InvitationAccepted)
    assert how_often(race.watched.inner, ADDED) == before + 1
    with pytest.raises(InvitationAccepted):
        invited.accept(first, token)
    assert how_often(race.watched.inner, ADDED) == before + 1


ADDED = "membership.member_added"


def test_accepted_and_declined_at_once_is_one_of_the_two(racing: tuple[Acme, Racing]) -> None:
    """Never both, and never none."""
    acme, race = racing
    shop, invited = acme.shop, acme.shop.house.accounts.invited
    token, before = acme.invited(), how_often(race.watched.inner, ADDED)

    answers = race.meeting(
        "tickets.consume",
        lambda: invited.activate(shop.guest, token, PASSWORD),
        lambda: invited.decline(shop.guest, token),
    )

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], InvitationAccepted | InvitationDeclined)
    assert how_often(race.watched.inner, ADDED) == before + (winner == 0)


def test_a_store_that_only_looks_lets_a_link_work_twice(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a link that is not used up, and an invitation nobody ends."""

    def naive(
        self: MemoryTickets, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: object
    ) -> Ticket | None:
        found = self.find(scope, ticket)
        return found if found and found.purpose is purpose and at else None

    def kept_open(
        self: MemoryInvitations, scope: CustomerScope, invitation: Invitation
    ) -> Invitation:
        assert self
        assert scope == invitation.scope
        return invitation

    token = acme.invited(email=BOB)
    monkeypatch.setattr(MemoryTickets, "consume", naive)
    monkeypatch.setattr(MemoryTickets, "withdraw", lambda *_, **__: 0)
    monkeypatch.setattr(MemoryInvitations, "save", kept_open)
    invited, bob = acme.shop.house.accounts.invited, acme.shop.person(BOB)
    invited.accept(bob, token)
    acme.shop.change_membership(acting(acme.shop, BOB), lambda one: one.removed())

    invited.accept(bob, token)

    assert membership_of(acme.shop, BOB).state is MembershipState.ACTIVE


# Over -------------------------------------------------------------------------------------------


def by_alice(acme: Acme, do: str, *rest: object) -> None:
    """Let an administrator do something about Eve."""
    alice = renewed(acme.shop, acme.alice)
    getattr(acme.shop.house.accounts.users, do)(alice, acme.eve.membership, *rest)


def switch(acme: Acme, status: CustomerStatus) -> None:
    """Let staff decide where Acme stands."""
    desk, kept = acme.shop.house.accounts.customer_desk, acme.shop.customer(ACME)
    desk.change(acme.shop.staff, kept.id, version=kept.version, status=status)


def lessen(acme: Acme) -> None:
    """Let Eve's role grant less than what she has offered."""
    roles, alice = acme.shop.house.accounts.roles, renewed(acme.shop, acme.alice)
    (own,) = (line.role for line in roles.all(alice).roles if not line.role.shipped)
    grants = {Permission.MANAGE_USERS: Depth.CUSTOMER, Permission.SEE_ORDERS: Depth.OWN}
    roles.change(alice, own.id, name=own.name, grants=grants, epoch=roles.all(alice).epoch)


def without_managing(acme: Acme) -> None:
    """Let Eve do what a buyer may, and no more look after users."""
    by_alice(acme, "set_roles", [BUYER])


OVER: Mapping[str, tuple[Callable[[Acme, BearerToken], object], type[InvitationOver], str]] = {
    "accepted": (
        lambda acme, token: acme.accept(token),
        InvitationAccepted,
        "membership.invitation_accepted",
    ),
    "declined": (
        lambda acme, token: acme.doors(token)["decline"](),
        InvitationDeclined,
        "membership.invitation_declined",
    ),
    "withdrawn": (
        lambda acme, _: acme.shop.house.accounts.users.withdraw(
            renewed(acme.shop, acme.alice), acme.opened().id
        ),
        InvitationWithdrawn,
        "membership.invitation_withdrawn",
    ),
    "expired": (
        lambda acme, _: acme.shop.house.clock.advance(timedelta(days=7)),
        InvitationExpired,
        "membership.invitation_expired",
    ),
    "sent again": (
        lambda acme, _: acme.shop.house.accounts.users.resend(
            renewed(acme.shop, acme.alice), acme.opened().id
        ),
        InvitationReplaced,
        "membership.invitation_replaced",
    ),
    "company closed": (
        lambda acme, _: switch(acme, CustomerStatus.CLOSED),
        InvitationOver,
        "membership.invitation_over",
    ),
    "inviter removed": (
        lambda acme, _: by_alice(acme, "remove"),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter suspended": (
        lambda acme, _: by_alice(acme, "suspend"),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter demoted": (
        lambda acme, _: by_alice(acme, "set_roles", [VIEWER]),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter's role changed": (
        lambda acme, _: lessen(acme),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter no longer looks after users": (
        lambda acme, _: without_managing(acme),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
    "inviter's login blocked": (
        lambda acme, _: acme.shop.house.accounts.login_desk.block(
            acme.shop.staff, acme.eve.user, reason="Lost the telephone."
        ),
        InviterLacksRight,
        "membership.inviter_lacks_right",
    ),
}


@pytest.mark.parametrize("end", OVER)
def test_an_invitation_that_is_over_opens_nothing(acme: Acme, end: str) -> None:
    """Each way with its own stable code, at every door; and nothing is changed by trying."""
    do, refusal, code = OVER[end]
    token = acme.invited()
    do(acme, token)
    doors = acme.doors(token)
    before = everything_in(acme.shop.house.storage)

    for name, door in doors.items():
        with pytest.raises(refusal) as refused:
            door()
        assert refused.value.code == code, name
    assert everything_in(acme.shop.house.storage) == before


def test_every_way_it_ends_has_a_code_of_its_own() -> None:
    """And each error of an invitation is one of them."""
    told = {error: code for _, error, code in OVER.values()}

    assert len(set(told.values())) == len(told)
    assert set(told) == {InvitationOver, *InvitationOver.__subclasses__()}


def test_what_staff_offer_hangs_on_no_member(acme: Acme) -> None:
    """Nor does what another one sent again: who did that is who invites."""
    shop, desk = acme.shop, acme.shop.house.accounts.member_desk
    acme.invited()
    shop.house.accounts.users.resend(renewed(shop, acme.alice), acme.opened().id)
    desk.invite(shop.staff, shop.portal.id, shop.customer(ACME).id, email=BOB)
    by_alice(acme, "remove")

    assert acme.accept(shop.house.token_for(NINA))
    assert shop.house.accounts.invited.accept(shop.person(BOB), shop.house.token_for(BOB))


def test_the_right_is_looked_at_again_in_the_unit(memory_storage: Storage) -> None:
    """The inviter is demoted between the look at the link and the membership."""
    watched = WatchedStorage(memory_storage)
    acme = acme_on(watched)  # type: ignore[arg-type]
    token = acme.invited()
    watched.watch = rival = RunBefore("tickets.consume", lambda: without_managing(acme))

    (answer,) = together(lambda: acme.accept(token))

    watched.watch = calm
    assert rival.answers == [None]
    assert isinstance(answer, InviterLacksRight)
    with memory_storage.reading() as view:
        assert view.users.find_by_email(acme.shop.scope, EmailAddress.parse(NINA)) is None


@pytest.mark.parametrize("end", ["inviter removed", "inviter demoted", "inviter's role changed"])
def test_without_the_look_at_the_inviter_it_still_opens(
    acme: Acme, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr("custaccount.registration.invited._require_right", lambda *_: None)
    token = acme.invited()
    OVER[end][0](acme, token)

    assert acme.accept(token)


# The row is the truth ---------------------------------------------------------------------------


def change(acme: Acme, **fields: object) -> None:
    """Change the one open invitation past all services."""
    kept = acme.opened()
    with acme.shop.house.storage.begin(System(realm=acme.shop.realm, job="test")) as work:
        work.invitations.save(kept.scope, attrs.evolve(kept, **fields))
        work.commit()


def test_what_the_row_says_counts_not_what_was_mailed(acme: Acme) -> None:
    """Case 80: the link names an invitation, and says nothing of its roles."""
    token = acme.invited(roles=[BUYER])

    change(acme, roles=frozenset({ACCOUNTANT}))
    acme.accept(token)

    assert membership_of(acme.shop, NINA).roles == {ACCOUNTANT}


def test_a_row_that_offers_more_than_the_inviter_has_opens_nothing(acme: Acme) -> None:
    """However it came to say so."""
    token = acme.invited(roles=[BUYER])

    change(acme, roles=frozenset({ADMINISTRATOR}))

    for door in acme.doors(token).values():
        with pytest.raises(InviterLacksRight):
            door()


def test_a_row_of_another_address_is_not_opened_by_the_link(acme: Acme) -> None:
    """The link proves the address it was mailed to, and no other."""
    token = acme.invited()

    change(acme, email=EmailAddress.parse("mallory@evil.example"))

    for door in acme.doors(token).values():
        with pytest.raises(InvitationOver):
            door()


# The right person -------------------------------------------------------------------------------


def test_only_the_person_who_was_invited_accepts(acme: Acme) -> None:
    """Anybody else is refused, and so is who would make a second login; the link stays good."""
    invited, shop = acme.shop.house.accounts.invited, acme.shop
    token = acme.invited(email=BOB)
    before = everything_in(shop.house.storage)

    with pytest.raises(LoginExists):
        invited.activate(shop.guest, token, OTHER_PASSWORD)
    assert everything_in(shop.house.storage) == before
    with pytest.raises(AnotherPerson):
        invited.accept(shop.person(CARL), token)

    assert invited.accept(shop.person(BOB), token)
    assert shop.sign_in(BOB, PASSWORD)


GARBAGE = ("", "x", "a.b", "x" * 100_000, "\ud800", "../../etc", "' OR 1=1 --", "{7*7}", "%00")


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_for_a_link_changes_nothing(acme: Acme, text: str) -> None:
    """At every door: it is no link of ours."""
    acme.invited()
    doors = acme.doors(BearerToken(text))
    before = everything_in(acme.shop.house.storage)

    for door in doors.values():
        with pytest.raises(TokenInvalid):
            door()

    assert everything_in(acme.shop.house.storage) == before


def test_an_id_is_no_link(acme: Acme) -> None:
    """What lists and trails tell of an invitation opens nothing: the ticket alone does, signed."""
    token = acme.invited()
    ticket = token.rpartition(".")[0]

    for text in (acme.opened().id, ticket, f"{ticket}.{ticket}", f"{acme.opened().id}.x"):
        for door in acme.doors(BearerToken(text)).values():
            with pytest.raises(TokenInvalid):
                door()


# Who sees what ----------------------------------------------------------------------------------


def test_no_list_shows_a_link(acme: Acme) -> None:
    """Not to administrators, not to staff, in no trail: it is the invited person's alone."""
    token = acme.invited()
    ticket, accounts, shop = token.rpartition(".")[0], acme.shop.house.accounts, acme.shop
    alice, customer = renewed(shop, acme.alice), shop.customer(ACME).id
    shown = {
        "users.all": accounts.users.all(alice),
        "users.resend": accounts.users.resend(alice, acme.opened().id),
        "trail.latest": accounts.trail.latest(alice),
        "member_desk.invitations": accounts.member_desk.invitations(shop.staff, customer),
        "member_desk.users": accounts.member_desk.users(shop.staff, customer),
    }

    for name, answer in shown.items():
        assert NINA in repr(answer) or name in {"trail.latest", "member_desk.users"}
        assert token not in repr(answer), name
        assert ticket not in repr(answer), name
    assert token not in repr(everything_in(shop.house.storage))
    assert token not in repr(accounts.audit.latest(shop.staff))


@pytest.mark.parametrize("role", [BUYER, ACCOUNTANT, VIEWER])
def test_who_is_invited_is_seen_by_those_who_look_after_users(acme: Acme, role: str) -> None:
    """An ordinary member is refused the list, and reads of it nowhere else."""
    accounts, shop = acme.shop.house.accounts, acme.shop
    hire(shop, "olga@acme.example", role)  # type: ignore[arg-type]
    acme.invited(name="Nina New")
    olga = acting(shop, "olga@acme.example")

    for refused in (accounts.users.all, accounts.join_requests.waiting, accounts.trail.latest):
        with pytest.raises(PermissionMissing):
            refused(olga)
    for answer in (
        accounts.access.administrators(olga),
        accounts.company.look(olga),
        accounts.address_book.all(olga),
        accounts.orders.newest(olga),
        accounts.acting.choices(shop.session("olga@acme.example")),
    ):
        assert "nina" not in repr(answer).lower()


# What the mail says -----------------------------------------------------------------------------

HOSTILE = (
    '<a href="https://evil.example/x">You have won</a>',
    "<script>alert(1)</script>",
    "https://evil.example/token=1",
    "{x.__class__} {{7*7}} %(email)s %s",
    "=HYPERLINK(1)",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_company_calls_a_person_or_itself_is_only_text(
    memory_storage: Storage, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 84, 104: no tag, no template, no link but ours."""
    from custaccount.adapters.jinja2 import Jinja2Renderer

    monkeypatch.setattr("custaccount.accounts.PlainRenderer", Jinja2Renderer)
    acme = acme_on(memory_storage)
    company, alice = acme.shop.house.accounts.company, renewed(acme.shop, acme.alice)
    look = company.look(alice)
    answers = {**look.answers, "company": text, "country": "DE"}
    company.change(alice, answers=answers, version=look.version)

    acme.shop.house.accounts.users.invite(acme.eve, email=NINA, name=text, roles=[BUYER])
    acme.shop.house.accounts.relay()

    mail = acme.shop.house.mailer.newest(NINA)
    assert text not in mail.subject
    assert f" {text} " in mail.plain, "as it is, with nothing worked out"
    assert mail.html is not None
    assert "<script>alert" not in mail.html
    assert '<a href="https://evil.example' not in mail.html
    assert acme.opened().name == text


@pytest.mark.parametrize(
    "text", ["Nina\r\nBcc: x@evil.example", "Nina\x00", "\u202egnp.exe", "x" * 101]
)
def test_a_name_that_is_none_is_refused(acme: Acme, text: str) -> None:
    """One line of what can be seen, and not too much of it."""
    before = everything_in(acme.shop.house.storage)

    with pytest.raises(InvalidFields) as refused:
        acme.shop.house.accounts.users.invite(acme.eve, email=NINA, name=text, roles=[BUYER])

    assert [one.field for one in refused.value.problems] == ["name"]
    assert everything_in(acme.shop.house.storage) == before
