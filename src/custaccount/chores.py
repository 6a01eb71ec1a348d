"""What is forgotten once it is over: the sweeper's list."""

from datetime import timedelta

from custaccount.facilities.limits import Limits, Sweepable
from custaccount.facilities.sweeper import Chore, ChoreApart
from custaccount.portals.model import SESSION_CEILING
from custaccount.staff.model import SESSION_LONGEST as STAFF_SESSION_LONGEST
from custaccount.storage import Unit

CHORES: tuple[Chore[Unit], ...] = (
    Chore(
        name="tickets.expired",
        keep=timedelta(days=7),
        purge=lambda work, scope, before, most: work.tickets.purge(
            scope, expired_before=before, limit=most
        ),
    ),
    Chore(
        name="sessions.over",
        keep=SESSION_CEILING,
        purge=lambda work, scope, before, most: work.sessions.purge(
            scope, begun_before=before, limit=most
        ),
    ),
    Chore(
        name="staff_sessions.over",
        keep=STAFF_SESSION_LONGEST,
        purge=lambda work, scope, before, most: work.staff_sessions.purge(
            scope, begun_before=before, limit=most
        ),
    ),
    Chore(
        name="registrations.expired",
        keep=timedelta(0),
        purge=lambda work, scope, before, most: work.registrations.purge(
            scope, expired_before=before, limit=most
        ),
    ),
    Chore(
        name="drafts.forgotten",
        keep=timedelta(days=90),
        purge=lambda work, scope, before, most: work.drafts.purge(
            scope, kept_before=before, limit=most
        ),
    ),
    Chore(
        name="outbox.delivered",
        keep=timedelta(days=30),
        purge=lambda work, scope, before, most: work.outbox.purge(
            scope, recorded_before=before, limit=most
        ),
    ),
)
"""What is forgotten, and how long after it is over; the audit trail is kept for good."""


def chores_apart(limits: Limits) -> tuple[ChoreApart, ...]:
    """List what is forgotten elsewhere: uses of limits, in a store that does not do so itself."""
    if not isinstance(limits, Sweepable):
        return ()
    return (
        ChoreApart(
            name="limits.over",
            keep=timedelta(0),
            purge=lambda scope, before, most: limits.purge(scope, over_before=before, limit=most),
        ),
    )
