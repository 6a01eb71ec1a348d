"""Letters: what a feature wants to tell a person, before it is a mail."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import attrs

from custaccount.facilities.tickets import Ticket
from custaccount.kernel.errors import Unavailable
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_, Language
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.kernel.text import EmailAddress


@attrs.frozen(kw_only=True)
class LetterText:
    """The words of a letter: catalogue keys, with ``%(name)s`` where a fact goes."""

    id: str
    """Names the letter in galleries and tests: ``credentials.reset``."""
    subject: str
    body: tuple[str, ...]
    """Paragraphs."""
    action: str = ""
    """What the button says; empty if there is none."""


@attrs.frozen(kw_only=True)
class Letter:
    """A letter to one person, in that person's language; a ticket becomes its link."""

    realm: RealmId
    portal: PortalId
    to: EmailAddress
    language: Language
    text: LetterText
    facts: Mapping[str, object] = attrs.field(factory=dict)
    ticket: Ticket | None = None


@attrs.frozen(kw_only=True)
class Place:
    """What a letter says of its portal, and where its ticket leads."""

    portal_name: str
    time_zone: str
    """An IANA name; moments are written in it."""
    link: str | None = attrs.field(default=None, repr=False)
    """Carries the bearer: not for logs."""


@attrs.frozen(kw_only=True)
class Rendered:
    """A letter in words: what a mail is made of."""

    subject: str
    plain: str = attrs.field(repr=False)
    html: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Mail:
    """A mail on its way; its text may carry a link that works once, so it is not shown in logs."""

    id: str
    """Stable: a repeated delivery carries the same one (RFC 5322 Message-ID is made of it)."""
    to: EmailAddress
    language: Language
    subject: str
    plain: str = attrs.field(repr=False)
    html: str | None = attrs.field(default=None, repr=False)
    sender_name: str = ""
    """Under which name it comes, on one line: the portal's. The address is the mailer's."""


class Renderer(Protocol):
    """Turns a letter into words."""

    def render(self, letter: Letter, place: Place) -> Rendered:
        """Write the letter in its language; facts are escaped where the format needs it."""
        ...


class Mailer(Protocol):
    """Hands mails to a mail server."""

    def send(self, mail: Mail) -> None:
        """Hand one mail over.

        Raises:
            MailerUnavailable: it was not taken; the relay tries again later.
        """
        ...


class MailerUnavailable(Unavailable):
    """The mail server did not take the mail."""

    code = "mailer.unavailable"
    template = N_("The mail can't be sent at the moment.")


LetterWriter = Callable[[RealmId, Event], Sequence[Letter]]
"""Makes the letters an event calls for; none if it is not its event, or there is nobody to tell.

Whether the letter's ticket still stands is the post's business, which drops it, with an event.
"""
