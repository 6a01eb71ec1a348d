"""Who becomes a customer, and what a customer keeps in order; for any host."""

# ruff: noqa: D401, PLR2004 - a step's docstring is the promise it checks; the numbers are HTTP's

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from browser import Answer, Browser, Form
from steps import PASSWORD, Walking, hold, without_tokens

EMAIL = "nils@bootsbau-harms.example"
MOVED = "nils.harms@bootsbau-harms.example"
ANSWERS = {
    "company": "Bootsbau Harms",
    "name": "Nils Harms",
    "street": "Werftweg 2",
    "postal_code": "24340",
    "town": "Eckernförde",
    "country": "DE",
    "trade": "joinery",
}
AFTER = f"{PASSWORD} ashore"


@attrs.define
class Newcomer(Walking):
    """Somebody nobody knows yet."""

    me: Browser = attrs.field(factory=Browser)

    def steps(self) -> Iterator[Callable[[], None]]:
        """List the steps in their order."""
        yield self.guest_fills_a_cart
        yield self.registration_names_every_mistake
        yield self.registration_tells_nothing
        yield self.registered_with_the_first_order
        yield self.first_order_waits_in_the_account
        yield self.sign_in_from_the_checkout_comes_back
        yield self.profile_is_changed_by_one_window
        yield self.language_and_look_follow_the_person
        yield self.addresses_are_kept
        yield self.password_change_ends_other_sessions
        yield self.mail_address_moves_and_comes_back
        yield self.second_proof_says_whose_one_is
        yield self.invitation_is_accepted_once
        yield self.staff_password_is_changed_first
        yield self.access_is_requested
        yield self.too_many_tries_have_to_wait

    # Becoming a customer ------------------------------------------------------------------------

    def guest_fills_a_cart(self) -> None:
        """A guest looks around without prices, and fills a cart."""
        self.english(self.me)
        page = self.me.get(self.at("/articles?range=gloves"))
        hold("€" not in page.text, "a guest sees prices")
        self.put_in(self.me, page, 7)
        checkout = self.me.get(self.at("/checkout"))
        hold("7 pair" in checkout.text, "the cart is empty")
        hold("Register with this order" in checkout.text, "a guest can't register with it")

    def put_in(self, browser: Browser, page: Answer, count: int) -> str:
        """Put some of the first article into a guest's cart, and return its number."""
        form = page.form(to="/articles")
        number = next(name for name, _ in form.fields if re.fullmatch(r"[\w-]*\d{3}", name))
        browser.submit(form, **{number: str(count)})
        return number

    def registration_names_every_mistake(self) -> None:
        """What is wrong is said all at once beside its field, and what was typed stays."""
        page = self.me.get(self.at("/register?order=1"))
        wrong = {"email": "nobody", "name": "Nils Harms", "country": "DE", "postal_code": "1"}
        refused = self.me.submit(page.form(to="/register"), **wrong)
        hold(refused.status == 422, f"it answered {refused.status}")
        marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', refused.body)
        hold(set(marked) == {"email", "company", "street", "postal_code", "town"}, f"{marked}")
        kept = dict(refused.form(to="/register").fields)
        hold({**kept, **wrong} == kept, "what was typed is gone")

    def registration_tells_nothing(self) -> None:
        """Registering answers a known and an unknown address with the same bytes."""
        pages = [
            self.register(Browser(), email) for email in (self.facts.ready, "new@harms.example")
        ]
        bodies = {without_tokens(page) for page in pages}
        hold({page.status for page in pages} == {200}, "not all were taken")
        hold(len(bodies) == 1, "the pages differ")

    def register(self, browser: Browser, email: str, path: str = "/register") -> Answer:
        """Register with good answers."""
        self.english(browser)
        form = browser.get(self.at(path)).form(to="/register")
        return browser.submit(form, email=email, **ANSWERS)

    def registered_with_the_first_order(self) -> None:
        """The link from the mail is opened twice, then used once with a suggested password."""
        done = self.register(self.me, EMAIL, "/register?order=1")
        hold("Look into your mail" in done.text, f"it led to {done.path}")
        link = self.mailed(EMAIL, "/register/confirm")
        for _ in range(2):
            form = self.me.get(link).form(to="/register/confirm")
        suggested = self.me.submit(form, press="suggest")
        hold(len(dict(suggested.form(to="/confirm").fields)["password"]) >= 20, "none suggested")
        hold(self.me.submit(form, password="short").status == 422, "a short one was taken")
        done = self.me.submit(form, password=PASSWORD)
        hold(done.path.endswith("/sign-in"), f"it led to {done.path}")
        hold(self.me.get(link).status == 422, "the link still opens")

    def first_order_waits_in_the_account(self) -> None:
        """What was begun as a guest waits for the new customer, and is taken once."""
        done = self.sign_in(self.me, EMAIL, PASSWORD)
        hold(done.path.endswith("/orders"), f"it led to {done.path}")
        form = self.me.get(self.at("/cart")).form(to="/cart", having="draft")
        taken = self.me.submit(form)
        hold("7 pair" in taken.text, "the order is not in the cart")
        hold(self.me.submit(form).status == 404, "it was taken twice")

    def sign_in(self, browser: Browser, email: str, password: str, path: str = "") -> Answer:
        """Sign in, at a page that asks for it."""
        page = browser.get(self.at(path or "/sign-in"))
        return browser.submit(page.form(to="/sign-in"), login=email, password=password)

    def sign_in_from_the_checkout_comes_back(self) -> None:
        """Signing in at the checkout leads back to it, and the guest's cart is merged."""
        other = Browser()
        self.english(other)
        self.put_in(other, other.get(self.at("/articles?range=gloves")), 3)
        page = other.get(self.at("/checkout"))
        way = next(link for link in page.links if "/sign-in?next=" in link)
        form = other.get(way).form(to="/sign-in")
        done = other.submit(form, login=EMAIL, password=PASSWORD)
        hold(done.path.endswith("/checkout"), f"it led to {done.path}")
        hold("10 pair" in done.text, "the carts are not merged")
        hold("Werftweg 2" in done.text, "the address is not filled in")

    # My data ------------------------------------------------------------------------------------

    def profile_is_changed_by_one_window(self) -> None:
        """A change that another window has overtaken is shown, not lost and not forced."""
        first, second = (self.me.get(self.at("/my-data")).form(to="/my-data") for _ in range(2))
        saved = self.me.submit(first, name="Nils B. Harms", phone="+49 4351 555012")
        hold("Saved." in saved.text, "it was not saved")
        late = self.me.submit(second, name="Nils C. Harms")
        hold(late.status == 409, f"it answered {late.status}")
        hold("Now: Nils B. Harms" in late.text, "it does not show what is kept")
        again = self.me.submit(late.form(to="/my-data"))
        hold("Saved." in again.text, "the second try was refused")
        hold("Nils C. Harms" in again.body, "what was typed is gone")

    def language_and_look_follow_the_person(self) -> None:
        """What was chosen signed in comes back in another browser, and only after sign-in."""
        page = self.me.get(self.at("/orders"))
        self.me.submit(page.form(to="/language"), press="sv")
        self.me.submit(page.form(to="/theme"), press="dark")
        other = Browser()
        before = self.english(other)
        after = self.sign_in(other, EMAIL, PASSWORD)
        hold('lang="en"' in before.body and "data-theme" not in before.body, "it was known before")
        hold('<html lang="sv" data-theme="dark">' in after.body, "it is forgotten")
        self.me.submit(page.form(to="/language"), press="en")

    def addresses_are_kept(self) -> None:
        """An address is added, used at the checkout, changed and removed again."""
        form = self.me.get(self.at("/my-data/addresses/new")).form(to="/new")
        where = {"company": "Steg 4", "street": "Am Kai 1", "postal_code": "24376"}
        hold(self.me.submit(form, **where, town="").status == 422, "one without a town was taken")
        added = self.me.submit(form, **where, town="Kappeln")
        book = added.form(to="/addresses", having="delivery")
        *_, name = (value for button, value in book.buttons if button == "delivery")
        self.me.send(book, [*book.fields, ("delivery", name)])
        hold("Steg 4" in self.me.get(self.at("/checkout")).text, "the checkout does not use it")
        form = self.me.get(self.at(f"/my-data/addresses/{name}")).form(to=name)
        hold("Saved." in self.me.submit(form, town="Arnis").text, "it was not changed")
        gone = self.me.submit(form, press="remove")
        hold("Steg 4" not in gone.text, "it is still there")

    def password_change_ends_other_sessions(self) -> None:
        """Sessions are listed and ended; a new password needs the old one and ends all others."""
        other = Browser()
        self.sign_in(other, EMAIL, PASSWORD)
        page = self.me.get(self.at("/my-data/sign-ins"))
        self.me.submit(self.button(page, "/sign-ins", ""), press="")
        hold(self.is_out(other), "the other session goes on")
        self.sign_in(other, EMAIL, PASSWORD)
        form = self.me.get(self.at("/my-data/password")).form(to="/my-data/password")
        wrong = self.me.submit(form, current="not this", password=AFTER)
        hold(wrong.status == 403, f"a wrong one answered {wrong.status}")
        done = self.me.submit(form, current=PASSWORD, password=AFTER)
        hold("Your password is changed." in done.text, f"it led to {done.path}")
        hold(self.is_out(other), "the other session goes on")
        hold(not self.is_out(self.me), "one's own session is over")

    def button(self, page: Answer, to: str, value: str) -> Form:
        """Keep of a form only the buttons with a value."""
        form = page.form(to=to, having="session")
        return attrs.evolve(form, buttons=[pair for pair in form.buttons if pair[1] == value])

    def is_out(self, browser: Browser) -> bool:
        """Tell whether a browser is led to the sign-in page."""
        return browser.get(self.at("/orders")).path.endswith("/sign-in")

    def mail_address_moves_and_comes_back(self) -> None:
        """A new mail address counts once it is proven; the old one takes it back."""
        form = self.me.get(self.at("/my-data/email")).form(to="/my-data/email")
        self.me.submit(form, email=MOVED)
        visitor = Browser()
        self.english(visitor)
        move = visitor.get(self.mailed(MOVED, "/email")).form(to="/email")
        done = visitor.submit(move)
        hold("Sign in with the new one" in done.text, f"it led to {done.path}")
        hold(visitor.submit(move).status == 422, "the link works twice")
        back = visitor.get(self.mailed(EMAIL, "/email/undo")).form(to="/email/undo")
        hold("the old one again" in visitor.submit(back).text, "it was not taken back")
        refused = self.sign_in(visitor, MOVED, AFTER)
        hold(refused.status == 403, "the new address still signs in")

    # Other ways in ------------------------------------------------------------------------------

    def second_proof_says_whose_one_is(self) -> None:
        """Whom the register knows shows an invoice, and then sees the company's orders."""
        mia, email = Browser(), self.facts.proven
        self.register(mia, email)
        form = mia.get(self.mailed(email, "/register/confirm")).form(to="/confirm")
        mia.submit(form, password=PASSWORD)
        page = self.sign_in(mia, email, PASSWORD)
        hold("Your account is being prepared" in page.text, f"it led to {page.path}")
        number, invoice = self.facts.proof
        form = page.form(to="/prepared")
        wrong = mia.submit(form, customer_number=number, invoice_number="R-0")
        hold(wrong.status == 403, f"a wrong invoice answered {wrong.status}")
        done = mia.submit(form, customer_number=number, invoice_number=invoice)
        hold(done.path.endswith("/orders"), f"it led to {done.path}")
        hold("/orders/C0000903" in done.body, "the company's orders are not shown")

    def invitation_is_accepted_once(self) -> None:
        """An invitation is for who was invited: not for somebody else signed in, and only once."""
        link = self.mailed(self.facts.invited, "/invitation")
        other = Browser()
        self.english(other)
        self.sign_in(other, self.facts.ready, self.facts.ready_password)
        elsewhere = other.get(link)
        signed_out = other.submit(elsewhere.form(to="/sign-out", having="next"))
        hold(signed_out.url == link, f"signing out led to {signed_out.url}")
        form = signed_out.form(to="/invitation")
        done = other.submit(form, press="activate", password=PASSWORD)
        hold(done.path.endswith("/sign-in"), f"it led to {done.path}")
        hold(other.get(link).status == 403, "the link still opens")
        done = self.sign_in(other, self.facts.invited, PASSWORD)
        hold(done.path.endswith("/orders"), f"the invited one was led to {done.path}")

    def staff_password_is_changed_first(self) -> None:
        """With a password from staff every page leads to the one where it is changed."""
        jan, given = Browser(), self.facts.given
        base = f"{self.facts.base_url}{self.facts.partners_path}"
        page = jan.get(f"{base}/prices")
        form = jan.submit(page.form(to="/language"), press="en").form(to="/sign-in")
        page = jan.submit(form, login=given.login, password=given.password)
        hold(page.path.endswith("/own-password"), f"it led to {page.path}")
        hold(jan.get(f"{base}/my-data").path.endswith("/own-password"), "another page opens")
        form = page.form(to="/own-password")
        done = jan.submit(form, current=given.password, password=PASSWORD)
        hold(done.path.endswith("/prices"), f"it led to {done.path}")

    def access_is_requested(self) -> None:
        """Where staff let people in, a request is taken and nothing is mailed to sign in with."""
        base = f"{self.facts.base_url}{self.facts.partners_path}"
        visitor = Browser()
        page = visitor.get(f"{base}/sign-in")
        page = visitor.submit(page.form(to="/language"), press="en")
        hold("Request access" in page.text, "there is no way to ask")
        form = visitor.get(f"{base}/register").form(to="/register")
        done = visitor.submit(form, email="ulla@umbau.example", **ANSWERS)
        hold("We look at it" in done.text, f"it led to {done.path}")

    def too_many_tries_have_to_wait(self) -> None:
        """Who guesses is told how long to wait, even with the right password then."""
        visitor, given = Browser(), self.facts.given
        page = visitor.get(f"{self.facts.base_url}{self.facts.partners_path}/sign-in")
        form = visitor.submit(page.form(to="/language"), press="en").form(to="/sign-in")
        for guess in ("a", "wild", "guess", "and", "another", PASSWORD):
            page = visitor.submit(form, login=given.login, password=guess)
        hold(page.status == 429, f"it answered {page.status}")
        hold("Try again in" in page.text, "it does not say how long")
