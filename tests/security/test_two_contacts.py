"""Two contacts of one customer: the first becomes its user, the second is left to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import argon2
import attrs
import pytest

from custaccount import Staff
from custaccount.credentials.passwords import Hashing
from custaccount.facilities.audit import AuditEntry
from custaccount.facilities.outbox import Posted
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.ids import BearerToken, UserCode
from custaccount.membership import FIRST_USER
from custaccount.registration.model import FirstSignInRequested
from custaccount.storage import Storage
from tests import backends
from tests.house import (
    ALICE,
    PASSWORD,
    Shop,
    build,
    everything_in,
    how_often,
    open_nord,
    rows_of,
)
from tests.security.spies import Log, Meet, RunBefore, Watch, WatchedStorage, together

ANN, STRANGER = "ann@acme.example", "nobody@acme.example"
REQUESTED = "registration.first_sign_in_requested"


@attrs.frozen
class Rivals:
    """A customer with two contacts, each with a link of her own that nobody has used."""

    shop: Shop
    watched: WatchedStorage
    links: Mapping[str, BearerToken]

    def activate(self, email: str) -> None:
        """Let a contact redeem her link."""
        first = self.shop.house.accounts.first_sign_in
        first.activate(self.shop.guest, self.links[email], PASSWORD)

    def both(self, watch: Watch) -> Sequence[object]:
        """Let both redeem at once; returns what Alice and Ann were answered."""
        self.watched.watch = watch
        answers = together(lambda: self.activate(ALICE), lambda: self.activate(ANN))
        self.watched.watch = calm
        return answers

    def rows(self, table: str) -> int:
        """Count the rows of a table."""
        content = everything_in(self.shop.house.storage)
        return len(rows_of(content, (table, f"custaccount_{table}")))

    def belongs_to(self, winner: str, loser: str, answer: object) -> None:
        """Check that one got the customer, and that the other was refused and left no trace."""
        assert isinstance(answer, TokenInvalid)
        assert self.shop.member(winner).customer == self.shop.customer("E-ACME").id
        assert (self.rows("users"), self.rows("memberships")) == (1, 1)
        for event in ("registration.account_activated", "membership.member_added"):
            assert how_often(self.shop.house.storage, event) == 1
        with pytest.raises(TokenInvalid):
            self.activate(loser)


def calm(_: str, step: Callable[[], object]) -> object:
    """Take a step."""
    return step()


def with_two_contacts(shop: Shop, *, first: str = ALICE, second: str = ANN) -> None:
    """Let the register know two persons at Acme."""
    contacts = [{"name": "Alice", "email": first}, {"name": "Ann", "email": second}]
    shop.change("E-ACME", contacts=contacts, contact=None, email=None)


def rivals_on(storage: Storage, hashing: Hashing | None = None) -> Rivals:
    """Open a shop whose steps can be watched, and mail both contacts a link."""
    watched = WatchedStorage(storage)
    shop = open_nord(build(watched, hashing=hashing))  # type: ignore[arg-type]
    with_two_contacts(shop)
    links = {}
    for email in (ALICE, ANN):
        shop.house.accounts.first_sign_in.request(shop.guest, email)
        links[email] = shop.house.token_for(email)
    return Rivals(shop, watched, links)


@pytest.fixture(params=[name for name in backends.BACKENDS if name != "sqlite"])
def overlapping(request: pytest.FixtureRequest) -> Storage:
    """Return a storage whose units may overlap; SQLite has one place for who writes."""
    found: Storage = request.getfixturevalue(f"{request.param}_storage")
    return found


@pytest.fixture(params=["postgres", "mariadb"])
def locking(request: pytest.FixtureRequest) -> Storage:
    """Return a storage that guards what is written, not, as memory does, what was asked too."""
    found: Storage = request.getfixturevalue(f"{request.param}_storage")
    return found


# At the same moment -----------------------------------------------------------------------------


def test_of_two_contacts_at_once_one_becomes_a_member(storage: Storage) -> None:
    """Both have used their links and found the customer free: still only one of them gets it."""
    rivals = rivals_on(storage)

    answers = rivals.both(Meet("customers.save"))

    assert answers.count(None) == 1, answers
    winner, loser = (ALICE, ANN) if answers[0] is None else (ANN, ALICE)
    rivals.belongs_to(winner, loser, answers[1] or answers[0])


def test_who_is_overtaken_inside_her_unit_looks_again(overlapping: Storage) -> None:
    """Alice's unit has found the customer free when Ann's is done from begin to end."""
    rivals = rivals_on(overlapping)
    overtaking = RunBefore("customers.save", lambda: rivals.activate(ANN))

    rivals.watched.watch = overtaking
    (answer,) = together(lambda: rivals.activate(ALICE))

    rivals.watched.watch = calm
    assert overtaking.answers == [None]
    rivals.belongs_to(ANN, ALICE, answer)


class Slow(argon2.PasswordHasher):
    """Hashes a password as slowly as somebody else needs for all she does."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1, hash_len=16, salt_len=8)
        self.meanwhile: list[Callable[[], object]] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Wait for her, then hash."""
        if self.meanwhile:
            self.meanwhile.pop()()
        return super().hash(password, salt=salt)


def test_who_is_overtaken_before_her_unit_finds_the_customer_taken(storage: Storage) -> None:
    """Her link was good and the customer free a moment ago, when her password was looked at."""
    hasher = Slow()
    rivals = rivals_on(storage, Hashing(hasher))
    hasher.meanwhile.append(lambda: rivals.activate(ANN))

    (answer,) = together(lambda: rivals.activate(ALICE))

    assert not hasher.meanwhile
    rivals.belongs_to(ANN, ALICE, answer)


@attrs.define
class Without:
    """Leaves a guard out, and lets two threads meet before another step."""

    meet: Meet
    codes: Iterator[frozenset[UserCode]]
    """What each contact hears of user codes that are taken, for two of one kind would collide."""

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, unless it is one of the guards."""
        match name:
            case "customers.save" | "role_books.save":
                return None
            case "memberships.codes":
                return next(self.codes)
            case _:
                return self.meet(name, step)


def test_without_the_write_both_contacts_get_the_customer(locking: Storage) -> None:
    """Negative control: nobody writes the customer or its role book, nothing is between the two."""
    rivals = rivals_on(locking)

    codes = iter([frozenset[UserCode](), frozenset({FIRST_USER})])
    answers = rivals.both(Without(Meet("users.save"), codes))

    assert answers == [None, None]
    assert (rivals.rows("users"), rivals.rows("memberships")) == (2, 2)


def test_the_customer_stays_as_the_register_has_it(nord: Shop) -> None:
    """It is written to be taken, not to be changed: contacts, groups and address stay."""
    with_two_contacts(nord)
    before = nord.customer("E-ACME")

    nord.activate(ANN)

    after = nord.customer("E-ACME")
    assert after.version > before.version
    assert attrs.evolve(after, version=before.version) == before
    assert nord.change("E-ACME", town="Dresden").town == "Dresden"


# Afterwards -------------------------------------------------------------------------------------


def requests_about(shop: Shop, staff: Staff, about: str) -> Sequence[AuditEntry]:
    """Ask the trail for first sign-ins that have to do with an id."""
    found = shop.house.accounts.audit.latest(staff, about=about).items
    return [entry for entry in found if entry.event == REQUESTED]


def test_a_second_contact_is_answered_like_a_stranger(storage: Storage) -> None:
    """Same answer, same steps, no mail: she can't tell whether anybody knows her."""
    log = Log()
    shop = open_nord(build(WatchedStorage(storage, log)))  # type: ignore[arg-type]
    with_two_contacts(shop)
    shop.activate(ALICE)
    shop.house.accounts.relay()
    shop.house.mailer.sent.clear()
    steps = {}

    for email in (ANN, STRANGER):
        log.steps.clear()
        assert shop.house.accounts.first_sign_in.request(shop.guest, email) is None  # type: ignore[func-returns-value]
        steps[email] = list(log.steps)

    shop.house.accounts.relay()
    assert steps[ANN] == steps[STRANGER]
    assert shop.house.mailer.sent == []


def test_a_second_contact_is_named_to_a_person(storage: Storage) -> None:
    """The event tells which customer waits, and staff find it by the customer's id."""
    told: list[FirstSignInRequested] = []

    def listen(posted: Posted) -> None:
        if isinstance(posted.event, FirstSignInRequested):
            told.append(posted.event)

    shop = open_nord(build(storage, subscribers=[listen]))
    with_two_contacts(shop)
    acme = shop.customer("E-ACME").id
    shop.activate(ALICE)
    assert requests_about(shop, shop.staff, acme) == []

    for email in (ANN, STRANGER):
        shop.house.accounts.first_sign_in.request(shop.guest, email)

    shop.house.accounts.relay()
    assert [event.waiting for event in told] == [(), (acme,), ()]
    (entry,) = requests_about(shop, shop.staff, acme)
    assert entry.facts["waiting"] == acme
    assert ANN not in str(entry)


def test_each_of_several_customers_is_found(nord: Shop) -> None:
    """Acme is taken and Beta too: the trail finds the request by either."""
    with_two_contacts(nord)
    nord.activate(ALICE)
    nord.activate("bob@beta.example")
    nord.change("E-BETA", contact="Ann", email=ANN)

    nord.house.accounts.first_sign_in.request(nord.guest, ANN)

    (by_acme,), (by_beta,) = (
        requests_about(nord, nord.staff, nord.customer(erp_id).id)
        for erp_id in ("E-ACME", "E-BETA")
    )
    assert by_acme == by_beta


def test_a_customer_that_is_free_does_not_wait_for_one_that_is_taken(nord: Shop) -> None:
    """Ann gets Beta by herself; Acme, which has its user, is left to a person."""
    with_two_contacts(nord)
    nord.activate(ALICE)
    nord.change("E-BETA", contact="Ann", email=ANN)

    nord.activate(ANN)

    assert nord.member(ANN).customer == nord.customer("E-BETA").id
    (entry,) = requests_about(nord, nord.staff, nord.customer("E-ACME").id)
    assert entry.facts["waiting"] == nord.customer("E-ACME").id


def test_a_customer_that_may_not_sign_in_waits_for_nobody(nord: Shop) -> None:
    """Of a closed customer nothing is told."""
    with_two_contacts(nord)
    nord.activate(ALICE)
    closed = nord.change("E-ACME", status="closed", contact="Ann", email=ANN)

    nord.house.accounts.first_sign_in.request(nord.guest, ANN)

    assert requests_about(nord, nord.staff, closed.id) == []
