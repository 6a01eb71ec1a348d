"""What a customer's status allows: shipped, and as a portal decides."""

from __future__ import annotations

import itertools

import attrs
import pytest

from custaccount.portals import SWITCHES, CustomerStatus, Policies, Switches
from custaccount.portals.statuses import ALL_OFF, ALL_ON, rules_of

ACTIVE = CustomerStatus.ACTIVE
NAMES = [field.name for field in attrs.fields(Switches)]


def test_every_status_has_its_switches() -> None:
    """Active may everything, on hold everything but order, the others nothing."""
    assert set(SWITCHES) == set(CustomerStatus)
    assert SWITCHES[ACTIVE] == ALL_ON
    assert SWITCHES[CustomerStatus.ON_HOLD] == attrs.evolve(ALL_ON, order=False)
    assert all(
        SWITCHES[status] == ALL_OFF
        for status in CustomerStatus
        if status not in {ACTIVE, CustomerStatus.ON_HOLD}
    )


@pytest.mark.parametrize("status", CustomerStatus)
def test_a_portal_decides_for_itself(status: CustomerStatus) -> None:
    """What it says nothing about stays as it is shipped."""
    ours = Switches(sign_in=True, see_prices=False, order=True, see_documents=False)
    policies = Policies(switches={status: ours})

    assert policies.switches_of(status) == ours
    for other in set(CustomerStatus) - {status}:
        assert policies.switches_of(other) == SWITCHES[other]
    assert Policies().switches_of(status) == SWITCHES[status]


@pytest.mark.parametrize("status", CustomerStatus)
@pytest.mark.parametrize("values", list(itertools.product([True, False], repeat=4)))
def test_an_active_customer_may_everything(
    status: CustomerStatus, values: tuple[bool, ...]
) -> None:
    """Any switch of any other status can be set; those of an active one can't."""
    ours = Switches(**dict(zip(NAMES, values, strict=True)))

    ((field, holds, _),) = rules_of({status: ours})

    assert field == "switches.active"
    assert holds is (status is not ACTIVE or all(values))
