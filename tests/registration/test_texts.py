"""Odd text wherever somebody may write some: kept clean, or refused; never anything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from custaccount import InvalidFields, InvalidInput
from custaccount.adapters.memory import MemoryStorage
from custaccount.kernel.text import unfit
from custaccount.portals import ActivationMode, LoginId, RegistrationMode
from custaccount.registration import RegisterQuery
from tests.house import Shop, everything_in, rows_of
from tests.realdata.conftest import data, edge_cases
from tests.registration.people import ANSWERS, decide, waiting, welcoming

__all__ = ["data", "edge_cases"]


@pytest.fixture
def naughty(edge_cases: Path) -> list[str]:
    """The big list of naughty strings, and a few of our own."""
    listed = json.loads((edge_cases / "strings" / "blns.json").read_text(encoding="utf-8"))
    return [*listed, "\ud800", "a\0b", "\u202eabc", "x" * 100, "x" * 101, " a ", "a\r\nBcc: b@c.de"]


@pytest.fixture
def shop() -> Shop:
    """A shop where staff release who asks."""
    return welcoming(MemoryStorage(), registration=RegistrationMode.RELEASED)


def fits(text: str) -> bool:
    """Tell whether a text may be kept as it is."""
    return bool(text) and text == text.strip() and not unfit(text) and "\n" not in text


def test_every_naughty_name_is_kept_clean_or_refused(shop: Shop, naughty: list[str]) -> None:
    """In each answer of a registration; then everybody is written to, and staff read it."""
    kept = 0
    for place, text in enumerate(naughty):
        told = {**ANSWERS, "name": text, "company": text, "street": text, "town": text}
        try:
            shop.house.accounts.registering.register(
                shop.guest, email=f"n{place}@new.example", answers=told, draft=text
            )
        except InvalidFields:
            continue
        kept += 1

    assert kept > 100
    assert shop.house.accounts.relay().failed == 0
    for one in rows_of(everything_in(shop.house.storage), ("registrations",)):
        assert all(fits(answer) for answer in one.answers.values())  # type: ignore[attr-defined]
    assert len(shop.house.mailer.sent) == kept
    assert all("\n" not in mail.subject for mail in shop.house.mailer.sent)
    assert waiting(shop)


def test_every_naughty_reason_is_told_or_refused(shop: Shop, naughty: list[str]) -> None:
    """As it was written, to the person; a refused one decides nothing."""
    desk, told = shop.house.accounts.registration_desk, []
    for place, text in enumerate(naughty):
        email = f"n{place}@new.example"
        shop.house.accounts.registering.register(shop.guest, email=email, answers=ANSWERS)
        (asked,) = waiting(shop)
        try:
            desk.reject(shop.staff, asked.id, reason=text)
        except InvalidFields:
            assert waiting(shop) == (asked,)
            desk.reject(shop.staff, asked.id, reason="no")
            continue
        told.append((email, text.strip()))

    assert len(told) > 100
    assert shop.house.accounts.relay().failed == 0
    for email, text in told:
        assert " ".join(text.split()) in " ".join(shop.house.mailer.newest(email).plain.split())


def test_every_naughty_name_of_staffs_is_kept_clean_or_refused(
    shop: Shop, naughty: list[str]
) -> None:
    """Of somebody they make an account for, invite, or look for."""
    accounts, acme = shop.house.accounts, shop.customer("E-ACME").id
    desk, members, portal = accounts.account_desk, accounts.member_desk, shop.portal.id
    for place, text in enumerate(naughty):
        try:
            email = f"i{place}@new.example"
            made = members.invite(shop.staff, portal, acme, email=email, name=text)
        except InvalidFields:
            continue
        assert made.name == "" or fits(made.name)
    decide(shop, activation=ActivationMode.STAFF_PASSWORD, login=LoginId.CUSTOMER_NUMBER)
    for text in naughty:
        try:
            desk.give_password(shop.staff, portal, acme, name=text)
        except InvalidFields:
            continue
    for text in naughty:
        try:
            desk.search(shop.staff, RegisterQuery(text=text))
        except InvalidInput:
            continue

    assert all(fits(line.name) for line in members.users(shop.staff, acme))
    assert len(members.users(shop.staff, acme)) > 100
    assert accounts.relay().failed == 0
