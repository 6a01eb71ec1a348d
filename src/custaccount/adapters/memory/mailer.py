"""A mail server in memory: what was sent is there to be read."""

import re
from typing import ClassVar

from custaccount.facilities.letters import Mail, MailerUnavailable

_LINK = re.compile(r"https?://[^\s<>\"]+")


class MemoryMailer:
    """Keeps every mail it is given, duplicates too.

    Set ``down`` and it answers ``MailerUnavailable``.
    """

    stand_in: ClassVar[bool] = True
    """No mail leaves; ``doctor`` says so."""

    def __init__(self) -> None:
        self.down = False
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        """Take a mail."""
        if self.down:
            raise MailerUnavailable
        self.sent.append(mail)

    def newest(self, to: str) -> Mail:
        """Return the mail an address got last.

        Raises:
            LookupError: it got none.
        """
        for mail in reversed(self.sent):
            if to.lower() in {mail.to.text.lower(), mail.to.key}:
                return mail
        message = f"no mail to {to}"
        raise LookupError(message)

    def newest_link(self, to: str) -> str:
        """Return the first link of the mail an address got last.

        Raises:
            LookupError: it got none, or one without a link.
        """
        link = _LINK.search(self.newest(to).plain)
        if link is None:
            message = f"no link in the newest mail to {to}"
            raise LookupError(message)
        return link[0].rstrip(".,;:!?)")
