"""A company's administrators touch memberships only: never a login, nor another company.

With shared logins one company's administrator may be another's attacker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import attrs
import pytest

from custaccount import CustAccountError, Member
from custaccount.adapters.memory import MemoryStorage
from custaccount.credentials import Theme
from custaccount.facilities.tickets import Purpose, Ticket
from custaccount.kernel.access import Permission
from custaccount.membership import ADMINISTRATOR, BUYER, InvitationOver, Membership
from custaccount.membership.changing import Changing
from custaccount.membership.users import Colleague
from custaccount.storage import Storage
from tests.house import ALICE, BOB, NoLimits, Shop, build, everything_in
from tests.security.companies import ACME, BETA, DORA, acting, hire, membership_of, two_companies
from tests.security.samples import SAMPLES, three_parties
from tests.security.services import methods_of

MAY_CHANGE = frozenset({"memberships", "invitations", "role_books", "tickets", "audit", "outbox"})
"""What there is of a company's users: rows of its own, and what tells of them."""
WHO_JOINS = frozenset({"registrations", "customers", "drafts"})
"""What a request to join is kept in, with its draft, and the customer it is about."""
SAME = {"posts": "outbox", "entries": "audit"}

METHODS = sorted(name for name in SAMPLES if name.split(".")[0] in {"users", "roles"})
REQUESTS = sorted(name for name in SAMPLES if name.startswith("join_requests."))


def table(name: str) -> str:
    """Call a table the same on every store."""
    return SAME.get(name.removeprefix("custaccount_"), name.removeprefix("custaccount_"))


def changed_rows(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[object]:
    """List the rows that are new, other or gone, of what is kept in memory."""
    for name, rows in before.items():
        now = after[name]
        assert isinstance(rows, dict)
        assert isinstance(now, dict)
        for key in rows.keys() | now.keys():
            if rows.get(key) != now.get(key):
                yield from (row for row in (rows.get(key), now.get(key)) if row is not None)


def whose(row: object) -> object:
    """Say whose a row is, as far as it is somebody's."""
    if isinstance(row, Ticket):
        return row.purpose
    return getattr(row, "customer", None)


@pytest.mark.parametrize("name", [*METHODS, *REQUESTS])
def test_only_what_belongs_to_the_company_is_changed(name: str) -> None:
    """Every method of those who look after users: row by row, whose it is."""
    house = build(MemoryStorage(), limits=NoLimits())
    party, _, _ = three_parties(house)
    wanted = SAMPLES[name](party)
    assert isinstance(wanted.actor, Member)
    allowed = MAY_CHANGE | (WHO_JOINS if name in REQUESTS else frozenset())
    before = everything_in(house.storage)

    methods_of(house.accounts)[name].call(wanted.actor, **wanted.arguments)

    after = everything_in(house.storage)
    assert {table(one) for one in before if before[one] != after[one]} <= allowed
    own: set[object] = {wanted.actor.customer, Purpose.INVITATION}
    for row in changed_rows(before, after):
        kept_by_customer = type(row).__name__ in {"Membership", "Invitation", "RoleBook"}
        if kept_by_customer or isinstance(row, Ticket):
            assert whose(row) in own, row


@pytest.mark.parametrize("name", METHODS)
def test_on_every_store_no_login_and_no_session_is_touched(storage: Storage, name: str) -> None:
    """The same, table by table."""
    house = build(storage, limits=NoLimits())
    party, _, _ = three_parties(house)
    wanted = SAMPLES[name](party)
    before = everything_in(storage)

    methods_of(house.accounts)[name].call(wanted.actor, **wanted.arguments)

    after = everything_in(storage)
    assert {table(one) for one in before if before[one] != after[one]} <= MAY_CHANGE


class Heavy(Changing):
    """Ends the person's other memberships too, when one is ended."""

    def remove(
        self, work: object, held: object, found: object, portal: object, *, reason: str
    ) -> None:  # type: ignore[override]
        """Remove a user of everything."""
        super().remove(work, held, found, portal, reason=reason)  # type: ignore[arg-type]
        of = found.membership  # type: ignore[attr-defined]
        for one in work.memberships.of_user(of.scope.of_realm, of.user):  # type: ignore[attr-defined]
            if one.membership.id != of.id:
                work.memberships.save(  # type: ignore[attr-defined]
                    one.membership.scope, one.membership.removed()
                )


@attrs.frozen
class Shared:
    """Dora buys for Acme and administers Beta."""

    shop: Shop
    alice: Member

    def content(self) -> Mapping[str, object]:
        """Take all there is."""
        return everything_in(self.shop.house.storage)

    def listed(self) -> Colleague:
        """Read what Acme's administrator is told of her."""
        dora = membership_of(self.shop, DORA).id
        users = self.shop.house.accounts.users.all(self.alice).users
        return next(one for one in users if one.membership == dora)


@pytest.fixture
def shared(memory_storage: Storage) -> Shared:
    """She acts for two companies."""
    shop = two_companies(memory_storage)
    hire(shop, DORA, BUYER)
    hire(shop, DORA, ADMINISTRATOR, erp_id=BETA)
    return Shared(shop, acting(shop, ALICE))


@pytest.mark.parametrize("do", ["suspend", "remove", "set_roles"])
def test_what_one_company_decides_is_nothing_to_another(shared: Shared, do: str) -> None:
    """Dora goes from Acme; her login, her sessions and what she is at Beta are as they were."""
    shop, accounts = shared.shop, shared.shop.house.accounts
    token = shop.sign_in(DORA)
    beta, user = membership_of(shop, DORA, BETA), shop.user(DORA)
    dora = membership_of(shop, DORA).id
    rest = [[BUYER, ADMINISTRATOR]] if do == "set_roles" else []

    getattr(accounts.users, do)(shared.alice, dora, *rest)
    accounts.relay()

    assert membership_of(shop, DORA, BETA) == beta
    assert shop.user(DORA) == user
    session = accounts.sessions.resume(shop.guest, token)
    member = accounts.acting.member(session, beta.customer)
    assert accounts.users.all(member).users


def test_a_removal_that_ends_more_is_seen(shared: Shared) -> None:
    """Negative control: the other company's row is another one."""
    users = shared.shop.house.accounts.users
    heavy = Heavy(
        **{one.alias: getattr(users._changing, one.name) for one in attrs.fields(Changing)}
    )  # type: ignore[arg-type]
    careless = attrs.evolve(users, changing=heavy)
    before = shared.content()

    careless.remove(shared.alice, membership_of(shared.shop, DORA).id)

    rows = list(changed_rows(before, shared.content()))
    assert shared.shop.customer(BETA).id in {
        row.customer for row in rows if isinstance(row, Membership)
    }


# What is told of a colleague --------------------------------------------------------------------


def test_of_a_login_only_the_name_and_the_address_are_told() -> None:
    """Everything else of a line is the membership's."""
    assert {one.name for one in attrs.fields(Colleague)} == {
        "membership",
        "name",
        "email",
        "state",
        "roles",
        "user_code",
        "signed_in",
        "me",
        "changeable",
    }


def remove_from_beta(shop: Shop) -> None:
    """End her other membership."""
    bob = acting(shop, BOB, BETA)
    shop.house.accounts.users.remove(bob, membership_of(shop, DORA, BETA).id)


def hire_at_beta_again(shop: Shop) -> None:
    """End it, and begin it again."""
    remove_from_beta(shop)
    hire(shop, DORA, BUYER, erp_id=BETA)


def guess(shop: Shop) -> None:
    """Fail to sign in."""
    with pytest.raises(CustAccountError):
        shop.sign_in(DORA, "a wrong guess indeed")


ELSEWHERE: Mapping[str, Callable[[Shop], object]] = {
    "signs in": lambda shop: shop.sign_in(DORA),
    "acts for the other company": lambda shop: shop.house.accounts.acting.choose(
        shop.session(DORA), shop.customer(BETA).id
    ),
    "is blocked": lambda shop: shop.house.accounts.login_desk.block(
        shop.staff, shop.user(DORA).id, reason="Lost the telephone."
    ),
    "is removed there": remove_from_beta,
    "prefers another look": lambda shop: shop.house.accounts.profile.prefer(
        shop.person(DORA), theme=Theme.DARK
    ),
    "forgets the password": lambda shop: shop.house.accounts.password_reset.request(
        shop.guest, DORA
    ),
    "guesses it": guess,
    "is invited there again": hire_at_beta_again,
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_what_a_person_does_elsewhere_is_told_to_nobody(shared: Shared, what: str) -> None:
    """Neither a list nor a trail of Acme changes by what is Dora's own, or another company's."""
    accounts = shared.shop.house.accounts
    before = accounts.users.all(shared.alice), accounts.trail.latest(shared.alice)
    shared.shop.house.clock.advance(timedelta(hours=1))

    ELSEWHERE[what](shared.shop)

    assert (accounts.users.all(shared.alice), accounts.trail.latest(shared.alice)) == before


def test_when_somebody_acted_for_the_company_is_told_to_it(shared: Shared) -> None:
    """Negative control: what is about Acme is seen there, and only there."""
    shop, accounts = shared.shop, shared.shop.house.accounts
    beta = acting(shop, BOB, BETA)
    dora_at_beta = membership_of(shop, DORA, BETA).id
    before = shared.listed().signed_in
    theirs = [one for one in accounts.users.all(beta).users if one.membership == dora_at_beta]
    shop.house.clock.advance(timedelta(hours=1))

    accounts.acting.choose(shop.session(DORA), shop.customer(ACME).id)

    assert shared.listed().signed_in == shop.house.clock() != before
    assert [
        one for one in accounts.users.all(beta).users if one.membership == dora_at_beta
    ] == theirs


def test_staff_who_acted_are_not_named_to_a_company(shared: Shared) -> None:
    """The trail tells that the seller did it, not who; nobody else's ids stand in it."""
    shop, accounts = shared.shop, shared.shop.house.accounts
    desk, customer = accounts.member_desk, shop.customer(ACME).id
    desk.set_roles(shop.staff, customer, membership_of(shop, DORA).id, [ADMINISTRATOR])

    told = repr(accounts.trail.latest(acting(shop, ALICE)))

    assert shop.staff.id not in told
    assert shop.staff.name not in told
    assert shop.customer(BETA).id not in told


def test_a_company_reaches_no_login_through_any_method(shared: Shared) -> None:
    """What changes a login takes the person herself, or staff: no member's method does."""
    forbidden = {"login_desk", "own_password", "profile", "email_change", "sessions"}
    taking_members = {
        name.partition(".")[0]
        for name, one in shared.shop.house.accounts.operations.items()
        if one.actor is Member
    }

    assert not taking_members & forbidden
    assert Permission.MANAGE_ACCOUNTS not in shared.alice.permissions


def test_an_invitation_gives_no_right_over_a_login(shared: Shared) -> None:
    """Withdrawn by who was invited elsewhere: it names no user, and ends none."""
    shop, accounts = shared.shop, shared.shop.house.accounts
    made = accounts.users.invite(shared.alice, email=BOB, roles=[BUYER])
    token = shop.house.token_for(BOB)
    before, bob = shop.user(BOB), membership_of(shop, BOB, BETA)

    accounts.users.withdraw(shared.alice, made.id)

    assert shop.user(BOB) == before
    assert membership_of(shop, BOB, BETA) == bob
    with pytest.raises(InvitationOver):
        accounts.invited.accept(shop.person(BOB), token)
