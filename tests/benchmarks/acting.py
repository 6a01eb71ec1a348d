"""M2: what every call of a customer's user begins with, for it is looked up anew each time."""

from __future__ import annotations

from collections.abc import Iterator

from custaccount.kernel.features import Features
from custaccount.membership import Standing
from tests.benchmarks.gauge import Figure, ratio, statements
from tests.benchmarks.ground import BUYER, RIGHT, Ground
from tests.benchmarks.lists import raw


def _acting(ground: Ground) -> Iterator[Figure]:
    member, sessions = ground.member, ground.accounts.sessions
    session = sessions.resume(
        ground.guest, ground.accounts.sign_in.sign_in(ground.guest, BUYER, RIGHT)
    )
    with statements(ground.engine) as asked:
        ground.accounts.acting.member(session, member.customer)
    yield Figure(
        work="M2",
        name=f"statements of acting, {ground.backend}",
        value=len(asked),
        unit="",
        most=2,
    )
    with ground.engine.connect() as connection:
        joined = ground.storage.joining(connection)

        def find() -> Standing:
            with joined.reading() as view:
                found = view.memberships.find(member.scope, member.user)
            assert found is not None
            return found

        value, note = ratio(find, raw(connection, find), ground.sizes)
        yield Figure(
            work="M2",
            name=f"a standing on a held connection, {ground.backend}",
            value=value,
            note=note,
        )
        with joined.reading() as view:
            portal = view.portals.get(member.scope.of_realm, member.portal)
        standing, features = find(), Features()
        value, note = ratio(lambda: standing.member(portal, features, None), find, ground.sizes)
        yield Figure(
            work="M2",
            name=f"what it allows, against looking it up, {ground.backend}",
            value=value,
            most=1,
            note=note,
        )


FIGURES = (("M2", _acting),)
