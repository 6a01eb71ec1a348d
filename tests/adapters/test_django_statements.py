"""What an operation costs in statements, and that a list costs no more than one row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from custaccount.conformance.samples import (
    NOON,
    a_customer,
    a_draft,
    a_group,
    a_membership,
    a_portal,
    a_price,
    a_registration,
    a_role_book,
    a_session,
    a_user,
    an_email,
    an_invitation,
    an_order,
)
from custaccount.credentials import SignedIn, User
from custaccount.customers import Customer, CustomerGroup
from custaccount.kernel.access import System
from custaccount.kernel.ids import (
    ArticleNumber,
    CustomerGroupId,
    ErpCustomerId,
    PortalId,
    PriceListId,
    RealmId,
    UserId,
)
from custaccount.kernel.scope import RealmScope
from custaccount.membership.model import FIRST_USER, CompanyChosen
from custaccount.membership.standing import GroupSwitches
from custaccount.orders import OrderOwner
from custaccount.portals import CustomerStatus
from custaccount.pricing import Attachment, Level, PriceList
from custaccount.registration.model import AccountState, RegisterQuery, RegistrationState
from tests.adapters.django_project import Host

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")
PORTAL = PortalId("p")
LIST = PriceListId("l")
ENTERING = (CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD)
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET TRANSACTION")


@contextmanager
def counted(host: Host) -> Iterator[list[str]]:
    """List the statements that are run, one for all rows of a bulk change."""
    seen: list[str] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not sql.startswith(TRANSACTION):
            seen.append(sql)
        return execute(sql, params, many, context)

    with host.connection.execute_wrapper(note):
        yield seen


@pytest.fixture
def alice(django_host: Host) -> User:
    """Return a user who is kept."""
    with django_host.storage().begin(JOB) as unit:
        alice = unit.users.save(HERE, a_user(HERE))
        unit.commit()
    return alice


@pytest.fixture
def acme(django_host: Host) -> Customer:
    """Return a customer with a group, prices, and orders."""
    group = CustomerGroup(id=CustomerGroupId("g"), key="G", name="Group")
    rows = [a_price(f"A-{number}") for number in range(200)]
    orders = [an_order(placed=NOON + timedelta(hours=number)) for number in range(60)]
    with django_host.storage().begin(JOB) as unit:
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
def test_prices_are_one_statement(django_host: Host, acme: Customer, articles: int) -> None:
    """However many articles are asked for, and they are one parameter."""
    wanted = [ArticleNumber(f"A-{number}") for number in range(articles)]

    with django_host.storage().reading() as view, counted(django_host) as seen:
        found = view.prices.candidates(acme.scope, PORTAL, wanted)

    assert len(found) == articles
    assert len(seen) == 1
    assert seen[0].count("%s") < 30


def test_a_page_of_orders_is_one_statement(django_host: Host, acme: Customer) -> None:
    """The first page and the next one, and nothing is counted."""
    owner = OrderOwner(acme.scope, acme.erp_id)

    with django_host.storage().reading() as view, counted(django_host) as seen:
        first = view.orders.newest(owner, after=None, limit=50)
        rest = view.orders.newest(owner, after=first[-1].position, limit=50)

    assert (len(first), len(rest)) == (50, 10)
    assert len(seen) == 2
    assert not any("COUNT(" in statement or "OFFSET" in statement for statement in seen)


def test_a_known_address_costs_what_an_unknown_one_costs(django_host: Host, alice: User) -> None:
    """The same one statement."""
    with django_host.storage().reading() as view, counted(django_host) as seen:
        assert view.users.find_by_email(HERE, alice.email) == alice
        assert view.users.find_by_email(HERE, an_email()) is None

    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_a_session_comes_with_its_user(django_host: Host, alice: User) -> None:
    """In one statement."""
    session = a_session(HERE, alice)
    with django_host.storage().begin(JOB) as unit:
        unit.sessions.add(HERE, session)
        unit.commit()

    with django_host.storage().reading() as view, counted(django_host) as seen:
        assert view.sessions.find(HERE, session.digest) == (session, alice)

    assert len(seen) == 1


@pytest.mark.parametrize("many", [0, 1, 5])
def test_who_acts_for_whom_is_one_statement(
    django_host: Host, alice: User, acme: Customer, many: int
) -> None:
    """With the user, the customer, its groups and its roles, on which it depends."""
    groups = [a_group(f"G{number}") for number in range(many)]
    switched = tuple(
        GroupSwitches(group=one.id, name=one.name, features=one.features) for one in groups
    )
    others = [a_customer(HERE) for _ in range(many)]
    with django_host.storage().begin(JOB) as unit:
        unit.customers.save_groups(HERE, groups)
        grouped = (*(one.id for one in groups), *acme.groups)
        unit.customers.save(HERE, [attrs.evolve(one, groups=grouped) for one in (acme, *others)])
        book = unit.role_books.save(acme.scope, a_role_book(acme.scope))
        for one in (acme, *others):
            unit.memberships.save(one.scope, a_membership(one.scope, alice.id))
        unit.commit()

    with django_host.storage().reading() as view, counted(django_host) as seen:
        standing = view.memberships.find(acme.scope, alice.id)
        standings = view.memberships.of_user(HERE, alice.id)
        assert view.memberships.taken(HERE, [acme.id]) == {acme.id}

    assert standing is not None
    assert standing in standings
    assert len(standings) == 1 + many
    assert [one.groups for one in standings] == [switched] * (1 + many)
    assert (standing.own_roles, standing.roles_epoch) == (book.roles, book.epoch)
    assert len(seen) == 3


def test_who_begins_to_act_is_noted_in_one_statement(
    django_host: Host, alice: User, acme: Customer
) -> None:
    """And a role book is read in one, and written in one."""
    with django_host.storage().begin(JOB) as unit:
        unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
        unit.role_books.save(acme.scope, a_role_book(acme.scope))
        unit.commit()

    with django_host.storage().begin(JOB) as unit, counted(django_host) as seen:
        unit.memberships.note_acting(acme.scope, alice.id, at=NOON)
        unit.role_books.save(acme.scope, unit.role_books.get(acme.scope))
        unit.commit()

    assert len(seen) == 3


def test_what_happened_to_a_customer_is_one_statement(
    django_host: Host, alice: User, acme: Customer
) -> None:
    """However many events may be told, and they are one parameter."""
    with django_host.storage().begin(JOB) as unit:
        for _ in range(3):
            unit.note(CompanyChosen(at=NOON, user=alice.id, customer=acme.id))
        unit.commit()

    told = [CompanyChosen.name, *(f"another.event_{number}" for number in range(50))]
    with django_host.storage().reading() as view, counted(django_host) as seen:
        first = view.audit.of_customer(acme.scope, events=told, limit=2, before=None)
        rest = view.audit.of_customer(acme.scope, events=told, limit=2, before=first[-1].spot)

    assert (len(first), len(rest)) == (2, 1)
    assert len(seen) == 2
    assert seen[0].count("%s") < 10


def test_a_portal_is_found_by_one_statement(django_host: Host) -> None:
    """By whatever address."""
    with django_host.storage().begin(JOB) as unit:
        portal = unit.portals.save(HERE, a_portal(HERE))
        unit.commit()

    with django_host.storage().reading() as view, counted(django_host) as seen:
        found = [view.portals.find_at(kind, text) for kind, text in portal.addresses]

    assert found == [portal] * 3
    assert len(seen) == 3


def test_a_customers_users_are_one_statement(
    django_host: Host, alice: User, acme: Customer
) -> None:
    """With what a list shows of them; and so are their codes, and one who gives such a code."""
    with django_host.storage().begin(JOB) as unit:
        kept = unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
        unit.commit()

    with django_host.storage().reading() as view, counted(django_host) as seen:
        (line,) = view.memberships.of_customer(acme.scope)
        assert view.memberships.codes(acme.scope) == {FIRST_USER}
        assert view.users.find_by_number(HERE, acme.number, FIRST_USER) == alice

    assert (line.membership, line.email) == (kept, alice.email)
    assert len(seen) == 3


@pytest.mark.parametrize("many", [2, 60])
@pytest.mark.parametrize("state", [None, AccountState.INVITED])
def test_a_page_of_the_register_is_three_statements(
    django_host: Host, many: int, state: AccountState | None
) -> None:
    """However many customers are on it, with the states of their accounts."""
    with django_host.storage().begin(JOB) as unit:
        for one in unit.customers.save(HERE, [a_customer(HERE) for _ in range(many)]):
            unit.invitations.save(one.scope, an_invitation(one.scope))
        unit.commit()

    query = RegisterQuery(text="MÜLLER dresden", account=state)
    with django_host.storage().reading() as view, counted(django_host) as seen:
        lines = view.register.search(
            HERE, query, entering=ENTERING, at=NOON, after=None, limit=many
        )

    assert [line.state for line in lines] == [AccountState.INVITED] * many
    assert len(seen) == 3
    assert not any("OFFSET" in statement for statement in seen)


def test_what_counts_once_is_one_statement(django_host: Host, alice: User, acme: Customer) -> None:
    """A password given again, a session ended; taking a draft reads it first."""
    session, draft = a_session(HERE, alice), a_draft(acme.scope, alice.id)
    with django_host.storage().begin(JOB) as unit:
        unit.sessions.add(HERE, session)
        unit.drafts.add(acme.scope, draft)
        with counted(django_host) as seen:
            assert unit.sessions.confirm(HERE, session.digest, at=NOON + timedelta(hours=1))
            assert unit.sessions.end_others(HERE, alice.id, keep=session.digest) == 0
            assert unit.sessions.end_one(HERE, alice.id, session.id)
            assert unit.drafts.take(acme.scope, alice.id, draft.id) == draft

    words = [statement.split(maxsplit=1)[0] for statement in seen]
    assert words == ["UPDATE", "DELETE", "DELETE", "SELECT", "DELETE"]


@pytest.mark.parametrize("many", [2, 40])
def test_the_register_is_written_in_a_handful_of_statements(django_host: Host, many: int) -> None:
    """Two statements for any number of new customers, five for changed ones, three to read."""
    storage = django_host.storage()
    with storage.begin(JOB) as unit, counted(django_host) as new:
        kept = unit.customers.save(HERE, [a_customer(HERE) for _ in range(many)])
        unit.commit()
    with storage.begin(JOB) as unit, counted(django_host) as changed:
        unit.customers.save(HERE, [attrs.evolve(one, town="Köln") for one in kept])
        unit.commit()
    with storage.reading() as view, counted(django_host) as read:
        ids = [one.erp_id or ErpCustomerId("") for one in kept]
        found = view.customers.with_erp_ids(HERE, ids)

    assert {one.town for one in found.values()} == {"Köln"}
    assert len(found) == many
    assert (len(new), len(changed), len(read)) == (2, 5, 3)


@pytest.mark.parametrize("many", [2, 30])
def test_orders_are_written_in_a_handful_of_statements(
    django_host: Host, acme: Customer, many: int
) -> None:
    """Eight for new ones and fourteen to replace them, and one reads any order in six."""
    orders = [an_order() for _ in range(many)]
    owner, storage = OrderOwner(acme.scope, acme.erp_id), django_host.storage()

    with storage.begin(JOB) as unit, counted(django_host) as new:
        unit.orders.save(acme.scope, orders)
        unit.commit()
    with storage.begin(JOB) as unit, counted(django_host) as again:
        unit.orders.save(acme.scope, orders)
        unit.commit()
    with storage.reading() as view, counted(django_host) as read:
        assert view.orders.get(owner, orders[-1].summary.id) == orders[-1]

    assert (len(new), len(again), len(read)) == (8, 14, 6)


@pytest.mark.parametrize("many", [1, 20])
def test_all_events_of_a_unit_are_two_statements(django_host: Host, alice: User, many: int) -> None:
    """The outbox in one, the trail in the other."""
    with django_host.storage().begin(JOB) as unit, counted(django_host) as seen:
        for _ in range(many):
            unit.record(SignedIn(at=NOON, user=alice.id))
        unit.commit()

    assert len(seen) == 2


def test_a_unit_that_records_nothing_costs_nothing_more(django_host: Host, alice: User) -> None:
    """An update alone is one statement."""
    with django_host.storage().begin(JOB) as unit, counted(django_host) as seen:
        unit.users.save(HERE, alice)
        unit.commit()

    assert len(seen) == 1


def test_amounts_come_back_with_every_digit(django_host: Host) -> None:
    """9.90 is not 9.9, and 9.9 is not 9.900000."""
    amounts = ["9.9", "9.90", "0.00", "1E+3", "-0.000", "123456789012345678901234567890.123456789"]
    rows = [a_price(f"A-{place}", amount) for place, amount in enumerate(amounts)]
    scope, storage = a_customer(HERE).scope, django_host.storage()
    with storage.begin(JOB) as unit:
        unit.prices.save_list(HERE, PriceList(id=LIST, key="L", name="List"))
        unit.prices.replace_rows(HERE, LIST, rows)
        unit.prices.attach(HERE, Attachment(list=LIST, level=Level.PORTAL, target=PORTAL))
        unit.commit()

    with storage.reading() as view:
        found = view.prices.candidates(scope, PORTAL, [row.article for row in rows])

    assert [str(one.row.price.amount) for one in found] == [str(Decimal(one)) for one in amounts]


# Plans ------------------------------------------------------------------------------------------

FILLER = 2000
PRICES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO custaccount_prices (realm, list, article, position, unit, quantity, amount, currency)
SELECT 'north', 'other', 'A-' || i, i, '', '1', '9.90', 'EUR' FROM n
"""


@pytest.fixture
def busy(django_host: Host, acme: Customer) -> Customer:
    """Return a customer in a realm with so many rows that a scan would not pay."""
    others = [a_customer(HERE) for _ in range(FILLER)]
    orders = [attrs.evolve(an_order(), lines=()) for _ in range(FILLER)]
    with django_host.storage().begin(JOB) as unit:
        unit.customers.save(HERE, others)
        unit.orders.save(others[0].scope, orders)
        unit.prices.save_list(HERE, PriceList(id=PriceListId("other"), key="O", name="Other"))
        for place in range(FILLER // 10):
            user = unit.users.save(HERE, a_user(HERE))
            scope = others[place].scope
            unit.role_books.save(scope, a_role_book(scope))
            unit.note(CompanyChosen(at=NOON, user=user.id, customer=scope.customer))
            unit.memberships.save(scope, a_membership(scope, user.id))
            unit.invitations.save(scope, an_invitation(scope))
            unit.sessions.add(HERE, a_session(HERE, user))
            waiting = attrs.evolve(a_registration(HERE), state=RegistrationState.WAITING)
            unit.registrations.put(HERE, waiting)
        unit.commit()
    django_host.run(PRICES)
    django_host.run("ANALYZE")
    return acme


def test_questions_of_every_call_go_by_an_index(django_host: Host, busy: Customer) -> None:
    """Signing in, prices, the order history and its search read no table from end to end."""
    asked: list[tuple[str, object]] = []

    def note(execute, sql, params, many, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        asked.append((sql, params))
        return execute(sql, params, many, context)

    owner = OrderOwner(busy.scope, busy.erp_id)
    articles = [ArticleNumber(f"A-{number}") for number in range(20)]
    with django_host.storage().reading() as view, django_host.connection.execute_wrapper(note):
        view.users.find_by_email(HERE, an_email())
        view.users.find_by_number(HERE, busy.number, FIRST_USER)
        view.sessions.of_user(HERE, UserId("none"))
        view.invitations.open_of(busy.scope)
        view.registrations.find_by_email(HERE, an_email())
        view.register.search(
            HERE, RegisterQuery(), entering=ENTERING, at=NOON, after=busy.number, limit=20
        )
        page = view.orders.newest(owner, after=None, limit=50)
        view.orders.newest(owner, after=page[-1].position, limit=50)
        view.orders.with_number(owner, "X")
        view.orders.newest(attrs.evolve(owner, author=UserId("none")), after=None, limit=50)
        view.memberships.find(busy.scope, UserId("none"))
        view.memberships.of_user(HERE, UserId("none"))
        view.role_books.get(busy.scope)
        view.registrations.asking(busy.scope)
        view.audit.of_customer(busy.scope, events=[CompanyChosen.name], limit=50, before=None)
        view.customers.with_contact(HERE, an_email())
        view.customers.with_erp_ids(HERE, [ErpCustomerId("none"), ErpCustomerId("such")])
        view.prices.candidates(busy.scope, PORTAL, articles)

    explain = "EXPLAIN " if django_host.is_postgres else "EXPLAIN QUERY PLAN "
    plans = [
        "\n".join(str(row) for row in django_host.run(explain + sql, *params))  # type: ignore[misc]
        for sql, params in asked
    ]
    assert len(plans) == 20
    small = ("attachments", "grouped_customers", "customer_groups", "price_lists", "json_each")
    scans = [
        line
        for plan in plans
        for line in plan.splitlines()
        if ("Seq Scan" in line or "SCAN " in line) and not any(name in line for name in small)
    ]
    assert [line for line in scans if "custaccount_" in line] == []
