"""Mail through whatever back end the host's Django sends its own by."""

from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import quote

import attrs
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from custaccount.facilities.letters import Mail, MailerUnavailable


@attrs.frozen(kw_only=True)
class DjangoMailer:
    """Hands mails to Django's default back end; may be used by many threads."""

    sender: str | None = None
    """Whom mails come from, with or without a name; ``DEFAULT_FROM_EMAIL`` if it is None."""

    def send(self, mail: Mail) -> None:
        """See ``Mailer``."""
        message = self._message(mail)
        try:
            taken = message.send()
        except Exception as failure:  # back ends have errors of their own, with no common root
            raise MailerUnavailable from failure
        if not taken:
            raise MailerUnavailable

    def _message(self, mail: Mail) -> EmailMultiAlternatives:
        name, sender = parseaddr(self.sender or settings.DEFAULT_FROM_EMAIL)
        shown = Address(mail.sender_name or name, addr_spec=sender)
        message = EmailMultiAlternatives(
            subject=" ".join(mail.subject.splitlines()),
            body=mail.plain,
            from_email=str(shown),
            to=[mail.to.text],
            headers={
                "Message-ID": f"<{quote(mail.id, safe='')}@{shown.domain}>",
                "Auto-Submitted": "auto-generated",
                "Content-Language": mail.language.value,
            },
        )
        if mail.html is not None:
            message.attach_alternative(mail.html, "text/html")
        return message
