"""Secrets appear in no repr, log, error, audit row or outbox row (case 62)."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from datetime import timedelta

import attrs
import pytest

import custaccount
from custaccount import CustAccountError, Member
from custaccount.credentials import PasswordHash
from custaccount.credentials.passwords import Hashing
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    KEY,
    NEWER_KEY,
    OTHER_PASSWORD,
    PASSWORD,
    Shop,
    build,
    everything_in,
    history,
    open_nord,
    price,
)

WRONG_PASSWORD = "ein falscher Schlüssel"


@attrs.define
class Day:
    """The main job from the first sign-in to the cart, and all secrets it met."""

    shop: Shop
    secrets: dict[str, str] = attrs.field(factory=dict)
    seen: list[object] = attrs.field(factory=list)

    def attempt(self, call: object, *args: object) -> None:
        """Do what is refused, and keep the refusal."""
        with pytest.raises(CustAccountError) as refused:
            call(*args)  # type: ignore[operator]
        self.seen += [refused.value, refused.value.facts, str(refused.value)]

    def spend(self) -> Member:
        """Do the whole main job, right and wrong."""
        shop, accounts, guest = self.shop, self.shop.house.accounts, self.shop.guest
        shop.keep_orders(shop.customer("E-ACME"), history("acme", 51, clock=shop.house.clock))
        listed = shop.price_list("all", [price("X1", "1")])
        accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)

        accounts.first_sign_in.request(guest, ALICE)
        activation = shop.house.token_for(ALICE)
        self.attempt(accounts.first_sign_in.activate, guest, activation, "kurz")
        accounts.first_sign_in.activate(guest, activation, PASSWORD)
        self.attempt(accounts.first_sign_in.activate, guest, activation, PASSWORD)
        self.secrets["hash"] = self.hash()

        session = shop.sign_in(ALICE)
        self.attempt(accounts.sign_in.sign_in, guest, ALICE, WRONG_PASSWORD)
        self.attempt(accounts.sign_in.sign_in, guest, WRONG_PASSWORD, "in the wrong box")
        shop.house.clock.advance(timedelta(minutes=2))
        self.seen.append(accounts.sessions.resume(guest, session))

        shop.house.mailer.down = True
        accounts.password_reset.request(guest, ALICE)
        accounts.relay()
        shop.house.mailer.down = False
        shop.house.clock.advance(timedelta(minutes=1))
        reset = shop.house.token_for(ALICE)
        accounts.password_reset.set_password(guest, reset, OTHER_PASSWORD)
        self.secrets["newer hash"] = self.hash()
        self.attempt(accounts.sessions.resume, guest, session)

        newest = shop.sign_in(ALICE, OTHER_PASSWORD)
        member = accounts.acting.member(accounts.sessions.resume(guest, newest))
        page = accounts.orders.newest(member)
        plan = accounts.reorder.plan(member, page.items[0].id)
        accounts.reorder.commit(member, plan.token)
        self.seen += [
            member,
            page,
            plan,
            accounts.acting.choices(accounts.sessions.resume(guest, newest)),
        ]
        accounts.relay()
        accounts.sessions.end(guest, newest)
        self.secrets |= {
            "activation": activation,
            "reset": reset,
            "session": session,
            "newer session": newest,
            "password": PASSWORD,
            "newer password": OTHER_PASSWORD,
            "wrong password": WRONG_PASSWORD,
            "key": KEY,
            "newer key": NEWER_KEY,
        }
        return member

    def hash(self) -> str:
        """Read Alice's stored hash."""
        stored = self.shop.user(ALICE).password
        assert stored is not None
        return stored.text


@pytest.fixture
def day(storage: Storage) -> Day:
    """A day at the first seller's."""
    return Day(open_nord(build(storage, secret_keys=(KEY, NEWER_KEY))))


def leaks_in(text: str, secrets: dict[str, str]) -> set[str]:
    """Name the secrets a text holds."""
    return {name for name, secret in secrets.items() if secret in text}


def test_no_secret_is_logged(day: Day, caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG, over the whole main job, failures included; extras count as well."""
    caplog.set_level(logging.DEBUG)

    day.spend()

    assert any(record.name == "custaccount.relay" for record in caplog.records)
    written = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert leaks_in(written, day.secrets) == set()


def test_no_secret_is_in_an_audit_or_outbox_row(day: Day) -> None:
    """Nor in any other row, but for the hash where it belongs."""
    day.spend()

    for table, rows in everything_in(day.shop.house.storage).items():
        found = leaks_in(deep(rows), day.secrets)
        assert found <= ({"newer hash"} if "users" in table else set()), table


def test_no_secret_is_in_a_repr_or_an_error(day: Day) -> None:
    """Of the house, its services, its actors, its answers and its refusals."""
    day.spend()
    accounts = day.shop.house.accounts
    mails = day.shop.house.mailer.sent
    shown = [accounts, *vars(accounts).values(), *day.seen, *mails, *map(str, mails)]
    shown += [day.shop.user(ALICE), *accounts.audit.latest(day.shop.staff).items]

    for thing in shown:
        assert leaks_in(repr(thing), day.secrets) == set(), type(thing)
        assert leaks_in(str(thing), day.secrets) == set(), type(thing)


def test_the_scanner_finds_what_it_looks_for(day: Day) -> None:
    """Negative control: a mail's text holds the link, a user's row the hash."""
    day.spend()

    texts = "".join(mail.plain for mail in day.shop.house.mailer.sent)
    assert {"activation", "reset"} <= leaks_in(texts, day.secrets)
    stored = day.shop.user(ALICE).password
    assert stored is not None
    assert leaks_in(deep({"users": attrs.asdict(stored)}), day.secrets) == {"newer hash"}


def deep(thing: object) -> str:
    """Write everything a value holds, what its repr hides too."""
    match thing:
        case dict():
            return " ".join(f"{deep(key)} {deep(value)}" for key, value in thing.items())
        case list() | tuple() | frozenset() | set():
            return " ".join(map(deep, thing))
        case _ if attrs.has(type(thing)):
            return " ".join(deep(getattr(thing, field.name)) for field in attrs.fields(type(thing)))
        case _:
            return str(thing)


# Every class there is ---------------------------------------------------------------------------

SECRET_WORDS = ("password", "secret", "digest", "hash", "bearer", "link", "keys", "plain", "html")
HARMLESS = (int, bool, timedelta, Hashing)
"""A number of things is none of them; hashing shows its parameters, never a hash."""
OTHERS = (
    "__main__",
    ".migrations",
    ".integrations",
    ".adapters.django",
    ".adapters.jinja2",
    ".cli",
)
"""What needs a framework that may not be there; they keep no values of their own."""


def attrs_classes() -> Iterator[type]:
    """Walk every attrs class of the house."""
    for module in pkgutil.walk_packages(custaccount.__path__, "custaccount."):
        if any(part in module.name for part in OTHERS):
            continue
        found = vars(importlib.import_module(module.name)).values()
        yield from {
            one
            for one in found
            if isinstance(one, type) and one.__module__ == module.name and attrs.has(one)
        }


def test_a_field_that_sounds_secret_is_not_shown() -> None:
    """Every public class: what is named like a secret has ``repr=False``, or can't be one."""
    shown = {
        f"{kind.__name__}.{field.name}"
        for kind in attrs_classes()
        for field in attrs.fields(kind)
        if field.repr
        and field.type not in HARMLESS
        and any(word in field.name for word in SECRET_WORDS)
    }

    assert shown == set()


def test_a_hash_is_hidden_wherever_it_stands() -> None:
    """A hash inside another value is hidden by its own type."""
    stored = PasswordHash("$argon2id$v=19$secret")

    assert "secret" not in repr([stored])
    assert "secret" not in str(stored)
    assert "secret" not in f"{stored}"
