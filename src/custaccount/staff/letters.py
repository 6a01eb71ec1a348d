"""What staff are written to about their sign-in."""

from collections.abc import Sequence

import attrs

from custaccount.facilities.letters import Letter, LetterText
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import PortalId, RealmId, StaffId, TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Reading
from custaccount.staff.model import StaffNotFound, StaffPasswordSet, StaffResetRequested
from custaccount.staff.ports import StaffReading

STAFF_RESET = LetterText(
    id="staff.reset",
    subject=N_("Choose a new staff password"),
    body=(
        N_("Somebody, hopefully you, has asked for a new staff password for %(email)s."),
        N_("The link works once, until %(expires)s."),
        N_("If that was not you, you need not do anything: your password stays as it is."),
    ),
    action=N_("Choose a new password"),
)

STAFF_CHANGED = LetterText(
    id="staff.password_set",
    subject=N_("Your staff password has been changed"),
    body=(
        N_("The staff password for %(email)s at %(portal)s has just been set."),
        N_("If that was not you, ask for a new password at once and tell us."),
    ),
)


@attrs.frozen(kw_only=True)
class StaffLetters:
    """Writes to staff about their passwords."""

    _reading: Reading[StaffReading] = attrs.field(alias="reading")

    def __call__(self, realm: RealmId, event: Event) -> Sequence[Letter]:
        """Write the letter the event calls for, if it is one to staff."""
        letter = self._letter(RealmScope(realm), event)
        return () if letter is None else (letter,)

    def _letter(self, scope: RealmScope, event: Event) -> Letter | None:
        match event:
            case StaffResetRequested():
                return self._reset(scope, event.ticket)
            case StaffPasswordSet():
                return self._changed(scope, event.staff, event.portal)
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
            text=STAFF_RESET,
            facts={"email": ticket.email, "expires": ticket.expires},
            ticket=ticket,
        )

    def _changed(self, scope: RealmScope, name: StaffId, portal: PortalId) -> Letter | None:
        with self._reading() as view:
            try:
                member = view.staff.get(scope, name)
            except StaffNotFound:  # gone since, and with it whom to write to
                return None
            language = view.portals.get(scope, portal).language(member.language)
        return Letter(
            realm=scope.realm,
            portal=portal,
            to=member.email,
            language=language,
            text=STAFF_CHANGED,
            facts={"email": member.email},
        )
