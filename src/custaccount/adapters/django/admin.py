"""Django's admin over the tables: to look, never to change, and without secrets.

What is written goes through the services, which check, record and count versions.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from custaccount.adapters.django import models

SECRETS = frozenset({"password", "digest", "subject", "answers", "draft", "text"})
"""Columns that are never shown: what somebody could sign in with, whom a ticket is about, what a
person answered, or began as a guest."""


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg] # no subscript when it runs
    """Shows rows to those who may view them."""

    ordering = ("-id",)
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:  # noqa: ARG002
        """Show every column but secrets."""
        return [field.name for field in self.opts.concrete_fields if field.name not in SECRETS]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Refuse."""
        return False


SHOWN: Sequence[tuple[type[Model], Sequence[str], Sequence[str]]] = (
    (models.Realm, ("realm", "name"), ("realm", "name")),
    (models.Portal, ("realm", "key", "name", "open"), ("key", "name")),
    (models.Customer, ("realm", "number", "name", "status", "town"), ("number", "name", "erp_id")),
    (models.CustomerGroup, ("realm", "key", "name"), ("key", "name")),
    (models.Address, ("realm", "customer", "name", "town", "country"), ("customer", "name")),
    (models.User, ("realm", "email", "state", "signed_in"), ("email_key", "ref")),
    (models.Session, ("realm", "user", "portal", "begun", "used"), ("user",)),
    (models.StaffMember, ("realm", "email", "name", "state", "signed_in"), ("email_key", "name")),
    (models.StaffSession, ("realm", "staff", "begun", "used"), ("staff",)),
    (models.LimitUse, ("realm", "name", "over"), ("name",)),
    (models.Ticket, ("realm", "purpose", "state", "issued", "expires"), ("email_key",)),
    (models.NumberRange, ("realm", "key", "prefix", "first", "last", "taken"), ("key", "prefix")),
    (models.Membership, ("realm", "user", "customer", "roles", "state"), ("user", "customer")),
    (models.RoleBook, ("realm", "customer", "epoch"), ("customer",)),
    (models.Invitation, ("realm", "customer", "email", "state", "expires"), ("email_key",)),
    (models.Registration, ("realm", "email", "kind", "state", "asked"), ("email_key", "ref")),
    (models.Draft, ("realm", "customer", "user", "kept"), ("customer", "user")),
    (models.PriceList, ("realm", "key", "name"), ("key", "name")),
    (models.Price, ("realm", "list", "article", "amount", "currency"), ("article",)),
    (models.Attachment, ("realm", "list", "level", "target", "rank"), ("list", "target")),
    (models.Order, ("realm", "number", "customer", "placed", "status"), ("number", "customer")),
    (models.Post, ("realm", "event", "at", "state", "due", "tries"), ("event", "ref")),
    (models.AuditEntry, ("realm", "at", "event", "kind", "by", "customer"), ("event", "named")),
)
"""Each table with its columns, and those it is searched by."""


def register(site: admin.AdminSite) -> None:
    """Show all of it on a site; Django's own has it already."""
    for model, columns, searched in SHOWN:
        shown: dict[str, Any] = {"list_display": columns, "search_fields": searched}
        site.register(model, type(f"{model.__name__}LookOnly", (LookOnly,), shown))


register(admin.site)
