"""The composition root: what can't work or is not safe is refused, with all problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from custaccount.accounts import ConfigurationRefused, CustomerAccounts, Delivery
from custaccount.adapters.memory import FixedClock, MemoryCart, MemoryMailer, MemoryStorage
from custaccount.credentials.passwords import Hashing
from custaccount.kernel.errors import UnitMisuse
from tests.house import ALICE, BASE_URL, KEY, NEWER_KEY, build, open_nord

CHEAP = Hashing.cheap()


def construct(**changes: object) -> CustomerAccounts:
    """Build with one thing or another changed."""
    good: dict[str, object] = {
        "storage": MemoryStorage(),
        "mailer": MemoryMailer(),
        "cart": MemoryCart(),
        "secret_keys": [KEY],
        "base_url": BASE_URL,
        "hashing": CHEAP,
        "testing": True,
        "delivery": Delivery.BY_RELAY,
    }
    return CustomerAccounts(**{**good, **changes})  # type: ignore[arg-type]


def problems_of(**changes: object) -> list[str]:
    """List the fields that do not hold."""
    with pytest.raises(ConfigurationRefused) as refused:
        construct(**changes)
    return [problem.field for problem in refused.value.problems]


REFUSED: Mapping[str, tuple[dict[str, object], list[str]]] = {
    "no storage": ({"storage": None}, ["storage"]),
    "something else as storage": ({"storage": object()}, ["storage"]),
    "no mailer": ({"mailer": None}, ["mailer"]),
    "no cart": ({"cart": None}, ["cart"]),
    "no keys": ({"secret_keys": []}, ["secret_keys"]),
    "a key for a list": ({"secret_keys": KEY}, ["secret_keys"]),
    "a short key": ({"secret_keys": [KEY, "short"]}, ["secret_keys[1]"]),
    "two bad keys": ({"secret_keys": ["a" * 40, KEY, ""]}, ["secret_keys[0]", "secret_keys[2]"]),
    "http off this machine": ({"base_url": "http://shop.example"}, ["base_url"]),
    "http that looks like this machine": (
        {"base_url": "http://localhost.evil.example"},
        ["base_url"],
    ),
    "no scheme": ({"base_url": "shop.example"}, ["base_url"]),
    "another scheme": ({"base_url": "ftp://shop.example"}, ["base_url"]),
    "a path": ({"base_url": "https://shop.example/portal"}, ["base_url"]),
    "a query": ({"base_url": "https://shop.example?x=1"}, ["base_url"]),
    "a fragment": ({"base_url": "https://shop.example#x"}, ["base_url"]),
    "a user": ({"base_url": "https://user@shop.example"}, ["base_url"]),
    "no host": ({"base_url": "https://"}, ["base_url"]),
    "a bad port": ({"base_url": "https://shop.example:x"}, ["base_url"]),
    "a bad address": ({"base_url": "https://[::1"}, ["base_url"]),
    "nothing": ({"base_url": ""}, ["base_url"]),
    "none": ({"base_url": None}, ["base_url"]),
    "cheap hashing": ({"testing": False}, ["hashing"]),
    "a naive clock": ({"clock": lambda: datetime(2026, 1, 1)}, ["clock"]),  # noqa: DTZ001
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_not_safe_is_refused(why: str) -> None:
    """Case 139: at construction, naming the argument."""
    changes, fields = REFUSED[why]

    assert problems_of(**changes) == fields


def test_all_problems_are_told_at_once() -> None:
    """Nobody starts the process six times."""
    fields = problems_of(
        storage=None,
        mailer=None,
        cart=None,
        secret_keys=["secret"],
        base_url="http://shop.example",
        testing=False,
        clock=lambda: datetime(2026, 1, 1),  # noqa: DTZ001
    )

    assert fields == ["storage", "mailer", "cart", "secret_keys[0]", "base_url", "hashing", "clock"]


def test_what_is_none_is_refused_and_not_fallen_over() -> None:
    """Settings that were not set: every one is named, at once, and none is a ``TypeError``."""
    nothing = dict.fromkeys(("storage", "mailer", "cart", "secret_keys", "base_url", "clock"))

    assert problems_of(**nothing) == list(nothing)


@pytest.mark.parametrize("keys", [None, 7, {KEY}, {KEY: KEY}, (), "", b""])
def test_keys_that_are_no_list_are_refused(keys: object) -> None:
    """A set has no newest key."""
    assert set(problems_of(secret_keys=keys)) == {"secret_keys"}


def test_a_key_that_is_no_text_is_refused_by_its_place() -> None:
    """The others are looked at all the same."""
    keys = [KEY, None, 7, [KEY], NEWER_KEY]

    assert problems_of(secret_keys=keys) == [f"secret_keys[{place}]" for place in (1, 2, 3)]


@pytest.mark.parametrize(
    "clock", [None, "now", 7, lambda: None, lambda: "2026-01-01T00:00:00Z", lambda: 1_800_000_000]
)
def test_a_clock_that_tells_no_moment_is_refused(clock: object) -> None:
    """Not at the first request, but here."""
    assert problems_of(clock=clock) == ["clock"]


def test_a_refused_configuration_is_told_like_a_form() -> None:
    """One code for who starts the process, and a line for each argument."""
    with pytest.raises(ConfigurationRefused) as refused:
        construct(secret_keys=None, clock=None)

    assert {problem.code for problem in refused.value.problems} == {"accounts.configuration"}
    assert [line.partition(":")[0] for line in str(refused.value).split("; ")] == [
        "secret_keys",
        "clock",
    ]


@pytest.mark.parametrize(
    "base_url",
    [
        "https://shop.example",
        "https://shop.example/",
        "https://shop.example:8443",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_safe(base_url: str) -> None:
    """A developer's machine needs no certificate."""
    assert construct(base_url=base_url).portals


def test_strong_hashing_needs_no_word_about_testing() -> None:
    """The default is safe."""
    assert construct(hashing=None, testing=False).sign_in


def test_keys_may_be_bytes_and_several() -> None:
    """Oldest first, as text or as bytes."""
    assert construct(secret_keys=[KEY.encode(), NEWER_KEY]).sign_in


def test_every_service_is_an_attribute() -> None:
    """What the house offers stands on it; the rest is its own."""
    services = {name for name in vars(construct()) if not name.startswith("_")}

    assert services >= {
        "acting",
        "audit",
        "first_sign_in",
        "order_desk",
        "orders",
        "password_reset",
        "portal_desk",
        "portals",
        "price_desk",
        "prices",
        "register_desk",
        "reorder",
        "sessions",
        "sign_in",
    }


def test_after_commit_mails_leave_by_themselves() -> None:
    """Without a worker: a thread of the process delivers, and ``close`` waits for it."""
    mailer = MemoryMailer()
    accounts = construct(mailer=mailer, delivery=Delivery.AFTER_COMMIT, clock=FixedClock())
    house = build()
    house.accounts, house.mailer = accounts, mailer
    nord = open_nord(house)

    accounts.first_sign_in.request(nord.guest, ALICE)
    accounts.close()

    assert [mail.to.key for mail in mailer.sent] == [ALICE]


def test_closing_twice_and_without_a_courier_is_no_error() -> None:
    """A process may end in more than one way."""
    for delivery in Delivery:
        accounts = construct(delivery=delivery)
        accounts.close()
        accounts.close()


def test_by_relay_mails_wait_for_it() -> None:
    """A worker, a job or a test decides when."""
    house = build()
    nord = open_nord(house)
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    assert house.mailer.sent == []

    assert house.accounts.relay().delivered >= 1
    assert len(house.mailer.sent) == 1


def test_a_service_does_not_run_inside_a_unit_of_the_same_storage() -> None:
    """Units never nest; the host is told, at once."""
    house = build()

    with house.storage.reading(), pytest.raises(UnitMisuse):
        house.accounts.portals.at_path("/customer-center")


def test_a_nudge_asks_for_delivery_again() -> None:
    """For a host whose own commit comes after the unit's; its queue is told too."""
    mailer, told = MemoryMailer(), []
    storage, clock = MemoryStorage(), FixedClock()
    waiting = build(storage, clock=clock)
    waiting.accounts.first_sign_in.request(open_nord(waiting).guest, ALICE)
    given = {"storage": storage, "mailer": mailer, "clock": clock}

    construct(**given, after_commit=lambda: told.append("there is something")).nudge()
    assert told == ["there is something"]
    assert mailer.sent == []

    accounts = construct(**given, delivery=Delivery.AFTER_COMMIT)
    accounts.nudge()
    accounts.close()
    assert [mail.to.text for mail in mailer.sent] == [ALICE]
