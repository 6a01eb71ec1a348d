"""Take the pictures of the documentation: the demo's pages, light, dark and on a telephone.

Needs a Chromium. It has no cookies, so the pages are fetched by somebody signed in and shown to it.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from logging import getLogger
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import attrs
from flask import Flask
from werkzeug.serving import make_server

import pages
from browser import Answer, Browser
from colleague import Colleague
from newcomer import ANSWERS
from serving import HOST, Demo, demo, facts_of, serving
from steps import PASSWORD, Walking
from wholesaler.opening import PARTNERS_PATH, PATH, PROVEN, SHARED, SUSPENDED

SIZES = {"": (1200, 1000), "-narrow": (390, 1400)}
"""What is added to a picture's name, and width and height of the window."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
PATIENCE = 60
"""Seconds one picture may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/_static"))
    parser.add_argument("--all", action="store_true", help="every page, not only README's")
    parser.add_argument("--language", default="en", help="which language the pages speak")
    parser.add_argument("--host", default="flask", choices=("flask", "django"), help="whose pages")
    chosen = parser.parse_args(arguments)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("No Chromium found.", file=sys.stderr)
        return 1
    making = import_module(f"{chosen.host}_portal.host").making
    with demo(making) as made, serving(made):
        taken = dict(pictures(made, chosen.language, everything=chosen.all))
    shoot(chromium, taken, chosen.folder, everything=chosen.all)
    return 0


# What is shown ----------------------------------------------------------------------------------


def pictures(made: Demo, language: str, *, everything: bool) -> Iterator[tuple[str, str]]:
    """Give a name and the page of each picture; README shows the orders."""
    visitor, colleague = Visitor(made, language), Colleague(made, language)
    for theme in ("light", "dark"):
        visitor.look(theme)
        yield f"portal-{theme}", visitor.get("/orders").body
        for name, page in visitor.pages() if everything else ():
            yield f"{name}-{theme}", page.body
    for theme in ("light", "dark") if everything else ():  # staff block the visitor's login
        colleague.look(theme)
        for name, page in colleague.pages():
            yield f"staff-{name}-{theme}", page.body


class Visitor:
    """Somebody signed in, and somebody who is not."""

    def __init__(self, made: Demo, language: str) -> None:
        self.base = f"{made.base_url}{PATH}"
        self.inbox = f"{made.base_url}/dev/inbox"
        self.made, self.language, self.theme = made, language, "light"
        self.mia: Browser | None = None
        self.me, self.stranger, self.katja = Browser(), Browser(), Browser()
        for browser in (self.me, self.stranger, self.katja):
            page = browser.get(f"{self.base}/sign-in")
            page = browser.submit(page.form(to="/language"), press=language)
        page = self.me.get(f"{self.base}/sign-in")
        page = self.me.submit(
            page.form(to="/sign-in"),
            login=made.host.opened.login,
            password=made.host.opened.password,
        )
        page = self.me.submit(page.form(to="/language"), press=language)
        self.orders = [link for link in page.links if f"{self.base}/orders/" in link]
        page = self.katja.get(f"{self.base}/sign-in")
        form = page.form(to="/sign-in")
        page = self.katja.submit(form, login=SHARED, password=made.host.opened.password)
        self.katja.submit(page.form(to="/language"), press=language)
        self.ask_for_links()

    def look(self, theme: str) -> None:
        """Choose a look."""
        self.theme = theme
        for browser in (self.me, self.stranger, self.katja, *filter(None, [self.mia])):
            page = browser.get(f"{self.base}/sign-in")
            browser.submit(page.form(to="/theme"), press=theme)

    def get(self, path: str) -> Answer:
        """Open a page, signed in."""
        return self.me.get(f"{self.base}{path}")

    def ask_for_links(self) -> None:
        """Fill the inbox, and the cart."""
        page = self.stranger.get(f"{self.base}/first-sign-in")
        self.stranger.submit(page.form(to="/first-sign-in"), email="noor@inkoopbureau.example")
        plan = self.me.get(f"{self.orders[1]}/again")
        self.me.submit(plan.form(to="/again"), press="commit")

    def pages(self) -> Iterator[tuple[str, Answer]]:
        """Open every page."""
        number = self.orders[1].rpartition("/")[2].partition("-")[2]
        sign_in = self.stranger.get(f"{self.base}/sign-in")
        yield "sign-in", sign_in
        form = sign_in.form(to="/sign-in")
        yield "sign-in-refused", self.stranger.submit(form, login="anna@x.example", password="no")
        yield "first-sign-in", self.stranger.get(f"{self.base}/first-sign-in")
        yield "mail-sent", self.stranger.get(f"{self.base}/mail-sent")
        inbox = self.stranger.get(self.inbox)
        yield "inbox", inbox
        link = next(link for link in inbox.links if "/activate?token=" in link)
        page = self.stranger.get(link)
        form = page.form(to="/activate")
        yield "set-password", self.stranger.submit(form, password="noor")
        yield "link-over", self.stranger.get(f"{self.base}/activate?token=x")
        yield "company", self.get("/company")
        yield "order", self.me.get(self.orders[1])
        yield "search", self.get(f"/orders/search?q={number}")
        yield "prices", self.get("/prices?range=gloves")
        yield "plan", self.me.get(f"{self.orders[1]}/again")
        yield "cart", self.get("/cart?added=6")
        yield "not-found", self.get("/orders/unknown")
        yield from self.coming_in()
        yield from self.my_data()
        yield from self.team()
        yield from self.partners()

    def coming_in(self) -> Iterator[tuple[str, Answer]]:
        """Open what a guest sees who becomes a customer."""
        page = self.stranger.get(f"{self.base}/articles?range=gloves")
        yield "articles", page
        form = page.form(to="/articles")
        numbers = [name for name, _ in form.fields if name[-3:].isdecimal()]
        yield "guest-cart", self.stranger.submit(form, **dict.fromkeys(numbers[:3], "5"))
        yield "guest-checkout", self.stranger.get(f"{self.base}/checkout")
        page = self.stranger.get(f"{self.base}/register?order=1")
        yield "register", page
        wrong = {"email": "mia", "company": "Elektro M.", "country": "DE", "postal_code": "1"}
        yield "register-refused", self.stranger.submit(page.form(to="/register"), **wrong)
        yield "registered", self.stranger.get(f"{self.base}/registered")
        inbox = self.stranger.get(self.inbox)
        link = next(link for link in inbox.links if "/invitation?token=" in link)
        page = self.stranger.get(link)
        yield "invitation", self.stranger.submit(page.form(to="/invitation"), press="suggest")
        yield "invitation-another", self.me.get(link)
        if self.mia is None:
            self.mia = self.waiting(PROVEN)
        yield "prepared", self.mia.get(f"{self.base}/prepared")

    def waiting(self, email: str) -> Browser:
        """Let somebody register whom the register knows, and who has to wait."""
        mia = Browser()
        form = self.stranger.get(f"{self.base}/register").form(to="/register")
        self.stranger.submit(form, email=email, **ANSWERS)
        link = Walking(facts_of(self.made)).mailed(email, "/register/confirm")
        mia.submit(mia.get(link).form(to="/confirm"), password=PASSWORD)
        form = mia.get(f"{self.base}/sign-in").form(to="/sign-in")
        mia.submit(form, login=email, password=PASSWORD)
        mia.submit(mia.get(f"{self.base}/my-data").form(to="/language"), press=self.language)
        return mia

    def my_data(self) -> Iterator[tuple[str, Answer]]:
        """Open what a customer keeps in order."""
        page = self.get("/my-data")
        yield "me", page
        yield "me-stale", self.me.submit(page.form(to="/my-data"), version="0", name="Anna B.")
        page = self.get("/my-data/password")
        form = page.form(to="/password")
        yield "my-password", self.me.submit(form, current="wrong", password="a longer sentence")
        yield "my-email", self.get("/my-data/email")
        yield "sessions", self.get("/my-data/sign-ins")
        yield "company-data", self.get("/my-data/company")
        yield "addresses", self.get("/my-data/addresses")
        page = self.get("/my-data/addresses/new")
        yield "address", self.me.submit(page.form(to="/new"), postal_code="1", country="DE")
        yield "checkout", self.get("/checkout")

    def team(self) -> Iterator[tuple[str, Answer]]:
        """Open what is about who acts for a company, and for two."""
        page = self.get("/users")
        yield "users", page
        form = self.get("/users/new").form(to="/new")
        yield "invite-refused", self.me.submit(form, address="nobody", name="Jule")
        user = self.me.get(self.beside(page, f"{SUSPENDED}<"))
        yield "user", user
        yield "remove-user", self.me.get(f"{user.url}/remove")
        yield "join-request", self.me.get(self.beside(page, "Mette Carstens", "<li>"))
        roles = self.get("/users/roles")
        yield "roles", roles
        role = self.me.get(self.beside(roles, "Bauleitung"))
        yield "role", self.me.submit(role.form(having="epoch"), press="remove")
        yield "trail", self.get("/users/trail")
        yield "leave", self.me.submit(self.leaving().form(to="/leave"))
        yield "companies-to-choose", self.katja.get(f"{self.base}/company")
        orders = self.act_for("Lorenzen")
        opened = orders.body.replace(
            '<details class="ca-switch"', '<details open class="ca-switch"'
        )
        yield "switch", attrs.evolve(orders, body=opened)
        yield "companies", self.katja.get(f"{self.base}/my-data/companies")
        self.act_for("Brandhorst")
        yield "denied", self.katja.get(f"{self.base}/users")

    def act_for(self, name: str) -> Answer:
        """Choose one of two companies."""
        page = self.katja.get(f"{self.base}/company")
        chooser = next(one for one in page.body.split("<form") if "ca-choices" in one)
        button = next(one for one in chooser.split("<button")[1:] if name in one)
        form = attrs.evolve(page, body=f"<form{chooser}").form(having="customer")
        return self.katja.submit(form, press=button.split('value="')[1].partition('"')[0])

    def leaving(self) -> Answer:
        """Open the page where one leaves the company."""
        page = self.get("/my-data/companies")
        return self.me.get(next(link for link in page.links if link.endswith("/leave")))

    def beside(self, page: Answer, text: str, row: str = "<tr>") -> str:
        """Find the way that stands beside a text in a list."""
        found = next(one for one in page.body.split(row) if text in one)
        return attrs.evolve(page, body=found).links[0]

    def partners(self) -> Iterator[tuple[str, Answer]]:
        """Open what differs where staff let people in."""
        base, given = f"{self.made.base_url}{PARTNERS_PATH}", self.made.host.opened.given
        jan = Browser()
        page = jan.get(f"{base}/sign-in")
        page = jan.submit(page.form(to="/language"), press=self.language)
        page = jan.submit(page.form(to="/theme"), press=self.theme)
        yield "partners-sign-in", page
        yield "partners-register", jan.get(f"{base}/register")
        form = page.form(to="/sign-in")
        yield "own-password", jan.submit(form, login=given.login, password=given.password)
        stranger = Browser()
        page = stranger.get(f"{base}/sign-in")
        form = stranger.submit(page.form(to="/theme"), press=self.theme).form(to="/sign-in")
        for _ in range(6):
            page = stranger.submit(form, login="99998", password="guess")
        yield "too-many", page


# How it is shot ---------------------------------------------------------------------------------


def shoot(chromium: str, taken: Mapping[str, str], folder: Path, *, everything: bool) -> None:
    """Show each page to Chromium in every size."""
    folder.mkdir(parents=True, exist_ok=True)
    with showing(taken) as base_url, TemporaryDirectory() as profile:
        for name in taken:
            for suffix, (width, height) in SIZES.items():
                if suffix and not everything:
                    continue
                picture = folder / f"{name}{suffix}.png"
                address = f"{base_url}/{name}" if not suffix else f"{base_url}/{name}/in/{width}"
                command = [chromium, *FLAGS, f"--user-data-dir={profile}"]
                command += [f"--window-size={max(width, 600)},{height}", f"--screenshot={picture}"]
                subprocess.run(  # noqa: S603 - found by name, with our own arguments
                    [*command, address], check=True, capture_output=True, timeout=PATIENCE
                )
                print(picture)


@contextmanager
def showing(taken: Mapping[str, str]) -> Iterator[str]:
    """Serve pages as they were fetched, with their stylesheet."""
    app = Flask("screenshots", static_folder=pages.STATIC)
    app.add_url_rule("/<name>", "page", lambda name: taken.get(name, ("", 404)))
    app.add_url_rule("/<name>/in/<int:width>", "narrow", narrow)
    getLogger("werkzeug").setLevel("ERROR")
    server = make_server(HOST, 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)


def narrow(name: str, width: int) -> str:
    """Show a page as wide as a telephone; Chromium's own windows are wider."""
    return (
        f'<!doctype html><body style="margin:0;background:#888">'
        f'<iframe src="/{name}" style="border:0;width:{width}px;height:1400px"></iframe>'
    )


if __name__ == "__main__":
    sys.exit(main())
