"""Realms and portals: where customers come in, and what holds there."""

from custaccount.portals.model import (
    AddressKind,
    Policies,
    Portal,
    PortalClosed,
    PortalCreated,
    PortalNotFound,
    PortalOpened,
    Realm,
    return_path,
)
from custaccount.portals.ports import KeepPortals, PortalsReading, PortalsWork, ReadPortals

__all__ = [
    "AddressKind",
    "KeepPortals",
    "Policies",
    "Portal",
    "PortalClosed",
    "PortalCreated",
    "PortalNotFound",
    "PortalOpened",
    "PortalsReading",
    "PortalsWork",
    "ReadPortals",
    "Realm",
    "return_path",
]
