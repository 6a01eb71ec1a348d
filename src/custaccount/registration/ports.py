"""What registration asks of a storage."""

from typing import Protocol

from custaccount.credentials.ports import KeepUsers, ReadUsers
from custaccount.customers.ports import KeepCustomers, ReadCustomers
from custaccount.facilities.tickets import KeepTickets, ReadTickets
from custaccount.kernel.work import Recording
from custaccount.membership.ports import KeepMemberships, ReadMemberships
from custaccount.portals.ports import ReadPortals


class RegistrationReading(Protocol):
    """A snapshot, as registration sees it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def users(self) -> ReadUsers:
        """Users."""
        ...

    @property
    def memberships(self) -> ReadMemberships:
        """Who acts for whom."""
        ...

    @property
    def tickets(self) -> ReadTickets:
        """Tickets."""
        ...


class RegistrationWork(Recording, Protocol):
    """A writing unit, as registration sees it."""

    @property
    def customers(self) -> KeepCustomers:
        """The register."""
        ...

    @property
    def users(self) -> KeepUsers:
        """Users."""
        ...

    @property
    def memberships(self) -> KeepMemberships:
        """Who acts for whom."""
        ...

    @property
    def tickets(self) -> KeepTickets:
        """Tickets."""
        ...
