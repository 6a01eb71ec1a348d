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
        form = customer.form(press="give password")
        yield "customer-refused", self.ove.submit(form, address="katja", name="")
        yield from self.of_customer(customer)
        yield "groups", self.get("/groups")
        yield "group", self.first("/groups")
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
        given = self.first("/customers").form(press="give password")
        yield "given", self.ove.submit(given, name="Jens Jensen")

    def of_customer(self, customer: Answer) -> Iterator[tuple[str, Answer]]:
        """Open what a customer's page leads to."""
        users = [link for link in customer.links if "/users/" in link]
        user = self.ove.get(users[-1])
        yield "user", user
        leader = self.ove.get(users[0])
        self.ove.submit(leader.form(press="block"), reason="Lost telephone.")
        yield "customer-leaderless", self.ove.get(customer.url)
        self.ove.submit(self.ove.get(users[0]).form(press="unblock"))
        yield "user-refused", self.ove.submit(user.form(press="block"), reason=" ")
        status = self.ove.get(next(link for link in customer.links if link.endswith("/status")))
        yield "status", status
        form = status.form(having="status")
        yield "status-stale", self.ove.submit(form, version="0", status="on hold")
        way = next(link for link in customer.links if link.endswith("/access"))
        form = self.ove.get(way).form(to="/access")
        user_id = next(value for name, value in form.fields if name == "user")
        yield "access", self.ove.submit(form, user=user_id, operation="orders.newest")
        piet = self.ove.get(users[1])
        asking = self.ove.get(next(link for link in piet.links if "/access?" in link))
        yield "access-refused", self.ove.submit(asking.form(to="/access"), operation="users.all")
