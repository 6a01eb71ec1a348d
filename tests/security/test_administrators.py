"""Somebody stays who is an administrator: whatever two of them do to each other at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from custaccount import CustAccountError, Member
from custaccount.kernel.errors import Conflict
from custaccount.kernel.ids import MembershipId
from custaccount.kernel.scope import CustomerScope
from custaccount.membership import (
    BUYER,
    LastAdministrator,
    MembershipOver,
    MembershipState,
    RoleBook,
)
from custaccount.membership.held import Held, Holding
from custaccount.storage import Storage
from tests import backends
from tests.house import ALICE, BOB, Shop, how_often
from tests.registration.people import NINA, OTTO
from tests.security.companies import (
    ACME,
    BERT,
    BETA,
    CARL,
    acting,
    administrators,
    membership_of,
    scope_of,
    two_companies,
)
from tests.security.spies import Meet, WatchedStorage, together
from tests.security.test_account_races import LEVELS, at_level

Job = Callable[[], object]
EVERY = (*backends.BACKENDS, "django-postgres")
NAIVE = ("memory", "postgres", "mariadb", "django-postgres")
"""Where units overlap: SQLite lets one write after the other."""


@attrs.frozen
class Pair:
    """Alice and Bert, the two administrators of Acme; Carl buys for it."""

    shop: Shop
    watched: WatchedStorage
    alice: Member
    bert: Member

    def rival(self, at: str, *jobs: Job) -> tuple[list[object], bool]:
        """Let two jobs meet before a step; returns their answers, and whether they met."""
        self.watched.watch = meeting = Meet(at)
        answers = together(*jobs)
        self.watched.watch = lambda _, step: step()
        return answers, meeting.met


def pair_on(storage: object) -> Pair:
    """Let them act."""
    watched = WatchedStorage(storage)  # type: ignore[arg-type]
    shop = two_companies(watched)
    return Pair(shop, watched, acting(shop, ALICE), acting(shop, BERT))


def storage_named(request: pytest.FixtureRequest, name: str) -> Storage:
    """Return an empty storage."""
    found: Storage = request.getfixturevalue(f"{name.replace('-', '_')}_storage")
    return found


@pytest.fixture(params=[*EVERY, LEVELS[1]])
def pair(request: pytest.FixtureRequest) -> Pair:
    """They are there, on each back end in turn, and at both isolations of PostgreSQL."""
    if request.param in LEVELS:
        return pair_on(at_level(request.getfixturevalue("postgres_storage"), request.param))
    return pair_on(storage_named(request, request.param))


@pytest.fixture(params=NAIVE)
def naive(request: pytest.FixtureRequest) -> Pair:
    """They are there, where nothing but our own writes keeps two units apart."""
    storage = storage_named(request, request.param)
    if request.param == "postgres":
        storage = at_level(storage, LEVELS[0])  # type: ignore[arg-type, assignment]
    return pair_on(storage)


def by_staff(pair: Pair, do: str, who: MembershipId) -> Job:
    """Let staff do something about a member of Acme."""
    desk, shop = pair.shop.house.accounts.member_desk, pair.shop
    acme = shop.customer(ACME).id
    if do == "demote":
        return lambda: desk.set_roles(shop.staff, acme, who, [BUYER])
    if do == "suspend":
        return lambda: desk.suspend(shop.staff, shop.portal.id, acme, who)
    return lambda: desk.remove(shop.staff, shop.portal.id, acme, who, reason="left")


def each_other(pair: Pair, first: str, second: str) -> tuple[Job, Job]:
    """Let each do something about the other."""
    users = pair.shop.house.accounts.users

    def job(do: str, by: Member, who: Member) -> Job:
        if do == "demote":
            return lambda: users.set_roles(by, who.membership, [BUYER])
        call = users.remove if do == "remove" else users.suspend
        return lambda: call(by, who.membership)

    return job(first, pair.alice, pair.bert), job(second, pair.bert, pair.alice)


def leaving(pair: Pair, member: Member) -> Job:
    """Leave."""
    return lambda: pair.shop.house.accounts.users.leave(member)


PAIRS: Mapping[str, Callable[[Pair], tuple[Job, Job]]] = {
    "remove each other": lambda p: each_other(p, "remove", "remove"),
    "suspend each other": lambda p: each_other(p, "suspend", "suspend"),
    "demote each other": lambda p: each_other(p, "demote", "demote"),
    "one removes, the other demotes": lambda p: each_other(p, "remove", "demote"),
    "both leave": lambda p: (leaving(p, p.alice), leaving(p, p.bert)),
    "one leaves, having removed the other": lambda p: (
        leaving(p, p.alice),
        each_other(p, "remove", "remove")[0],
    ),
    "one leaves, staff remove the other": lambda p: (
        leaving(p, p.alice),
        by_staff(p, "remove", p.bert.membership),
    ),
    "staff demote one and suspend the other": lambda p: (
        by_staff(p, "demote", p.alice.membership),
        by_staff(p, "suspend", p.bert.membership),
    ),
}
CHANGES = ("member_removed", "member_suspended", "roles_changed")


@pytest.mark.parametrize("rivals", PAIRS)
def test_of_two_administrators_one_stays(pair: Pair, rivals: str) -> None:
    """One of the two wins; the other is told why not, and nothing of it happened."""
    before = sum(how_often(pair.watched.inner, f"membership.{name}") for name in CHANGES)

    answers, met = pair.rival("role_books.save", *PAIRS[rivals](pair))

    won = [answer for answer in answers if answer is None]
    lost = [answer for answer in answers if answer is not None]
    assert len(won) == 1, answers
    assert isinstance(lost[0], LastAdministrator | MembershipOver | Conflict), lost
    assert len(administrators(pair.shop)) == 1
    assert membership_of(pair.shop, CARL).state is MembershipState.ACTIVE
    after = sum(how_often(pair.watched.inner, f"membership.{name}") for name in CHANGES)
    assert after == before + 1
    assert met is not one_by_one(pair)


def one_by_one(pair: Pair) -> bool:
    """Whether the store lets one unit write after the other."""
    return "sqlite" in str(getattr(pair.watched.inner, "engine", ""))


@pytest.mark.parametrize("rivals", PAIRS)
def test_one_after_the_other_leaves_one_too(memory_storage: Storage, rivals: str) -> None:
    """The same pairs without any race: the second is refused."""
    pair = pair_on(memory_storage)
    first, second = PAIRS[rivals](pair)

    first()
    with pytest.raises(CustAccountError):
        second()

    assert len(administrators(pair.shop)) == 1


def test_staff_take_the_last_one_only_with_the_last_member(memory_storage: Storage) -> None:
    """Removed, nobody is left without an administrator; demoted, the member itself would be."""
    shop = pair_on(memory_storage).shop
    bob, staff = acting(shop, BOB, BETA), shop.staff
    desk, before = shop.house.accounts.member_desk, membership_of(shop, BOB, BETA)

    with pytest.raises(LastAdministrator):
        desk.set_roles(staff, bob.customer, bob.membership, [BUYER])
    assert membership_of(shop, BOB, BETA) == before

    desk.remove(staff, shop.portal.id, bob.customer, bob.membership, reason="closed down")
    assert administrators(shop, BETA) == []


# Without the guard none is left ------------------------------------------------------------------


def uncounted(_: object, scope: CustomerScope, book: RoleBook) -> RoleBook:
    """Keep a role book as a store does that writes nothing where nothing changed."""
    assert book.scope == scope
    return book


def unheld(work: Holding, actor: object, scope: CustomerScope) -> Held:
    """Look at a customer's members, and write nothing first."""
    members = tuple(work.memberships.of_customer(scope))
    by = None
    if isinstance(actor, Member):
        by = next(one for one in members if one.membership.id == actor.membership)
    return Held(book=work.role_books.get(scope), members=members, by=by)


def without_counting(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the store not count the versions of a role book."""
    with pair.watched.inner.reading() as view:
        books = type(view.role_books)
    monkeypatch.setattr(books, "save", uncounted)


def without_holding(_: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no service write the role book first."""
    for service in ("users", "desk"):
        monkeypatch.setattr(f"custaccount.membership.{service}.hold", unheld)


@pytest.mark.parametrize("without", [without_counting, without_holding])
@pytest.mark.parametrize("rivals", PAIRS)
def test_without_the_guard_none_is_left(
    naive: Pair,
    rivals: str,
    without: Callable[[Pair, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: both have looked, both saw the other one, both write."""
    without(naive, monkeypatch)

    answers, met = naive.rival("memberships.save", *PAIRS[rivals](naive))

    assert met
    assert answers == [None, None]
    assert administrators(naive.shop) == []


# The first write of all --------------------------------------------------------------------------


def book_of(shop: Shop, erp_id: str) -> RoleBook:
    """Look a customer's role book up."""
    scope = scope_of(shop, erp_id)
    with shop.house.storage.reading() as view:
        return view.role_books.get(scope)


def test_the_book_that_nobody_has_written_yet_holds_as_well(pair: Pair) -> None:
    """Of two who write a customer's first role book one comes after the other; both are done."""
    shop, desk = pair.shop, pair.shop.house.accounts.member_desk
    row = {"erp_id": "E-NEW", "number": "1003", "name": "New"}
    shop.house.accounts.register_desk.import_rows(shop.staff, [row])
    new = shop.customer("E-NEW").id
    assert book_of(shop, "E-NEW").version == 0

    def invite(email: str) -> object:
        return desk.invite(shop.staff, shop.portal.id, new, email=email, roles=[BUYER])

    answers, met = pair.rival("role_books.save", lambda: invite(NINA), lambda: invite(OTTO))

    assert met is not one_by_one(pair)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    assert {one.email.key for one in desk.invitations(shop.staff, new)} == {NINA, OTTO}
    assert book_of(shop, "E-NEW").version == 2
