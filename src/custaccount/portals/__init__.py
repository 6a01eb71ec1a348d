"""Realms and portals: where customers come in, and what holds there."""

from custaccount.portals.addresses import return_path
from custaccount.portals.model import (
    AccountKind,
    ActivationMode,
    AddressKind,
    Entrance,
    LoginId,
    Policies,
    Portal,
    PortalChanged,
    PortalClosed,
    PortalCreated,
    PortalNotFound,
    PortalOpened,
    Realm,
    RealmFounded,
    RegistrationMode,
)
from custaccount.portals.ports import KeepPortals, PortalsReading, PortalsWork, ReadPortals

__all__ = [
    "AccountKind",
    "ActivationMode",
    "AddressKind",
    "Entrance",
    "KeepPortals",
    "LoginId",
    "Policies",
    "Portal",
    "PortalChanged",
    "PortalClosed",
    "PortalCreated",
    "PortalNotFound",
    "PortalOpened",
    "PortalsReading",
    "PortalsWork",
    "ReadPortals",
    "Realm",
    "RealmFounded",
    "RegistrationMode",
    "return_path",
]
