"""Nothing is half done: whichever write fails, the whole operation has not happened (case 129)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest

from custaccount import CustAccountError, Language
from custaccount.adapters.memory import MemoryMatcher
from custaccount.kernel.errors import StorageUnavailable
from custaccount.membership import FIRST_USER, Membership
from custaccount.portals import ActivationMode, RegistrationMode
from custaccount.storage import Storage
from tests import backends
from tests.house import (
    ALICE,
    BOB,
    EUR,
    NORD,
    OTHER_PASSWORD,
    PASSWORD,
    NoLimits,
    Shop,
    build,
    everything_in,
    how_often,
    open_nord,
    order,
    price,
)
from tests.registration.people import (
    NINA,
    WEB,
    activate,
    decide,
    match,
    register,
    registered,
    waiting,
)
from tests.security.samples import SAMPLES, three_parties
from tests.security.services import methods_of
from tests.security.spies import FailAt, WatchedStorage

Operation = Callable[[Shop], Callable[[], object]]
"""Prepares, then returns the call that is to fail at each of its writes."""


@pytest.fixture(params=(*backends.BACKENDS, *backends.DJANGO))
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return an empty storage, on each back end in turn: a host's way is one of them."""
    found: Storage = request.getfixturevalue(f"{request.param.replace('-', '_')}_storage")
    return found


def activating(shop: Shop) -> Callable[[], object]:
    """Redeem a first sign-in that gives two memberships."""
    shop.change("E-BETA", contact="Alice", email=ALICE)
    first = shop.house.accounts.first_sign_in
    first.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    return lambda: first.activate(shop.guest, token, PASSWORD)


def resetting(shop: Shop) -> Callable[[], object]:
    """Redeem a reset."""
    shop.activate(ALICE)
    reset = shop.house.accounts.password_reset
    reset.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    return lambda: reset.set_password(shop.guest, token, OTHER_PASSWORD)


def requesting(shop: Shop) -> Callable[[], object]:
    """Replace an open link by a newer one."""
    shop.house.accounts.first_sign_in.request(shop.guest, BOB)
    return lambda: shop.house.accounts.first_sign_in.request(shop.guest, BOB)


def asking(shop: Shop) -> Callable[[], object]:
    """Ask for a reset."""
    shop.activate(ALICE)
    return lambda: shop.house.accounts.password_reset.request(shop.guest, ALICE)


def signing_in(shop: Shop) -> Callable[[], object]:
    """Sign in."""
    shop.activate(ALICE)
    return lambda: shop.sign_in(ALICE)


def failing(shop: Shop) -> Callable[[], object]:
    """Fail to sign in: the refusal is remembered, or the storage's failure is told."""
    shop.activate(ALICE)

    def attempt() -> None:
        with pytest.raises(CustAccountError) as refused:
            shop.sign_in(ALICE, "a wrong guess indeed")
        if isinstance(refused.value, StorageUnavailable):
            raise refused.value

    return attempt


def signing_out(shop: Shop) -> Callable[[], object]:
    """Sign out."""
    shop.activate(ALICE)
    token = shop.sign_in(ALICE)
    return lambda: shop.house.accounts.sessions.end(shop.guest, token)


def importing(shop: Shop) -> Callable[[], object]:
    """Import a batch with new groups, new and changed customers."""
    rows = [
        {"erp_id": "E-ACME", "number": "1001", "name": "Acme again", "email": ALICE},
        {"erp_id": "E-NEW", "number": "1003", "name": "New", "groups": "fresh"},
    ]
    return lambda: shop.house.accounts.register_desk.import_rows(shop.staff, rows)


def creating_a_portal(shop: Shop) -> Callable[[], object]:
    """Make a portal."""
    return lambda: shop.house.accounts.portal_desk.create(
        shop.staff, key="new", name="New", languages=[Language.DE], currency=EUR, path="/new"
    )


def changing_a_portal(shop: Shop) -> Callable[[], object]:
    """Change a portal while it runs."""
    return lambda: shop.house.accounts.portal_desk.change(
        shop.staff, shop.portal.id, version=shop.portal.version, name="Other"
    )


def closing_a_portal(shop: Shop) -> Callable[[], object]:
    """Switch a portal off."""
    return lambda: shop.house.accounts.portal_desk.close(shop.staff, shop.portal.id)


def replacing_prices(shop: Shop) -> Callable[[], object]:
    """Give a list other rows."""
    listed = shop.price_list("all", [price("X1", "1"), price("X2", "2")])
    desk = shop.house.accounts.price_desk
    return lambda: desk.replace_prices(shop.staff, listed, [price("X1", "3")])


def attaching(shop: Shop) -> Callable[[], object]:
    """Attach a list."""
    listed = shop.price_list("all", [price("X1", "1")])
    desk = shop.house.accounts.price_desk
    return lambda: desk.attach_to_group(shop.staff, listed, shop.group("dealers"))


def keeping_orders(shop: Shop) -> Callable[[], object]:
    """Keep orders."""
    acme = shop.customer("E-ACME").id
    orders = [order(f"acme-{place}", clock=shop.house.clock) for place in range(2)]
    return lambda: shop.house.accounts.order_desk.keep(shop.staff, acme, orders)


def deciding(shop: Shop, **policies: object) -> None:
    """Let anybody register, with a number of a range that warns with its first number."""
    shop.house.accounts.number_desk.reserve(
        shop.staff, key=WEB, prefix="W", width=5, first=1, last=9, warn_at=8
    )
    usual = {"registration": RegistrationMode.OPEN, "number_range": WEB}
    decide(shop, **{**usual, **policies})


def registering(shop: Shop) -> Callable[[], object]:
    """Register again, with the draft of an order."""
    deciding(shop)
    register(shop, NINA)
    return lambda: register(shop, NINA, draft="cart:7")


def registering_what_is_known(shop: Shop) -> Callable[[], object]:
    """Register an address that has a login."""
    deciding(shop)
    shop.activate(ALICE)
    return lambda: register(shop, ALICE)


def founding(shop: Shop) -> Callable[[], object]:
    """Prove an address that is nobody's: a new customer, with a number, a user and a draft."""
    deciding(shop)
    register(shop, NINA, draft="cart:7")
    token = shop.house.token_for(NINA)
    return lambda: activate(shop, token)


def linking(shop: Shop) -> Callable[[], object]:
    """Prove the address of a customer of the register."""
    deciding(shop, link_existing=True)
    token = registered(shop, ALICE)
    return lambda: activate(shop, token)


def claiming(shop: Shop) -> Callable[[], object]:
    """Prove an address that stands on two customers."""
    deciding(shop, link_existing=True)
    shop.change("E-BETA", contact="Alice", email=ALICE)
    token = registered(shop, ALICE)
    return lambda: activate(shop, token)


def releasing_by_mail(shop: Shop) -> Callable[[], object]:
    """Let somebody in who has to prove the address."""
    deciding(shop, registration=RegistrationMode.RELEASED)
    register(shop, NINA)
    (asked,) = waiting(shop)
    return lambda: shop.house.accounts.registration_desk.release(shop.staff, asked.id)


def releasing_with_a_password(shop: Shop) -> Callable[[], object]:
    """Let somebody in who is a new customer."""
    handed = ActivationMode.STAFF_PASSWORD
    deciding(shop, registration=RegistrationMode.RELEASED, activation=handed)
    register(shop, NINA, draft="cart:7")
    (asked,) = waiting(shop)
    return lambda: shop.house.accounts.registration_desk.release(shop.staff, asked.id)


def inviting_again(shop: Shop) -> Callable[[], object]:
    """Replace an open invitation by a newer one."""
    desk, acme = shop.house.accounts.member_desk, shop.customer("E-ACME").id

    def invite() -> object:
        return desk.invite(shop.staff, shop.portal.id, acme, email=NINA)

    invite()
    return invite


def undoing_a_link(shop: Shop) -> Callable[[], object]:
    """End a membership, and with it the invitation that would bring it back."""
    shop.activate(ALICE)
    member, desk = shop.member(ALICE), shop.house.accounts.member_desk
    shop.change_membership(member, Membership.removed)
    desk.invite(shop.staff, shop.portal.id, member.customer, email=ALICE)
    shop.change_membership(
        member,
        lambda one: one.revived(roles=one.roles, user_code=FIRST_USER, reason="came back"),
    )
    return lambda: desk.remove(
        shop.staff, shop.portal.id, member.customer, member.membership, reason="She left."
    )


OPERATIONS: Mapping[str, Operation] = {
    function.__name__: function
    for function in (
        activating,
        resetting,
        requesting,
        asking,
        signing_in,
        failing,
        signing_out,
        importing,
        creating_a_portal,
        changing_a_portal,
        closing_a_portal,
        replacing_prices,
        attaching,
        keeping_orders,
        registering,
        registering_what_is_known,
        founding,
        linking,
        claiming,
        releasing_by_mail,
        releasing_with_a_password,
        inviting_again,
        undoing_a_link,
    )
}

NOTED = {"importing": 2}
"""Entries for the trail alone: one a customer, while subscribers are told once."""
MANY = 30
"""More writes than any operation has."""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_write_that_fails_undoes_the_whole(storage: Storage, operation: str) -> None:
    """For every n: nothing is changed, no ticket is used up; then the same call succeeds."""
    watched = WatchedStorage(storage)
    shop = open_nord(build(watched, limits=NoLimits()))  # type: ignore[arg-type]
    call = OPERATIONS[operation](shop)
    before = everything_in(storage)
    calm = watched.watch

    for n in range(1, MANY):
        watched.watch = FailAt(n)
        try:
            call()
        except StorageUnavailable:
            assert everything_in(storage) == before, f"write {n} was half done"
            continue
        break
    else:
        pytest.fail("the operation never came to its end")
    watched.watch = calm

    assert n >= 2, "nothing was made to fail"
    tables = changed(before, everything_in(storage))
    assert {"outbox", "audit"} <= tables, "it was done, and nobody was told"
    posts, entries = told(before, storage)
    assert posts >= 1
    assert entries == posts + NOTED.get(operation, 0)


ANOTHER_SYSTEM = {"reorder.commit"}
"""The cart is asked between two units; its own test is below."""


def test_every_method_does_all_or_nothing(storage: Storage) -> None:
    """Of every service, with a valid call: whichever of its steps that write fails."""
    watched = WatchedStorage(storage)
    house = build(watched, limits=NoLimits())  # type: ignore[arg-type]
    party, _, _ = three_parties(house)
    methods = methods_of(house.accounts)
    calm = watched.watch
    wrote = set()

    for name in SAMPLES.keys() - ANOTHER_SYSTEM:
        wanted = SAMPLES[name](party)
        before = everything_in(storage)
        for n in range(1, MANY):
            watched.watch = FailAt(n)
            try:
                methods[name].call(wanted.actor, **wanted.arguments)
            except StorageUnavailable:
                assert everything_in(storage) == before, f"write {n} of {name} was half done"
                wrote.add(name)
                continue
            break
        else:
            pytest.fail(f"{name} never came to its end")
        watched.watch = calm
        if name in wrote:
            assert "audit" in changed(before, everything_in(storage)), f"{name} told nobody"

    assert len(wrote) > 15


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """Name the tables that differ, the same on every store."""
    names = {"posts": "outbox", "entries": "audit"}
    differ = (name.removeprefix("custaccount_") for name in before if before[name] != after[name])
    return {names.get(name, name) for name in differ}


def told(before: Mapping[str, object], storage: Storage) -> tuple[int, int]:
    """Count the new rows of outbox and audit trail."""
    after = everything_in(storage)
    counts = []
    for name in (("posts", "custaccount_outbox"), ("entries", "custaccount_audit")):
        found = name[0] if name[0] in after else name[1]
        counts.append(len(after[found]) - len(before[found]))  # type: ignore[arg-type]
    return counts[0], counts[1]


def test_a_copied_order_is_told_though_the_cart_was_first(storage: Storage) -> None:
    """The cart is another system: a failure after it is made good by repeating the commit."""
    watched = WatchedStorage(storage)
    shop = open_nord(build(watched, limits=NoLimits()))  # type: ignore[arg-type]
    shop.activate(ALICE)
    earlier = order("acme-1", clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-ACME"), [earlier])
    listed = shop.price_list("all", [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan = reorder.plan(member, earlier.summary.id)

    for n in (1, 2):
        watched.watch = FailAt(n)
        with pytest.raises(StorageUnavailable):
            reorder.commit(member, plan.token)
    watched.watch = FailAt(MANY)
    assert reorder.commit(member, plan.token) == ()

    assert [(line.article, line.quantity, line.price) for line in reorder.cart(member)] == [
        (line.article, line.quantity, line.price) for line in plan.to_cart
    ]
    assert how_often(storage, "ordering.order_copied") == 1


def test_a_relay_that_dies_delivers_again(storage: Storage) -> None:
    """At least once: whichever write of the relay fails, every mail leaves in the end."""
    from datetime import timedelta

    watched = WatchedStorage(storage)
    shop = open_nord(build(watched, limits=NoLimits()))  # type: ignore[arg-type]
    shop.house.accounts.relay()
    shop.house.accounts.first_sign_in.request(shop.guest, ALICE)

    for n in range(1, 6):
        watched.watch = FailAt(n)
        try:
            shop.house.accounts.relay()
        except StorageUnavailable:
            shop.house.clock.advance(timedelta(seconds=61))
    watched.watch = FailAt(MANY)
    shop.house.clock.advance(timedelta(seconds=61))
    shop.house.accounts.relay()

    mails = shop.house.mailer.sent
    assert mails
    assert len({mail.id for mail in mails}) == 1, "a repeated mail has the same id"
    assert shop.house.accounts.relay().delivered == 0


def test_an_erp_that_told_whose_an_address_is_need_not_tell_again(storage: Storage) -> None:
    """Whichever write of what follows fails, nobody is half linked; the relay asks once more."""
    from datetime import timedelta

    erp = MemoryMatcher()
    erp.know(NORD, match("E-NEW", "7001", NINA))
    watched = WatchedStorage(storage)
    shop = open_nord(build(watched, limits=NoLimits(), matcher=erp))  # type: ignore[arg-type]
    deciding(shop, link_existing=True)
    activate(shop, registered(shop, NINA))
    outbox = shop.house.accounts.outbox_desk

    for n in range(1, MANY):
        watched.watch = FailAt(n)
        with suppress(StorageUnavailable):
            shop.house.accounts.relay()
        watched.watch = FailAt(MANY)
        linked = how_often(storage, "membership.member_added")
        assert linked == how_often(storage, "registration.account_activated")
        assert linked == len(shop.house.accounts.register_desk.by_erp_id(shop.staff, ["E-NEW"]))
        if linked:
            break
        shop.house.clock.advance(timedelta(days=1))
        for given_up in outbox.dead(shop.staff):
            outbox.try_again(shop.staff, given_up.id)

    assert n > 5, "nothing was made to fail"
    assert linked == 1
    assert shop.member(NINA).customer == shop.customer("E-NEW").id
