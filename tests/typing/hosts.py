"""What hosts write, as their type checkers see it; checked, never run."""

from decimal import Decimal
from typing import assert_type

from custaccount import Member, Money, NotFound, Page, Problem
from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import MemoryCart, MemoryErp, MemoryMailer, MemoryStorage
from custaccount.credentials import Session
from custaccount.facilities.letters import Mail, Mailer
from custaccount.kernel.ids import CustomerId, OrderId, RealmId
from custaccount.orders import Found, Order, OrderSource, OrderSummary
from custaccount.storage import Storage


class Queue:
    """A host's own mailer: a port is satisfied by shape, nothing is inherited."""

    def send(self, mail: Mail) -> None:
        """Put the mail into a queue."""


class Pigeon:
    """Not a mailer: it takes text."""

    def send(self, mail: str) -> None:
        """Fly."""


storage: Storage = MemoryStorage()
source: OrderSource = MemoryErp()
mailer: Mailer = MemoryMailer()
queue: Mailer = Queue()
pigeon: Mailer = Pigeon()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


def build() -> CustomerAccounts:
    """Give the composition root a storage, a mailer and a cart."""
    return CustomerAccounts(
        storage=MemoryStorage(),
        mailer=Queue(),
        cart=MemoryCart(),
        secret_keys=["from the host's own configuration"],
        base_url="https://shop.example",
    )


def act(accounts: CustomerAccounts, session: Session) -> None:
    """A member is made of a session, and services answer in the house's words."""
    member = accounts.acting.member(session)
    assert_type(member, Member)

    page = accounts.orders.newest(member)
    assert_type(page, Page[OrderSummary])
    assert_type(accounts.orders.newest(member, page.more), Page[OrderSummary])
    assert_type(accounts.orders.search(member, "PO-17"), tuple[Found, ...])
    assert_type(accounts.orders.get(member, OrderId("o-1")), Order)


def refuse(accounts: CustomerAccounts, member: Member, session: Session) -> None:
    """Bare text is no identifier, and a session is no actor."""
    accounts.orders.get(member, "o-1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    accounts.orders.newest(session)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    accounts.orders.newest(member, "cursor")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    accounts.acting.member(session, RealmId("r"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    accounts.acting.member(session, CustomerId("c"))


def count(one: Money, other: Money) -> None:
    """Amounts stay amounts; a float never becomes one."""
    assert_type(one + other, Money)
    assert_type(one * 3, Money)
    assert_type(one * Decimal("0.5"), Money)
    one * 0.5  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    one + 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]


def explain(error: NotFound, problem: Problem) -> None:
    """An error has a code and a text, and a problem names its field."""
    assert_type(error.code, str)
    assert_type(str(error.text), str)
    assert_type(problem.field, str)
    problem.field = "name"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
