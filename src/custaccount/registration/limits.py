"""How often somebody may ask for an account, or be asked."""

from datetime import timedelta

from custaccount.facilities.limits import Limit

BY_ADDRESS = Limit(name="registration.by_address", amount=5, per=timedelta(days=1))
"""Registrations of one address, and so mails to it."""
BY_NETWORK = Limit(name="registration.by_network", amount=20, per=timedelta(hours=1))
ORDERING = Limit(name="registration.ordering", amount=60, per=timedelta(hours=1))
"""Orders of guests from one network."""
PROOFS = Limit(name="registration.proofs", amount=5, per=timedelta(days=1))
"""Second proofs one user may try."""
