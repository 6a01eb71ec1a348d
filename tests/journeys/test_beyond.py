"""What goes beyond the five systems, as far as it is there."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import Conflict, InvalidFields, NotAllowed, NotFound
from custaccount.credentials import Session
from custaccount.facilities.audit import ActorKind
from custaccount.facilities.limits import TooManyTries
from custaccount.facilities.outbox import Posted
from custaccount.kernel.access import Depth, Permission, PermissionMissing
from custaccount.kernel.ids import CustomerId, OperationName, OrderId, RoleId
from custaccount.kernel.paging import PAGE_SIZE
from custaccount.kernel.text import EmailAddress
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    VIEWER,
    BeyondOwnRights,
    CustomerNotChosen,
    LastAdministrator,
    MembershipOver,
    MembershipState,
    OwnMembership,
)
from custaccount.membership.explaining import Cause, Remedy
from custaccount.orders import Author
from custaccount.portals import CustomerStatus, RegistrationMode, Switches
from custaccount.registration import AccountState, RegisterQuery
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    GRETA,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    build,
    history,
    open_nord,
    order,
    price,
)
from tests.registration.people import (
    DESK,
    NINA,
    OTTO,
    arrived,
    decide,
    letters_to,
    register,
    users_of,
    waiting,
    welcoming,
)


def test_r13_one_login_for_several_customers(nord: Shop) -> None:
    """A mail address that stands on two customers gives one login, and the customer is chosen."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    accounts, session = nord.house.accounts, nord.session(ALICE)

    choices = accounts.acting.choices(session)
    assert [choice.customer_number for choice in choices] == ["1001", "1002"]
    with pytest.raises(CustomerNotChosen):
        accounts.acting.member(session)

    for choice in choices:
        member = accounts.acting.member(session, choice.membership.customer)
        assert member.customer == choice.membership.customer


def test_r13_each_customer_keeps_its_own_orders_and_cart(nord: Shop) -> None:
    """Acting for one shows nothing of the other, though the person is the same."""
    nord.change("E-BETA", contact="Alice", email=ALICE)
    nord.activate(ALICE)
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    for customer, name in ((acme, "acme"), (beta, "beta")):
        nord.keep_orders(customer, history(name, 2, clock=nord.house.clock))
    accounts, session = nord.house.accounts, nord.session(ALICE)
    for_acme = accounts.acting.member(session, acme.id)
    for_beta = accounts.acting.member(session, beta.id)

    accounts.reorder.commit(for_acme, accounts.reorder.plan(for_acme, OrderId("id-acme-0")).token)

    assert {one.id for one in accounts.orders.newest(for_beta).items} == {"id-beta-0", "id-beta-1"}
    assert accounts.reorder.cart(for_acme)
    assert accounts.reorder.cart(for_beta) == ()
    with pytest.raises(NotFound):
        accounts.orders.get(for_beta, OrderId("id-acme-0"))


def test_r14_staff_are_told_what_waits_for_them(shop: Shop) -> None:
    """By mail, if the portal says whom; and on the desk until it is decided."""
    desk = EmailAddress.parse(DESK)
    decide(shop, registration=RegistrationMode.RELEASED, tell_staff=(desk,))
    accounts = shop.house.accounts
    assert accounts.waiting.waiting(shop.staff).nothing

    register(shop, NINA)
    register(shop, OTTO)

    assert letters_to(shop, DESK) == ["registration.for_staff"] * 2
    assert accounts.waiting.waiting(shop.staff).registrations == 2
    for one in waiting(shop):
        accounts.registration_desk.reject(shop.staff, one.id, reason="We only sell to joineries.")
    assert accounts.waiting.waiting(shop.staff).nothing


def test_r14_a_claim_waits_for_staff(shop: Shop) -> None:
    """A proven address that may be a customer's."""
    decide(shop, link_existing=True, tell_staff=(EmailAddress.parse(DESK),))
    shop.change("E-BETA", contact="Alice", email=ALICE)

    arrived(shop, ALICE)

    assert letters_to(shop, DESK) == ["registration.claim_for_staff"]
    assert shop.house.accounts.waiting.waiting(shop.staff).registrations == 1


# L · Guessing -----------------------------------------------------------------------------------


def guess(shop: Shop, how_often: int) -> int:
    """Try wrong passwords for Alice's login, and count the tries that were let through."""
    verified = 0
    for _ in range(how_often):
        try:
            shop.sign_in(ALICE, "a guess like any other")
        except TooManyTries:
            continue
        except NotAllowed:
            verified += 1
    return verified


def test_l5_whoever_guesses_does_not_lock_the_owner_out(nord: Shop) -> None:
    """The guesser soon has to wait; the browser the owner has signed in with does not."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    own = accounts.sign_in.mark_device(nord.person(ALICE))

    assert guess(nord, 50) < 10
    with pytest.raises(TooManyTries):
        nord.sign_in(ALICE)

    assert accounts.sign_in.sign_in(guest, ALICE, PASSWORD, device=own)


def test_l5_a_new_password_opens_the_door_again(nord: Shop) -> None:
    """Without a known browser there is the link by mail: it can always be asked for."""
    nord.activate(ALICE)
    guess(nord, 50)
    accounts, guest = nord.house.accounts, nord.guest

    accounts.password_reset.request(guest, ALICE)
    accounts.password_reset.set_password(guest, nord.house.token_for(ALICE), OTHER_PASSWORD)

    assert nord.sign_in(ALICE, OTHER_PASSWORD)


def test_r14_a_range_with_few_numbers_waits_for_staff(storage: Storage) -> None:
    """Before it is too late."""
    shop = welcoming(storage, limited=True, last=2)
    arrived(shop, NINA)

    (low,) = shop.house.accounts.waiting.waiting(shop.staff).ranges

    assert (low.key, low.left) == ("web", 1)


def searched(shop: Shop, **asked: object) -> list[str]:
    """Search the register; returns the numbers that are found."""
    query = RegisterQuery(**asked)  # type: ignore[arg-type]
    found = shop.house.accounts.account_desk.search(shop.staff, query).items
    return [one.customer.number for one in found]


def test_c8_staff_search_the_register(nord: Shop) -> None:
    """By number, name, mail and town, in parts and in any case; by status, group and account."""
    nord.change("E-ACME", town="Lübeck")
    nord.activate(ALICE)

    for text in ("1001", "ACME", "alice@acme", "LÜBECK", "lübeck acme", "cme l"):
        assert searched(nord, text=text) == ["1001"], text
    for nobody in ("acme hamburg", "%", "_", "bob acme"):
        assert searched(nord, text=nobody) == [], nobody
    assert searched(nord) == ["1001", "1002"]
    assert searched(nord, group=nord.group("crafts")) == ["1002"]
    assert searched(nord, account=AccountState.ACTIVE) == ["1001"]
    assert searched(nord, account=AccountState.NONE) == ["1002"]
    nord.change("E-BETA", status="closed")
    closed = nord.customer("E-BETA")
    assert searched(nord, status=closed.status) == ["1002"]
    assert searched(nord, customer=closed.id) == ["1002"]
    assert searched(nord, customer=CustomerId("nobody")) == []


@pytest.mark.parametrize("how_many", [PAGE_SIZE, PAGE_SIZE + 1, 2 * PAGE_SIZE + 3])
def test_c8_the_register_is_paged(nord: Shop, how_many: int) -> None:
    """By number, each customer once, to the end."""
    rows = [
        {"erp_id": f"E-{place}", "number": f"7{place:04}", "name": "Many & Sons"}
        for place in range(how_many)
    ]
    accounts = nord.house.accounts
    accounts.register_desk.import_rows(nord.staff, rows)
    query, more, pages = RegisterQuery(text="many sons"), None, []

    while not pages or more is not None:
        page = accounts.account_desk.search(nord.staff, query, more)
        pages.append([one.customer.number for one in page.items])
        more = page.more

    assert all(pages)
    assert [number for page in pages for number in page] == [row["number"] for row in rows]
    assert {len(page) for page in pages[:-1]} <= {PAGE_SIZE}


@pytest.mark.parametrize(
    ("status", "sees_orders", "sees_prices", "orders"),
    [("active", True, True, True), ("on hold", True, True, False)],
)
def test_m5_the_status_of_a_customer_is_checked_on_every_call(
    nord: Shop,
    status: str,
    sees_orders: bool,  # noqa: FBT001 - a row of the table
    sees_prices: bool,  # noqa: FBT001
    orders: bool,  # noqa: FBT001
) -> None:
    """Sign in, see prices, order, see documents: four switches, and a session changes none."""
    nord.activate(ALICE)
    acme = nord.customer("E-ACME")
    nord.keep_orders(acme, [order("acme-1", clock=nord.house.clock)])
    session = nord.session(ALICE)
    accounts = nord.house.accounts

    nord.change("E-ACME", status=status)
    member = accounts.acting.member(session)

    def works(call: object, *args: object) -> bool:
        try:
            call(member, *args)  # type: ignore[operator]
        except NotAllowed:
            return False
        return True

    assert works(accounts.orders.newest) is sees_orders
    assert works(accounts.prices.quotes, []) is sees_prices
    assert works(accounts.reorder.plan, OrderId("id-acme-1")) is orders


@pytest.mark.parametrize("status", ["closed", "rejected", "requested"])
def test_m5_a_customer_that_may_not_come_in_ends_every_call(nord: Shop, status: str) -> None:
    """The session stands, but nobody acts for a closed customer."""
    nord.activate(ALICE)
    session = nord.session(ALICE)

    nord.change("E-ACME", status=status)

    assert nord.house.accounts.acting.choices(session) == ()
    with pytest.raises(NotAllowed):
        nord.house.accounts.acting.member(session)


def test_m5_each_portal_decides_what_a_status_allows(nord: Shop) -> None:
    """Where a requested customer may look around, it may neither order nor see documents."""
    nord.activate(ALICE)
    nord.change("E-ACME", status="requested")
    looking = Switches(sign_in=True, see_prices=True, order=False, see_documents=False)

    decide(nord, switches={CustomerStatus.REQUESTED: looking})

    accounts, member = nord.house.accounts, nord.member(ALICE)
    assert accounts.prices.quotes(member, []) == ()
    for refused in (accounts.orders.newest, accounts.reorder.cart):
        with pytest.raises(PermissionMissing):
            refused(member)
    with pytest.raises(InvalidFields):
        decide(nord, switches={CustomerStatus.ACTIVE: looking})


def test_m5_staff_change_where_a_customer_stands(nord: Shop) -> None:
    """Its users feel it at their next call; its other rules stay."""
    nord.activate(ALICE)
    accounts, session = nord.house.accounts, nord.session(ALICE)
    acme = nord.customer("E-ACME")

    accounts.customer_desk.change(
        nord.staff, acme.id, version=acme.version, status=CustomerStatus.CLOSED
    )

    with pytest.raises(MembershipOver):
        accounts.acting.member(session)
    assert nord.customer("E-ACME").groups == acme.groups


# M3 · Roles -------------------------------------------------------------------------------------


OWN_ORDERS = {Permission.SEE_ORDERS: Depth.OWN, Permission.SEE_PRICES: Depth.CUSTOMER}


def member_with(shop: Shop, email: str, *roles: RoleId) -> Session:
    """Let Acme's administrator add somebody in these roles; returns the session."""
    accounts = shop.house.accounts
    accounts.users.invite(shop.member(ALICE), email=email, name=email[:4].title(), roles=roles)
    accounts.invited.activate(shop.guest, shop.house.token_for(email), PASSWORD)
    return shop.session(email)


def test_m3_a_company_makes_its_own_roles(nord: Shop) -> None:
    """Verb, resource, and how far: here the orders the person placed, and no others."""
    nord.activate(ALICE)
    accounts, clock = nord.house.accounts, nord.house.clock
    role = accounts.roles.make(nord.member(ALICE), name="Fitter", grants=OWN_ORDERS)
    session = member_with(nord, OTTO, role.id)
    otto = accounts.acting.member(session)
    author = Author(user=otto.user, name="Otto", email=OTTO)
    own = order("acme-1", clock=clock)
    own = attrs.evolve(own, summary=attrs.evolve(own.summary, author=author))
    nord.keep_orders(nord.customer("E-ACME"), [own, order("acme-2", clock=clock)])

    assert [one.id for one in accounts.orders.newest(otto).items] == ["id-acme-1"]
    assert [one.order.id for one in accounts.orders.search(otto, "A-acme-1")] == ["id-acme-1"]
    assert accounts.orders.search(otto, "A-acme-2") == ()
    with pytest.raises(NotFound):
        accounts.orders.get(otto, OrderId("id-acme-2"))
    assert len(accounts.orders.newest(nord.member(ALICE)).items) == 2


def test_m3_a_changed_role_counts_from_the_next_call(nord: Shop) -> None:
    """For everybody who has it, and nobody signs in anew."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    role = accounts.roles.make(nord.member(ALICE), name="Fitter", grants=OWN_ORDERS)
    session = member_with(nord, OTTO, role.id)
    with pytest.raises(PermissionMissing):
        accounts.company.look(accounts.acting.member(session))

    alice = nord.member(ALICE)
    wider = {**OWN_ORDERS, Permission.SEE_CUSTOMER: Depth.CUSTOMER}
    seen = accounts.roles.all(alice).epoch
    accounts.roles.change(alice, role.id, name="Fitter", grants=wider, epoch=seen)

    assert accounts.company.look(accounts.acting.member(session)).number == "1001"


def test_m3_nobody_grants_what_they_lack(nord: Shop) -> None:
    """Neither by a role of their own making nor by giving one that is there."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    users_only = {Permission.MANAGE_USERS: Depth.CUSTOMER, Permission.MANAGE_ROLES: Depth.CUSTOMER}
    clerk = accounts.roles.make(nord.member(ALICE), name="Clerk", grants=users_only)
    otto = accounts.acting.member(member_with(nord, OTTO, clerk.id))

    with pytest.raises(InvalidFields):
        accounts.roles.make(otto, name="Fitter", grants=OWN_ORDERS)
    for roles in ([ADMINISTRATOR], [BUYER], [clerk.id, VIEWER]):
        with pytest.raises(BeyondOwnRights):
            accounts.users.invite(otto, email=NINA, roles=roles)
    with pytest.raises(BeyondOwnRights):
        accounts.users.remove(otto, nord.member(ALICE).membership)
    with pytest.raises(OwnMembership):
        accounts.users.set_roles(otto, otto.membership, [ADMINISTRATOR])
    accounts.users.invite(otto, email=NINA, roles=[clerk.id])


def test_m3_a_company_never_loses_its_last_administrator(nord: Shop) -> None:
    """Not by leaving, not by staff while others stay; staff appoint another one."""
    nord.activate(ALICE)
    accounts, acme = nord.house.accounts, nord.customer("E-ACME").id
    member_with(nord, OTTO, BUYER)
    alice, otto = nord.member(ALICE), nord.member(OTTO)

    with pytest.raises(LastAdministrator):
        accounts.users.leave(alice)
    with pytest.raises(LastAdministrator):
        accounts.member_desk.remove(
            nord.staff, nord.portal.id, acme, alice.membership, reason="She left."
        )
    accounts.member_desk.set_roles(nord.staff, acme, otto.membership, [ADMINISTRATOR])
    accounts.users.leave(alice)

    assert [one.name for one in accounts.users.all(nord.member(OTTO)).users] == ["Otto"]


def test_m3_who_is_refused_learns_why_and_whom_to_ask(nord: Shop) -> None:
    """Which condition does not hold, which roles would do, and who gives them."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    otto = accounts.acting.member(member_with(nord, OTTO, BUYER))

    told = accounts.access.explain_access(otto, OperationName("users.invite"))

    (why,) = told.refusing
    assert (why.cause, why.remedy) == (Cause.ROLE, Remedy.ADMINISTRATOR)
    assert [role.id for role in why.roles] == [ADMINISTRATOR]
    assert accounts.access.administrators(otto) == ("Alice",)
    assert accounts.access.explain_access(otto, OperationName("orders.newest")).allowed
    assert not accounts.access_desk.explain_access(
        nord.staff,
        nord.user(OTTO).id,
        OperationName("orders.newest"),
        nord.customer("E-BETA").id,
        portal=nord.portal.id,
    ).allowed


# M8 · One login ---------------------------------------------------------------------------------


def test_m8_staff_block_one_login_and_let_it_in_again(nord: Shop) -> None:
    """Everywhere at once, without touching the companies or anybody else."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    session = member_with(nord, OTTO, BUYER)
    token, user = nord.sign_in(OTTO), nord.user(OTTO).id

    accounts.login_desk.block(nord.staff, user, reason="The laptop was stolen.")

    with pytest.raises(NotAllowed):
        accounts.sessions.resume(nord.guest, token)
    with pytest.raises(NotAllowed):
        nord.sign_in(OTTO)
    with pytest.raises(MembershipOver):
        accounts.acting.member(session)
    assert nord.member(ALICE).customer == nord.customer("E-ACME").id
    states = [one.membership.state for one in users_of(nord, "E-ACME")]
    assert states == [MembershipState.ACTIVE, MembershipState.ACTIVE]

    accounts.login_desk.unblock(nord.staff, user)
    assert nord.member(OTTO).customer == nord.customer("E-ACME").id
    with pytest.raises(NotAllowed):
        accounts.sessions.resume(nord.guest, token)


def test_x8_administrators_read_what_happened_to_their_company(nord: Shop) -> None:
    """Of the seller's people they are told that they did it, not who; of others nothing."""
    for email in (ALICE, BOB):
        nord.activate(email)
    accounts = nord.house.accounts
    otto = accounts.acting.member(member_with(nord, OTTO, BUYER))
    acme = nord.customer("E-ACME").id
    accounts.member_desk.suspend(nord.staff, nord.portal.id, acme, otto.membership)

    page = accounts.trail.latest(nord.member(ALICE))

    suspended, *_ = page.items
    assert suspended.event == "membership.member_suspended"
    assert (suspended.kind, suspended.by, suspended.about) == (ActorKind.STAFF, "", "Otto")
    assert nord.staff.id not in str(page)
    assert not [one for one in page.items if str(nord.user(BOB).id) in str(one)]
    with pytest.raises(PermissionMissing):
        accounts.trail.latest(otto)


def test_x7_a_mail_waits_until_the_mail_server_takes_it(nord: Shop) -> None:
    """Nothing is lost: the letter is tried again later, once, with the same id."""
    accounts, mailer, clock = nord.house.accounts, nord.house.mailer, nord.house.clock
    accounts.relay()
    accounts.first_sign_in.request(nord.guest, ALICE)

    mailer.down = True
    assert accounts.relay().failed == 1
    mailer.down = False
    assert accounts.relay().delivered == 0
    clock.advance(timedelta(seconds=10))
    assert accounts.relay().delivered == 1

    assert [mail.to.key for mail in mailer.sent] == [ALICE]
    assert accounts.relay().delivered == 0


def test_x7_nothing_is_told_before_it_is_true(storage: Storage) -> None:
    """Whoever hears an event finds what it tells; what was refused is not told."""
    heard: list[Posted] = []
    house = build(storage, subscribers=[heard.append])
    nord = open_nord(house)
    nord.activate(ALICE)
    house.accounts.relay()
    before = len(heard)

    with pytest.raises(Conflict):
        house.accounts.portal_desk.create(
            nord.staff,
            key="main",
            name="Twice",
            languages=nord.portal.languages,
            currency=nord.portal.currency,
            path="/elsewhere",
        )
    house.accounts.relay()

    assert len(heard) == before
    assert len({posted.id for posted in heard}) == len(heard)
    assert [posted.event.name for posted in heard][-1] == "registration.account_activated"


def test_x7_a_letter_whose_purpose_is_over_is_not_sent(nord: Shop) -> None:
    """The link was replaced before the mail left: only the newer one is sent."""
    accounts = nord.house.accounts
    accounts.first_sign_in.request(nord.guest, ALICE)
    accounts.first_sign_in.request(nord.guest, ALICE)

    accounts.relay()

    assert len(nord.house.mailer.sent) == 1
    accounts.first_sign_in.activate(nord.guest, nord.house.token_for(ALICE), OTHER_PASSWORD)


def test_x8_staff_read_who_did_what_for_whom(nord: Shop) -> None:
    """Each entry names the actor, the customer it acted for and the fact, newest first."""
    nord.activate(ALICE)
    nord.keep_orders(nord.customer("E-ACME"), [order("acme-1", clock=nord.house.clock)])
    listed = nord.price_list("all", [price("X1", "1")])
    nord.house.accounts.price_desk.attach_to_portal(nord.staff, listed, nord.portal.id)
    accounts, member = nord.house.accounts, nord.member(ALICE)
    nord.house.clock.advance(timedelta(seconds=1))
    accounts.reorder.commit(member, accounts.reorder.plan(member, OrderId("id-acme-1")).token)

    entry = accounts.audit.latest(nord.staff).items[0]
    assert entry.event == "ordering.order_copied"
    assert (entry.stamp.by, entry.stamp.customer) == (member.user, member.customer)
    about = accounts.audit.latest(nord.staff, about=member.membership)
    assert [one.event for one in about.items] == ["membership.member_added"]


def test_x9_two_customers_and_two_realms_never_see_each_other(nord: Shop, sued: Shop) -> None:
    """Each sees its own and nothing else; the whole of X9 is generated in ``tests/security``."""
    for shop, erp_id, email, name in (
        (nord, "E-ACME", ALICE, "acme"),
        (sued, "E-GAMMA", GRETA, "gamma"),
    ):
        shop.keep_orders(shop.customer(erp_id), history(name, 3, clock=shop.house.clock))
        shop.activate(email)

    for shop, email, name in ((nord, ALICE, "acme"), (sued, GRETA, "gamma")):
        shown = shop.house.accounts.orders.newest(shop.member(email)).items
        assert [one.id for one in shown] == [f"id-{name}-{place}" for place in range(3)]
    with pytest.raises(NotAllowed):
        sued.sign_in(ALICE)
    with pytest.raises(NotAllowed):
        nord.house.accounts.sessions.resume(nord.guest, sued.sign_in(GRETA))
