"""Neighbours that watch, count, fail at a step or wait for each other; they change no answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import get_type_hints

import argon2
import attrs

from custaccount.credentials.passwords import Hashing
from custaccount.kernel.access import Actor
from custaccount.kernel.errors import StorageUnavailable
from custaccount.kernel.work import Recording
from custaccount.storage import Snapshot, Storage, Unit

Watch = Callable[[str, Callable[[], object]], object]
"""Is told a step's name (``tickets.consume``, ``record``, ``commit``) and takes it."""


def _writes() -> frozenset[str]:
    """Name every step a unit has that a snapshot has not: in the ports, so that none is missed."""
    own = _steps(Recording)
    for name, keeps in _repositories(Unit).items():
        reads = _repositories(Snapshot)[name]
        own |= {f"{name}.{step}" for step in _steps(keeps) - _steps(reads)}
    return frozenset(own)


def _repositories(unit: type) -> dict[str, type]:
    """Tell the port of each repository of a unit."""
    properties = {name: one for name, one in vars(unit).items() if isinstance(one, property)}
    return {name: get_type_hints(one.fget)["return"] for name, one in properties.items()}


def _steps(port: type) -> set[str]:
    return {name for name in dir(port) if not name.startswith("_")}


LOOKS_ONLY = {"prices.find_list"}
"""What a unit has that a snapshot has not, and changes nothing; each is named, no write is."""

WRITES = _writes() - LOOKS_ONLY


@attrs.frozen
class _Watched:
    """A unit or a repository, each of whose steps is watched."""

    inner: object
    watch: Watch
    name: str = ""

    def __getattr__(self, step: str) -> object:
        found = getattr(self.inner, step)
        full = f"{self.name}.{step}" if self.name else step
        if not callable(found):
            return _Watched(found, self.watch, full)

        def taken(*args: object, **kwargs: object) -> object:
            return self.watch(full, lambda: found(*args, **kwargs))

        return taken


@attrs.define
class WatchedStorage:
    """A storage, each of whose steps is watched."""

    inner: Storage
    watch: Watch = attrs.field(default=lambda _, step: step())

    @contextmanager
    def reading(self) -> Iterator[object]:
        """Open a snapshot."""
        with self.inner.reading() as view:
            yield _Watched(view, self._take)

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[object]:
        """Open a writing unit."""
        with self.inner.begin(actor) as work:
            yield _Watched(work, self._take)

    def _take(self, name: str, step: Callable[[], object]) -> object:
        return self.watch(name, step)


@attrs.define
class Log:
    """Writes the steps down."""

    steps: list[str] = attrs.field(factory=list)

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step."""
        self.steps.append(name)
        return step()


@attrs.define
class FailAt:
    """Lets the n-th write fail as a database that went away would."""

    n: int
    writes: int = 0

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, unless it is the one."""
        if name in WRITES:
            self.writes += 1
            if self.writes == self.n:
                raise StorageUnavailable
        return step()


@attrs.define
class Meet:
    """Lets two threads wait for each other before a step; a store that serialises just goes on."""

    at: str
    patience: float = 0.5
    met: bool = False
    """Whether they came there together."""
    _barrier: threading.Barrier = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._barrier = threading.Barrier(2, action=self._meet)

    def _meet(self) -> None:
        self.met = True

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, together if it is the one; who comes again goes on alone."""
        if name == self.at and not self.met:
            with suppress(threading.BrokenBarrierError):
                self._barrier.wait(self.patience)
        return step()


@attrs.define
class RunBefore:
    """Lets a rival do all its work, on a thread of its own, before a step is taken first."""

    at: str
    rival: Callable[[], object]
    answers: list[object] = attrs.field(factory=list)
    """What the rival returned or raised, once it ran."""
    _begun: bool = False

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, after the rival if it is the one."""
        if name == self.at and not self._begun:
            self._begun = True
            self.answers += together(self.rival)
        return step()


@attrs.define
class WithoutBook:
    """Leaves out that a customer's role book is written: what was read of it is told again."""

    watch: Watch
    _read: threading.local = attrs.field(factory=threading.local)

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step, unless it is the one."""
        if name == "role_books.save":
            return self._read.book
        answer = self.watch(name, step)
        if name == "role_books.get":
            self._read.book = answer
        return answer


class CountingHasher(argon2.PasswordHasher):
    """Counts what it computes, and keeps the stored hashes it was asked to compute."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1, hash_len=16, salt_len=8)
        self.hashed = 0
        self.verified: list[str] = []

    @property
    def calls(self) -> int:
        """How many hashes were computed."""
        return self.hashed + len(self.verified)

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Hash, and count it."""
        self.hashed += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        """Verify, and keep what was computed."""
        self.verified.append(str(hash))
        return super().verify(hash, password)  # type: ignore[return-value]

    def forget(self) -> None:
        """Count from nothing."""
        self.hashed = 0
        self.verified.clear()


def counting() -> tuple[Hashing, CountingHasher]:
    """Make hashing that is counted, without the dummy it begins with."""
    hasher = CountingHasher()
    hashing = Hashing(hasher)
    hasher.forget()
    return hashing, hasher


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run jobs on threads of their own and return what each returned or raised."""
    answers: list[object] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        try:
            answers[place] = job()
        except Exception as error:  # noqa: BLE001 - an answer like any other
            answers[place] = error

    threads = [
        threading.Thread(target=run, args=(place, job), daemon=True)
        for place, job in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a thread hangs"
    return answers
