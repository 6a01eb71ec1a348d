"""The roles customers made for themselves, in Django."""

import attrs

from custaccount.adapters import wire
from custaccount.adapters.django import models
from custaccount.adapters.django.gate import Gate
from custaccount.kernel.errors import Stale
from custaccount.kernel.scope import CustomerScope
from custaccount.membership.roles import Role, RoleBook


@attrs.frozen
class DjangoRoleBooks:
    """Looks role books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> RoleBook:
        """Return the customer's role book; an empty one, of version 0, if none was ever kept."""
        with self._gate as gate:
            row = gate.row(gate.table(models.RoleBook).filter(**_scoped(scope)))
            if row is None:
                return RoleBook(realm=scope.realm, customer=scope.customer)
            return RoleBook(
                realm=row.realm,
                customer=row.customer,
                roles=wire.read(row.roles, tuple[Role, ...]),
                epoch=row.epoch,
                version=row.version,
            )

    def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
        """Keep a role book of the customer."""
        kept = attrs.evolve(book, version=book.version + 1)
        row = {"roles": wire.write(kept.roles), "epoch": kept.epoch, "version": kept.version}
        with self._gate.to_write() as gate:
            if not book.version:
                gate.insert(models.RoleBook, [{**_scoped(scope), **row}])
                return kept
            seen = gate.table(models.RoleBook).filter(**_scoped(scope), version=book.version)
            if not seen.update(**row):
                raise Stale(kind="role book", id=scope.customer, version=book.version)
            return kept


def _scoped(scope: CustomerScope) -> dict[str, str]:
    return {"realm": scope.realm, "customer": scope.customer}
