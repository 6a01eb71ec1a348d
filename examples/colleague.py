"""Somebody of the seller's, who shows the staff's pages to the one with the camera."""

from __future__ import annotations

from collections.abc import Iterator

from browser import Answer, Browser
from serving import Demo
from wholesaler.opening import PARTNERS_PATH


class Colleague:
    """Somebody who may do everything, one who may not, and nobody at all."""

    def __init__(self, made: Demo, language: str) -> None:
        self.base = f"{made.base_url}{PARTNERS_PATH}/staff"
        self.ove, self.grete, self.nobody = Browser(), Browser(), Browser()
        for browser in (self.ove, self.grete, self.nobody):
            page = browser.get(f"{self.base}/sign-in")
            browser.submit(page.form(to="/language"), press=language)
        for browser, one in zip((self.ove, self.grete), made.host.opened.staff, strict=True):
            form = browser.get(f"{self.base}/sign-in").form(to="/sign-in")
            browser.submit(form, email=one.email, password=one.password)

    def look(self, theme: str) -> None:
        """Choose a look."""
        for browser in (self.ove, self.grete, self.nobody):
            page = browser.get(f"{self.base}/sign-in")
            browser.submit(page.form(to="/theme"), press=theme)

    def get(self, path: str) -> Answer:
        """Open a page, as who may do everything."""
        return self.ove.get(f"{self.base}{path}")

    def first(self, path: str) -> Answer:
        """Open the first thing a list links to."""
        page = self.get(path)
        return self.ove.get(next(link for link in page.links if f"{path}/" in link))

    def pages(self) -> Iterator[tuple[str, Answer]]:
        """Open every page."""
        sign_in = self.nobody.get(f"{self.base}/sign-in")
        yield "sign-in", sign_in
        form = sign_in.form(to="/sign-in")
        yield "sign-in-refused", self.nobody.submit(form, email="ove@x.example", password="no")
        yield "forgotten", self.nobody.get(f"{self.base}/forgotten")
        yield "first-password", self.grete.get(f"{self.base}/own-password")
        yield "desk", self.get("")
        yield "customers", self.get("/customers")
        customer = self.first("/customers")
        yield "customer", customer
        form = customer.form(having="reason")
        yield "customer-refused", self.ove.submit(form, reason=" ")
        yield "queue", self.get("/queue")
        yield "registration", self.first("/queue")
        yield "portals", self.get("/portals")
        portal = self.first("/portals")
        yield "portal", portal
        form = portal.form(having="policies.registration")
        wrong = {"policies.password_shortest": "5", "policies.number_range": "", "name": ""}
        yield "portal-refused", self.ove.submit(form, **wrong)
        yield "numbers", self.get("/numbers")
        yield "number-range", self.first("/numbers")
        yield "colleagues", self.get("/people")
        yield "colleague", self.first("/people")
        yield "what-happened", self.get("/audit")
        given = self.first("/customers").form(having="name")
        yield "given", self.ove.submit(given, name="Jens Jensen")
