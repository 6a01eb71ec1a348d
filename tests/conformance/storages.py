"""Storages with one defect each, in one of their parts: memory, written carelessly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import attrs

from custaccount.adapters.memory import MemorySnapshot, MemoryStorage, MemoryUnit, table
from custaccount.adapters.memory.audit import MemoryAudit
from custaccount.adapters.memory.customers import MemoryCustomers
from custaccount.adapters.memory.memberships import MemoryMemberships
from custaccount.adapters.memory.numbers import MemoryNumbers
from custaccount.adapters.memory.orders import MemoryOrders
from custaccount.adapters.memory.outbox import MemoryOutbox
from custaccount.adapters.memory.portals import MemoryPortals
from custaccount.adapters.memory.prices import MemoryPrices
from custaccount.adapters.memory.sessions import MemorySessions
from custaccount.adapters.memory.tables import Tables
from custaccount.adapters.memory.tickets import MemoryTickets
from custaccount.adapters.memory.users import MemoryUsers
from custaccount.credentials.model import User
from custaccount.customers.model import Customer
from custaccount.facilities.audit import AuditEntry, Spot
from custaccount.facilities.numbers import NumberRange, Taken
from custaccount.facilities.outbox import Posted, PostState
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.access import Actor
from custaccount.kernel.errors import Conflict
from custaccount.kernel.ids import OrderId, PriceListId, RangeKey, TicketId, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.standing import Standing
from custaccount.orders.model import Order, OrderNotFound, OrderOwner, OrderSummary, Position
from custaccount.portals.model import AddressKind, Portal
from custaccount.pricing.model import PriceList, PriceRow


class Spoiled(MemoryStorage):
    """Puts a careless part into every unit."""

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace a part."""
        raise NotImplementedError

    @contextmanager
    def reading(self) -> Iterator[MemorySnapshot]:
        """Open a spoiled snapshot."""
        with super().reading() as view:
            self.spoil(view)
            yield view

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[MemoryUnit]:
        """Open a spoiled unit."""
        with super().begin(actor) as unit:
            self.spoil(unit)
            yield unit


class ReadsThenConsumes(Spoiled):
    """Looks whether a ticket stands, then marks it consumed: two may look before one marks."""

    class Tickets(MemoryTickets):
        """Careless tickets."""

        def consume(
            self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
        ) -> Ticket | None:
            """Read, then write without a condition."""
            row = self.find(scope, ticket)
            if row is None or row.purpose is not purpose or not row.stands(at):
                return None
            used = attrs.evolve(row, state=TicketState.CONSUMED)
            self._gate.change(lambda tables: tables.tickets.put((scope.realm, ticket), used))
            return used

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the tickets."""
        view.tickets = self.Tickets(view.tickets._gate)


class ReadsThenTakes(Spoiled):
    """Looks at the next number, then writes the one after it: two may look before one writes."""

    class Numbers(MemoryNumbers):
        """Careless numbers."""

        def take(self, scope: RealmScope, key: RangeKey) -> Taken | None:
            """Read, then write without a condition."""
            row = self.find(scope, key)
            if row is None or not row.left:
                return super().take(scope, key)
            after = attrs.evolve(row, taken=row.taken + 1)
            self._gate.change(lambda tables: tables.ranges.put((scope.realm, key), after))
            return Taken(after)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the numbers."""
        view.numbers = self.Numbers(view.numbers._gate)


class CountsAnew(Spoiled):
    """Saves a range with the count it was read with."""

    class Numbers(MemoryNumbers):
        """Careless numbers."""

        def save(self, scope: RealmScope, range: NumberRange) -> NumberRange:
            """Write every field."""
            key = (scope.realm, range.key)
            return self._gate.change(
                lambda tables: table.save(tables.ranges, key, range, kind="number range")
            )

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the numbers."""
        view.numbers = self.Numbers(view.numbers._gate)


class HoldsNothing(Spoiled):
    """Reads a range that is to be held."""

    class Numbers(MemoryNumbers):
        """Careless numbers."""

        def hold(self, scope: RealmScope, key: RangeKey) -> NumberRange | None:
            """Read it."""
            return self.find(scope, key)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the numbers."""
        view.numbers = self.Numbers(view.numbers._gate)


class ForgetsThePurpose(Spoiled):
    """Consumes a ticket for whatever it is shown."""

    class Tickets(MemoryTickets):
        """Careless tickets."""

        def consume(
            self, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: datetime
        ) -> Ticket | None:
            """Take the purpose from the ticket itself."""
            row = self.find(scope, ticket)
            return super().consume(scope, ticket, purpose=row.purpose if row else purpose, at=at)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the tickets."""
        view.tickets = self.Tickets(view.tickets._gate)


class ForgetsTheVersion(Spoiled):
    """Saves a user whatever version it was made from."""

    class Users(MemoryUsers):
        """Careless users."""

        def save(self, scope: RealmScope, user: User) -> User:
            """Write without a condition."""
            if not user.version:
                return super().save(scope, user)
            kept = attrs.evolve(user, version=user.version + 1)
            self._gate.change(lambda tables: tables.users.put((scope.realm, user.id), kept))
            return kept

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the users."""
        view.users = self.Users(view.users._gate)


class ForgetsTheRealm(Spoiled):
    """Finds a user by id alone."""

    class Users(MemoryUsers):
        """Careless users."""

        def get(self, scope: RealmScope, user: UserId) -> User:
            """Look in every realm."""
            rows = self._gate.ask(lambda tables: list(tables.users))
            return next((one for one in rows if one.id == user), None) or super().get(scope, user)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the users."""
        view.users = self.Users(view.users._gate)


class UndoesASignIn(Spoiled):
    """Saves a user with the last sign-in it was read with."""

    class Users(MemoryUsers):
        """Careless users."""

        def save(self, scope: RealmScope, user: User) -> User:
            """Write every field."""
            key = (scope.realm, user.id)
            return self._gate.change(
                lambda tables: table.save(tables.users, key, user, kind="user")
            )

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the users."""
        view.users = self.Users(view.users._gate)


class LosesZeros(Spoiled):
    """Looks an address up as if it were a number."""

    class Portals(MemoryPortals):
        """Careless portals."""

        def find_at(self, kind: AddressKind, address: str) -> Portal | None:
            """Take zeros in front for nothing."""
            rows = self._gate.ask(lambda tables: list(tables.portals))
            wanted = (kind, address.lstrip("0"))
            return next((row for row in rows if wanted in self._read(row)), None)

        def _read(self, portal: Portal) -> list[tuple[AddressKind, str]]:
            return [(kind, address.lstrip("0")) for kind, address in portal.addresses]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the portals."""
        view.portals = self.Portals(view.portals._gate)


class SavesWhatItCan(Spoiled):
    """Leaves out the customers it can't save."""

    class Customers(MemoryCustomers):
        """Careless customers."""

        def save(self, scope: RealmScope, customers: Sequence[Customer]) -> tuple[Customer, ...]:
            """Go on with the next one."""

            def kept(tables: Tables) -> tuple[Customer, ...]:
                done = []
                for one in customers:
                    with suppress(Conflict):
                        key = (scope.realm, one.id)
                        done.append(table.save(tables.customers, key, one, kind="customer"))
                return tuple(done)

            return self._gate.change(kept)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the customers."""
        view.customers = self.Customers(view.customers._gate)


class ShowsEverybodysTrail(Spoiled):
    """Reads the audit trail of the whole deployment."""

    class Audit(MemoryAudit):
        """A careless trail."""

        def latest(
            self,
            scope: RealmScope,
            *,
            limit: int,
            **asked: Any,  # noqa: ANN401 - passed on
        ) -> tuple[AuditEntry, ...]:
            """Look in every realm."""
            realms = {one.stamp.realm for one in self._gate.ask(lambda tables: tables.entries)}
            every = (
                entry
                for realm in {scope.realm, *realms}
                for entry in super(type(self), self).latest(RealmScope(realm), limit=limit, **asked)
            )
            return tuple(sorted(every, key=lambda entry: entry.at, reverse=True))[:limit]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the trail."""
        view.audit = self.Audit(view.audit._gate)


class ForgetsTheCustomerOfAnOrder(Spoiled):
    """Opens any order of the realm."""

    class Orders(MemoryOrders):
        """Careless orders."""

        def get(self, owner: OrderOwner, order: OrderId) -> Order:
            """Look at the realm and the id only."""
            kept = self._gate.ask(lambda tables: tables.orders.find((owner.scope.realm, order)))
            if kept is None:
                raise OrderNotFound
            return kept.order

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the orders."""
        view.orders = self.Orders(view.orders._gate)


class ForgetsTheCustomerOfAMembership(Spoiled):
    """Takes the user's first membership for that of the customer."""

    class Memberships(MemoryMemberships):
        """Careless memberships."""

        def find(self, scope: CustomerScope, user: UserId) -> Standing | None:
            """Look at realm and user only."""
            return next(iter(self.of_user(RealmScope(scope.realm), user)), None)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the memberships."""
        view.memberships = self.Memberships(view.memberships._gate)


class BreaksTiesWrongly(Spoiled):
    """Continues a page by date alone: orders of the same moment are lost."""

    class Orders(MemoryOrders):
        """Careless orders."""

        def newest(
            self, owner: OrderOwner, *, after: Position | None, limit: int
        ) -> Sequence[OrderSummary]:
            """Compare dates."""
            every = super().newest(owner, after=None, limit=10_000)
            return [one for one in every if after is None or one.placed < after.placed][:limit]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the orders."""
        view.orders = self.Orders(view.orders._gate)


class ForgetsTheFence(Spoiled):
    """Lets a relay that comes late settle what another one holds."""

    class Outbox(MemoryOutbox):
        """A careless outbox."""

        def delivered(self, scope: RealmScope, posted: Posted) -> bool:
            """Mark it, whoever holds it."""

            def mark(tables: Tables) -> bool:
                row = tables.posts.find((scope.realm, posted.id))
                if row is None or row.state is not PostState.WAITING:
                    return False
                done = attrs.evolve(row, state=PostState.DELIVERED)
                tables.posts.put((scope.realm, posted.id), done)
                return True

            return self._gate.change(mark)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the outbox."""
        view.outbox = self.Outbox(view.outbox._gate)


class ForgetsTheLease(Spoiled):
    """Reads what is due without taking it."""

    class Outbox(MemoryOutbox):
        """A careless outbox."""

        def lease(
            self, scope: RealmScope, *, at: datetime, until: datetime, limit: int
        ) -> tuple[Posted, ...]:
            """Lease until now: the next relay gets the same."""
            assert until > at
            return super().lease(scope, at=at, until=at, limit=limit)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the outbox."""
        view.outbox = self.Outbox(view.outbox._gate)


class ForgetsWhoHadIt(Spoiled):
    """Gives an event back as if nobody had it."""

    class Outbox(MemoryOutbox):
        """A careless outbox."""

        def failed(self, scope: RealmScope, posted: Posted, *, again: datetime | None) -> bool:
            """Keep the moment alone."""
            return super().failed(scope, attrs.evolve(posted, had=frozenset()), again=again)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the outbox."""
        view.outbox = self.Outbox(view.outbox._gate)


class PurgesTheDead(Spoiled):
    """Takes what was given up for what has arrived."""

    class Outbox(MemoryOutbox):
        """A careless outbox."""

        def purge(self, scope: RealmScope, *, recorded_before: datetime, limit: int) -> int:
            """Forget the dead, too."""

            def forget(tables: Tables) -> None:
                for row in tables.posts.marked("dead", scope.realm):
                    tables.posts.drop((scope.realm, row.id))

            self._gate.change(forget)
            return super().purge(scope, recorded_before=recorded_before, limit=limit)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the outbox."""
        view.outbox = self.Outbox(view.outbox._gate)


class TurnsPagesByMoment(Spoiled):
    """Continues the trail by moment alone: entries of one moment are lost."""

    class Audit(MemoryAudit):
        """A careless trail."""

        def latest(
            self,
            scope: RealmScope,
            *,
            limit: int,
            before: Spot | None = None,
            **asked: Any,  # noqa: ANN401 - passed on
        ) -> tuple[AuditEntry, ...]:
            """Compare moments."""
            every = super().latest(scope, limit=10_000, **asked)
            return tuple(one for one in every if before is None or one.at < before.at)[:limit]

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the trail."""
        view.audit = self.Audit(view.audit._gate)


class RoundsAmounts(Spoiled):
    """Keeps amounts with as many digits as they need."""

    class Prices(MemoryPrices):
        """Careless prices."""

        def replace_rows(
            self, scope: RealmScope, price_list: PriceListId, rows: Sequence[PriceRow]
        ) -> None:
            """Drop zeros at the end."""
            short = [
                attrs.evolve(
                    row, price=attrs.evolve(row.price, amount=row.price.amount.normalize())
                )
                for row in rows
            ]
            super().replace_rows(scope, price_list, short)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the prices."""
        view.prices = self.Prices(view.prices._gate)


class ComparesLoosely(Spoiled):
    """Compares keys as a case-insensitive, blank-padding collation does."""

    class Prices(MemoryPrices):
        """Careless prices."""

        def find_list(self, scope: RealmScope, key: str) -> PriceList | None:
            """Fold case and blanks."""
            rows = self._gate.ask(lambda tables: tables.price_lists.of_realm(scope.realm))
            folded = key.casefold().rstrip()
            return next((row for row in rows if row.key.casefold().rstrip() == folded), None)

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the prices."""
        view.prices = self.Prices(view.prices._gate)


class GoesBackInTime(Spoiled):
    """Writes the moment of use whatever it was."""

    class Sessions(MemorySessions):
        """Careless sessions."""

        def touch(self, scope: RealmScope, digest: str, *, at: datetime) -> None:
            """Write without a condition."""
            found = self.find(scope, digest)
            if found is not None:
                used = attrs.evolve(found[0], used=at)
                self._gate.change(lambda tables: tables.sessions.put((scope.realm, digest), used))

    def spoil(self, view: MemorySnapshot) -> None:
        """Replace the sessions."""
        view.sessions = self.Sessions(view.sessions._gate)
