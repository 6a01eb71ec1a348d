"""One storage class satisfies every feature's view of a unit, by shape; checked, never run."""

from contextlib import AbstractContextManager
from typing import assert_type

from sqlalchemy import Connection, create_engine

from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.credentials import CredentialsReading, CredentialsWork
from custaccount.customers import CustomersReading, CustomersWork
from custaccount.kernel.access import Actor
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Begin, Reading
from custaccount.membership import MembershipReading, MembershipWork
from custaccount.ordering import OrderingWork
from custaccount.orders import OrdersReading, OrdersWork
from custaccount.portals import PortalsReading, PortalsWork
from custaccount.pricing import PricingReading, PricingWork
from custaccount.registration import RegistrationReading, RegistrationWork
from custaccount.storage import Snapshot, Storage, Unit

memory: Storage = MemoryStorage()
sql: Storage = SqlAlchemyStorage(create_engine("sqlite://"))


def take(*fitting: object) -> None:
    """Take what was declared, so that nothing is declared for nothing."""


def join(connection: Connection) -> Storage:
    """A storage inside a host's transaction is a storage like any other."""
    return SqlAlchemyStorage.connect("sqlite://").joining(connection)


def read(reading: Reading[Snapshot]) -> None:
    """Each feature's reading is part of the whole snapshot."""
    with reading() as view:
        portals: PortalsReading = view
        customers: CustomersReading = view
        credentials: CredentialsReading = view
        membership: MembershipReading = view
        registration: RegistrationReading = view
        pricing: PricingReading = view
        orders: OrdersReading = view
    take(portals, customers, credentials, membership, registration, pricing, orders)


def write(begin: Begin[Unit], actor: Actor) -> None:
    """Each feature's work is part of the whole unit."""
    with begin(actor) as work:
        portals: PortalsWork = work
        customers: CustomersWork = work
        credentials: CredentialsWork = work
        membership: MembershipWork = work
        registration: RegistrationWork = work
        pricing: PricingWork = work
        orders: OrdersWork = work
        ordering: OrderingWork = work
    take(portals, customers, credentials, membership, registration, pricing, orders, ordering)


def open_units(storage: Storage, actor: Actor) -> None:
    """What a storage opens fits what services are given."""
    reading: Reading[Snapshot] = storage.reading
    begin: Begin[Unit] = storage.begin
    assert_type(storage.reading(), AbstractContextManager[Snapshot])
    assert_type(begin(actor), AbstractContextManager[Unit])
    narrow: Reading[PortalsReading] = reading
    take(narrow)


def refuse(view: Snapshot, work: Unit, realm: RealmScope, customer: CustomerScope) -> None:
    """A snapshot neither records nor commits, and a scope is not taken for another."""
    view.commit()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    view.portals.save(realm, work)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    view.portals = work.portals  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    work.customers.get(realm)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    work.customers.get(customer)
    work.customers.groups(customer)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
