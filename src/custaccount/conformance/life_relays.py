"""What relays do in a random life: lease events, and settle them in time or late."""

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, multiple, rule

from custaccount.conformance.life import MOSTLY, Life
from custaccount.conformance.samples import HOUR
from custaccount.facilities.outbox import LEASE, Posted
from custaccount.kernel.events import Event
from custaccount.storage import Unit


class RelayLife(Life):
    """Every unit of a life records an event; relays take them out."""

    held: ClassVar[Bundle[Posted]] = Bundle("held")

    @rule(target=held, home=MOSTLY, limit=st.integers(1, 3), keep=MOSTLY)
    def lease(self, limit: int, *, home: bool, keep: bool) -> MultipleResults[Posted]:
        """Take what is due; a relay that never comes back is one that does not settle."""
        scope, at = self.scope(home=home), self.now
        taken: list[Posted] = []

        def lease(unit: Unit) -> list[tuple[Event, int]]:
            taken.extend(unit.outbox.lease(scope, at=at, until=at + LEASE, limit=limit))
            return [(one.event, one.tries) for one in taken]

        self.happens(
            scope, lease, lambda oracle: oracle.lease(scope, at, at + LEASE, limit), keep=keep
        )
        return multiple(*taken if keep else ())

    @rule(home=MOSTLY, posted=held, keep=MOSTLY)
    def deliver(self, posted: Posted, *, home: bool, keep: bool) -> None:
        """Mark an event done, perhaps when another relay has it."""
        scope = self.scope(home=home)
        self.happens(
            scope,
            lambda unit: unit.outbox.delivered(scope, posted),
            lambda oracle: oracle.delivered(scope, posted.event, posted.tries),
            keep=keep,
        )

    @rule(home=MOSTLY, posted=held, for_good=st.booleans(), keep=MOSTLY)
    def fail(self, posted: Posted, *, home: bool, for_good: bool, keep: bool) -> None:
        """Give an event back for later, or up."""
        scope, again = self.scope(home=home), None if for_good else self.now + HOUR
        self.happens(
            scope,
            lambda unit: unit.outbox.failed(scope, posted, again=again),
            lambda oracle: oracle.failed(scope, posted.event, posted.tries, again),
            keep=keep,
        )
