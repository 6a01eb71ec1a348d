"""How far a repository may look: every method takes one of these first."""

import attrs

from custaccount.kernel.ids import CustomerId, RealmId


@attrs.frozen
class RealmScope:
    """Everything of one realm."""

    realm: RealmId


@attrs.frozen
class CustomerScope:
    """Everything of one customer of one realm."""

    realm: RealmId
    customer: CustomerId

    @property
    def of_realm(self) -> RealmScope:
        """The realm the customer is in."""
        return RealmScope(self.realm)
