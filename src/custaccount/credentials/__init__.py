"""People who sign in: users, their passwords and sessions."""

from custaccount.credentials.model import (
    PasswordHash,
    PasswordSet,
    ResetRequested,
    Session,
    SessionOver,
    SignedIn,
    SignedOut,
    SignInFailed,
    SignInRefused,
    StoredHashUnusable,
    User,
    UserNotFound,
    UserState,
)
from custaccount.credentials.ports import (
    CredentialsReading,
    CredentialsWork,
    KeepSessions,
    KeepUsers,
    ReadSessions,
    ReadUsers,
)

__all__ = [
    "CredentialsReading",
    "CredentialsWork",
    "KeepSessions",
    "KeepUsers",
    "PasswordHash",
    "PasswordSet",
    "ReadSessions",
    "ReadUsers",
    "ResetRequested",
    "Session",
    "SessionOver",
    "SignInFailed",
    "SignInRefused",
    "SignedIn",
    "SignedOut",
    "StoredHashUnusable",
    "User",
    "UserNotFound",
    "UserState",
]
