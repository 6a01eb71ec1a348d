"""Tickets: they stand from their issue until before their expiry, if open."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from custaccount import Language
from custaccount.adapters.memory import FixedClock
from custaccount.facilities.outbox import FIRST_PAUSE, LONGEST_PAUSE, TRIES, pause_after
from custaccount.facilities.signing import Keyring
from custaccount.facilities.tickets import Purpose, Ticket, TicketState, bearer, named_by
from custaccount.kernel.ids import PortalId, TicketId
from tests.house import KEY, NORD

NOW = FixedClock()()
TICKET = Ticket(
    id=TicketId("t-1"),
    purpose=Purpose.ACTIVATE,
    subject="alice@acme.example",
    portal=PortalId("p"),
    email=None,
    language=Language.DE,
    key=Keyring([KEY]).newest,
    issued=NOW,
    expires=NOW + timedelta(hours=1),
)


@pytest.mark.parametrize(
    ("after", "stands"),
    [
        (timedelta(microseconds=-1), False),
        (timedelta(0), True),
        (timedelta(minutes=59, seconds=59, microseconds=999_999), True),
        (timedelta(hours=1), False),
        (timedelta(days=1), False),
    ],
)
def test_a_ticket_stands_between_its_borders(
    after: timedelta,
    stands: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Valid before its expiry and dead at it; not before it was issued."""
    assert TICKET.stands(NOW + after) is stands


@pytest.mark.parametrize("state", [TicketState.CONSUMED, TicketState.WITHDRAWN])
def test_a_ticket_that_is_over_does_not_stand(state: TicketState) -> None:
    """Whatever the time."""
    assert not attrs.evolve(TICKET, state=state).stands(NOW)


def test_the_bearer_is_derived_and_names_the_ticket() -> None:
    """The same text every time; read back it names the ticket, and nothing else of it."""
    keyring = Keyring([KEY])

    token = bearer(keyring, NORD, TICKET)

    assert token == bearer(keyring, NORD, TICKET)
    assert named_by(keyring, NORD, Purpose.ACTIVATE, token) == TICKET.id
    assert TICKET.subject not in token


def test_the_relay_waits_longer_each_time_and_then_gives_up() -> None:
    """Ten seconds, doubled, an hour at most, eight tries."""
    pauses = [pause_after(tries) for tries in range(1, TRIES + 1)]

    assert pauses[0] == FIRST_PAUSE
    assert pauses[-1] is None
    waited = [pause for pause in pauses if pause is not None]
    assert waited == sorted(waited)
    assert max(waited) <= LONGEST_PAUSE
