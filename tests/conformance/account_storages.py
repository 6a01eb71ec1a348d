"""Storages with one defect each, in what leads to an account: memory, written carelessly."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import attrs

from custaccount.adapters.memory import MemorySnapshot, MemoryStorage, table
from custaccount.adapters.memory.addresses import MemoryAddresses
from custaccount.adapters.memory.customers import MemoryCustomers
from custaccount.adapters.memory.drafts import MemoryDrafts
from custaccount.adapters.memory.register import MemoryRegister
from custaccount.adapters.memory.registrations import MemoryRegistrations
from custaccount.adapters.memory.sessions import MemorySessions
from custaccount.adapters.memory.table import Table
from custaccount.adapters.memory.tables import Key, Tables
from custaccount.adapters.memory.users import MemoryUsers
from custaccount.credentials.model import User
from custaccount.customers.model import Address, AddressNotFound, Customer, search_text
from custaccount.kernel.ids import (
    AddressId,
    CustomerNumber,
    DraftId,
    SessionId,
    UserCode,
    UserId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Invitation, Membership, MembershipState
from custaccount.portals.statuses import SWITCHES, CustomerStatus
from custaccount.registration.model import (
    Draft,
    QueuePlace,
    RegisterLine,
    RegisterQuery,
    Registration,
)
from tests.conformance.storages import Spoiled

EVERY = 10_000


class HandsADraftOutTwice(Spoiled):
    """Looks whether a draft is there, then forgets it: two may look before one forgets."""

    class Drafts(MemoryDrafts):
        """Careless drafts."""

        def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
            """Read, then delete without looking whether anything was deleted."""
            found = next((one for one in self.of(scope, user) if one.id == draft), None)

            def forgotten(tables: Tables) -> None:
                tables.drafts.drop((scope.realm, draft))

            if found is not None:
                self._gate.change(forgotten)
            return found

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the drafts."""
        view.drafts = self.Drafts(view.drafts._gate)


class ForgetsWhoseDraftItIs(Spoiled):
    """Hands a draft out to whoever names it."""

    class Drafts(MemoryDrafts):
        """Careless drafts."""

        def take(self, scope: CustomerScope, user: UserId, draft: DraftId) -> Draft | None:
            """Take the user from the draft itself."""
            row = self._gate.ask(lambda tables: tables.drafts.find((scope.realm, draft)))
            owner = row.user if row else user
            return super().take(CustomerScope(scope.realm, scope.customer), owner, draft)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the drafts."""
        view.drafts = self.Drafts(view.drafts._gate)


class KeepsTheOlderRegistration(Spoiled):
    """Leaves an address the registration it has."""

    class Registrations(MemoryRegistrations):
        """Careless registrations."""

        def put(self, scope: RealmScope, registration: Registration) -> None:
            """Do nothing on a conflict."""
            if self.find_by_email(scope, registration.email) is None:
                super().put(scope, registration)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the registrations."""
        view.registrations = self.Registrations(view.registrations._gate)


class SavesWhatIsGone(Spoiled):
    """Saves a registration whether it is still there or not."""

    class Registrations(MemoryRegistrations):
        """Careless registrations."""

        def save(self, scope: RealmScope, registration: Registration) -> Registration:
            """Insert what can't be updated."""
            key = (scope.realm, registration.id)
            if self._gate.ask(lambda tables: tables.registrations.find(key)) is not None:
                return super().save(scope, registration)
            kept = attrs.evolve(registration, version=registration.version + 1)
            self._gate.change(lambda tables: tables.registrations.put(key, kept))
            return kept

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the registrations."""
        view.registrations = self.Registrations(view.registrations._gate)


class TurnsTheQueueByMoment(Spoiled):
    """Continues the queue by moment alone: who asked at one moment is lost."""

    class Registrations(MemoryRegistrations):
        """A careless queue."""

        def queued(
            self, scope: RealmScope, *, after: QueuePlace | None, limit: int
        ) -> tuple[Registration, ...]:
            """Compare moments."""
            every = super().queued(scope, after=None, limit=EVERY)
            return tuple(one for one in every if after is None or one.asked > after.asked)[:limit]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the registrations."""
        view.registrations = self.Registrations(view.registrations._gate)


class InvitesTwice(MemoryStorage):
    """Keeps any number of open invitations of one address."""

    def __init__(self) -> None:
        super().__init__()
        self._state = attrs.evolve(
            self._state, invitations=Table("invitation", marks=_customer_of_an_invitation)
        )


class InvitesOnce(MemoryStorage):
    """Keeps one invitation of an address, whatever became of it."""

    def __init__(self) -> None:
        super().__init__()
        self._state = attrs.evolve(
            self._state,
            invitations=Table(
                "invitation",
                unique=lambda key, row: (("open", key[0], row.customer, row.email.key),),
                marks=_customer_of_an_invitation,
            ),
        )


class GivesACodeTwice(MemoryStorage):
    """Keeps members of one customer with the same user code."""

    def __init__(self) -> None:
        super().__init__()
        self._state = attrs.evolve(
            self._state,
            memberships=Table(
                "membership",
                unique=lambda key, row: (("pair", key[0], row.user, row.customer),),
                marks=_sides_of_a_membership,
            ),
        )


class NamesTheRemoved(Spoiled):
    """Finds a user by a number and a code that were the user's once."""

    class Users(MemoryUsers):
        """Careless users."""

        def find_by_number(
            self, scope: RealmScope, number: CustomerNumber, code: UserCode
        ) -> User | None:
            """Look at the code only."""

            def found(tables: Tables) -> User | None:
                customer = tables.customers.only("number", scope.realm, number)
                named = customer and tables.memberships.only("code", scope.realm, customer.id, code)
                return tables.users.find((scope.realm, named.user)) if named else None

            return self._gate.ask(found)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the users."""
        view.users = self.Users(view.users._gate)


class EndsTheKeptOne(Spoiled):
    """Ends all sessions of a user, the one that was to be kept as well."""

    class Sessions(MemorySessions):
        """Careless sessions."""

        def end_others(self, scope: RealmScope, user: UserId, *, keep: str | None) -> int:
            """Keep none."""
            ended = super().end_others(scope, user, keep=None)
            return ended - (keep is not None and ended > 0)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.sessions = self.Sessions(view.sessions._gate)


class EndsAnybodys(Spoiled):
    """Ends a session by its name alone."""

    class Sessions(MemorySessions):
        """Careless sessions."""

        def end_one(self, scope: RealmScope, user: UserId, session: SessionId) -> bool:
            """Take the user from the session itself."""
            rows = self._gate.ask(lambda tables: tables.sessions.of_realm(scope.realm))
            owner = next((row.user for row in rows if row.id == session), user)
            return super().end_one(scope, owner, session)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.sessions = self.Sessions(view.sessions._gate)


class ConfirmsBackwards(Spoiled):
    """Writes the moment of a confirmation whatever it was."""

    class Sessions(MemorySessions):
        """Careless sessions."""

        def confirm(self, scope: RealmScope, digest: str, *, at: datetime) -> bool:
            """Write without a condition."""
            found = self.find(scope, digest)
            if found is None:
                return False
            later = attrs.evolve(found[0], authenticated=at)
            self._gate.change(lambda tables: tables.sessions.put((scope.realm, digest), later))
            return True

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.sessions = self.Sessions(view.sessions._gate)


class ForgetsTheCustomerOfAnAddress(Spoiled):
    """Opens any address of the realm."""

    class Addresses(MemoryAddresses):
        """Careless address books."""

        def get(self, scope: CustomerScope, address: AddressId) -> Address:
            """Look at the realm and the id only."""
            rows = self._gate.ask(lambda tables: tables.addresses.of_realm(scope.realm))
            found = next((row for row in rows if row.id == address), None)
            if found is None:
                raise AddressNotFound
            return found

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the address books."""
        view.addresses = self.Addresses(view.addresses._gate)


class SharesTheDetails(Spoiled):
    """Keeps the very mapping that was given."""

    class Customers(MemoryCustomers):
        """Careless customers."""

        def save(self, scope: RealmScope, customers: Sequence[Customer]) -> tuple[Customer, ...]:
            """Copy nothing."""
            return self._gate.change(
                lambda tables: tuple(
                    table.save(tables.customers, (scope.realm, one.id), one, kind="customer")
                    for one in customers
                )
            )

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the customers."""
        view.customers = self.Customers(view.customers._gate)


class Register(MemoryRegister):
    """A careless register: what it finds is made worse."""

    def search(
        self,
        scope: RealmScope,
        query: RegisterQuery,
        *,
        entering: Collection[CustomerStatus],
        at: datetime,
        after: CustomerNumber | None,
        limit: int,
    ) -> tuple[RegisterLine, ...]:
        """Look, then spoil."""
        found = super().search(scope, query, entering=entering, at=at, after=after, limit=limit)
        return tuple(self._worse(one, at) for one in found)

    def _worse(self, line: RegisterLine, at: datetime) -> RegisterLine:
        raise NotImplementedError

    def _members(self, line: RegisterLine) -> list[Membership]:
        of = line.customer
        return self._gate.ask(lambda tables: tables.memberships.marked("customer", of.realm, of.id))


class CountsTheBlocked(Spoiled):
    """Counts a customer's active members, whether they can sign in or not."""

    class Register(Register):
        """A careless register."""

        def _worse(self, line: RegisterLine, at: datetime) -> RegisterLine:  # noqa: ARG002
            active = [one for one in self._members(line) if one.state is MembershipState.ACTIVE]
            return attrs.evolve(line, users=len(active) * SWITCHES[line.customer.status].sign_in)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)


class HidesTheExpired(Spoiled):
    """Shows an invitation only while it can be accepted."""

    class Register(Register):
        """A careless register."""

        def _worse(self, line: RegisterLine, at: datetime) -> RegisterLine:
            if not line.invitation_over(at):
                return line
            return attrs.evolve(line, invited=None, invitation_expires=None)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)


class MultipliesWhatItJoins(Spoiled):
    """Counts each user once for each contact, as a join of everything does."""

    class Register(Register):
        """A careless register."""

        def _worse(self, line: RegisterLine, at: datetime) -> RegisterLine:  # noqa: ARG002
            return attrs.evolve(line, users=line.users * max(1, len(line.customer.contacts)))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)


class FiltersThePage(Spoiled):
    """Looks for the state of an account on the page alone."""

    class Register(MemoryRegister):
        """A careless register."""

        def search(
            self,
            scope: RealmScope,
            query: RegisterQuery,
            *,
            entering: Collection[CustomerStatus],
            at: datetime,
            after: CustomerNumber | None,
            limit: int,
        ) -> tuple[RegisterLine, ...]:
            """Leave out, after the page was cut off."""
            every = attrs.evolve(query, account=None)
            page = super().search(scope, every, entering=entering, at=at, after=after, limit=limit)
            return tuple(one for one in page if query.account in {None, one.state})

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)


class TakesSignsForWildcards(Spoiled):
    """Puts what was typed into a pattern as it is."""

    class Register(MemoryRegister):
        """A careless register."""

        def search(
            self,
            scope: RealmScope,
            query: RegisterQuery,
            *,
            entering: Collection[CustomerStatus],
            at: datetime,
            after: CustomerNumber | None,
            limit: int,
        ) -> tuple[RegisterLine, ...]:
            """Let ``%`` stand for anything and ``_`` for any character."""
            every = attrs.evolve(query, text="")
            page = super().search(scope, every, entering=entering, at=at, after=after, limit=EVERY)
            words = query.text.casefold().split()
            found = (one for one in page if _likes(words, search_text(one.customer)))
            return tuple(found)[:limit]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)


def _likes(words: Iterable[str], text: str) -> bool:
    patterns = (re.escape(word).replace("%", ".*").replace("_", ".") for word in words)
    return all(re.search(pattern, text) for pattern in patterns)


def _customer_of_an_invitation(key: Key, row: Invitation) -> Iterable[tuple[str, ...]]:
    return (("customer", key[0], row.customer),)


def _sides_of_a_membership(key: Key, row: Membership) -> Iterable[tuple[str, ...]]:
    return (("user", key[0], row.user), ("customer", key[0], row.customer))
