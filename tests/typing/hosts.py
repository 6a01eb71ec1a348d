"""What hosts write, as their type checkers see it; checked, never run."""

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_type

from custaccount import Member, Money, NotFound, Page, Problem
from custaccount.accounts import CustomerAccounts
from custaccount.adapters.memory import MemoryCart, MemoryErp, MemoryMailer, MemoryStorage
from custaccount.credentials import Session
from custaccount.facilities.letters import Mail, Mailer
from custaccount.kernel.ids import CustomerId, OrderId, OrderLineId, RealmId
from custaccount.ordering import Cart, CartLine, CartOwner, ReorderPlan
from custaccount.ordering.model import cart_owner
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


def order_again(accounts: CustomerAccounts, member: Member, carts: Cart) -> None:
    """A plan is shown, then committed; a cart tells whether it added."""
    plan = accounts.reorder.plan(member, OrderId("o-1"), [OrderLineId("1")])
    assert_type(plan, ReorderPlan)
    assert_type(plan.lines[0].proposed, Decimal | None)
    added = accounts.reorder.commit(member, plan.token)
    assert_type(added, tuple[CartLine, ...])
    owner = cart_owner(member)
    assert_type(carts.add(owner, added, key="once"), bool)
    assert_type(carts.has(owner, "once"), bool)


class Basket:
    """Not a cart: it does not tell whether it added, nor which keys it has."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> None:
        """Add lines."""

    def lines(self, owner: CartOwner) -> Sequence[CartLine]:  # noqa: ARG002
        """Show nothing."""
        return ()


cart: Cart = MemoryCart()
basket: Cart = Basket()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


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
