"""Two customers and two realms never see or move each other's things: every public method (X9).

Every identifier in each sample of ``samples.py`` is replaced by another customer's, by another
realm's and by one that never was: the three answers are the same, and nothing is changed. Then the
sample succeeds for its rightful actor, and the other's own call does: every identifier was a good
one and still is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs
import pytest

from custaccount import CustAccountError, Member
from custaccount.adapters.memory import MemoryErp, MemoryStorage
from custaccount.adapters.memory.addresses import MemoryAddresses
from custaccount.adapters.memory.customers import MemoryCustomers
from custaccount.adapters.memory.drafts import MemoryDrafts
from custaccount.adapters.memory.invitations import MemoryInvitations
from custaccount.adapters.memory.memberships import MemoryMemberships
from custaccount.adapters.memory.orders import MemoryOrders
from custaccount.adapters.memory.portals import MemoryPortals
from custaccount.adapters.memory.prices import MemoryPrices
from custaccount.adapters.memory.registrations import MemoryRegistrations
from custaccount.adapters.memory.role_books import MemoryRoleBooks
from custaccount.adapters.memory.sessions import MemorySessions
from custaccount.adapters.memory.tables import Tables
from custaccount.credentials import Session
from custaccount.kernel.access import Person
from custaccount.kernel.ids import OWNERS, Owner
from custaccount.orders import Order, OrderNotFound, OrderOwner
from custaccount.storage import Storage
from tests import backends
from tests.house import House, NoLimits, build, everything_in
from tests.security.samples import SAMPLES, TYPED, Call, Party, three_parties
from tests.security.services import Method, methods_of, parts_of
from tests.security.test_company_machine import any_book, every_line, every_offer, every_request
from tests.security.test_signatures import METHODS, service_of

NEVER_WAS = "0190a000-0000-7000-8000-0000000ab5ent"
OPENS_NOTHING = {"articles", "device", "operation", "features"}
"""What is public, and a mark, which at most is no mark: ``tests/credentials/test_guard.py``."""
EXCEPT = {name for name in METHODS if service_of(name) == "portals"}
"""Where a visit begins: nobody acts yet, and addresses are public."""


def owner_of(method: Method, parameter: str) -> Owner | None:
    """Say whose the identifier in a parameter is; None if it holds none."""
    kind = TYPED.get((method.name, parameter), method.parameters[parameter])
    return next((OWNERS[part] for part in parts_of(kind) if part in OWNERS), None)


WITHIN_THE_NAMED = {"membership", "roles"}
"""What staff name of a customer they name too: it has to be that customer's."""


def rivals(call: Call, parameter: str, owner: Owner, beta: Party, gamma: Party) -> Iterator[Party]:
    """Say whose identifiers an actor must not be able to use.

    Staff may name every customer of their realm, and a guest's token is its bearer's; who acts for
    a customer is kept inside it, and so is what staff name of one.
    """
    kept_inside = (
        owner is Owner.USER
        or isinstance(call.actor, Member)
        or (owner is Owner.CUSTOMER and isinstance(call.actor, Session | Person))
        or (parameter in WITHIN_THE_NAMED and "customer" in call.arguments)
    )
    if kept_inside:
        yield beta
    yield gamma


def answer(method: Method, call: Call, named: object) -> object:
    """Make a call and return all it tells, without the identifier that was put into it."""
    try:
        told: object = repr(method.call(call.actor, **call.arguments))
    except CustAccountError as error:
        told = (type(error), error.code, str(error), repr(error.facts))
    texts = named if isinstance(named, list) else [named]
    for text in texts:
        told = repr(told).replace(str(text), "…")
    return told


def with_(call: Call, parameter: str, value: object) -> Call:
    """Put another identifier into a call."""
    many = isinstance(call.arguments[parameter], list | tuple)
    value = [value] if many and not isinstance(value, list) else value
    return attrs.evolve(call, arguments={**call.arguments, parameter: value})


def state(house: House) -> object:
    """Take everything that could have been changed."""
    return everything_in(house.storage), dict(house.cart._carts)


def leaks(house: House, parties: tuple[Party, Party, Party], only: str = "") -> list[str]:
    """Try every method and say where one customer or realm reached another."""
    _, beta, gamma = parties
    found = []
    for name, method in methods_of(house.accounts).items():
        if name in EXCEPT or not name.startswith(only):
            continue
        calls = {party.name: SAMPLES[name](party) for party in parties}
        rightful, unknown_is = calls["acme"], {}
        for parameter in rightful.arguments:
            owner = owner_of(method, parameter)
            if owner is None or parameter in OPENS_NOTHING:
                continue
            before = state(house)
            unknown = answer(method, with_(rightful, parameter, NEVER_WAS), NEVER_WAS)
            unknown_is[parameter] = unknown
            for rival in rivals(rightful, parameter, owner, beta, gamma):
                theirs = calls[rival.name].arguments[parameter]
                told = answer(method, with_(rightful, parameter, theirs), theirs)
                if told != unknown:
                    found.append(f"{name}({parameter}) of {rival.name}: {told} is not {unknown}")
            if state(house) != before:
                found.append(f"{name}({parameter}) changed something")
        granted = repr(method.call(rightful.actor, **rightful.arguments))
        if granted != "None":
            found += [
                f"{name}({parameter}) takes what never was"
                for parameter, unknown in unknown_is.items()
                if unknown == repr(granted)
            ]
        for party in (beta, gamma):
            theirs_own = calls[party.name]
            method.call(theirs_own.actor, **theirs_own.arguments)
    return found


def test_every_method_has_a_sample() -> None:
    """Who adds a service method adds a valid call of it to ``tests/security/samples.py``."""
    methods = set(methods_of(build().accounts)) - EXCEPT

    assert methods - set(SAMPLES) == set(), "these methods have no sample in samples.py"
    assert set(SAMPLES) - methods == set(), "these samples are of no method"


def test_a_sample_gives_every_identifier_a_method_takes() -> None:
    """An optional identifier that no sample gives would never be tried."""
    parties = three_parties(build(limits=NoLimits()))
    missing = {
        f"{name}({parameter})"
        for name, method in methods_of(parties[0].shop.house.accounts).items()
        if name not in EXCEPT
        for parameter in method.parameters
        if owner_of(method, parameter) not in {None, Owner.PUBLIC}
        and parameter not in SAMPLES[name](parties[0]).arguments
    }

    assert missing == set()


@pytest.mark.parametrize("storage", [*backends.BACKENDS, "django-sqlite"], indirect=True)
def test_nobody_reaches_another_customer_or_realm(storage: Storage) -> None:
    """Foreign and unknown are one answer, and nothing happens; the shop keeps the orders."""
    house = build(storage, limits=NoLimits())

    assert leaks(house, three_parties(house)) == []


@pytest.mark.parametrize("service", ["orders.", "reorder."])
def test_nobody_reaches_another_customers_orders_in_the_erp(service: str) -> None:
    """The same where an ERP tells the orders of both realms."""
    house = build(erp=MemoryErp(), limits=NoLimits())

    assert leaks(house, three_parties(house), only=service) == []


# The test of the test ---------------------------------------------------------------------------


class LeakyErp(MemoryErp):
    """An ERP that looks an order up by its id alone."""

    def get(self, owner: OrderOwner, order: object) -> Order:  # noqa: ARG002
        """Return one order, whosever it is."""
        for told in self._histories.values():
            if order in told._orders:
                return told._orders[order]  # type: ignore[index]
        raise OrderNotFound


def leaky_orders(self: MemoryOrders, owner: OrderOwner, order: str) -> Order:  # noqa: ARG001
    """Look an order up in all customers' histories."""
    for row in self._gate.ask(lambda tables: list(tables.orders)):
        if row.order.summary.id == order:
            return row.order
    raise OrderNotFound


def leaky_memberships(self: MemoryMemberships, scope: object, user: str) -> object:
    """Find any membership of the user."""
    from custaccount.kernel.scope import RealmScope

    return self.of_user(RealmScope(scope.realm), user)[0]  # type: ignore[attr-defined, arg-type]


def leaky_customers(self: MemoryCustomers, scope: object) -> object:
    """Find a customer of any realm."""
    rows = self._gate.ask(lambda tables: list(tables.customers))
    known = {row.id: row for row in rows}
    if scope.customer not in known:  # type: ignore[attr-defined]
        from custaccount.customers import CustomerNotFound

        raise CustomerNotFound
    return known[scope.customer]  # type: ignore[attr-defined]


def leaky_portals(self: MemoryPortals, scope: object, portal: str) -> object:  # noqa: ARG001
    """Find a portal of any realm."""
    from custaccount.portals import PortalNotFound

    rows = self._gate.ask(lambda tables: list(tables.portals))
    for row in rows:
        if row.id == portal:
            return row
    raise PortalNotFound


def leaky_attach(self: MemoryPrices, scope: object, attachment: object) -> None:
    """Attach a list nobody looked for."""
    key = (scope.realm, attachment.list, "LEVEL", attachment.target)  # type: ignore[attr-defined]
    self._gate.change(lambda tables: tables.attachments.put(key, attachment))  # type: ignore[arg-type]


def leaky_addresses(self: MemoryAddresses, scope: object, address: str) -> object:  # noqa: ARG001
    """Find an address of anybody's book."""
    from custaccount.customers import AddressNotFound

    rows = self._gate.ask(lambda tables: list(tables.addresses))
    for row in rows:
        if row.id == address:
            return row
    raise AddressNotFound


def leaky_registrations(self: MemoryRegistrations, scope: object, registration: str) -> object:  # noqa: ARG001
    """Find a registration of any realm."""
    from custaccount.registration import RegistrationNotFound

    rows = self._gate.ask(lambda tables: list(tables.registrations))
    for row in rows:
        if row.id == registration:
            return row
    raise RegistrationNotFound


def leaky_sessions(self: MemorySessions, scope: object, user: str, session: str) -> bool:  # noqa: ARG001
    """End a session of anybody."""

    def ended(tables: Tables) -> bool:
        named = [row for row in tables.sessions if row.id == session]
        for row in named:
            tables.sessions.drop((row.realm, row.digest))
        return bool(named)

    return self._gate.change(ended)


def leaky_drafts(self: MemoryDrafts, scope: object, user: str, draft: str) -> object:  # noqa: ARG001
    """Hand a draft over to whoever names it."""

    def taken(tables: Tables) -> object:
        for row in list(tables.drafts):
            if row.id == draft:
                tables.drafts.drop((row.realm, row.id))
                return row
        return None

    return self._gate.change(taken)


def leaky_unseal(keyring: object, member: Member, kind: str, sealed: object) -> tuple[str, ...]:
    """Read what was sealed, whoever it was sealed for."""
    import base64
    import json

    text = keyring.read(sealed, purpose=kind, realm=member.realm)  # type: ignore[attr-defined]
    return tuple(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))[2:])


MUTANTS: Mapping[str, tuple[object, str, Callable[..., object], str]] = {
    "orders without the customer": (MemoryOrders, "get", leaky_orders, "orders.get"),
    "plans without the customer": (MemoryOrders, "get", leaky_orders, "reorder.plan"),
    "memberships without the customer": (
        MemoryMemberships,
        "find",
        leaky_memberships,
        "acting.member",
    ),
    "customers without the realm": (MemoryCustomers, "get", leaky_customers, "order_desk.keep"),
    "portals without the realm": (MemoryPortals, "get", leaky_portals, "portal_desk.open"),
    "lists without the realm": (MemoryPrices, "attach", leaky_attach, "price_desk.attach"),
    "addresses without the customer": (MemoryAddresses, "get", leaky_addresses, "address_book.get"),
    "registrations without the realm": (
        MemoryRegistrations,
        "get",
        leaky_registrations,
        "registration_desk.look",
    ),
    "sessions without the user": (
        MemorySessions,
        "end_one",
        leaky_sessions,
        "sessions.end_one",
    ),
    "drafts without the customer": (MemoryDrafts, "take", leaky_drafts, "drafts.take"),
    "members without the customer": (
        MemoryMemberships,
        "of_customer",
        every_line,
        "users.suspend",
    ),
    "members without the customer, for staff": (
        MemoryMemberships,
        "of_customer",
        every_line,
        "member_desk.remove",
    ),
    "invitations without the customer": (
        MemoryInvitations,
        "open_of",
        every_offer,
        "users.withdraw",
    ),
    "requests without the customer": (
        MemoryRegistrations,
        "asking",
        every_request,
        "join_requests.decline",
    ),
    "roles without the customer": (MemoryRoleBooks, "get", any_book, "users.set_roles"),
    "cursors without the membership": (
        "custaccount.orders.history.unseal",
        "",
        leaky_unseal,
        "orders.newest",
    ),
    "plan tokens without the membership": (
        "custaccount.ordering.reorder.unseal",
        "",
        leaky_unseal,
        "reorder.commit",
    ),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_without_the_filter_is_caught(
    mutant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take one filter away and the test names the method that leaks."""
    where, name, leaky, method = MUTANTS[mutant]
    house = build(MemoryStorage(), limits=NoLimits())
    parties = three_parties(house)
    if isinstance(where, str):
        monkeypatch.setattr(where, leaky)
    else:
        monkeypatch.setattr(where, name, leaky)

    try:
        found = leaks(house, parties, only=method)
    except CustAccountError as error:  # the rival lost what was its own
        found = [repr(error)]

    assert found


def test_an_erp_without_the_filter_is_caught() -> None:
    """A host's ERP adapter that forgets the customer is seen by the same test."""
    house = build(erp=LeakyErp(), limits=NoLimits())

    assert leaks(house, three_parties(house), only="orders.get")
