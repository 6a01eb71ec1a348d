"""Events: facts that have happened, told after they are true."""

from datetime import datetime
from typing import ClassVar

import attrs

from custaccount.kernel.clock import utc


@attrs.frozen(kw_only=True)
class Event:
    """A fact of the past. A subclass names one kind; its attributes are no secrets."""

    name: ClassVar[str]
    """Feature and fact, never changed once shipped: ``credentials.password_set``."""

    at: datetime = attrs.field(converter=utc)
