"""Mail by SMTP: one connection a mail, encrypted and verified, with the standard library."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import attrs

from custaccount.facilities.letters import Mail, MailerUnavailable
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import InvalidFields, Problem
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.sources import utc_now
from custaccount.kernel.text import EmailAddress, EmailInvalid, unfit

NOOP_TAKEN = 250


class Security(Enum):
    """How the way to the mail server is protected."""

    STARTTLS = "starttls"
    """The connection turns to TLS before anything is said; usual on port 587."""
    TLS = "tls"
    """TLS from the first byte; usual on port 465."""
    PLAIN_LOOPBACK = "plain loopback"
    """None, for a mail server on this machine."""


@attrs.frozen
class SmtpMailer:
    """Hands mails to an SMTP server; may be used by many threads.

    A mail says the same again when it is repeated, ``Date`` apart, under the same ``Message-ID``.
    Whatever the server answers, a mail that was not taken is ``MailerUnavailable``: a refusal that
    is called permanent is often a setting somebody corrects.

    Raises:
        InvalidFields: with everything about the configuration that can't work or is not safe.
    """

    host: str
    port: int
    sender: str = attrs.field(kw_only=True)
    """The address mails come from."""
    sender_name: str = attrs.field(default="", kw_only=True)
    """What is shown beside it where a mail names no sender of its own, as a portal's does."""
    username: str | None = attrs.field(default=None, kw_only=True)
    password: str | None = attrs.field(default=None, kw_only=True, repr=False)
    security: Security = attrs.field(default=Security.STARTTLS, kw_only=True)
    authorities: Path | None = attrs.field(default=None, kw_only=True)
    """A PEM file of who may vouch for the server, if not those this machine trusts."""
    timeout: float = attrs.field(default=10.0, kw_only=True)
    """Seconds each answer of the server may take."""
    clock: Clock = attrs.field(default=utc_now, kw_only=True, repr=False)
    _trust: ssl.SSLContext | None = attrs.field(init=False, repr=False, eq=False)

    @_trust.default
    def _read_authorities(self) -> ssl.SSLContext | None:
        plain = self.security is Security.PLAIN_LOOPBACK
        return None if plain else ssl.create_default_context(cafile=self.authorities)

    def __attrs_post_init__(self) -> None:
        """Refuse what can't work or is not safe, all at once."""
        rules = (
            ("sender", _is_address(self.sender), EmailInvalid.template),
            ("sender_name", not unfit(self.sender_name), N_("Printable characters only.")),
            (
                "password",
                (self.username is None) == (self.password is None)
                and f"{self.username}{self.password}".isascii(),
                N_("User name and password go together, both in ASCII."),
            ),
            (
                "security",
                self.security is not Security.PLAIN_LOOPBACK or _is_loopback(self.host),
                N_("Unencrypted only to a mail server on this machine."),
            ),
            ("timeout", self.timeout > 0, N_("More than 0 seconds.")),
        )
        problems = [
            Problem(field=field, code="smtp.configuration", text=Text(text))
            for field, holds, text in rules
            if not holds
        ]
        if problems:
            raise InvalidFields(problems=tuple(problems))

    def send(self, mail: Mail) -> None:
        """See ``Mailer``."""
        message = self._message(mail)
        try:
            with self._connected() as server:
                server.send_message(message)
        except OSError as failure:  # smtplib's and ssl's errors are OSErrors too
            raise MailerUnavailable from failure

    def reach(self) -> None:
        """Say hello, encrypted and signed in as for a mail, and send nothing.

        Raises:
            MailerUnavailable: the server would not take a mail now.
        """
        try:
            with self._connected() as server:
                code, said = server.noop()
                if code != NOOP_TAKEN:
                    raise smtplib.SMTPResponseException(code, said)
        except OSError as failure:
            raise MailerUnavailable from failure

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        server = self._opened()
        try:
            if self.security is Security.STARTTLS:
                server.starttls(context=self._trust)
            if self.username is not None and self.password is not None:
                server.login(self.username, self.password)
            yield server
            with suppress(OSError):  # the mail is taken, however the server says goodbye
                server.quit()
        finally:
            server.close()

    def _opened(self) -> smtplib.SMTP:
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=self._trust)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)

    def _message(self, mail: Mail) -> EmailMessage:
        sender = EmailAddress.parse(self.sender).text
        message = EmailMessage(SMTP)
        message["From"] = Address(mail.sender_name or self.sender_name, addr_spec=sender)
        message["To"] = Address(addr_spec=mail.to.text)
        message["Subject"] = " ".join(mail.subject.splitlines())
        message["Date"] = self.clock()
        message["Message-ID"] = f"<{quote(mail.id, safe='')}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.plain, cte="quoted-printable")  # any server takes 7 bits
        if mail.html is not None:
            message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        message["Content-Language"] = mail.language.value  # last: contents move such headers
        return message


def _is_address(raw: str) -> bool:
    try:
        EmailAddress.parse(raw)
    except EmailInvalid:
        return False
    return True


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
