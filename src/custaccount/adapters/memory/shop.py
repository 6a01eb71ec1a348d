"""A shop in memory: its cart and its catalogue."""

import threading
from collections.abc import Collection, Mapping, Sequence

import attrs

from custaccount.kernel.errors import Unavailable
from custaccount.kernel.ids import ArticleNumber, RealmId
from custaccount.kernel.scope import CustomerScope
from custaccount.ordering.model import Article, CartLine, CartOwner


class MemoryCart:
    """Carts; equal article and unit add up, and the newest text and price count.

    Set ``down`` and it answers ``Unavailable``.
    """

    def __init__(self) -> None:
        self.down = False
        self._carts: dict[CartOwner, dict[tuple[ArticleNumber, str], CartLine]] = {}
        self._keys: set[tuple[CartOwner, str]] = set()
        self._adding = threading.Lock()

    def add(self, owner: CartOwner, lines: Sequence[CartLine], *, key: str) -> bool:
        """Put lines into the cart, once for each key."""
        self._answer()
        with self._adding:
            if (owner, key) in self._keys:
                return False
            cart = dict(self._carts.get(owner, {}))
            for line in lines:
                place = (line.article, line.unit)
                already = cart[place].quantity if place in cart else 0
                cart[place] = attrs.evolve(line, quantity=line.quantity + already)
            self._carts[owner] = cart
            self._keys.add((owner, key))
            return True

    def has(self, owner: CartOwner, key: str) -> bool:
        """Tell whether lines were added under this key."""
        self._answer()
        return (owner, key) in self._keys

    def lines(self, owner: CartOwner) -> tuple[CartLine, ...]:
        """Return what is in the cart, in the order it was put there."""
        self._answer()
        return tuple(self._carts.get(owner, {}).values())

    def _answer(self) -> None:
        if self.down:
            raise Unavailable


class MemoryCatalogue:
    """A catalogue: the same for every customer of a realm, less what is hidden from some.

    Set ``down`` and it answers ``Unavailable``.
    """

    def __init__(self) -> None:
        self.down = False
        self._articles: dict[tuple[RealmId, ArticleNumber], Article] = {}
        self._hidden: set[tuple[CustomerScope, ArticleNumber]] = set()

    def add(self, realm: RealmId, *articles: Article) -> None:
        """Offer articles, new or instead of those with the same numbers."""
        self._articles |= {(realm, article.number): article for article in articles}

    def hide(self, scope: CustomerScope, *numbers: ArticleNumber) -> None:
        """Make articles invisible for one customer."""
        self._hidden |= {(scope, number) for number in numbers}

    def articles(
        self, scope: CustomerScope, numbers: Collection[ArticleNumber]
    ) -> Mapping[ArticleNumber, Article]:
        """Return the articles it knows, for this customer, with those that replace them."""
        if self.down:
            raise Unavailable
        found: dict[ArticleNumber, Article] = {}
        wanted = list(numbers)
        for number in wanted:
            article = self._articles.get((scope.realm, number))
            if article is None or number in found:
                continue
            hidden = (scope, number) in self._hidden
            found[number] = attrs.evolve(article, visible=False) if hidden else article
            if article.replaced_by is not None:
                wanted.append(article.replaced_by)
        return found
