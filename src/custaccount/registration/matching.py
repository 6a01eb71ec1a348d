"""Asking the ERP whose a proven address is: a job, tried again until the ERP answers."""

from typing import ClassVar

import attrs

from custaccount.customers.model import Customer, CustomerAdded
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.outbox import Posted, pause_after
from custaccount.kernel.access import System
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import AlreadyThere, Stale, TryAgain, Unavailable
from custaccount.kernel.ids import CustomerId, NewId, RangeKey
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import Portal
from custaccount.registration.claims import candidates_of_erp, decide
from custaccount.registration.model import (
    AddressProven,
    ErpMatch,
    Registration,
    RegistrationNotFound,
    RegistrationState,
)
from custaccount.registration.ports import (
    CustomerMatcher,
    RegistrationReading,
    RegistrationWork,
)
from custaccount.registration.settling import Settling


@attrs.frozen(kw_only=True)
class Matching:
    """A subscriber of the outbox that links who proved an address to the ERP's customer.

    The ERP is asked outside any unit. What it raises makes the relay try again later; asked twice,
    the second answer finds the registration done and changes nothing. Where it is silent to the
    last try, staff decide.
    """

    name: ClassVar[str] = "custaccount.matching"
    """Under which the outbox keeps what it has had; never changed."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _matcher: CustomerMatcher = attrs.field(alias="matcher")
    _numbering: Numbering[RegistrationWork] = attrs.field(alias="numbering")
    _settling: Settling = attrs.field(alias="settling")

    def __call__(self, posted: Posted) -> None:
        """Ask about an address that has just been proven, and do what follows.

        Raises:
            Unavailable: the ERP did not answer, or there is no number left; tried again later.
        """
        if not isinstance(posted.event, AddressProven):
            return
        system = System(realm=posted.realm, job="matching")
        with self._reading() as view:
            try:
                kept = view.registrations.get(system.scope, posted.event.registration)
            except RegistrationNotFound:
                return
            portal = view.portals.get(system.scope, kept.portal)
        if kept.state is not RegistrationState.MATCHING:
            return
        try:
            matches = tuple(self._matcher.with_email(posted.realm, kept.email))
        except Unavailable:
            if pause_after(posted.tries) is not None:
                raise
            self._leave_open(system, portal, kept)
            return
        number = None
        if not matches and portal.policies.number_range is not None:
            key = RangeKey(portal.policies.number_range)
            number = self._numbering.take_ahead(system, system.scope, key)
        self._settle(system, portal, kept, matches, number)

    @repeatable
    def _settle(
        self,
        system: System,
        portal: Portal,
        seen: Registration,
        matches: tuple[ErpMatch, ...],
        number: str | None,
    ) -> None:
        scope, now = system.scope, self._clock()
        try:
            with self._begin(system) as work:
                try:
                    kept = work.registrations.get(scope, seen.id)
                except RegistrationNotFound:
                    return
                if kept.state is not RegistrationState.MATCHING or kept.user is None:
                    return
                user = work.users.get(scope, kept.user)
                erp_ids = [match.erp_id for match in matches]
                known = dict(work.customers.with_erp_ids(scope, erp_ids))
                new = [self._new(system, one) for one in matches if one.erp_id not in known]
                for customer in work.customers.save(scope, new) if new else ():
                    if customer.erp_id is not None:
                        known[customer.erp_id] = customer
                    added = CustomerAdded(at=now, customer=customer.id, number=customer.number)
                    work.record(added)
                customers = list(known.values())
                taken = work.memberships.taken(scope, [one.id for one in customers])
                meant = candidates_of_erp(matches, known, kept.email)
                outcome = decide(customers, meant, taken=taken, policies=portal.policies)
                self._settling.settle(
                    work, kept, user, outcome, policies=portal.policies, number=number, at=now
                )
                work.commit()
        except (Stale, AlreadyThere) as rival:
            raise TryAgain from rival

    @repeatable
    def _leave_open(self, system: System, portal: Portal, seen: Registration) -> None:
        with self._begin(system) as work:
            try:
                kept = work.registrations.get(system.scope, seen.id)
            except RegistrationNotFound:
                return
            if kept.state is not RegistrationState.MATCHING or kept.user is None:
                return
            user = work.users.get(system.scope, kept.user)
            try:
                self._settling.leave_open(
                    work, kept, user, (), policies=portal.policies, at=self._clock()
                )
            except Stale as rival:
                raise TryAgain from rival
            work.commit()

    def _new(self, system: System, match: ErpMatch) -> Customer:
        return Customer(
            id=CustomerId(self._new_id()),
            realm=system.realm,
            number=match.number,
            erp_id=match.erp_id,
            name=match.name,
        )
