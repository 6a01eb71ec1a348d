"""Neighbours with one defect each: ERPs, mailers and carts that were written carelessly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs

from custaccount.adapters.memory import MemoryCart, MemoryErp, MemoryMailer, MemoryMatcher
from custaccount.facilities.letters import Mail, MailerUnavailable
from custaccount.facilities.limits import Limit
from custaccount.facilities.process_limits import ProcessLimits
from custaccount.kernel.ids import CustomerId, OrderId, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.text import EmailAddress
from custaccount.ordering.model import CartLine, CartOwner
from custaccount.orders.model import (
    ErpUnavailable,
    Found,
    Order,
    OrderNotFound,
    OrderOwner,
    OrderSummary,
    Position,
)
from custaccount.registration.model import ErpMatch


class TakesSilenceForNothing(MemoryErp):
    """Shows an empty list while the ERP is down."""

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """Take no answer for no orders."""
        try:
            return super().newest(owner, after=after, limit=limit)
        except ErpUnavailable:
            return ()


class TrustsTheOrderId(MemoryErp):
    """Opens any order whose id is known."""

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Look in everybody's history, if the owner has one."""
        self._asked("get", owner)
        for history in self._histories.values() if owner.erp_id else ():
            try:
                return history.get(owner.author, order)
            except OrderNotFound:
                continue
        raise OrderNotFound


class KnowsNoAuthors(MemoryErp):
    """Answers for the whole customer, whoever of its users is meant."""

    def newest(
        self, owner: OrderOwner, *, after: Position | None, limit: int
    ) -> Sequence[OrderSummary]:
        """List everybody's."""
        return super().newest(attrs.evolve(owner, author=None), after=after, limit=limit)

    def get(self, owner: OrderOwner, order: OrderId) -> Order:
        """Open anybody's."""
        return super().get(attrs.evolve(owner, author=None), order)

    def with_number(self, owner: OrderOwner, key: str) -> Sequence[Found]:
        """Find anybody's."""
        return super().with_number(attrs.evolve(owner, author=None), key)


class MixesRealms(ProcessLimits):
    """Counts what is done at one seller's against another."""

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Forget where it was."""
        del scope
        return super().take(RealmScope(RealmId("all")), limit, key)


class LetsOneMorePass(ProcessLimits):
    """Refuses when there were more than there may be, not when there are as many."""

    def take(self, scope: RealmScope, limit: Limit, key: str) -> bool:
        """Raise the amount by one."""
        return super().take(scope, attrs.evolve(limit, amount=limit.amount + 1), key)


class KnowsWholeFieldsOnly(MemoryMatcher):
    """Finds an address only where it stands alone in its field."""

    def with_email(self, realm: RealmId, email: EmailAddress) -> Sequence[ErpMatch]:
        """Compare whole fields."""
        return [
            one
            for one in super().with_email(realm, email)
            if email.key in {field.lower() for field in one.addresses}
        ]


class TakesSilenceForNobody(MemoryMatcher):
    """Says that nobody has an address while the ERP is down."""

    def with_email(self, realm: RealmId, email: EmailAddress) -> Sequence[ErpMatch]:
        """Take no answer for nobody."""
        try:
            return super().with_email(realm, email)
        except ErpUnavailable:
            return ()


class Received(MemoryMailer):
    """Tells what was received under the name the suite uses."""

    def received(self) -> Sequence[Mail]:
        """Return what was sent."""
        return self.sent


class SwallowsRefusals(Received):
    """Takes a mail the server refused for sent."""

    def send(self, mail: Mail) -> None:
        """Say nothing."""
        try:
            super().send(mail)
        except MailerUnavailable:
            return


class NumbersEachMail(Received):
    """Gives a mail a new id each time it is sent."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()

    def send(self, mail: Mail) -> None:
        """Count."""
        super().send(attrs.evolve(mail, id=f"{mail.id}-{next(self._numbers)}"))


class AddsTwice(MemoryCart):
    """Adds as often as it is asked."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Forget the key."""
        return super().add(owner, lines, key=f"{key} {len(self._keys)}")


class SaysItAddedAgain(MemoryCart):
    """Adds once, and says every time that it did."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Keep to itself that nothing was added."""
        super().add(owner, lines, key=key)
        return True


class ForgetsItsKeys(MemoryCart):
    """Never knows whether it has a key."""

    def has(self, owner: CartOwner, key: str) -> bool:  # noqa: ARG002
        """Know nothing."""
        return False


class SharesTheKeys(MemoryCart):
    """Knows a key whosever it is."""

    def has(self, owner: CartOwner, key: str) -> bool:  # noqa: ARG002
        """Look for the key alone."""
        return any(key == kept for _, kept in self._keys)


class SharesTheCart(MemoryCart):
    """Keeps a cart by person, whatever customer the person acts for."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Add to the person's cart."""
        return super().add(_person(owner), lines, key=key)

    def has(self, owner: CartOwner, key: str) -> bool:
        """Look into the person's cart."""
        return super().has(_person(owner), key)

    def lines(self, owner: CartOwner) -> tuple[CartLine, ...]:
        """Show the person's cart."""
        return super().lines(_person(owner))


def _person(owner: CartOwner) -> CartOwner:
    return attrs.evolve(owner, customer=CustomerId("anybody"))
