"""The outbox as it must be: every recorded event, when it is due, how often it was leased."""

from datetime import datetime

import attrs

from custaccount.facilities.outbox import PostState
from custaccount.kernel.events import Event
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope


@attrs.frozen
class Post:
    """An event on its way out."""

    event: Event
    due: datetime
    state: PostState = PostState.WAITING
    tries: int = 0


@attrs.define(slots=False)  # one of two bases
class OutboxOracle:
    """Says what an outbox must answer, if no event is recorded twice."""

    posts: dict[tuple[RealmId, Event], Post] = attrs.field(factory=dict, kw_only=True)

    def record(self, scope: RealmScope, event: Event) -> None:
        """See ``Recording.record``."""
        self.posts[scope.realm, event] = Post(event, due=event.at)

    def lease(
        self, scope: RealmScope, at: datetime, until: datetime, limit: int
    ) -> list[tuple[Event, int]]:
        """See ``Outbox.lease``; which events, and how often each was tried."""
        due = [one for one in self.recorded(scope, PostState.WAITING) if one.due <= at]
        oldest = sorted(due, key=lambda one: one.event.at)[:limit]
        taken = [attrs.evolve(one, due=until, tries=one.tries + 1) for one in oldest]
        self.posts |= {(scope.realm, one.event): one for one in taken}
        return [(one.event, one.tries) for one in taken]

    def delivered(self, scope: RealmScope, event: Event, tries: int) -> bool:
        """See ``Outbox.delivered``."""
        return self._settle(scope, event, tries, state=PostState.DELIVERED)

    def failed(self, scope: RealmScope, event: Event, tries: int, again: datetime | None) -> bool:
        """See ``Outbox.failed``."""
        if again is None:
            return self._settle(scope, event, tries, state=PostState.DEAD)
        return self._settle(scope, event, tries, due=again)

    def recorded(self, scope: RealmScope, *states: PostState) -> list[Post]:
        """Return what was recorded in a realm, in these states."""
        return [
            one
            for (realm, _), one in self.posts.items()
            if realm == scope.realm and one.state in states
        ]

    def _settle(
        self,
        scope: RealmScope,
        event: Event,
        tries: int,
        *,
        state: PostState = PostState.WAITING,
        due: datetime | None = None,
    ) -> bool:
        post = self.posts.get((scope.realm, event))
        if post is None or (post.state, post.tries) != (PostState.WAITING, tries):
            return False
        self.posts[scope.realm, event] = attrs.evolve(post, state=state, due=due or post.due)
        return True
