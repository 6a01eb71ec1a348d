"""Where time, identifiers and secrets come from unless the host says otherwise."""

import secrets
import sys
from datetime import UTC, datetime

if sys.version_info >= (3, 14):
    from uuid import uuid7
else:
    from uuid_utils.compat import uuid7


def utc_now() -> datetime:
    """Read the machine's clock, aware and in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Make a UUIDv7: unique, and sorted by the time it was made."""
    return str(uuid7())


def new_secret() -> str:
    """Make 256 random bits as 43 characters of URL-safe text."""
    return secrets.token_urlsafe(32)
