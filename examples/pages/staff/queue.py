"""The queue: who asks for access, and whose a proven address is."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from custaccount.customers import CustomerNotFound
from custaccount.facilities.fields import FieldSchema, FieldSpec
from custaccount.facilities.numbers import NumberRangeNotFound, NumbersExhausted, NumbersOccupied
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.ids import CustomerId, PortalId, RegistrationId
from custaccount.portals import ActivationMode, Portal
from custaccount.registration import (
    AlreadyDecided,
    Candidate,
    RegisterLine,
    RegisterQuery,
    Registration,
    RegistrationState,
)
from pages.asking import Answer, Asked, Filled, Page, Route, go, page, typed
from pages.staff.asked import cursor, staffed
from pages.staff.customers import given

SAID = ("mailed", "rejected", "linked", "founded", "refused", "decided")
NO_NUMBER = (NumbersExhausted, NumbersOccupied, NumberRangeNotFound)
FOUND_MOST = 8
"""Customers offered at once; who is not among them is looked for by other words."""


@attrs.frozen(kw_only=True)
class Answered:
    """An answer, beside what was asked."""

    key: str
    label: str
    text: str


def queue(asked: Asked, staff: Staff) -> Answer:
    """List what waits, who asked first before."""
    found = asked.shop.accounts.registration_desk.queue(staff, cursor(asked))
    return page(
        "staff_queue.html",
        page=found,
        said=asked.said(*SAID),
        continued=bool(asked.named("cursor")),
    )


def registration(asked: Asked, staff: Staff, registration: str) -> Answer:
    """Show what was answered, and who it may be."""
    return _registration(asked, staff, RegistrationId(registration), Filled())


def decide(asked: Asked, staff: Staff, registration: str) -> Answer:
    """Decide; the person is told."""
    name = RegistrationId(registration)
    try:
        return _decided(asked, staff, name)
    except AlreadyDecided:
        return go("staff_queue", said="decided")
    except (InvalidFields, CustomerNotFound, *NO_NUMBER) as error:
        filled = Filled(typed=typed(asked, ("customer", "reason")), error=error)
        return _registration(asked, staff, name, filled)


def _decided(asked: Asked, staff: Staff, name: RegistrationId) -> Answer:
    desk, customer = asked.shop.accounts.registration_desk, asked.field("customer")
    match asked.field("do"):
        case "release":
            known = CustomerId(customer) if customer else None
            password = desk.release(staff, name, customer=known)
            return given(asked, password) if password else go("staff_queue", said="mailed")
        case "link":
            desk.link(staff, name, CustomerId(customer))
            return go("staff_queue", said="linked")
        case "found":
            desk.found(staff, name)
            return go("staff_queue", said="founded")
        case "refuse":
            desk.refuse(staff, name, reason=asked.field("reason"))
            return go("staff_queue", said="refused")
        case "reject":
            desk.reject(staff, name, reason=asked.field("reason"))
            return go("staff_queue", said="rejected")
        case _:
            return go("staff_registration", registration=name)


def _registration(asked: Asked, staff: Staff, name: RegistrationId, form: Filled) -> Page:
    kept = asked.shop.accounts.registration_desk.look(staff, name)
    portal = _portal(asked, staff, kept.portal)
    handing = portal.policies.activation is ActivationMode.STAFF_PASSWORD
    claimed = kept.state is RegistrationState.CLAIMED
    text = asked.named("q") or kept.email.text
    meant = _candidates(asked, staff, kept)
    sure = portal.id == kept.portal
    found = _found(asked, staff, text) if claimed or handing or not sure else ()
    named = {line.customer.id for _, line in meant}
    return page(
        "staff_registration.html",
        form.status,
        registration=kept,
        answers=_answers(asked, kept, portal.policies.fields),
        sure=sure,
        claimed=claimed,
        waits=kept.waits_for_staff,
        handing=handing,
        candidates=meant,
        found=[line for line in found if line.customer.id not in named],
        looked_for=asked.named("q"),
        form=form,
    )


def _candidates(
    asked: Asked, staff: Staff, kept: Registration
) -> Sequence[tuple[Candidate, RegisterLine]]:
    desk = asked.shop.accounts.account_desk
    return [(one, desk.look(staff, one.customer)) for one in kept.candidates]


def _found(asked: Asked, staff: Staff, text: str) -> Sequence[RegisterLine]:
    """Look for who it may be: by the address, until other words are typed."""
    try:
        found = asked.shop.accounts.account_desk.search(staff, RegisterQuery(text=text))
    except InvalidFields:
        return ()
    return found.items[:FOUND_MOST]


def _answers(asked: Asked, kept: Registration, fields: FieldSchema) -> Sequence[Answered]:
    """Write each answer beside what was asked; a choice as it was shown."""
    language = asked.visit.language()
    answers = []
    for key, text in kept.answers.items():
        field = fields.find(key) or FieldSpec(key=key)  # perhaps not asked any more
        labels = {choice.value: choice.label(language) for choice in field.choices}
        answers.append(Answered(key=key, label=field.label(language), text=labels.get(text, text)))
    return answers


def _portal(asked: Asked, staff: Staff, name: PortalId) -> Portal:
    """Return the portal somebody registered at; this one, for who may not look at others."""
    here = asked.visit.portal
    if name == here.id or Permission.MANAGE_PORTALS not in staff.permissions:
        return here
    return asked.shop.accounts.portal_desk.get(staff, name)


ROUTES: Sequence[Route] = (
    Route(name="staff_queue", path="/staff/queue", show=staffed(queue)),
    Route(
        name="staff_registration",
        path="/staff/queue/<registration>",
        show=staffed(registration),
        do=staffed(decide),
    ),
)
