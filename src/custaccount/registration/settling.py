"""How a proven or released registration ends, inside the caller's unit."""

from datetime import datetime

import attrs

from custaccount.credentials.model import User
from custaccount.customers.model import Customer, CustomerAdded
from custaccount.facilities.audit import changes_of
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.numbers import NumberRangeNotFound
from custaccount.kernel.access import Permission
from custaccount.kernel.features import USERS, Features
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
from custaccount.membership.held import write_first
from custaccount.membership.model import (
    AUDITED,
    AlreadyMember,
    MemberAdded,
    Membership,
    MembershipState,
    OnePersonOnly,
    free_code,
)
from custaccount.membership.offers import withdraw_to
from custaccount.membership.roles import ADMINISTRATOR, BUYER
from custaccount.membership.standing import Standing
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
    _features: Features = attrs.field(alias="features", factory=Features)

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
                self.leave_open(work, registration, user, candidates, policies=policies, at=at)

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
        policies: Policies,
        at: datetime,
    ) -> None:
        """Let a person, or a second proof, say whose the address is.

        Where it is that of one company alone, which has an administrator who can decide, its
        administrators are asked whether the person may join.
        """
        company = self._company(work, registration.realm, candidates, policies)
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

        What the customer still offers the user's address is taken back.

        Raises:
            AlreadyMember: the user acts for the customer, or is suspended.
            OnePersonOnly: the account is personal, and has its person.
        """
        write_first(work, customer.scope)
        codes = work.memberships.codes(customer.scope)
        if customer.kind is AccountKind.PERSONAL and codes:
            raise OnePersonOnly
        code = free_code(codes)
        standing = work.memberships.find(customer.scope, user.id)
        before = None if standing is None else standing.membership
        if before is not None and before.state is not MembershipState.REMOVED:
            raise AlreadyMember
        withdraw_to(work, customer.scope, user.email, at=at)
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

    def close_claim(
        self, work: RegistrationWork, customer: Customer, user: User, *, at: datetime
    ) -> None:
        """End what is left open about a user who acts for one of those that were meant by now."""
        kept = None
        if user.email is not None:
            kept = work.registrations.find_by_email(customer.scope.of_realm, user.email)
        if kept is None or kept.user != user.id or kept.state is not RegistrationState.CLAIMED:
            return
        if customer.id in {one.customer for one in kept.candidates}:
            self._hand_over(work, kept, user, customer, at=at)
            work.registrations.save(customer.scope.of_realm, kept)  # Stale if it was decided
            work.registrations.remove(customer.scope.of_realm, kept.id)

    def _company(
        self,
        work: RegistrationWork,
        realm: RealmId,
        candidates: tuple[Candidate, ...],
        policies: Policies,
    ) -> CustomerId | None:
        """Return the one company whose administrators can say whether somebody belongs to it."""
        if len(candidates) != 1 or candidates[0].strength is not Strength.EXACT:
            return None
        asked = CustomerScope(realm, candidates[0].customer)
        for one in work.memberships.of_customer(asked):
            if one.administers:
                standing = work.memberships.find(asked, one.membership.user)
                if standing is not None and self._can_decide(standing, policies):
                    return asked.customer
        return None

    def _can_decide(self, standing: Standing, policies: Policies) -> bool:
        return (
            standing.counts(policies)
            and Permission.MANAGE_USERS in standing.permissions(policies)
            and USERS in standing.offered(policies, self._features)
        )

    def _finish(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        customer: Customer,
        *,
        at: datetime,
    ) -> None:
        draft = self._hand_over(work, registration, user, customer, at=at)
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

    def _hand_over(
        self,
        work: RegistrationWork,
        registration: Registration,
        user: User,
        customer: Customer,
        *,
        at: datetime,
    ) -> DraftId | None:
        """Keep what was begun as a guest for the customer it belongs to now."""
        if registration.draft is None:
            return None
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
        return draft
