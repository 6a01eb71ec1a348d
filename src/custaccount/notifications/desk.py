"""What staff do with deliveries that were given up."""

from typing import Protocol

import attrs

from custaccount.facilities.outbox import Outbox, ReadOutbox, Undelivered
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import NotFound
from custaccount.kernel.ids import EventId
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, Reading, Recording, repeatable
from custaccount.notifications.model import DeliveryRevived

SHOWN_MOST = 500


class OutboxReading(Protocol):
    """A snapshot, as those see it who look after the outbox."""

    @property
    def outbox(self) -> ReadOutbox:
        """Events on their way out."""
        ...


class OutboxWork(Recording, Protocol):
    """A writing unit, as those see it who look after the outbox."""

    @property
    def outbox(self) -> Outbox:
        """Events on their way out."""
        ...


@attrs.frozen(kw_only=True)
class OutboxDesk:
    """Shows what was given up after its last try, and lets it be tried again."""

    _reading: Reading[OutboxReading] = attrs.field(alias="reading")
    _begin: Begin[OutboxWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.MANAGE_OUTBOX)
    def dead(self, staff: Staff, *, limit: int = 50) -> tuple[Undelivered, ...]:
        """List the events that were given up, the oldest first."""
        with self._reading() as view:
            return tuple(view.outbox.dead(staff.scope, limit=max(1, min(limit, SHOWN_MOST))))

    @requires(Permission.MANAGE_OUTBOX)
    @repeatable
    def try_again(self, staff: Staff, event: EventId) -> None:
        """Let an event that was given up be delivered as if it were new, with the id it has.

        Who had it does not get it again; a letter whose link has died meanwhile is not sent.

        Raises:
            NotFound: no such event was given up.
        """
        now = self._clock()
        with self._begin(staff) as work:
            if not work.outbox.revive(staff.scope, event, at=now):
                raise NotFound
            work.record(DeliveryRevived(at=now, event=event))
            work.commit()
