"""The second proof: a customer number with one of that customer's invoices says whose one is."""

import attrs

from custaccount.credentials.model import User
from custaccount.customers.model import Customer
from custaccount.facilities.limits import Limiter
from custaccount.kernel.access import Person
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.text import NUMBER_LONGEST, NumberInvalid, number_key
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.orders.model import NumberKind, OrderOwner
from custaccount.orders.ports import OrderSource
from custaccount.portals.model import Portal
from custaccount.registration.limits import PROOFS
from custaccount.registration.model import ProofRefused, Registration, RegistrationState
from custaccount.registration.ports import RegistrationReading, RegistrationWork
from custaccount.registration.settling import Settling


@attrs.frozen(kw_only=True)
class SecondProof:
    """Links who proved an address to the customer whose papers are at hand."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _source: OrderSource = attrs.field(alias="source")
    _limiter: Limiter = attrs.field(alias="limiter")
    _settling: Settling = attrs.field(alias="settling")

    def wanted(self, person: Person) -> bool:
        """Tell whether it is open whose this user is, and the portal takes a second proof."""
        with self._reading() as view:
            portal = view.portals.get(person.scope, person.portal)
            user = view.users.get(person.scope, person.user)
            return portal.policies.ask_second_proof and _claim(view, person, user) is not None

    def prove(self, person: Person, *, customer_number: str, invoice_number: str) -> None:
        """Name a customer number and one of that customer's invoices, and be linked to it.

        Only a customer that knows the proven address comes into question, and none that has, or has
        had, members. The ERP is asked outside any unit, and only about what came through all that.

        Raises:
            ProofRefused: whatever is wrong with it.
            TooManyTries: five a day.
            ErpUnavailable: the ERP did not answer.
        """
        person.require_own_password()
        try:
            invoice = number_key(invoice_number)
        except NumberInvalid:
            raise ProofRefused from None
        named = customer_number.strip()
        if not 0 < len(named) <= NUMBER_LONGEST:
            raise ProofRefused
        self._limiter.require(person.scope, PROOFS, person.user)
        with self._reading() as view:
            portal = view.portals.get(person.scope, person.portal)
            user = view.users.get(person.scope, person.user)
            claim = _claim(view, person, user)
            if claim is None or not portal.policies.ask_second_proof:
                raise ProofRefused
            customer = _named(view, portal, claim, CustomerNumber(named))
        owner = OrderOwner(customer.scope, customer.erp_id)
        found = self._source.with_number(owner, invoice)
        if not any(match.by is NumberKind.INVOICE for match in found):
            raise ProofRefused
        self._link(person, claim, customer)

    @repeatable
    def _link(self, person: Person, seen: Registration, customer: Customer) -> None:
        try:
            with self._begin(person) as work:
                kept = work.registrations.find_by_email(person.scope, seen.email)
                if kept is None or kept.id != seen.id or kept.state is not seen.state:
                    raise ProofRefused
                found = work.customers.get(customer.scope)
                if work.memberships.taken(person.scope, [found.id]):
                    raise ProofRefused
                user = work.users.get(person.scope, person.user)
                self._settling.link(
                    work,
                    kept,
                    user,
                    found,
                    reason="customer number and invoice",
                    at=self._clock(),
                )
                work.commit()
        except (Stale, AlreadyThere) as rival:
            raise TryAgain from rival


def _claim(view: RegistrationReading, person: Person, user: User) -> Registration | None:
    if user.email is None:
        return None
    kept = view.registrations.find_by_email(person.scope, user.email)
    if kept is None or kept.user != user.id or kept.state is not RegistrationState.CLAIMED:
        return None
    return kept


def _named(
    view: RegistrationReading, portal: Portal, claim: Registration, number: CustomerNumber
) -> Customer:
    scope = RealmScope(portal.realm)
    holders = view.customers.with_numbers(scope, [number])
    meant = {one.customer for one in claim.candidates}
    name = holders.get(number)
    if name is None or name not in meant or view.memberships.taken(scope, [name]):
        raise ProofRefused
    customer = view.customers.get(CustomerScope(portal.realm, name))
    if not portal.policies.switches_of(customer.status).sign_in:
        raise ProofRefused
    return customer
