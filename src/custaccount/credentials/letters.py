"""What sign-in writes to people."""

from collections.abc import Sequence

import attrs

from custaccount.credentials.model import (
    EmailChanged,
    EmailChangeRequested,
    PasswordSet,
    ResetRequested,
    UserNotFound,
)
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


CONFIRM_EMAIL = LetterText(
    id="credentials.email_change",
    subject=N_("Confirm your new mail address"),
    body=(
        N_("Somebody, hopefully you, wants to use %(email)s at %(portal)s from now on."),
        N_("Open the link to confirm. It works once, until %(expires)s."),
        N_("If that was not you, you need not do anything."),
    ),
    action=N_("Confirm the address"),
)

EMAIL_CHANGED = LetterText(
    id="credentials.email_changed",
    subject=N_("Your mail address has been changed"),
    body=(
        N_("Your account at %(portal)s does not use %(email)s any more."),
        N_("If that was not you, undo it: the link works once, until %(expires)s."),
        N_("Your password will then be removed, and you will get a link for a new one."),
    ),
    action=N_("Undo the change"),
)


TEXTS = (RESET, CHANGED, CONFIRM_EMAIL, EMAIL_CHANGED)
"""Every letter about signing in."""


@attrs.frozen(kw_only=True)
class CredentialLetters:
    """Writes about passwords."""

    _reading: Reading[CredentialsReading] = attrs.field(alias="reading")

    def __call__(self, realm: RealmId, event: Event) -> Sequence[Letter]:
        """Write the letter the event calls for, if it is one of sign-in's."""
        letter = self._letter(RealmScope(realm), event)
        return () if letter is None else (letter,)

    def _letter(self, scope: RealmScope, event: Event) -> Letter | None:
        match event:
            case ResetRequested():
                return self._with_ticket(scope, event.ticket, RESET)
            case EmailChangeRequested():
                return self._with_ticket(scope, event.ticket, CONFIRM_EMAIL)
            case EmailChanged() if event.undo is not None:
                return self._with_ticket(scope, event.undo, EMAIL_CHANGED)
            case PasswordSet():
                return self._changed(scope, event.user, event.portal)
            case _:
                return None

    def _with_ticket(self, scope: RealmScope, name: TicketId, text: LetterText) -> Letter | None:
        with self._reading() as view:
            ticket = view.tickets.find(scope, name)
        if ticket is None or ticket.email is None:
            return None
        return Letter(
            realm=scope.realm,
            portal=ticket.portal,
            to=ticket.email,
            language=ticket.language,
            text=text,
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
        if user.email is None:
            return None
        return Letter(
            realm=scope.realm,
            portal=portal,
            to=user.email,
            language=language,
            text=CHANGED,
            facts={"email": user.email},
        )
