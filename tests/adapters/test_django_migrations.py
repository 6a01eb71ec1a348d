"""What the app's migrations make of the rows that are there, forth and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from custaccount.conformance.samples import HASH, HOUR, NOON, TEXTS, a_user, email
from custaccount.credentials.model import Theme
from custaccount.customers.model import search_text
from custaccount.kernel.access import System
from custaccount.kernel.ids import CustomerId, CustomerNumber, RealmId, UserCode, UserId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.portals import AccountKind
from custaccount.registration.model import RegisterQuery
from tests.adapters.django_project import Host

if TYPE_CHECKING:
    from django.apps.registry import Apps

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")
FIRST = "0001_initial"
MANY = 1100
"""Customers that fill three batches."""


def go(host: Host, *target: str) -> None:
    """Migrate to a state, or to the newest."""
    from django.core.management import call_command

    call_command("migrate", "custaccount", *target, database=host.alias, verbosity=0)


def before(host: Host) -> Apps:
    """Return the models as they were in the first release."""
    from django.db.migrations.executor import MigrationExecutor

    loader = MigrationExecutor(host.connection).loader
    return loader.project_state(("custaccount", FIRST)).apps


def add(host: Host, kind: str, *rows: dict[str, Any]) -> None:
    """Keep rows as the first release kept them."""
    model = before(host).get_model("custaccount", kind)
    model._base_manager.using(host.alias).bulk_create([model(**row) for row in rows], 40)


def a_customer_row(ref: str, name: str) -> dict[str, Any]:
    """Return a customer as it was."""
    address = {"street": "", "postal_code": "", "town": "Köln", "country": "DE"}
    named = {"ref": ref, "number": f"C-{ref}", "name": name, "status": "active", "version": 1}
    return {"realm": HERE.realm, **named, **address}


def a_contact_row(customer: str, position: int, address: str | None) -> dict[str, Any]:
    """Return a contact as it was."""
    key = address.lower() if address else None
    named = {"customer": customer, "position": position, "name": "Zoë"}
    return {"realm": HERE.realm, **named, "email": address, "email_key": key}


def a_user_row(ref: str) -> dict[str, Any]:
    """Return a user as it was."""
    address = f"{ref}@example.com"
    named = {"ref": ref, "email": address, "email_key": address, "state": "active"}
    return {"realm": HERE.realm, **named, "epoch": 0, "version": 1}


def a_membership_row(ref: str, customer: str, state: str = "active") -> dict[str, Any]:
    """Return the membership of a user of the same name, as it was."""
    named = {"ref": ref, "user": f"u-{ref}", "customer": customer, "roles": "buyer"}
    return {"realm": HERE.realm, **named, "state": state, "epoch": 0, "version": 1}


@pytest.fixture
def first(django_host: Host) -> Iterator[Host]:
    """Return a host with the tables of the first release; afterwards it has today's."""
    go(django_host, FIRST)
    yield django_host
    go(django_host)


def scope_of(customer: str) -> CustomerScope:
    """Return a customer's scope."""
    return CustomerScope(HERE.realm, CustomerId(customer))


def test_members_of_the_first_release_keep_signing_in(first: Host) -> None:
    """The first by id by the bare number, the others by 2 and 3; a removed one by none."""
    members = [
        a_membership_row("a", "acme", "removed"),
        a_membership_row("b", "acme"),
        a_membership_row("c", "acme", "suspended"),
        a_membership_row("d", "acme"),
        a_membership_row("e", "beta"),
        a_membership_row("f", "gone", "removed"),
    ]
    add(first, "Customer", *(a_customer_row(ref, ref) for ref in ("acme", "beta", "gone")))
    add(first, "Membership", *members)
    add(first, "User", *(a_user_row(f"u-{ref}") for ref in "abcdef"))

    go(first)

    with first.storage().reading() as view:
        codes = {
            line.membership.id: line.membership.user_code
            for customer in ("acme", "beta", "gone")
            for line in view.memberships.of_customer(scope_of(customer))
        }
        third = view.users.find_by_number(HERE, CustomerNumber("C-acme"), UserCode("3"))
    assert codes == {"a": None, "b": "", "c": "2", "d": "3", "e": "", "f": None}
    assert third is not None
    assert third.id == "u-d"


def test_customers_of_the_first_release_are_found(first: Host) -> None:
    """All of them, in batches, by what they are searched by when they are saved today."""
    add(first, "Customer", *(a_customer_row(f"{n:04}", f"Firma {n}") for n in range(MANY)))
    add(first, "Customer", a_customer_row("acme", TEXTS[0]), a_customer_row("beta", TEXTS[3]))
    contacts = [a_contact_row("acme", 1, "Zoë@Example.com"), a_contact_row("acme", 0, "A@x.org")]
    add(first, "Contact", *contacts, a_contact_row("beta", 0, None))

    go(first)

    query = RegisterQuery(text="MÜLLER zoë@example.com köln")
    with first.storage().reading() as view:
        acme = view.customers.get(scope_of("acme"))
        found = view.register.search(HERE, query, at=NOON, after=None, limit=10)
        lines = view.register.search(HERE, RegisterQuery(), at=NOON, after=None, limit=9999)
    assert [line.customer for line in found] == [acme]
    assert (acme.kind, acme.phone, acme.email, acme.details) == (AccountKind.COMPANY, "", None, {})
    kept = first.run("SELECT ref, search FROM custaccount_customers")
    assert dict(kept) == {line.customer.id: search_text(line.customer) for line in lines}
    assert len(kept) == MANY + 2


def test_sessions_of_the_first_release_go_on(first: Host) -> None:
    """Each with a name of its own; the password was given when it began."""
    named = {"realm": HERE.realm, "portal": "p", "user": "u-a", "language": "de", "epoch": 0}
    moments = {"begun": NOON, "used": NOON + HOUR}
    add(first, "User", a_user_row("u-a"))
    add(first, "Session", *({**named, **moments, "digest": digest * 64} for digest in "ef"))

    go(first)

    with first.storage().reading() as view:
        found = view.sessions.find(HERE, "e" * 64)
        sessions = view.sessions.of_user(HERE, UserId("u-a"))
    assert found is not None
    session, user = found
    assert (session.authenticated, session.used) == (NOON, NOON + HOUR)
    assert session.browser == ""
    assert (user.name, user.theme, user.password_due) == ("", Theme.AUTO, False)
    assert len({one.id for one in sessions}) == 2


def test_users_survive_the_way_back(django_host: Host) -> None:
    """Who has no address gets one that no mail reaches; a password that staff gave is gone."""
    alice = a_user(HERE, email("alice@example.com"))
    nameless = [attrs.evolve(a_user(HERE), email=None) for _ in range(2)]
    given = a_user(HERE, email("bob@example.com")).given_password(HASH, until=NOON)
    with django_host.storage().begin(JOB) as unit:
        for user in (alice, given, *nameless):
            unit.users.save(HERE, user)
        unit.commit()

    try:
        go(django_host, FIRST)
        kept = dict(django_host.run("SELECT ref, email_key FROM custaccount_users"))
    finally:
        go(django_host)

    made_up = {user.id: f"{user.id}@no-address.invalid" for user in nameless}
    assert kept == {alice.id: "alice@example.com", given.id: "bob@example.com", **made_up}
    with django_host.storage().reading() as view:
        found = [view.users.get(HERE, user.id) for user in (alice, given)]
    assert found[0] == attrs.evolve(alice, version=1, name="", phone="", theme=Theme.AUTO)
    assert [user.password for user in found] == [HASH, None]
