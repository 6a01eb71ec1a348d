"""What registration writes to people on their way to an account, and to staff."""

from collections.abc import Mapping, Sequence

import attrs

from custaccount.credentials.model import UserNotFound
from custaccount.customers.model import CustomerNotFound
from custaccount.facilities.letters import Letter, LetterText
from custaccount.facilities.numbers import NumbersRunLow, NumbersRunOut
from custaccount.facilities.tickets import Ticket
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import PortalId, RealmId, TicketId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Reading
from custaccount.membership.model import (
    InvitationNotFound,
    MemberInvited,
    MemberRemoved,
    MemberResumed,
    MemberSuspended,
)
from custaccount.portals.model import LoginId, Portal
from custaccount.registration.model import (
    AccessRequested,
    AccountActivated,
    ClaimRefused,
    ClaimStored,
    FirstSignInRequested,
    JoinRequested,
    Registered,
    Registration,
    RegistrationNotFound,
    RegistrationRejected,
    RegistrationReleased,
    RegistrationState,
    StaffPasswordGiven,
)
from custaccount.registration.ports import RegistrationReading

NOT_YOU = N_("If you have not asked for this, you need not do anything.")

ACTIVATE = LetterText(
    id="registration.activate",
    subject=N_("Activate your account"),
    body=(
        N_("Welcome to %(portal)s. Open the link and choose a password for %(email)s."),
        N_("The link works once, until %(expires)s."),
        NOT_YOU,
    ),
    action=N_("Activate your account"),
)
CONFIRM = LetterText(
    id="registration.confirm",
    subject=N_("Confirm your registration"),
    body=(
        N_("Thank you for registering at %(portal)s. Open the link to confirm %(email)s."),
        N_("Your account is active as soon as you have chosen a password there."),
        N_("The link works once, until %(expires)s."),
        NOT_YOU,
    ),
    action=N_("Confirm your registration"),
)
ALREADY = LetterText(
    id="registration.already_there",
    subject=N_("You have an account already"),
    body=(
        N_("Somebody, hopefully you, has registered at %(portal)s with %(email)s."),
        N_("You have an account already. If you have forgotten your password, ask for a new one."),
        NOT_YOU,
    ),
)
REQUESTED = LetterText(
    id="registration.requested",
    subject=N_("We have received your request"),
    body=(
        N_("Thank you for asking for access to %(portal)s with %(email)s."),
        N_("We will look at your request and write to you again."),
        NOT_YOU,
    ),
)
RELEASED = LetterText(
    id="registration.released",
    subject=N_("Your access has been approved"),
    body=(
        N_("Welcome to %(portal)s. Open the link and choose a password for %(email)s."),
        N_("The link works once, until %(expires)s."),
    ),
    action=N_("Activate your account"),
)
REJECTED = LetterText(
    id="registration.rejected",
    subject=N_("About your request"),
    body=(
        N_("We could not approve your access to %(portal)s."),
        N_("The reason: %(reason)s"),
        N_("You are welcome to register again."),
    ),
)
JOINING = LetterText(
    id="registration.joining",
    subject=N_("We have asked your company"),
    body=(
        N_("Thank you for confirming %(email)s."),
        N_("We have asked the administrators of your company at %(portal)s to let you in."),
        N_("You will get a mail as soon as they have decided."),
    ),
)
JOIN_REQUEST = LetterText(
    id="registration.join_request",
    subject=N_("Somebody asks to join %(customer)s"),
    body=(
        N_("%(who)s asks to act for %(customer)s at %(portal)s."),
        N_("Please decide about it among the users of your company."),
    ),
)
CLAIMED = LetterText(
    id="registration.claimed",
    subject=N_("We are setting up your account"),
    body=(
        N_("Thank you for confirming %(email)s."),
        N_("We still have to find out which customer of %(portal)s you belong to."),
        N_("We will write to you as soon as your account is ready."),
    ),
)
NOT_LINKED = LetterText(
    id="registration.not_linked",
    subject=N_("About your account"),
    body=(
        N_("We could not link %(email)s to a customer of %(portal)s."),
        N_("The reason: %(reason)s"),
    ),
)
WELCOME = LetterText(
    id="registration.welcome",
    subject=N_("Your account is active"),
    body=(N_("Your account for %(customer)s at %(portal)s is active. Please sign in."),),
)
WELCOME_BY_NUMBER = LetterText(
    id="registration.welcome_by_number",
    subject=N_("Your account is active"),
    body=(
        N_("Your account for %(customer)s at %(portal)s is active."),
        N_("Please sign in with customer number %(number)s."),
    ),
)
WELCOME_BY_CODE = LetterText(
    id="registration.welcome_by_code",
    subject=N_("Your account is active"),
    body=(
        N_("Your account for %(customer)s at %(portal)s is active."),
        N_("Please sign in with customer number %(number)s and user code %(code)s."),
    ),
)
INVITATION = LetterText(
    id="registration.invitation",
    subject=N_("Your invitation to %(portal)s"),
    body=(
        N_("You are invited to act for %(customer)s at %(portal)s."),
        N_("The link works once, until %(expires)s."),
        N_("If you do not want to, you need not do anything."),
    ),
    action=N_("Accept the invitation"),
)
STAFF_PASSWORD = LetterText(
    id="registration.staff_password",
    subject=N_("An account has been made for you"),
    body=(
        N_("We have made you an account at %(portal)s for %(customer)s."),
        N_("You will get a first password from us, and choose your own when you first sign in."),
    ),
)
SUSPENDED = LetterText(
    id="registration.suspended",
    subject=N_("Your access for %(customer)s is suspended"),
    body=(
        N_("For now you can't act for %(customer)s at %(portal)s."),
        N_("Your login stays as it is. Please ask the company if you think that this is wrong."),
    ),
)
RESUMED = LetterText(
    id="registration.resumed",
    subject=N_("You can act for %(customer)s again"),
    body=(N_("Your access for %(customer)s at %(portal)s is no longer suspended."),),
)
REMOVED = LetterText(
    id="registration.removed",
    subject=N_("You no longer act for %(customer)s"),
    body=(
        N_("Your access for %(customer)s at %(portal)s has ended."),
        N_("Your login stays as it is. Please ask us if you think that this is wrong."),
    ),
)
FOR_STAFF = LetterText(
    id="registration.for_staff",
    subject=N_("A registration is waiting"),
    body=(
        N_("%(email)s has asked for access to %(portal)s."),
        N_("Please decide about it in the queue."),
    ),
)
CLAIM_FOR_STAFF = LetterText(
    id="registration.claim_for_staff",
    subject=N_("An account is waiting for a customer"),
    body=(
        N_("%(email)s is confirmed at %(portal)s and may belong to a customer we know."),
        N_("Please decide about it in the queue."),
    ),
)
NUMBERS_LOW = LetterText(
    id="registration.numbers_low",
    subject=N_("Customer numbers are running out"),
    body=(N_("Numbers left in the number range “%(range)s” of %(portal)s: %(left)s."),),
)
NUMBERS_OUT = LetterText(
    id="registration.numbers_out",
    subject=N_("There are no customer numbers left"),
    body=(
        N_("The number range “%(range)s” of %(portal)s is used up."),
        N_("Nobody can register until it is extended."),
    ),
)

TEXTS = (
    CONFIRM,
    REQUESTED,
    RELEASED,
    REJECTED,
    ALREADY,
    ACTIVATE,
    INVITATION,
    STAFF_PASSWORD,
    JOINING,
    CLAIMED,
    NOT_LINKED,
    WELCOME,
    WELCOME_BY_NUMBER,
    WELCOME_BY_CODE,
    JOIN_REQUEST,
    SUSPENDED,
    RESUMED,
    REMOVED,
    FOR_STAFF,
    CLAIM_FOR_STAFF,
    NUMBERS_LOW,
    NUMBERS_OUT,
)
"""Every letter of registration, in the order a person gets them; those to staff last."""


@attrs.frozen(kw_only=True)
class RegistrationLetters:
    """Writes to people on their way to an account, and tells staff what waits for them."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")

    def __call__(  # noqa: C901, PLR0911, PLR0912 - one line a letter
        self, realm: RealmId, event: Event
    ) -> Sequence[Letter]:
        """Write the letters the event calls for."""
        scope = RealmScope(realm)
        with self._reading() as view:
            try:
                match event:
                    case FirstSignInRequested():
                        return _with_ticket(view, scope, event.ticket, ACTIVATE)
                    case Registered(known=None):
                        return _with_ticket(view, scope, event.ticket, CONFIRM)
                    case Registered() | AccessRequested(known=str()):
                        return _known(view, scope, event)
                    case AccessRequested():
                        kept = view.registrations.get(scope, event.registration)
                        to = _to_registrant(view, kept, REQUESTED)
                        return (to, *_to_staff(view, kept, FOR_STAFF))
                    case RegistrationReleased(ticket=str() as ticket):
                        return _with_ticket(view, scope, ticket, RELEASED)
                    case RegistrationRejected():
                        kept = view.registrations.get(scope, event.registration)
                        return (_to_registrant(view, kept, REJECTED, reason=kept.reason),)
                    case ClaimStored():
                        kept = view.registrations.get(scope, event.registration)
                        to = _to_registrant(view, kept, CLAIMED)
                        return (to, *_to_staff(view, kept, CLAIM_FOR_STAFF))
                    case JoinRequested():
                        return _join_requested(view, scope, event)
                    case ClaimRefused():
                        kept = view.registrations.get(scope, event.registration)
                        return (_to_registrant(view, kept, NOT_LINKED, reason=kept.reason),)
                    case MemberInvited():
                        return _invitation(view, scope, event)
                    case AccountActivated(portal=str() as portal):
                        return _welcome(view, scope, event, portal)
                    case StaffPasswordGiven():
                        return _about(view, scope, event, STAFF_PASSWORD)
                    case MemberSuspended():
                        return _about(view, scope, event, SUSPENDED)
                    case MemberResumed():
                        return _about(view, scope, event, RESUMED)
                    case MemberRemoved():
                        return _about(view, scope, event, REMOVED)
                    case NumbersRunLow():
                        facts = {"range": event.range, "left": event.left}
                        return _about_numbers(view, scope, event.range, NUMBERS_LOW, facts)
                    case NumbersRunOut():
                        facts = {"range": event.range}
                        return _about_numbers(view, scope, event.range, NUMBERS_OUT, facts)
                    case _:
                        return ()
            except (RegistrationNotFound, UserNotFound, InvitationNotFound, CustomerNotFound):
                return ()  # over since, and with it what there was to say


def _with_ticket(
    view: RegistrationReading,
    scope: RealmScope,
    name: TicketId,
    text: LetterText,
    facts: Mapping[str, object] = {},
) -> tuple[Letter, ...]:
    ticket = view.tickets.find(scope, name)
    if ticket is None or ticket.email is None:
        return ()
    return (_of_ticket(scope, ticket, ticket.email, text, facts),)


def _of_ticket(
    scope: RealmScope,
    ticket: Ticket,
    to: EmailAddress,
    text: LetterText,
    facts: Mapping[str, object],
) -> Letter:
    return Letter(
        realm=scope.realm,
        portal=ticket.portal,
        to=to,
        language=ticket.language,
        text=text,
        facts={"email": to, "expires": ticket.expires, **facts},
        ticket=ticket,
    )


def _to_registrant(
    view: RegistrationReading, kept: Registration, text: LetterText, **facts: str
) -> Letter:
    portal = view.portals.get(RealmScope(kept.realm), kept.portal)
    return Letter(
        realm=kept.realm,
        portal=kept.portal,
        to=kept.email,
        language=portal.language(kept.language),
        text=text,
        facts={"email": kept.email, **facts},
    )


def _to_staff(
    view: RegistrationReading, kept: Registration, text: LetterText
) -> tuple[Letter, ...]:
    portal = view.portals.get(RealmScope(kept.realm), kept.portal)
    return _told(portal, text, {"email": kept.email})


def _told(portal: Portal, text: LetterText, facts: Mapping[str, object]) -> tuple[Letter, ...]:
    return tuple(
        Letter(
            realm=portal.realm,
            portal=portal.id,
            to=to,
            language=portal.language(None),
            text=text,
            facts=facts,
        )
        for to in portal.policies.tell_staff
    )


def _known(
    view: RegistrationReading, scope: RealmScope, event: Registered | AccessRequested
) -> tuple[Letter, ...]:
    kept = view.registrations.get(scope, event.registration)
    return () if event.known is None else _to_user(view, scope, event.known, kept.portal, ALREADY)


def _to_user(
    view: RegistrationReading,
    scope: RealmScope,
    name: UserId,
    portal: PortalId,
    text: LetterText,
    **facts: str,
) -> tuple[Letter, ...]:
    user = view.users.get(scope, name)
    if user.email is None:
        return ()
    return (
        Letter(
            realm=scope.realm,
            portal=portal,
            to=user.email,
            language=view.portals.get(scope, portal).language(user.language),
            text=text,
            facts={"email": user.email, **facts},
        ),
    )


def _join_requested(
    view: RegistrationReading, scope: RealmScope, event: JoinRequested
) -> tuple[Letter, ...]:
    """Tell who asks that the company is asked, and each of its administrators."""
    kept = view.registrations.get(scope, event.registration)
    if kept.state is not RegistrationState.CLAIMED or kept.company != event.customer:
        return ()
    of = CustomerScope(scope.realm, event.customer)
    name = view.customers.get(of).name
    told = (
        letter
        for one in view.memberships.of_customer(of)
        if one.administers
        for letter in _to_user(
            view,
            scope,
            one.membership.user,
            kept.portal,
            JOIN_REQUEST,
            customer=name,
            who=kept.email.text,
        )
    )
    return (_to_registrant(view, kept, JOINING), *told)


def _invitation(
    view: RegistrationReading, scope: RealmScope, event: MemberInvited
) -> tuple[Letter, ...]:
    kept = view.invitations.get(scope, event.invitation)
    customer = view.customers.get(kept.scope)
    facts = {"customer": customer.name}
    return _with_ticket(view, scope, event.ticket, INVITATION, facts)


def _welcome(
    view: RegistrationReading, scope: RealmScope, event: AccountActivated, portal: PortalId
) -> tuple[Letter, ...]:
    named = CustomerScope(scope.realm, event.customers[0])
    customer = view.customers.get(named)
    standing = view.memberships.find(named, event.user)
    policies = view.portals.get(scope, portal).policies
    facts = {"customer": customer.name, "number": customer.number}
    if standing is None or policies.login is LoginId.MAIL:
        return _to_user(view, scope, event.user, portal, WELCOME, **facts)
    code = standing.membership.user_code
    if not code:
        return _to_user(view, scope, event.user, portal, WELCOME_BY_NUMBER, **facts)
    return _to_user(view, scope, event.user, portal, WELCOME_BY_CODE, **facts, code=code)


def _about(
    view: RegistrationReading,
    scope: RealmScope,
    event: StaffPasswordGiven | MemberSuspended | MemberResumed | MemberRemoved,
    text: LetterText,
) -> tuple[Letter, ...]:
    customer = view.customers.get(CustomerScope(scope.realm, event.customer))
    return _to_user(view, scope, event.user, event.portal, text, customer=customer.name)


def _about_numbers(
    view: RegistrationReading,
    scope: RealmScope,
    key: str,
    text: LetterText,
    facts: Mapping[str, object],
) -> tuple[Letter, ...]:
    portals = [one for one in view.portals.of_realm(scope) if one.policies.number_range == key]
    letters: dict[str, Letter] = {}
    for portal in portals:
        for letter in _told(portal, text, facts):
            letters.setdefault(letter.to.key, letter)
    return tuple(letters.values())
