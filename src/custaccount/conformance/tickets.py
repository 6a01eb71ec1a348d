"""What keeping tickets promises."""

from datetime import datetime

import attrs
import pytest

from custaccount.conformance.samples import HOUR, NOON, TICK, a_ticket
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, job, race
from custaccount.facilities.tickets import Purpose, Ticket, TicketState
from custaccount.kernel.errors import AlreadyThere
from custaccount.kernel.ids import TicketId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.storage import Storage

RESET = Purpose.RESET_PASSWORD
MANY = 10_000


class TicketsSuite(StorageSuite):
    """A ticket works once, for its purpose, while it stands."""

    @pytest.fixture
    def ticket(self, storage: Storage, here: RealmScope) -> Ticket:
        """Return a ticket that is kept and stands from noon for an hour."""
        ticket = a_ticket()
        with change(storage, here) as unit:
            unit.tickets.add(here, ticket)
        return ticket

    def test_a_ticket_comes_back_as_it_was(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """Every field; one for nobody comes back without an address."""
        nobodys = attrs.evolve(a_ticket(), email=None)
        with change(storage, here) as unit:
            unit.tickets.add(here, nobodys)

        with storage.reading() as view:
            assert view.tickets.find(here, ticket.id) == ticket
            assert view.tickets.find(here, nobodys.id) == nobodys
            assert view.tickets.find(here, TicketId(new_id())) is None

    def test_an_id_is_taken_once(self, storage: Storage, here: RealmScope, ticket: Ticket) -> None:
        """A second ticket can't use it."""
        with pytest.raises(AlreadyThere), change(storage, here) as unit:
            unit.tickets.add(here, attrs.evolve(a_ticket(), id=ticket.id))

    def test_a_ticket_is_consumed_once(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """The first one gets it, as it is then; the second one gets nothing."""
        with change(storage, here) as unit:
            got = unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)
        with change(storage, here) as unit:
            again = unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)

        used = attrs.evolve(ticket, state=TicketState.CONSUMED)
        assert got == used
        assert again is None
        with storage.reading() as view:
            assert view.tickets.find(here, ticket.id) == used

    def test_a_ticket_is_consumed_once_in_a_unit(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """Also by the unit that has consumed it."""
        with change(storage, here) as unit:
            got = [unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON) for _ in range(2)]

        assert [one is not None for one in got] == [True, False]

    def test_of_any_number_of_rivals_one_gets_the_ticket(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """All are inside their units, and saw the ticket open, before one consumes it."""

        def consume(meet: Meet) -> bool:
            with change(storage, here) as unit:
                unit.tickets.find(here, ticket.id)
                meet()
                got = unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)
            return got is not None

        outcomes = race(*[consume] * 4)

        assert sorted(outcomes, key=bool) == [False, False, False, True]

    def test_a_rollback_gives_the_ticket_back(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """A ticket consumed in a unit that is left can be consumed again."""
        with storage.begin(job(here)) as unit:
            assert unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)

        with change(storage, here) as unit:
            assert unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)

    @pytest.mark.parametrize(
        ("at", "stands"),
        [
            (NOON - TICK, False),
            (NOON, True),
            (NOON + HOUR - TICK, True),
            (NOON + HOUR, False),
            (NOON + HOUR + TICK, False),
        ],
    )
    def test_a_ticket_stands_from_its_issue_until_before_its_expiry(
        self,
        storage: Storage,
        here: RealmScope,
        ticket: Ticket,
        at: datetime,
        stands: bool,  # noqa: FBT001
    ) -> None:
        """To the microsecond."""
        with change(storage, here) as unit:
            got = unit.tickets.consume(here, ticket.id, purpose=RESET, at=at)

        assert (got is not None) is stands

    def test_a_ticket_is_good_for_its_purpose_only(
        self, storage: Storage, here: RealmScope, ticket: Ticket
    ) -> None:
        """Tried for another purpose it is not used up."""
        with change(storage, here) as unit:
            for purpose in set(Purpose) - {ticket.purpose}:
                assert unit.tickets.consume(here, ticket.id, purpose=purpose, at=NOON) is None

            assert unit.tickets.consume(here, ticket.id, purpose=ticket.purpose, at=NOON)

    def test_open_tickets_are_withdrawn(self, storage: Storage, here: RealmScope) -> None:
        """Those of the subject and purpose, and no other; consumed ones stay consumed."""
        subject = new_id()
        used, first, second = (a_ticket(subject) for _ in range(3))
        other_purpose, other_subject = a_ticket(subject, Purpose.ACTIVATE), a_ticket()
        every = (used, first, second, other_purpose, other_subject)
        with change(storage, here) as unit:
            for ticket in every:
                unit.tickets.add(here, ticket)
            unit.tickets.consume(here, used.id, purpose=RESET, at=NOON)

        with change(storage, here) as unit:
            assert unit.tickets.withdraw(here, subject, RESET) == 2  # noqa: PLR2004 - two were open
            assert unit.tickets.withdraw(here, subject, RESET) == 0
            assert unit.tickets.consume(here, first.id, purpose=RESET, at=NOON) is None
        with storage.reading() as view:
            found = [view.tickets.find(here, ticket.id) for ticket in every]
        assert [one.state for one in found if one] == [
            TicketState.CONSUMED,
            TicketState.WITHDRAWN,
            TicketState.WITHDRAWN,
            TicketState.OPEN,
            TicketState.OPEN,
        ]

    def test_tickets_issued_since_are_withdrawn(self, storage: Storage, here: RealmScope) -> None:
        """With a moment only those issued then or later: what was issued before it stays good."""
        subject = new_id()
        older = attrs.evolve(a_ticket(subject), issued=NOON - TICK)
        then = attrs.evolve(a_ticket(subject), issued=NOON)
        later = attrs.evolve(a_ticket(subject), issued=NOON + TICK)
        with change(storage, here) as unit:
            for ticket in (older, then, later):
                unit.tickets.add(here, ticket)

        with change(storage, here) as unit:
            assert unit.tickets.withdraw(here, subject, RESET, since=NOON) == 2  # noqa: PLR2004

        with storage.reading() as view:
            found = [view.tickets.find(here, ticket.id) for ticket in (older, then, later)]
        assert [one.state for one in found if one] == [
            TicketState.OPEN,
            TicketState.WITHDRAWN,
            TicketState.WITHDRAWN,
        ]

    def test_old_tickets_are_purged(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, ticket: Ticket
    ) -> None:
        """Those that expired before the moment, not at it, in whatever state, here only."""
        later = attrs.evolve(a_ticket(), expires=ticket.expires + TICK)
        with change(storage, here) as unit:
            unit.tickets.add(here, later)
            unit.tickets.consume(here, ticket.id, purpose=RESET, at=NOON)

        with change(storage, elsewhere) as unit:
            assert unit.tickets.purge(elsewhere, expired_before=NOON + 2 * HOUR, limit=MANY) == 0
        with change(storage, here) as unit:
            assert unit.tickets.purge(here, expired_before=ticket.expires, limit=MANY) == 0
            assert unit.tickets.purge(here, expired_before=later.expires, limit=MANY) == 1
        with storage.reading() as view:
            assert view.tickets.find(here, ticket.id) is None
            assert view.tickets.find(here, later.id) == later

    def test_old_tickets_are_purged_a_few_at_a_time(
        self, storage: Storage, here: RealmScope
    ) -> None:
        """As many as asked for at most, until none is left."""
        with change(storage, here) as unit:
            for _ in range(5):
                unit.tickets.add(here, a_ticket())

        counts = []
        for _ in range(4):
            with change(storage, here) as unit:
                counts.append(unit.tickets.purge(here, expired_before=NOON + 2 * HOUR, limit=2))
        assert counts == [2, 2, 1, 0]

    def test_another_realms_ticket_is_like_none(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, ticket: Ticket
    ) -> None:
        """Asked from another realm it can't be found, consumed or withdrawn."""
        with change(storage, elsewhere) as unit:
            assert unit.tickets.find(elsewhere, ticket.id) is None
            assert unit.tickets.consume(elsewhere, ticket.id, purpose=RESET, at=NOON) is None
            assert unit.tickets.withdraw(elsewhere, ticket.subject, RESET) == 0

        with storage.reading() as view:
            assert view.tickets.find(here, ticket.id) == ticket
