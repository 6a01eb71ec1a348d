"""What the seller's people do all day, at the staff's pages; for any host."""

# ruff: noqa: D401, PLR2004 - a step's docstring is the promise it checks; the numbers are HTTP's

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import attrs

from browser import Answer, Browser
from custaccount.kernel.i18n import Language
from steps import PASSWORD, Walking, hold, without_times, without_tokens
from wholesaler.staff import ANSWERS, OVE

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
    """Number and password of who was released."""

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
        hold("1 registration" in desk.text, "the desk does not say what waits")
        queue = self.grete.get(self.desk("/queue"))
        way = next(link for link in queue.links if self.desk("/queue/") in link)
        page = self.grete.get(way)
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
        hold("Nobody waits." in self.grete.get(self.desk("/queue")).text, "it waits still")

    def password_handed_over_lets_in_once(self) -> None:
        """With the customer's number and that password one chooses another, and is in."""
        number, password = self.given
        person = Browser()
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
        form = self.grete.get(way).form(having="email")
        hold(self.grete.submit(form, email="nobody").status == 422, "no address was taken")
        invited = self.grete.submit(form, email=GUEST)
        hold("invited on" in invited.text, "it does not show since when")
        link = self.mailed(GUEST, "/invitation")
        done = self.grete.submit(invited.form(having="invitation"), press="withdraw")
        hold("○ none" in done.text, "it shows as invited still")
        hold(Browser().get(link).status == 422, "the link works still")

    def claim_is_linked(self) -> None:
        """Whose a proven address is staff say, with what speaks for it; then the person is in."""
        person = Browser()
        self.english(person)
        form = person.get(self.at("/register")).form(to="/register")
        person.submit(form, email=CLAIMING, **ANSWERS)
        page = person.get(self.mailed(CLAIMING, "/register/confirm"))
        person.submit(page.form(to="/register/confirm"), password=f"{PASSWORD} claire")
        queue = self.grete.get(self.at("/staff/queue"))
        hold("whose address is it?" in queue.text, "the claim is not in the queue")
        way = next(link for link in queue.links if self.at("/staff/queue/") in link)
        claim = self.grete.get(way)
        hold("contact in the register" in claim.text, "nothing says what speaks for it")
        linked = self.grete.submit(claim.form(having="customer"), press="link")
        hold("Linked:" in linked.text, f"it answered {linked.status}")
        form = person.get(self.at("/sign-in")).form(to="/sign-in")
        orders = person.submit(form, login=CLAIMING, password=f"{PASSWORD} claire")
        hold(self.facts.company in orders.text, "the person does not act for the company")

    # Settings -----------------------------------------------------------------------------------

    def settings(self, key: str) -> Answer:
        """Open the settings of a portal by its key, which the list shows below its name."""
        portals = self.ove.get(self.desk("/portals"))
        found = re.search(rf'/([^/"]+)">[^<]*</a></strong><span[^>]*>{key}<', portals.body)
        hold(found, f"the list has no {key}")
        return self.ove.get(self.desk(f"/portals/{found[1] if found else ''}"))

    def contradiction_is_refused_at_once(self) -> None:
        """Settings that contradict themselves are refused with every reason; nothing is saved."""
        ove, _ = self.facts.staff
        self.enter(self.ove, self.facts.partners_path, email=ove.email, password=ove.password)
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
