"""The main job through a host's pages, as a browser without script does it; for any host."""

# ruff: noqa: D401, PLR2004 - a step's docstring is the promise it checks; the numbers are HTTP's

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from browser import Answer, Browser
from custaccount.kernel.i18n import Language, catalogue
from newcomer import Newcomer
from office import Office
from steps import PASSWORD, Facts, Walking, Wrong, hold, without_times, without_tokens
from team import Team

PAGE = 50
RANDOM_ORDER = "C0000999-26-01234"
OUTCOMES = ("Into the cart", "Less than before", "Replaced", "Left out")
REASONS = (
    "discontinued",
    "whole packs",
    "smallest quantity",
    "no quantity",
    "in stock",
    "price has changed",
    "You can order 36.",
)


def walk(facts: Facts) -> bool:
    """Take all steps; print each, and where it went wrong."""
    walks = (Walker(facts), Team(facts), Office(facts), Newcomer(facts))
    steps = [step for one in walks for step in one.steps()]
    for number, step in enumerate(steps, 1):
        told = (step.__doc__ or "").strip().removesuffix(".")
        try:
            step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the step failed
            print(f"{number:2}. {told}\n    FAILED: {type(error).__name__}: {error}", flush=True)
            return False
        print(f"{number:2}. {told}: ok", flush=True)
    print("The main job works from end to end.", flush=True)
    return True


@attrs.define
class Walker(Walking):
    """Somebody who uses the portal for the first time."""

    me: Browser = attrs.field(factory=Browser)
    link: str = ""
    order: str = ""
    """The address of the order that is opened and copied."""
    foreign: str = ""
    """The id of another company's order."""
    plan: Answer | None = None

    def steps(self) -> Iterator[Callable[[], None]]:
        """List the steps in their order."""
        yield self.found_by_path_and_number
        yield self.closed_and_unknown_look_alike
        yield self.deep_link_asks_to_sign_in
        yield self.first_sign_in_tells_nothing
        yield self.mail_comes_in_the_companys_language
        yield self.opening_the_link_uses_nothing_up
        yield self.password_is_chosen_once
        yield self.sign_in_leads_back
        yield self.prices_are_shown
        yield self.fifty_orders_and_fifty_more
        yield self.orders_are_found_by_both_numbers
        yield self.order_opens
        yield self.plan_has_every_outcome
        yield self.chosen_lines_go_into_the_cart
        yield self.foreign_order_looks_unknown
        yield self.forged_form_is_refused
        yield self.language_and_look_are_remembered
        yield self.forgotten_password_is_replaced
        yield self.signed_out_is_out

    # Coming in ----------------------------------------------------------------------------------

    def found_by_path_and_number(self) -> None:
        """The portal is found by its path and by its number with leading zeros."""
        by_path = self.english(self.me)
        by_number = Browser().get(f"{self.facts.base_url}/{self.facts.number}/sign-in")
        bare = Browser().get(f"{self.facts.base_url}/{self.facts.number.lstrip('0')}/sign-in")
        hold(by_path.status == 200, f"by path: {by_path.status}")
        hold(by_number.status == 200, f"by number: {by_number.status}")
        hold(bare.status == 404, f"by number without its zeros: {bare.status}")
        hold("Sign in" in by_path.text, "that is no sign-in page")

    def closed_and_unknown_look_alike(self) -> None:
        """A portal that is switched off looks like one that does not exist."""
        asked = [self.facts.closed_path, "/no-such-portal", "/00000"]
        answers = [Browser().get(f"{self.facts.base_url}{path}/orders") for path in asked]
        pages = {answer.body.replace(path, "") for answer, path in zip(answers, asked, strict=True)}
        hold({answer.status for answer in answers} == {404}, "not all answered 404")
        hold(len(pages) == 1, "the answers differ")

    def deep_link_asks_to_sign_in(self) -> None:
        """A deep link opened signed out leads to the sign-in page."""
        answer = self.me.get(self.at("/prices?range=gloves"))
        hold(answer.path == f"{self.facts.path}/sign-in", f"it led to {answer.path}")
        wanted = dict(answer.form(to="/sign-in").fields)["next"]
        hold(wanted == f"{self.facts.path}/prices?range=gloves", f"it would go on to {wanted!r}")

    def first_sign_in_tells_nothing(self) -> None:
        """The first sign-in answers a known and an unknown address with the same bytes."""
        answers = []
        for email in (self.facts.known, "nobody@nowhere.example"):
            page = self.me.get(self.at("/first-sign-in"))
            answers.append(self.me.submit(page.form(to="/first-sign-in"), email=email))
        known, unknown = answers
        hold(known.status == 200, f"it answered {known.status}")
        hold(without_tokens(known) == without_tokens(unknown), "the pages differ")
        hold(known.url == unknown.url, "they lead to different pages")
        hold(without_times(known) == without_times(unknown), "the headers differ")

    def mail_comes_in_the_companys_language(self) -> None:
        """The mail arrives, in the language of the company and for nobody else."""
        subject = catalogue(Language(self.facts.company_language)).gettext("Activate your account")
        inbox = self.mail(self.facts.known, "/activate?token=")
        hold(subject in inbox.text, f"no mail is called {subject!r}")
        hold("nobody@nowhere.example" not in inbox.text, "the unknown address got a mail")
        self.link = next(link for link in inbox.links if "/activate?token=" in link)
        hold(self.link.startswith(self.at("/activate?")), "the link leads somewhere else")

    def opening_the_link_uses_nothing_up(self) -> None:
        """Opening the link twice uses nothing up."""
        for _ in range(2):
            page = self.me.get(self.link)
            hold(page.status == 200, f"it answered {page.status}")
            hold(self.facts.known in page.text, "the page does not say for whom")
        hold(page.headers.get("referrer-policy") == "no-referrer", "the link could leak")

    def password_is_chosen_once(self) -> None:
        """A weak password is refused, a good one is taken, and then the link is dead."""
        form = self.me.get(self.link).form(to="/activate")
        hold(self.me.submit(form, password="short").status == 422, "a short one was taken")
        done = self.me.submit(form, password=PASSWORD)
        hold(done.path.endswith("/sign-in"), f"it led to {done.path}")
        again = self.me.submit(form, password=f"{PASSWORD} again")
        hold(again.status == 422, f"the second use answered {again.status}")
        hold(self.me.get(self.link).status == 422, "the link still opens")

    def sign_in_leads_back(self) -> None:
        """Sign-in refuses a wrong password, asks for the company, leads back to the deep link."""
        page = self.me.get(self.at("/prices?range=gloves"))
        form = page.form(to="/sign-in")
        refused = self.me.submit(form, login=self.facts.known, password=f"{PASSWORD}!")
        hold(refused.status == 403, f"a wrong password answered {refused.status}")
        chooser = self.me.submit(form, login=self.facts.known, password=PASSWORD)
        hold(chooser.path.endswith("/company"), f"it led to {chooser.path}")
        self.choose(chooser, self.facts.company)

    def choose(self, chooser: Answer, name: str) -> None:
        """Choose a company by its place among the names."""
        form = chooser.form(to="/company", having="customer")
        for _, customer in form.buttons:
            page = self.me.submit(form, press=customer)
            if f"{name} " in page.text:
                hold(page.url.endswith("/prices?range=gloves"), f"it led to {page.url}")
                self.me.submit(page.form(to="/language"), press="en")  # it is the company's now
                return
        message = f"{name} can't be chosen"
        raise Wrong(message)

    # Looking around -----------------------------------------------------------------------------

    def prices_are_shown(self) -> None:
        """A page of articles shows this company's prices, with larger quantities."""
        page = self.me.get(self.at("/prices?range=bolts"))
        hold(page.body.count("€") >= 25, "there are fewer prices than articles")
        hold("from 10" in page.text, "there is no price for a larger quantity")
        mine = re.findall(r"€[\d.,]+", page.text)
        others = self.somebody_else().get(self.at("/prices?range=bolts"))
        hold(mine != re.findall(r"€[\d.,]+", others.text), "another company pays the same")

    def fifty_orders_and_fifty_more(self) -> None:
        """50 orders, and 50 more until all are shown, each once."""
        page, seen = self.me.get(self.at("/orders")), []
        wanted = -(-self.facts.orders // PAGE)
        for pages in range(1, wanted + 2):
            shown = self.orders_on(page)
            seen += shown
            more = [link for link in page.links if "cursor=" in link]
            if not more:
                break
            hold(len(shown) == PAGE, f"page {pages} shows {len(shown)}")
            page = self.me.get(more[0])
        hold(len(seen) == self.facts.orders, f"{len(seen)} orders, not {self.facts.orders}")
        hold(len(set(seen)) == len(seen), "some are shown twice")
        hold(pages == wanted, f"that took {pages} pages")
        self.order = seen[1]

    def orders_are_found_by_both_numbers(self) -> None:
        """An order is found by its number and by the customer's own."""
        opened = self.me.get(self.order)
        number = self.order.rpartition("/")[2].partition("-")[2]
        own = re.search(r"Your number (\S+)", opened.text)
        hold(own, "the order does not show the customer's own number")
        for text in (number, f" {own[1].lower()} " if own else ""):
            form = self.me.get(self.at("/orders")).form(to="/search")
            found = self.me.submit(form, q=text)
            hold(self.orders_on(found) == [self.order], f"{text!r} did not find it")
        wild = self.me.get(self.at("/orders/search?q=*"))
        hold(wild.status == 422, f"a wildcard answered {wild.status}")

    def order_opens(self) -> None:
        """The order shows lines delivered and to come, parcels to follow and its invoice."""
        text, links = self.me.get(self.order).text, self.me.get(self.order).links
        for said in ("To come", "Partly delivered", "Delivery note L", "Invoice R", "Tax"):
            hold(said in text, f"it does not show {said!r}")
        outside = [link for link in links if not link.startswith(self.facts.base_url)]
        hold(outside, "no parcel can be followed")

    def somebody_else(self) -> Browser:
        """Sign in as somebody of another company."""
        other = Browser()
        form = self.english(other).form(to="/sign-in")
        page = other.submit(form, login=self.facts.ready, password=self.facts.ready_password)
        hold(page.path.endswith("/orders"), f"the ready-made account was led to {page.path}")
        page = other.submit(page.form(to="/language"), press="en")
        self.foreign = self.orders_on(page)[0].rpartition("/")[2]
        return other

    def orders_on(self, page: Answer) -> list[str]:
        """List the orders a page links to."""
        begin = self.at("/orders/")
        return [link for link in page.links if link.startswith(begin) and "?" not in link]

    # Ordering again -----------------------------------------------------------------------------

    def plan_has_every_outcome(self) -> None:
        """Ordering it again is planned line by line, with a reason for each change."""
        self.plan = self.me.get(f"{self.order}/again")
        for outcome in OUTCOMES:
            hold(outcome in self.plan.text, f"no line is {outcome!r}")
        for said in REASONS:
            hold(said in self.plan.text, f"nothing says {said!r}")

    def chosen_lines_go_into_the_cart(self) -> None:
        """Chosen lines are planned anew, then go into the cart, once."""
        plan = self.plan or self.me.get(f"{self.order}/again")
        form = plan.form(to="/again")
        first = next(place for place, (name, _) in enumerate(form.fields) if name == "line")
        fewer = form.fields[:first] + form.fields[first + 1 :]
        chosen = self.me.send(form, [*fewer, ("do", "commit")])
        hold(chosen.path.endswith("/again"), f"it led to {chosen.path}")
        hold("€" not in self.cart(), "something is in the cart already")

        form, carts = chosen.form(to="/again"), []
        for _ in range(2):
            done = self.me.submit(form, press="commit")
            hold(done.path.endswith("/cart"), f"it led to {done.path}")
            carts.append(self.cart())
        hold("Sum, net" in carts[0], "the cart is empty")
        hold(carts[0] == carts[1], "the second time put everything in again")

    def cart(self) -> str:
        """Read the cart."""
        return self.me.get(self.at("/cart")).text

    # Keeping out --------------------------------------------------------------------------------

    def foreign_order_looks_unknown(self) -> None:
        """Another company's order looks like one that does not exist."""
        for path in ("/orders/{}", "/orders/{}/again"):
            foreign = self.me.get(self.at(path.format(self.foreign)))
            random = self.me.get(self.at(path.format(RANDOM_ORDER)))
            hold(foreign.status == random.status == 404, f"{foreign.status}, {random.status}")
            pages = (
                without_tokens(foreign).replace(self.foreign, ""),
                without_tokens(random).replace(RANDOM_ORDER, ""),
            )
            hold(pages[0] == pages[1], "the answers differ")

    def forged_form_is_refused(self) -> None:
        """A form without our page's text is refused."""
        form = self.me.get(self.at("/orders")).form(to="/sign-out")
        for forged in ([], [(name, "0" * 64) for name, _ in form.fields]):
            hold(self.me.send(form, forged).status == 403, "it was taken")
        hold(self.me.get(self.at("/orders")).path.endswith("/orders"), "somebody was signed out")

    def language_and_look_are_remembered(self) -> None:
        """Language and look change at any moment, and lead back to the same page."""
        page = self.me.get(self.order)
        german = self.me.submit(page.form(to="/language"), press="de")
        hold(german.url == self.order, f"it led to {german.url}")
        hold('lang="de"' in german.body, "the page is not in German")
        dark = self.me.submit(german.form(to="/theme"), press="dark")
        hold('data-theme="dark"' in dark.body, "the page is not dark")
        self.me.submit(dark.form(to="/language"), press="en")

    def forgotten_password_is_replaced(self) -> None:
        """A forgotten password is replaced by a mailed link, and ends the session."""
        visitor = Browser()
        page = visitor.get(self.at("/forgotten"))
        visitor.submit(page.form(to="/forgotten"), email=self.facts.known)
        inbox = self.mail(self.facts.known, "/password?token=")
        link = next(link for link in inbox.links if "/password?token=" in link)
        form = visitor.get(link).form(to="/password")
        done = visitor.submit(form, password=f"{PASSWORD} renewed")
        hold(done.path.endswith("/sign-in"), f"it led to {done.path}")
        hold(visitor.submit(form, password=PASSWORD).status == 422, "the link works twice")
        hold(self.me.get(self.at("/orders")).path.endswith("/sign-in"), "the old session goes on")

    def signed_out_is_out(self) -> None:
        """Signing in gives a new session, and signing out ends it."""
        form = self.me.get(self.at("/sign-in")).form(to="/sign-in")
        self.me.submit(form, login=self.facts.known, password=f"{PASSWORD} renewed")
        kept = next(cookie for cookie in self.me.jar if cookie.name.endswith("session"))
        chooser = self.me.get(self.at("/company"))
        done = self.me.submit(chooser.form(to="/sign-out"))
        hold(done.path.endswith("/sign-in"), f"it led to {done.path}")
        stale = Browser()
        stale.jar.set_cookie(kept)
        answer = stale.get(self.at("/orders"))
        hold(answer.path.endswith("/sign-in"), "the old cookie still works")
