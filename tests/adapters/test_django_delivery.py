"""What a host's ``atomic`` holds back leaves when the host commits, and never if it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from custaccount.accounts import Delivery
from tests.adapters.django_project import PATIENCE, Host
from tests.house import ALICE, BOB, House, Shop, build, open_nord


class HostGivesUp(Exception):
    """What makes a host roll back."""


class Opening(Protocol):
    """Opens a shop whose mails a thread of the process delivers."""

    def __call__(self, host: Host, *, nudged: bool) -> Shop: ...  # noqa: D102


@pytest.fixture
def open_shop() -> Iterator[Opening]:
    """Return what opens a shop, and close it afterwards."""
    houses: list[House] = []

    def nudge() -> None:
        for house in houses:
            house.accounts.nudge()

    def opened(host: Host, *, nudged: bool) -> Shop:
        storage = host.storage(after_commit=nudge if nudged else None)
        houses.append(build(storage, delivery=Delivery.AFTER_COMMIT))
        return open_nord(houses[0])

    yield opened
    for house in houses:
        house.accounts.close()


@pytest.fixture
def shop(django_host: Host, open_shop: Opening) -> Shop:
    """A shop of a host that wired it as the how-to says."""
    return open_shop(django_host, nudged=True)


def settle(shop: Shop) -> None:
    """Wait until the courier has nothing to do."""
    courier = shop.house.accounts._courier
    assert courier is not None
    if (thread := courier._thread) is not None:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def ask(shop: Shop, email: str = ALICE) -> list[str]:
    """Ask for a mail; return whom mails have been sent to once all was tried."""
    settle(shop)
    shop.house.accounts.first_sign_in.request(shop.guest, email)
    return sent(shop)


def sent(shop: Shop) -> list[str]:
    """Return whom mails have been sent to once all was tried."""
    settle(shop)
    return [mail.to.text for mail in shop.house.mailer.sent]


def test_a_mail_leaves_when_the_host_commits(django_host: Host, shop: Shop) -> None:
    """Not before: the courier that every unit nudges sees nothing yet."""
    with django_host.atomic():
        with django_host.atomic():
            assert ask(shop) == []
        assert sent(shop) == []

    assert sent(shop) == [ALICE]


def test_no_mail_leaves_if_the_host_rolls_back(django_host: Host, shop: Shop) -> None:
    """Neither then nor with the next one."""

    def host() -> None:
        with django_host.atomic():
            assert ask(shop) == []
            raise HostGivesUp

    with pytest.raises(HostGivesUp):
        host()
    assert sent(shop) == []

    assert ask(shop, BOB) == [BOB]


def test_without_the_later_nudge_the_mail_waits(django_host: Host, open_shop: Opening) -> None:
    """The test of the tests above: it is the nudge after the host's commit that delivers."""
    shop = open_shop(django_host, nudged=False)

    with django_host.atomic():
        assert ask(shop) == []
    assert sent(shop) == []

    shop.house.accounts.nudge()
    assert sent(shop) == [ALICE]


def test_a_host_without_atomic_needs_nothing(django_host: Host, open_shop: Opening) -> None:
    """There the unit's own nudge comes after its commit."""
    assert ask(open_shop(django_host, nudged=False)) == [ALICE]


def test_a_relay_works_inside_the_hosts_transaction(django_host: Host) -> None:
    """As a ``TestCase`` needs it, where nothing is ever committed."""
    with django_host.atomic():
        house = build(django_host.storage())
        house.accounts.first_sign_in.request(open_nord(house).guest, ALICE)
        house.accounts.relay()

    assert [mail.to.text for mail in house.mailer.sent] == [ALICE]
