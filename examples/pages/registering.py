"""Becoming a customer: registration, invitations, and waiting for what comes of them."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.credentials import SessionOver
from custaccount.facilities.signing import TokenInvalid
from custaccount.integrations.answers import status_of
from custaccount.kernel.errors import CustAccountError, InvalidFields
from custaccount.kernel.ids import BearerToken
from custaccount.membership import AlreadyMember, InvitationOver, OnePersonOnly
from custaccount.portals import AccountKind, LoginId, RegistrationMode
from custaccount.registration import ProofRefused, RegistrationClosed
from custaccount.registration.invited import Accepted, AnotherPerson, LoginExists, Offer
from pages.asking import Answer, Asked, Filled, Route, go, keys, page, typed
from pages.entering import Link
from pages.guests import draft_of, forget_cart, lines_of, take_along

PROOF = ("customer_number", "invoice_number")
Over = (TokenInvalid, InvitationOver, AlreadyMember, OnePersonOnly)
"""An invitation that can't be accepted: each says what happened to it."""


# Registration -----------------------------------------------------------------------------------


def register(asked: Asked) -> Answer:
    """Ask for what the portal wants to know."""
    return _register(asked, asked.named("kind"), Filled(), with_order=bool(asked.named("order")))


def register_now(asked: Asked) -> Answer:
    """Take a registration, with the order a guest has begun if that is wanted."""
    visit = asked.visit
    kind = _kind(asked, asked.field("kind"))
    schema = visit.portal.policies.asked_of(kind)
    with_order = bool(asked.field("order"))
    email, answers = asked.field("email"), typed(asked, keys(schema))
    try:
        asked.shop.accounts.registering.register(
            visit.guest(),
            email=email,
            answers=answers,
            kind=kind,
            draft=draft_of(asked) if with_order else None,
        )
    except InvalidFields as error:
        filled = Filled(typed={"email": email, **answers}, error=error)
        return _register(asked, kind.value, filled, with_order=with_order)
    except RegistrationClosed as error:
        return page("register_closed.html", status_of(error))
    if with_order:
        forget_cart(asked)
    return go("registered")


def _register(asked: Asked, named: str, form: Filled, *, with_order: bool) -> Answer:
    policies = asked.visit.portal.policies
    if policies.registration is RegistrationMode.INVITATION:
        return page("register_closed.html", 403)
    kind = _kind(asked, named)
    return page(
        "register.html",
        form.status,
        kind=kind,
        kinds=policies.account_kinds,
        schema=policies.asked_of(kind),
        released=policies.registration is RegistrationMode.RELEASED,
        lines=lines_of(asked) if with_order else (),
        form=form,
    )


def _kind(asked: Asked, named: str) -> AccountKind:
    """Read what is to be registered: what the portal offers first, unless another is named."""
    offered = asked.visit.portal.policies.account_kinds
    return next((kind for kind in offered if kind.value == named), offered[0])


def registered(asked: Asked) -> Answer:
    """Say the same to everybody."""
    mode = asked.visit.portal.policies.registration
    return page("registered.html", released=mode is RegistrationMode.RELEASED)


CONFIRM = Link(
    name="register_confirm",
    again="register",
    look=lambda asked: asked.shop.accounts.registering.look,
    redeem=lambda asked: asked.shop.accounts.registering.activate,
)


# Invitations ------------------------------------------------------------------------------------


def invitation(asked: Asked) -> Answer:
    """Show who is invited to what; opening the page uses nothing up."""
    return _invitation(asked, BearerToken(asked.named("token")))


def invitation_now(asked: Asked) -> Answer:
    """Accept or decline."""
    token, visit, invited = (
        BearerToken(asked.field("token")),
        asked.visit,
        asked.shop.accounts.invited,
    )
    try:
        match asked.field("do"):
            case "decline":
                invited.decline(visit.guest(), token)
                return go("sign_in", said="declined")
            case "accept":
                accepted = invited.accept(visit.person(), token)
                visit.choose_company(accepted.customer)
                take_along(asked)
                return go("home")
            case "suggest":
                suggested = asked.shop.accounts.own_password.suggest(visit.guest())
                return _invitation(asked, token, suggested=suggested)
            case _:
                return _begun(
                    asked, invited.activate(visit.guest(), token, asked.field("password"))
                )
    except (InvalidFields, AnotherPerson, LoginExists) as error:
        return _invitation(asked, token, Filled(error=error))
    except Over as over:
        return _over(over)


def _begun(asked: Asked, accepted: Accepted) -> Answer:
    """Say how to sign in from now on: a new user of a customer has a code beside its number."""
    by_number = asked.visit.portal.policies.login is LoginId.CUSTOMER_NUMBER
    if by_number and accepted.user_code:
        return page("invitation_accepted.html", user_code=accepted.user_code)
    return go("sign_in", said="password_set")


def _over(over: CustAccountError) -> Answer:
    if isinstance(over, TokenInvalid):
        return page("link_over.html", status_of(over), error=over, again=None)
    return page("invitation_over.html", status_of(over), error=over)


def _invitation(
    asked: Asked, token: BearerToken, form: Filled | None = None, suggested: str = ""
) -> Answer:
    form = form or Filled()
    try:
        offer = asked.shop.accounts.invited.look(asked.visit.guest(), token)
    except Over as over:
        return _over(over)
    return page(
        "invitation.html",
        form.status,
        token=token,
        offer=offer,
        who=_who(asked, offer),
        suggested=suggested,
        error=form.error,
        shortest=asked.visit.portal.policies.password_shortest,
    )


def _who(asked: Asked, offer: Offer) -> str:
    """Say who looks at an invitation: nobody known, the one invited, or somebody else."""
    try:
        person = asked.visit.person()
    except SessionOver:
        return "nobody"
    same = asked.shop.accounts.profile.look(person).email == offer.email
    return "invited" if same else "another"


# Waiting ----------------------------------------------------------------------------------------


def prepared(asked: Asked) -> Answer:
    """Tell who acts for nobody yet that somebody is at it; ask for a second proof if one helps."""
    return _prepared(asked, Filled())


def prove(asked: Asked) -> Answer:
    """Take a customer number and an invoice number as a proof."""
    answers = typed(asked, PROOF)
    try:
        asked.shop.accounts.second_proof.prove(asked.visit.person(), **answers)
    except ProofRefused as error:
        return _prepared(asked, Filled(typed=answers, error=error))
    return go("home")


def _prepared(asked: Asked, form: Filled) -> Answer:
    accounts, person = asked.shop.accounts, asked.visit.person()
    person.require_own_password()
    if accounts.acting.choices(asked.visit.session()):
        return go("home")
    return page(
        "prepared.html", form.status, form=form, wanted=accounts.second_proof.wanted(person)
    )


ROUTES: Sequence[Route] = (
    Route(name="register", path="/register", show=register, do=register_now),
    Route(name="registered", path="/registered", show=registered),
    Route(name="register_confirm", path="/register/confirm", show=CONFIRM.show, do=CONFIRM.do),
    Route(name="invitation", path="/invitation", show=invitation, do=invitation_now),
    Route(name="prepared", path="/prepared", show=prepared, do=prove),
)
