"""What sign-in writes to people."""

import attrs

from custaccount.credentials.model import PasswordSet, ResetRequested, UserNotFound
from custaccount.credentials.ports import CredentialsReading
from custaccount.facilities.letters import Letter, LetterText
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import PortalId, RealmId, TicketId, UserId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Reading

RESET = LetterText(
    id="credentials.reset",
    subject=N_("Choose a new password"),
    body=(
        N_("Somebody, hopefully you, has asked for a new password for %(email)s at %(portal)s."),
        N_("The link works once, until %(expires)s."),
        N_("If that was not you, you need not do anything: your password stays as it is."),
    ),
    action=N_("Choose a new password"),
)

CHANGED = LetterText(
    id="credentials.password_set",
    subject=N_("Your password has been changed"),
    body=(
        N_("The password for %(email)s at %(portal)s has just been set."),
        N_("If that was not you, ask for a new password at once and tell us."),
    ),
)


@attrs.frozen(kw_only=True)
class CredentialLetters:
    """Writes about passwords."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")

    def __call__(self, realm: RealmId, event: Event) -> Letter | None:
        """Write the letter the event calls for, or none."""
        match event:
            case ResetRequested():
                return self._reset(RealmScope(realm), event.ticket)
            case PasswordSet():
                return self._changed(RealmScope(realm), event.user, event.portal)
            case _:
                return None

    def _reset(self, scope: RealmScope, name: TicketId) -> Letter | None:
        with self._reading() as view:
            ticket = view.tickets.find(scope, name)
        if ticket is None or ticket.email is None:
            return None
        return Letter(
            realm=scope.realm,
            portal=ticket.portal,
            to=ticket.email,
            language=ticket.language,
            text=RESET,
            facts={"email": ticket.email, "expires": ticket.expires},
            ticket=ticket,
        )

    def _changed(self, scope: RealmScope, name: UserId, portal: PortalId) -> Letter | None:
        with self._reading() as view:
            try:
                user = view.users.get(scope, name)
            except UserNotFound:  # gone since, and with it whom to write to
                return None
            language = view.portals.get(scope, portal).language(user.language)
        return Letter(
            realm=scope.realm,
            portal=portal,
            to=user.email,
            language=language,
            text=CHANGED,
            facts={"email": user.email},
        )
