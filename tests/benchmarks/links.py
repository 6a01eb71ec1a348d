"""W2: links that work once, beside bare itsdangerous."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import attrs
import itsdangerous
from sqlalchemy import Connection

from custaccount import Language
from custaccount.facilities.tickets import Purpose, Ticket, bearer, named_by
from custaccount.kernel.ids import TicketId
from custaccount.kernel.sources import new_secret
from custaccount.kernel.text import EmailAddress
from tests.benchmarks.gauge import Figure, Sizes, Work, ratio
from tests.benchmarks.ground import KEY, REALM, Ground
from tests.benchmarks.lists import raw

PURPOSES = (
    Purpose.RESET_PASSWORD,
    Purpose.REGISTRATION,
    Purpose.INVITATION,
    Purpose.CHANGE_EMAIL,
)


def _ticket(ground: Ground, purpose: Purpose) -> Ticket:
    return Ticket(
        id=TicketId(new_secret()),
        purpose=purpose,
        subject="somebody",
        portal=ground.guest.portal,
        email=EmailAddress.parse("user@example.com"),
        language=Language.EN,
        key=ground.keyring.newest,
        issued=ground.clock(),
        expires=ground.clock() + timedelta(hours=1),
    )


def _raw(ticket: Ticket) -> Callable[[], None]:
    """Sign and verify the same id as anybody would."""
    serializer = itsdangerous.URLSafeTimedSerializer(KEY, salt=ticket.purpose.value)

    def signed() -> None:
        assert serializer.loads(serializer.dumps(ticket.id), max_age=3600) == ticket.id

    return signed


def issued(ground: Ground) -> Iterator[Figure]:
    """Make the link of each purpose and read it, which asks no database."""
    for purpose in PURPOSES:
        ticket = _ticket(ground, purpose)
        value, note = ratio(_issuing(ground, ticket), _raw(ticket), oftener(ground.sizes))
        name = f"link issued and verified, {purpose.value}"
        yield Figure(work="W2", name=name, value=value, most=1.5, note=note)


def _issuing(ground: Ground, ticket: Ticket) -> Callable[[], None]:
    def issue() -> None:
        token = bearer(ground.keyring, REALM, ticket)
        assert named_by(ground.keyring, REALM, ticket.purpose, token) == ticket.id

    return issue


def _looked_up(ground: Ground) -> Iterator[Figure]:
    """Have the ticket's row looked up too, on a connection the host holds."""
    for purpose in PURPOSES:
        ticket = _ticket(ground, purpose)
        with ground.storage.begin(ground.guest) as work:
            work.tickets.add(ground.guest.scope, ticket)
            work.commit()
        with ground.engine.connect() as connection:
            joined = ground.storage.joining(connection)

            def look() -> None:
                token = bearer(ground.keyring, REALM, ticket)  # noqa: B023 - called in this turn
                name = named_by(ground.keyring, REALM, ticket.purpose, token)  # noqa: B023
                with joined.reading() as view:  # noqa: B023
                    found = view.tickets.find(ground.guest.scope, name)
                assert found is not None
                assert found.stands(ground.clock())

            value, note = ratio(look, _raw(ticket), oftener(ground.sizes))
            name = f"link with its row looked up, {purpose.value}, {ground.backend}"
            yield Figure(work="W2", name=name, value=value, most=3.5, note=note)
            if purpose is not PURPOSES[0]:
                continue
            value, note = ratio(look, _raw_with_row(ticket, connection, look), ground.sizes)
            name = f"the same against itsdangerous and the driver's SELECT, {ground.backend}"
            yield Figure(work="W2", name=name, value=value, note=note)


def _raw_with_row(ticket: Ticket, connection: Connection, look: Work) -> Work:
    """Sign and verify as anybody would, and ask the driver for the same row."""
    signed, row = _raw(ticket), raw(connection, look)

    def both() -> None:
        signed()
        assert row()

    return both


def oftener(sizes: Sizes) -> Sizes:
    """Run more often what takes microseconds."""
    return attrs.evolve(sizes, runs=sizes.runs * 10)


FIGURES = (("W2", _looked_up),)
"""What is measured on each database, by row of the table."""
