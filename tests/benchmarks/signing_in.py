"""W1, W1b and W2: signing in beside the hash, and tickets."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta

import attrs
import itsdangerous
from sqlalchemy import bindparam, select

from custaccount import Language
from custaccount.adapters.memory import MemoryMailer
from custaccount.adapters.sqlalchemy.tables import users
from custaccount.credentials import PasswordHash, SignInRefused, UserState
from custaccount.facilities.tickets import Purpose, Ticket, bearer, named_by
from custaccount.kernel.ids import TicketId
from custaccount.kernel.sources import new_secret
from custaccount.kernel.text import EmailAddress
from tests.benchmarks.gauge import Figure, Sizes, ratio, statements
from tests.benchmarks.ground import KEY, REALM, RIGHT, WRONG, Ground, Unhashed, accounts_on

BY_HAND = select(
    users.c.id,
    users.c.realm,
    users.c.email,
    users.c.email_key,
    users.c.email_proven,
    users.c.password,
    users.c.state,
    users.c.language,
    users.c.epoch,
    users.c.signed_in,
    users.c.version,
).where(users.c.realm == bindparam("of_realm"), users.c.email_key == bindparam("of_email"))


class Decided(Exception):
    """Who it is has been decided: what follows is written down."""


class UntilDecided(Unhashed):
    """Ends a sign-in where it asks first whether a good password's hash is outdated."""

    def outdated(self, stored: PasswordHash) -> bool:  # noqa: ARG002
        """Go no further."""
        raise Decided


def _check(ground: Ground) -> Iterator[Figure]:
    """Compare look-up and decision with a login written by hand in Core."""
    hashing = UntilDecided.cheap()
    service = accounts_on(ground.storage, ground.clock, MemoryMailer(), hashing).sign_in
    ours, theirs = _emails(ground), _emails(ground)

    def checked() -> None:
        try:
            service.sign_in(ground.guest, next(ours), RIGHT)
        except Decided:
            return
        message = "nobody was let in"
        raise AssertionError(message)

    def by_hand() -> None:
        asked = {"of_realm": REALM, "of_email": next(theirs).lower()}
        with ground.engine.connect() as connection:
            row = connection.execute(BY_HAND, asked).first()
        assert row is not None
        assert hashing.verify(PasswordHash(row.password), RIGHT)
        assert row.state is UserState.ACTIVE

    value, note = ratio(checked, by_hand, ground.sizes)
    name = f"credential check beyond the hash, {ground.backend}"
    yield Figure(work="W1", name=name, value=value, most=2.0, note=note)


def _whole(ground: Ground) -> Iterator[Figure]:
    """Count what a whole sign-in asks, once it is warm."""
    ground.accounts.sign_in.sign_in(ground.guest, ground.email(0), RIGHT)
    with statements(ground.engine) as asked:
        ground.accounts.sign_in.sign_in(ground.guest, ground.email(0), RIGHT)
    yield Figure(
        work="W1",
        name=f"statements of a whole sign-in, {ground.backend}",
        value=len(asked),
        unit="",
        most=6,
        note=", ".join(" ".join(one.split()[:3]) for one in asked),
    )


def _unknown(ground: Ground) -> Iterator[Figure]:
    """Compare an address nobody has with a wrong password."""
    known = _emails(ground)
    unknown = (f"nobody{place:07}@example.com" for place in itertools.count())
    refused = _refused(ground)
    with statements(ground.engine) as for_known:
        refused(next(known))
    with statements(ground.engine) as for_unknown:
        refused(next(unknown))
    value, note = ratio(lambda: refused(next(unknown)), lambda: refused(next(known)), ground.sizes)
    yield Figure(
        work="W1b",
        name=f"unknown address against known, {ground.backend}",
        value=value,
        least=0.95,
        most=1.05,
        note=note,
    )
    yield Figure(
        work="W1b",
        name=f"statements that differ, unknown and known, {ground.backend}",
        value=0 if for_unknown == for_known else 1,
        unit="",
        most=0,
        note=f"{len(for_unknown)} and {len(for_known)}",
    )


def _refused(ground: Ground) -> Callable[[str], None]:
    def refused(email: str) -> None:
        try:
            ground.accounts.sign_in.sign_in(ground.guest, email, WRONG)
        except SignInRefused:
            return
        message = "somebody was let in"
        raise AssertionError(message)

    return refused


def _emails(ground: Ground) -> Iterator[str]:
    step = 7919  # a prime: visits them all, in no order
    return (ground.email(place * step % ground.sizes.users) for place in itertools.count())


# Tickets ----------------------------------------------------------------------------------------


def _ticket(ground: Ground) -> Ticket:
    return Ticket(
        id=TicketId(new_secret()),
        purpose=Purpose.RESET_PASSWORD,
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
    serializer = itsdangerous.URLSafeTimedSerializer(KEY, salt="reset")

    def raw() -> None:
        assert serializer.loads(serializer.dumps(ticket.id), max_age=3600) == ticket.id

    return raw


def tickets(ground: Ground) -> Iterator[Figure]:
    """Take W2, which asks no database."""
    ticket = _ticket(ground)

    def issued() -> None:
        token = bearer(ground.keyring, REALM, ticket)
        assert named_by(ground.keyring, REALM, ticket.purpose, token) == ticket.id

    value, note = ratio(issued, _raw(ticket), oftener(ground.sizes))
    yield Figure(work="W2", name="ticket issued and verified", value=value, most=1.5, note=note)


def _redeeming(ground: Ground) -> Iterator[Figure]:
    """Take W2 with the ticket's row looked up."""
    ticket = _ticket(ground)
    with ground.storage.begin(ground.guest) as work:
        work.tickets.add(ground.guest.scope, ticket)
        work.commit()
    with ground.engine.connect() as connection:
        joined = ground.storage.joining(connection)

        def looked_up() -> None:
            token = bearer(ground.keyring, REALM, ticket)
            name = named_by(ground.keyring, REALM, ticket.purpose, token)
            with joined.reading() as view:
                found = view.tickets.find(ground.guest.scope, name)
            assert found is not None
            assert found.stands(ground.clock())

        value, note = ratio(looked_up, _raw(ticket), ground.sizes)
    name = f"ticket with look-up on a held connection, {ground.backend}"
    yield Figure(work="W2", name=name, value=value, most=3.5, note=note)


def oftener(sizes: Sizes) -> Sizes:
    """Run more often what takes microseconds."""
    return attrs.evolve(sizes, runs=sizes.runs * 10)


FIGURES = (("W1", _check), ("W1", _whole), ("W1b", _unknown), ("W2", _redeeming))
"""What is measured on each database, by row of the table."""
