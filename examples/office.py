"""What the seller's people do all day, at the staff's pages; for any host."""

# ruff: noqa: D401, PLR2004 - a step's docstring is the promise it checks; the numbers are HTTP's

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import attrs

from browser import Answer, Browser
from custaccount.kernel.i18n import Language
from steps import PASSWORD, Walking, hold, without_times, without_tokens
from wholesaler.staff import ANSWERS, ASKING, OVE

CUSTOMER = "Matthiesen"
GUEST = "astrid@elektro-matthiesen.example"
CLAIMING = "claire@ateliers-riviere.example"
SHORTEST = "policies.password_shortest"


@attrs.define
class Office(Walking):
    """Grete, who looks after accounts, and Ove, who may do everything."""

    grete: Browser = attrs.field(factory=Browser)
    ove: Browser = attrs.field(factory=Browser)
    given: tuple[str, str] = ("", "")
    """Number and password of who was released …"""
    wiebke: Browser = attrs.field(factory=Browser)
    """… and who then came in, as the only user of a company."""
    claire: Browser = attrs.field(factory=Browser)
    """Who was linked to a company that has another user."""

    def steps(self) -> Iterator[Callable[[], None]]:
        """List the steps in their order."""
        yield self.staff_come_in_by_a_door_of_their_own
        yield self.first_password_is_changed_first
        yield self.no_session_opens_the_other_side
        yield self.what_is_a_colleagues_job_says_so
        yield self.registration_is_released
        yield self.password_handed_over_lets_in_once
        yield self.register_shows_the_state_of_accounts
        yield self.invitation_is_sent_and_withdrawn
        yield self.claim_is_linked
        yield self.user_is_suspended_and_comes_back
        yield self.blocked_login_is_out_and_nobody_else
        yield self.refusal_is_explained
        yield self.status_switches_at_the_next_step
        yield self.customer_counts_before_its_group
        yield self.trail_speaks_in_words
        yield self.contradiction_is_refused_at_once
        yield self.settings_change_while_it_runs
        yield self.portal_asks_what_it_likes
        yield self.portal_goes_on_and_off
        yield self.numbers_are_reserved_and_extended
        yield self.colleague_is_appointed_and_blocked
        yield self.forgotten_staff_password_is_replaced

    def desk(self, path: str = "") -> str:
        """Write the address of a staff page of the partners' portal."""
        return f"{self.facts.base_url}{self.facts.partners_path}/staff{path}"

    def enter(self, browser: Browser, portal: str, *, email: str, password: str) -> Answer:
        """Sign in as staff, in English."""
        door = f"{self.facts.base_url}{portal}/staff/sign-in"
        page = browser.submit(browser.get(door).form(to="/language"), press="en")
        page = browser.get(door)
        return browser.submit(page.form(to="/staff/sign-in"), email=email, password=password)

    # Coming in ----------------------------------------------------------------------------------

    def staff_come_in_by_a_door_of_their_own(self) -> None:
        """Each sign-in shows the way to the other; a customer's password opens no staff page."""
        customers = self.english(Browser())
        hold(self.at("/staff/sign-in") in customers.links, "customers see no way to the staff's")
        staff = Browser().get(self.at("/staff/sign-in"))
        hold(self.at("/sign-in") in staff.links, "staff see no way to the customers'")
        refused = self.enter(
            Browser(),
            self.facts.path,
            email=self.facts.ready,
            password=self.facts.ready_password,
        )
        hold(refused.status == 403, f"a customer's password answered {refused.status}")

    def first_password_is_changed_first(self) -> None:
        """Who was handed a password chooses another before any page opens, then goes on."""
        _, grete = self.facts.staff
        page = self.enter(
            self.grete, self.facts.partners_path, email=grete.email, password=grete.password
        )
        hold(page.path.endswith("/staff/own-password"), f"it led to {page.path}")
        page = self.grete.get(self.desk("/queue"))
        hold(page.path.endswith("/staff/own-password"), "the queue opens before that")
        form = page.form(to="/staff/own-password")
        for current, new in ((grete.password, "short"), ("wrong", PASSWORD)):
            refused = self.grete.submit(form, current=current, password=new)
            hold(refused.status in {403, 422}, f"{new!r} answered {refused.status}")
        done = self.grete.submit(form, current=grete.password, password=f"{PASSWORD} grete")
        hold(done.path.endswith("/staff/queue"), f"it led to {done.path}")

    def no_session_opens_the_other_side(self) -> None:
        """A staff session is no customer's, and a customer's is no staff session."""
        orders = f"{self.facts.base_url}{self.facts.partners_path}/orders"
        hold(self.grete.get(orders).path.endswith("/sign-in"), "staff see a customer's orders")
        customer = Browser()
        form = self.english(customer).form(to="/sign-in")
        customer.submit(form, login=self.facts.ready, password=self.facts.ready_password)
        for path in ("/staff", "/staff/customers"):
            led = customer.get(self.at(path)).path
            hold(led.endswith("/staff/sign-in"), f"a customer opens {path}")

    def what_is_a_colleagues_job_says_so(self) -> None:
        """A page one lacks the permission for says which, and the way there is not shown."""
        desk = self.grete.get(self.desk())
        for path in ("/portals", "/numbers", "/people", "/audit"):
            hold(self.desk(path) not in desk.links, f"the way to {path} is shown")
            page = self.grete.get(self.desk(path))
            hold(page.status == 403, f"{path} answered {page.status}")
            hold("one needs the permission" in page.text, f"{path} does not say why")

    # Accounts -----------------------------------------------------------------------------------

    def registration_is_released(self) -> None:
        """The desk says what waits; a released registration gives a password, shown once."""
        desk = self.grete.get(self.desk())
        hold("registration" in desk.text, "the desk does not say what waits")
        page = self.waiting(ASKING)
        for said in (ANSWERS["name"], "Kappeln", "Germany", "Joinery"):
            hold(said in page.text, f"it does not show {said!r}")
        form = page.form(having="customer")
        done = self.grete.submit(form, press="release")
        found = re.search(r"Login (\S+) .*Password (\S+) Good until", done.text)
        hold(found, "no password is shown")
        hold(done.headers.get("cache-control") == "no-store", "a cache may keep the password")
        self.given = (found[1], found[2]) if found else ("", "")
        again = self.grete.submit(form, press="release")
        hold(self.given[1] not in again.text, "the password is shown twice")
        hold(ASKING not in self.grete.get(self.desk("/queue")).text, "it waits still")

    def password_handed_over_lets_in_once(self) -> None:
        """With the customer's number and that password one chooses another, and is in."""
        number, password = self.given
        person = self.wiebke
        door = f"{self.facts.base_url}{self.facts.partners_path}/sign-in"
        page = person.submit(person.get(door).form(to="/language"), press="en")
        due = person.submit(page.form(to="/sign-in"), login=number, password=password)
        hold(due.path.endswith("/own-password"), f"it led to {due.path}")
        form = due.form(to="/own-password")
        done = person.submit(form, current=password, password=f"{PASSWORD} thomsen")
        hold(ANSWERS["company"] in done.text, f"it led to {done.path}, for somebody else")
        form = Browser().get(door).form(to="/sign-in")
        refused = Browser().submit(form, login=number, password=password)
        hold(refused.status == 403, "the password that was handed over works still")

    def waiting(self, email: str) -> Answer:
        """Open the registration of an address in the queue."""
        queue = self.grete.get(self.desk("/queue"))
        ways = [link for link in queue.links if self.desk("/queue/") in link]
        return next(page for page in map(self.grete.get, ways) if email in page.text)

    def register_shows_the_state_of_accounts(self) -> None:
        """Staff find customers by words, each with the state of its account in words."""
        page = self.grete.get(self.desk("/customers"))
        form = page.form(to="/staff/customers")
        found = self.grete.submit(form, q="thomsen kappeln")
        hold(f"{ANSWERS['company']} Kappeln active ● active" in found.text, "not as it should be")
        none = self.grete.submit(form, q="thomsen", account="none")
        hold("No customer fits." in none.text, "who is active is found under none")
        hold(self.grete.submit(form, q="x" * 201).status == 422, "a long word was taken")

    def invitation_is_sent_and_withdrawn(self) -> None:
        """By the portal's mode staff invite: since when shows, until it is withdrawn."""
        grete, password = self.facts.staff[1].email, f"{PASSWORD} grete"
        self.enter(self.grete, self.facts.path, email=grete, password=password)
        found = self.grete.get(self.at(f"/staff/customers?q={CUSTOMER}"))
        way = next(link for link in found.links if self.at("/staff/customers/") in link)
        form = self.grete.get(way).form(press="invite")
        hold(self.grete.submit(form, address="nobody").status == 422, "no address was taken")
        hold(self.grete.submit(form, address=GUEST, role="owner").status == 422, "a role, too")
        invited = self.grete.submit(form, address=GUEST)
        hold("invited on" in invited.text, "it does not show since when")
        link = self.mailed(GUEST, "/invitation")
        done = self.grete.submit(invited.form(having="invitation"), press="withdraw")
        hold("○ none" in done.text, "it shows as invited still")
        hold(Browser().get(link).status == 403, "the link works still")

    def claim_is_linked(self) -> None:
        """Whose a proven address is staff say, with what speaks for it; then the person is in."""
        person = self.claire
        self.english(person)
        form = person.get(self.at("/register")).form(to="/register")
        person.submit(form, email=CLAIMING, **ANSWERS)
        page = person.get(self.mailed(CLAIMING, "/register/confirm"))
        person.submit(page.form(to="/register/confirm"), password=f"{PASSWORD} claire")
        claim = self.waiting(CLAIMING)
        hold("contact in the register" in claim.text, "nothing says what speaks for it")
        linked = self.grete.submit(claim.form(having="customer"), press="link")
        hold("Linked:" in linked.text, f"it answered {linked.status}")
        form = person.get(self.at("/sign-in")).form(to="/sign-in")
        orders = person.submit(form, login=CLAIMING, password=f"{PASSWORD} claire")
        hold(self.facts.company in orders.text, "the person does not act for the company")

    # Users of a customer ------------------------------------------------------------------------

    def customer(self, browser: Browser, words: str) -> Answer:
        """Open the page of the customer that words find."""
        found = browser.get(self.desk(f"/customers?{urlencode({'q': words})}"))
        return browser.get(next(link for link in found.links if self.desk("/customers/") in link))

    def user(self, words: str, named: str) -> Answer:
        """Open the page of one of a customer's users."""
        links = self.customer(self.grete, words).links
        pages = (self.grete.get(link) for link in links if "/users/" in link)
        return next(page for page in pages if named in page.text)

    def user_is_suspended_and_comes_back(self) -> None:
        """Who is suspended is out of the company at the next step, and in again once resumed."""
        page = self.user("thomsen", "Wiebke")
        hold("Administrator" in page.text, "the roles are not shown")
        hold(self.wiebke.get(self.orders).status == 200, "the person is not in before")
        suspended = self.grete.submit(page.form(press="suspend"))
        hold("suspended" in suspended.text, f"it answered {suspended.status}")
        hold("Orders" not in self.wiebke.get(self.orders).text, "the person goes on")
        resumed = self.grete.submit(suspended.form(press="resume"))
        hold("acts for this customer again" in resumed.text, f"it answered {resumed.status}")
        hold(self.wiebke.get(self.orders).status == 200, "the person is not in again")

    @property
    def orders(self) -> str:
        """Where the orders are in the partners' portal."""
        return f"{self.facts.base_url}{self.facts.partners_path}/orders"

    def blocked_login_is_out_and_nobody_else(self) -> None:
        """A block needs a reason, says that it counts everywhere, and holds until it is lifted."""
        page = self.user(self.facts.company, CLAIMING)
        hold("This concerns the person everywhere" in page.text, "it does not say so")
        form = page.form(press="block")
        hold(self.grete.submit(form, reason=" ").status == 422, "no reason was taken")
        blocked = self.grete.submit(form, reason="The letters came back.")
        hold("login blocked" in blocked.text, f"it answered {blocked.status}")
        out = self.claire.get(self.at("/orders"))
        hold(out.path.endswith("/sign-in"), "who is blocked goes on")
        hold(self.wiebke.get(self.orders).status == 200, "somebody else is out, too")
        form = out.form(to="/sign-in")
        refused = self.claire.submit(form, login=CLAIMING, password=f"{PASSWORD} claire")
        hold(refused.status == 403, f"who is blocked signs in: {refused.status}")
        self.grete.submit(blocked.form(press="unblock"))
        back = self.claire.submit(form, login=CLAIMING, password=f"{PASSWORD} claire")
        hold(self.facts.company in back.text, "who is unblocked does not come in")

    def refusal_is_explained(self) -> None:
        """Staff ask why somebody may do something, or why not, and read each condition."""
        page = self.user(self.facts.company, CLAIMING)
        asking = self.grete.get(next(link for link in page.links if "/access?" in link))
        form = asking.form(to="/access")
        told = self.grete.submit(form, operation="orders.newest")
        hold("Allowed:" in told.text, f"it answered {told.status}")
        hold("A role that was given allows “See orders”" in told.text, "it does not say by what")
        unknown = self.grete.submit(form, operation="orders.steal")
        hold(unknown.status == 404, f"what nobody knows answered {unknown.status}")

    # Status, groups, functions ------------------------------------------------------------------

    def status(self) -> Answer:
        """Open where the new customer stands, as who may change it."""
        return self.ove.get(self.way_to_status())

    def way_to_status(self) -> str:
        """Find the way there on the customer's page."""
        links = self.customer(self.ove, "thomsen").links
        return next(link for link in links if link.endswith("/status"))

    def status_switches_at_the_next_step(self) -> None:
        """A customer on hold sees and does not order; who was slower sees what is kept now."""
        ove, _ = self.facts.staff
        self.enter(self.ove, self.facts.partners_path, email=ove.email, password=ove.password)
        refused = self.grete.get(self.way_to_status())
        hold(refused.status == 403, f"who may not change it got {refused.status}")
        mine, theirs = (self.status().form(having="status") for _ in range(2))
        held = self.ove.submit(mine, status="on hold")
        hold("Saved." in held.text, f"it answered {held.status}")
        hold(self.wiebke.get(self.orders).status == 200, "the orders are gone")
        checkout = self.orders.replace("/orders", "/checkout")
        hold(self.wiebke.get(checkout).status == 403, "it can order still")
        slow = self.ove.submit(theirs, status="closed")
        hold(slow.status == 409, f"who was slower got {slow.status}")
        hold("A colleague has chosen this one." in slow.text, "it does not say which is kept")
        again = self.ove.submit(slow.form(having="status"), status="active")
        hold("Saved." in again.text, f"saving again answered {again.status}")
        hold(self.wiebke.get(checkout).status == 200, "it can't order again")

    def customer_counts_before_its_group(self) -> None:
        """What a group switches off is off for who is in it, until the customer has it on."""
        form = self.ove.get(self.desk("/groups")).form(having="key")
        hold(self.ove.submit(form, key="", name="").status == 422, "a group without name was made")
        made = self.ove.submit(form, key="berths", name="Berths")
        way = next(link for link in made.links if f'{link.rpartition("/")[2]}">Berths' in made.body)
        off = {"feature.order_history": "off"}
        self.ove.submit(self.ove.get(way).form(having="name"), **off)
        form = self.status().form(having="status")
        group = way.rpartition("/")[2]
        grouped = self.ove.submit(form, **{f"group.{group}": "on", f"place.{group}": "1"})
        hold("switched off for the customer group “Berths”" in grouped.text, "it does not say why")
        hold(self.wiebke.get(self.orders).status == 403, "it is on for the group")
        on = {"feature.order_history": "on"}
        self.ove.submit(grouped.form(having="status"), **on)
        hold(self.wiebke.get(self.orders).status == 200, "the customer does not count first")

    def trail_speaks_in_words(self) -> None:
        """The customer's page leads to what happened to it, said in words."""
        links = self.customer(self.ove, "thomsen").links
        page = self.ove.get(next(link for link in links if "/audit?about=" in link))
        for said in ("The customer was changed", "A user was suspended", "A user may act again"):
            hold(said in page.text, f"it does not say {said!r}")
        hold("membership.member_suspended" not in page.text, "it says it in code")

    # Settings -----------------------------------------------------------------------------------

    def settings(self, key: str) -> Answer:
        """Open the settings of a portal by its key, which the list shows below its name."""
        portals = self.ove.get(self.desk("/portals"))
        found = re.search(rf'/([^/"]+)">[^<]*</a></strong><span[^>]*>{key}<', portals.body)
        hold(found, f"the list has no {key}")
        return self.ove.get(self.desk(f"/portals/{found[1] if found else ''}"))

    def contradiction_is_refused_at_once(self) -> None:
        """Settings that contradict themselves are refused with every reason; nothing is saved."""
        form = self.settings("partners").form(having="policies.registration")
        wrong = {"name": "", SHORTEST: "5", "policies.registration": "open"}
        refused = self.ove.submit(form, press="save", **wrong)
        hold(refused.status == 422, f"it answered {refused.status}")
        for said in ("printable characters", "Between 8 and 64", "hand a password over"):
            hold(said in refused.text, f"nothing says {said!r}")
        kept = dict(refused.form(having=SHORTEST).fields)
        hold({**kept, **wrong} == kept, "what was chosen is gone")
        now = dict(self.settings("partners").form(having=SHORTEST).fields)
        hold(now[SHORTEST] != "5", "it was saved")

    def settings_change_while_it_runs(self) -> None:
        """A policy holds at once; who was slower than a colleague sees what is kept now."""
        mine = self.settings("partners").form(having=SHORTEST)
        theirs = self.settings("partners").form(having=SHORTEST)
        saved = self.ove.submit(mine, press="save", **{SHORTEST: "14"})
        hold("Saved." in saved.text, f"it answered {saved.status}")
        slow = self.ove.submit(theirs, press="save", **{SHORTEST: "16"})
        hold(slow.status == 409, f"who was slower got {slow.status}")
        hold("Now: 14" in slow.text, "it does not say what is kept now")
        again = self.ove.submit(slow.form(having=SHORTEST), press="save", **{SHORTEST: "12"})
        hold("Saved." in again.text, f"saving again answered {again.status}")

    def portal_asks_what_it_likes(self) -> None:
        """A field of the portal's own is asked at once, by its name, until it is gone."""
        form = self.settings("partners").form(having="new.key")
        named = {f"new.label.{language.value}": "Berth" for language in Language}
        refused = self.ove.submit(form, press="save", **{"new.key": "Bad key", **named})
        hold(refused.status == 422, f"a bad key answered {refused.status}")
        hold("A key of small letters" in refused.text, "nothing says what is wrong with it")
        self.ove.submit(form, press="save", **{"new.key": "berth", **named})
        asking = f"{self.facts.base_url}{self.facts.partners_path}/register"
        hold("Berth" in Browser().get(asking).text, "it is not asked")
        form = self.settings("partners").form(having="asked.berth")
        kept = [pair for pair in form.fields if pair[0] != "asked.berth"]
        self.ove.send(form, [*kept, ("do", "save")])
        hold("Berth" not in Browser().get(asking).text, "it is asked still")

    def portal_goes_on_and_off(self) -> None:
        """A portal is there as soon as it is switched on, and gone once it is off."""
        outlet = f"{self.facts.base_url}{self.facts.closed_path}/sign-in"
        for press, wanted in (("open", 200), ("close", 404)):
            page = self.settings("outlet")
            self.ove.submit(page.form(to=page.path), press=press)
            found = Browser().get(outlet).status
            hold(found == wanted, f"after {press!r} it answers {found}")

    def numbers_are_reserved_and_extended(self) -> None:
        """Numbers are set aside once, and a range that runs out gets more."""
        form = self.ove.get(self.desk("/numbers")).form(having="key")
        numbers = {"key": "fair", "prefix": "F-", "first": "1", "last": "20", "warn_at": "5"}
        wrong = self.ove.submit(form, **{**numbers, "last": "none", "width": "0"})
        marked = set(re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', wrong.body))
        hold({"last", "width"} <= marked, f"marked are {marked}")
        kept = self.ove.submit(form, **numbers)
        hold("F-00001 F-00020" in kept.text, f"it answered {kept.status}")
        hold(self.ove.submit(form, **numbers).status == 409, "the same name was taken twice")
        page = self.ove.get(self.desk("/numbers/fair"))
        more = self.ove.submit(page.form(having="version"), last="99")
        hold("F-00099" in more.text, f"it answered {more.status}")

    def colleague_is_appointed_and_blocked(self) -> None:
        """A new colleague comes in with the password shown once, and is out once blocked."""
        form = self.ove.get(self.desk("/people")).form(having="email")
        named = {"name": "Tom Thode", "email": "tom@moewenkontor.example"}
        made = self.ove.submit(form, **named, permission="manage accounts")
        found = re.search(r"Password (\S+) Good until", made.text)
        hold(found, "no password is shown")
        password, tom = found[1] if found else "", Browser()
        due = self.enter(tom, self.facts.partners_path, email=named["email"], password=password)
        hold(due.path.endswith("/staff/own-password"), f"it led to {due.path}")
        own = due.form(to="/staff/own-password")
        tom.submit(own, current=password, password=f"{PASSWORD} tom")
        hold(tom.get(self.desk("/customers")).status == 200, "what was granted does not count")
        way = next(link for link in made.links if self.desk("/people/") in link)
        form = self.ove.get(way).form(having="permission")
        nothing = [pair for pair in form.fields if pair[0] != "permission"]
        self.ove.send(form, [*nothing, ("do", "grant")])
        hold(tom.get(self.desk("/customers")).status == 403, "what was taken away counts still")
        self.ove.send(form, [*nothing, ("do", "block")])
        hold(tom.get(self.desk()).path.endswith("/sign-in"), "who is blocked goes on")

    def forgotten_staff_password_is_replaced(self) -> None:
        """A forgotten password is replaced by a mailed link; an unknown address reads the same."""
        answers = []
        for email in (OVE, "nobody@moewenkontor.example"):
            form = self.ove.get(self.desk("/forgotten")).form(to="/staff/forgotten")
            answers.append(self.ove.submit(form, email=email))
        known, unknown = answers
        hold(without_tokens(known) == without_tokens(unknown), "the pages differ")
        hold(without_times(known) == without_times(unknown), "the headers differ")
        visitor = Browser()
        form = visitor.get(self.mailed(OVE, "/staff/password")).form(to="/staff/password")
        done = visitor.submit(form, password=f"{PASSWORD} ove")
        hold(done.path.endswith("/staff/sign-in"), f"it led to {done.path}")
        hold(visitor.submit(form, password=PASSWORD).status == 422, "the link works twice")
        hold(self.ove.get(self.desk()).path.endswith("/sign-in"), "the old session goes on")
