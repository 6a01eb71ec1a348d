"""Whose a proven address is: what speaks for it, and what follows by itself."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

import attrs

from custaccount.customers.model import Customer
from custaccount.kernel.ids import CustomerId, ErpCustomerId
from custaccount.kernel.text import EmailAddress, EmailInvalid
from custaccount.portals.model import Policies
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.model import Candidate, ErpMatch, Strength

FIELD_LONGEST = 2000
"""Characters of an ERP's address field that are looked at."""

ERP = "address in the ERP"
CONTACT = "contact address"
"""The address is one of the register's contacts'."""


@attrs.frozen
class LinkTo:
    """It is this customer's."""

    customer: Customer
    candidate: Candidate


@attrs.frozen
class NewCustomer:
    """It is nobody's: a new customer."""


@attrs.frozen
class LeftOpen:
    """A person, or a second proof, has to say whose it is."""

    candidates: tuple[Candidate, ...]


Outcome = LinkTo | NewCustomer | LeftOpen


def candidates_among(customers: Sequence[Customer], email: EmailAddress) -> tuple[Candidate, ...]:
    """List the customers that know an address, and what that says of each.

    An address that stands on one customer alone is exact; on several it is shared. What guests have
    typed in says nothing: anybody can order in a stranger's name.
    """
    known = [
        one
        for one in customers
        if one.as_registered(email) is not None and one.status is not CustomerStatus.REQUESTED
    ]
    strength = Strength.EXACT if len(known) == 1 else Strength.SHARED
    return tuple(
        Candidate(
            customer=one.id,
            evidence=CONTACT,
            strength=strength,
            primary=one.first_contact_is(email),
        )
        for one in known
    )


def candidates_of_erp(
    matches: Sequence[ErpMatch],
    known: Mapping[ErpCustomerId, Customer],
    email: EmailAddress,
) -> tuple[Candidate, ...]:
    """List the ERP's customers that know an address, and what that says of each.

    A field that holds several addresses (``a@x.example; b@x.example``) says no more than that it is
    shared, and one that is not exactly the address, on its own, nothing at all.
    """
    found = [(known[match.erp_id], _strength(match, email)) for match in matches]
    meant = [(customer, strength) for customer, strength in found if strength is not None]
    return tuple(
        Candidate(
            customer=customer.id,
            evidence=ERP,
            strength=strength if len(meant) == 1 else Strength.SHARED,
            primary=_is_first(matches, customer, email),
        )
        for customer, strength in meant
    )


def _strength(match: ErpMatch, email: EmailAddress) -> Strength | None:
    fields = [addresses_in(field) for field in match.addresses]
    if (email,) in fields:
        return Strength.EXACT
    return Strength.SHARED if any(email in field for field in fields) else None


def _is_first(matches: Sequence[ErpMatch], customer: Customer, email: EmailAddress) -> bool:
    fields = next(match.addresses for match in matches if match.erp_id == customer.erp_id)
    return bool(fields) and addresses_in(fields[0]) == (email,)


def addresses_in(field: str) -> tuple[EmailAddress, ...]:
    """Read the addresses of an ERP's field, which often holds several; what is none is left out."""
    if len(field) > FIELD_LONGEST:
        return ()
    found = []
    for part in re.split(r"[;,\s]+", field):
        with suppress(EmailInvalid):
            found.append(EmailAddress.parse(part))
    return tuple(found)


def decide(
    customers: Sequence[Customer],
    candidates: tuple[Candidate, ...],
    *,
    taken: frozenset[CustomerId],
    policies: Policies,
) -> Outcome:
    """Say what follows from a proven address.

    Nobody becomes a member unasked of a customer that has, or has had, members: it may be the very
    person somebody has removed. Nor of one that may not sign in, nor of one of several.

    Args:
        customers: Those of the register that may be meant.
        candidates: What speaks for each.
        taken: Which of them have, or have had, a member.
        policies: What the portal decides.
    """
    if not candidates or not policies.link_existing:
        return NewCustomer()
    (first, *others) = candidates
    customer = next(one for one in customers if one.id == first.customer)
    if (
        others
        or policies.ask_second_proof
        or first.strength is not Strength.EXACT
        or customer.id in taken
        or not policies.switches_of(customer.status).sign_in
    ):
        return LeftOpen(candidates)
    return LinkTo(customer, first)
