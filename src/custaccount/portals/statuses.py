"""What a customer's status allows; every portal may decide it for itself."""

from collections.abc import Iterator, Mapping
from enum import Enum

import attrs

from custaccount.kernel.errors import Rule
from custaccount.kernel.i18n import N_


class CustomerStatus(Enum):
    """Where a customer stands with the seller."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ON_HOLD = "on hold"
    CLOSED = "closed"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True)
class Switches:
    """What a status allows, checked on every call."""

    sign_in: bool
    see_prices: bool
    order: bool
    see_documents: bool


ALL_ON = Switches(sign_in=True, see_prices=True, order=True, see_documents=True)
ALL_OFF = Switches(sign_in=False, see_prices=False, order=False, see_documents=False)

SWITCHES: Mapping[CustomerStatus, Switches] = {
    CustomerStatus.REQUESTED: ALL_OFF,
    CustomerStatus.ACTIVE: ALL_ON,
    CustomerStatus.ON_HOLD: attrs.evolve(ALL_ON, order=False),
    CustomerStatus.CLOSED: ALL_OFF,
    CustomerStatus.REJECTED: ALL_OFF,
}
"""What holds where a portal says nothing else."""


def rules_of(switches: Mapping[CustomerStatus, Switches]) -> Iterator[Rule]:
    """Say what a portal may not decide: an active customer may do everything."""
    yield (
        "switches.active",
        switches.get(CustomerStatus.ACTIVE, ALL_ON) == ALL_ON,
        N_("Nothing can be switched off for an active customer."),
    )
