"""Orders with their delivery notes and invoices: what was bought, sent and billed."""

from custaccount.orders.model import (
    Author,
    DeliveredLine,
    DeliveryNote,
    ErpUnavailable,
    Found,
    Invoice,
    NumberKind,
    Order,
    OrderLine,
    OrderNotFound,
    OrderOwner,
    OrdersKept,
    OrderStatus,
    OrderSummary,
    Position,
    Tracking,
)
from custaccount.orders.ports import KeepOrders, OrderSource, OrdersReading, OrdersWork

__all__ = [
    "Author",
    "DeliveredLine",
    "DeliveryNote",
    "ErpUnavailable",
    "Found",
    "Invoice",
    "KeepOrders",
    "NumberKind",
    "Order",
    "OrderLine",
    "OrderNotFound",
    "OrderOwner",
    "OrderSource",
    "OrderStatus",
    "OrderSummary",
    "OrdersKept",
    "OrdersReading",
    "OrdersWork",
    "Position",
    "Tracking",
]
