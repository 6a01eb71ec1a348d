"""What becomes of letters and events on their way out."""

from enum import Enum
from typing import ClassVar

import attrs

from custaccount.kernel.events import Event
from custaccount.kernel.ids import EventId


class DropReason(Enum):
    """Why a letter was not sent."""

    OVER = "over"
    """Its ticket was used, withdrawn or has expired."""
    KEY_REMOVED = "key removed"
    """The key its link would be signed with is gone: the link could not work."""


@attrs.frozen(kw_only=True)
class LetterDropped(Event):
    """A letter was not sent, because its link would have led nowhere; it is tried no more."""

    name: ClassVar[str] = "notifications.letter_dropped"
    event: EventId
    """Which event called for it."""
    letter: str
    """Its id: ``credentials.reset``."""
    reason: DropReason


@attrs.frozen(kw_only=True)
class DeliveryGivenUp(Event):
    """An event was given up after its last try; it is kept as dead."""

    name: ClassVar[str] = "notifications.delivery_given_up"
    event: EventId
    kind: str
    """Which kind of event it is."""
    left: tuple[str, ...]
    """The names of the subscribers that did not take it."""


@attrs.frozen(kw_only=True)
class DeliveryRevived(Event):
    """Staff let an event that was given up be tried again."""

    name: ClassVar[str] = "notifications.delivery_revived"
    event: EventId
