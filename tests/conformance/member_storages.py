"""Storages with one defect each, in who acts for whom: memory, written carelessly."""

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from custaccount.adapters.memory import MemorySnapshot, table
from custaccount.adapters.memory.audit import MemoryAudit
from custaccount.adapters.memory.customers import MemoryCustomers
from custaccount.adapters.memory.invitations import MemoryInvitations
from custaccount.adapters.memory.memberships import MemoryMemberships
from custaccount.adapters.memory.orders import MemoryOrders
from custaccount.adapters.memory.portals import MemoryPortals
from custaccount.adapters.memory.register import MemoryRegister
from custaccount.adapters.memory.registrations import MemoryRegistrations
from custaccount.adapters.memory.role_books import MemoryRoleBooks
from custaccount.adapters.memory.tables import Tables
from custaccount.customers.model import CustomerGroup
from custaccount.facilities.audit import AuditEntry, Spot
from custaccount.kernel.access import Depth
from custaccount.kernel.ids import CustomerId, CustomerNumber, OrderId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.model import Invitation, Membership
from custaccount.membership.roles import RoleBook
from custaccount.membership.standing import Standing
from custaccount.orders.model import Found, Order, OrderOwner, OrderSummary, Position
from custaccount.portals.model import Portal
from custaccount.portals.statuses import SWITCHES, CustomerStatus
from custaccount.registration.model import RegisterLine, RegisterQuery, Registration
from tests.conformance.storages import Spoiled

EVERY = 10_000


class NotesBackwards(Spoiled):
    """Writes when somebody began to act, whatever was noted since."""

    class Memberships(MemoryMemberships):
        """Careless memberships."""

        def note_acting(self, scope: CustomerScope, user: UserId, *, at: datetime) -> None:
            """Write without a condition."""

            def noted(tables: Tables) -> None:
                row = tables.memberships.only("pair", scope.realm, user, scope.customer)
                if row is not None:
                    tables.memberships.put((scope.realm, row.id), attrs.evolve(row, acted=at))

            self._gate.change(noted)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the memberships."""
        view.memberships = self.Memberships(view.memberships._gate)


class UndoesActing(Spoiled):
    """Saves a membership with the moment it was read with."""

    class Memberships(MemoryMemberships):
        """Careless memberships."""

        def save(self, scope: CustomerScope, membership: Membership) -> Membership:
            """Write every field."""
            key = (scope.realm, membership.id)
            return self._gate.change(
                lambda tables: table.save(tables.memberships, key, membership, kind="membership")
            )

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the memberships."""
        view.memberships = self.Memberships(view.memberships._gate)


class Memberships(MemoryMemberships):
    """Careless memberships: what they find is made worse."""

    def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
        """Look, then spoil."""
        found = super().find(scope, user)
        return found and self._worse(found)

    def of_user(self, scope: RealmScope, user: UserId) -> tuple[Standing, ...]:
        """Look, then spoil."""
        return tuple(self._worse(one) for one in super().of_user(scope, user))

    def _worse(self, standing: Standing) -> Standing:
        raise NotImplementedError


class SortsTheGroups(Spoiled):
    """Puts a customer's groups into an order of its own."""

    class Memberships(Memberships):
        """Careless memberships."""

        def _worse(self, standing: Standing) -> Standing:
            groups = sorted(standing.groups, key=lambda one: one.group)
            return attrs.evolve(standing, groups=tuple(groups))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the memberships."""
        view.memberships = self.Memberships(view.memberships._gate)


class ForgetsTheEpochOfRoles(Spoiled):
    """Lets an actor live on when a role of the customer's changes."""

    class Memberships(Memberships):
        """Careless memberships."""

        def _worse(self, standing: Standing) -> Standing:
            return attrs.evolve(standing, roles_epoch=0)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the memberships."""
        view.memberships = self.Memberships(view.memberships._gate)


class ForgetsTheVersionOfABook(Spoiled):
    """Keeps a role book whatever version it was made from."""

    class RoleBooks(MemoryRoleBooks):
        """Careless role books."""

        def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
            """Write without a condition."""
            kept = attrs.evolve(book, version=book.version + 1)
            key = (scope.realm, scope.customer)
            self._gate.change(lambda tables: tables.role_books.put(key, kept))
            return kept

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the role books."""
        view.role_books = self.RoleBooks(view.role_books._gate)


class WritesOnlyWhatChanged(Spoiled):
    """Leaves a role book alone that is as it was: nobody comes after anybody."""

    class RoleBooks(MemoryRoleBooks):
        """Careless role books."""

        def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
            """Compare first."""
            return book if self.get(scope) == book else super().save(scope, book)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the role books."""
        view.role_books = self.RoleBooks(view.role_books._gate)


class SharesTheRoles(Spoiled):
    """Keeps one role book for a customer's name in all realms."""

    class RoleBooks(MemoryRoleBooks):
        """Careless role books."""

        def get(self, scope: CustomerScope) -> RoleBook:
            """Look for the customer alone."""
            rows = self._gate.ask(lambda tables: list(tables.role_books))
            named = (row for row in rows if row.customer == scope.customer)
            return next(named, None) or super().get(scope)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the role books."""
        view.role_books = self.RoleBooks(view.role_books._gate)


class ForgetsTheDepth(Spoiled):
    """Keeps of a role which permissions it has, and not how far they reach."""

    class RoleBooks(MemoryRoleBooks):
        """Careless role books."""

        def get(self, scope: CustomerScope) -> RoleBook:
            """Let everything reach over the whole customer."""
            book = super().get(scope)
            return attrs.evolve(
                book,
                roles=tuple(
                    attrs.evolve(role, grants=dict.fromkeys(role.grants, Depth.CUSTOMER))
                    for role in book.roles
                ),
            )

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the role books."""
        view.role_books = self.RoleBooks(view.role_books._gate)


class ForgetsTheVersionOfAGroup(Spoiled):
    """Keeps customer groups whatever version they were made from."""

    class Customers(MemoryCustomers):
        """Careless customers."""

        def save_groups(
            self, scope: RealmScope, groups: Sequence[CustomerGroup]
        ) -> tuple[CustomerGroup, ...]:
            """Write without a condition."""
            kept = tuple(attrs.evolve(one, version=one.version + 1) for one in groups)

            def put(tables: Tables) -> None:
                for one in kept:
                    tables.groups.put((scope.realm, one.id), one)

            self._gate.change(put)
            return kept

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the customers."""
        view.customers = self.Customers(view.customers._gate)


class KeepsWhatIsOff(Spoiled):
    """Keeps of a portal's functions those that are off."""

    class Portals(MemoryPortals):
        """Careless portals."""

        def save(self, scope: RealmScope, portal: Portal) -> Portal:
            """Take a missing switch for one that is on."""
            off = {key: on for key, on in portal.policies.features.items() if not on}
            policies = attrs.evolve(portal.policies, features=off)
            return super().save(scope, attrs.evolve(portal, policies=policies))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the portals."""
        view.portals = self.Portals(view.portals._gate)


class TakesEveryInviterForAUser(Spoiled):
    """Forgets whether one of the seller's people invited."""

    class Invitations(MemoryInvitations):
        """Careless invitations."""

        def save(self, scope: CustomerScope, invitation: Invitation) -> Invitation:
            """Keep the id alone."""
            return super().save(scope, attrs.evolve(invitation, by_staff=False))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the invitations."""
        view.invitations = self.Invitations(view.invitations._gate)


class Trail(MemoryAudit):
    """A careless trail: it looks at all entries of a realm."""

    def of_customer(
        self, scope: CustomerScope, *, events: Collection[str], limit: int, before: Spot | None
    ) -> tuple[AuditEntry, ...]:
        """Leave one condition out."""
        every = self.latest(RealmScope(scope.realm), limit=EVERY, before=before)
        return tuple(one for one in every if self._is_told(one, scope.customer, events))[:limit]

    def _is_told(self, entry: AuditEntry, customer: CustomerId, events: Collection[str]) -> bool:
        raise NotImplementedError


class TellsEverybodysTrail(Spoiled):
    """Tells a customer what happened to any."""

    class Audit(Trail):
        """A careless trail."""

        def _is_told(
            self,
            entry: AuditEntry,
            customer: CustomerId,  # noqa: ARG002
            events: Collection[str],
        ) -> bool:
            return entry.event in events

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the trail."""
        view.audit = self.Audit(view.audit._gate)


class TellsTheWholeTrail(Spoiled):
    """Tells a customer events that are not to be told."""

    class Audit(Trail):
        """A careless trail."""

        def _is_told(
            self,
            entry: AuditEntry,
            customer: CustomerId,
            events: Collection[str],  # noqa: ARG002
        ) -> bool:
            return entry.customer == customer

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the trail."""
        view.audit = self.Audit(view.audit._gate)


class TellsWhomItNames(Spoiled):
    """Tells a customer what others did, where that names it."""

    class Audit(Trail):
        """A careless trail."""

        def _is_told(
            self, entry: AuditEntry, customer: CustomerId, events: Collection[str]
        ) -> bool:
            named = {entry.stamp.customer, entry.facts.get("customer")}
            return entry.event in events and customer in named

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the trail."""
        view.audit = self.Audit(view.audit._gate)


class ListsEverybodysOrders(Spoiled):
    """Lists the customer's orders for one who may see the own ones alone."""

    class Orders(MemoryOrders):
        """Careless orders."""

        def newest(
            self, owner: OrderOwner, *, after: Position | None, limit: int
        ) -> Sequence[OrderSummary]:
            """Forget the author."""
            return super().newest(attrs.evolve(owner, author=None), after=after, limit=limit)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the orders."""
        view.orders = self.Orders(view.orders._gate)


class OpensEverybodysOrders(Spoiled):
    """Opens any order of the customer, and finds it by number."""

    class Orders(MemoryOrders):
        """Careless orders."""

        def get(self, owner: OrderOwner, order: OrderId) -> Order:
            """Forget the author."""
            return super().get(attrs.evolve(owner, author=None), order)

        def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
            """Forget the author."""
            return super().with_number(attrs.evolve(owner, author=None), key)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the orders."""
        view.orders = self.Orders(view.orders._gate)


class FiltersAPageByAuthor(Spoiled):
    """Looks for an author's orders on the page alone."""

    class Orders(MemoryOrders):
        """Careless orders."""

        def newest(
            self, owner: OrderOwner, *, after: Position | None, limit: int
        ) -> Sequence[OrderSummary]:
            """Leave out, after the page was cut off."""
            everybody = attrs.evolve(owner, author=None)
            page = super().newest(everybody, after=after, limit=limit)
            by = owner.author
            return [one for one in page if not by or (one.author and one.author.user == by)]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the orders."""
        view.orders = self.Orders(view.orders._gate)


class AsksTheWrongPeople(Spoiled):
    """Shows every company's administrators who wants to join any."""

    class Registrations(MemoryRegistrations):
        """Careless registrations."""

        def asking(self, scope: CustomerScope) -> tuple[Registration, ...]:
            """Look at the realm only."""
            every = self.queued(RealmScope(scope.realm), after=None, limit=EVERY)
            return tuple(one for one in every if one.company is not None)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the registrations."""
        view.registrations = self.Registrations(view.registrations._gate)


class AsksForEver(Spoiled):
    """Asks about registrations that were decided."""

    class Registrations(MemoryRegistrations):
        """Careless registrations."""

        def asking(self, scope: CustomerScope) -> tuple[Registration, ...]:
            """Look at the company only."""
            rows = self._gate.ask(lambda tables: tables.registrations.of_realm(scope.realm))
            named = (row for row in rows if row.company == scope.customer)
            return tuple(sorted(named, key=lambda row: (row.asked, row.id)))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the registrations."""
        view.registrations = self.Registrations(view.registrations._gate)


class DecidesWhoEnters(Spoiled):
    """Counts users by what a status allows anywhere, whatever the portals say."""

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
            """Know it better."""
            entering = [status for status, switches in SWITCHES.items() if switches.sign_in]
            return super().search(scope, query, entering=entering, at=at, after=after, limit=limit)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the register."""
        view.register = self.Register(view.register._gate)
