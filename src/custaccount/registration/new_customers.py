"""How the register grows where no ERP fills it: by hand, and by what guests order."""

from collections.abc import Mapping

import attrs

from custaccount.customers.model import Customer, CustomerAdded
from custaccount.facilities.limits import Limiter
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import NumberRangeNotFound
from custaccount.kernel.access import Guest, Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, TryAgain
from custaccount.kernel.features import GUEST_ORDERS
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import CustomerId, CustomerNumber, NewId, PortalId, RangeKey
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import AccountKind, Portal
from custaccount.portals.statuses import CustomerStatus
from custaccount.registration.answers import told, told_by_person
from custaccount.registration.limits import ORDERING
from custaccount.registration.model import customer_of
from custaccount.registration.ports import RegistrationReading, RegistrationWork


@attrs.frozen(kw_only=True)
class NewCustomers:
    """Adds customers nobody signs in for; they get a number of the portal's range."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _limiter: Limiter = attrs.field(alias="limiter")
    _numbering: Numbering[RegistrationWork] = attrs.field(alias="numbering")

    @requires(Permission.MANAGE_REGISTER)
    def add(
        self,
        staff: Staff,
        portal: PortalId,
        *,
        answers: Mapping[str, object],
        email: str = "",
        kind: AccountKind | None = None,
    ) -> Customer:
        """Add a customer by hand, with the master data the portal asks for.

        Args:
            staff: Who adds it.
            portal: Whose fields are asked, and whose number range is used.
            answers: The master data, by field.
            email: The contact's address, if it is known; it is not proven by being entered.
            kind: What the customer is; by default what the portal offers first.

        Raises:
            InvalidFields: with everything that does not hold.
            NumberRangeNotFound: the portal has no number range.
            NumbersExhausted: there is no number left.
            PortalNotFound: there is no such portal.
        """
        with self._reading() as view:
            found = view.portals.get(staff.scope, portal)
        kind = kind or found.policies.account_kinds[0]
        address = None
        if email.strip():
            address, kept = told_by_person(found, kind, email, answers)
        else:
            kept = told(found, kind, answers)
        number = self._numbering.take_ahead(staff, staff.scope, _range(found))
        new = self._customer(staff, kind, address, kept, found.language(None))
        return self._add(staff, new, _range(found), number)

    @requires(feature=GUEST_ORDERS)
    def from_order(
        self,
        guest: Guest,
        *,
        email: str,
        answers: Mapping[str, object],
        kind: AccountKind | None = None,
    ) -> Customer:
        """Keep who orders as a guest, as a request; the same data again is the same customer.

        The address is not proven. So no other customer is ever taken for the guest's, and whoever
        proves the address later gets nothing of this one by itself: staff decide.

        Args:
            guest: At which portal.
            email: The address the order is confirmed to.
            answers: The master data the portal asks for, by field.
            kind: What the customer is; by default what the portal offers first.

        Raises:
            InvalidFields: with everything that does not hold.
            NumberRangeNotFound: the portal has no number range.
            NumbersExhausted: there is no number left.
            TooManyTries: too many orders of guests from this network.
        """
        with self._reading() as view:
            portal = view.portals.get(guest.scope, guest.portal)
        kind = kind or portal.policies.account_kinds[0]
        address, kept = told_by_person(portal, kind, email, answers)
        self._limiter.require_of_network(guest.scope, ORDERING, guest.network)
        known = self._known(guest, kind, address, kept)
        if known is not None:
            return known
        number = self._numbering.take_ahead(guest, guest.scope, _range(portal))
        new = self._customer(guest, kind, address, kept, guest.language)
        return self._add(guest, _as_request(new), _range(portal), number)

    def _known(
        self, guest: Guest, kind: AccountKind, email: EmailAddress, answers: Mapping[str, str]
    ) -> Customer | None:
        wanted = _as_request(self._customer(guest, kind, email, answers, guest.language))
        with self._reading() as view:
            found = view.customers.with_contact(guest.scope, email)
            taken = view.memberships.taken(guest.scope, [one.id for one in found])
        same = (one for one in found if one.erp_id is None and one.id not in taken)
        return next((one for one in same if _as_told(one) == _as_told(wanted)), None)

    @repeatable
    def _add(
        self, actor: Guest | Staff, new: Customer, key: RangeKey, number: str | None
    ) -> Customer:
        with self._begin(actor) as work:
            if number is None:
                number = self._numbering.take(work, actor.scope, key)
            numbered = attrs.evolve(new, number=CustomerNumber(number))
            try:
                (customer,) = work.customers.save(actor.scope, [numbered])
            except AlreadyThere as rival:  # somebody was given the number by hand
                raise TryAgain from rival
            work.record(
                CustomerAdded(at=self._clock(), customer=customer.id, number=customer.number)
            )
            work.commit()
        return customer

    def _customer(
        self,
        actor: Guest | Staff,
        kind: AccountKind,
        email: EmailAddress | None,
        answers: Mapping[str, str],
        language: Language,
    ) -> Customer:
        return customer_of(
            CustomerId(self._new_id()),
            actor.realm,
            CustomerNumber(""),
            kind=kind,
            email=email,
            answers=answers,
            language=language,
        )


def _range(portal: Portal) -> RangeKey:
    if portal.policies.number_range is None:
        raise NumberRangeNotFound
    return portal.policies.number_range


def _as_request(customer: Customer) -> Customer:
    return attrs.evolve(customer, status=CustomerStatus.REQUESTED)


def _as_told(customer: Customer) -> Customer:
    """Leave out of a customer what the person did not say."""
    return attrs.evolve(
        customer,
        id=CustomerId(""),
        number=CustomerNumber(""),
        language=None,
        groups=(),
        billing=None,
        delivery=None,
        version=0,
    )
