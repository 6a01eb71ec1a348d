"""Events: facts that have happened, told after they are true."""

from datetime import datetime
from typing import ClassVar

import attrs

from custaccount.kernel.clock import utc


@attrs.frozen(kw_only=True)
class Change:
    """A field of something that is kept, before and after, as the audit trail writes it.

    Both None: it changed, but what it holds is personal or secret and not told.
    """

    field: str
    before: str | None = None
    """None if there was nothing."""
    after: str | None = None
    """None if there is nothing."""


@attrs.frozen(kw_only=True)
class Event:
    """A fact of the past. A subclass names one kind; its attributes are no secrets."""

    name: ClassVar[str]
    """Feature and fact, never changed once shipped: ``credentials.password_set``."""

    at: datetime = attrs.field(converter=utc)
    changes: tuple[Change, ...] = ()
    """What it changed, of the fields that may be told."""
