"""The SMTP mailer against real servers on loopback: polite, refusing, vanishing and mute ones."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

import attrs
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from custaccount.adapters.memory import FixedClock
from custaccount.adapters.smtp import Security, SmtpMailer
from custaccount.facilities.letters import Mail, MailerUnavailable
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.i18n import Language
from custaccount.kernel.text import EmailAddress

HERE = "127.0.0.1"
SENDER = "service@nordwind.example"


def mail(**facts: object) -> Mail:
    """Make a mail."""
    given: dict[str, object] = {
        "id": "0199-abc.credentials.reset",
        "to": EmailAddress.parse("anna@kunde.example"),
        "language": Language.DE,
        "subject": "Wählen Sie ein neues Paßwort",
        "plain": "Grüße aus Köln\n",
        "html": "<p>Grüße aus Köln</p>",
    }
    return Mail(**{**given, **facts})  # type: ignore[arg-type]


# Servers ----------------------------------------------------------------------------------------


@attrs.define
class Server:
    """A mail server and what it was handed."""

    port: int = 0
    taken: list[Envelope] = attrs.field(factory=list)
    logins: list[bytes] = attrs.field(factory=list)
    answer: str = "250 OK"
    """To the recipient."""
    vanishes: bool = False
    """After it took the mail, without a goodbye."""

    async def handle_RCPT(  # noqa: N802 - the server's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.answer

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        self.taken.append(envelope)
        return "250 taken"

    async def handle_QUIT(  # noqa: N802
        self, server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        """Say goodbye, or vanish."""
        if self.vanishes and server.transport is not None:
            server.transport.abort()
        return "221 Bye"

    def login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: object
    ) -> AuthResult:
        """Let one user in."""
        assert isinstance(given, LoginPassword)
        self.logins.append(given.password)
        return AuthResult(success=given.password == b"hush", handled=False)


def message_in(server: Server) -> EmailMessage:
    """Read the only mail a server took."""
    (envelope,) = server.taken
    assert isinstance(envelope.content, bytes)
    found = message_from_bytes(envelope.content, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(part: EmailMessage) -> list[str]:
    """Read a part's lines."""
    content = part.get_content()
    assert isinstance(content, str)
    return content.splitlines()


@contextmanager
def serving(server: Server, **options: object) -> Iterator[Server]:
    """Run a server for a while."""
    with socket.create_server((HERE, 0)) as probe:
        server.port = probe.getsockname()[1]
    controller = Controller(server, hostname=HERE, port=server.port, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server that takes everything, unencrypted."""
    with serving(Server()) as running:
        yield running


@attrs.frozen
class Papers:
    """A certificate for 127.0.0.1 that vouches for itself."""

    certificate: Path
    context: ssl.SSLContext


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Have a certificate made."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("papers")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=loopback"
    extensions = [
        f"subjectAltName=IP:{HERE}",
        "basicConstraints=critical,CA:TRUE",
        "keyUsage=critical,digitalSignature,keyCertSign",
    ]
    subprocess.run(
        [
            openssl,
            *command.split(),
            *(part for one in extensions for part in ("-addext", one)),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Papers(certificate, context)


@contextmanager
def dropping() -> Iterator[int]:
    """Accept connections and close them at once."""
    import threading

    def drop() -> None:
        try:
            while True:
                listening.accept()[0].close()
        except OSError:
            return

    with socket.create_server((HERE, 0)) as listening:
        thread = threading.Thread(target=drop)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextmanager
def mute() -> Iterator[int]:
    """Let connections queue and never answer."""
    with socket.create_server((HERE, 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def nobody() -> Iterator[int]:
    """Name a port nobody listens on."""
    with socket.create_server((HERE, 0)) as probe:
        port = probe.getsockname()[1]
    yield port


def local(server: Server, **options: object) -> SmtpMailer:
    """Make a mailer for an unencrypted server on this machine."""
    given: dict[str, object] = {
        "sender": SENDER,
        "sender_name": "Nordwind Großhandel",
        "security": Security.PLAIN_LOOPBACK,
        "clock": FixedClock(),
    }
    return SmtpMailer(HERE, server.port, **{**given, **options})  # type: ignore[arg-type]


# What is sent -----------------------------------------------------------------------------------


def test_a_mail_arrives_in_both_formats(server: Server) -> None:
    """Plain text comes first, HTML last, umlauts intact, in bytes any server takes."""
    local(server).send(mail())

    message = message_in(server)
    plain, html = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert message["Subject"] == "Wählen Sie ein neues Paßwort"
    assert message["From"] == "Nordwind Großhandel <service@nordwind.example>"
    assert message["To"] == "anna@kunde.example"
    assert text_of(plain) == ["Grüße aus Köln"]
    assert (html.get_content_type(), text_of(html)) == ("text/html", ["<p>Grüße aus Köln</p>"])
    content = server.taken[0].content
    assert isinstance(content, bytes)
    assert content.isascii()


def test_a_letter_without_html_is_one_part(server: Server) -> None:
    """A plain letter is a plain mail."""
    local(server).send(mail(html=None))

    assert message_in(server).get_content_type() == "text/plain"
    assert text_of(message_in(server)) == ["Grüße aus Köln"]


def test_a_mail_says_what_it_is(server: Server) -> None:
    """Its language, that no person wrote it, and when, by the house's clock."""
    clock = FixedClock()

    local(server, clock=clock).send(mail())

    sent: datetime = parsedate_to_datetime(message_in(server)["Date"])
    assert sent == clock()
    assert message_in(server)["Content-Language"] == "de"
    assert message_in(server)["Auto-Submitted"] == "auto-generated"


def test_a_repeated_mail_has_the_same_message_id(server: Server) -> None:
    """A mailbox can tell a duplicate, however late it comes; another mail has another id."""
    clock = FixedClock()
    mailer = local(server, clock=clock)

    mailer.send(mail())
    clock.set(datetime.fromisoformat("2026-03-03T09:00:00+00:00"))
    mailer.send(mail())
    mailer.send(mail(id="0199-abd.credentials.reset"))

    lines = [
        line
        for envelope in server.taken
        if isinstance(envelope.content, bytes)
        for line in envelope.content.splitlines()
        if line.lower().startswith(b"message-id:")
    ]
    assert lines[0] == b"Message-ID: <0199-abc.credentials.reset@nordwind.example>"
    assert lines[0] == lines[1] != lines[2]


def test_a_long_message_id_stays_whole(server: Server) -> None:
    """A long name of a shop does not fold or encode the id."""
    long = f"{'x' * 60}.example"

    local(server, sender=f"service@{long}").send(mail(id=f"{'1' * 36}.registration.activate"))

    content = server.taken[0].content
    assert isinstance(content, bytes)
    joined = content.replace(b"\r\n ", b" ")
    assert f"Message-ID: <{'1' * 36}.registration.activate@{long}>".encode() in joined


@pytest.mark.parametrize("broken", ["\r\n", "\n", "\r", "\u2028", "\x85"])
def test_nothing_in_a_mail_starts_a_header(server: Server, broken: str) -> None:
    """A line break in a subject or an id becomes a blank or an escape, never a header."""
    local(server).send(
        mail(subject=f"Hallo{broken}Bcc: eve@evil.example", id=f"1{broken}Bcc: eve@evil.example")
    )

    assert message_in(server)["Bcc"] is None
    assert server.taken[0].rcpt_tos == ["anna@kunde.example"]
    assert message_in(server)["Subject"] == "Hallo Bcc: eve@evil.example"


@pytest.mark.parametrize("name", ["Nord\r\nBcc: eve@evil.example", "Nord\nwind", "Nord\x00wind"])
def test_a_sender_name_is_one_line(name: str) -> None:
    """A name with a line break or another control character is refused at construction."""
    with pytest.raises(InvalidFields) as refused:
        SmtpMailer("mail.example", 587, sender=SENDER, sender_name=name)

    assert [problem.field for problem in refused.value.problems] == ["sender_name"]


@pytest.mark.parametrize(
    "name", ["Müller, Söhne & Co.", 'Nord "wind" <x@y.example>', "{{7*7}} %(x)s"]
)
def test_a_sender_name_is_only_a_name(server: Server, name: str) -> None:
    """Commas, quotes and brackets in it make no second address."""
    local(server, sender_name=name).send(mail())

    (sender,) = message_in(server)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, SENDER)


def test_a_domain_with_umlauts_is_sent_in_ascii(server: Server) -> None:
    """Sender and recipient may have international domains; servers of any age take them."""
    local(server, sender="service@müller.example").send(
        mail(to=EmailAddress.parse("anna@bücher.example"))
    )

    envelope = server.taken[0]
    assert envelope.rcpt_tos == ["anna@xn--bcher-kva.example"]
    assert envelope.mail_from == "service@xn--mller-kva.example"


def test_a_line_with_a_dot_stays(server: Server) -> None:
    """A line that would end the mail for SMTP does not, and long lines are kept."""
    lines = [".", "..", "ö" * 2000]

    local(server).send(mail(plain="\n".join(lines) + "\n", html=None))

    assert text_of(message_in(server)) == lines


# The way there ----------------------------------------------------------------------------------


def test_starttls_protects_user_and_mail(papers: Papers) -> None:
    """The password and the mail travel encrypted, to a server whose certificate was verified."""
    serves = Server()
    with serving(
        serves,
        tls_context=papers.context,
        require_starttls=True,
        authenticator=serves.login,
        auth_required=True,
    ) as server:
        mailer = SmtpMailer(
            HERE,
            server.port,
            sender=SENDER,
            username="shop",
            password="hush",
            authorities=papers.certificate,
        )
        mailer.send(mail())

    assert server.logins == [b"hush"]
    assert message_in(server)["To"] == "anna@kunde.example"


def test_tls_from_the_first_byte(papers: Papers) -> None:
    """Port 465's way works too."""
    with serving(Server(), ssl_context=papers.context) as server:
        mailer = SmtpMailer(
            HERE,
            server.port,
            sender=SENDER,
            security=Security.TLS,
            authorities=papers.certificate,
        )
        mailer.send(mail())

    assert len(server.taken) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_stranger_gets_nothing(papers: Papers, security: Security) -> None:
    """A server nobody vouches for gets neither password nor mail."""
    encrypted = "tls_context" if security is Security.STARTTLS else "ssl_context"
    serves = Server()
    with serving(serves, authenticator=serves.login, **{encrypted: papers.context}) as server:
        mailer = SmtpMailer(
            HERE, server.port, sender=SENDER, username="shop", password="hush", security=security
        )
        with pytest.raises(MailerUnavailable) as unavailable:
            mailer.send(mail())

    assert isinstance(unavailable.value.__cause__, ssl.SSLCertVerificationError)
    assert (server.taken, server.logins) == ([], [])


def test_a_certificate_for_another_name_is_refused(papers: Papers) -> None:
    """A trusted certificate of somebody else does not help."""
    with serving(Server(), tls_context=papers.context) as server:
        mailer = SmtpMailer("localhost", server.port, sender=SENDER, authorities=papers.certificate)
        with pytest.raises(MailerUnavailable):
            mailer.send(mail())

    assert server.taken == []


def test_without_starttls_nothing_is_sent(server: Server) -> None:
    """A server, or somebody on the way, that hides STARTTLS gets no mail in clear text."""
    with pytest.raises(MailerUnavailable):
        SmtpMailer(HERE, server.port, sender=SENDER).send(mail())

    assert server.taken == []


def test_a_wrong_password_is_unavailable(papers: Papers) -> None:
    """The mail waits until somebody corrects the setting; nothing was sent."""
    serves = Server()
    with serving(serves, tls_context=papers.context, authenticator=serves.login) as server:
        mailer = SmtpMailer(
            HERE,
            server.port,
            sender=SENDER,
            username="shop",
            password="wrong",
            authorities=papers.certificate,
        )
        with pytest.raises(MailerUnavailable):
            mailer.send(mail())

    assert server.taken == []


# Trouble ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["550 no such user", "451 try later", "421 closing"])
def test_a_refused_recipient_is_unavailable(answer: str) -> None:
    """Refused for now or for good: the mail was not taken, and the relay decides."""
    with serving(Server(answer=answer)) as server, pytest.raises(MailerUnavailable):
        local(server).send(mail())

    assert server.taken == []


@pytest.mark.parametrize("trouble", [dropping, mute, nobody])
@pytest.mark.parametrize("security", [Security.PLAIN_LOOPBACK, Security.TLS])
def test_a_server_in_trouble_is_unavailable(
    trouble: Callable[[], AbstractContextManager[int]], security: Security
) -> None:
    """A server that drops the line, says nothing or is not there: one error, no socket left."""
    with trouble() as port, pytest.raises(MailerUnavailable) as unavailable:
        SmtpMailer(HERE, port, sender=SENDER, security=security, timeout=0.2).send(mail())

    assert isinstance(unavailable.value.__cause__, OSError)


def test_a_taken_mail_is_taken_without_a_goodbye() -> None:
    """Who vanishes after the mail was taken causes no second one."""
    with serving(Server(vanishes=True)) as server:
        local(server).send(mail())

    assert len(server.taken) == 1


# Configuration ----------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once() -> None:
    """Each unsafe or impossible setting is a problem, all in one error."""
    with pytest.raises(InvalidFields) as refused:
        SmtpMailer(
            "mail.example",
            25,
            sender="nobody",
            sender_name="a\nb",
            username="shop",
            security=Security.PLAIN_LOOPBACK,
            timeout=0,
        )

    assert [problem.field for problem in refused.value.problems] == [
        "sender",
        "sender_name",
        "password",
        "security",
        "timeout",
    ]


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.1", "localhost.evil.example", "0.0.0.0"])  # noqa: S104
def test_plain_text_stays_on_this_machine(host: str) -> None:
    """An unencrypted connection to anywhere else is refused at construction."""
    with pytest.raises(InvalidFields):
        SmtpMailer(host, 25, sender=SENDER, security=Security.PLAIN_LOOPBACK)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.0.1", "::1"])
def test_plain_text_on_this_machine_is_fine(host: str) -> None:
    """A relay on the same machine needs no encryption."""
    assert SmtpMailer(host, 25, sender=SENDER, security=Security.PLAIN_LOOPBACK).host == host


def test_a_password_that_cannot_be_said_is_refused() -> None:
    """A password with umlauts fails at construction, not at the first mail."""
    with pytest.raises(InvalidFields):
        SmtpMailer("mail.example", 587, sender=SENDER, username="shop", password="größe")


def test_the_password_is_not_shown() -> None:
    """Neither in a repr nor in the log it ends up in."""
    mailer = SmtpMailer("mail.example", 587, sender=SENDER, username="shop", password="hush")

    assert "hush" not in repr(mailer)
