"""Roles that customers made for themselves, in memory."""

import attrs

from custaccount.adapters.memory.gate import Gate
from custaccount.adapters.memory.table import apart, save
from custaccount.adapters.memory.tables import Tables
from custaccount.kernel.scope import CustomerScope
from custaccount.membership.roles import RoleBook


@attrs.frozen
class MemoryRoleBooks:
    """Looks role books up, and keeps them."""

    _gate: Gate

    def get(self, scope: CustomerScope) -> RoleBook:
        """Return the customer's role book; an empty one, of version 0, if none was ever kept."""
        return self._gate.ask(lambda tables: role_book(tables, scope))

    def save(self, scope: CustomerScope, book: RoleBook) -> RoleBook:
        """Keep the customer's role book."""
        key = (scope.realm, scope.customer)
        roles = tuple(attrs.evolve(role, grants=apart(role.grants)) for role in book.roles)
        new = attrs.evolve(book, roles=roles)
        return self._gate.change(lambda tables: save(tables.role_books, key, new, kind="role book"))


def role_book(tables: Tables, scope: CustomerScope) -> RoleBook:
    """Return a customer's role book, which may be empty."""
    kept = tables.role_books.find((scope.realm, scope.customer))
    return kept or RoleBook(realm=scope.realm, customer=scope.customer)
