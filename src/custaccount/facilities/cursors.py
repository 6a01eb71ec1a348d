"""Cursors and other facts signed for one membership, good for nobody else."""

import base64
import binascii
import json
from collections.abc import Sequence

from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member


def seal(keyring: Keyring, member: Member, kind: str, facts: Sequence[str]) -> str:
    """Sign some facts for this member at this epoch."""
    body = json.dumps([*_owner(member), *facts], separators=(",", ":"))
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    return keyring.sign(text, purpose=kind, realm=member.realm)


def unseal(keyring: Keyring, member: Member, kind: str, sealed: object) -> tuple[str, ...]:
    """Read facts back.

    Raises:
        TokenInvalid: not made here, for another kind, member or epoch.
    """
    text = keyring.read(sealed, purpose=kind, realm=member.realm)
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as refusal:
        raise TokenInvalid from refusal
    owner = _owner(member)
    if not isinstance(parts, list) or parts[: len(owner)] != owner:
        raise TokenInvalid
    return tuple(parts[len(owner) :])


def _owner(member: Member) -> list[str]:
    return [member.membership, str(member.epoch)]
