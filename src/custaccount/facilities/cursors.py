"""Cursors and other facts signed for one membership or staff member, good for nobody else."""

import base64
import binascii
import json
from collections.abc import Sequence

from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member, Staff


def seal(keyring: Keyring, holder: Member | Staff, kind: str, facts: Sequence[str]) -> str:
    """Sign some facts for this member at this epoch, or for this staff member."""
    body = json.dumps([*_owner(holder), *facts], separators=(",", ":"))
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    return keyring.sign(text, purpose=kind, realm=holder.realm)


def unseal(keyring: Keyring, holder: Member | Staff, kind: str, sealed: object) -> tuple[str, ...]:
    """Read facts back.

    Raises:
        TokenInvalid: not made here, for another kind, holder or epoch.
    """
    text = keyring.read(sealed, purpose=kind, realm=holder.realm)
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as refusal:
        raise TokenInvalid from refusal
    owner = _owner(holder)
    if not isinstance(parts, list) or parts[: len(owner)] != owner:
        raise TokenInvalid
    return tuple(parts[len(owner) :])


def _owner(holder: Member | Staff) -> list[str]:
    if isinstance(holder, Staff):
        return ["staff", holder.id]
    return [holder.membership, str(holder.epoch)]
