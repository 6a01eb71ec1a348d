"""What an operation costs in statements, and that a list costs no more than one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from sqlalchemy import Engine, event, insert

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage, metadata
from custaccount.adapters.sqlalchemy.tables import users
from custaccount.conformance.samples import (
    NOON,
    TEXTS,
    a_customer,
    a_membership,
    a_portal,
    a_price,
    a_registration,
    a_session,
    a_user,
    an_email,
    an_invitation,
    an_order,
    email,
)
from custaccount.credentials import SignedIn, User, UserState
from custaccount.credentials.model import Theme
from custaccount.customers import Customer, CustomerAdded, CustomerChanged, CustomerGroup
from custaccount.facilities.audit import Spot
from custaccount.kernel.access import Depth, Permission, System
from custaccount.kernel.features import CHECKOUT, PRICES, Switched
from custaccount.kernel.ids import (
    ArticleNumber,
    AuditEntryId,
    CustomerGroupId,
    CustomerNumber,
    ErpCustomerId,
    PortalId,
    PriceListId,
    RealmId,
    RoleId,
    UserCode,
    UserId,
)
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import FIRST_USER
from custaccount.membership.roles import Role, RoleBook
from custaccount.orders.model import Author, Order, OrderOwner
from custaccount.portals import CustomerStatus
from custaccount.pricing import Attachment, Level, PriceList
from custaccount.registration.model import (
    QUEUED,
    AccountState,
    RegisterQuery,
    RegistrationState,
)
from tests.benchmarks.people import add_people, number_of

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")
PORTAL = PortalId("p")
LIST = PriceListId("l")
ENTERING = (CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD)
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """List the statements that are run, one for all rows of a bulk change."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(TRANSACTION):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def alice(sql_storage: SqlAlchemyStorage) -> User:
    """Return a user who is kept."""
    with sql_storage.begin(JOB) as unit:
        alice = unit.users.save(HERE, a_user(HERE))
        unit.commit()
    return alice


@pytest.fixture
def acme(sql_storage: SqlAlchemyStorage) -> Customer:
    """Return a customer with a group, prices, and orders."""
    group = CustomerGroup(id=CustomerGroupId("g"), key="G", name="Group")
    rows = [a_price(f"A-{number}") for number in range(200)]
    orders = [an_order(placed=NOON + timedelta(hours=number)) for number in range(60)]
    with sql_storage.begin(JOB) as unit:
        unit.customers.save_groups(HERE, [group])
        new = attrs.evolve(a_customer(HERE), groups=(group.id,))
        (acme,) = unit.customers.save(HERE, [new])
        unit.prices.save_list(HERE, PriceList(id=LIST, key="L", name="List"))
        unit.prices.replace_rows(HERE, LIST, rows)
        unit.prices.attach(HERE, Attachment(list=LIST, level=Level.GROUP, target=group.id))
        unit.orders.save(acme.scope, orders)
        unit.commit()
    return acme


@pytest.mark.parametrize("articles", [1, 50, 200])
def test_prices_are_one_statement(
    sql_storage: SqlAlchemyStorage, acme: Customer, articles: int
) -> None:
    """However many articles are asked for."""
    wanted = [ArticleNumber(f"A-{number}") for number in range(articles)]

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        found = view.prices.candidates(acme.scope, PORTAL, wanted)

    assert len(found) == articles
    assert len(seen) == 1


def test_a_page_of_orders_is_one_statement(sql_storage: SqlAlchemyStorage, acme: Customer) -> None:
    """The first page and the next one, and nothing is counted."""
    owner = OrderOwner(acme.scope, acme.erp_id)

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        first = view.orders.newest(owner, after=None, limit=50)
        rest = view.orders.newest(owner, after=first[-1].position, limit=50)

    assert (len(first), len(rest)) == (50, 10)
    assert len(seen) == 2
    assert not any("count(" in statement for statement in seen)


def test_a_known_address_costs_what_an_unknown_one_costs(
    sql_storage: SqlAlchemyStorage, alice: User
) -> None:
    """The same one statement."""
    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        assert view.users.find_by_email(HERE, alice.email) == alice
        assert view.users.find_by_email(HERE, an_email()) is None

    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_a_session_comes_with_its_user(sql_storage: SqlAlchemyStorage, alice: User) -> None:
    """In one statement."""
    session = a_session(HERE, alice)
    with sql_storage.begin(JOB) as unit:
        unit.sessions.add(HERE, session)
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        assert view.sessions.find(HERE, session.digest) == (session, alice)

    assert len(seen) == 1


@pytest.mark.parametrize("many", [1, 30])
def test_a_users_sessions_are_ended_in_one_statement(
    sql_storage: SqlAlchemyStorage, alice: User, many: int
) -> None:
    """All of them, or all but one."""
    sessions = [a_session(HERE, alice) for _ in range(many)]
    with sql_storage.begin(JOB) as unit:
        for session in sessions:
            unit.sessions.add(HERE, session)
        with counted(sql_storage.engine) as seen:
            others = unit.sessions.end_others(HERE, alice.id, keep=sessions[0].digest)
            last = unit.sessions.end_others(HERE, alice.id, keep=None)
        unit.commit()

    assert (others, last) == (many - 1, 1)
    assert len(seen) == 2


def test_who_acts_for_whom_is_one_statement(
    sql_storage: SqlAlchemyStorage, alice: User, acme: Customer
) -> None:
    """With the customer, the user, the groups and the roles it depends on."""
    more = [a_group({PRICES: False}), a_group({}), a_group({PRICES: True, CHECKOUT: False})]
    (ours,) = RoleBook(realm=HERE.realm, customer=acme.id).with_role(a_role()).roles
    with sql_storage.begin(JOB) as unit:
        groups = tuple(one.id for one in unit.customers.save_groups(HERE, more))
        unit.customers.save(HERE, [attrs.evolve(acme, groups=(*acme.groups, *groups))])
        unit.role_books.save(
            acme.scope, RoleBook(realm=HERE.realm, customer=acme.id, roles=(ours,), epoch=3)
        )
        unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
        with counted(sql_storage.engine) as noted:
            unit.memberships.note_acting(acme.scope, alice.id, at=NOON)
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        standing = view.memberships.find(acme.scope, alice.id)
        assert view.memberships.of_user(HERE, alice.id) == (standing,)
        assert view.memberships.taken(HERE, [acme.id]) == {acme.id}
        assert [one.membership.user for one in view.memberships.of_customer(acme.scope)] == [
            alice.id
        ]
        assert view.memberships.codes(acme.scope) == {FIRST_USER}

    assert standing is not None
    assert [one.features for one in standing.groups] == [more[0].features, more[2].features]
    assert (standing.own_roles, standing.roles_epoch) == ((ours,), 3)
    assert standing.membership.acted == NOON
    assert (len(noted), len(seen)) == (1, 5)


def a_group(features: Switched) -> CustomerGroup:
    """Return a customer group that has switched something, or nothing."""
    name = new_id()
    return CustomerGroup(id=CustomerGroupId(name), key=name, name=name, features=features)


def a_role() -> Role:
    """Return a role a company made."""
    return Role(id=RoleId(new_id()), name="Own orders", grants={Permission.SEE_ORDERS: Depth.OWN})


@pytest.mark.parametrize("many", [1, 30])
def test_all_a_user_acts_for_is_one_statement(
    sql_storage: SqlAlchemyStorage, alice: User, many: int
) -> None:
    """However many customers, groups and roles they have."""
    with sql_storage.begin(JOB) as unit:
        groups = unit.customers.save_groups(HERE, [a_group({PRICES: False}) for _ in range(3)])
        new = [
            attrs.evolve(a_customer(HERE), groups=tuple(one.id for one in groups))
            for _ in range(many)
        ]
        for customer in unit.customers.save(HERE, new):
            book = RoleBook(realm=HERE.realm, customer=customer.id)
            unit.role_books.save(customer.scope, book.with_role(a_role()))
            unit.memberships.save(customer.scope, a_membership(customer.scope, alice.id))
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        standings = view.memberships.of_user(HERE, alice.id)

    assert len(standings) == many
    assert {(len(one.groups), len(one.own_roles)) for one in standings} == {(3, 1)}
    assert len(seen) == 1


def test_a_known_number_costs_what_an_unknown_one_costs(
    sql_storage: SqlAlchemyStorage, alice: User, acme: Customer
) -> None:
    """The same one statement, whether customer, code or both are nobody's."""
    with sql_storage.begin(JOB) as unit:
        unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        assert view.users.find_by_number(HERE, acme.number, FIRST_USER) == alice
        assert view.users.find_by_number(HERE, acme.number, UserCode("2")) is None
        assert view.users.find_by_number(HERE, CustomerNumber("none"), FIRST_USER) is None

    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_a_portal_is_found_by_one_statement(sql_storage: SqlAlchemyStorage) -> None:
    """By whatever address."""
    with sql_storage.begin(JOB) as unit:
        portal = unit.portals.save(HERE, a_portal(HERE))
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        found = [view.portals.find_at(kind, text) for kind, text in portal.addresses]

    assert found == [portal] * 3
    assert len(seen) == 3


@pytest.mark.parametrize("many", [1, 50])
@pytest.mark.parametrize("account", [None, *AccountState])
def test_a_page_of_the_register_is_three_statements(
    sql_storage: SqlAlchemyStorage, many: int, account: AccountState | None
) -> None:
    """However many customers, users and invitations it shows, and none more than some."""
    with sql_storage.begin(JOB) as unit:
        for number, one in enumerate(unit.customers.save(HERE, companies(3 * many))):
            if number % 3 == 0:
                user = unit.users.save(HERE, a_user(HERE))
                unit.memberships.save(one.scope, a_membership(one.scope, user.id))
            elif number % 3 == 1:
                unit.invitations.save(one.scope, an_invitation(one.scope))
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        page = view.register.search(
            HERE,
            RegisterQuery(account=account),
            entering=ENTERING,
            at=NOON,
            after=None,
            limit=many,
        )
    with sql_storage.reading() as view, counted(sql_storage.engine) as nobody:
        query = RegisterQuery(text="nobody at all", account=account)
        none = view.register.search(HERE, query, entering=ENTERING, at=NOON, after=None, limit=many)

    assert (len(page), len(none)) == (many, 0)
    assert (len(seen), len(nobody)) == (3, 3)


@pytest.mark.parametrize("many", [1, 50])
def test_the_queue_is_one_statement(sql_storage: SqlAlchemyStorage, many: int) -> None:
    """The first page, the next one, and their number."""
    waiting = [
        attrs.evolve(
            a_registration(HERE),
            state=QUEUED[number % 2],
            asked=NOON + timedelta(seconds=number // 2),
        )
        for number in range(2 * many)
    ]
    with sql_storage.begin(JOB) as unit:
        for one in waiting:
            unit.registrations.put(HERE, one)
        unit.commit()

    with sql_storage.reading() as view, counted(sql_storage.engine) as seen:
        first = view.registrations.queued(HERE, after=None, limit=many)
        rest = view.registrations.queued(HERE, after=first[-1], limit=many)
        assert view.registrations.count_queued(HERE) == 2 * many

    in_turn = sorted(waiting, key=lambda one: (one.asked, one.id))
    assert [one.id for one in (*first, *rest)] == [one.id for one in in_turn]
    assert len(seen) == 3


def companies(many: int) -> Sequence[Customer]:
    """Return new customers."""
    return [a_customer(HERE) for _ in range(many)]


@pytest.mark.parametrize("many", [2, 300])
def test_the_register_is_written_in_a_handful_of_statements(
    sql_storage: SqlAlchemyStorage, many: int
) -> None:
    """Two statements for any number of new customers, five for changed ones, three to read."""
    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as new:
        kept = unit.customers.save(HERE, companies(many))
        unit.commit()
    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as changed:
        unit.customers.save(HERE, [attrs.evolve(one, town="Köln") for one in kept])
        unit.commit()
    with sql_storage.reading() as view, counted(sql_storage.engine) as read:
        ids = [one.erp_id or ErpCustomerId("") for one in kept]
        found = view.customers.with_erp_ids(HERE, ids)

    assert {one.town for one in found.values()} == {"Köln"}
    assert len(found) == many
    assert (len(new), len(changed), len(read)) == (2, 5, 3)


@pytest.mark.parametrize("many", [2, 100])
def test_orders_are_written_in_a_handful_of_statements(
    sql_storage: SqlAlchemyStorage, acme: Customer, many: int
) -> None:
    """Eight for new ones and fourteen to replace them, and one reads any order in six."""
    orders = [an_order() for _ in range(many)]
    owner = OrderOwner(acme.scope, acme.erp_id)

    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as new:
        unit.orders.save(acme.scope, orders)
        unit.commit()
    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as again:
        unit.orders.save(acme.scope, orders)
        unit.commit()
    with sql_storage.reading() as view, counted(sql_storage.engine) as read:
        assert view.orders.get(owner, orders[-1].summary.id) == orders[-1]

    assert (len(new), len(again), len(read)) == (8, 14, 6)


@pytest.mark.parametrize("many", [1, 20])
def test_all_events_of_a_unit_are_two_statements(
    sql_storage: SqlAlchemyStorage, alice: User, many: int
) -> None:
    """The outbox in one, the trail in the other."""
    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as seen:
        for _ in range(many):
            unit.record(SignedIn(at=NOON, user=alice.id))
        unit.commit()

    assert len(seen) == 2


def test_a_unit_that_records_nothing_costs_nothing_more(
    sql_storage: SqlAlchemyStorage, alice: User
) -> None:
    """An update alone is one statement."""
    with sql_storage.begin(JOB) as unit, counted(sql_storage.engine) as seen:
        unit.users.save(HERE, alice)
        unit.commit()

    assert len(seen) == 1


# Plans ------------------------------------------------------------------------------------------

FILLER = 1500


@pytest.fixture
def busy(sql_storage: SqlAlchemyStorage, acme: Customer) -> Customer:
    """Return a customer in a realm with so many rows that a scan would not pay."""
    groups = [a_group({PRICES: False}) for _ in range(FILLER)]
    others = [
        attrs.evolve(one, groups=(group.id,))
        for one, group in zip(companies(FILLER), groups, strict=True)
    ]
    people = [
        {
            "realm": HERE.realm,
            "id": f"u{number}",
            "email": f"p{number}@example.com",
            "email_key": f"p{number}@example.com",
            "name": "",
            "phone": "",
            "state": UserState.ACTIVE,
            "theme": Theme.AUTO,
            "epoch": 0,
            "version": 1,
        }
        for number in range(FILLER)
    ]
    with sql_storage.begin(JOB) as unit:
        unit.customers.save_groups(HERE, groups)
        unit.customers.save(HERE, others)
        for place, other in enumerate(others):
            member = a_membership(other.scope, UserId(f"u{place}"))
            unit.memberships.save(other.scope, member)
            unit.invitations.save(other.scope, an_invitation(other.scope))
            unit.role_books.save(other.scope, RoleBook(realm=HERE.realm, customer=other.id))
            about = others[0] if place % 10 == 0 else other
            unit.note(CustomerChanged(at=NOON + timedelta(seconds=place), customer=about.id))
            state = list(RegistrationState)[place % len(RegistrationState)]
            unit.registrations.put(HERE, attrs.evolve(a_registration(HERE), state=state))
        unit.orders.save(others[0].scope, [an_order_of(f"u{n % 100}", n) for n in range(FILLER)])
        unit.commit()
    with sql_storage.engine.begin() as connection:
        connection.execute(insert(users), people)
        if connection.dialect.name == "mariadb":
            for name in metadata.tables:
                connection.exec_driver_sql(f"ANALYZE TABLE {name}")
        else:
            connection.exec_driver_sql("ANALYZE")
    return acme


def an_order_of(author: str, hour: int) -> Order:
    """Return an order without lines."""
    order = an_order(placed=NOON + timedelta(hours=hour))
    by = Author(user=UserId(author), name=TEXTS[0], email="a@example.com")
    return attrs.evolve(order, summary=attrs.evolve(order.summary, author=by), lines=())


TOLD = (CustomerChanged.name, CustomerAdded.name, SignedIn.name)
SPOT = Spot(at=NOON + timedelta(days=1), id=AuditEntryId("z"))


def plan_of(engine: Engine, statement: str, parameters: object) -> str:
    """Ask how a statement would be run."""
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
        return "\n".join(str(row) for row in rows)


@contextmanager
def questions(engine: Engine) -> Iterator[list[tuple[str, object]]]:
    """List what is asked, with its parameters."""
    asked: list[tuple[str, object]] = []

    def note(
        _conn: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_questions_of_every_call_go_by_an_index(
    sql_storage: SqlAlchemyStorage, busy: Customer
) -> None:
    """Signing in, the order history, the register and the queue read no table to its end."""
    owner = OrderOwner(busy.scope, busy.erp_id)
    with sql_storage.reading() as view:
        (buyer,) = view.memberships.of_user(HERE, UserId("u0"))
        busiest = buyer.membership.scope
        own = OrderOwner(busiest, None, UserId("u7"))
        with questions(sql_storage.engine) as asked:
            view.users.find_by_email(HERE, email("p7@example.com"))
            view.users.find_by_number(HERE, busy.number, FIRST_USER)
            view.memberships.find(busiest, UserId("u0"))
            view.memberships.of_user(HERE, UserId("u7"))
            view.memberships.of_customer(busy.scope)
            view.role_books.get(busiest)
            view.memberships.codes(busy.scope)
            view.invitations.open_of(busy.scope)
            every = RegisterQuery()
            lines = view.register.search(
                HERE, every, entering=ENTERING, at=NOON, after=None, limit=5
            )
            after = lines[-1].customer.number
            view.register.search(HERE, every, entering=ENTERING, at=NOON, after=after, limit=5)
            view.registrations.find_by_email(HERE, an_email())
            queue = view.registrations.queued(HERE, after=None, limit=50)
            view.registrations.queued(HERE, after=queue[-1], limit=50)
            view.registrations.asking(busy.scope)
            page = view.orders.newest(owner, after=None, limit=50)
            view.orders.newest(owner, after=page[-1].position, limit=50)
            view.orders.newest(own, after=None, limit=50)
            view.orders.newest(own, after=page[-1].position, limit=50)
            view.orders.with_number(owner, "X")
            view.orders.with_number(own, "X")
            view.audit.of_customer(busiest, events=TOLD, limit=50, before=None)
            view.audit.of_customer(busiest, events=TOLD, limit=50, before=SPOT)
            view.customers.with_contact(HERE, an_email())
            view.customers.with_erp_ids(HERE, [ErpCustomerId("none"), ErpCustomerId("such")])

    plans = [plan_of(sql_storage.engine, *one) for one in asked]
    assert len(plans) == 32
    assert [plan for plan in plans if reads_a_whole_table(plan)] == []


def test_pages_come_in_the_order_of_an_index(
    sql_storage: SqlAlchemyStorage, busy: Customer
) -> None:
    """One's own orders and what the trail tells of a customer are not sorted anew."""
    with sql_storage.reading() as view:
        (buyer,) = view.memberships.of_user(HERE, UserId("u0"))
        busiest = buyer.membership.scope
        with questions(sql_storage.engine) as asked:
            own = OrderOwner(busiest, busy.erp_id, UserId("u7"))
            page = view.orders.newest(own, after=None, limit=10)
            rest = view.orders.newest(own, after=page[-1].position, limit=10)
            told = view.audit.of_customer(busiest, events=TOLD, limit=100, before=None)
            more = view.audit.of_customer(busiest, events=TOLD, limit=100, before=told[-1].spot)

    assert (len(page), len(rest), len(told), len(more)) == (10, 5, 100, 50)
    plans = [plan_of(sql_storage.engine, *one) for one in asked]
    assert [plan for plan in plans if any(word in plan for word in SORTS)] == []
    assert len(plans) == 4


SORTS = ("TEMP B-TREE", "Sort", "filesort")


def test_a_number_is_found_by_indices_before_the_tables_are_known(
    postgres_storage: SqlAlchemyStorage,
) -> None:
    """A minute after the first import: of a join PostgreSQL would make a walk through the realm."""
    add_people(postgres_storage.engine, HERE.realm, FILLER)
    with postgres_storage.reading() as view, questions(postgres_storage.engine) as asked:
        found = view.users.find_by_number(HERE, CustomerNumber(number_of(7)), FIRST_USER)

    assert found is not None
    (question,) = asked
    plan = plan_of(postgres_storage.engine, *question)
    assert [word for word in ("Seq Scan", "Nested Loop", "Hash Join") if word in plan] == []
    assert len([line for line in plan.splitlines() if "Index Cond" in line and "AND" in line]) == 3


def test_all_a_user_acts_for_is_found_before_the_tables_are_known(
    sqlite_storage: SqlAlchemyStorage,
) -> None:
    """SQLite seldom knows them: to have them by number it would walk through the realm."""
    add_people(sqlite_storage.engine, HERE.realm, FILLER)
    with sqlite_storage.reading() as view, questions(sqlite_storage.engine) as asked:
        (standing,) = view.memberships.of_user(HERE, UserId("id-7"))

    assert standing.customer_number == number_of(7)
    (question,) = asked
    plan = plan_of(sqlite_storage.engine, *question)
    steps = [line for line in plan.splitlines() if "SEARCH" in line]
    assert len(steps) == 6
    assert [step for step in steps if "(realm=?)" in step] == []


def reads_a_whole_table(plan: str) -> bool:
    """Tell, in each database's words; MariaDB reads the one parameter with many values whole."""
    if "Seq Scan" in plan or "SCAN custaccount" in plan:
        return True
    lines = [line for line in plan.splitlines() if "json_table" not in line]
    return any("'ALL'" in line and not any(part in line for part in OF_A_PLAN) for line in lines)


OF_A_PLAN = ("<subquery", "<derived", "<union")
"""What MariaDB calls rows that a part of the same statement has found."""


def test_amounts_come_back_with_every_digit(sql_storage: SqlAlchemyStorage) -> None:
    """9.90 is not 9.9, and 9.9 is not 9.900000."""
    amounts = ["9.9", "9.90", "0.00", "1E+3", "-0.000", "123456789012345678901234567890.123456789"]
    rows = [a_price(f"A-{place}", amount) for place, amount in enumerate(amounts)]
    scope = a_customer(HERE).scope
    with sql_storage.begin(JOB) as unit:
        unit.prices.save_list(HERE, PriceList(id=LIST, key="L", name="List"))
        unit.prices.replace_rows(HERE, LIST, rows)
        unit.prices.attach(HERE, Attachment(list=LIST, level=Level.PORTAL, target=PORTAL))
        unit.commit()

    with sql_storage.reading() as view:
        found = view.prices.candidates(scope, PORTAL, [row.article for row in rows])

    assert [str(one.row.price.amount) for one in found] == [str(Decimal(one)) for one in amounts]
