"""The demo's Flask pages without a network: in memory, with a clock that can be moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from urllib.request import Request

import attrs
from flask import Flask

from browser import Answer, Browser
from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import (
    MemoryCart,
    MemoryCatalogue,
    MemoryErp,
    MemoryMailer,
    MemoryStorage,
)
from custaccount.credentials.passwords import Hashing
from flask_portal import create_portal, create_shop
from wholesaler.articles import catalogue
from wholesaler.opening import PATH, Opened, an_invoice, make_account, open_portal, stock
from wholesaler.shop import Shop

BASE = "http://127.0.0.1:8000"
PASSWORD = "violet harbour crane 42"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Near(Browser):
    """A browser that asks an application directly."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client()

    def _open(self, request: Request) -> Answer:
        url = urlsplit(request.full_url)
        answer = self._client.open(
            url.path,
            base_url=BASE,
            query_string=url.query,
            method=request.get_method(),
            data=request.data,
            content_type="application/x-www-form-urlencoded",
            headers=dict(request.header_items()),
        )
        return Answer(
            url=request.full_url,
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.text,
        )


@attrs.define
class House:
    """The demo's shop with its pages."""

    now: datetime = NOW
    shop: Shop = attrs.field(init=False)
    opened: Opened = attrs.field(init=False)
    app: Flask = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Open."""
        erp, offers, mailer = MemoryErp(), MemoryCatalogue(), MemoryMailer()
        accounts = CustomerAccounts(
            storage=MemoryStorage(),
            mailer=mailer,
            erp=erp,
            cart=MemoryCart(),
            catalogue=offers,
            secret_keys=["kqX0c3-vB7_zR2mT9wLp5nYd8hGfJs4uEa6i"],
            base_url=BASE,
            delivery=Delivery.BY_RELAY,
            hashing=Hashing.cheap(),
            testing=True,
            clock=lambda: self.now,
        )
        stock(erp, offers, now=NOW)
        portal = open_portal(accounts)
        invoice = an_invoice(now=NOW)
        self.opened = make_account(accounts, portal, mailer.newest_link, PASSWORD, invoice)
        ranges = {chapter.key: chapter for chapter in catalogue()}
        self.shop = Shop(accounts=accounts, ranges=ranges, inbox=mailer, clock=lambda: self.now)
        self.app = create_shop(self.shop, create_portal(self.shop))

    @property
    def accounts(self) -> CustomerAccounts:
        """Its accounts."""
        return self.shop.accounts

    def pass_time(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span

    def browser(self) -> Near:
        """Open a browser that speaks English."""
        browser = Near(self.app)
        self.english(browser)
        return browser

    def english(self, browser: Near) -> None:
        """Ask for English."""
        page = browser.get(at("/articles"))
        browser.submit(page.form(to="/language"), press="en")

    def signed_in(self, login: str, password: str = PASSWORD, path: str = "/sign-in") -> Near:
        """Open a browser and sign in."""
        browser = self.browser()
        form = browser.get(at(path)).form(to="/sign-in")
        browser.submit(form, login=login, password=password)
        page = browser.get(at("/my-data"))
        browser.submit(page.form(to="/language"), press="en")
        return browser

    def link(self, email: str) -> str:
        """Have mails sent, and return the newest link to an address."""
        self.accounts.relay()
        return self.shop.inbox.newest_link(email)


def at(path: str) -> str:
    """Write an address in the portal."""
    return f"{BASE}{PATH}{path}"
