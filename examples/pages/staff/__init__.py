"""The staff's side of the pages: who sells works here, and signs in apart from customers."""

from __future__ import annotations

from collections.abc import Sequence

from pages.asking import Route
from pages.staff import (
    access,
    customers,
    desk,
    entering,
    groups,
    numbers,
    people,
    portals,
    queue,
    register,
    status,
    users,
)

ROUTES: Sequence[Route] = (
    *entering.ROUTES,
    *desk.ROUTES,
    *register.ROUTES,
    *customers.ROUTES,
    *users.ROUTES,
    *status.ROUTES,
    *access.ROUTES,
    *groups.ROUTES,
    *queue.ROUTES,
    *portals.ROUTES,
    *numbers.ROUTES,
    *people.ROUTES,
)
"""``views`` joins them with the customers'."""
