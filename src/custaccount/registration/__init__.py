"""From visitor to active account."""

from custaccount.registration.model import AccountActivated, FirstSignInRequested
from custaccount.registration.ports import RegistrationReading, RegistrationWork

__all__ = [
    "AccountActivated",
    "FirstSignInRequested",
    "RegistrationReading",
    "RegistrationWork",
]
