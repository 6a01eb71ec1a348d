"""Asking why: for who was refused, and for staff who are asked."""

from __future__ import annotations

import attrs
import pytest

from custaccount import Language, Member, NotFound, Permission
from custaccount.accounts import ConfigurationRefused, CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryMailer, MemoryStorage
from custaccount.credentials.passwords import Hashing
from custaccount.kernel.access import STAFF_PERMISSIONS, PermissionMissing
from custaccount.kernel.features import REORDER, SHIPPED, USERS, Feature
from custaccount.kernel.ids import FeatureKey, OperationName
from custaccount.membership import ADMINISTRATOR, BUYER, VIEWER, Level
from custaccount.membership.explaining import Cause, OperationUnknown, told
from custaccount.portals import Policies
from tests.house import ALICE, BASE_URL, BOB, KEY, Shop

CARL = "carl@acme.example"
INVITE, NEWEST = OperationName("users.invite"), OperationName("orders.newest")


@pytest.fixture
def alice(nord: Shop) -> Member:
    """Acme's first user, who administers it."""
    nord.activate(ALICE)
    return nord.member(ALICE)


@pytest.fixture
def carl(nord: Shop, alice: Member) -> Member:
    """A buyer of Acme's."""
    return nord.colleague_of(alice, CARL, BUYER)


def test_who_was_refused_is_told_why_and_whom_to_ask(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """The role that is lacking, those that would do, and who can give it."""
    access = nord.house.accounts.access

    found = access.explain_access(carl, INVITE)

    assert [one.cause for one in found.refusing] == [Cause.ROLE]
    assert [role.id for role in found.refusing[0].roles] == [ADMINISTRATOR]
    assert (
        found.refusing[0].text.in_(Language.EN) == "No role that was given allows “Manage users”."
    )
    assert access.administrators(carl) == ("Alice",)
    assert access.explain_access(alice, INVITE).allowed
    assert access.explain_access(carl, NEWEST).allowed


def test_only_administrators_who_are_there_are_named(
    nord: Shop, alice: Member, carl: Member
) -> None:
    """Not who is suspended; whether the seller blocked a login is nothing a company is told."""
    accounts = nord.house.accounts
    accounts.users.set_roles(alice, carl.membership, [ADMINISTRATOR])
    accounts.login_desk.block(nord.staff, carl.user, reason="so")
    assert accounts.access.administrators(alice) == ("Alice", CARL)

    accounts.users.suspend(alice, carl.membership)

    assert accounts.access.administrators(alice) == ("Alice",)


def test_it_is_explained_as_it_is_now(nord: Shop, alice: Member, carl: Member) -> None:
    """Not as the actor was made: for itself, and for staff alike."""
    accounts = nord.house.accounts
    accounts.users.set_roles(alice, carl.membership, [VIEWER])
    place = OperationName("reorder.commit")

    mine = accounts.access.explain_access(carl, place)
    theirs = accounts.access_desk.explain_access(
        nord.staff, carl.user, place, carl.customer, portal=nord.portal.id
    )

    assert [(one.cause, one.holds, one.remedy) for one in mine.reasons] == [
        (one.cause, one.holds, one.remedy) for one in theirs.reasons
    ]
    assert [one.cause for one in mine.refusing] == [Cause.ROLE]


def test_staff_are_told_about_anybody(nord: Shop, alice: Member) -> None:
    """Who never acted for the customer, or was blocked; every operation members have."""
    nord.activate(BOB)
    desk, bob = nord.house.accounts.access_desk, nord.user(BOB).id

    never = desk.explain_access(nord.staff, bob, NEWEST, alice.customer, portal=nord.portal.id)
    assert [one.cause for one in never.refusing] == [Cause.MEMBERSHIP]

    nord.house.accounts.login_desk.block(nord.staff, alice.user, reason="so")
    names = desk.operations(nord.staff)
    assert {INVITE, NEWEST} <= set(names)
    assert list(names) == sorted(names)
    for name in names:
        found = desk.explain_access(
            nord.staff, alice.user, name, alice.customer, portal=nord.portal.id
        )
        assert [one.cause for one in found.refusing] == [Cause.LOGIN]


@pytest.mark.parametrize("name", ["", "orders", "portal_desk.open", "orders._source", "x.y"])
def test_what_is_no_operation_of_members_is_not_known(nord: Shop, alice: Member, name: str) -> None:
    """Nor what staff do."""
    with pytest.raises(OperationUnknown):
        nord.house.accounts.access.explain_access(alice, OperationName(name))
    with pytest.raises(OperationUnknown):
        nord.house.accounts.access_desk.explain_access(
            nord.staff, alice.user, OperationName(name), alice.customer, portal=nord.portal.id
        )


def test_staff_see_what_is_on_and_who_decided_it(nord: Shop) -> None:
    """Customer, group, portal, and what nobody switched; as the customer's members get it."""
    accounts, staff = nord.house.accounts, nord.staff
    portal = accounts.portal_desk.get(staff, nord.portal.id)
    accounts.portal_desk.change(
        staff,
        portal.id,
        version=portal.version,
        policies=Policies(features={REORDER: False, USERS: False}),
    )
    dealers = next(one for one in accounts.group_desk.all(staff) if one.key == "dealers")
    accounts.group_desk.change(
        staff, dealers.id, version=dealers.version, features={USERS: True, REORDER: True}
    )
    acme = nord.customer("E-ACME")
    accounts.customer_desk.change(staff, acme.id, version=acme.version, features={REORDER: False})

    found = {one.feature: one for one in accounts.access_desk.features(staff, portal.id, acme.id)}

    assert set(found) == {one.key for one in SHIPPED}
    assert (found[REORDER].on, found[REORDER].level) == (False, Level.CUSTOMER)
    assert (found[USERS].on, found[USERS].level, found[USERS].group) == (
        True,
        Level.GROUP,
        dealers.name,
    )
    assert told(found[USERS]).in_(Language.EN) == (
        f"“Users” is switched on for the customer group “{dealers.name}”."
    )
    nord.activate(ALICE)
    assert nord.member(ALICE).features == {one.feature for one in found.values() if one.on}


def test_what_is_not_the_sellers_is_not_found(nord: Shop, sued: Shop, alice: Member) -> None:
    """Another realm's customer and portal."""
    desk = nord.house.accounts.access_desk

    for customer, portal in (
        (sued.customer("E-GAMMA").id, nord.portal.id),
        (alice.customer, sued.portal.id),
    ):
        with pytest.raises(NotFound):
            desk.features(nord.staff, portal, customer)
        with pytest.raises(NotFound):
            desk.explain_access(nord.staff, alice.user, NEWEST, customer, portal=portal)


def test_each_verb_of_the_desk_asks_for_its_permission(nord: Shop, alice: Member) -> None:
    """Accounts to explain, the register to see what is switched."""
    desk = nord.house.accounts.access_desk
    no_accounts = attrs.evolve(
        nord.staff, permissions=STAFF_PERMISSIONS - {Permission.MANAGE_ACCOUNTS}
    )
    no_register = attrs.evolve(
        nord.staff, permissions=STAFF_PERMISSIONS - {Permission.MANAGE_REGISTER}
    )

    for call in (
        lambda: desk.operations(no_accounts),
        lambda: desk.explain_access(
            no_accounts, alice.user, NEWEST, alice.customer, portal=nord.portal.id
        ),
        lambda: desk.features(no_register, nord.portal.id, alice.customer),
    ):
        with pytest.raises(PermissionMissing):
            call()


def test_a_host_adds_functions_of_its_own() -> None:
    """Listed after those that are shipped; a key that is taken is refused."""
    wishes = Feature(key=FeatureKey("wishes"), name="Wishes", on=False, guests=True)

    def with_features(*features: Feature) -> CustomerAccounts:
        return CustomerAccounts(
            storage=MemoryStorage(),
            mailer=MemoryMailer(),
            secret_keys=[KEY],
            base_url=BASE_URL,
            cart=MemoryCart(),
            features=features,
            delivery=Delivery.BY_RELAY,
            hashing=Hashing.cheap(),
            testing=True,
        )

    assert list(with_features(wishes).features) == [*SHIPPED, wishes]
    for twice in ((wishes, wishes), (SHIPPED[0],)):
        with pytest.raises(ConfigurationRefused):
            with_features(*twice)
