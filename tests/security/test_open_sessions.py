"""A session is open, and what it may do ends: at the next call, and for that company only (M2).

Dora acts for Acme and for Beta. Every operation there is was valid a moment ago, at both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from custaccount import CustAccountError, Member, NotAllowed
from custaccount.adapters.memory import MemoryStorage
from custaccount.credentials import Session, SessionOver
from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    Depth,
    FeatureOff,
    Permission,
    PermissionMissing,
)
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import RoleId, SessionToken
from custaccount.kernel.paging import CursorInvalid
from custaccount.membership import ADMINISTRATOR, VIEWER, MembershipOver, Standing
from custaccount.ordering import PlanInvalid
from custaccount.portals import CustomerStatus, PortalNotFound
from custaccount.storage import Storage
from tests.house import ALICE, NoLimits, Shop, build, everything_in
from tests.security.companies import ACME, BETA, DORA, acting, hire, membership_of, renewed
from tests.security.samples import SAMPLES, Call, Party, three_parties
from tests.security.services import Method, methods_of
from tests.security.test_requirements import OF_MEMBERS, OPERATIONS

SEALED = ("address_book.all", "orders.newest", "reorder.commit", "trail.latest")
"""What a page hands out for the next call: made for a member at an epoch."""
NEW_EPOCH = ("roles.change", "roles.remove", "roles.make")
"""What makes everybody's actors of the company anew; the version of what was seen counts first."""
VERSIONED = ("roles.change", "company.change")
"""What says which version was seen."""
IN_ORDER = sorted(
    OF_MEMBERS,
    key=lambda name: (name in NEW_EPOCH, name not in SEALED, name not in VERSIONED, name),
)
"""Each before what would make its call one of yesterday."""


@attrs.frozen
class Twice(Party):
    """Somebody who acts for two companies, as one of them."""

    @property
    def member(self) -> Member:
        """Act for this one."""
        return acting(self.shop, self.email, self.erp_id)


@attrs.frozen
class Both:
    """Dora at Acme and at Beta, with a valid call of every operation at each."""

    shop: Shop
    token: SessionToken
    session: Session
    role: RoleId
    """What she is at Acme: a role the company made, which grants everything."""
    alice: Member
    """An administrator of Acme."""
    acme: Member
    beta: Member
    methods: Mapping[str, Method]
    at_acme: Mapping[str, Call]
    at_beta: Mapping[str, Call]

    def again(self, at: Member) -> Member:
        """Act for one of the two at the next call."""
        return self.shop.house.accounts.acting.member(self.session, at.customer)

    def call(self, name: str, actor: object, calls: Mapping[str, Call]) -> object:
        """Make a call of an operation; returns what is raised, or the answer."""
        try:
            return self.methods[name].call(actor, **calls[name].arguments)
        except CustAccountError as raised:
            return raised


def calls_of(party: Party) -> Mapping[str, Call]:
    """Prepare a call of every operation; what names a version or an epoch comes last."""
    early = [name for name in OF_MEMBERS if name not in {*SEALED, *VERSIONED}]
    names = (*early, *NEW_EPOCH[:1], *SEALED, "company.change")
    return {name: SAMPLES[name](party) for name in names}


def both_on(storage: Storage) -> Both:
    """Let Dora act for two companies, and have everything on her screens."""
    house = build(storage, limits=NoLimits())
    shop = three_parties(house)[0].shop
    accounts = house.accounts
    everything = dict.fromkeys(MEMBER_PERMISSIONS, Depth.CUSTOMER)
    role = accounts.roles.make(acting(shop, ALICE), name="Everything", grants=everything).id
    hire(shop, DORA, role)
    hire(shop, DORA, ADMINISTRATOR, erp_id=BETA)
    at_acme, at_beta = (
        calls_of(Twice(name, shop, erp_id, DORA))  # type: ignore[arg-type]
        for name, erp_id in (("acme", ACME), ("beta", BETA))
    )
    token = shop.sign_in(DORA)
    session = accounts.sessions.resume(shop.guest, token)
    beta = acting(shop, DORA, BETA, session=session)
    return Both(
        shop=shop,
        token=token,
        session=session,
        role=role,
        alice=acting(shop, ALICE),
        acme=acting(shop, DORA, session=session),
        beta=beta,
        methods=methods_of(accounts),
        at_acme=at_acme,
        at_beta=at_beta,
    )


@pytest.fixture
def both(memory_storage: Storage) -> Both:
    """She has a session."""
    return both_on(memory_storage)


# How it ends ------------------------------------------------------------------------------------


def at_desk(both: Both, do: str, *rest: object, **named: object) -> None:
    """Let staff do something about Dora at Acme."""
    desk, shop = both.shop.house.accounts.member_desk, both.shop
    where = () if do == "set_roles" else (shop.portal.id,)
    found = membership_of(shop, DORA).id
    getattr(desk, do)(shop.staff, *where, both.acme.customer, found, *rest, **named)


def by_alice(both: Both, do: str, *rest: object) -> None:
    """Let an administrator do something about Dora."""
    alice = acting(both.shop, ALICE)
    getattr(both.shop.house.accounts.users, do)(alice, membership_of(both.shop, DORA).id, *rest)


def switch(both: Both, **changes: object) -> None:
    """Let staff change where Acme stands, or what it is offered."""
    desk, acme = both.shop.house.accounts.customer_desk, both.shop.customer(ACME)
    desk.change(both.shop.staff, acme.id, version=acme.version, **changes)  # type: ignore[arg-type]


def lessen(both: Both, *permissions: Permission) -> None:
    """Let Alice take everything out of Dora's role but this."""
    roles, alice = both.shop.house.accounts.roles, acting(both.shop, ALICE)
    roles.change(
        alice,
        both.role,
        name="Everything",
        grants=dict.fromkeys(permissions, Depth.CUSTOMER),
        epoch=roles.all(alice).epoch,
    )


End = Callable[[Both], object]

OVER: Mapping[str, End] = {
    "removed": lambda b: by_alice(b, "remove"),
    "removed by staff": lambda b: at_desk(b, "remove", reason="left"),
    "left": lambda b: b.shop.house.accounts.users.leave(b.again(b.acme)),
    "suspended": lambda b: by_alice(b, "suspend"),
    "suspended by staff": lambda b: at_desk(b, "suspend"),
    "closed": lambda b: switch(b, status=CustomerStatus.CLOSED),
    "rejected": lambda b: switch(b, status=CustomerStatus.REJECTED),
}
"""What ends all she may do for Acme."""
SEE = frozenset({Permission.SEE_ORDERS, Permission.SEE_PRICES, Permission.SEE_CUSTOMER})
LESS: Mapping[str, tuple[End, frozenset[Permission], object]] = {
    "demoted": (lambda b: by_alice(b, "set_roles", [VIEWER]), SEE, None),
    "demoted by staff": (lambda b: at_desk(b, "set_roles", [VIEWER]), SEE, None),
    "role changed": (
        lambda b: lessen(b, Permission.SEE_ORDERS),
        frozenset({Permission.SEE_ORDERS}),
        None,
    ),
    "on hold": (
        lambda b: switch(b, status=CustomerStatus.ON_HOLD),
        MEMBER_PERMISSIONS - {Permission.PLACE_ORDERS},
        None,
    ),
    "function off": (lambda b: switch(b, features={USERS: False}), MEMBER_PERMISSIONS, USERS),
}
"""What ends some of it: what is left, and which function is off."""
NOWHERE: Mapping[str, End] = {
    "login blocked": lambda b: b.shop.house.accounts.login_desk.block(
        b.shop.staff, b.acme.user, reason="Lost the telephone."
    ),
    "portal closed": lambda b: b.shop.house.accounts.portal_desk.close(
        b.shop.staff, b.shop.portal.id
    ),
}
"""What ends it for every company."""


# What it means ----------------------------------------------------------------------------------


def everything_kept(both: Both) -> object:
    """Take everything that could have been changed."""
    return everything_in(both.shop.house.storage), dict(both.shop.house.cart._carts)


def at_beta(both: Both, name: str) -> object:
    """Make a call at Beta: Dora's, or of whoever a sample let join for it."""
    actor = both.at_beta[name].actor
    assert isinstance(actor, Member)
    dora = actor.user == both.beta.user
    return both.call(
        name, both.again(both.beta) if dora else renewed(both.shop, actor), both.at_beta
    )


@pytest.fixture(scope="module")
def writing() -> frozenset[str]:
    """Name the operations that change something, from calls that are allowed."""
    both = both_on(MemoryStorage())
    found = set()
    for name in IN_ORDER:
        before = everything_kept(both)
        assert not isinstance(at_beta(both, name), CustAccountError), name
        if everything_kept(both) != before:
            found.add(name)
    return frozenset(found)


def test_it_is_known_which_operations_write(writing: frozenset[str]) -> None:
    """What is not here only reads: it trusts its actor, who lives for one call."""
    assert writing == {
        "address_book.add",
        "address_book.change",
        "address_book.remove",
        "address_book.use",
        "company.change",
        "drafts.take",
        "guest_cart.merge",
        "join_requests.approve",
        "join_requests.decline",
        "reorder.commit",
        "roles.change",
        "roles.make",
        "roles.remove",
        "users.invite",
        "users.leave",
        "users.remove",
        "users.resend",
        "users.resume",
        "users.set_roles",
        "users.suspend",
        "users.withdraw",
    }


def let_through(both: Both, writing: frozenset[str]) -> set[str]:
    """Make every call at Acme with the actor of before; names what was not refused and writes."""
    passed = set()
    for name in OF_MEMBERS:
        before = everything_kept(both)
        answer = both.call(name, both.acme, both.at_acme)
        refused = isinstance(answer, NotAllowed | PortalNotFound)
        if everything_kept(both) != before or (name in writing and not refused):
            passed.add(name)
    return passed


@pytest.mark.parametrize("end", [*OVER, *LESS, *NOWHERE])
def test_no_operation_writes_any_more_for_who_was_in_the_middle_of_it(
    both: Both, writing: frozenset[str], end: str
) -> None:
    """The actor of a moment ago: refused in the writing unit, and nothing is changed."""
    every = {**OVER, **NOWHERE, **{name: less[0] for name, less in LESS.items()}}

    every[end](both)

    assert let_through(both, writing) == set()


@pytest.mark.parametrize("end", OVER)
def test_every_operation_is_refused_at_the_next_call(both: Both, end: str) -> None:
    """The actor is not made: neither in the middle of a session nor by choosing again."""
    acting_again, acme = both.shop.house.accounts.acting, both.acme.customer

    OVER[end](both)

    session = both.shop.house.accounts.sessions.resume(both.shop.guest, both.token)
    for name in OF_MEMBERS:
        before = everything_kept(both)
        with pytest.raises(MembershipOver):
            both.methods[name].call(both.again(both.acme), **both.at_acme[name].arguments)
        assert everything_kept(both) == before, name
    with pytest.raises(MembershipOver):
        acting_again.choose(session, acme)
    assert [one.membership.customer for one in acting_again.choices(session)] == [
        both.beta.customer
    ]
    assert acting_again.member(session).customer == both.beta.customer


@pytest.mark.parametrize("end", LESS)
def test_what_was_taken_away_is_refused_at_the_next_call(both: Both, end: str) -> None:
    """Exactly that: the rest goes on, without signing in again."""
    do, left, off = LESS[end]
    do(both)

    for name in OF_MEMBERS:
        asked = OPERATIONS[name].asked  # type: ignore[index]
        lacks = any(one.permission is not None and one.permission not in left for one in asked)
        switched = any(one.feature is not None and one.feature == off for one in asked)
        before = everything_kept(both)
        answer = both.call(name, both.again(both.acme), both.at_acme) if lacks or switched else None
        assert isinstance(answer, PermissionMissing) is lacks, name
        assert isinstance(answer, FeatureOff) is (switched and not lacks), name
        assert everything_kept(both) == before, name
    orders = both.shop.house.accounts.orders.newest(both.again(both.acme))
    assert orders.items


@pytest.mark.parametrize("end", NOWHERE)
def test_a_blocked_login_or_a_closed_portal_ends_it_for_every_company(both: Both, end: str) -> None:
    """Nobody is made to act: not of a session that was read a moment ago either."""
    NOWHERE[end](both)

    over = MembershipOver if end == "login blocked" else PortalNotFound
    for customer in (both.acme, both.beta):
        with pytest.raises(over):
            both.again(customer)


def test_a_blocked_login_is_nobody_elses(both: Both) -> None:
    """The session is gone for good, her colleagues go on, and unblocking brings no session back."""
    accounts, shop = both.shop.house.accounts, both.shop
    NOWHERE["login blocked"](both)
    with pytest.raises(SessionOver):
        accounts.sessions.resume(shop.guest, both.token)
    assert accounts.users.all(acting(shop, ALICE)).users

    accounts.login_desk.unblock(shop.staff, both.acme.user)

    with pytest.raises(SessionOver):
        accounts.sessions.resume(shop.guest, both.token)
    assert acting(shop, DORA).customer == both.acme.customer


@pytest.mark.parametrize("end", [*OVER, *LESS])
def test_the_other_company_is_not_touched_by_it(both: Both, end: str) -> None:
    """Every operation goes on there, with what was on the screen: no cursor or plan is lost."""
    every = {**OVER, **{name: less[0] for name, less in LESS.items()}}

    every[end](both)

    assert both.again(both.beta) == both.beta
    for name in IN_ORDER:
        answer = at_beta(both, name)
        assert not isinstance(answer, CustAccountError), (name, answer)


# Coming back ------------------------------------------------------------------------------------


def hired_again(both: Both) -> None:
    """Invite Dora again, who accepts."""
    hire(both.shop, DORA, both.role)


BACK: Mapping[str, tuple[End, End]] = {
    "removed": (OVER["removed"], hired_again),
    "removed by staff": (OVER["removed by staff"], hired_again),
    "left": (OVER["left"], hired_again),
    "suspended": (OVER["suspended"], lambda b: by_alice(b, "resume")),
    "suspended by staff": (OVER["suspended by staff"], lambda b: at_desk(b, "resume")),
    "demoted": (LESS["demoted"][0], lambda b: by_alice(b, "set_roles", [b.role])),
    "demoted by staff": (LESS["demoted by staff"][0], lambda b: at_desk(b, "set_roles", [b.role])),
    "role changed": (LESS["role changed"][0], lambda b: lessen(b, *MEMBER_PERMISSIONS)),
}
"""What ended and came back as it was."""


def of_before(both: Both, member: Member) -> set[str]:
    """Use what was handed out before, with somebody; names what is still good."""
    good = set()
    for name in SEALED:
        answer = both.call(name, member, both.at_acme)
        if not isinstance(answer, CursorInvalid | PlanInvalid):
            assert not isinstance(answer, CustAccountError), (name, answer)
            good.add(name)
    return good


@pytest.mark.parametrize("end", BACK)
def test_who_comes_back_begins_anew(both: Both, end: str) -> None:
    """The same membership in a new epoch: cursors and plans of before stay dead."""
    do, undo = BACK[end]
    do(both)
    undo(both)

    session = both.shop.session(DORA)
    back = acting(both.shop, DORA, session=session)

    assert back.membership == both.acme.membership
    assert back.epoch > both.acme.epoch
    assert back.permissions == both.acme.permissions
    assert of_before(both, back) == set()
    fresh = both.shop.house.accounts.orders.newest(back)
    assert fresh.more
    assert both.shop.house.accounts.orders.newest(back, fresh.more).items


def test_who_never_went_goes_on(both: Both) -> None:
    """Negative control: nothing ended, and all that was handed out is good."""
    assert of_before(both, both.again(both.acme)) == set(SEALED)


# Without the guards -----------------------------------------------------------------------------


def test_a_unit_that_does_not_check_again_lets_it_through(
    both: Both, writing: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the actor of a moment ago writes on, as if nothing had been."""
    OVER["suspended"](both)
    monkeypatch.setattr(Standing, "confirm", lambda *_: None)

    assert {"address_book.add", "reorder.commit"} <= let_through(both, writing)


def test_without_the_epoch_what_was_handed_out_lives_again(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: a membership that is the same whenever it began."""
    monkeypatch.setattr(Standing, "epoch", property(lambda _: both.acme.epoch))
    do, undo = BACK["removed"]
    do(both)
    undo(both)

    assert of_before(both, acting(both.shop, DORA)) == set(SEALED)


def test_a_state_nobody_looks_at_ends_nothing(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the look at the next call the session goes on."""
    OVER["removed"](both)
    monkeypatch.setattr(Standing, "counts", lambda *_: True)

    assert both.shop.house.accounts.orders.newest(both.again(both.acme)).items
