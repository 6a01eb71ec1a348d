"""Password hashing: bounded in length, cost and number; corrupt or hostile hashes open nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
import attrs
import pytest

from custaccount import InvalidFields
from custaccount.credentials import PasswordHash, SignInRefused, UserState
from custaccount.credentials.passwords import Hashing, HashUnusable, TooBusy, _Gate
from custaccount.storage import Storage
from tests.house import ALICE, PASSWORD, Shop, build, how_often, open_nord
from tests.security.spies import CountingHasher, counting

CORRUPT = {
    "nothing": "",
    "disabled mark": "!",
    "truncated argon2id": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ",
    "argon2id without parameters": "$argon2id$",
    "bad base64": "$argon2id$v=19$m=8,t=1,p=1$!!!!$????",
    "bcrypt": "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW",
    "argon2i": "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$Zm9vYmFyZm9vYmFyZm9vYg",
    "plain text": PASSWORD,
}

HOSTILE = {
    "4 GiB of memory": "$argon2id$v=19$m=4194304,t=3,p=4$c29tZXNhbHQ$Zm9vYmFyZm9vYmFyZm9vYg",
    "a million passes": "$argon2id$v=19$m=65536,t=1000000,p=4$c29tZXNhbHQ$Zm9vYmFyZm9vYmFyZm9vYg",
    "a thousand lanes": "$argon2id$v=19$m=65536,t=3,p=1000$c29tZXNhbHQ$Zm9vYmFyZm9vYmFyZm9vYg",
}


@attrs.frozen
class Counted:
    """A shop with a user, whose hashing is counted."""

    shop: Shop
    hasher: CountingHasher

    def refused(self, email: str, password: object) -> tuple[object, int]:
        """Try to sign in; return the answer and how many hashes it took."""
        self.hasher.forget()
        with pytest.raises(SignInRefused) as refusal:
            self.shop.sign_in(email, password)  # type: ignore[arg-type]
        error = refusal.value
        return (type(error), error.code, str(error), dict(error.facts)), self.hasher.calls


@pytest.fixture
def counted(memory_storage: Storage) -> Counted:
    """Alice can sign in, and every hash is counted."""
    hashing, hasher = counting()
    shop = open_nord(build(memory_storage, hashing=hashing))
    shop.activate(ALICE)
    return Counted(shop, hasher)


@pytest.mark.parametrize(
    "password", ["x" * 1_000_000, "x" * 257, "ü" * 600, "", "a\0b", "\ud800", None, 7, b"bytes"]
)
def test_what_cannot_be_a_password_is_never_hashed(counted: Counted, password: object) -> None:
    """Case 44: 1 MB is refused before hashing, with the same answer for known and unknown."""
    known = counted.refused(ALICE, password)
    unknown = counted.refused("nobody@acme.example", password)

    assert known == unknown
    assert known[1] == 0


def test_a_password_of_a_megabyte_is_not_set_either(counted: Counted) -> None:
    """Case 44 at activation and reset: refused by length, the link stays good."""
    counted.shop.house.accounts.password_reset.request(counted.shop.guest, ALICE)
    token = counted.shop.house.token_for(ALICE)
    counted.hasher.forget()

    with pytest.raises(InvalidFields):
        counted.shop.house.accounts.password_reset.set_password(
            counted.shop.guest, token, "x" * 1_000_000
        )

    assert counted.hasher.calls == 0
    counted.shop.house.accounts.password_reset.look(counted.shop.guest, token)


@pytest.mark.parametrize("stored", CORRUPT.values(), ids=list(CORRUPT))
def test_a_corrupt_stored_hash_is_a_failed_sign_in(counted: Counted, stored: str) -> None:
    """Case 46: the same answer after the same work, whatever password, and staff are told."""
    unknown = counted.refused("nobody@acme.example", PASSWORD)
    counted.shop.change_user(ALICE, password=PasswordHash(stored))

    assert counted.refused(ALICE, PASSWORD)[0] == unknown[0]
    assert counted.refused(ALICE, "")[0] == unknown[0]
    assert counted.refused(ALICE, "another long guess")[0] == unknown[0]

    storage = counted.shop.house.storage
    assert how_often(storage, "credentials.stored_hash_unusable") == 2
    assert how_often(storage, "credentials.sign_in_failed") == 3


@pytest.mark.parametrize("stored", [None, PasswordHash(None)], ids=["none", "a hash of none"])  # type: ignore[arg-type]
def test_a_user_without_a_password_cannot_sign_in(
    counted: Counted, stored: PasswordHash | None
) -> None:
    """Case 46: no stored hash is a failed sign-in after one hash."""
    unknown = counted.refused("nobody@acme.example", PASSWORD)
    counted.shop.change_user(ALICE, password=stored)

    assert counted.refused(ALICE, PASSWORD) == unknown


@pytest.mark.parametrize("stored", CORRUPT.values(), ids=list(CORRUPT))
def test_a_reset_repairs_a_corrupt_hash(counted: Counted, stored: str) -> None:
    """The owner helps herself by mail."""
    counted.shop.change_user(ALICE, password=PasswordHash(stored))
    accounts, guest = counted.shop.house.accounts, counted.shop.guest

    accounts.password_reset.request(guest, ALICE)
    accounts.password_reset.set_password(guest, counted.shop.house.token_for(ALICE), PASSWORD)

    assert counted.shop.member(ALICE)


@pytest.mark.parametrize("stored", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_stored_hash_is_never_computed(counted: Counted, stored: str) -> None:
    """Case 47: the ceiling is checked before; the same work is done on a dummy."""
    counted.shop.change_user(ALICE, password=PasswordHash(stored))

    _, hashes = counted.refused(ALICE, PASSWORD)

    assert stored not in counted.hasher.verified
    assert hashes == 1
    assert how_often(counted.shop.house.storage, "credentials.stored_hash_unusable") == 1


@pytest.mark.parametrize("stored", [*CORRUPT.values(), *HOSTILE.values()])
def test_an_unusable_hash_costs_as_much_as_a_wrong_password(stored: str) -> None:
    """The time to refuse tells nothing: one real computation, whatever is stored."""
    hashing, hasher = counting()
    done: list[str] = []
    real = argon2.PasswordHasher.verify

    def verify(self: CountingHasher, hash: str, password: str) -> bool:
        try:
            matches = real(self, hash, password)
        except argon2.exceptions.VerifyMismatchError:
            done.append(hash)
            raise
        done.append(hash)
        return matches  # only a whole computation ends in a match or a mismatch

    hasher.verify = verify.__get__(hasher)  # type: ignore[method-assign]
    with pytest.raises(HashUnusable):
        hashing.verify(PasswordHash(stored), "another long guess")

    assert len(done) == 1


def test_every_failed_sign_in_takes_one_hash_and_gives_one_answer(counted: Counted) -> None:
    """Unknown, wrong and blocked: one hash each, one error for all."""
    wrong = counted.refused(ALICE, "another long guess")
    unknown = counted.refused("nobody@acme.example", "another long guess")
    counted.shop.change_user(ALICE, state=UserState.BLOCKED)
    blocked_wrong = counted.refused(ALICE, "another long guess")
    blocked_right = counted.refused(ALICE, PASSWORD)

    assert wrong == unknown == blocked_wrong == blocked_right
    assert wrong[1] == 1


def test_counting_sees_a_service_that_skips_the_hash(counted: Counted) -> None:
    """Negative control: what answers before it hashes is told apart."""
    assert counted.refused("no@address", PASSWORD)[1] != counted.refused(ALICE, "guess")[1]


def test_a_hash_of_other_parameters_is_replaced_at_sign_in(memory_storage: Storage) -> None:
    """Parameters grow with the years; nobody has to reset a password for that."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    older = shop.user(ALICE).password
    hashing = Hashing(argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    renewed = attrs.evolve(shop, house=build(memory_storage, hashing=hashing))

    assert renewed.member(ALICE)

    newer = shop.user(ALICE).password
    assert newer is not None
    assert newer != older
    assert "m=16,t=2" in newer.text
    assert renewed.member(ALICE)


def test_a_rehash_never_brings_an_older_password_back(memory_storage: Storage) -> None:
    """Case 48: the owner changes the password while a sign-in renews its hash."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    changed = PasswordHash(Hashing.cheap().hash("neun Stare auf dem Draht").text)

    class Meanwhile(CountingHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            if password == PASSWORD:
                shop.change_user(ALICE, password=changed)
            return super().hash(password, salt=salt)

        def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: ARG002
            return True

    renewed = attrs.evolve(shop, house=build(memory_storage, hashing=Hashing(Meanwhile())))
    with pytest.raises(SignInRefused):
        renewed.sign_in(ALICE)

    assert shop.user(ALICE).password == changed


# The gate (49) ----------------------------------------------------------------------------------


class BlockedHasher(CountingHasher):
    """Hashes only when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.blocks = False

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        """Wait, then verify."""
        if self.blocks:
            assert self.go.wait(20)
        return super().verify(hash, password)


class Told:
    """A semaphore that tells how many have passed it."""

    def __init__(self, inner: threading.Semaphore) -> None:
        self.inner = inner
        self.passed = threading.Semaphore(0)

    def acquire(self, *, blocking: bool = True) -> bool:
        """Pass, if there is room, and tell."""
        got = self.inner.acquire(blocking=blocking)
        if got:
            self.passed.release()
        return got

    def release(self) -> None:
        """Make room."""
        self.inner.release()


@contextmanager
def a_full_house(hasher: BlockedHasher, hashing: Hashing, room: int) -> Iterator[list[object]]:
    """Fill the gate with threads that hash or wait."""
    gate = hashing._gate
    told = Told(gate._room)
    gate._room = told  # type: ignore[assignment]
    hasher.blocks = True
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(hashing.verify(None, "guess")), daemon=True)
        for _ in range(room)
    ]
    for thread in threads:
        thread.start()
    for _ in range(room):
        assert told.passed.acquire(timeout=20)
    try:
        yield answers
    finally:
        hasher.go.set()
        for thread in threads:
            thread.join(20)


def test_more_than_the_machine_has_room_for_are_asked_to_come_again() -> None:
    """Case 49: a few hash, a few wait, the rest is refused at once; then there is room again."""
    hasher = BlockedHasher()
    hashing = Hashing(hasher, _Gate(2))

    with a_full_house(hasher, hashing, room=10) as answers:
        for _ in range(3):
            with pytest.raises(TooBusy):
                hashing.verify(None, "guess")
            with pytest.raises(TooBusy):
                hashing.hash("a new password")

    assert answers == [False] * 10
    assert hashing.verify(None, "guess") is False


def test_too_busy_is_the_same_for_known_and_unknown(memory_storage: Storage) -> None:
    """Case 49: the overflow is refused before anybody is told apart, and nothing is written."""
    hasher = BlockedHasher()
    hashing = Hashing(hasher, _Gate(1))
    shop = open_nord(build(memory_storage, hashing=hashing))
    shop.activate(ALICE)

    with a_full_house(hasher, hashing, room=5):
        for email in (ALICE, "nobody@acme.example"):
            with pytest.raises(TooBusy):
                shop.sign_in(email)

    assert how_often(memory_storage, "credentials.sign_in_failed") == 0
    assert shop.sign_in(ALICE)
