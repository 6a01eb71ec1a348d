"""An ERP in memory that tells whose a mail address is."""

import threading
from collections.abc import Sequence

from custaccount.kernel.ids import RealmId
from custaccount.kernel.text import EmailAddress
from custaccount.orders.model import ErpUnavailable
from custaccount.registration.model import ErpMatch


class MemoryMatcher:
    """Answers with the customers it was told of.

    Set ``down`` and it answers ``ErpUnavailable``; ``asked`` tells about which addresses it was.
    """

    def __init__(self) -> None:
        self.down = False
        self.asked: list[EmailAddress] = []
        self._known: dict[RealmId, tuple[ErpMatch, ...]] = {}
        self._adding = threading.Lock()

    def know(self, realm: RealmId, *customers: ErpMatch) -> None:
        """Let the ERP have these customers too."""
        with self._adding:
            self._known[realm] = (*self._known.get(realm, ()), *customers)

    def with_email(self, realm: RealmId, email: EmailAddress) -> Sequence[ErpMatch]:
        """Return the customers one of whose address fields has this address in it."""
        self.asked.append(email)
        if self.down:
            raise ErpUnavailable
        return tuple(
            one
            for one in self._known.get(realm, ())
            if any(email.key in field.lower() for field in one.addresses)
        )
