"""Asking the ERP whose an address is, for as long as that makes sense."""

from __future__ import annotations

from datetime import timedelta

from custaccount.adapters.memory import MemoryMatcher
from custaccount.facilities.outbox import TRIES, PostState
from custaccount.registration import RegistrationState
from custaccount.storage import Storage
from tests.registration.people import NINA, arrived, kept, waiting, welcoming


def test_staff_decide_where_the_erp_is_silent_to_the_last(storage: Storage) -> None:
    """Nobody is left between the chairs: after the last try it stands in the staff's queue."""
    erp = MemoryMatcher()
    erp.down = True
    shop = welcoming(storage, matcher=erp, link_existing=True)
    arrived(shop, NINA)
    asked = kept(shop, NINA)
    assert asked is not None
    assert asked.state is RegistrationState.MATCHING

    for _ in range(TRIES):
        shop.house.clock.advance(timedelta(hours=2))
        shop.house.accounts.relay()

    (open_claim,) = waiting(shop)
    assert (open_claim.state, open_claim.candidates) == (RegistrationState.CLAIMED, ())
    assert len(erp.asked) == TRIES
    with shop.house.storage.reading() as view:
        assert view.outbox.count(shop.scope, PostState.DEAD) == 0

    shop.house.accounts.registration_desk.found(shop.staff, open_claim.id)
    assert shop.member(NINA)
