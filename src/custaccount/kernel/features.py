"""Functions of a shop that can be switched on and off: ours, and those a host declares."""

import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from custaccount.kernel.errors import Rule
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import FeatureKey

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@attrs.frozen(kw_only=True)
class Feature:
    """A function that staff switch per portal, customer group and customer."""

    key: FeatureKey
    name: str
    """As people read it."""
    on: bool = True
    """Whether it is on where nobody switched it."""
    guests: bool = False
    """Whether it is one of those that guests can have."""


PRICES = FeatureKey("prices")
ORDER_HISTORY = FeatureKey("order_history")
REORDER = FeatureKey("reorder")
CHECKOUT = FeatureKey("checkout")
COMPANY_DATA = FeatureKey("company_data")
ADDRESS_BOOK = FeatureKey("address_book")
USERS = FeatureKey("users")
OWN_ROLES = FeatureKey("own_roles")
TRAIL = FeatureKey("trail")
GUEST_ORDERS = FeatureKey("guest_orders")

SHIPPED = (
    Feature(key=PRICES, name=N_("Prices")),
    Feature(key=ORDER_HISTORY, name=N_("Order history")),
    Feature(key=REORDER, name=N_("Reorder")),
    Feature(key=CHECKOUT, name=N_("Checkout from the account")),
    Feature(key=COMPANY_DATA, name=N_("Company data")),
    Feature(key=ADDRESS_BOOK, name=N_("Address book")),
    Feature(key=USERS, name=N_("Users")),
    Feature(key=OWN_ROLES, name=N_("Own roles")),
    Feature(key=TRAIL, name=N_("Audit trail")),
    Feature(key=GUEST_ORDERS, name=N_("Orders of guests"), guests=True),
)
"""What custaccount itself offers; all of it is on unless it is switched off."""

Switched = Mapping[FeatureKey, bool]
"""Which functions somebody switched on or off; the others are left to who comes after."""


@attrs.frozen
class Features:
    """All functions of a deployment, by key."""

    all: tuple[Feature, ...] = SHIPPED

    def __iter__(self) -> Iterator[Feature]:
        """List them."""
        return iter(self.all)

    def find(self, key: str) -> Feature | None:
        """Return one, or None."""
        return next((one for one in self.all if one.key == key), None)

    def of_guests(self, portal: Switched) -> frozenset[FeatureKey]:
        """Return what a portal offers to guests: of their stated set what is on."""
        return frozenset(one.key for one in self.all if one.guests and portal.get(one.key, one.on))

    def rules(
        self, switched: Switched, field: str = "features", *, before: Switched
    ) -> Iterator[Rule]:
        """Say what has to hold for switches: only functions there are, each on or off.

        What was switched before may stay: a function the host has taken out hinders no change.
        """
        known = {*before, *(one.key for one in self.all)}
        yield (field, set(switched) <= known, N_("This function is not known."))
        on_or_off = all(isinstance(on, bool) for on in switched.values())
        yield (field, on_or_off, N_("A function is on or off."))


def problems_of(features: Iterable[Feature]) -> Iterator[Rule]:
    """Say what has to hold for the functions a host declares."""
    keys = [one.key for one in features]
    yield (
        "features",
        all(_KEY.fullmatch(key) for key in keys),
        N_("Lower-case letters, digits and underscores only."),
    )
    yield "features", len(set(keys)) == len(keys), N_("Each function only once.")
