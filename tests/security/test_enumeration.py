"""Nobody learns from an answer, or from the work behind it, who has an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import attrs
import pytest
from sqlalchemy import event

from custaccount.adapters.memory import MemoryStorage
from custaccount.credentials import SignInRefused, UserState
from custaccount.credentials.reset import PasswordReset
from custaccount.credentials.sign_in import SignIn
from custaccount.facilities.limits import TooManyTries
from custaccount.kernel.ids import InvitationId
from custaccount.kernel.text import EmailAddress
from custaccount.membership import BUYER
from custaccount.membership.inviting import Inviting
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration.registering import Registering
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    PASSWORD,
    NoLimits,
    Shop,
    build,
    everything_in,
    open_nord,
    rows_of,
)
from tests.registration.people import ANSWERS, WEB, decide, welcoming
from tests.security.spies import CountingHasher, Log, WatchedStorage, counting

UNKNOWN, CLOSED, BLOCKED, ANN = (
    "nobody@acme.example",
    "carl@closed.example",
    "dora@blocked.example",
    "ann@two.example",
)
ADDRESSES = {
    "a user": ALICE,
    "a contact without a login": BOB,
    "a contact of two customers": ANN,
    "a contact of a closed customer": CLOSED,
    "a blocked user": BLOCKED,
    "nobody": UNKNOWN,
}


@attrs.define
class Work:
    """What a call cost: steps at the ports, statements, hashes, and what it answered."""

    steps: list[str] = attrs.field(factory=list)
    statements: list[str] = attrs.field(factory=list)
    hashes: int = 0
    answer: object = None


@attrs.frozen
class Watched:
    """A shop whose every step is counted."""

    shop: Shop
    log: Log
    hasher: CountingHasher
    storage: Storage

    def of(self, call: Callable[[str], object], email: str) -> Work:
        """Make a call and count its work."""
        work = Work()
        self.log.steps.clear()
        self.hasher.forget()
        with statements(self.storage, work.statements):
            try:
                work.answer = call(email)
            except Exception as error:  # noqa: BLE001 - an answer like any other
                work.answer = (type(error), str(error))
        work.steps = list(self.log.steps)
        work.hashes = self.hasher.calls
        return work


@contextmanager
def statements(storage: Storage, into: list[str]) -> Iterator[None]:
    """Write down every statement that reaches a database."""
    engine = getattr(storage, "engine", None)
    if engine is None:
        yield
        return

    def seen(*args: object) -> None:
        into.append(str(args[2]))

    event.listen(engine, "before_cursor_execute", seen)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", seen)


@pytest.fixture
def watched(storage: Storage) -> Watched:
    """A shop with every kind of person in its register."""
    hashing, hasher = counting()
    log = Log()
    shop = open_nord(build(WatchedStorage(storage, log), hashing=hashing))  # type: ignore[arg-type]
    rows = [
        {"erp_id": "E-C", "number": "1", "name": "Closed", "email": CLOSED, "status": "closed"},
        {"erp_id": "E-D", "number": "2", "name": "Blocked", "email": BLOCKED},
        {"erp_id": "E-2", "number": "3", "name": "Two", "email": ANN, "groups": "dealers|crafts"},
        {"erp_id": "E-3", "number": "4", "name": "Three", "email": ANN},
    ]
    shop.house.accounts.register_desk.import_rows(shop.staff, rows)
    for email in (ALICE, BLOCKED):
        shop.activate(email)
    shop.change_user(BLOCKED, state=UserState.BLOCKED)
    return Watched(shop, log, hasher, storage)


def same(works: Sequence[Work]) -> bool:
    """Tell whether the work of several calls can't be told apart."""
    first = works[0]
    return all(
        work.answer == first.answer
        and work.steps == first.steps
        and len(work.statements) == len(first.statements)
        and work.hashes == first.hashes
        for work in works
    )


@pytest.mark.parametrize("service", ["first_sign_in", "password_reset"])
def test_asking_for_a_link_is_the_same_for_everybody(watched: Watched, service: str) -> None:
    """Known, unknown, blocked, closed: same return, same steps, as many statements, no hash."""
    accounts, guest = watched.shop.house.accounts, watched.shop.guest
    request = getattr(accounts, service).request

    works = {
        name: watched.of(lambda email: request(guest, email), email)
        for name, email in ADDRESSES.items()
    }

    expected = works["nobody"]
    for name, work in works.items():
        assert work.answer is None, name
        assert work.steps == expected.steps, name
        assert len(work.statements) == len(expected.statements), (name, work.statements)
        assert work.hashes == 0, name
    if not isinstance(watched.storage, MemoryStorage):
        assert expected.statements


@pytest.mark.parametrize("service", ["first_sign_in", "password_reset"])
def test_asking_twice_is_the_same_for_everybody(watched: Watched, service: str) -> None:
    """The second request replaces a link, or seems to."""
    accounts, guest = watched.shop.house.accounts, watched.shop.guest
    request = getattr(accounts, service).request
    for email in ADDRESSES.values():
        request(guest, email)

    assert same(
        [watched.of(lambda email: request(guest, email), one) for one in ADDRESSES.values()]
    )


def test_a_failed_sign_in_is_the_same_for_everybody(watched: Watched) -> None:
    """Unknown, wrong, without a login, blocked: one hash, one error, the same statements."""
    sign_in = watched.shop.house.accounts.sign_in.sign_in
    guest = watched.shop.guest

    works = [
        watched.of(lambda one: sign_in(guest, one, "a wrong guess indeed"), email)
        for email in ADDRESSES.values()
    ]

    assert same(works)
    assert works[0].hashes == 1


def test_only_who_has_something_to_open_gets_a_mail(watched: Watched) -> None:
    """What the caller can't see, the outbox knows: a mail to a login or a claimable contact."""
    accounts, guest = watched.shop.house.accounts, watched.shop.guest
    accounts.relay()
    watched.shop.house.mailer.sent.clear()

    for email in ADDRESSES.values():
        accounts.first_sign_in.request(guest, email)
    accounts.relay()

    assert {mail.to.key for mail in watched.shop.house.mailer.sent} == {ALICE, BOB, ANN}


class Hasty(PasswordReset):
    """A reset that stops where there is nothing to do."""

    def request(self, guest: object, email: str) -> None:  # type: ignore[override]
        """Mail a link, if there is anybody."""
        with self._reading() as view:
            user = view.users.find_by_email(guest.scope, EmailAddress.parse(email))  # type: ignore[attr-defined]
        if user is not None:
            super().request(guest, email)  # type: ignore[arg-type]


def test_counting_sees_a_service_that_stops_early(watched: Watched) -> None:
    """Negative control: a reset that returns early for the unknown is told apart."""
    real = watched.shop.house.accounts.password_reset
    fields = {field.alias: getattr(real, field.name) for field in attrs.fields(PasswordReset)}
    hasty = Hasty(**fields)  # type: ignore[arg-type]

    works = [
        watched.of(lambda one: hasty.request(watched.shop.guest, one), email)
        for email in (ALICE, UNKNOWN)
    ]

    assert not same(works)


# Every other answer that could tell (32, 33, 34, 42, 44) ------------------------------------------

NINA, EXPIRED, UNPROVEN, REMOVED = (
    "nina@new.example",
    "eve@expired.example",
    "una@unproven.example",
    "rolf@removed.example",
)


@attrs.frozen
class Counted(Watched):
    """A shop where anybody may register, with every kind of login."""

    given: Mapping[str, str]
    """Passwords that are right, by who has them and may not come in."""

    def posted(self) -> int:
        """Count what waits to be delivered, or was."""
        content = everything_in(self.storage)
        return len(rows_of(content, ("posts", "custaccount_outbox")))

    def each(
        self, call: Callable[[str], object], emails: Sequence[str]
    ) -> tuple[list[Work], list[int]]:
        """Make a call about each address; returns the work, and how many events it was each."""
        works, events = [], []
        for email in emails:
            before = self.posted()
            works.append(self.of(call, email))
            events.append(self.posted() - before)
        return works, events


@pytest.fixture(params=["memory", "sqlite"])
def counted(request: pytest.FixtureRequest) -> Counted:
    """A shop with somebody in each state a login can be in."""
    storage: Storage = request.getfixturevalue(f"{request.param}_storage")
    hashing, hasher = counting()
    log = Log()
    house = build(WatchedStorage(storage, log), hashing=hashing, limits=NoLimits())  # type: ignore[arg-type]
    shop = open_nord(house)
    numbers = house.accounts.number_desk
    numbers.reserve(
        shop.staff, key=WEB, prefix="W", width=5, first=1, last=999, warn_at=1, gapless=True
    )
    decide(
        shop,
        registration=RegistrationMode.RELEASED,
        number_range=WEB,
        activation=ActivationMode.STAFF_PASSWORD,
    )
    given = {}
    desk, acme = house.accounts.member_desk, shop.customer("E-ACME").id
    for email in (EXPIRED, UNPROVEN):
        made = house.accounts.account_desk.give_password(
            shop.staff, shop.portal.id, acme, name="Eve", email=email
        )
        given[email] = made.password
        if email == EXPIRED:
            house.clock.advance(shop.portal.policies.staff_password_lifetime)
    decide(shop, activation=ActivationMode.MAILED_LINK)
    for email in (BLOCKED, REMOVED):
        desk.invite(shop.staff, shop.portal.id, acme, email=email)
        house.accounts.invited.activate(shop.guest, house.token_for(email), PASSWORD)
        given[email] = PASSWORD
    shop.change_user(BLOCKED, state=UserState.BLOCKED)
    removed = shop.member(REMOVED).membership
    desk.remove(shop.staff, shop.portal.id, acme, removed, reason="left")
    decide(shop, registration=RegistrationMode.OPEN)
    return Counted(shop, log, hasher, storage, given)


STATES = (UNKNOWN, EXPIRED, UNPROVEN, BLOCKED, REMOVED)


def test_a_wrong_password_is_the_same_in_every_state(counted: Counted) -> None:
    """Case 42: unknown, expired, unproven, blocked, removed: one hash, one error, one event."""
    sign_in, guest = counted.shop.house.accounts.sign_in.sign_in, counted.shop.guest

    works, events = counted.each(lambda one: sign_in(guest, one, "a wrong guess indeed"), STATES)

    assert same(works)
    assert (works[0].hashes, set(events)) == (1, {1})


def test_the_right_password_of_who_may_not_enter_is_a_wrong_one(counted: Counted) -> None:
    """Case 42: blocked, or too late with what staff gave: told apart from an unknown by nothing."""
    sign_in, guest = counted.shop.house.accounts.sign_in.sign_in, counted.shop.guest

    def tried(email: str) -> object:
        return sign_in(guest, email, counted.given.get(email, "a wrong guess indeed"))

    works, events = counted.each(tried, (UNKNOWN, BLOCKED, EXPIRED))

    assert same(works)
    assert (works[0].hashes, set(events)) == (1, {1})


@pytest.mark.parametrize("length", [257, 1_000_000])
def test_a_password_that_is_too_long_is_hashed_for_nobody(counted: Counted, length: int) -> None:
    """Case 44: a megabyte costs nothing, for a login that exists as for one that does not."""
    sign_in, guest = counted.shop.house.accounts.sign_in.sign_in, counted.shop.guest

    works, events = counted.each(lambda one: sign_in(guest, one, "x" * length), STATES)

    assert same(works)
    assert (works[0].hashes, set(events)) == (0, {0})


def test_a_customer_number_is_no_better_known_than_an_address(counted: Counted) -> None:
    """By number and user code: no such number, no such code, one removed, a wrong password."""
    decide(counted.shop, login=LoginId.CUSTOMER_NUMBER)
    sign_in, guest = counted.shop.house.accounts.sign_in.sign_in, counted.shop.guest
    logins = {"no": ("9999", ""), "code": ("1001", "77"), "first": ("1001", ""), "2": ("1001", "2")}

    def tried(name: str) -> object:
        number, code = logins[name]
        return sign_in(guest, number, "a wrong guess indeed", user_code=code)

    works, events = counted.each(tried, list(logins))

    assert same(works)
    assert (works[0].hashes, set(events)) == (1, {1})


@pytest.mark.parametrize("mode", [RegistrationMode.OPEN, RegistrationMode.RELEASED])
def test_registering_is_the_same_for_everybody(counted: Counted, mode: RegistrationMode) -> None:
    """Case 3: unknown, known to the register, with a login in whatever state; a second time too."""
    decide(counted.shop, registration=mode)
    registering, guest = counted.shop.house.accounts.registering, counted.shop.guest
    everybody = (NINA, ALICE, *STATES[1:])

    def asked(email: str) -> object:
        return registering.register(guest, email=email, answers=ANSWERS)

    for _ in range(2):
        works, events = counted.each(asked, everybody)

        assert same(works), [work.steps for work in works]
        assert works[0].answer is None
        assert (works[0].hashes, set(events)) == (0, {1})


@pytest.mark.parametrize("mode", [RegistrationMode.OPEN, RegistrationMode.RELEASED])
def test_one_mail_follows_a_registration_whoever_it_is(
    counted: Counted, mode: RegistrationMode
) -> None:
    """Each address gets one mail; only what is in it differs."""
    decide(counted.shop, registration=mode)
    registering, guest = counted.shop.house.accounts.registering, counted.shop.guest
    everybody = (NINA, ALICE, *STATES[1:])
    counted.shop.house.accounts.relay()
    counted.shop.house.mailer.sent.clear()

    for email in everybody:
        registering.register(guest, email=email, answers=ANSWERS)
    counted.shop.house.accounts.relay()

    assert sorted(mail.to.key for mail in counted.shop.house.mailer.sent) == sorted(everybody)


def test_moving_to_an_address_is_the_same_whose_ever_it_is(counted: Counted) -> None:
    """Case 33: free, of the register, of a login: same answer, same work, one event."""
    shop = counted.shop
    shop.activate(BOB)
    accounts = shop.house.accounts
    bob = accounts.sessions.person(shop.guest, shop.sign_in(BOB))
    everybody = (NINA, ALICE, *STATES[1:])

    works, events = counted.each(lambda one: accounts.email_change.request(bob, one), everybody)

    assert same(works), [work.steps for work in works]
    assert (works[0].answer, works[0].hashes, set(events)) == (None, 0, {1})


def test_inviting_somebody_does_not_tell_who_has_a_login(counted: Counted) -> None:
    """Case 33: the same work and the same answer but for the address; what follows goes by mail."""
    shop = counted.shop
    beta, desk = shop.customer("E-BETA").id, shop.house.accounts.member_desk
    everybody = (NINA, BOB, *STATES[1:])

    def asked(email: str) -> object:
        made = desk.invite(shop.staff, shop.portal.id, beta, email=email)
        nobody = EmailAddress.parse(UNKNOWN)
        return attrs.evolve(made, id=InvitationId("-"), email=nobody)

    works, events = counted.each(asked, everybody)

    assert same(works), [work.steps for work in works]
    assert set(events) == {1}


def a_company_invites(counted: Counted) -> Callable[[str], object]:
    """Let Beta's administrator invite; the answer is told without what was asked."""
    shop = counted.shop
    shop.activate(BOB)
    bob, users = shop.member(BOB), shop.house.accounts.users

    def asked(email: str) -> object:
        made = users.invite(bob, email=email, roles=[BUYER])
        nobody = EmailAddress.parse(UNKNOWN)
        return attrs.evolve(made, id=InvitationId("-"), email=nobody)

    return asked


def test_a_company_is_not_told_who_has_a_login(counted: Counted) -> None:
    """Case 33, promise M1: same answer, same steps, same statements, one event; again as well."""
    asked, everybody = a_company_invites(counted), (NINA, ALICE, *STATES[1:])

    for _ in range(2):
        works, events = counted.each(asked, everybody)

        assert same(works), [work.steps for work in works]
        assert (works[0].hashes, set(events)) == (0, {1})
    users = counted.shop.house.accounts.users
    bob = counted.shop.member(BOB)
    listed = users.all(bob).invitations
    assert {one.email.key for one in listed} == set(everybody)
    assert len({attrs.evolve(one, id=listed[0].id, email=listed[0].email) for one in listed}) == 1
    by_address = {one.email.key: one.id for one in listed}
    works, events = counted.each(lambda one: len(users.resend(bob, by_address[one]).id), everybody)
    assert same(works), [work.steps for work in works]
    assert set(events) == {1}
    works, events = counted.each(lambda one: users.withdraw(bob, by_address[one]), everybody)
    assert len({len(work.steps) for work in works}) == 1
    assert set(events) == {1}


def test_one_mail_follows_an_invitation_whoever_it_is(counted: Counted) -> None:
    """Nobody is told by another letter, or by none."""
    asked, everybody = a_company_invites(counted), (NINA, ALICE, *STATES[1:])
    counted.shop.house.accounts.relay()
    counted.shop.house.mailer.sent.clear()

    for email in everybody:
        asked(email)
    counted.shop.house.accounts.relay()

    sent = counted.shop.house.mailer.sent
    assert sorted(mail.to.key for mail in sent) == sorted(everybody)
    assert len({mail.subject for mail in sent}) == 1


def test_counting_sees_a_company_that_is_told(
    counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: an invitation that looks no farther where there is no login."""
    real = Inviting.invite

    def told(self: Inviting, work: object, *rest: object, email: EmailAddress, **named: object):  # type: ignore[no-untyped-def] # noqa: ANN202
        if work.users.find_by_email(counted.shop.scope, email) is not None:  # type: ignore[attr-defined]
            work.users.find_by_email(counted.shop.scope, email)  # type: ignore[attr-defined]
        return real(self, work, *rest, email=email, **named)  # type: ignore[arg-type]

    asked = a_company_invites(counted)
    monkeypatch.setattr(Inviting, "invite", told)

    works, _ = counted.each(asked, (NINA, REMOVED))

    assert works[0].answer == works[1].answer
    assert not same(works)


def test_limits_answer_alike_for_logins_that_exist_and_those_that_do_not(
    memory_storage: Storage,
) -> None:
    """Case 34: the same sequence of answers, however often and whoever it is about."""
    shop = welcoming(memory_storage, limited=True)
    accounts, guest = shop.house.accounts, shop.guest
    shop.activate(ALICE)
    accounts.first_sign_in.request(guest, UNKNOWN)  # as often as she did
    shop.activate(BOB)
    bob = shop.member(BOB)
    calls: Sequence[Callable[[str], object]] = (
        lambda one: type(accounts.users.invite(bob, email=one, roles=[BUYER])),
        lambda one: accounts.sign_in.sign_in(guest, one, "a wrong guess indeed"),
        accounts_register(shop),
        lambda one: accounts.password_reset.request(guest, one),
        lambda one: accounts.first_sign_in.request(guest, one),
    )

    for call in calls:
        sequences = [[answered(call, email) for _ in range(12)] for email in (ALICE, UNKNOWN)]
        assert sequences[0] == sequences[1]
        assert TooManyTries in sequences[0]


def accounts_register(shop: Shop) -> Callable[[str], object]:
    """Return a call that registers an address."""
    registering = shop.house.accounts.registering
    return lambda one: registering.register(shop.guest, email=one, answers=ANSWERS)


def answered(call: Callable[[str], object], email: str) -> object:
    """Make a call; returns the kind of its answer."""
    try:
        return call(email)
    except Exception as error:  # noqa: BLE001 - an answer like any other
        return type(error)


class Blunt(Registering):
    """A registration that tells a known address to its face, before anything is written."""

    def register(self, guest: object, *, email: str, **rest: object) -> None:  # type: ignore[override]
        """Register, unless there is a login."""
        with self._reading() as view:
            if view.users.find_by_email(guest.scope, EmailAddress.parse(email)):  # type: ignore[attr-defined]
                return
        super().register(guest, email=email, **rest)  # type: ignore[arg-type]


def test_counting_sees_a_registration_that_knows_somebody(counted: Counted) -> None:
    """Negative control."""
    real = counted.shop.house.accounts.registering
    fields = {field.alias: getattr(real, field.name) for field in attrs.fields(Registering)}
    blunt = Blunt(**fields)  # type: ignore[arg-type]

    works, events = counted.each(
        lambda one: blunt.register(counted.shop.guest, email=one, answers=ANSWERS), (NINA, REMOVED)
    )

    assert not same(works)
    assert events == [1, 0]


class Eager(SignIn):
    """A sign-in that looks at the state before the password."""

    def sign_in(self, guest: object, login: str, password: str, **rest: object) -> object:  # type: ignore[override]
        """Sign in, unless the user is blocked."""
        with self._reading() as view:
            user = view.users.find_by_email(guest.scope, EmailAddress.parse(login))  # type: ignore[attr-defined]
        if user is not None and user.state is UserState.BLOCKED:
            raise SignInRefused
        return super().sign_in(guest, login, password, **rest)  # type: ignore[arg-type]


def test_counting_sees_a_sign_in_that_saves_a_hash(counted: Counted) -> None:
    """Negative control: the answer is the same, the work is not."""
    real = counted.shop.house.accounts.sign_in
    fields = {field.alias: getattr(real, field.name) for field in attrs.fields(SignIn)}
    eager = Eager(**fields)  # type: ignore[arg-type]

    works, _ = counted.each(
        lambda one: eager.sign_in(counted.shop.guest, one, "a wrong guess indeed"),
        (UNKNOWN, BLOCKED),
    )

    assert works[0].answer == works[1].answer
    assert [work.hashes for work in works] == [1, 0]
