"""Where a user stands with a customer: what counts, what is permitted and offered, and why."""

from __future__ import annotations

import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Currency, Language, NotAllowed, Permission
from custaccount.credentials import UserState
from custaccount.customers import Customer, CustomerGroup
from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    STAFF_PERMISSIONS,
    Depth,
    PasswordChangeDue,
    Requirement,
    cover,
)
from custaccount.kernel.features import (
    ORDER_HISTORY,
    REORDER,
    SHIPPED,
    USERS,
    Feature,
    Features,
)
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    FeatureKey,
    MembershipId,
    OperationName,
    PortalId,
    RoleId,
    UserId,
)
from custaccount.membership import (
    ACCOUNTANT,
    ADMINISTRATOR,
    BUYER,
    VIEWER,
    GroupSwitches,
    Level,
    Membership,
    MembershipOver,
    MembershipState,
    Role,
    Standing,
)
from custaccount.membership.explaining import SWITCHED, Cause, Remedy, explain, told
from custaccount.membership.roles import granted_by
from custaccount.membership.standing import FOR_COMPANIES, SWITCHED_BY, answer_of, switches_of
from custaccount.portals import (
    SWITCHES,
    AccountKind,
    CustomerStatus,
    Policies,
    Portal,
    Switches,
)
from custaccount.portals.statuses import ALL_OFF, ALL_ON
from tests.house import NORD

WISHES = Feature(key=FeatureKey("wishes"), name="Wishes", on=False)
EVERY = Features((*SHIPPED, WISHES))
KEYS = [ORDER_HISTORY, REORDER, USERS, WISHES.key]
CLERK = Role(id=RoleId("clerk"), name="Clerk", grants={Permission.SEE_ORDERS: Depth.OWN})

STANDING = Standing(
    membership=Membership(
        id=MembershipId("m"),
        realm=NORD,
        user=UserId("u"),
        customer=CustomerId("c"),
        roles=frozenset({BUYER}),
    ),
    customer_name="Acme",
    customer_number=CustomerNumber("1001"),
    customer_kind=AccountKind.COMPANY,
    customer_status=CustomerStatus.ACTIVE,
    erp_id=None,
    features={},
    groups=(),
    own_roles=(CLERK,),
    roles_epoch=0,
    user_state=UserState.ACTIVE,
)
PORTAL = Portal(
    id=PortalId("p"),
    realm=NORD,
    key="main",
    name="Main",
    languages=(Language.DE, Language.SV),
    currency=Currency("EUR"),
    path="/customer-center",
    open=True,
)


def of(*roles: RoleId, **changes: object) -> Standing:
    """Stand with a customer in some roles."""
    membership = attrs.evolve(STANDING.membership, roles=frozenset(roles))
    return attrs.evolve(STANDING, membership=membership, **changes)


def deciding(**policies: object) -> Portal:
    """Let the portal decide."""
    return attrs.evolve(PORTAL, policies=Policies(**policies))  # type: ignore[arg-type]


# What counts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("membership", "user", "customer"),
    list(itertools.product(MembershipState, UserState, CustomerStatus)),
)
def test_a_membership_counts_only_if_everything_about_it_does(
    membership: MembershipState, user: UserState, customer: CustomerStatus
) -> None:
    """Active member, active user, a customer that may sign in, as the portal decides."""
    standing = attrs.evolve(
        STANDING,
        membership=attrs.evolve(STANDING.membership, state=membership),
        user_state=user,
        customer_status=customer,
    )

    alive = membership is MembershipState.ACTIVE and user is UserState.ACTIVE
    enters = customer in {CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD}
    assert standing.counts(Policies()) is (alive and enters)
    for switches in (ALL_ON, ALL_OFF):
        policies = Policies(switches={customer: switches})
        assert standing.counts(policies) is (alive and switches.sign_in)


@pytest.mark.parametrize(
    ("role", "status"),
    list(itertools.product([ADMINISTRATOR, BUYER, ACCOUNTANT, VIEWER, CLERK.id], CustomerStatus)),
)
def test_a_status_switches_off_what_a_role_grants(role: RoleId, status: CustomerStatus) -> None:
    """The switches only take away; no role grants what staff alone may."""
    standing = of(role, customer_status=status)
    switches = SWITCHES[status]

    found = standing.permissions(Policies())

    assert cover(standing.granted, found)
    assert not set(found) & STAFF_PERMISSIONS
    for permission, switch in SWITCHED_BY.items():
        on = getattr(switches, switch)
        assert found.get(permission) == (standing.granted.get(permission) if on else None)


def test_a_portal_decides_what_a_status_allows() -> None:
    """The same customer may order at one portal and not at another."""
    held = of(BUYER, customer_status=CustomerStatus.ON_HOLD)
    lenient = Policies(switches={CustomerStatus.ON_HOLD: ALL_ON})

    assert Permission.PLACE_ORDERS not in held.permissions(Policies())
    assert Permission.PLACE_ORDERS in held.permissions(lenient)


def test_a_personal_account_has_no_users_to_manage() -> None:
    """Its one administrator does all the rest."""
    alone = of(ADMINISTRATOR, customer_kind=AccountKind.PERSONAL)

    assert set(alone.permissions(Policies())) == MEMBER_PERMISSIONS - FOR_COMPANIES


def test_roles_add_up() -> None:
    """Who is accountant and clerk sees all orders: the one that reaches farthest counts."""
    assert of(ACCOUNTANT, CLERK.id).granted == granted_by({ACCOUNTANT}, ())
    assert of(CLERK.id).granted == CLERK.grants
    assert of(ACCOUNTANT, BUYER).granted == granted_by({ACCOUNTANT, BUYER}, ())
    assert of().granted == {}
    assert attrs.evolve(of(CLERK.id), own_roles=()).granted == {}


# What is offered --------------------------------------------------------------------------------

switched = st.dictionaries(st.sampled_from(KEYS), st.booleans())
said = st.builds(
    lambda groups: tuple(
        GroupSwitches(group=CustomerGroupId(f"g{place}"), name=f"Group {place}", features=one)
        for place, one in enumerate(groups)
    ),
    st.lists(switched, max_size=3),
)


@given(st.sampled_from(list(EVERY)), switched, said, switched)
def test_whoever_is_nearest_to_the_customer_decides(
    feature: Feature,
    customer: dict[FeatureKey, bool],
    groups: tuple[GroupSwitches, ...],
    portal: dict[FeatureKey, bool],
) -> None:
    """Its own switch, its first group that says something, the portal's, the function itself."""
    answer = answer_of(feature, customer=customer, groups=groups, portal=portal)

    key = feature.key
    speaking = [one for one in groups if key in one.features]
    if key in customer:
        expected = (customer[key], Level.CUSTOMER, None)
    elif speaking:
        expected = (speaking[0].features[key], Level.GROUP, speaking[0].name)
    elif key in portal:
        expected = (portal[key], Level.PORTAL, None)
    else:
        expected = (feature.on, Level.DEFAULT, None)
    assert (answer.on, answer.level, answer.group) == expected
    assert (answer.feature, answer.name) == (key, feature.name)
    assert feature.name in told(answer).in_(Language.EN)


def test_every_answer_has_words() -> None:
    """Each level, on and off."""
    assert set(SWITCHED) == set(itertools.product(Level, [True, False]))


def test_groups_count_in_the_order_staff_gave() -> None:
    """Those that switched nothing, or are gone, say nothing."""
    made = {
        CustomerGroupId(name): CustomerGroup(
            id=CustomerGroupId(name), key=name, name=name.title(), features=features
        )
        for name, features in (("a", {USERS: True}), ("b", {USERS: False}), ("c", {}))
    }
    customer = Customer(
        id=CustomerId("c"),
        realm=NORD,
        number=CustomerNumber("1"),
        name="Acme",
        groups=tuple(map(CustomerGroupId, ("c", "b", "gone", "a"))),
    )

    assert switches_of(customer, made) == (
        GroupSwitches(group=CustomerGroupId("b"), name="B", features={USERS: False}),
        GroupSwitches(group=CustomerGroupId("a"), name="A", features={USERS: True}),
    )


# Actors -----------------------------------------------------------------------------------------


def test_an_epoch_is_the_memberships_and_the_role_books() -> None:
    """A change of either is a new one: sums never come again, as neither ever shrinks."""
    both = attrs.evolve(STANDING, roles_epoch=3)

    member = both.member(PORTAL, EVERY, None)

    assert (both.epoch, member.epoch) == (3, 3)
    changed = attrs.evolve(both, membership=both.membership.with_roles(frozenset({VIEWER})))
    assert changed.epoch == 4


def test_an_actor_carries_what_is_allowed_and_offered() -> None:
    """In a language the portal has, and in its currency."""
    portal = deciding(features={REORDER: False})

    member = STANDING.member(portal, EVERY, Language.NL)

    assert member.permissions == STANDING.permissions(portal.policies)
    assert member.features == STANDING.offered(portal.policies, EVERY)
    assert REORDER not in member.features
    assert USERS in member.features
    assert (member.language, member.currency) == (Language.DE, PORTAL.currency)


def test_nobody_acts_who_does_not_count_or_has_a_password_of_staff() -> None:
    """The password comes first: whoever has to change it can."""
    with pytest.raises(PasswordChangeDue):
        attrs.evolve(STANDING, password_due=True, user_state=UserState.BLOCKED).member(
            PORTAL, EVERY, None
        )
    with pytest.raises(MembershipOver):
        attrs.evolve(STANDING, user_state=UserState.BLOCKED).member(PORTAL, EVERY, None)


ON_HOLD = {CustomerStatus.ACTIVE: attrs.evolve(ALL_ON, order=False)}


@pytest.mark.parametrize(
    ("standing", "portal"),
    [
        (attrs.evolve(STANDING, roles_epoch=1), PORTAL),
        (of(BUYER, VIEWER, customer_status=CustomerStatus.ON_HOLD), PORTAL),
        (of(VIEWER), PORTAL),
        (attrs.evolve(STANDING, features={REORDER: False}), PORTAL),
        (STANDING, deciding(features={REORDER: False})),
        (STANDING, deciding(switches=ON_HOLD)),
        (attrs.evolve(STANDING, user_state=UserState.BLOCKED), PORTAL),
        (attrs.evolve(STANDING, password_due=True), PORTAL),
        (attrs.evolve(STANDING, membership=STANDING.membership.suspended()), PORTAL),
        (
            attrs.evolve(
                STANDING, membership=attrs.evolve(STANDING.membership, id=MembershipId("n"))
            ),
            PORTAL,
        ),
    ],
)
def test_an_actor_whose_rights_or_functions_shrank_is_over(
    standing: Standing, portal: Portal
) -> None:
    """Another epoch, fewer rights or functions, a portal that decided else: at the next unit."""
    member = STANDING.member(PORTAL, EVERY, None)

    with pytest.raises(MembershipOver):
        standing.confirm(member, portal, EVERY)


def test_an_actor_that_could_do_more_by_now_goes_on() -> None:
    """More rights and functions than it was made with end nothing."""
    member = of(VIEWER).member(deciding(features={REORDER: False}), EVERY, None)

    STANDING.confirm(member, PORTAL, EVERY)
    of(VIEWER).confirm(attrs.evolve(member, permissions={}), PORTAL, EVERY)


@pytest.mark.parametrize(
    "forged",
    [
        {"permissions": {Permission.MANAGE_ORDERS: Depth.CUSTOMER}},
        {"permissions": {Permission.SEE_ORDERS: Depth.SUBTREE}},
        {"features": frozenset({FeatureKey("nothing")})},
        {"membership": MembershipId("other")},
        {"epoch": 1},
    ],
)
def test_an_actor_nobody_made_is_refused(forged: dict[str, object]) -> None:
    """A right or a function it was never given, however it got there."""
    member = attrs.evolve(STANDING.member(PORTAL, EVERY, None), **forged)

    with pytest.raises(MembershipOver):
        STANDING.confirm(member, PORTAL, EVERY)


# Why --------------------------------------------------------------------------------------------

OPERATION = OperationName("orders.newest")

standings = st.builds(
    lambda membership, user, due, status, kind, roles, own, features, groups: attrs.evolve(
        STANDING,
        membership=attrs.evolve(STANDING.membership, state=membership, roles=frozenset(roles)),
        user_state=user,
        password_due=due,
        customer_status=status,
        customer_kind=kind,
        own_roles=own,
        features=features,
        groups=groups,
    ),
    membership=st.sampled_from(MembershipState),
    user=st.sampled_from(UserState),
    due=st.booleans(),
    status=st.sampled_from(CustomerStatus),
    kind=st.sampled_from(AccountKind),
    roles=st.sets(st.sampled_from([ADMINISTRATOR, BUYER, ACCOUNTANT, VIEWER, CLERK.id])),
    own=st.sampled_from([(), (CLERK,)]),
    features=switched,
    groups=said,
)
portals = st.builds(
    lambda on, features, switches: attrs.evolve(
        PORTAL, open=on, policies=Policies(features=features, switches=switches)
    ),
    on=st.booleans(),
    features=switched,
    switches=st.dictionaries(
        st.sampled_from(sorted(set(CustomerStatus) - {CustomerStatus.ACTIVE}, key=str)),
        st.builds(
            Switches,
            sign_in=st.booleans(),
            see_prices=st.booleans(),
            order=st.booleans(),
            see_documents=st.booleans(),
        ),
    ),
)
requirements = st.builds(
    Requirement,
    permission=st.sampled_from([None, *sorted(MEMBER_PERMISSIONS, key=str)]),
    depth=st.sampled_from([Depth.OWN, Depth.CUSTOMER, Depth.SUBTREE]),
    feature=st.sampled_from([None, *KEYS]),
)


def meets(standing: Standing, portal: Portal, asked: list[Requirement]) -> bool:
    """Try it: come in, and do what asks for that."""
    if not portal.open:
        return False
    try:
        member = standing.member(portal, EVERY, None)
        for one in asked:
            member.meet(one)
    except NotAllowed:
        return False
    return True


@given(standings, portals, st.lists(requirements, max_size=2))
def test_an_explanation_says_what_happens(
    standing: Standing, portal: Portal, asked: list[Requirement]
) -> None:
    """Over all states: allowed if and only if it is done, and each refusal is true."""
    found = explain(OPERATION, asked, standing, portal, EVERY, to_staff=True)

    assert found.allowed is meets(standing, portal, asked)
    assert found.allowed is (not found.refusing)
    refusing = {one.cause for one in found.refusing}
    permissions = standing.permissions(portal.policies)
    held = all(
        one.permission is None or permissions.get(one.permission, Depth.NONE).reaches(one.depth)
        for one in asked
    )
    offered = standing.offered(portal.policies, EVERY)
    assert (Cause.PORTAL in refusing) is not portal.open
    assert (Cause.FEATURE in refusing) is not all(
        one.feature is None or one.feature in offered for one in asked
    )
    assert held or refusing & {Cause.ROLE, Cause.STATUS, Cause.KIND}
    comes_in = standing.counts(portal.policies) and not standing.password_due
    assert comes_in or refusing & {Cause.LOGIN, Cause.MEMBERSHIP, Cause.STATUS}
    for one in found.reasons:
        assert one.text.in_(Language.EN)
        assert one.remedy is None or not one.holds


@pytest.mark.parametrize(
    ("standing", "author", "allowed"),
    [
        (of(CLERK.id), STANDING.membership.user, True),
        (of(CLERK.id), UserId("somebody else"), False),
        (of(CLERK.id), None, True),
        (of(VIEWER), UserId("somebody else"), True),
        (of(CLERK.id, VIEWER), UserId("somebody else"), True),
    ],
)
def test_whose_a_thing_is_counts_where_only_ones_own_is_seen(
    standing: Standing,
    author: UserId | None,
    allowed: bool,  # noqa: FBT001 - a table
) -> None:
    """A clerk sees the own orders; who sees all sees everybody's."""
    asked = [Requirement(permission=Permission.SEE_ORDERS, depth=Depth.OWN)]

    found = explain(OPERATION, asked, standing, PORTAL, EVERY, author=author, to_staff=True)

    assert found.allowed is allowed
    assert [one.cause for one in found.refusing] == ([] if allowed else [Cause.OBJECT])


def test_a_refusal_says_who_can_change_it() -> None:
    """Roles are the company's to give, status and function the seller's; a password one's own."""
    asked = [Requirement(permission=Permission.MANAGE_USERS, feature=USERS)]

    def remedies(standing: Standing, portal: Portal = PORTAL) -> list[tuple[Cause, Remedy | None]]:
        found = explain(OPERATION, asked, standing, portal, EVERY, to_staff=True)
        return [(one.cause, one.remedy) for one in found.refusing]

    admin = of(ADMINISTRATOR)
    assert remedies(admin) == []
    assert remedies(of(BUYER)) == [(Cause.ROLE, Remedy.ADMINISTRATOR)]
    assert remedies(attrs.evolve(admin, features={USERS: False})) == [
        (Cause.FEATURE, Remedy.SELLER)
    ]
    assert remedies(attrs.evolve(admin, password_due=True)) == [(Cause.LOGIN, Remedy.PERSON)]
    assert remedies(attrs.evolve(admin, user_state=UserState.BLOCKED)) == [
        (Cause.LOGIN, Remedy.SELLER)
    ]
    assert remedies(attrs.evolve(admin, customer_kind=AccountKind.PERSONAL)) == [(Cause.KIND, None)]
    assert remedies(attrs.evolve(admin, membership=admin.membership.removed())) == [
        (Cause.MEMBERSHIP, Remedy.ADMINISTRATOR)
    ]
    assert remedies(attrs.evolve(admin, customer_status=CustomerStatus.CLOSED)) == [
        (Cause.STATUS, Remedy.SELLER)
    ]


def test_a_reason_names_the_roles_that_allow_it() -> None:
    """Those the user has; where none does, those that would."""
    asked = [Requirement(permission=Permission.SEE_PRICES)]

    def roles(standing: Standing) -> set[RoleId]:
        found = explain(OPERATION, asked, standing, PORTAL, EVERY, to_staff=True)
        return {role.id for one in found.reasons if one.cause is Cause.ROLE for role in one.roles}

    assert roles(of(BUYER, ACCOUNTANT)) == {BUYER}
    assert roles(of(ACCOUNTANT)) == {ADMINISTRATOR, BUYER, VIEWER}


def test_who_never_acted_for_the_customer_is_told_so() -> None:
    """One reason, and nothing about the customer."""
    found = explain(OPERATION, [Requirement()], None, PORTAL, EVERY, to_staff=True)

    assert not found.allowed
    assert [one.cause for one in found.reasons] == [Cause.MEMBERSHIP]


def test_how_the_seller_sorts_its_customers_is_told_to_staff_alone() -> None:
    """The same answer for a member, without the group that decided it."""
    asked = [Requirement(feature=USERS)]
    sorted_in = attrs.evolve(
        STANDING,
        groups=(
            GroupSwitches(group=CustomerGroupId("g"), name="Slow payers", features={USERS: False}),
        ),
    )

    (staff,), (member,) = (
        explain(OPERATION, asked, sorted_in, PORTAL, EVERY, to_staff=told).refusing
        for told in (True, False)
    )

    assert "Slow payers" in staff.text.in_(Language.EN)
    assert member.text.in_(Language.EN) == "“Users” is off for your company."
    assert attrs.evolve(staff, text=member.text) == member
