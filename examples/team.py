"""Who acts for a company, and a person who acts for two; for any host."""

# ruff: noqa: D401, PLR2004 - a step's docstring is the promise it checks; the numbers are HTTP's

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import attrs

from browser import Answer, Browser
from steps import PASSWORD, Walking, hold, without_tokens

KIM = "kim@brandhorst.example"
LOST = "lost@brandhorst.example"
OWN_ROLE = "Counter"


@attrs.define
class Team(Walking):
    """Anna, who administers a company, her colleagues, and Katja, who acts for two companies."""

    anna: Browser = attrs.field(factory=Browser)
    katja: Browser = attrs.field(factory=Browser)
    kim: Browser = attrs.field(factory=Browser)
    noor: Browser = attrs.field(factory=Browser)

    def steps(self) -> Iterator[Callable[[], None]]:
        """List the steps in their order."""
        yield self.company_chosen_last_comes_first
        yield self.company_is_switched_without_signing_in
        yield self.cart_belongs_to_one_company
        yield self.what_is_refused_says_what_to_do
        yield self.users_are_listed
        yield self.invitation_tells_nothing_of_logins
        yield self.new_user_accepts_and_comes_in
        yield self.known_user_accepts_and_acts_for_it
        yield self.ended_invitation_says_what_to_do
        yield self.own_role_bites_at_the_next_click
        yield self.role_in_use_says_whose
        yield self.who_asks_to_join_is_let_in
        yield self.suspension_is_of_one_company
        yield self.removal_is_asked_twice
        yield self.somebody_stays_administrator
        yield self.what_happened_is_told_in_words

    def sign_in(self, browser: Browser, login: str, password: str) -> Answer:
        """Sign in, in English."""
        form = self.english(browser).form(to="/sign-in")
        page = browser.submit(form, login=login, password=password)
        browser.submit(page.form(to="/language"), press="en")
        return browser.get(page.url)

    # Two companies ------------------------------------------------------------------------------

    def company_chosen_last_comes_first(self) -> None:
        """Who acts for several companies chooses, the one chosen last first."""
        chooser = self.sign_in(self.katja, self.facts.shared, self.facts.ready_password)
        hold(chooser.path.endswith("/company"), f"it led to {chooser.path}")
        first, second = self.facts.shared_companies
        hold(f"{first} chosen last" in chooser.text, "the one chosen last is not marked")
        hold(chooser.text.index(first) < chooser.text.index(second), "it is not the first")
        form = chooser.form(to="/company", having="customer")
        page = self.katja.submit(form, press=form.buttons[0][1])
        hold(page.path.endswith("/orders"), f"it led to {page.path}")
        hold(self.acts_for(page) == first, f"it acts for {self.acts_for(page)}")

    def acts_for(self, page: Answer) -> str:
        """Read for whom one acts, in the head of the page."""
        found = re.search(r'class="ca-company">([^<]+)', page.body)
        return found[1] if found else ""

    def switch(self, page: Answer) -> Answer:
        """Switch to the other company, by the menu that is on every page."""
        for part in page.body.split("<form")[1:]:
            form = attrs.evolve(page, body=f"<form{part}")
            if 'name="customer"' in part and 'aria-current="true"' not in part:
                return self.katja.submit(form.form(to="/company", having="customer"))
        message = f"{page.url} has no company to switch to"
        raise LookupError(message)

    def company_is_switched_without_signing_in(self) -> None:
        """A switch keeps the page and shows the other company's; an open page of the first dies."""
        first, second = self.facts.shared_companies
        page = self.katja.get(self.at("/orders"))
        switched = self.switch(page)
        hold(self.acts_for(switched) == second, f"it acts for {self.acts_for(switched)}")
        hold(switched.path == page.path, f"it led to {switched.path}")
        theirs = next(link for link in switched.links if "/orders/C" in link)
        opened = self.katja.get(theirs)
        hold(opened.status == 200, f"its order answered {opened.status}")
        home = self.switch(opened)
        hold(self.acts_for(home) == first, f"it acts for {self.acts_for(home)}")
        hold(home.status == 200, f"switching on an order's page answered {home.status}")
        hold(self.katja.get(theirs).status == 404, "the other company's order still opens")

    def cart_belongs_to_one_company(self) -> None:
        """What is put into the cart for one company is not in the other's, and waits there."""
        orders = self.switch(self.katja.get(self.at("/orders")))
        order = next(link for link in orders.links if "/orders/C" in link)
        plan = self.katja.get(f"{order}/again")
        cart = self.katja.submit(plan.form(to="/again"), press="commit")
        hold("Sum, net" in cart.text, "the cart is empty")
        other = self.switch(cart)
        hold(other.path.endswith("/cart"), f"it led to {other.path}")
        hold("The cart is empty." in other.text, "the other company has it in the cart")
        hold("Sum, net" in self.switch(other).text, "it is gone")

    def what_is_refused_says_what_to_do(self) -> None:
        """No menu leads to what is refused, and who goes there learns why and whom to ask."""
        second = self.katja.get(self.at("/users"))
        hold(second.status == 200, f"the administrator got {second.status}")
        first = self.switch(second)
        hold(not first.path.endswith("/users"), "the switch led to what is refused")
        hold(self.at("/users") not in first.links, "the menu offers what is refused")
        refused = self.katja.get(self.at("/users"))
        hold(refused.status == 403, f"it answered {refused.status}")
        for said in ("Manage users", "Roles that allow it: Administrator", "Anna Brandhorst"):
            hold(said in refused.text, f"it does not say {said!r}")
        hold(not re.search(r"\b\w+\.\w+_\w+\b", refused.text), "it speaks in codes")

    # Users --------------------------------------------------------------------------------------

    def users_are_listed(self) -> None:
        """The list shows names, states, roles, when each was last here, and who is invited."""
        self.sign_in(self.anna, self.facts.ready, self.facts.ready_password)
        page = self.anna.get(self.at("/users"))
        for said in ("● active", "■ suspended", "Bauleitung", "never", "◐ open until", "Last here"):
            hold(said in page.text, f"it does not show {said!r}")
        hold(self.facts.invited in page.text, "it does not show who is invited")

    def invitation_tells_nothing_of_logins(self) -> None:
        """Inviting answers alike for who has a login elsewhere and for who has none."""
        form = self.anna.get(self.at("/users/new")).form(to="/users/new")
        wrong = self.anna.submit(form, name="x" * 101, address="nobody", roles="buyer")
        marked = set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', wrong.body))
        hold(wrong.status == 422, f"nonsense answered {wrong.status}")
        hold(marked == {"name", "address"}, f"marked are {marked}")
        pages = []
        for email in (self.facts.known, KIM):
            done = self.anna.submit(form, address=email, roles="buyer")
            hold("The invitation is on its way." in done.text, f"it led to {done.path}")
            row = next(one for one in done.body.split("<tr>") if email in one)
            told = without_tokens(attrs.evolve(done, body=row)).replace(email, "")
            pages.append(re.sub(r'name="invitation" value="[^"]*"', "", told))
        hold(pages[0] == pages[1], "the two are not shown alike")

    def new_user_accepts_and_comes_in(self) -> None:
        """Who has no login chooses a password, and after sign-in acts at once."""
        link = self.mailed(KIM, "/invitation")
        self.english(self.kim)
        form = self.kim.get(link).form(to="/invitation")
        suggested = self.kim.submit(form, press="suggest")
        hold(len(dict(suggested.form(to="/invitation").fields)["password"]) >= 20, "none suggested")
        self.kim.submit(form, press="activate", password=PASSWORD)
        page = self.sign_in(self.kim, KIM, PASSWORD)
        hold(page.path.endswith("/orders"), f"it led to {page.path}")
        hold(self.acts_for(page) == self.facts.shared_companies[0], "it acts for another company")

    def known_user_accepts_and_acts_for_it(self) -> None:
        """Signed in as somebody else one is led out, back in, and then acts for the company."""
        link = self.mailed(self.facts.known, "/invitation")
        elsewhere = self.katja.get(link)
        hold("Somebody else is signed in" in elsewhere.text, "Katja could accept it")
        self.english(self.noor)
        way = next(one for one in self.noor.get(link).links if "/sign-in?next=" in one)
        form = self.noor.get(way).form(to="/sign-in")
        login = {"login": self.facts.known, "password": f"{PASSWORD} renewed"}
        back = self.noor.submit(form, **login)
        hold(back.url == link, f"signing in led to {back.url}")
        page = self.noor.submit(back.form(to="/invitation"), press="accept")
        hold(page.path.endswith("/orders"), f"it led to {page.path}")
        hold(self.acts_for(page) == self.facts.shared_companies[0], "it acts for another company")
        self.noor.submit(page.form(to="/language"), press="en")

    def ended_invitation_says_what_to_do(self) -> None:
        """A link that was withdrawn, replaced or used says which, and how to go on."""
        form = self.anna.get(self.at("/users/new")).form(to="/users/new")
        listed = self.anna.submit(form, address=LOST, roles="buyer")
        first = self.mailed(LOST, "/invitation")
        self.pressed(listed, LOST, "resend")
        for link, said in (
            (self.mailed(KIM, "/invitation"), "accepted already"),
            (first, "the newest invitation has the link that works"),
        ):
            page = self.visitor().get(link)
            hold(page.status == 403, f"it answered {page.status}")
            hold(said in page.text, f"it does not say {said!r}")
        self.pressed(self.anna.get(self.at("/users")), LOST, "withdraw")
        over = self.visitor().get(first)
        hold("was withdrawn" in over.text, "it does not say that it was withdrawn")

    def visitor(self) -> Browser:
        """Open a browser that speaks English."""
        browser = Browser()
        self.english(browser)
        return browser

    def pressed(self, page: Answer, email: str, do: str) -> Answer:
        """Press a button beside an invitation."""
        row = next(one for one in page.body.split("<tr>") if f"{email}<" in one)
        form = attrs.evolve(page, body=row).form(to="/users", having="invitation")
        return self.anna.submit(form, press=do)

    # Roles --------------------------------------------------------------------------------------

    def own_role_bites_at_the_next_click(self) -> None:
        """A role the company makes is given, and counts from the user's next click on."""
        form = self.anna.get(self.at("/users/roles/new")).form(to="/roles/new")
        wrong = self.anna.submit(form, name=" ")
        hold(wrong.status == 422, f"a role that allows nothing answered {wrong.status}")
        hold("A role allows at least one thing." in wrong.text, "it does not say what is wrong")
        made = self.anna.submit(form, name=OWN_ROLE, **{"grant.see_prices": "customer"})
        hold(f"{OWN_ROLE} your own See prices" in made.text, "it is not in the list")
        page = self.user(KIM)
        role = re.search(rf'value="([^"]+)">\s*<span>{OWN_ROLE}', page.body)
        hold(role, "it can't be given")
        form = page.form(having="roles")
        others = [pair for pair in form.fields if pair[0] != "roles"]
        self.anna.send(form, [*others, ("roles", role[1] if role else ""), ("do", "roles")])
        home = self.kim.get(self.at("/"))
        hold(home.path.endswith("/prices"), f"the start page is {home.path}")
        hold(self.kim.get(self.at("/orders")).status == 403, "the old role still counts")

    def user(self, email: str) -> Answer:
        """Open the page of a user."""
        page = self.anna.get(self.at("/users"))
        row = next(one for one in page.body.split("<tr>") if f"{email}<" in one)
        return self.anna.get(attrs.evolve(page, body=row).links[0])

    def role_in_use_says_whose(self) -> None:
        """A role is changed while it is used, and not removed: it says who has it."""
        page = self.anna.get(self.at("/users/roles"))
        row = next(one for one in page.body.split("<tr>") if OWN_ROLE in one)
        form = self.anna.get(attrs.evolve(page, body=row).links[0]).form(having="epoch")
        kept = self.anna.submit(form, press="remove")
        hold(kept.status == 409, f"it answered {kept.status}")
        hold(f"still given to: {KIM}" in kept.text, "it does not say who has it")
        saved = self.anna.submit(form, press="save", **{"grant.see_orders": "own"})
        hold("See orders one's own" in saved.text, "it was not changed")
        hold("no orders yet" in self.kim.get(self.at("/orders")).text, "it does not count")

    def who_asks_to_join_is_let_in(self) -> None:
        """A request to join is declined with a reason only, or approved with roles."""
        page = self.anna.get(self.at("/users"))
        page = self.anna.get(next(link for link in page.links if "/requests/" in link))
        form = page.form(having="reason")
        refused = self.anna.submit(form, press="decline", reason=" ")
        hold(refused.status == 422, f"no reason answered {refused.status}")
        done = self.anna.submit(refused.form(having="roles"), press="approve")
        hold("acts for the company from now on" in done.text, f"it led to {done.path}")
        mette = self.sign_in(Browser(), self.facts.joining, self.facts.ready_password)
        hold(mette.path.endswith("/orders"), f"it led to {mette.path}")

    # Going --------------------------------------------------------------------------------------

    def suspension_is_of_one_company(self) -> None:
        """Suspending bites at the next click, and leaves the person's other companies alone."""
        first = self.noor.get(self.at("/orders"))
        hold(first.status == 200, f"before it answered {first.status}")
        self.press_for(self.facts.known, "suspend")
        page = self.noor.get(self.at("/orders"))
        hold(page.path.endswith("/company"), f"it led to {page.path}")
        hold(self.facts.shared_companies[0] not in page.text, "the company can still be chosen")
        button = page.form(to="/company", having="customer").buttons[0]
        other = self.noor.submit(page.form(to="/company", having="customer"), press=button[1])
        hold("/orders/C" in other.body, "another company is shut, too")
        self.press_for(self.facts.known, "resume")
        hold("● active" in self.user(self.facts.known).text, "it did not come back")

    def press_for(self, email: str, do: str) -> None:
        """Press a button on the page of a user."""
        page = self.user(email)
        part = next(one for one in page.body.split("<form") if f'value="{do}"' in one)
        self.anna.submit(attrs.evolve(page, body=f"<form{part}").form(having="do"), press=do)

    def removal_is_asked_twice(self) -> None:
        """A user is removed after a second question, and is out at the next click."""
        page = self.user(KIM)
        sure = self.anna.get(next(link for link in page.links if link.endswith("/remove")))
        hold(self.kim.get(self.at("/prices")).status == 200, "asking has removed already")
        done = self.anna.submit(sure.form(to="/remove"))
        hold("The user is removed." in done.text, f"it led to {done.path}")
        hold(KIM not in done.text, "it is still in the list")
        hold(self.kim.get(self.at("/prices")).path.endswith("/prepared"), "it still acts")

    def somebody_stays_administrator(self) -> None:
        """The only administrator can't leave; anybody else can, after a second question."""
        for browser, status in ((self.anna, 409), (self.noor, 200)):
            page = browser.get(self.at("/my-data/companies"))
            way = self.leaving(page)
            done = browser.submit(browser.get(way).form(to=urlsplit(way).path))
            hold(done.status == status, f"leaving answered {done.status}")
        hold(self.facts.shared_companies[0] not in done.text, "it is still in the list")

    def leaving(self, page: Answer) -> str:
        """Find the way out of the company."""
        name = self.facts.shared_companies[0]
        row = next(one for one in page.body.split("<tr>") if f'class="name">{name}' in one)
        return next(link for link in attrs.evolve(page, body=row).links if "/leave" in link)

    def what_happened_is_told_in_words(self) -> None:
        """The trail names who did what in the reader's words, and the company alone reads it."""
        page = self.anna.get(self.at("/users/trail"))
        for said in ("A user was suspended", "Katja Voss", OWN_ROLE, "you"):
            hold(said in page.text, f"it does not say {said!r}")
        hold(not re.search(r"\b(membership|registration|customers)\.\w+", page.text), "codes")
        german = self.anna.submit(page.form(to="/language"), press="de")
        hold('lang="de"' in german.body, "it is not in German")
        self.anna.submit(german.form(to="/language"), press="en")
        hold(self.katja.get(self.at("/users/trail")).status == 403, "a buyer may read it")
        self.switch(self.katja.get(self.at("/prices")))
        other = self.katja.get(self.at("/users/trail"))
        hold("the seller" in other.text, "it does not say what the seller did")
        hold(OWN_ROLE not in other.text, "it tells of another company")
