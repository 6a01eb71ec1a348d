"""A random life of the SQL storage, on each back end."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from hypothesis.stateful import run_state_machine_as_test

from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.conformance import PROFILES, StorageMachine
from custaccount.storage import Storage
from tests import backends


def test_a_random_life_is_that_of_memory(sql_storage: SqlAlchemyStorage) -> None:
    """Whatever happens in whatever order, it answers and keeps as the oracle does."""

    class Machine(StorageMachine):
        """Lives many lives in one database, each in realms of its own."""

        def opened(self) -> AbstractContextManager[Storage]:
            """Share the database."""
            return nullcontext(sql_storage)

    run_state_machine_as_test(Machine, settings=PROFILES[backends.profile()])
