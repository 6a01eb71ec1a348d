"""First sign-in: who may be linked by a proven address, and as what."""

from __future__ import annotations

import attrs
import pytest

from custaccount.customers import Contact, Customer
from custaccount.kernel.ids import CustomerId, CustomerNumber
from custaccount.kernel.text import EmailAddress
from custaccount.membership import ADMINISTRATOR, BUYER
from custaccount.portals import CustomerStatus, Policies
from custaccount.registration.model import claimable, role_for
from tests.house import ALICE, NORD

EMAIL = EmailAddress.parse(ALICE)
ACME = Customer(
    id=CustomerId("c"),
    realm=NORD,
    number=CustomerNumber("1001"),
    name="Acme",
    contacts=(Contact(name="Alice", email=EMAIL), Contact(name="Bert", email=None)),
)


@pytest.mark.parametrize("status", CustomerStatus)
def test_only_who_may_sign_in_can_be_claimed(status: CustomerStatus) -> None:
    """A closed, requested or rejected customer is left to a person."""
    found = claimable([attrs.evolve(ACME, status=status)], frozenset(), Policies())

    assert bool(found) is (status in {CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD})


def test_who_has_or_had_members_is_left_to_a_person() -> None:
    """No second member comes by itself, and no removed one comes back (1c.7, 1c.8)."""
    other = attrs.evolve(ACME, id=CustomerId("d"))

    assert claimable([ACME, other], frozenset({ACME.id}), Policies()) == (other,)


def test_the_primary_contact_becomes_administrator() -> None:
    """Everybody else gets the lowest useful role."""
    ann = EmailAddress.parse("ann@acme.example")
    second = attrs.evolve(ACME, contacts=(Contact(name="Ann", email=ann), *ACME.contacts))

    assert role_for(ACME, EMAIL) is ADMINISTRATOR
    assert role_for(second, EMAIL) is BUYER
    assert role_for(attrs.evolve(ACME, contacts=()), EMAIL) is BUYER
