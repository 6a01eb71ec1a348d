"""What a company offers and is offered: invitations, functions, and how much is told of either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import attrs
import pytest

from custaccount import InvalidFields, Member
from custaccount.adapters.memory import MemoryStorage
from custaccount.facilities.limits import TooManyTries
from custaccount.kernel.access import Depth, Permission
from custaccount.kernel.features import REORDER, Feature
from custaccount.kernel.ids import BearerToken, CustomerGroupId, FeatureKey, OperationName
from custaccount.membership import (
    BUYER,
    InviterLacksRight,
)
from custaccount.membership.explaining import Cause
from custaccount.membership.trail import CompanyEntry
from custaccount.membership.users import OpenInvitation
from custaccount.portals import CustomerStatus
from custaccount.storage import Storage
from tests.house import ALICE, BOB, EUR, PASSWORD, Shop, build, open_nord
from tests.security.companies import (
    ACME,
    BERT,
    CARL,
    DORA,
    acting,
    membership_of,
    two_companies,
)

NINA = "nina@new.example"

# How often (R3) ----------------------------------------------------------------------------------


@pytest.fixture
def limited(memory_storage: Storage) -> Shop:
    """A shop that counts; Alice administers Acme, Bob Beta."""
    shop = open_nord(build(memory_storage))
    shop.activate(ALICE)
    shop.activate(BOB)
    return shop


def invite(shop: Shop, by: Member, email: str = NINA) -> None:
    """Invite somebody."""
    shop.house.accounts.users.invite(by, email=email, roles=[BUYER])


def test_a_company_invites_an_address_three_times_a_day(limited: Shop) -> None:
    """However it is written, sent again or asked by staff; tomorrow it may again."""
    alice, accounts = limited.member(ALICE), limited.house.accounts
    invite(limited, alice)
    invite(limited, alice, NINA.upper())
    (opened,) = accounts.users.all(alice).invitations
    accounts.users.resend(alice, opened.id)

    tried: tuple[Callable[[], object], ...] = (
        lambda: invite(limited, alice),
        lambda: accounts.users.resend(alice, opened.id),
        lambda: accounts.member_desk.resend(limited.staff, opened.id),
        lambda: accounts.member_desk.invite(
            limited.staff, limited.portal.id, alice.customer, email=NINA
        ),
    )
    for once_more in tried:
        with pytest.raises(TooManyTries):
            once_more()
    invite(limited, alice, "otto@new.example")
    limited.house.clock.advance(timedelta(days=1))
    invite(limited, limited.member(ALICE))


def test_what_one_company_mails_hinders_no_other(limited: Shop) -> None:
    """Acme has had its three; Beta's first, second and third are mailed."""
    alice, bob = limited.member(ALICE), limited.member(BOB)
    for _ in range(3):
        invite(limited, alice)
    with pytest.raises(TooManyTries):
        invite(limited, alice)

    for _ in range(3):
        invite(limited, bob)

    with pytest.raises(TooManyTries):
        invite(limited, bob)


def test_an_address_is_mailed_ten_invitations_a_day(limited: Shop) -> None:
    """By all companies together: who has it is not flooded."""
    desk, register = limited.house.accounts.member_desk, limited.house.accounts.register_desk
    rows = [
        {"erp_id": f"E-{place}", "number": f"30{place}", "name": f"Firm {place}"}
        for place in range(4)
    ]
    register.import_rows(limited.staff, rows)

    def ask(erp_id: str) -> None:
        customer = limited.customer(erp_id).id
        desk.invite(limited.staff, limited.portal.id, customer, email=NINA)

    for place in range(3):
        for _ in range(3):
            ask(f"E-{place}")
    ask("E-3")

    with pytest.raises(TooManyTries):
        ask("E-3")
    limited.house.clock.advance(timedelta(days=1))
    ask("E-3")


# What is told (security E) -----------------------------------------------------------------------


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """Alice and Bert administer Acme, Carl buys for it; Bob administers Beta."""
    return two_companies(memory_storage)


def told(one: CompanyEntry) -> Mapping[str, object]:
    """Say what an entry tells, whoever it is about, and whenever it was."""
    return {
        **attrs.asdict(one, recurse=False),
        "at": None,
        "about": bool(one.about),
    }


def story(
    shop: Shop, email: str, accept: Callable[[BearerToken], object]
) -> list[Mapping[str, object]]:
    """Let Alice invite somebody who accepts; return what Acme is told of it."""
    shop.house.clock.advance(timedelta(minutes=1))
    invite(shop, acting(shop, ALICE), email)
    accept(shop.house.token_for(email))
    return [told(one) for one in seen(shop) if one.at == shop.house.clock()]


def seen(shop: Shop) -> tuple[CompanyEntry, ...]:
    """Look at the company's trail."""
    return tuple(shop.house.accounts.trail.latest(acting(shop, ALICE)).items)


def test_a_new_login_and_one_there_was_look_the_same(shop: Shop) -> None:
    """Who invites does not learn who has a login with the seller already."""
    invited = shop.house.accounts.invited

    new = story(shop, NINA, lambda token: invited.activate(shop.guest, token, PASSWORD))
    known = story(shop, BOB, lambda token: invited.accept(shop.person(BOB), token))

    assert len(new) > 1
    assert any(one["about"] for one in new)
    assert known == new


def group_of(shop: Shop, name: str) -> CustomerGroupId:
    """Make a customer group that switches reordering off, and put Acme into it."""
    accounts, staff = shop.house.accounts, shop.staff
    made = accounts.group_desk.make(staff, key="slow", name=name)
    accounts.group_desk.change(staff, made.id, version=made.version, features={REORDER: False})
    kept = accounts.customer_desk.look(staff, shop.customer(ACME).id)
    accounts.customer_desk.change(
        staff,
        kept.id,
        version=kept.version,
        groups=[made.id, *kept.groups],
        status=CustomerStatus.ON_HOLD,
    )
    return made.id


def test_a_company_never_reads_how_the_seller_sorts_it(shop: Shop) -> None:
    """Its trail tells the status that was changed with it, and neither group nor name."""
    group = group_of(shop, "Slow payers")

    entries = seen(shop)

    changed = [change for one in entries for change in one.changes]
    assert any(change.field == "status" for change in changed)
    assert not any(change.field == "groups" for change in changed)
    assert "Slow payers" not in str(entries)
    assert group not in str(entries)
    staff_sees = shop.house.accounts.audit.latest(shop.staff, about=shop.customer(ACME).id)
    assert any(change.field == "groups" for one in staff_sees.items for change in one.changes), (
        "the seller's people do see it"
    )


def test_who_asks_why_is_not_told_the_group_that_decided_it(shop: Shop) -> None:
    """A member hears that it is off for the company; staff hear for which group."""
    group_of(shop, "Slow payers")
    accounts, carl = shop.house.accounts, acting(shop, CARL)
    operation = OperationName("reorder.cart")

    mine = accounts.access.explain_access(carl, operation)
    theirs = accounts.access_desk.explain_access(
        shop.staff, carl.user, operation, carl.customer, portal=shop.portal.id
    )

    words = [str(one.text) for one in mine.reasons if one.cause is Cause.FEATURE]
    assert words
    assert "Slow payers" not in repr(mine)
    assert "group" not in " ".join(words)
    assert "Slow payers" in " ".join(str(one.text) for one in theirs.refusing)
    assert not mine.allowed
    assert not theirs.allowed


def test_an_open_invitation_does_not_say_who_invited(shop: Shop) -> None:
    """No id of a user or of staff: who decides about it is what counts."""
    desk, acme = shop.house.accounts.member_desk, shop.customer(ACME).id
    desk.invite(shop.staff, shop.portal.id, acme, email=DORA, roles=[BUYER])
    invite(shop, acting(shop, BERT))

    found = shop.house.accounts.users.all(acting(shop, ALICE)).invitations

    fields = {field.name for field in attrs.fields(OpenInvitation)}
    assert fields == {"id", "email", "name", "roles", "issued", "expires", "void"}
    assert len(found) == 2
    assert shop.staff.id not in repr(found)
    assert shop.user(BERT).id not in repr(found)


INVITER: Mapping[str, Callable[[Shop, Member], object]] = {
    "removed": lambda shop, alice: shop.house.accounts.users.remove(
        alice, membership_of(shop, BERT).id
    ),
    "suspended": lambda shop, alice: shop.house.accounts.users.suspend(
        alice, membership_of(shop, BERT).id
    ),
}


@pytest.mark.parametrize("end", INVITER)
def test_what_nobody_stands_for_any_more_is_void(shop: Shop, end: str) -> None:
    """It can't be accepted, and the list says so; sent again by somebody who acts, it can."""
    accounts = shop.house.accounts
    invite(shop, acting(shop, BERT))
    desk, acme = accounts.member_desk, shop.customer(ACME).id
    desk.invite(shop.staff, shop.portal.id, acme, email=DORA, roles=[BUYER])
    token = shop.house.token_for(NINA)

    INVITER[end](shop, acting(shop, ALICE))

    alice = acting(shop, ALICE)
    void = {one.email.key: one.void for one in accounts.users.all(alice).invitations}
    assert void == {NINA: True, DORA: False}
    with pytest.raises(InviterLacksRight):
        accounts.invited.look(shop.guest, token)
    (dead,) = (one for one in accounts.users.all(alice).invitations if one.void)
    accounts.users.resend(alice, dead.id)
    assert not any(one.void for one in accounts.users.all(alice).invitations)
    assert accounts.invited.look(shop.guest, shop.house.token_for(NINA))


def test_an_invitation_sent_again_leads_to_the_portal_of_who_sends_it(shop: Shop) -> None:
    """The one it was made for may be off by now: a link there would open nothing."""
    desk, staff = shop.house.accounts.portal_desk, shop.staff
    other = desk.create(
        staff,
        key="other",
        name="Other",
        languages=shop.portal.languages,
        currency=EUR,
        path="/other",
    )
    desk.open(staff, other.id)
    accounts, acme = shop.house.accounts, shop.customer(ACME).id
    offer = accounts.member_desk.invite(staff, other.id, acme, email=NINA, roles=[BUYER])
    assert "/other/" in shop.house.link_to(NINA)
    desk.close(staff, other.id)

    accounts.users.resend(acting(shop, ALICE), offer.id)

    assert "/other/" not in shop.house.link_to(NINA)
    assert shop.portal.path is not None
    assert shop.portal.path in shop.house.link_to(NINA)
    shop.accept_invitation(NINA)
    assert acting(shop, NINA).reach(Permission.PLACE_ORDERS) is Depth.CUSTOMER


# Functions a host has taken out ------------------------------------------------------------------

PILOT = FeatureKey("pilot")
UNKNOWN = FeatureKey("never_there")


@pytest.fixture
def taken_out() -> Shop:
    """A shop whose customer, group and portal have switched a function the host had once."""
    storage = MemoryStorage()
    shop = open_nord(build(storage, features=[Feature(key=PILOT, name="Pilot")]))
    for thing in THINGS.values():
        thing(shop, features={PILOT: False})
    return attrs.evolve(shop, house=build(storage, clock=shop.house.clock))


def change_customer(shop: Shop, **fields: object) -> object:
    """Change Acme."""
    desk = shop.house.accounts.customer_desk
    seen = desk.look(shop.staff, shop.customer(ACME).id)
    return desk.change(shop.staff, seen.id, version=seen.version, **fields)  # type: ignore[arg-type]


def change_group(shop: Shop, **fields: object) -> object:
    """Change the dealers."""
    desk = shop.house.accounts.group_desk
    seen = next(one for one in desk.all(shop.staff) if one.key == "dealers")
    return desk.change(shop.staff, seen.id, version=seen.version, **fields)  # type: ignore[arg-type]


def change_portal(shop: Shop, **fields: object) -> object:
    """Change the portal."""
    desk = shop.house.accounts.portal_desk
    seen = desk.get(shop.staff, shop.portal.id)
    if "features" in fields:
        fields = {"policies": attrs.evolve(seen.policies, features=fields["features"])}
    return desk.change(shop.staff, seen.id, version=seen.version, **fields)  # type: ignore[arg-type]


THINGS: Mapping[str, Callable[..., object]] = {
    "customer": change_customer,
    "group": change_group,
    "portal": change_portal,
}
OTHERS: Mapping[str, Mapping[str, object]] = {
    "customer": {"status": CustomerStatus.CLOSED},
    "group": {"name": "All dealers"},
    "portal": {"name": "New name"},
}


@pytest.mark.parametrize("thing", THINGS)
def test_a_function_that_was_taken_out_hinders_no_change(taken_out: Shop, thing: str) -> None:
    """Whether something else is changed, another function, or the switch itself is cleared."""
    change = THINGS[thing]

    assert change(taken_out, **OTHERS[thing])
    assert change(taken_out, features={PILOT: False, REORDER: False})
    assert change(taken_out, features={REORDER: True})


@pytest.mark.parametrize("thing", THINGS)
def test_a_function_nobody_knows_is_refused(taken_out: Shop, thing: str) -> None:
    """Beside one that was taken out too, and that one once its switch is gone."""
    change = THINGS[thing]

    with pytest.raises(InvalidFields):
        change(taken_out, features={PILOT: False, UNKNOWN: True})
    change(taken_out, features={})
    with pytest.raises(InvalidFields):
        change(taken_out, features={PILOT: False})
