"""One valid call of every public service method, for each of three parties.

A method that is missing here fails the isolation test; add a sample with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from custaccount import Language, System
from custaccount.facilities.numbers import NumberRange
from custaccount.facilities.outbox import LEASE
from custaccount.kernel.access import Permission
from custaccount.kernel.ids import (
    ArticleNumber,
    BearerToken,
    DeviceToken,
    EventId,
    OrderId,
    OrderLineId,
    OrderNumber,
    PortalId,
    PriceListId,
    RealmId,
    StaffId,
)
from custaccount.kernel.paging import PAGE_SIZE
from tests.house import (
    EUR,
    OTHER_PASSWORD,
    PASSWORD,
    STAFF_PASSWORD,
    order,
    price,
    staff_of,
)
from tests.security.account_samples import ACCOUNT_SAMPLES, ACCOUNT_TYPED
from tests.security.member_samples import MEMBER_SAMPLES
from tests.security.parties import FEW, Call, Party, call, three_parties

__all__ = ["FEW", "SAMPLES", "TYPED", "Call", "Party", "three_parties"]


def a_portal(party: Party) -> PortalId:
    """Make another portal of the party's seller."""
    name = party.fresh()
    return party.shop.house.accounts.portal_desk.create(
        party.staff, key=name, name=name, languages=[Language.DE], currency=EUR, path=f"/{name}"
    ).id


def a_list(party: Party) -> PriceListId:
    """Make a price list of the party's seller."""
    return party.shop.price_list(party.fresh(), [price("X1", "9")])


def a_key(party: Party) -> Call:
    """Name a price list of the party's seller by its key."""
    party.shop.price_list(key := party.fresh(), [])
    return call(party.staff, key=key)


def a_cursor(party: Party) -> Call:
    """Turn to the second page."""
    member = party.member
    return call(member, cursor=party.shop.house.accounts.orders.newest(member).more)


def a_plan(party: Party) -> Call:
    """Plan to order again."""
    member = party.member
    return call(member, plan=party.shop.house.accounts.reorder.plan(member, party.order(1)).token)


def a_page_of_the_trail(party: Party) -> Call:
    """Turn to the second page of what the staff did to its customer."""
    customer = party.shop.customer(party.erp_id).id
    for number in range(PAGE_SIZE):
        party.shop.change(party.erp_id, town=f"{party.fresh()} {number}")
    asked = {"about": customer, "by": party.staff.id}
    first = party.shop.house.accounts.audit.latest(party.staff, **asked)
    return call(party.staff, **asked, cursor=first.more)


def a_dead_event(party: Party) -> EventId:
    """Let an event of its seller be given up."""
    scope, storage = party.shop.scope, party.shop.house.storage
    party.shop.house.accounts.relay()
    a_portal(party)
    with storage.begin(System(realm=party.shop.realm, job="test")) as work:
        at = party.shop.house.clock()
        [posted] = work.outbox.lease(scope, at=at, until=at + LEASE, limit=9)
        work.outbox.failed(scope, posted, again=None)
        work.commit()
    return posted.id


def a_range(party: Party) -> NumberRange:
    """Reserve numbers of the party's seller that nobody else has."""
    name = party.fresh()
    return party.shop.house.accounts.number_desk.reserve(
        party.staff, key=name, prefix=f"{name.upper()}-", width=5, first=1, last=99, warn_at=9
    )


def a_change_of_a_range(party: Party) -> Call:
    """Extend a range."""
    kept = a_range(party)
    return call(
        party.staff,
        key=kept.key,
        prefix=kept.prefix,
        width=kept.width,
        first=kept.first,
        last=kept.last + 1,
        warn_at=kept.warn_at,
        gapless=kept.gapless,
        version=kept.version,
    )


def a_colleague(party: Party) -> str:
    """Let its seller have another staff member, who may read the trail; returns the address."""
    email = f"{party.fresh()}@staff.example"
    party.shop.appoint(email, Permission.READ_AUDIT)
    return email


def a_staff_id(party: Party) -> StaffId:
    """Name another staff member of its seller."""
    return party.shop.colleague(a_colleague(party)).id


def a_blocked_staff_id(party: Party) -> StaffId:
    """Name one that is blocked."""
    member = a_staff_id(party)
    party.shop.house.accounts.staff_desk.block(party.staff, member)
    return member


def a_staff_link(party: Party) -> BearerToken:
    """Let a staff member of its seller ask for a new password."""
    email = a_colleague(party)
    party.shop.house.clock.advance(timedelta(seconds=1))  # after the last sign-in
    party.shop.house.accounts.staff_password_reset.request(party.guest, email)
    return party.shop.house.token_for(email)


GROUPS = {"acme": "dealers", "beta": "crafts", "gamma": "friends"}


def a_mark(party: Party) -> DeviceToken:
    """Let its user's browser be known."""
    return party.shop.house.accounts.sign_in.mark_device(party.person)


SAMPLES: Mapping[str, Callable[[Party], Call]] = {
    # portals
    "portal_desk.found_realm": lambda p: call(staff_of(RealmId(p.fresh())), name="New"),
    "portal_desk.create": lambda p: call(
        p.staff,
        key=(name := p.fresh()),
        name=name,
        languages=[Language.DE],
        currency=EUR,
        path=f"/{name}",
    ),
    "portal_desk.change": lambda p: call(p.staff, portal=a_portal(p), version=1, name="Changed"),
    "portal_desk.get": lambda p: call(p.staff, portal=a_portal(p)),
    "portal_desk.open": lambda p: call(p.staff, portal=a_portal(p)),
    "portal_desk.close": lambda p: call(p.staff, portal=p.shop.opened(a_portal(p))),
    "portal_desk.all": lambda p: call(p.staff),
    # numbers
    "number_desk.reserve": lambda p: call(
        p.staff,
        key=(name := p.fresh()),
        prefix=f"{name.upper()}-",
        width=5,
        first=1,
        last=99,
        warn_at=9,
    ),
    "number_desk.change": a_change_of_a_range,
    "number_desk.all": lambda p: call(p.staff),
    # customers
    "register_desk.import_rows": lambda p: call(
        p.staff, rows=[{"erp_id": (n := p.fresh()), "number": n, "name": "New"}]
    ),
    "register_desk.groups": lambda p: call(p.staff),
    "register_desk.by_erp_id": lambda p: call(p.staff, erp_ids=[p.erp_id]),
    # credentials
    "sign_in.sign_in": lambda p: call(p.guest, login=p.email, password=PASSWORD, device=a_mark(p)),
    "sign_in.mark_device": lambda p: call(p.person),
    "sessions.resume": lambda p: call(p.guest, token=p.shop.sign_in(p.email)),
    "sessions.end": lambda p: call(p.guest, token=p.shop.sign_in(p.email)),
    "password_reset.request": lambda p: call(p.guest, email=p.email),
    "password_reset.look": lambda p: call(p.guest, token=p.reset()),
    "password_reset.set_password": lambda p: call(p.guest, token=p.reset(), password=PASSWORD),
    # staff
    "staff_sign_in.sign_in": lambda p: call(p.guest, email=a_colleague(p), password=STAFF_PASSWORD),
    "staff_sessions.resume": lambda p: call(
        p.guest, token=p.shop.staff_sign_in(a_colleague(p)), realm=p.shop.realm
    ),
    "staff_sessions.end": lambda p: call(p.guest, token=p.shop.staff_sign_in(a_colleague(p))),
    "staff_sessions.change_password": lambda p: call(
        p.guest,
        token=p.shop.staff_sign_in(a_colleague(p)),
        current=STAFF_PASSWORD,
        new=OTHER_PASSWORD,
    ),
    "staff_password_reset.request": lambda p: call(p.guest, email=a_colleague(p)),
    "staff_password_reset.look": lambda p: call(p.guest, token=a_staff_link(p)),
    "staff_password_reset.set_password": lambda p: call(
        p.guest, token=a_staff_link(p), password=OTHER_PASSWORD
    ),
    "staff_desk.all": lambda p: call(p.staff),
    "staff_desk.appoint": lambda p: call(
        p.staff,
        email=f"{p.fresh()}@staff.example",
        name="New",
        permissions=[Permission.READ_AUDIT],
    ),
    "staff_desk.grant": lambda p: call(
        p.staff, member=a_staff_id(p), permissions=[Permission.MANAGE_PRICES]
    ),
    "staff_desk.block": lambda p: call(p.staff, member=a_staff_id(p)),
    "staff_desk.unblock": lambda p: call(p.staff, member=a_blocked_staff_id(p)),
    "staff_desk.new_password": lambda p: call(p.staff, member=a_staff_id(p)),
    # registration
    "first_sign_in.request": lambda p: call(p.guest, email=p.email),
    "first_sign_in.look": lambda p: call(p.guest, token=p.activation()),
    "first_sign_in.activate": lambda p: call(p.guest, token=p.activation(), password=PASSWORD),
    **ACCOUNT_SAMPLES,
    **MEMBER_SAMPLES,
    # pricing
    "prices.quotes": lambda p: call(p.member, articles=[ArticleNumber("X1")]),
    "price_desk.create_list": lambda p: call(p.staff, key=p.fresh(), name="New"),
    "price_desk.find_list": a_key,
    "price_desk.replace_prices": lambda p: call(
        p.staff, price_list=a_list(p), rows=[price("X1", "3")]
    ),
    "price_desk.attach_to_customer": lambda p: call(
        p.staff, price_list=a_list(p), customer=p.shop.customer(p.erp_id).id
    ),
    "price_desk.attach_to_group": lambda p: call(
        p.staff, price_list=a_list(p), group=p.shop.group(GROUPS[p.name])
    ),
    "price_desk.attach_to_portal": lambda p: call(
        p.staff, price_list=a_list(p), portal=p.shop.portal.id
    ),
    # orders
    "orders.newest": a_cursor,
    "orders.search": lambda p: call(p.member, number=f"A-{p.name}-3"),
    "orders.get": lambda p: call(p.member, order=p.order(2)),
    "order_desk.keep": lambda p: call(
        p.staff,
        customer=p.shop.customer(p.erp_id).id,
        orders=[order(f"kept-{p.fresh()}", clock=p.shop.house.clock)],
    ),
    # ordering
    "reorder.plan": lambda p: call(
        p.member, order=p.order(3), lines=[OrderLineId(f"{p.name}-3-line-1")]
    ),
    "reorder.commit": a_plan,
    "reorder.cart": lambda p: call(p.member),
    # audit
    "audit.latest": a_page_of_the_trail,
    # notifications
    "outbox_desk.dead": lambda p: call(p.staff),
    "outbox_desk.try_again": lambda p: call(p.staff, event=a_dead_event(p)),
}

TYPED: Mapping[tuple[str, str], object] = {
    **ACCOUNT_TYPED,
    ("orders.search", "number"): OrderNumber,
    ("audit.latest", "about"): OrderId,
    ("price_desk.find_list", "key"): PriceListId,
}
"""Texts that name something owned though their type does not say so."""
