"""Everything in memory: a real storage, and neighbours that do as they are told.

For tests, demos and trying things out; it passes the same conformance suites as a database.
"""

from custaccount.adapters.memory.erp import ErpCall, MemoryErp
from custaccount.adapters.memory.mailer import MemoryMailer
from custaccount.adapters.memory.matcher import MemoryMatcher
from custaccount.adapters.memory.shop import MemoryCart, MemoryCatalogue
from custaccount.adapters.memory.sources import FixedClock, ids
from custaccount.adapters.memory.storage import MemorySnapshot, MemoryStorage, MemoryUnit

__all__ = [
    "ErpCall",
    "FixedClock",
    "MemoryCart",
    "MemoryCatalogue",
    "MemoryErp",
    "MemoryMailer",
    "MemoryMatcher",
    "MemorySnapshot",
    "MemoryStorage",
    "MemoryUnit",
    "ids",
]
