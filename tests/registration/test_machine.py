"""A random life of a seller's accounts: what may never happen does not, in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custaccount import CustAccountError
from custaccount.adapters.memory import MemoryMatcher, MemoryStorage
from custaccount.adapters.memory.numbers import MemoryNumbers
from custaccount.adapters.memory.storage import MemoryUnit
from custaccount.adapters.memory.tickets import MemoryTickets
from custaccount.credentials import Session, SessionOver, SignInRefused, User, UserState
from custaccount.facilities.audit import ActorKind
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Person
from custaccount.kernel.events import Event
from custaccount.kernel.ids import BearerToken, SessionToken, TicketId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.membership import MemberInvited, MembershipState
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration import GivenPassword, Registration, matching
from custaccount.registration.accounts_desk import AccountDesk
from custaccount.registration.claims import LeftOpen, LinkTo, Outcome
from custaccount.registration.claims import decide as decided
from custaccount.registration.registering import Registering
from tests import backends
from tests.house import NORD, Shop, everything_in, rows_of
from tests.registration.people import WEB, decide, letter_of, match, register, token_in, welcoming

POOL = tuple(f"n{place}@new.example" for place in range(5))
ALONE, SHARED, ALSO, TWICE, NOBODYS = POOL
"""How the ERP has them: alone at Acme, two in one field at Beta, at two new customers, nowhere."""
PASSWORDS = ("eins wie der Sperling", "zwei wie die Elster", "drei wie die Amsel")
OWN = ("E-ACME", "E-BETA")

PROFILES: Mapping[str, settings] = {
    name: settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for name, examples, steps in (("dev", 15, 40), ("ci", 60, 60))
}

Redeem = Callable[[Shop, BearerToken, str], object]
DOORS: Mapping[str, tuple[Purpose, Redeem]] = {
    "registration.confirm": (
        Purpose.REGISTRATION,
        lambda shop, token, new: shop.house.accounts.registering.activate(shop.guest, token, new),
    ),
    "registration.activate": (
        Purpose.ACTIVATE,
        lambda shop, token, new: shop.house.accounts.first_sign_in.activate(shop.guest, token, new),
    ),
    "registration.invitation": (
        Purpose.INVITATION,
        lambda shop, token, new: shop.house.accounts.invited.activate(shop.guest, token, new),
    ),
    "credentials.reset": (
        Purpose.RESET_PASSWORD,
        lambda shop, token, new: shop.house.accounts.password_reset.set_password(
            shop.guest, token, new
        ),
    ),
    "credentials.email_change": (
        Purpose.CHANGE_EMAIL,
        lambda shop, token, _: shop.house.accounts.email_change.confirm(shop.guest, token),
    ),
    "credentials.email_changed": (
        Purpose.UNDO_EMAIL_CHANGE,
        lambda shop, token, _: shop.house.accounts.email_change.undo(shop.guest, token),
    ),
}
"""Where the link of each letter leads."""
SAME_DOOR = {"registration.released": "registration.confirm"}

SILENT = frozenset({"sweep", "block", "advance", "erp", "policies"})
"""Steps no customer hears of."""
BY_PROOF = {"proven address", "proven address of a contact", "registered"}
BY_STAFF = {"decided by staff", "released by staff", "made by staff"}
BY_INVITATION = {"accepted an invitation"}


@attrs.frozen
class Link:
    """A link somebody got by mail."""

    to: str
    door: str
    token: BearerToken

    @property
    def ticket(self) -> str:
        """The ticket it names."""
        return self.token.rpartition(".")[0]


class AccountsMachine(RuleBasedStateMachine):
    """Everything that makes, changes or ends accounts, in any order."""

    newest: ClassVar[AccountsMachine]

    def __init__(self) -> None:
        super().__init__()
        type(self).newest = self
        self.erp = MemoryMatcher()
        self.erp.know(
            NORD,
            match("E-ACME", "1001", ALONE),
            match("E-BETA", "1002", f"{SHARED}; {ALSO}"),
            match("E-7", "7007", TWICE),
            match("E-8", "7008", TWICE),
        )
        self.shop: Shop = welcoming(MemoryStorage(), matcher=self.erp, link_existing=True)
        for erp_id, number in (("E-7", "7007"), ("E-8", "7008")):
            row = {"erp_id": erp_id, "number": number, "name": erp_id}
            self.shop.house.accounts.register_desk.import_rows(self.shop.staff, [row])
        self.links: list[Link] = []
        self.read = 0
        self.used: Counter[str] = Counter()
        self.proven: set[str] = set()
        self.asked_for: set[str] = set()
        self.sessions: list[tuple[UserId, SessionToken]] = []
        self.passwords: dict[UserId, str] = {}
        self.told: dict[str, set[str]] = {"entries": set(), "posts": set()}
        self.step = ""
        self.seen: Mapping[str, object] = {}
        self.look_again()

    # What happens ------------------------------------------------------------------------------

    @contextmanager
    def stepping(self, name: str) -> Iterator[None]:
        """Take a step; a refusal is an answer like any other."""
        self.step = name
        with suppress(CustAccountError):
            yield

    @initialize(arrived=st.sets(st.sampled_from(POOL)), left=st.sampled_from(POOL))
    def open_for_business(self, arrived: set[str], left: str) -> None:
        """Some have come in already, somebody is on the way, and somebody is invited."""
        for email in sorted(arrived):
            self.arrive(email=email, password=PASSWORDS[0])
            self.come_in(email=email)
        self.register_somebody(email=left, upper=False)
        self.invite(email=left, erp_id="E-BETA")
        self.deliver()

    @rule(email=st.sampled_from(POOL), password=st.sampled_from(PASSWORDS))
    def arrive(self, email: str, password: str) -> None:
        """Register, open the mail at once, and choose a password; the relay does the rest."""
        self.register_somebody(email=email, upper=False)
        self.open_newest(email, password)
        self.deliver()

    @rule(email=st.sampled_from(POOL))
    def come_in(self, email: str) -> None:
        """Sign in with the password that is right."""
        self.sign_in(email=email, guess=PASSWORDS[0], knows=True)

    @rule(email=st.sampled_from(POOL), password=st.sampled_from(PASSWORDS))
    def open_newest(self, email: str, password: str) -> None:
        """Open the newest mail that has a link."""
        self.deliver()
        for link in reversed(self.links):
            if link.to == email:
                self.redeem(link, password)
                return

    @rule(released=st.booleans(), by_number=st.booleans())
    def change_policies(self, *, released: bool, by_number: bool) -> None:
        """Staff change how one comes in while people are on their way."""
        with self.stepping("policies"):
            decide(
                self.shop,
                registration=RegistrationMode.RELEASED if released else RegistrationMode.OPEN,
                login=LoginId.CUSTOMER_NUMBER if by_number else LoginId.MAIL,
            )

    @rule(email=st.sampled_from(POOL), upper=st.booleans())
    def register_somebody(self, email: str, *, upper: bool) -> None:
        """Register, or ask for access, as anybody."""
        self.what_changes_is_told()
        with self.stepping("register"):
            register(self.shop, email.upper() if upper else email, name="Nina New")

    @rule(email=st.sampled_from((*POOL, "alice@acme.example")))
    def ask_for_a_link(self, email: str) -> None:
        """Ask for a first sign-in."""
        with self.stepping("first sign-in"):
            self.shop.house.accounts.first_sign_in.request(self.shop.guest, email)

    @rule(email=st.sampled_from(POOL))
    def forget_a_password(self, email: str) -> None:
        """Ask for a reset."""
        with self.stepping("reset"):
            self.shop.house.accounts.password_reset.request(self.shop.guest, email)

    @rule()
    def deliver(self) -> None:
        """Let the relay run: mails arrive, the ERP is asked."""
        self.what_changes_is_told()
        self.step = "deliver"
        self.shop.house.accounts.relay()
        for mail in self.shop.house.mailer.sent[self.read :]:
            letter = letter_of(mail)
            door = SAME_DOOR.get(letter, letter)
            if door in DOORS:
                self.links.append(Link(mail.to.key, door, token_in(mail)))
        self.read = len(self.shop.house.mailer.sent)

    @precondition(lambda self: self.links)
    @rule(data=st.data(), new=st.sampled_from(PASSWORDS))
    def open_a_link(self, data: st.DataObject, new: str) -> None:
        """Open any link that was ever mailed, at its own door."""
        self.redeem(data.draw(st.sampled_from(self.links)), new)

    def redeem(self, link: Link, new: str) -> None:
        """Open a link, and note what it did."""
        self.what_changes_is_told()
        self.step = f"open {link.door}"
        _, redeem = DOORS[link.door]
        try:
            redeem(self.shop, link.token, new)
        except CustAccountError:
            return
        self.used[link.ticket] += 1
        if link.door == "registration.confirm":
            self.proven.add(link.to)
        if link.door == "credentials.email_changed":
            self.passwords.pop(self.whose(link.to).id, None)
        elif link.door != "credentials.email_change":
            self.passwords[self.whose(link.to).id] = new

    @precondition(lambda self: self.queue())
    @rule(
        data=st.data(),
        what=st.sampled_from(["release", "release", "reject", "link", "found", "refuse"]),
        erp_id=st.sampled_from(OWN),
    )
    def let_staff_decide(self, data: st.DataObject, what: str, erp_id: str) -> None:
        """Decide about somebody in the queue."""
        desk, staff = self.shop.house.accounts.registration_desk, self.shop.staff
        one = data.draw(st.sampled_from(self.queue())).id
        with self.stepping(what):
            match what:
                case "release":
                    desk.release(staff, one)
                case "link":
                    desk.link(staff, one, self.shop.customer(erp_id).id)
                case "found":
                    desk.found(staff, one)
                case _:
                    getattr(desk, what)(staff, one, reason="so")

    @rule(email=st.sampled_from(POOL), erp_id=st.sampled_from(OWN))
    def invite(self, email: str, erp_id: str) -> None:
        """Let staff invite somebody."""
        desk = self.shop.house.accounts.member_desk
        customer = self.shop.customer(erp_id).id
        with self.stepping("invite"):
            desk.invite(self.shop.staff, self.shop.portal.id, customer, email=email)

    @rule(erp_id=st.sampled_from(OWN), resend=st.booleans())
    def withdraw_or_resend(self, erp_id: str, *, resend: bool) -> None:
        """Let staff do something about an open invitation."""
        desk = self.shop.house.accounts.member_desk
        customer = self.shop.customer(erp_id).id
        with self.stepping("invitation"):
            for one in desk.invitations(self.shop.staff, customer)[:1]:
                (desk.resend if resend else desk.withdraw)(self.shop.staff, one.id)

    @precondition(lambda self: self.active())
    @rule(data=st.data())
    def undo_a_link(self, data: st.DataObject) -> None:
        """Let staff undo why somebody acts for a customer."""
        one = data.draw(st.sampled_from(self.active()))
        desk = self.shop.house.accounts.member_desk
        with self.stepping("undo link"):
            desk.remove(self.shop.staff, self.shop.portal.id, one.customer, one.id, reason="so")

    @rule(email=st.sampled_from((NOBODYS, "")), erp_id=st.sampled_from(OWN))
    def hand_a_password_over(self, email: str, erp_id: str) -> None:
        """Let staff make a user, at a portal that works so for this moment."""
        accounts, staff, portal = self.shop.house.accounts, self.shop.staff, self.shop.portal.id
        customer = self.shop.customer(erp_id).id
        with self.stepping("staff password"):
            policies = accounts.portal_desk.get(staff, portal).policies
            decide(
                self.shop,
                registration=RegistrationMode.RELEASED,
                activation=ActivationMode.STAFF_PASSWORD,
                login=LoginId.CUSTOMER_NUMBER,
                link_existing=False,
            )
            try:
                given = accounts.account_desk.give_password(
                    staff, portal, customer, name="Otto", email=email
                )
                self.passwords[given.user] = given.password
            finally:
                decide(self.shop, **attrs.asdict(policies, recurse=False))

    @rule(email=st.sampled_from(POOL), guess=st.sampled_from(PASSWORDS), knows=st.booleans())
    def sign_in(self, email: str, guess: str, *, knows: bool) -> None:
        """Try a password: exactly the right one of who may enter works."""
        self.step = "sign in"
        user = next((one for one in self.users() if one.email and one.email.key == email), None)
        password = self.passwords.get(user.id, guess) if user and knows else guess
        right = user is not None and self.passwords.get(user.id) == password
        try:
            token = self.shop.sign_in(email, password)
        except SignInRefused:
            assert user is None or not (right and user.may_enter(self.shop.house.clock()))
            return
        assert user is not None
        assert right
        self.sessions.append((user.id, token))

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), new=st.sampled_from(PASSWORDS))
    def change_the_password(self, data: st.DataObject, new: str) -> None:
        """Change it, in any session that was ever begun."""
        who = self.somebody(data)
        with self.stepping("change password"):
            own, old = self.shop.house.accounts.own_password, self.passwords.get(who.user, "")
            token = own.change(who, old, new)
            self.passwords[who.user] = new
            self.sessions.append((who.user, token))

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), email=st.sampled_from(POOL))
    def ask_to_move(self, data: st.DataObject, email: str) -> None:
        """Ask for another address."""
        who = self.somebody(data)
        with self.stepping("move"):
            self.shop.house.accounts.email_change.request(who, email)

    @precondition(lambda self: self.sessions and self.links)
    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        """Accept an invitation with the login one has."""
        who, link = self.somebody(data), data.draw(st.sampled_from(self.links))
        self.step = "accept"
        try:
            self.shop.house.accounts.invited.accept(who, link.token)
        except CustAccountError:
            return
        self.used[link.ticket] += 1
        assert self.whose(link.to).id == who.user

    @precondition(lambda self: self.users())
    @rule(data=st.data(), blocked=st.booleans())
    def block(self, data: st.DataObject, *, blocked: bool) -> None:
        """Block somebody, or let it in again."""
        user = data.draw(st.sampled_from(self.users()))
        self.step = "block"
        if user.email is not None:
            state = UserState.BLOCKED if blocked else UserState.ACTIVE
            self.shop.change_user(user.email.text, state=state, epoch=user.epoch + blocked)

    @rule(by=st.sampled_from([timedelta(seconds=1), timedelta(minutes=20), timedelta(days=2)]))
    def time_passes(self, by: timedelta) -> None:
        """Move the clock."""
        self.step = "advance"
        self.shop.house.clock.advance(by)

    @rule(down=st.booleans())
    def the_erp_goes_or_comes(self, *, down: bool) -> None:
        """Let the ERP answer, or not."""
        self.step = "erp"
        self.erp.down = down

    @rule()
    def sweep(self) -> None:
        """Forget what is over."""
        self.step = "sweep"
        self.shop.house.accounts.sweep()

    # What may never happen -----------------------------------------------------------------------

    @invariant()
    def every_link_was_used_once(self) -> None:
        """(a) Each ticket at most once."""
        assert all(count == 1 for count in self.used.values()), self.used

    @invariant()
    def nobody_acts_twice_for_one_customer(self) -> None:
        """(b) One membership of a user and a customer; one user of an address."""
        pairs = [(one.user, one.customer) for one in self.rows("memberships")]
        assert len(pairs) == len(set(pairs))
        emails = [one.email.key for one in self.users() if one.email]
        assert len(emails) == len(set(emails))
        codes = [(one.customer, one.user_code) for one in self.active()]
        assert len(codes) == len(set(codes))

    @invariant()
    def numbers_leave_no_gap(self) -> None:
        """(f) Unique, and one after the other."""
        numbers = [one.number for one in self.rows("customers")]
        assert len(numbers) == len(set(numbers))
        ours = sorted(number for number in numbers if number.startswith("W"))
        assert ours == [f"W{place:05}" for place in range(1, len(ours) + 1)]
        (web,) = (one for one in self.rows("ranges") if one.key == WEB)
        assert web.next == len(ours) + 1

    @invariant()
    def the_erp_is_asked_about_proven_addresses_only(self) -> None:
        """(g) Never for what was refused, or not yet proven."""
        assert {email.key for email in self.erp.asked} <= self.proven

    @invariant()
    def every_link_has_a_proof_or_a_decision(self) -> None:
        """(h) By whom, and why; nobody is linked to what is not its own alone."""
        added = [one for one in self.rows("entries") if one.event == "membership.member_added"]
        for entry in added:
            reason, kind = entry.facts["reason"], entry.stamp.kind
            customer = self.names().get(entry.facts["customer"])
            if reason in BY_STAFF:
                assert kind is ActorKind.STAFF, entry
            else:
                assert reason in BY_PROOF | BY_INVITATION, entry
                user = next(one for one in self.users() if one.id == entry.facts["user"])
                assert user.email_proven is not None, entry
            if reason == "proven address":
                assert customer == "E-ACME", "the only one whose address is one contact's alone"
        assert len(added) >= len(self.active())

    @invariant()
    def what_changes_is_told(self) -> None:
        """(i) No change of an account without an event; each event in trail and outbox alike."""
        before, silent = self.seen, self.step in SILENT
        posts, entries = len(self.told["posts"]), len(self.told["entries"])
        self.look_again()
        if self.seen != before and not silent:
            assert len(self.told["posts"]) > posts, self.step
        assert len(self.told["posts"]) - posts == len(self.told["entries"]) - entries, self.step

    @invariant()
    def who_is_blocked_gets_in_nowhere(self) -> None:
        """(j) No session, no reset, no move."""
        blocked = {one.id: one for one in self.users() if one.state is UserState.BLOCKED}
        accounts, guest = self.shop.house.accounts, self.shop.guest
        for user, token in self.sessions:
            if user in blocked:
                with pytest.raises(SessionOver):
                    accounts.sessions.resume(guest, token)
        addresses = {one.email.key for one in blocked.values() if one.email}
        for link in self.links:
            if link.to in addresses and link.door == "credentials.reset":
                with pytest.raises(TokenInvalid):
                    accounts.password_reset.look(guest, link.token)

    @invariant()
    def nothing_secret_is_written_down(self) -> None:
        """(k) No password and no token in any row that is told, nor in what is shown of a user."""
        text = repr([*self.rows("entries"), *self.rows("posts"), *self.users()])
        secrets = {*PASSWORDS, *self.passwords.values(), *(link.token for link in self.links)}
        for secret in secrets | {token for _, token in self.sessions}:
            assert secret not in text

    # Looking --------------------------------------------------------------------------------------

    def rows(self, table: str) -> list:  # type: ignore[type-arg]
        """Return the rows of a table."""
        return list(rows_of(everything_in(self.shop.house.storage), (table,)))

    def users(self) -> list[User]:
        """Return all users."""
        return self.rows("users")

    def active(self) -> list:  # type: ignore[type-arg]
        """Return the memberships that count."""
        return [one for one in self.rows("memberships") if one.state is MembershipState.ACTIVE]

    def queue(self) -> list:  # type: ignore[type-arg]
        """Return what waits for staff."""
        return list(self.shop.house.accounts.registration_desk.queue(self.shop.staff).items)

    def names(self) -> Mapping[str, str | None]:
        """Map customers to what the ERP calls them."""
        return {one.id: one.erp_id for one in self.rows("customers")}

    def whose(self, email: str) -> User:
        """Look up whose an address is."""
        return next(one for one in self.users() if one.email and one.email.key == email)

    def somebody(self, data: st.DataObject) -> Person:
        """Resume some session, or go back to the newest one that holds."""
        _, token = data.draw(st.sampled_from(self.sessions))
        try:
            return self.shop.house.accounts.sessions.person(self.shop.guest, token)
        except SessionOver:
            return Person(
                realm=self.shop.realm,
                portal=self.shop.portal.id,
                user=self.sessions[-1][0],
                session="over",
                epoch=0,
                authenticated=self.shop.house.clock(),
                password_due=False,
                language=self.shop.guest.language,
            )

    def look_again(self) -> None:
        """Take what is kept of accounts, and which events were told by now."""
        content = everything_in(self.shop.house.storage)
        users = {key: attrs.evolve(one, signed_in=None) for key, one in content["users"].items()}  # type: ignore[attr-defined]
        tables = ("memberships", "registrations", "invitations", "customers")
        self.seen = {"users": users, **{name: content[name] for name in tables}}
        for table in self.told:
            self.told[table] |= {one.id for one in rows_of(content, (table,))}  # type: ignore[attr-defined]


def test_accounts_live_as_promised() -> None:
    """Every invariant after every step."""
    run_state_machine_as_test(AccountsMachine, settings=PROFILES[backends.profile()])


# What the machine finds ---------------------------------------------------------------------------


def linking_shared(*args: object, **rest: object) -> Outcome:
    """Decide as it is right, but link the first of several."""
    outcome = decided(*args, **rest)  # type: ignore[arg-type]
    if isinstance(outcome, LeftOpen):
        (customers, *_) = args
        first = outcome.candidates[0]
        return LinkTo(next(one for one in customers if one.id == first.customer), first)  # type: ignore[attr-defined]
    return outcome


MUTANTS: Mapping[str, Callable[[pytest.MonkeyPatch], object]] = {
    "a shared address is linked": lambda patch: patch.setattr(matching, "decide", linking_shared),
    "an address is asked about before it is proven": lambda patch: patch.setattr(
        Registering, "_put", asking_early(Registering._put)
    ),
    "a link works twice": lambda patch: [
        patch.setattr(MemoryTickets, "consume", naive_consume),
        patch.setattr(MemoryTickets, "withdraw", lambda *_, **__: 0),  # each would end it
    ],
    "a blocked user comes in": lambda patch: patch.setattr(
        Session, "stands", lambda *_, **__: True
    ),
    "a password is told": lambda patch: patch.setattr(
        AccountDesk, "_give", telling(AccountDesk._give)
    ),
    "a change is not told": lambda patch: patch.setattr(
        MemoryUnit, "record", silent(MemoryUnit.record)
    ),
    "a number is lost": lambda patch: patch.setattr(
        MemoryNumbers, "take", wasteful(MemoryNumbers.take)
    ),
}
"""Ways to be wrong, each against one of the promises."""


def asking_early(real: Callable[..., None]) -> Callable[..., None]:
    """Ask the ERP whose an address is that somebody typed."""

    def asked(self: Registering, guest: object, portal: object, new: Registration) -> None:
        AccountsMachine.newest.erp.with_email(NORD, new.email)
        real(self, guest, portal, new)

    return asked


def naive_consume(
    self: MemoryTickets, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
) -> Ticket | None:
    """Look a ticket up, and use nothing up."""
    found = self.find(scope, ticket)
    if found is None or found.purpose is not purpose or not found.stands(at):
        return None
    return found


def telling(real: Callable[..., GivenPassword]) -> Callable[..., GivenPassword]:
    """Keep the password that is handed over as the user's name."""

    def told(self: AccountDesk, *args: object, password: str, **rest: object) -> GivenPassword:
        return real(self, *args, **{**rest, "name": password}, password=password)

    return told


def silent(real: Callable[..., None]) -> Callable[..., None]:
    """Tell nobody that somebody was invited."""

    def recorded(self: MemoryUnit, event: Event) -> None:
        if not isinstance(event, MemberInvited):
            real(self, event)

    return recorded


def wasteful(real: Callable[..., object]) -> Callable[..., object]:
    """Take two numbers for one."""

    def taken(self: MemoryNumbers, *args: object) -> object:
        real(self, *args)
        return real(self, *args)

    return taken


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_finds_what_is_wrong(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with any of these one of the promises is broken, and it is seen."""
    MUTANTS[mutant](monkeypatch)
    searching = settings(
        PROFILES["dev"], max_examples=200, phases=[Phase.generate], database=None, derandomize=True
    )

    with pytest.raises((AssertionError, ExceptionGroup, pytest.fail.Exception)):
        run_state_machine_as_test(AccountsMachine, settings=searching)
