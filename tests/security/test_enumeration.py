"""Nobody learns from an answer, or from the work behind it, who has an account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import attrs
import pytest
from sqlalchemy import event

from custaccount.adapters.memory import MemoryStorage
from custaccount.credentials import UserState
from custaccount.credentials.reset import PasswordReset
from custaccount.kernel.text import EmailAddress
from custaccount.storage import Storage
from tests.house import ALICE, BOB, Shop, build, open_nord
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
