"""Django's mail keeps every promise of a mailer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

import pytest

from custaccount import conformance
from custaccount.conformance.samples import email
from custaccount.facilities.letters import Mail, MailerUnavailable
from custaccount.kernel.i18n import Language
from tests.adapters.django_project import Host

BACKEND = f"{__name__}.PostOffice"


class PostOffice:
    """A back end of Django's that keeps what it is given."""

    taken: list[Any] = []  # noqa: RUF012 - Django makes one for each mail
    answer: object = 1

    def __init__(self, *_: object, **_more: object) -> None:
        """Take whatever settings there are."""

    def send_messages(self, messages: list[Any]) -> object:
        """Take mails, or do what the test wants."""
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer:
            self.taken.extend(messages)
        return self.answer


class Letterbox:
    """The mailer under test, with the back end in the test's hands."""

    def __init__(self) -> None:
        from custaccount.adapters.django.mailer import DjangoMailer

        self.mailer = DjangoMailer(sender="Möwenkontor <shop@example.com>")

    @property
    def down(self) -> bool:
        """Whether the back end refuses."""
        return PostOffice.answer != 1

    @down.setter
    def down(self, down: bool) -> None:
        PostOffice.answer = ConnectionRefusedError() if down else 1

    def send(self, mail: Mail) -> None:
        """Hand it over."""
        self.mailer.send(mail)

    def received(self) -> Sequence[Mail]:
        """Read what a server would get, byte by byte."""
        return [_read(one.message().as_bytes()) for one in PostOffice.taken]


@pytest.fixture
def letterbox(django_sqlite: Host) -> Iterator[Letterbox]:
    """Return a mailer of Django's that has sent nothing."""
    from django import VERSION
    from django.test import override_settings

    assert django_sqlite
    settings: dict[str, object] = {"EMAIL_BACKEND": BACKEND}
    if VERSION >= (6, 1):
        settings = {"MAILERS": {"default": {"BACKEND": BACKEND}}}
    PostOffice.taken.clear()
    PostOffice.answer = 1
    with override_settings(**settings):
        yield Letterbox()


class TestDjangoMailer(conformance.MailerSuite):
    """Mails."""

    @pytest.fixture
    def mailer(self, letterbox: Letterbox) -> Letterbox:
        """Return a mailer that has sent nothing."""
        return letterbox


@pytest.mark.parametrize("answer", [0, None, RuntimeError("a provider's own")])
def test_whatever_a_back_end_does_not_take_is_refused(letterbox: Letterbox, answer: object) -> None:
    """Back ends raise what they like, or say that they sent nothing."""
    PostOffice.answer = answer

    with pytest.raises(MailerUnavailable):
        letterbox.send(conformance.mailer.a_mail())


def test_a_subject_is_one_line(letterbox: Letterbox) -> None:
    """Nobody adds a header by it."""
    mail = Mail(
        id="1",
        to=email("alice@example.com"),
        language=Language.DE,
        subject="Hello\nBcc: eve@example.com",
        plain="",
    )

    letterbox.send(mail)

    (arrived,) = letterbox.received()
    assert (arrived.subject, arrived.sender_name) == ("Hello Bcc: eve@example.com", "Möwenkontor")
    assert PostOffice.taken[0].recipients() == ["alice@example.com"]


def _read(raw: bytes) -> Mail:
    from email import message_from_bytes, policy

    message = message_from_bytes(raw, policy=policy.default)
    plain, html = message.get_body(["plain"]), message.get_body(["html"])
    assert plain is not None
    (sender,) = message["From"].addresses
    assert sender.addr_spec == "shop@example.com"
    assert message["Auto-Submitted"] == "auto-generated"
    return Mail(
        id=unquote(message["Message-ID"].strip("<>").rpartition("@")[0]),
        to=email(message["To"].addresses[0].addr_spec),
        language=Language(message["Content-Language"]),
        subject=message["Subject"],
        sender_name=sender.display_name,
        plain=plain.get_content(),
        html=html.get_content() if html else None,
    )
