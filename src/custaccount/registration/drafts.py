"""What was begun as a guest and belongs to the account, once that is active."""

from collections.abc import Sequence

import attrs

from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.ids import DraftId
from custaccount.kernel.operations import requires
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.registration.model import Draft, DraftNotFound, DraftTaken
from custaccount.registration.ports import RegistrationReading, RegistrationWork


@attrs.frozen(kw_only=True)
class Drafts:
    """Hands a first order, as the host wrote it down, over to who registered with it."""

    _reading: Reading[RegistrationReading] = attrs.field(alias="reading")
    _begin: Begin[RegistrationWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.PLACE_ORDERS)
    def mine(self, member: Member) -> Sequence[Draft]:
        """List what the user has begun for the customer it acts for, the newest first."""
        with self._reading() as view:
            return tuple(view.drafts.of(member.scope, member.user))

    @requires(Permission.PLACE_ORDERS)
    @repeatable
    def take(self, member: Member, draft: DraftId) -> Draft:
        """Hand a draft over to be ordered, and forget it: of any number of calls one gets it.

        Raises:
            DraftNotFound: there is none, or it was taken.
        """
        with self._begin(member) as work:
            taken = work.drafts.take(member.scope, member.user, draft)
            if taken is None:
                raise DraftNotFound
            work.record(DraftTaken(at=self._clock(), draft=taken.id, customer=member.customer))
            work.commit()
        return taken
