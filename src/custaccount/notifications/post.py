"""The post: turns an event into the letter it calls for, and the letter into a mail."""

import logging
from collections.abc import Callable, Sequence

import attrs

from custaccount.facilities.letters import Letter, LetterWriter, Mail, Mailer, Place, Renderer
from custaccount.facilities.outbox import Posted
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.clock import Clock

LOG = logging.getLogger("custaccount.post")


@attrs.frozen(kw_only=True)
class Post:
    """A subscriber of the outbox that mails what the features' writers write."""

    _writers: Sequence[LetterWriter] = attrs.field(alias="writers")
    _place: Callable[[Letter], Place] = attrs.field(alias="place")
    _renderer: Renderer = attrs.field(alias="renderer")
    _mailer: Mailer = attrs.field(alias="mailer")
    _clock: Clock = attrs.field(alias="clock")

    def __call__(self, posted: Posted) -> None:
        """Mail the event's letters, but none whose purpose is over or whose link could not work.

        Raises:
            MailerUnavailable: the relay tries again later, with the same mail id.
        """
        now = self._clock()
        for writer in self._writers:
            letter = writer(posted.realm, posted.event, now)
            if letter is not None:
                self._send(posted, letter)

    def _send(self, posted: Posted, letter: Letter) -> None:
        try:
            place = self._place(letter)
        except TokenInvalid:  # its key was removed, which ended the ticket; no later try helps
            LOG.warning("letter_dropped", extra={"id": posted.id, "letter": letter.text.id})
            return
        written = self._renderer.render(letter, place)
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
