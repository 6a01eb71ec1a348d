"""What pricing asks of a storage."""

from collections.abc import Collection, Sequence
from typing import Protocol

from custaccount.customers.ports import ReadCustomers
from custaccount.kernel.ids import ArticleNumber, PortalId, PriceListId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.work import Recording
from custaccount.portals.ports import ReadPortals
from custaccount.pricing.model import Attachment, Candidate, PriceList, PriceRow


class ReadPrices(Protocol):
    """Looks prices up; a host that only wants prices implements this one method."""

    def candidates(
        self, scope: CustomerScope, portal: PortalId, articles: Collection[ArticleNumber]
    ) -> Sequence[Candidate]:
        """Return every row for these articles on lists that apply to the customer at the portal.

        A list applies if it is attached to the customer, to one of its groups or to the portal. Any
        date and currency is returned, in the order of each list; of an article's units the first
        one in the list counts. Any number of articles is one question.
        """
        ...


class KeepPrices(ReadPrices, Protocol):
    """Keeps price lists."""

    def find_list(self, scope: RealmScope, key: str) -> PriceList | None:
        """Return the list with this key, or None."""
        ...

    def save_list(self, scope: RealmScope, price_list: PriceList) -> PriceList:
        """Keep a list and return it with its new version.

        Raises:
            Stale: a newer version is kept.
            AlreadyThere: its key is taken.
        """
        ...

    def replace_rows(
        self, scope: RealmScope, price_list: PriceListId, rows: Sequence[PriceRow]
    ) -> None:
        """Give a list these rows instead of those it has.

        Raises:
            PriceListNotFound: there is no such list.
            AlreadyThere: two rows have one article, unit, quantity, currency and first moment.
        """
        ...

    def attach(self, scope: RealmScope, attachment: Attachment) -> None:
        """Attach a list to a target, or change its rank there.

        Raises:
            PriceListNotFound: there is no such list.
        """
        ...


class PricingReading(Protocol):
    """A snapshot, as pricing sees it."""

    @property
    def prices(self) -> ReadPrices:
        """Price lists."""
        ...


class PricingWork(Recording, Protocol):
    """A writing unit, as pricing sees it."""

    @property
    def portals(self) -> ReadPortals:
        """Realms and portals."""
        ...

    @property
    def customers(self) -> ReadCustomers:
        """The register."""
        ...

    @property
    def prices(self) -> KeepPrices:
        """Price lists."""
        ...
