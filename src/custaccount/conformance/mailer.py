"""What an adapter to a mail server promises."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

import attrs
import pytest

from custaccount.conformance.samples import TEXTS, an_email
from custaccount.conformance.suite import Suite
from custaccount.facilities.letters import Mail, Mailer, MailerUnavailable
from custaccount.kernel.i18n import Language
from custaccount.kernel.sources import new_id


class TestableMailer(Mailer, Protocol):
    """A mailer with its server in the test's hands."""

    __test__: ClassVar[bool] = False

    down: bool
    """Set by the test: the server takes nothing."""

    def received(self) -> Sequence[Mail]:
        """Return what the server took, in order."""
        ...


def a_mail() -> Mail:
    """Return a mail in words that are not ASCII, with a long link."""
    return Mail(
        id=new_id(),
        to=an_email(),
        language=Language.DE,
        subject=f"Größe & Maß: {TEXTS[0]}",
        plain=f"Guten Tag,\n\n{TEXTS[-1]}\n\nhttps://shop.example/{'x' * 200}?a=1&b=2\n",
        html="<p>Guten Tag – schön</p>",
    )


class MailerSuite(Suite):
    """A mail is handed over whole, or refused so that it is tried again."""

    @pytest.fixture
    def mailer(self) -> TestableMailer:
        """Return the mailer under test: override this one."""
        message = "override the fixture `mailer` to return the adapter under test"
        raise NotImplementedError(message)

    def test_a_mail_arrives_as_it_was_sent(self, mailer: TestableMailer) -> None:
        """Recipient, subject, text and link, with every character; with and without HTML."""
        mails = [a_mail(), attrs.evolve(a_mail(), html=None)]
        for mail in mails:
            mailer.send(mail)

        for mail, arrived in zip(mails, mailer.received(), strict=True):
            assert (arrived.to, arrived.subject) == (mail.to, mail.subject)
            assert arrived.plain.splitlines() == mail.plain.splitlines()
            assert (arrived.html or "").split() == (mail.html or "").split()

    def test_a_mail_comes_under_its_senders_name(self, mailer: TestableMailer) -> None:
        """That of its portal, with every character, whatever name the mailer has else."""
        names = ["Nordwind Großhandel", 'O\'Brien "Süd", Ltd.']
        for name in names:
            mailer.send(attrs.evolve(a_mail(), sender_name=name))

        assert [arrived.sender_name for arrived in mailer.received()] == names

    def test_a_repeated_mail_carries_the_same_id(self, mailer: TestableMailer) -> None:
        """So that whoever gets it twice can tell."""
        mail = a_mail()
        mailer.send(mail)
        mailer.send(mail)

        first, second = mailer.received()

        assert first.id == second.id == mail.id

    def test_a_mail_that_is_not_taken_is_refused(self, mailer: TestableMailer) -> None:
        """A server that does not answer is ``MailerUnavailable``, and it passes."""
        mailer.down = True
        with pytest.raises(MailerUnavailable):
            mailer.send(a_mail())
        assert not mailer.received()

        mailer.down = False
        mailer.send(a_mail())
        assert len(mailer.received()) == 1
