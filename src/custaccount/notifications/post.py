"""The post: turns an event into the letter it calls for, and the letter into a mail."""

import logging
from collections.abc import Callable, Sequence
from typing import ClassVar

import attrs

from custaccount.facilities.letters import Letter, LetterWriter, Mail, Mailer, Place, Renderer
from custaccount.facilities.outbox import Posted
from custaccount.facilities.signing import TokenInvalid
from custaccount.kernel.access import System
from custaccount.kernel.clock import Clock
from custaccount.kernel.work import Begin, Recording, repeatable
from custaccount.notifications.model import DropReason, LetterDropped
from custaccount.notifications.plain import one_line

LOG = logging.getLogger("custaccount.post")


@attrs.frozen(kw_only=True)
class Post:
    """A subscriber of the outbox that mails what the features' writers write."""

    name: ClassVar[str] = "custaccount.post"
    """Under which the outbox keeps what it has had; never changed."""

    _writers: Sequence[LetterWriter] = attrs.field(alias="writers")
    _place: Callable[[Letter], Place] = attrs.field(alias="place")
    _renderer: Renderer = attrs.field(alias="renderer")
    _mailer: Mailer = attrs.field(alias="mailer")
    _begin: Begin[Recording] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    def __call__(self, posted: Posted) -> None:
        """Mail the event's letters, but none whose purpose is over or whose link could not work.

        Those are told as an event of their own, in a unit of their own.

        Raises:
            MailerUnavailable: the relay tries again later, with the same mail id.
        """
        for writer in self._writers:
            for nth, letter in enumerate(writer(posted.realm, posted.event)):
                self._send(posted, letter, nth)

    def _send(self, posted: Posted, letter: Letter, nth: int) -> None:
        if letter.ticket is not None and not letter.ticket.stands(self._clock()):
            self._drop(posted, letter, DropReason.OVER)
            return
        try:
            place = self._place(letter)
        except TokenInvalid:  # its key was removed, which ended the ticket; no later try helps
            self._drop(posted, letter, DropReason.KEY_REMOVED)
            return
        written = self._renderer.render(letter, place)
        self._mailer.send(
            Mail(
                id=f"{posted.id}.{letter.text.id}" + (f".{nth}" if nth else ""),
                to=letter.to,
                language=letter.language,
                subject=written.subject,
                plain=written.plain,
                html=written.html,
                sender_name=one_line(place.portal_name),
            )
        )

    @repeatable
    def _drop(self, posted: Posted, letter: Letter, reason: DropReason) -> None:
        facts = {"id": posted.id, "letter": letter.text.id, "reason": reason.value}
        LOG.info("letter_dropped", extra=facts)
        with self._begin(System(realm=posted.realm, job="post")) as work:
            work.record(
                LetterDropped(
                    at=self._clock(), event=posted.id, letter=letter.text.id, reason=reason
                )
            )
            work.commit()
