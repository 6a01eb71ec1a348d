"""How often somebody may be invited."""

from datetime import timedelta

from custaccount.facilities.limits import Limit

INVITED = Limit(name="membership.invited", amount=3, per=timedelta(days=1))
"""Invitations to one address."""
INVITING = Limit(name="membership.inviting", amount=20, per=timedelta(hours=1))
"""Invitations of one customer."""
