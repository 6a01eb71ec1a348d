"""How a proven or released registration ends, inside the caller's unit."""

from datetime import datetime

import attrs

from custaccount.credentials.model import User
from custaccount.customers.model import Customer, CustomerAdded
from custaccount.facilities.audit import changes_of
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import NumberRangeNotFound
from custaccount.kernel.ids import (
    CustomerId,
    CustomerNumber,
    DraftId,
    MembershipId,
    NewId,
    RangeKey,
    RealmId,
    RoleId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import (
    AUDITED,
    MemberAdded,
    Membership,
    OnePersonOnly,
    free_code,
)
from custaccount.membership.roles import ADMINISTRATOR, BUYER
from custaccount.portals.model import AccountKind, Policies
from custaccount.registration.claims import LeftOpen, LinkTo, NewCustomer, Outcome
from custaccount.registration.model import (
    UNDECIDED,
    AccountActivated,
    Candidate,
    ClaimStored,
    Draft,
    JoinRequested,
    Registration,
    RegistrationState,
    Strength,
    customer_of,
    role_for,
)
from custaccount.registration.ports import RegistrationWork


@attrs.frozen(kw_only=True)
class Settling:
    """Makes customers and members of registrations; whoever calls it commits."""

    _new_id: NewId = attrs.field(alias="new_id")
    _numbering: Numbering[RegistrationWork] = attrs.field(alias="numbering")

    def settle(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        outcome: Outcome,
        *,
        policies: Policies,
        number: str | None,
        at: datetime,
    ) -> None:
        """Bring a registration to its end, whatever that is.

        Args:
            work: The unit.
            registration: As it is kept.
            user: Who registered, as kept.
            outcome: What follows.
            policies: What the portal decides.
            number: The number taken ahead for a new customer, if it was.
            at: Now.
        """
        match outcome:
            case LinkTo(customer=customer):
                self.link(work, registration, user, customer, reason="proven address", at=at)
            case NewCustomer():
                self.found(work, registration, user, policies=policies, number=number, at=at)
            case LeftOpen(candidates=candidates):
                self.leave_open(work, registration, user, candidates, at=at)

    def link(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        customer: Customer,
        *,
        reason: str,
        at: datetime,
        roles: frozenset[RoleId] = frozenset(),
    ) -> tuple[Customer, Membership]:
        """Let the user act for a customer of the register, in the lowest role that is of use.

        Unless roles are named, administrator is only who proved the primary contact's address.
        """
        scope = RealmScope(registration.realm)
        (customer,) = work.customers.save(scope, [customer])  # the first one gets it
        if not roles:
            proven = registration.proven is not None
            role = role_for(customer, registration.email) if proven else BUYER
            roles = frozenset({role})
        membership = self.add_member(work, customer, user, roles=roles, reason=reason, at=at)
        self._finish(work, registration, user, customer, at=at)
        return customer, membership

    def found(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        *,
        policies: Policies,
        number: str | None,
        at: datetime,
    ) -> tuple[Customer, Membership]:
        """Make a new customer, with a number of the portal's range, whom the user administers.

        Raises:
            NumbersExhausted: the range has none left.
        """
        scope = RealmScope(registration.realm)
        if number is None:
            if policies.number_range is None:
                raise NumberRangeNotFound
            number = self._numbering.take(work, scope, RangeKey(policies.number_range))
        new = customer_of(
            CustomerId(self._new_id()),
            registration.realm,
            CustomerNumber(number),
            kind=registration.kind,
            email=registration.email,
            answers=registration.answers,
            language=registration.language,
        )
        (customer,) = work.customers.save(scope, [new])
        work.record(CustomerAdded(at=at, customer=customer.id, number=customer.number))
        membership = self.add_member(
            work,
            customer,
            user,
            roles=frozenset({ADMINISTRATOR}),
            reason="registered",
            at=at,
        )
        self._finish(work, registration, user, customer, at=at)
        return customer, membership

    def leave_open(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        candidates: tuple[Candidate, ...],
        *,
        at: datetime,
    ) -> None:
        """Let a person, or a second proof, say whose the address is.

        Where it is that of one company alone, which has an administrator, its administrators are
        asked whether the person may join.
        """
        company = _company(work, registration.realm, candidates)
        open_claim = attrs.evolve(
            registration,
            state=RegistrationState.CLAIMED,
            user=user.id,
            candidates=candidates,
            company=company,
            expires=at + UNDECIDED,
        )
        work.registrations.save(RealmScope(registration.realm), open_claim)
        if company is not None:
            work.record(
                JoinRequested(at=at, registration=registration.id, user=user.id, customer=company)
            )
            return
        work.record(
            ClaimStored(
                at=at,
                registration=registration.id,
                user=user.id,
                candidates=tuple(one.customer for one in candidates),
            )
        )

    def add_member(
        self,
        work: RegistrationWork,
        customer: Customer,
        user: User,
        *,
        roles: frozenset[RoleId],
        reason: str,
        at: datetime,
    ) -> Membership:
        """Let a user act for a customer, again or for the first time; why is kept with it.

        Raises:
            OnePersonOnly: the account is personal, and has its person.
        """
        codes = work.memberships.codes(customer.scope)
        if customer.kind is AccountKind.PERSONAL and codes:
            raise OnePersonOnly
        code = free_code(codes)
        standing = work.memberships.find(customer.scope, user.id)
        before = None if standing is None else standing.membership
        new = Membership(
            id=MembershipId(self._new_id()),
            realm=customer.realm,
            user=user.id,
            customer=customer.id,
            roles=roles,
            user_code=code,
            reason=reason,
        )
        if before is not None:
            new = before.revived(roles=roles, user_code=code, reason=reason)
        membership = work.memberships.save(customer.scope, new)
        work.record(
            MemberAdded(
                at=at,
                membership=membership.id,
                user=user.id,
                customer=customer.id,
                roles=tuple(sorted(roles)),
                reason=reason,
                changes=changes_of(before, membership, shown=AUDITED),
            )
        )
        return membership

    def _finish(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        customer: Customer,
        *,
        at: datetime,
    ) -> None:
        draft = None
        if registration.draft is not None:
            draft = DraftId(self._new_id())
            work.drafts.add(
                customer.scope,
                Draft(
                    id=draft,
                    realm=customer.realm,
                    customer=customer.id,
                    user=user.id,
                    text=registration.draft,
                    kept=at,
                ),
            )
        scope = RealmScope(registration.realm)
        work.registrations.save(scope, registration)  # Stale if anybody else has decided
        work.registrations.remove(scope, registration.id)
        work.record(
            AccountActivated(
                at=at,
                user=user.id,
                customers=(customer.id,),
                draft=draft,
                portal=registration.portal,
            )
        )


def _company(
    work: RegistrationWork, realm: RealmId, candidates: tuple[Candidate, ...]
) -> CustomerId | None:
    """Return the one company whose administrators can say whether somebody belongs to it."""
    if len(candidates) != 1 or candidates[0].strength is not Strength.EXACT:
        return None
    asked = CustomerScope(realm, candidates[0].customer)
    members = work.memberships.of_customer(asked)
    return asked.customer if any(one.administers for one in members) else None
