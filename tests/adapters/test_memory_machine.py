"""A random life of the memory storage."""

from contextlib import AbstractContextManager, nullcontext

from custaccount.adapters.memory import MemoryStorage
from custaccount.conformance import PROFILES, StorageMachine
from custaccount.storage import Storage


class MemoryMachine(StorageMachine):
    """Runs on an empty storage each time."""

    def opened(self) -> AbstractContextManager[Storage]:
        """Open an empty storage."""
        return nullcontext(MemoryStorage())


TestMemoryMachine = MemoryMachine.TestCase
TestMemoryMachine.settings = PROFILES["dev"]
