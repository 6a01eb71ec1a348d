"""How often somebody may be invited."""

from datetime import timedelta

from custaccount.facilities.limits import Limit

INVITED = Limit(name="membership.invited", amount=3, per=timedelta(days=1))
"""Invitations of one customer to one address."""
MAILED = Limit(name="membership.mailed", amount=10, per=timedelta(days=1))
"""Invitations to one address, of whichever customers: so many mails it gets, and no more."""
INVITING = Limit(name="membership.inviting", amount=20, per=timedelta(hours=1))
"""Invitations of one customer."""
