"""Races on real threads: what works once works for one (promise 1, case 81's ground)."""

from __future__ import annotations

import attrs
import pytest

from custaccount import CustAccountError
from custaccount.adapters.memory.tickets import MemoryTickets
from custaccount.facilities.signing import TokenInvalid
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.ids import TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    build,
    how_often,
    open_nord,
    order,
    price,
)
from tests.security.spies import Meet, WatchedStorage, together

FIRST, SECOND = "eins wie der Sperling", "zwei wie die Elster"


@pytest.fixture
def racing(storage: Storage) -> tuple[Shop, WatchedStorage]:
    """A shop whose steps can be made to meet."""
    watched = WatchedStorage(storage)
    return open_nord(build(watched)), watched  # type: ignore[arg-type]


def winners(answers: list[object]) -> list[int]:
    """Name the places of those that succeeded; the others lost in the one way there is."""
    for answer in answers:
        assert answer is None or isinstance(answer, CustAccountError), answer
    return [place for place, answer in enumerate(answers) if answer is None]


def test_of_two_activations_one_succeeds(racing: tuple[Shop, WatchedStorage]) -> None:
    """Both meet before the link is used: one user, whose password is the winner's."""
    shop, watched = racing
    first = shop.house.accounts.first_sign_in
    first.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    watched.watch = Meet("tickets.consume")

    answers = together(
        lambda: first.activate(shop.guest, token, FIRST),
        lambda: first.activate(shop.guest, token, SECOND),
    )

    watched.watch = lambda _, step: step()
    (winner,) = winners(answers)
    assert isinstance(answers[1 - winner], TokenInvalid)
    assert shop.sign_in(ALICE, (FIRST, SECOND)[winner])
    with pytest.raises(CustAccountError):
        shop.sign_in(ALICE, (SECOND, FIRST)[winner])
    assert how_often(shop.house.storage.inner, "registration.account_activated") == 1  # type: ignore[attr-defined]
    assert how_often(shop.house.storage.inner, "membership.member_added") == 1  # type: ignore[attr-defined]


def race_two_resets(shop: Shop, watched: WatchedStorage) -> list[object]:
    """Let two people who share a link choose a password at once."""
    shop.activate(ALICE)
    reset = shop.house.accounts.password_reset
    reset.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    watched.watch = Meet("tickets.consume")
    answers = together(
        lambda: reset.set_password(shop.guest, token, FIRST),
        lambda: reset.set_password(shop.guest, token, SECOND),
    )
    watched.watch = lambda _, step: step()
    return answers


def test_of_two_resets_the_winners_password_works_and_the_losers_does_not(
    racing: tuple[Shop, WatchedStorage],
) -> None:
    """The loser is told so, and its password opens nothing."""
    shop, watched = racing

    answers = race_two_resets(shop, watched)

    (winner,) = winners(answers)
    assert isinstance(answers[1 - winner], TokenInvalid)
    assert shop.sign_in(ALICE, (FIRST, SECOND)[winner])
    for password in ((SECOND, FIRST)[winner], PASSWORD):
        with pytest.raises(CustAccountError):
            shop.sign_in(ALICE, password)


def test_without_the_condition_both_resets_succeed(
    memory_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a store that reads, then writes, lets the link work twice."""

    def naive(
        self: MemoryTickets, scope: RealmScope, ticket: TicketId, *, purpose: Purpose, at: object
    ) -> Ticket | None:
        found = self.find(scope, ticket)
        if found is None or found.purpose is not purpose or at is None:
            return None
        return found

    monkeypatch.setattr(MemoryTickets, "consume", naive)
    watched = WatchedStorage(memory_storage)
    shop = open_nord(build(watched))  # type: ignore[arg-type]

    assert winners(race_two_resets(shop, watched)) == [0, 1]


@pytest.mark.parametrize("service", ["first_sign_in", "password_reset"])
def test_links_asked_for_at_once_die_together(
    racing: tuple[Shop, WatchedStorage], service: str
) -> None:
    """Two requests that met may leave two links; one is used, and then none is good."""
    shop, watched = racing
    if service == "password_reset":
        shop.activate(ALICE)
    shop.house.mailer.sent.clear()
    asked = getattr(shop.house.accounts, service)
    watched.watch = Meet("tickets.add")

    together(*[lambda: asked.request(shop.guest, ALICE)] * 2)

    watched.watch = lambda _, step: step()
    shop.house.accounts.relay()
    links = [
        mail.plain.partition("token=")[2].split()[0]
        for mail in shop.house.mailer.sent
        if "token=" in mail.plain
    ]
    redeem = asked.activate if service == "first_sign_in" else asked.set_password
    redeem(shop.guest, links[-1], OTHER_PASSWORD)
    for link in links:
        with pytest.raises(TokenInvalid):
            redeem(shop.guest, link, PASSWORD)
    assert shop.sign_in(ALICE, OTHER_PASSWORD)


def test_a_reset_and_a_sign_in_at_once_never_leave_an_old_session(
    racing: tuple[Shop, WatchedStorage],
) -> None:
    """Signed in with the old password a moment before the new one counts: that session is over."""
    shop, watched = racing
    shop.activate(ALICE)
    accounts = shop.house.accounts
    accounts.password_reset.request(shop.guest, ALICE)
    token = shop.house.token_for(ALICE)
    watched.watch = Meet("commit")

    session, reset = together(
        lambda: shop.sign_in(ALICE, PASSWORD),
        lambda: accounts.password_reset.set_password(shop.guest, token, OTHER_PASSWORD),
    )

    watched.watch = lambda _, step: step()
    if reset is None and isinstance(session, str):
        with pytest.raises(CustAccountError):
            accounts.sessions.resume(shop.guest, session)  # type: ignore[arg-type]
    assert reset is None or isinstance(reset, CustAccountError)


def test_two_commits_of_one_plan_fill_the_cart_once(racing: tuple[Shop, WatchedStorage]) -> None:
    """A double click on two threads: one of them says what was added, the other nothing."""
    shop, watched = racing
    shop.activate(ALICE)
    earlier = order("acme-1", clock=shop.house.clock)
    shop.keep_orders(shop.customer("E-ACME"), [earlier])
    listed = shop.price_list("all", [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    member, reorder = shop.member(ALICE), shop.house.accounts.reorder
    plan = reorder.plan(member, earlier.summary.id)
    watched.watch = Meet("record")

    answers = together(*[lambda: reorder.commit(member, plan.token)] * 2)

    watched.watch = lambda _, step: step()
    assert sorted(map(len, answers)) == [0, len(plan.to_cart)]  # type: ignore[arg-type]
    assert [line.quantity for line in reorder.cart(member)] == [earlier.lines[0].quantity]


def test_threads_that_act_for_different_customers_never_mix(memory_storage: Storage) -> None:
    """Case 78: nothing is kept in the thread or beside it; each sees its own."""
    shop = open_nord(build(memory_storage))
    shop.change("E-BETA", contact="Alice", email=ALICE)
    shop.activate(ALICE)
    session = shop.session(ALICE)
    accounts = shop.house.accounts
    members = []
    for erp_id, name in (("E-ACME", "acme"), ("E-BETA", "beta")):
        customer = shop.customer(erp_id)
        shop.keep_orders(customer, [order(f"{name}-1", clock=shop.house.clock)])
        members.append(accounts.acting.member(session, customer.id))

    def own(place: int) -> set[str]:
        member = members[place % 2]
        seen = {one.id for _ in range(20) for one in accounts.orders.newest(member).items}
        return {str(member.customer), *seen}

    answers = together(*[lambda place=place: own(place) for place in range(8)])  # type: ignore[misc]

    for place, seen in enumerate(answers):
        name = ("acme", "beta")[place % 2]
        assert seen == {members[place % 2].customer, f"id-{name}-1"}


def test_a_house_is_not_told_apart_by_its_wrapping(memory_storage: Storage) -> None:
    """The wrapper changes no answer: the tests above test the storage, not the spy."""
    plain, watched = open_nord(build(memory_storage)), WatchedStorage(memory_storage)
    wrapped = attrs.evolve(plain, house=build(watched))  # type: ignore[arg-type]

    assert wrapped.customer("E-ACME") == plain.customer("E-ACME")
