"""What registration writes to people."""

import attrs

from custaccount.facilities.letters import Letter, LetterText
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Reading
from custaccount.registration.model import FirstSignInRequested
from custaccount.registration.ports import RegistrationReading

ACTIVATE = LetterText(
    id="registration.activate",
    subject=N_("Activate your account"),
    body=(
        N_("Welcome to %(portal)s. Open the link and choose a password for %(email)s."),
        N_("The link works once, until %(expires)s."),
        N_("If you have not asked for this, you need not do anything."),
    ),
    action=N_("Activate your account"),
)


@attrs.frozen(kw_only=True)
class RegistrationLetters:
    """Writes to people on their way to an account."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")

    def __call__(self, realm: RealmId, event: Event) -> Letter | None:
        """Write the letter the event calls for, or none."""
        if not isinstance(event, FirstSignInRequested):
            return None
        with self._reading() as view:
            ticket = view.tickets.find(RealmScope(realm), event.ticket)
        if ticket is None or ticket.email is None:
            return None
        return Letter(
            realm=realm,
            portal=ticket.portal,
            to=ticket.email,
            language=ticket.language,
            text=ACTIVATE,
            facts={"email": ticket.email, "expires": ticket.expires},
            ticket=ticket,
        )
