"""What the app's migrations make of the rows that are there, forth and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from custaccount.conformance.samples import (
    HASH,
    HOUR,
    NOON,
    TEXTS,
    a_customer,
    a_membership,
    a_role_book,
    a_user,
    an_invitation,
    email,
)
from custaccount.credentials.model import Theme
from custaccount.customers.model import search_text
from custaccount.kernel.access import System
from custaccount.kernel.ids import (
    CustomerId,
    CustomerNumber,
    OrderId,
    RealmId,
    RegistrationId,
    UserCode,
    UserId,
)
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership import InvitationState, MembershipState
from custaccount.membership.roles import ADMINISTRATOR, BUYER
from custaccount.orders import OrderOwner
from custaccount.portals import AccountKind, CustomerStatus
from custaccount.registration.model import RegisterQuery
from tests.adapters.django_project import Host

if TYPE_CHECKING:
    from django.apps.registry import Apps

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")
FIRST, SECOND = "0001_initial", "0002_accounts"
MANY = 1100
"""Rows that fill three batches."""
ENTERING = (CustomerStatus.ACTIVE,)


def go(host: Host, *target: str) -> None:
    """Migrate to a state, or to the newest."""
    from django.core.management import call_command

    call_command("migrate", "custaccount", *target, database=host.alias, verbosity=0)


def before(host: Host, release: str) -> Apps:
    """Return the models as they were in a release."""
    from django.db.migrations.executor import MigrationExecutor

    loader = MigrationExecutor(host.connection).loader
    return loader.project_state(("custaccount", release)).apps


def add(host: Host, kind: str, *rows: dict[str, Any], release: str = FIRST) -> None:
    """Keep rows as a release kept them."""
    model = before(host, release).get_model("custaccount", kind)
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
        found = view.register.search(HERE, query, entering=ENTERING, at=NOON, after=None, limit=10)
        lines = view.register.search(
            HERE, RegisterQuery(), entering=ENTERING, at=NOON, after=None, limit=9999
        )
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


@pytest.fixture
def second(django_host: Host) -> Iterator[Host]:
    """Return a host with the tables of the second release; afterwards it has today's."""
    go(django_host, SECOND)
    yield django_host
    go(django_host)


def an_entry_row(ref: str, behalf_of: str | None, /, **facts: str) -> dict[str, Any]:
    """Return an entry of the trail as it was."""
    named = {"ref": ref, "at": NOON, "event": "some.event", "named": "[]"}
    body = json.dumps(facts, separators=(",", ":"))
    whose = {"kind": "staff", "customer": behalf_of}
    return {"realm": HERE.realm, **named, **whose, "facts": body, "changes": "[]"}


def test_entries_of_the_second_release_are_found_by_their_customer(second: Host) -> None:
    """All of them, in batches: on whose behalf it was done, else whom the event names."""
    entries = [an_entry_row(f"{n:04}", None, customer="beta") for n in range(MANY)]
    others = [
        an_entry_row("a", "acme"),
        an_entry_row("b", "acme", customer="beta"),
        an_entry_row("c", None, note='"customer":"acme"'),
        an_entry_row("d", None),
        an_entry_row("e", None, customers="acme"),
        an_entry_row("f", None, customer="acme"),
    ]
    add(second, "AuditEntry", *entries, *others, release=SECOND)

    go(second)

    with second.storage().reading() as view:
        acme, beta = (
            view.audit.of_customer(
                scope_of(customer), events=["some.event"], limit=2 * MANY, before=None
            )
            for customer in ("acme", "beta")
        )
    assert {(entry.id, entry.stamp.customer) for entry in acme} == {
        ("a", "acme"),
        ("b", "acme"),
        ("f", None),
    }
    assert {entry.id for entry in beta} == {entry["ref"] for entry in entries}
    assert {entry.customer for entry in (*acme, *beta)} == {"acme", "beta"}


def test_what_the_second_release_kept_has_switched_nothing(second: Host) -> None:
    """Neither customers nor groups; a group can be saved, and there are no roles but ours."""
    customer = {
        **a_customer_row("acme", "Acme"),
        **dict.fromkeys(("phone", "vat_id", "search"), ""),
        "kind": "company",
        "details": "{}",
    }
    group = {"realm": HERE.realm, "ref": "g", "key": "G", "name": "Group"}
    grouped = {"realm": HERE.realm, "customer": "acme", "position": 0, "group": "g"}
    user = {**a_user_row("u-a"), "name": "", "phone": "", "theme": "auto"}
    membership = {**a_membership_row("a", "acme"), "roles": "administrator,buyer", "reason": ""}
    add(second, "Customer", customer, release=SECOND)
    add(second, "CustomerGroup", group, release=SECOND)
    add(second, "GroupedCustomer", grouped, release=SECOND)
    add(second, "User", user, release=SECOND)
    add(second, "Membership", membership, release=SECOND)

    go(second)

    storage = second.storage()
    with storage.reading() as view:
        standing = view.memberships.find(scope_of("acme"), UserId("u-a"))
        (there,) = view.customers.groups(HERE)
        assert view.customers.get(scope_of("acme")).features == {}
        assert view.role_books.get(scope_of("acme")).version == 0
    assert standing is not None
    assert standing.membership.roles == {ADMINISTRATOR, BUYER}
    assert standing.membership.acted is None
    assert (standing.features, standing.groups, standing.own_roles) == ({}, (), ())
    assert (there.features, there.version) == ({}, 1)
    with storage.begin(JOB) as unit:
        (kept,) = unit.customers.save_groups(HERE, [attrs.evolve(there, name="Other")])
        unit.commit()
    assert kept.version == 2


def test_what_the_second_release_kept_has_no_author(second: Host) -> None:
    """An order was placed by nobody known, a registrant asked no company, and staff invited."""
    named = {"realm": HERE.realm, "portal": "p", "email": "a@x.org", "email_key": "a@x.org"}
    moments = {"expires": NOON + HOUR, "state": "claimed", "version": 1}
    order = {"realm": HERE.realm, "ref": "o", "customer": "acme", "number": "1", "status": "open"}
    registration = {
        **named,
        **moments,
        "ref": "r",
        "kind": "company",
        "answers": "{}",
        "language": "de",
        "asked": NOON,
        "candidates": "[]",
        "reason": "",
    }
    invitation = {
        **named,
        **moments,
        "ref": "i",
        "customer": "acme",
        "open_key": "a@x.org",
        "name": "",
        "roles": "buyer",
        "invited_by": "somebody",
        "issued": NOON,
        "state": "open",
    }
    add(second, "Order", {**order, "placed": NOON}, release=SECOND)
    add(second, "Registration", registration, release=SECOND)
    add(second, "Invitation", invitation, release=SECOND)

    go(second)

    with second.storage().reading() as view:
        owner = OrderOwner(scope_of("acme"), None)
        assert view.orders.get(owner, OrderId("o")).summary.author is None
        assert view.registrations.get(HERE, RegistrationId("r")).company is None
        assert view.registrations.asking(scope_of("acme")) == ()
        (offer,) = view.invitations.open_of(scope_of("acme"))
    assert offer.by_staff
    assert offer.roles == {BUYER}


def test_members_survive_the_way_back(django_host: Host) -> None:
    """Without roles that companies made; what a member offered is withdrawn, what staff did not."""
    book = a_role_book(scope_of("acme"))
    own = frozenset(role.id for role in book.roles)
    acme = attrs.evolve(a_customer(HERE), id=scope_of("acme").customer)
    users = [a_user(HERE) for _ in range(3)]
    wanted = (own, own | {BUYER}, frozenset({ADMINISTRATOR, BUYER}))
    members = [
        attrs.evolve(a_membership(acme.scope, user.id), roles=roles, user_code=UserCode(code))
        for user, roles, code in zip(users, wanted, ("", "2", "3"), strict=True)
    ]
    offers = [
        attrs.evolve(an_invitation(acme.scope), roles=own | {BUYER}, by_staff=by_staff)
        for by_staff in (True, False)
    ]
    with django_host.storage().begin(JOB) as unit:
        unit.customers.save(HERE, [acme])
        unit.role_books.save(acme.scope, book)
        for user, member in zip(users, members, strict=True):
            unit.users.save(HERE, user)
            unit.memberships.save(acme.scope, member)
        for offer in offers:
            unit.invitations.save(acme.scope, offer)
        unit.commit()

    try:
        go(django_host, SECOND)
        kept = dict(django_host.run("SELECT ref, roles FROM custaccount_memberships"))
    finally:
        go(django_host)

    left = ("", "buyer", "administrator,buyer")
    assert kept == {one.id: roles for one, roles in zip(members, left, strict=True)}
    with django_host.storage().reading() as view:
        by_staff, by_member = (view.invitations.get(HERE, offer.id) for offer in offers)
        lines = view.memberships.of_customer(acme.scope)
        assert view.role_books.get(acme.scope).roles == ()
    assert (by_staff.state, by_staff.roles) == (InvitationState.OPEN, {BUYER})
    assert (by_member.state, by_member.version) == (InvitationState.WITHDRAWN, 2)
    assert {line.membership.state for line in lines} == {MembershipState.ACTIVE}
