"""Django's storage: units are transactions of a database of the settings, or nest in the host's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from custaccount.adapters.django.checks import VENDORS
from custaccount.adapters.django.errors import translating
from custaccount.adapters.django.gate import Gate
from custaccount.adapters.django.transactions import Transactions
from custaccount.adapters.django.unit import DjangoSnapshot, DjangoUnit
from custaccount.facilities.audit import stamp
from custaccount.kernel.access import Actor
from custaccount.kernel.ids import NewId
from custaccount.kernel.sources import new_id as uuid
from custaccount.kernel.work import OneUnitAThread

APP = "custaccount"


class DjangoStorage:
    """Keeps everything in a database of Django's settings.

    Writing units run READ COMMITTED, snapshots REPEATABLE READ and read-only; on SQLite a writing
    unit takes the database's one place for writers when it begins. A snapshot is of the moment of
    its first question.

    Inside the host's ``atomic`` a writing unit is a savepoint, which ``commit()`` releases: it
    becomes true, and its events leave, when the host commits. A snapshot sees there what the host's
    transaction sees, with its isolation.
    """

    migrate_with: ClassVar[str] = "manage.py migrate custaccount"

    def __init__(
        self,
        using: str = DEFAULT_DB_ALIAS,
        *,
        new_id: NewId = uuid,
        after_commit: Callable[[], object] | None = None,
    ) -> None:
        """Use a database by its alias.

        Args:
            using: The alias.
            new_id: Makes identifiers.
            after_commit: Called each time a unit has become true, by Django's ``on_commit``: a good
                moment to deliver. What it raises is logged.

        Raises:
            ImproperlyConfigured: the database is of a kind there is no support for, or ``USE_TZ``
                is off.
        """
        vendor = connections[using].vendor
        if vendor not in VENDORS:
            message = f"custaccount keeps nothing in {vendor}: use {' or '.join(VENDORS)}."
            raise ImproperlyConfigured(message)
        if not settings.USE_TZ:
            message = "custaccount keeps moments in UTC: set USE_TZ = True."
            raise ImproperlyConfigured(message)
        self.using = using
        self._new_id = new_id
        self._after_commit = after_commit
        self._places = OneUnitAThread()
        self._transactions = Transactions(using)

    def pending(self) -> tuple[str, ...]:
        """Name the migrations the tables lack, the oldest first."""
        from django.db.migrations.executor import MigrationExecutor

        with translating():
            executor = MigrationExecutor(connections[self.using])
            ours = executor.loader.graph.leaf_nodes(APP)
            return tuple(
                one.name for one, _ in executor.migration_plan(ours) if one.app_label == APP
            )

    @contextmanager
    def reading(self) -> Iterator[DjangoSnapshot]:
        """Open a snapshot."""
        with self._places.enter(), self._transactions.reading():
            gate = Gate(self.using, writes=False)
            try:
                yield DjangoSnapshot(gate)
            finally:
                gate.close()

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[DjangoUnit]:
        """Open a writing unit; leaving it without ``commit()`` rolls it back."""
        begun = None
        try:
            with self._places.enter(), self._transactions.writing() as begun:
                gate = Gate(self.using, writes=True)
                try:
                    yield DjangoUnit(gate, stamp(actor), self._new_id, begun.commit)
                finally:
                    gate.close()
        finally:
            if begun is not None and begun.kept and self._after_commit is not None:
                transaction.on_commit(self._after_commit, using=self.using, robust=True)
