"""Roles that customers made for themselves, in SQL."""

import attrs
from sqlalchemy import bindparam, select

from custaccount.adapters import wire
from custaccount.adapters.sqlalchemy.gate import Asked, Gate
from custaccount.adapters.sqlalchemy.saving import Saving
from custaccount.adapters.sqlalchemy.tables import role_books
from custaccount.kernel.ids import CustomerId
from custaccount.kernel.scope import CustomerScope
from custaccount.membership.roles import Role, RoleBook

_GET = select(role_books).where(
    role_books.c.realm == bindparam("of_realm"), role_books.c.customer == bindparam("of_customer")
)
_SAVING = Saving.of(role_books, kind="role book", id="customer")


@attrs.frozen
class _Kept:
    """A role book, by the customer whose it is."""

    id: CustomerId
    version: int


@attrs.frozen
class SqlRoleBooks:
    """Looks role books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> RoleBook:
        """Return the customer's role book; an empty one, of version 0, if none was ever kept."""
        empty = RoleBook(realm=scope.realm, customer=scope.customer)
        with self._gate as gate:
            row = gate.row(_GET, {"of_realm": scope.realm, "of_customer": scope.customer})
            if row is None:
                return empty
            return attrs.evolve(
                empty, roles=roles_of(row.roles), epoch=row.epoch, version=row.version
            )

    def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
        """Keep the customer's role book."""
        row: Asked = {"roles": wire.write(book.roles), "epoch": book.epoch}
        named = _Kept(scope.customer, book.version)
        with self._gate.to_write() as gate:
            (kept,) = _SAVING.save(gate, scope.realm, [named], lambda _: row)
            return attrs.evolve(book, version=kept.version)


def roles_of(text: str | None) -> tuple[Role, ...]:
    """Read the roles of a book, if there is one."""
    return () if text is None else wire.read(text, tuple[Role, ...])
