"""The desk: what waits for staff, on one page."""

import attrs

from custaccount.facilities.numbers import NumberRange
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Reading
from custaccount.registration.ports import RegistrationReading


@attrs.frozen(kw_only=True)
class Waiting:
    """How much waits, by what it is."""

    registrations: int
    """Who asks for access, and proven addresses that may be a customer's."""
    ranges: tuple[NumberRange, ...]
    """Number ranges with few numbers left, or none."""

    @property
    def nothing(self) -> bool:
        """Whether nobody waits."""
        return not (self.registrations or self.ranges)


@attrs.frozen(kw_only=True)
class WaitingDesk:
    """Tells staff what waits for them; the lists themselves are other desks'."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")

    @requires(Permission.MANAGE_ACCOUNTS)
    def waiting(self, staff: Staff) -> Waiting:
        """Count what waits in the realm."""
        with self._reading() as view:
            registrations = view.registrations.count_queued(staff.scope)
            ranges = view.numbers.all(staff.scope)
        low = tuple(one for one in ranges if one.left <= one.warn_at)
        return Waiting(registrations=registrations, ranges=low)
