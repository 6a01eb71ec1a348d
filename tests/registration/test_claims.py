"""Whose a proven address is: what speaks for it, and what follows by itself."""

from __future__ import annotations

import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.customers import Contact, Customer
from custaccount.kernel.ids import CustomerId, CustomerNumber, ErpCustomerId
from custaccount.kernel.text import EmailAddress
from custaccount.portals import SWITCHES, CustomerStatus
from custaccount.portals.model import Policies
from custaccount.registration import Candidate, Strength
from custaccount.registration.claims import (
    CONTACT,
    ERP,
    FIELD_LONGEST,
    LeftOpen,
    LinkTo,
    NewCustomer,
    addresses_in,
    candidates_among,
    candidates_of_erp,
    decide,
)
from tests.house import ALICE, BOB, NORD
from tests.registration.people import match

EMAIL, OTHER = EmailAddress.parse(ALICE), EmailAddress.parse(BOB)
LINKING = Policies(link_existing=True)


def customer(
    name: str, *emails: EmailAddress, status: CustomerStatus = CustomerStatus.ACTIVE
) -> Customer:
    """Make a customer whose contacts have these addresses."""
    return Customer(
        id=CustomerId(name),
        realm=NORD,
        number=CustomerNumber(name),
        erp_id=ErpCustomerId(name),
        name=name,
        contacts=tuple(Contact(name=email.text, email=email) for email in emails),
        status=status,
    )


ACME, BETA = customer("acme", EMAIL), customer("beta", OTHER, EMAIL)
EXACT = Candidate(customer=ACME.id, evidence=CONTACT, strength=Strength.EXACT)
SHARED = attrs.evolve(EXACT, strength=Strength.SHARED)
BETAS = attrs.evolve(EXACT, customer=BETA.id)


# What follows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidates", "policies", "taken", "outcome"),
    [
        ((), LINKING, (), NewCustomer()),
        ((EXACT,), Policies(), (), NewCustomer()),
        ((EXACT, BETAS), Policies(), (), NewCustomer()),
        ((EXACT,), LINKING, (), LinkTo(ACME, EXACT)),
        ((EXACT,), LINKING, (BETA.id,), LinkTo(ACME, EXACT)),
        ((EXACT,), LINKING, (ACME.id,), LeftOpen((EXACT,))),
        ((SHARED,), LINKING, (), LeftOpen((SHARED,))),
        ((EXACT, BETAS), LINKING, (), LeftOpen((EXACT, BETAS))),
        ((EXACT, SHARED), LINKING, (), LeftOpen((EXACT, SHARED))),
        ((EXACT,), Policies(link_existing=True, ask_second_proof=True), (), LeftOpen((EXACT,))),
        ((), Policies(link_existing=True, ask_second_proof=True), (), NewCustomer()),
        ((EXACT,), Policies(ask_second_proof=True), (), NewCustomer()),
    ],
)
def test_what_follows_from_a_proven_address(
    candidates: tuple[Candidate, ...],
    policies: Policies,
    taken: tuple[CustomerId, ...],
    outcome: object,
) -> None:
    """Linked is only the one whose the address is alone, that is free, where the portal links."""
    found = decide((ACME, BETA), candidates, taken=frozenset(taken), policies=policies)

    assert found == outcome


@pytest.mark.parametrize("status", CustomerStatus)
def test_nobody_is_linked_to_who_may_not_sign_in(status: CustomerStatus) -> None:
    """A closed, requested or rejected customer is left to a person."""
    acme = customer("acme", EMAIL, status=status)

    found = decide((acme,), (EXACT,), taken=frozenset(), policies=LINKING)

    assert isinstance(found, LinkTo if SWITCHES[status].sign_in else LeftOpen)


@given(
    st.lists(st.sampled_from([EXACT, SHARED, BETAS]), max_size=3),
    st.frozensets(st.sampled_from([ACME.id, BETA.id])),
    st.booleans(),
    st.booleans(),
)
def test_a_link_needs_one_exact_free_candidate(
    candidates: list[Candidate],
    taken: frozenset[CustomerId],
    links: bool,  # noqa: FBT001 - drawn
    asks: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever else there is: never two, never shared, never taken, never unasked."""
    policies = Policies(link_existing=links, ask_second_proof=asks)

    found = decide((ACME, BETA), tuple(candidates), taken=taken, policies=policies)

    if isinstance(found, LinkTo):
        assert (links, asks, len(candidates)) == (True, False, 1)
        assert found.candidate.strength is Strength.EXACT
        assert found.customer.id == found.candidate.customer
        assert found.customer.id not in taken


# What the register says ---------------------------------------------------------------------------


def test_an_address_of_one_customer_is_exact() -> None:
    """And of the primary contact if it is the first one's."""
    (first,), (second,) = candidates_among([ACME], EMAIL), candidates_among([BETA], EMAIL)

    assert (first.strength, first.primary, first.evidence) == (Strength.EXACT, True, CONTACT)
    assert (second.strength, second.primary) == (Strength.EXACT, False)


def test_an_address_of_several_customers_is_shared() -> None:
    """Each is named, none is exact."""
    found = candidates_among([ACME, BETA], EMAIL)

    assert [one.customer for one in found] == [ACME.id, BETA.id]
    assert {one.strength for one in found} == {Strength.SHARED}


def test_a_customer_without_the_address_is_no_candidate() -> None:
    """The storage may return more than is meant."""
    assert candidates_among([customer("acme", OTHER)], EMAIL) == ()


# What the ERP says --------------------------------------------------------------------------------

KNOWN = {ErpCustomerId("acme"): ACME, ErpCustomerId("beta"): BETA}


@pytest.mark.parametrize(
    ("fields", "strength", "primary"),
    [
        ((ALICE,), Strength.EXACT, True),
        ((f" {ALICE.upper()}\t",), Strength.EXACT, True),
        ((BOB, ALICE), Strength.EXACT, False),
        ((f"{ALICE}; {BOB}",), Strength.SHARED, False),
        ((f"{ALICE},{BOB}",), Strength.SHARED, False),
        ((f"{ALICE} {BOB}",), Strength.SHARED, False),
        ((f"{ALICE}\n{BOB}",), Strength.SHARED, False),
        ((f"{ALICE}; {ALICE}",), Strength.SHARED, False),
        ((f"{ALICE}; {BOB}", ALICE), Strength.EXACT, False),
        ((BOB,), None, False),
        ((f"x{ALICE}",), None, False),
        ((f"{ALICE}.evil.example",), None, False),
        ((ALICE.partition("@")[2],), None, False),
        ((f"mailto:{ALICE}",), None, False),
        (("",), None, False),
        ((), None, False),
        ((" " * FIELD_LONGEST + ALICE,), None, False),
    ],
)
def test_what_an_erps_field_says(
    fields: tuple[str, ...],
    strength: Strength | None,
    primary: bool,  # noqa: FBT001 - a row
) -> None:
    """Alone in its field it is exact; among others, shared; anything that is near it, nothing."""
    found = candidates_of_erp([match("acme", "1", *fields)], KNOWN, EMAIL)

    assert [(one.strength, one.primary, one.evidence) for one in found] == (
        [] if strength is None else [(strength, primary, ERP)]
    )


def test_an_address_of_several_of_the_erps_customers_is_shared() -> None:
    """Though it is alone in the field of each."""
    matches = [match("acme", "1", ALICE), match("beta", "2", ALICE)]

    found = candidates_of_erp(matches, KNOWN, EMAIL)

    assert {one.strength for one in found} == {Strength.SHARED}
    assert len(found) == 2


def test_what_only_looks_like_a_match_shares_nothing() -> None:
    """An ERP that searches by parts returns too much: the one that is meant stays exact."""
    matches = [match("acme", "1", ALICE), match("beta", "2", f"x{ALICE}")]

    (found,) = candidates_of_erp(matches, KNOWN, EMAIL)

    assert (found.customer, found.strength) == (ACME.id, Strength.EXACT)


@given(st.text(max_size=300))
def test_any_field_can_be_read(field: str) -> None:
    """Whatever an ERP has in a field for addresses: addresses, or nothing."""
    for found in addresses_in(field):
        assert EmailAddress.parse(found.text) == found


@given(
    st.permutations([ALICE, BOB, "no address", ""]), st.sampled_from([";", ",", " ", "\n", "; "])
)
def test_addresses_are_found_in_any_order(parts: list[str], between: str) -> None:
    """Between what an ERP writes between them."""
    assert set(addresses_in(between.join(parts))) == {EMAIL, OTHER}


def test_no_evidence_is_personal() -> None:
    """It is kept with the claim and shown in the trail."""
    for word, address in itertools.product((ERP, CONTACT), (ALICE, BOB)):
        assert address not in word
