"""Accounts under rivals, on real threads: at both isolations a host may have, and in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import attrs
import pytest

from custaccount import CustAccountError
from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.memory.drafts import MemoryDrafts
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.adapters.sqlalchemy.engines import Way
from custaccount.adapters.sqlalchemy.registrations import SqlRegistrations
from custaccount.adapters.sqlalchemy.users import SqlUsers
from custaccount.credentials import SignInRefused, User
from custaccount.credentials.model import PasswordHash
from custaccount.credentials.passwords import Hashing
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.ids import BearerToken, DraftId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership import InvitationAccepted, MemberLine
from custaccount.portals import RegistrationMode
from custaccount.registration import (
    AlreadyDecided,
    Draft,
    DraftNotFound,
    ProofRefused,
    Registration,
    RegistrationNotFound,
)
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    delivered,
    everything_in,
    how_often,
    order,
    rows_of,
)
from tests.registration.people import (
    NINA,
    OTTO,
    activate,
    arrived,
    decide,
    letters_to,
    mails_to,
    register,
    registered,
    token_in,
    users_of,
    waiting,
    welcoming,
)
from tests.security.spies import (
    CountingHasher,
    RunBefore,
    WatchedStorage,
    WithoutBook,
    together,
)

FIRST, SECOND = "eins wie der Sperling", "zwei wie die Elster"
ANN = "ann@acme.example"


@attrs.define
class Meeting:
    """Lets two threads wait for each other before a step, and says whether they met there."""

    at: str
    met: bool = False
    _barrier: threading.Barrier = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._barrier = threading.Barrier(2, action=self._meet)

    def _meet(self) -> None:
        self.met = True

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, together if it is the one; who comes again goes on alone."""
        if name == self.at and not self.met:
            with suppress(threading.BrokenBarrierError):
                self._barrier.wait(2)
        return step()


def calm(_: str, step: Callable[[], object]) -> object:
    """Take a step."""
    return step()


@attrs.frozen
class Racing:
    """A shop whose steps can be made to meet, or to be overtaken."""

    shop: Shop
    watched: WatchedStorage

    def meeting(self, at: str, *jobs: Callable[[], object]) -> list[object]:
        """Run two jobs that meet before a step: they did, or the test says nothing."""
        self.watched.watch = meeting = Meeting(at)
        answers = together(*jobs)
        self.watched.watch = calm
        assert meeting.met, f"nobody met at {at}"
        return answers

    def overtaken(
        self, at: str, job: Callable[[], object], rival: Callable[[], object]
    ) -> list[object]:
        """Run a job that is overtaken before a step; returns its answer and the rival's."""
        self.watched.watch = rivalling = RunBefore(at, rival)
        (answer,) = together(job)
        self.watched.watch = calm
        assert rivalling.answers, f"nobody came to {at}"
        return [answer, *rivalling.answers]

    def rows(self, table: str) -> int:
        """Count the rows of a table."""
        content = everything_in(self.watched.inner)
        return len(rows_of(content, (table, f"custaccount_{table}")))


def at_level(storage: SqlAlchemyStorage, level: str) -> SqlAlchemyStorage:
    """Give a storage whose units run at a level of isolation."""
    other = SqlAlchemyStorage(storage.engine)
    other.transactions._writing = Way(options={"isolation_level": level})
    return other


LEVELS = ("READ COMMITTED", "REPEATABLE READ")


@pytest.fixture(params=["memory", *LEVELS])
def racing_storage(request: pytest.FixtureRequest) -> Storage:
    """Return a storage whose units overlap."""
    if request.param == "memory":
        found: Storage = request.getfixturevalue("memory_storage")
        return found
    return at_level(request.getfixturevalue("postgres_storage"), request.param)


@pytest.fixture
def racing(racing_storage: Storage) -> Racing:
    """A shop where anybody may register and is linked."""
    watched = WatchedStorage(racing_storage)
    return Racing(welcoming(watched, link_existing=True), watched)  # type: ignore[arg-type]


@pytest.fixture
def committed(postgres_storage: SqlAlchemyStorage) -> Racing:
    """The same at READ COMMITTED, for negative controls: only our conditions stand there."""
    watched = WatchedStorage(at_level(postgres_storage, LEVELS[0]))
    return Racing(welcoming(watched, link_existing=True), watched)  # type: ignore[arg-type]


def succeeded(answers: list[object]) -> list[int]:
    """Name the places of those that were not refused; a refusal is one of ours."""
    for answer in answers:
        assert not isinstance(answer, BaseException) or isinstance(answer, CustAccountError), answer
    return [place for place, one in enumerate(answers) if not isinstance(one, Exception)]


# Registering and activating (case 8, promise 1) ---------------------------------------------------


def links_to(shop: Shop, email: str) -> list[BearerToken]:
    """List the links that were mailed to an address."""
    return [token_in(mail) for mail in mails_to(shop, email) if "token=" in mail.plain]


def test_of_two_registrations_of_one_address_one_stands(racing: Racing) -> None:
    """Case 8: same answer, one row, one link that works, one name."""
    shop = racing.shop

    answers = racing.meeting(
        "registrations.put",
        lambda: register(shop, NINA, name="First"),
        lambda: register(shop, NINA.upper(), name="Second"),
    )

    assert answers == [None, None]
    assert racing.rows("registrations") == 1
    good = []
    for link in links_to(shop, NINA):
        with suppress(TokenInvalid):
            activate(shop, link)
            good.append(link)
    assert len(good) == 1
    assert shop.user(NINA).name in {"First", "Second"}


def test_a_store_that_keeps_two_of_an_address_is_seen(
    committed: Racing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: without the unique key both rows stand."""
    real = SqlRegistrations.put

    def naive(self: SqlRegistrations, scope: RealmScope, one: Registration) -> None:
        real(self, scope, attrs.evolve(one, email=EmailAddress(one.email.text, one.id)))

    monkeypatch.setattr(SqlRegistrations, "put", naive)

    committed.meeting(
        "registrations.put",
        lambda: register(committed.shop, NINA),
        lambda: register(committed.shop, NINA),
    )

    assert committed.rows("registrations") == 2


def test_of_two_activations_of_one_link_one_makes_the_account(racing: Racing) -> None:
    """Promise 1: one user, one customer, one number, and the winner's password."""
    shop = racing.shop
    token = registered(shop, NINA)

    answers = racing.meeting(
        "tickets.consume",
        lambda: activate(shop, token, FIRST),
        lambda: activate(shop, token, SECOND),
    )

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], TokenInvalid)
    assert shop.sign_in(NINA, (FIRST, SECOND)[winner])
    with pytest.raises(SignInRefused):
        shop.sign_in(NINA, (SECOND, FIRST)[winner])
    assert (racing.rows("users"), racing.rows("memberships")) == (1, 1)
    (web,) = shop.house.accounts.number_desk.all(shop.staff)
    assert web.left == 99_998
    assert how_often(racing.watched.inner, "registration.account_activated") == 1


def test_a_registration_between_look_and_write_never_ends_a_claim(racing: Racing) -> None:
    """Alice proves her address, which is two customers', while somebody registers it anew."""
    shop = racing.shop
    shop.change("E-BETA", contact="Alice", email=ALICE)
    token = registered(shop, ALICE)

    answers = racing.overtaken(
        "registrations.put",
        lambda: register(shop, ALICE, name="Mallory"),
        lambda: activate(shop, token),
    )

    assert answers == [None, None]
    (claim,) = waiting(shop)
    assert claim.user == shop.user(ALICE).id
    assert claim.answers["name"] != "Mallory"


def test_two_registrations_with_one_number_range_take_two_numbers(racing: Racing) -> None:
    """R10: neither the same nor one in between."""
    shop = racing.shop
    tokens = [registered(shop, email) for email in (NINA, OTTO)]

    answers = racing.meeting(
        "numbers.take", lambda: activate(shop, tokens[0]), lambda: activate(shop, tokens[1])
    )

    assert answers == [None, None]
    with racing.watched.inner.reading() as view:
        lines = view.customers.with_numbers(shop.scope, ["W00001", "W00002"])  # type: ignore[list-item]
    assert len(set(lines.values())) == 2


# Linking (rules 5, 7) -----------------------------------------------------------------------------


def two_contacts(shop: Shop) -> list[BearerToken]:
    """Let the register know two people at Acme, and mail both a link."""
    contacts = [{"name": "Alice", "email": ALICE}, {"name": "Ann", "email": ANN}]
    shop.change("E-ACME", contacts=contacts, contact=None, email=None)
    return [registered(shop, email) for email in (ALICE, ANN)]


def test_of_two_contacts_of_one_customer_one_is_linked(racing: Racing) -> None:
    """Rule 7: the other one's address is proven too; whose it is, a person says."""
    shop = racing.shop
    tokens = two_contacts(shop)

    answers = racing.meeting(
        "customers.save", lambda: activate(shop, tokens[0]), lambda: activate(shop, tokens[1])
    )

    assert answers == [None, None]
    assert len(users_of(shop, "E-ACME")) == 1
    (claim,) = waiting(shop)
    assert claim.email.key in {ALICE, ANN}


def test_without_the_write_of_the_customer_both_are_linked(committed: Racing) -> None:
    """Negative control: nobody writes the customer or its role book, nothing is between the two."""
    shop = committed.shop
    tokens = two_contacts(shop)
    acme = shop.customer("E-ACME")
    overtaking = RunBefore("memberships.codes", lambda: activate(shop, tokens[1]))

    def leaving_out(name: str, step: Callable[[], object]) -> object:
        return (acme,) if name == "customers.save" else overtaking(name, step)

    committed.watched.watch = WithoutBook(leaving_out)
    together(lambda: activate(shop, tokens[0]))
    committed.watched.watch = calm

    assert len(users_of(shop, "E-ACME")) == 2


# Invitations (case 81, L1) ------------------------------------------------------------------------


def invited(shop: Shop, *emails: str) -> list[BearerToken]:
    """Invite people to act for Acme, and return their links."""
    desk, acme = shop.house.accounts.member_desk, shop.customer("E-ACME").id
    for email in emails:
        desk.invite(shop.staff, shop.portal.id, acme, email=email)
    return [shop.house.token_for(email) for email in emails]


def codes(lines: Sequence[MemberLine]) -> list[str]:
    """List the user codes of a customer's users."""
    return sorted(str(line.membership.user_code) for line in lines)


def test_two_who_accept_at_once_get_codes_of_their_own(racing: Racing) -> None:
    """L1: the number is told apart by a code that is nobody else's."""
    shop = racing.shop
    tokens = invited(shop, NINA, OTTO)
    accept = shop.house.accounts.invited.activate

    answers = racing.meeting(
        "role_books.save",
        lambda: accept(shop.guest, tokens[0], FIRST),
        lambda: accept(shop.guest, tokens[1], SECOND),
    )

    assert succeeded(answers) == [0, 1]
    assert codes(users_of(shop, "E-ACME")) == ["", "2"]


def test_a_check_of_codes_alone_gives_one_twice(committed: Racing) -> None:
    """Negative control: both have asked for the free code and were told the same."""
    shop = committed.shop
    tokens = invited(shop, NINA, OTTO)
    accept = shop.house.accounts.invited.activate
    seen: list[object] = []
    meeting = Meeting("memberships.save")

    def looking_on(name: str, step: Callable[[], object]) -> object:
        answer = meeting(name, step)
        if name == "memberships.codes" and not meeting.met:
            seen.append(answer)
        return answer

    committed.watched.watch = WithoutBook(looking_on)
    together(
        lambda: accept(shop.guest, tokens[0], FIRST), lambda: accept(shop.guest, tokens[1], SECOND)
    )
    committed.watched.watch = calm

    assert [list(answer) for answer in seen] == [[], []]  # type: ignore[call-overload]


def test_one_invitation_accepted_twice_makes_one_member(racing: Racing) -> None:
    """Case 81: one user, one membership, one event."""
    shop = racing.shop
    (token,) = invited(shop, NINA)
    accept = shop.house.accounts.invited.activate

    answers = racing.meeting(
        "tickets.consume",
        lambda: accept(shop.guest, token, FIRST),
        lambda: accept(shop.guest, token, SECOND),
    )

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], InvitationAccepted)
    assert len(users_of(shop, "E-ACME")) == 1
    assert how_often(racing.watched.inner, "membership.member_added") == 1


def test_an_invitation_that_is_taken_back_meanwhile_is_one_or_the_other(racing: Racing) -> None:
    """Withdrawn and refused, or accepted and not withdrawn."""
    shop = racing.shop
    (token,) = invited(shop, NINA)
    desk = shop.house.accounts.member_desk
    (opened,) = desk.invitations(shop.staff, shop.customer("E-ACME").id)

    answers = racing.meeting(
        "invitations.save",
        lambda: shop.house.accounts.invited.activate(shop.guest, token, FIRST),
        lambda: desk.withdraw(shop.staff, opened.id),
    )

    assert len(succeeded(answers)) == 1
    assert len(users_of(shop, "E-ACME")) == (succeeded(answers) == [0])
    assert how_often(racing.watched.inner, "membership.invitation_ended") == 1


# A draft (R2) -------------------------------------------------------------------------------------


def take_twice(racing: Racing) -> list[object]:
    """Let two clicks take one draft."""
    shop = racing.shop
    register(shop, NINA, draft="cart:7")
    activate(shop, shop.house.token_for(NINA))
    member, drafts = shop.member(NINA), shop.house.accounts.drafts
    (draft,) = drafts.mine(member)
    return racing.meeting("drafts.take", *[lambda: drafts.take(member, draft.id)] * 2)


def test_a_draft_is_handed_over_once(racing: Racing) -> None:
    """A double click in the shop orders once."""
    answers = take_twice(racing)

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], DraftNotFound)


def test_a_store_that_only_looks_hands_a_draft_over_twice(
    memory_storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""

    def naive(
        self: MemoryDrafts, scope: CustomerScope, user: UserId, draft: DraftId
    ) -> Draft | None:
        return next((one for one in self.of(scope, user) if one.id == draft), None)

    monkeypatch.setattr(MemoryDrafts, "take", naive)
    watched = WatchedStorage(memory_storage)
    racing = Racing(welcoming(watched), watched)  # type: ignore[arg-type]

    assert succeeded(take_twice(racing)) == [0, 1]


# Passwords (case 48) -----------------------------------------------------------------------------


class AlwaysOld(CountingHasher):
    """Finds every stored hash outdated."""

    def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: ARG002
        """Say yes."""
        return True


def sign_in_while_changing(racing: Racing, at: str) -> list[object]:
    """Let a sign-in that renews the hash be overtaken by its owner's change of the password."""
    shop = racing.shop
    shop.activate(ALICE)
    accounts = shop.house.accounts
    alice = accounts.sessions.person(shop.guest, shop.sign_in(ALICE))
    object.__setattr__(accounts.sign_in, "_hashing", Hashing(AlwaysOld()))
    return racing.overtaken(
        at,
        lambda: shop.sign_in(ALICE),
        lambda: accounts.own_password.change(alice, PASSWORD, OTHER_PASSWORD),
    )


def test_a_sign_in_that_renews_a_hash_never_brings_the_old_password_back(racing: Racing) -> None:
    """The password was right when it was looked at: refused, and the new one stays."""
    answers = sign_in_while_changing(racing, "users.note_sign_in")

    assert isinstance(answers[0], SignInRefused)
    assert isinstance(answers[1], str)
    assert racing.shop.sign_in(ALICE, OTHER_PASSWORD)
    with pytest.raises(SignInRefused):
        racing.shop.sign_in(ALICE)


def test_a_rehash_that_looks_at_nothing_brings_it_back(
    committed: Racing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a store that writes the hash, whatever is there by now."""

    def overwrite(
        self: SqlUsers, scope: RealmScope, user: UserId, *, seen: PasswordHash, now: PasswordHash
    ) -> bool:
        kept: User = self.get(scope, user)
        assert seen != kept.password
        self.save(scope, attrs.evolve(kept, password=now))
        return True

    monkeypatch.setattr(SqlUsers, "note_sign_in", lambda *_, **__: True)
    monkeypatch.setattr(SqlUsers, "rehash", overwrite)

    sign_in_while_changing(committed, "users.note_sign_in")

    with pytest.raises(SignInRefused):
        committed.shop.sign_in(ALICE, OTHER_PASSWORD)


def test_of_two_new_passwords_at_once_one_counts(racing: Racing) -> None:
    """In two windows of one session: the other is told that the session is over."""
    shop = racing.shop
    shop.activate(ALICE)
    own, token = shop.house.accounts.own_password, shop.sign_in(ALICE)
    alice = shop.house.accounts.sessions.person(shop.guest, token)

    answers = racing.meeting(
        "users.save",
        lambda: own.change(alice, PASSWORD, FIRST),
        lambda: own.change(alice, PASSWORD, SECOND),
    )

    (winner,) = succeeded(answers)
    assert shop.sign_in(ALICE, (FIRST, SECOND)[winner])
    with pytest.raises(SignInRefused):
        shop.sign_in(ALICE, (SECOND, FIRST)[winner])


# Decisions of staff (case 25) --------------------------------------------------------------------


def claim_of(shop: Shop) -> Registration:
    """Let Alice prove an address that is two customers'."""
    shop.change("E-BETA", contact="Alice", email=ALICE)
    arrived(shop, ALICE)
    (claim,) = waiting(shop)
    return claim


def says(shop: Shop, what: str, one: Registration) -> Callable[[], object]:
    """Make a decision of staff's about a registration."""
    desk, staff = shop.house.accounts.registration_desk, shop.staff
    acme, beta = (shop.customer(erp_id).id for erp_id in ("E-ACME", "E-BETA"))
    return {
        "acme": lambda: desk.link(staff, one.id, acme),
        "beta": lambda: desk.link(staff, one.id, beta),
        "new": lambda: desk.found(staff, one.id),
        "nobody": lambda: desk.refuse(staff, one.id, reason="no"),
        "yes": lambda: desk.release(staff, one.id),
        "no": lambda: desk.reject(staff, one.id, reason="no"),
    }[what]


PAIRS = [("acme", "beta"), ("beta", "new"), ("new", "new"), ("acme", "nobody"), ("nobody", "beta")]
ITS_END = {"new": "numbers.take"}
"""Before the step at which it would have to wait for its rival; else at its last write."""


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_of_two_decisions_about_a_claim_one_counts(racing: Racing, pair: tuple[str, str]) -> None:
    """Overtaken at its last write: nothing of it stays; the user acts for one, or for nobody."""
    shop = racing.shop
    claim = claim_of(shop)
    late, early = pair

    answers = racing.overtaken(
        ITS_END.get(late, "registrations.save"),
        says(shop, late, claim),
        says(shop, early, claim),
    )

    assert isinstance(answers[0], AlreadyDecided | RegistrationNotFound)
    assert answers[1] is None
    assert racing.rows("memberships") == (early != "nobody")
    assert waiting(shop) == ()


def test_without_looking_whether_it_was_there_both_decisions_count(
    committed: Racing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a registration that is ended, whoever has ended it before."""
    claim = claim_of(committed.shop)
    monkeypatch.setattr(SqlRegistrations, "save", lambda _, __, one: one)

    committed.overtaken(
        "memberships.save",
        says(committed.shop, "acme", claim),
        says(committed.shop, "beta", claim),
    )

    assert committed.rows("memberships") == 2


@pytest.mark.parametrize("pair", [("yes", "no"), ("no", "yes"), ("yes", "yes")], ids="-".join)
def test_of_two_decisions_about_a_request_one_counts(racing: Racing, pair: tuple[str, str]) -> None:
    """Two of staff at one queue: the second is told, and one letter goes out."""
    shop = racing.shop
    decide(shop, registration=RegistrationMode.RELEASED)
    register(shop, NINA)
    (asked,) = waiting(shop)
    late, early = pair

    answers = racing.overtaken(
        "registrations.save", says(shop, late, asked), says(shop, early, asked)
    )

    assert isinstance(answers[0], AlreadyDecided)
    assert answers[1] is None
    words = {"yes": "registration.released", "no": "registration.rejected"}
    assert letters_to(shop, NINA) == ["registration.requested", words[early]]


def test_a_second_proof_and_a_decision_of_staff_make_one_member(racing: Racing) -> None:
    """Staff say Beta while Alice proves Acme."""
    shop = racing.shop
    decide(shop, ask_second_proof=True)
    made = delivered(order("acme", clock=shop.house.clock), clock=shop.house.clock, quantity="1")
    shop.keep_orders(shop.customer("E-ACME"), [made])
    claim = claim_of(shop)
    accounts = shop.house.accounts
    alice = accounts.sessions.person(shop.guest, shop.sign_in(ALICE))

    answers = racing.overtaken(
        "registrations.save",
        lambda: accounts.second_proof.prove(
            alice, customer_number="1001", invoice_number="R-A-acme"
        ),
        says(shop, "beta", claim),
    )

    assert isinstance(answers[0], ProofRefused)
    assert racing.rows("memberships") == 1


def test_two_moves_to_one_address_move_one_user(racing: Racing) -> None:
    """Case 137: both have proven it; it is the first one's."""
    shop = racing.shop
    change, links = shop.house.accounts.email_change, []
    for email in (ALICE, BOB):
        shop.activate(email)
        who = shop.house.accounts.sessions.person(shop.guest, shop.sign_in(email))
        change.request(who, NINA)
        links.append(links_to(shop, NINA)[-1])

    answers = racing.meeting(
        "users.save",
        lambda: change.confirm(shop.guest, links[0]),
        lambda: change.confirm(shop.guest, links[1]),
    )

    (winner,) = succeeded(answers)
    assert isinstance(answers[1 - winner], TokenInvalid)
    assert shop.user((BOB, ALICE)[winner])
    assert shop.user(NINA)
