"""The post: turns an event into the letter it calls for, and the letter into a mail."""

from collections.abc import Callable, Sequence

import attrs

from custaccount.facilities.letters import Letter, LetterWriter, Mail, Mailer, Renderer
from custaccount.facilities.outbox import Posted
from custaccount.kernel.clock import Clock


@attrs.frozen(kw_only=True)
class Address:
    """Where a letter leads: the portal's name, and the link its ticket makes."""

    portal_name: str
    link: str | None = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Post:
    """A subscriber of the outbox that mails what the features' writers write."""

    _writers: Sequence[LetterWriter] = attrs.field(alias="writers")
    _address: Callable[[Letter], Address] = attrs.field(alias="address")
    _renderer: Renderer = attrs.field(alias="renderer")
    _mailer: Mailer = attrs.field(alias="mailer")
    _clock: Clock = attrs.field(alias="clock")

    def __call__(self, posted: Posted) -> None:
        """Mail the event's letters; one whose purpose is over is not written.

        Raises:
            MailerUnavailable: the relay tries again later, with the same mail id.
        """
        now = self._clock()
        for writer in self._writers:
            letter = writer(posted.realm, posted.event, now)
            if letter is not None:
                self._send(posted, letter)

    def _send(self, posted: Posted, letter: Letter) -> None:
        address = self._address(letter)
        written = self._renderer.render(
            letter, portal_name=address.portal_name, link=address.link
        )
        self._mailer.send(
            Mail(
                id=f"{posted.id}.{letter.text.id}",
                to=letter.to,
                language=letter.language,
                subject=written.subject,
                plain=written.plain,
                html=written.html,
            )
        )
