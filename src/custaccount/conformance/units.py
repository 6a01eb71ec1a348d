"""How the suites use a storage: one change, one answer, several rivals at once."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from custaccount.kernel.access import System
from custaccount.kernel.errors import CustAccountError, TryAgain
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.storage import Storage, Unit

R = TypeVar("R")

PATIENCE = 0.25
"""Seconds a rival waits inside its unit for the others; a storage that serialises lets it wait."""
TRIES = 10

Meet = Callable[[], None]
"""Called inside a unit: goes on when all rivals are inside theirs, or patience is over."""


def job(scope: RealmScope | CustomerScope) -> System:
    """Return the actor the suites write as."""
    return System(realm=scope.realm, job="conformance")


@contextmanager
def change(storage: Storage, scope: RealmScope | CustomerScope) -> Iterator[Unit]:
    """Open a unit that is committed at its end."""
    with storage.begin(job(scope)) as unit:
        yield unit
        unit.commit()


def race(
    *rivals: Callable[[Meet], R], patience: float = PATIENCE
) -> Sequence[R | CustAccountError]:
    """Run rivals in threads of their own and return what each of them got, in their order.

    Who loses with ``TryAgain`` tries again, as a repeatable service method does.
    """
    barrier = threading.Barrier(len(rivals))
    with ThreadPoolExecutor(len(rivals)) as threads:
        return list(threads.map(lambda rival: _run(rival, barrier, patience), rivals))


def _run(
    rival: Callable[[Meet], R], barrier: threading.Barrier, patience: float
) -> R | CustAccountError:
    met = False

    def meet() -> None:
        nonlocal met
        if not met:
            met = True
            try:
                barrier.wait(patience)
            except threading.BrokenBarrierError:  # the storage serialises: no rival came in
                return

    lost: CustAccountError = TryAgain()
    for _ in range(TRIES):
        try:
            return rival(meet)
        except TryAgain as again:
            lost = again
        except CustAccountError as refusal:
            return refusal
    return lost
