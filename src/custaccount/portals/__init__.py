"""Realms and portals: where customers come in, and what holds there."""

from custaccount.portals.addresses import return_path
from custaccount.portals.model import (
    AccountKind,
    ActivationMode,
    AddressKind,
    Entrance,
    LoginId,
    NotOffered,
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
from custaccount.portals.statuses import SWITCHES, CustomerStatus, Switches

__all__ = [
    "SWITCHES",
    "AccountKind",
    "ActivationMode",
    "AddressKind",
    "CustomerStatus",
    "Entrance",
    "KeepPortals",
    "LoginId",
    "NotOffered",
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
    "Switches",
    "return_path",
]
