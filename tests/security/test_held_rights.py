"""Who decides about a company's users still may, at the very moment it is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import attrs
import pytest

from custaccount import Member
from custaccount.kernel.access import Actor, Depth, Grants, Permission
from custaccount.kernel.ids import MembershipId, RegistrationId, RoleId
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    SHIPPED,
    VIEWER,
    BeyondOwnRights,
    LastAdministrator,
    MembershipOver,
    MembershipState,
    RoleInUse,
)
from custaccount.portals import ActivationMode
from custaccount.storage import Storage
from tests.house import ALICE, NoLimits, Shop, build, everything_in, open_nord
from tests.registration.people import NINA, OTTO, arrived, decide, welcoming
from tests.security.companies import (
    ACME,
    CARL,
    DORA,
    acting,
    administrators,
    hire,
    membership_of,
    two_companies,
)
from tests.security.spies import Meet, RunBefore, WatchedStorage, together
from tests.security.test_account_races import LEVELS, at_level, calm

EVE, FAY, GUS = "eve@acme.example", "fay@acme.example", "gus@acme.example"
HELD = "role_books.get"
"""The first step of holding: the actor was checked again by then."""
OVERLAPPING = ("memory", *LEVELS, "mariadb", "django-postgres")
"""Where a rival can commit while a unit is open: SQLite lets one write after the other."""


@attrs.define
class WatchedUnits(WatchedStorage):
    """A storage whose units are watched, and that they begin; what only reads is not."""

    @contextmanager
    def reading(self) -> Iterator[object]:
        """Open a snapshot."""
        with self.inner.reading() as view:
            yield view

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[object]:
        """Open a writing unit, having said so."""
        self.watch("begin", lambda: None)
        with WatchedStorage.begin(self, actor) as work:
            yield work

    def overtaken(
        self, at: str, job: Callable[[], object], rival: Callable[[], object]
    ) -> tuple[object, object]:
        """Let a rival do all its work before a step; returns the job's answer and the rival's."""
        self.watch = rivalling = RunBefore(at, rival)
        (answer,) = together(job)
        self.watch = calm
        assert rivalling.answers, f"nobody came to {at}"
        return answer, rivalling.answers[0]


def storage_at(request: pytest.FixtureRequest, name: str) -> Storage:
    """Return an empty storage, by back end or by isolation."""
    if name in LEVELS:
        return at_level(request.getfixturevalue("postgres_storage"), name)
    found: Storage = request.getfixturevalue(f"{name.replace('-', '_')}_storage")
    return found


# Who acts is looked at again ---------------------------------------------------------------------


@attrs.frozen
class Company:
    """Acme: Alice administers it, Eve has a role of its own that allows as much.

    Carl buys, Dora is suspended, Fay is invited, Nina asks to join; the role Spare is nobody's.
    """

    shop: Shop
    units: WatchedUnits
    role: RoleId
    spare: RoleId
    request: RegistrationId

    @property
    def alice(self) -> Member:
        """The administrator."""
        return acting(self.shop, ALICE)

    @property
    def epoch(self) -> int:
        """Of the roles."""
        return self.shop.house.accounts.roles.all(self.alice).epoch


EVERYTHING: Grants = next(one.grants for one in SHIPPED if one.id == ADMINISTRATOR)


def company_on(storage: Storage) -> Company:
    """Let them be there."""
    units = WatchedUnits(storage)
    shop = welcoming(units, link_existing=True)  # type: ignore[arg-type]
    accounts = shop.house.accounts
    contacts = [{"name": name, "email": email} for name, email in (("A", ALICE), ("N", NINA))]
    shop.change(ACME, contacts=contacts)
    shop.activate(ALICE)
    alice = acting(shop, ALICE)
    role = accounts.roles.make(alice, name="Office", grants=EVERYTHING)
    spare = accounts.roles.make(
        acting(shop, ALICE), name="Spare", grants={Permission.SEE_ORDERS: Depth.OWN}
    )
    hire(shop, EVE, role.id)
    hire(shop, CARL, BUYER)
    accounts.users.suspend(acting(shop, ALICE), hire(shop, DORA, BUYER))
    accounts.users.invite(acting(shop, ALICE), email=FAY, roles=[BUYER])
    arrived(shop, NINA)
    (asked,) = accounts.join_requests.waiting(acting(shop, ALICE))
    return Company(shop, units, role.id, spare.id, asked.id)


@pytest.fixture(params=OVERLAPPING)
def company(request: pytest.FixtureRequest) -> Company:
    """Acme, where rivals overlap, and at both isolations of PostgreSQL."""
    return company_on(storage_at(request, request.param))


@pytest.fixture
def committed(request: pytest.FixtureRequest) -> Company:
    """Acme at READ COMMITTED, for negative controls: only our own look stands there."""
    return company_on(storage_at(request, LEVELS[0]))


Act = Callable[[Company, Member], Callable[[], object]]


def id_of(company: Company, email: str) -> MembershipId:
    """Name a colleague."""
    return membership_of(company.shop, email).id


def on_users(verb: str, about: str = "", **more: object) -> Act:
    """Make an act, on a colleague if one is named."""

    def act(company: Company, eve: Member) -> Callable[[], object]:
        named = [id_of(company, about)] if about else []
        method = getattr(company.shop.house.accounts.users, verb)
        return lambda: method(eve, *named, **more)

    return act


def on_offer(verb: str) -> Act:
    """Make an act on the invitation to Fay."""

    def act(company: Company, eve: Member) -> Callable[[], object]:
        users = company.shop.house.accounts.users
        (opened,) = users.all(eve).invitations
        return lambda: getattr(users, verb)(eve, opened.id)

    return act


def on_roles(verb: str, **more: object) -> Act:
    """Make an act on the role nobody has."""

    def act(company: Company, eve: Member) -> Callable[[], object]:
        seen = {"epoch": company.epoch} if verb == "change" else {}
        method = getattr(company.shop.house.accounts.roles, verb)
        return lambda: method(eve, company.spare, **seen, **more)

    return act


LESS = {Permission.SEE_PRICES: Depth.CUSTOMER}
ACTS: Mapping[str, Act] = {
    "users.invite": on_users("invite", email=GUS, roles=[BUYER]),
    "users.resend": on_offer("resend"),
    "users.withdraw": on_offer("withdraw"),
    "users.set_roles": on_users("set_roles", CARL, roles=[VIEWER]),
    "users.suspend": on_users("suspend", CARL),
    "users.resume": on_users("resume", DORA),
    "users.remove": on_users("remove", CARL),
    "users.leave": on_users("leave"),
    "roles.make": lambda company, eve: (
        lambda: company.shop.house.accounts.roles.make(eve, name="New", grants=LESS)
    ),
    "roles.change": on_roles("change", name="Other", grants=LESS),
    "roles.remove": on_roles("remove"),
    "join_requests.approve": lambda company, eve: (
        lambda: company.shop.house.accounts.join_requests.approve(
            eve, company.request, roles=[BUYER]
        )
    ),
}


def remove_her(company: Company) -> None:
    """Remove Eve."""
    company.shop.house.accounts.users.remove(company.alice, id_of(company, EVE))


def suspend_her(company: Company) -> None:
    """Suspend Eve."""
    company.shop.house.accounts.users.suspend(company.alice, id_of(company, EVE))


def demote_her(company: Company) -> None:
    """Give Eve less to do."""
    users = company.shop.house.accounts.users
    users.set_roles(company.alice, id_of(company, EVE), [VIEWER])


def change_her_role(company: Company) -> None:
    """Let Eve's role allow less."""
    company.shop.house.accounts.roles.change(
        company.alice, company.role, name="Office", grants=LESS, epoch=company.epoch
    )


ENDS: Mapping[str, Callable[[Company], None]] = {
    "removed": remove_her,
    "suspended": suspend_her,
    "demoted": demote_her,
    "her role changed": change_her_role,
}


def back(company: Company) -> Member:
    """Let Eve be what she was, and act."""
    roles, shop = company.shop.house.accounts.roles, company.shop
    roles.change(company.alice, company.role, name="Office", grants=EVERYTHING, epoch=company.epoch)
    found, users = membership_of(shop, EVE), shop.house.accounts.users
    if found.state is MembershipState.REMOVED:
        hire(shop, EVE, company.role)
    else:
        users.resume(company.alice, found.id)
        users.set_roles(company.alice, found.id, [company.role])
    return acting(shop, EVE)


@pytest.mark.parametrize("end", ENDS)
def test_whose_rights_end_while_it_is_decided_decides_nothing(company: Company, end: str) -> None:
    """A rival commits between the check of the actor and the hold: nothing else is written."""
    for name, act in ACTS.items():
        job = act(company, back(company))
        left: list[object] = []

        def rival(left: list[object] = left) -> None:
            ENDS[end](company)
            left.append(everything_in(company.units.inner))

        answer, said = company.units.overtaken(HELD, job, rival)

        assert said is None, (name, said)
        assert isinstance(answer, MembershipOver), (name, answer)
        assert [everything_in(company.units.inner)] == left, name


@pytest.mark.parametrize("end", ["removed", "suspended"])
@pytest.mark.parametrize("name", ACTS)
def test_a_hold_that_does_not_look_again_lets_a_stranger_decide(
    committed: Company, name: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: whoever was checked before the rival came goes on."""
    monkeypatch.setattr("custaccount.membership.held._still_acts", lambda *_: True)
    job = ACTS[name](committed, acting(committed.shop, EVE))

    answer, said = committed.units.overtaken(HELD, job, lambda: ENDS[end](committed))

    assert said is None
    assert not isinstance(answer, MembershipOver), answer


def test_a_rival_about_somebody_else_ends_nothing(company: Company) -> None:
    """Who decides is as before: a colleague's end is no reason to refuse."""
    eve, users = acting(company.shop, EVE), company.shop.house.accounts.users
    alice, dora, carl = company.alice, id_of(company, DORA), id_of(company, CARL)

    answer, said = company.units.overtaken(
        HELD, lambda: users.suspend(eve, carl), lambda: users.remove(alice, dora)
    )

    assert (answer, said) == (None, None)
    assert membership_of(company.shop, CARL).state is MembershipState.SUSPENDED
    assert membership_of(company.shop, DORA).state is MembershipState.REMOVED


# A first user, and the last administrator --------------------------------------------------------


@attrs.frozen
class Handing:
    """Acme, whose only user is Alice; staff hand passwords over."""

    shop: Shop
    units: WatchedUnits

    def give(self) -> object:
        """Let staff make a user."""
        shop = self.shop
        return shop.house.accounts.account_desk.give_password(
            shop.staff, shop.portal.id, shop.customer(ACME).id, name="Otto", email=OTTO
        )

    def remove(self) -> object:
        """Let staff remove Alice."""
        shop, alice = self.shop, membership_of(self.shop, ALICE).id
        return shop.house.accounts.member_desk.remove(
            shop.staff, shop.portal.id, shop.customer(ACME).id, alice, reason="left"
        )


def handing_on(storage: Storage) -> Handing:
    """Let Alice be there."""
    units = WatchedUnits(storage)
    shop = open_nord(build(units, limits=NoLimits()))  # type: ignore[arg-type]
    shop.activate(ALICE)
    decide(shop, activation=ActivationMode.STAFF_PASSWORD)
    return Handing(shop, units)


@pytest.fixture(params=[*OVERLAPPING, "sqlite"])
def handing(request: pytest.FixtureRequest) -> Handing:
    """Acme, on each back end in turn."""
    return handing_on(storage_at(request, request.param))


def test_a_user_made_while_the_last_one_goes_administers_the_company(handing: Handing) -> None:
    """Whichever comes first: there is no active user without an administrator."""
    handing.units.watch = Meet("role_books.save")
    gone, given = together(handing.remove, handing.give)
    handing.units.watch = calm

    assert not isinstance(given, Exception), given
    assert gone is None or isinstance(gone, LastAdministrator), gone
    assert administrators(handing.shop) == ([OTTO] if gone is None else [ALICE])


@pytest.mark.parametrize("name", OVERLAPPING)
def test_who_removes_the_last_one_first_leaves_an_administrator_to_come(
    request: pytest.FixtureRequest, name: str
) -> None:
    """Staff are overtaken while they make the user."""
    handing = handing_on(storage_at(request, name))

    answer, said = handing.units.overtaken(HELD, handing.give, handing.remove)

    assert (said, isinstance(answer, Exception)) == (None, False)
    assert administrators(handing.shop) == [OTTO]


def test_without_the_first_hold_nobody_administers_the_company(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the first user is told by what was there before the rival."""
    handing = handing_on(storage_at(request, LEVELS[0]))
    monkeypatch.setattr("custaccount.registration.accounts_desk.write_first", lambda *_: None)

    answer, said = handing.units.overtaken(HELD, handing.give, handing.remove)

    assert (said, isinstance(answer, Exception)) == (None, False)
    assert membership_of(handing.shop, OTTO).roles == {BUYER}
    assert administrators(handing.shop) == []


# Through a role ----------------------------------------------------------------------------------

MANAGING = dict.fromkeys(
    (Permission.MANAGE_USERS, Permission.MANAGE_ROLES, Permission.SEE_ORDERS), Depth.CUSTOMER
)


@attrs.frozen
class Managed:
    """Acme, where Carl manages users and roles and sees orders, and nothing else."""

    shop: Shop
    orders: RoleId
    """Sees orders: a role Carl may change."""
    prices: RoleId
    """Sees prices: one he may not."""

    @property
    def carl(self) -> Member:
        """The manager."""
        return acting(self.shop, CARL)

    def narrow(self) -> object:
        """Let Carl take most of the role away."""
        roles = self.shop.house.accounts.roles
        seen = roles.all(self.carl).epoch
        less = {Permission.SEE_ORDERS: Depth.OWN}
        return roles.change(self.carl, self.orders, name="Orders", grants=less, epoch=seen)


@pytest.fixture
def managed(memory_storage: Storage) -> Managed:
    """Acme, in memory."""
    shop = two_companies(memory_storage)
    roles = shop.house.accounts.roles

    def made(name: str, grants: Grants) -> RoleId:
        return roles.make(acting(shop, ALICE), name=name, grants=grants).id

    manager = made("Manager", MANAGING)
    orders = made("Orders", {Permission.SEE_ORDERS: Depth.CUSTOMER})
    prices = made("Prices", {Permission.SEE_PRICES: Depth.CUSTOMER})
    shop.house.accounts.users.set_roles(
        acting(shop, ALICE), membership_of(shop, CARL).id, [manager]
    )
    return Managed(shop, orders, prices)


@pytest.mark.parametrize("end", ["active", "suspended"])
def test_what_nobody_does_to_a_person_nobody_does_through_a_role(
    managed: Managed, end: str
) -> None:
    """Dora may more than Carl: he takes nothing from her, neither directly nor so."""
    shop, users = managed.shop, managed.shop.house.accounts.users
    dora = hire(shop, DORA, managed.orders, managed.prices)
    if end == "suspended":
        users.suspend(acting(shop, ALICE), dora)
    before = everything_in(shop.house.storage)

    with pytest.raises(BeyondOwnRights):
        users.set_roles(managed.carl, dora, [managed.orders])
    with pytest.raises(BeyondOwnRights):
        managed.narrow()

    after = everything_in(shop.house.storage)
    for table in ("memberships", "role_books"):
        assert after[table] == before[table], table


def test_a_role_of_those_who_may_less_is_changed(managed: Managed) -> None:
    """Of somebody removed nobody is asked."""
    shop = managed.shop
    hire(shop, DORA, managed.orders)
    gone = hire(shop, EVE, managed.orders, managed.prices)
    shop.house.accounts.users.remove(acting(shop, ALICE), gone)

    managed.narrow()

    assert acting(shop, DORA).reach(Permission.SEE_ORDERS) is Depth.OWN


def test_who_holds_a_role_is_told_to_who_manages_users_alone(managed: Managed) -> None:
    """Whoever else edits roles learns how many there are: no name, no invited address."""
    shop, accounts = managed.shop, managed.shop.house.accounts
    only = {Permission.MANAGE_ROLES: Depth.CUSTOMER, Permission.SEE_ORDERS: Depth.CUSTOMER}
    role = accounts.roles.make(acting(shop, ALICE), name="Roles only", grants=only)
    hire(shop, EVE, role.id)
    hire(shop, DORA, managed.orders)
    accounts.users.invite(acting(shop, ALICE), email=FAY, roles=[managed.orders])

    told: dict[str, str] = {}
    for who in (CARL, EVE):
        with pytest.raises(RoleInUse) as refusal:
            accounts.roles.remove(acting(shop, who), managed.orders)
        told[who] = refusal.value.holders

    assert told == {CARL: f"{DORA}, {FAY}", EVE: "2"}


# The wrong kind of actor -------------------------------------------------------------------------


class Touched(Exception):
    """The storage was asked."""


@attrs.define
class Untouchable:
    """A storage nobody may ask."""

    inner: Storage
    closed: bool = False

    def reading(self) -> object:
        """Open a snapshot, as long as that is allowed."""
        if self.closed:
            raise Touched
        return self.inner.reading()

    def begin(self, actor: Actor) -> object:
        """Open a unit, as long as that is allowed."""
        if self.closed:
            raise Touched
        return self.inner.begin(actor)


KINDS: Mapping[str, Callable[[Shop], object]] = {
    "Guest": lambda shop: shop.guest,
    "Person": lambda shop: shop.person(ALICE),
    "Member": lambda shop: acting(shop, ALICE),
    "Staff": lambda shop: attrs.evolve(shop.staff, permissions=frozenset(Permission)),
    "nobody": lambda _: None,
    "text": lambda _: "alice",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_actor_of_the_wrong_kind_is_a_mistake_of_the_host(
    memory_storage: Storage, kind: str
) -> None:
    """Before anything is read: a guest asks nothing of a member's, and staff hold no company's."""
    storage = Untouchable(memory_storage)
    shop = two_companies(storage)
    actor, accounts = KINDS[kind](shop), shop.house.accounts
    storage.closed = True

    tried = 0
    for name, operation in accounts.operations.items():
        service, _, verb = name.partition(".")
        taken = getattr(operation.actor, "__name__", "")
        if not operation.asked or taken == kind:
            continue
        tried += 1
        with pytest.raises(TypeError, match="takes who acts first"):
            getattr(getattr(accounts, service), verb)(actor)
    assert tried > 20, "too few operations declare what they ask"


def test_the_right_kind_does_ask_the_storage(memory_storage: Storage) -> None:
    """Negative control: the storage that may not be asked does say so."""
    storage = Untouchable(memory_storage)
    shop = two_companies(storage)
    alice, users = acting(shop, ALICE), shop.house.accounts.users
    storage.closed = True

    with pytest.raises(Touched):
        users.all(alice)
