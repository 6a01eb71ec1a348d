"""The people and companies these tests speak of."""

from tests.house import house, nord, sued

__all__ = ["house", "nord", "sued"]
