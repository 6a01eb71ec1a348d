"""Realms and portals: where customers come in, and what holds there."""

from custaccount.portals.model import (
    AddressKind,
    Entrance,
    Policies,
    Portal,
    PortalClosed,
    PortalCreated,
    PortalNotFound,
    PortalOpened,
    Realm,
    RealmFounded,
    return_path,
)
from custaccount.portals.ports import KeepPortals, PortalsReading, PortalsWork, ReadPortals

__all__ = [
    "AddressKind",
    "Entrance",
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
    "RealmFounded",
    "return_path",
]
