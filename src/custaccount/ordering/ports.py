"""What ordering asks of the shop: a cart, and what the catalogue says of articles."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from custaccount.kernel.ids import ArticleNumber
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.work import Recording
from custaccount.ordering.model import Article, CartLine, CartOwner


class Cart(Protocol):
    """The shop's cart."""

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Put lines into the cart, all or none; equal article and unit add up.

        Atomic: False, and nothing is added, where the owner's key was used before. Keys are
        remembered for a day at least.

        Raises:
            Unavailable: nothing was added.
        """
        ...

    def has(self, owner: CartOwner, key: str) -> bool:
        """Tell whether lines were added under this key.

        Raises:
            Unavailable: no answer.
        """
        ...

    def lines(self, owner: CartOwner) -> Sequence[CartLine]:
        """Return what is in the cart, in the order it was put there.

        Raises:
            Unavailable: no answer.
        """
        ...


class Catalogue(Protocol):
    """The shop's catalogue, as far as ordering needs it."""

    def articles(
        self, scope: CustomerScope, numbers: Collection[ArticleNumber]
    ) -> Mapping[ArticleNumber, Article]:
        """Return the articles it knows, for this customer, with all that replace them in turn.

        Any number of articles is one question.

        Raises:
            Unavailable: no answer.
        """
        ...


class OrderingWork(Recording, Protocol):
    """A writing unit, as ordering sees it: it only tells what happened."""
