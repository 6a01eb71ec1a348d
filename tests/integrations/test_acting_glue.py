"""For whom a request acts: for the company its page was of, or for none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress

import attrs
import pytest

from custaccount import Member
from custaccount.integrations.answers import CompanySwitched, NobodyToActFor
from custaccount.integrations.visit import COMPANY_COOKIE, SESSION_COOKIE, Visit
from custaccount.kernel.ids import CustomerId
from custaccount.membership import ADMINISTRATOR, BUYER, CustomerNotChosen, MembershipOver
from custaccount.portals import CustomerStatus, Entrance
from custaccount.storage import Storage
from tests.house import ALICE, PASSWORD, Shop, everything_in
from tests.integrations.ground import BOTH, PATH, STAFF, Browser, Host
from tests.security.companies import (
    ACME,
    BERT,
    BETA,
    CARL,
    acting,
    hire,
    membership_of,
    two_companies,
)
from tests.security.spies import together
from tests.security.test_account_races import LEVELS, calm
from tests.security.test_held_rights import WatchedUnits, storage_at

TRAINEE = "trainee@acme.example"


@attrs.define
class Tab:
    """A browser that shows a page of Acme; each visit is a request of its own."""

    shop: Shop
    email: str
    sent: dict[str, str] = attrs.field(factory=dict)

    @property
    def acme(self) -> CustomerId:
        """The company of the page."""
        return self.shop.customer(ACME).id

    def visit(self) -> Visit:
        """Begin a request."""
        entrance = Entrance(portal=self.shop.portal, prefix=PATH)
        return Visit(
            accounts=self.shop.house.accounts,
            entrance=entrance,
            root=PATH,
            here=f"{PATH}/users",
            wishes="",
            sent=dict(self.sent),
        )

    def answered(self, visit: Visit) -> None:
        """Take the cookies of an answer, as a browser does."""
        answer = Answered()
        visit.finish(answer)
        for name, value in answer.cookies.items():
            self.sent[name] = value
        self.sent = {name: value for name, value in self.sent.items() if value}


@attrs.define
class Answered:
    """An answer, as far as a visit finishes it."""

    headers: dict[str, str] = attrs.field(factory=dict)
    cookies: dict[str, str] = attrs.field(factory=dict)

    def set_cookie(self, key: str, value: str, *, max_age: int | None, **_: object) -> None:
        """Keep a cookie, or forget it."""
        self.cookies[key] = "" if max_age == 0 else value


def tab_of(shop: Shop, email: str) -> Tab:
    """Sign in, and choose Acme."""
    tab = Tab(shop, email)
    for step in (
        lambda visit: visit.sign_in(email, PASSWORD),
        lambda visit: visit.choose_company(tab.acme),
    ):
        visit = tab.visit()
        step(visit)
        tab.answered(visit)
    assert tab.visit().member().customer == tab.acme
    return tab


@pytest.fixture
def shop(memory_storage: Storage) -> Shop:
    """Bert administers Acme and Beta, Carl buys for Acme alone."""
    made = two_companies(memory_storage)
    hire(made, BERT, ADMINISTRATOR, erp_id=BETA)
    return made


def named(shop: Shop, email: str) -> tuple[Member, object]:
    """Name Alice, who acts, and a colleague's membership."""
    return acting(shop, ALICE), membership_of(shop, email).id


def closed(shop: Shop) -> None:
    """Close Acme."""
    desk = shop.house.accounts.customer_desk
    seen = desk.look(shop.staff, shop.customer(ACME).id)
    desk.change(shop.staff, seen.id, version=seen.version, status=CustomerStatus.CLOSED)


ENDS: Mapping[str, Callable[[Shop, str], object]] = {
    "removed": lambda shop, who: shop.house.accounts.users.remove(*named(shop, who)),  # type: ignore[arg-type]
    "suspended": lambda shop, who: shop.house.accounts.users.suspend(*named(shop, who)),  # type: ignore[arg-type]
    "left": lambda shop, who: shop.house.accounts.users.leave(acting(shop, who)),
    "closed": lambda shop, _: closed(shop),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_form_of_a_company_that_is_over_is_done_for_no_other(shop: Shop, end: str) -> None:
    """Bert acts for Beta still: what he sends from Acme's page is refused, however often."""
    tab, accounts = tab_of(shop, BERT), shop.house.accounts
    ENDS[end](shop, BERT)
    before = everything_in(shop.house.storage)

    request = tab.visit()
    for _ in range(3):
        with pytest.raises(CustomerNotChosen):
            accounts.users.invite(request.member(), email=TRAINEE, roles=[BUYER])
    tab.answered(request)

    assert everything_in(shop.house.storage) == before
    assert COMPANY_COOKIE not in tab.sent
    assert tab.sent[SESSION_COOKIE]


@pytest.mark.parametrize("end", ENDS)
def test_the_next_request_chooses(shop: Shop, end: str) -> None:
    """And acts for what is left: nobody has to sign in again."""
    tab, beta = tab_of(shop, BERT), shop.customer(BETA).id
    ENDS[end](shop, BERT)
    refused = tab.visit()
    with pytest.raises(CustomerNotChosen):
        refused.member()
    tab.answered(refused)

    following = tab.visit()
    choices = shop.house.accounts.acting.choices(following.session())
    assert [one.membership.customer for one in choices] == [beta]
    assert following.choose_company(beta).customer == beta
    tab.answered(following)
    assert tab.visit().member().customer == beta


def test_who_chooses_in_the_same_request_acts_for_what_was_chosen(shop: Shop) -> None:
    """To choose is no accident."""
    tab, beta = tab_of(shop, BERT), shop.customer(BETA).id
    ENDS["removed"](shop, BERT)
    request = tab.visit()
    with pytest.raises(CustomerNotChosen):
        request.member()

    request.choose_company(beta)

    assert request.member().customer == beta


def test_a_new_session_begins_without_what_was_over(shop: Shop) -> None:
    """Signing in again in the same request enters the company that is left."""
    tab, beta = tab_of(shop, BERT), shop.customer(BETA).id
    ENDS["removed"](shop, BERT)
    request = tab.visit()
    with pytest.raises(CustomerNotChosen):
        request.member()

    request.sign_in(BERT, PASSWORD)

    assert request.member().customer == beta


@pytest.mark.parametrize("end", ENDS)
def test_whose_only_company_is_over_acts_for_nobody(shop: Shop, end: str) -> None:
    """Carl is told so, in this request and in the next; he stays signed in."""
    tab = tab_of(shop, CARL)
    ENDS[end](shop, CARL)

    for _ in range(2):
        request = tab.visit()
        for _ in range(2):
            with pytest.raises(NobodyToActFor):
                request.member()
        tab.answered(request)
        assert COMPANY_COOKIE not in tab.sent
    assert tab.visit().session()


def test_a_visit_that_forgets_at_once_would_act_for_another(shop: Shop) -> None:
    """Negative control: without what was chosen there is one company left, and it is entered."""
    tab, beta = tab_of(shop, BERT), shop.customer(BETA).id
    ENDS["removed"](shop, BERT)

    del tab.sent[COMPANY_COOKIE]

    assert tab.visit().member().customer == beta


# Signing in --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["memory", *LEVELS, "sqlite"])
def test_signing_in_does_not_fail_where_the_only_company_ends_in_between(
    request: pytest.FixtureRequest, name: str
) -> None:
    """The password was right: Carl is signed in, and told that he acts for nobody."""
    units = WatchedUnits(storage_at(request, name))
    shop = two_companies(units)
    visit = Tab(shop, CARL).visit()
    rival = Ending(shop, units, at=before_entering(shop))
    units.watch = rival

    (answer,) = together(lambda: visit.sign_in(CARL, PASSWORD))

    units.watch = calm
    assert answer is None
    assert rival.ended
    assert visit.cookie(SESSION_COOKIE)
    assert not visit.cookie(COMPANY_COOKIE)
    with pytest.raises(NobodyToActFor):
        visit.member()


def test_a_sign_in_that_passes_everything_on_fails(
    memory_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the rival does come in between, and entering says so."""

    def suppress_less(*kinds: type[Exception]) -> AbstractContextManager[None]:
        return suppress(*(kind for kind in kinds if kind is not MembershipOver))

    monkeypatch.setattr("custaccount.integrations.visit.suppress", suppress_less)
    units = WatchedUnits(memory_storage)
    shop = two_companies(units)
    visit = Tab(shop, CARL).visit()
    units.watch = rival = Ending(shop, units, at=before_entering(shop))

    (answer,) = together(lambda: visit.sign_in(CARL, PASSWORD))

    units.watch = calm
    assert rival.ended
    assert isinstance(answer, MembershipOver)


@attrs.define
class Ending:
    """Ends Carl's membership just before a unit begins, the n-th."""

    shop: Shop
    units: WatchedUnits
    at: int
    begun: int = 0
    ended: bool = False

    def __call__(self, name: str, step: Callable[[], object]) -> object:
        """Take a step."""
        if name == "begin":
            self.begun += 1
            if self.begun == self.at:
                self.units.watch = calm
                (said,) = together(lambda: ENDS["removed"](self.shop, CARL))
                self.ended = said is None
        return step()


def before_entering(shop: Shop) -> int:
    """Count the units of signing in; entering is the last."""
    counted: list[str] = []

    def count(name: str, step: Callable[[], object]) -> object:
        counted.extend([name] if name == "begin" else [])
        return step()

    units = shop.house.storage
    assert isinstance(units, WatchedUnits)
    units.watch = count
    visit = Tab(shop, CARL).visit()
    visit.sign_in(CARL, PASSWORD)
    units.watch = calm
    assert visit.cookie(COMPANY_COOKIE)
    return len(counted)


# In a browser ------------------------------------------------------------------------------------


def test_a_browser_is_led_to_the_choice_and_sends_nothing_to_another_company(
    host: Host, browser: Browser
) -> None:
    """The page of the company that is over leads to the chooser; the form is not done."""
    browser.enter(BOTH)
    first, second = (
        CustomerId(one.partition("=")[2]) for one in browser.get(f"{PATH}/company").text.split()
    )
    browser.post("/company", customer=first)
    assert browser.post("/orders").text == first
    desk = host.accounts.customer_desk
    seen = desk.look(STAFF, first)
    desk.change(STAFF, first, version=seen.version, status=CustomerStatus.CLOSED)

    sent = browser.post("/orders")

    assert (sent.status_code, sent.location) == (303, f"{PATH}/company")
    assert browser.kept(COMPANY_COOKIE) == ""
    assert browser.get(f"{PATH}/orders").text == second


def test_a_form_is_carried_out_for_the_company_it_was_made_for_alone(shop: Shop) -> None:
    """Another one by now refuses it; text that is empty says nothing."""
    tab = tab_of(shop, BERT)
    beta = shop.customer(BETA).id

    switched = tab.visit()
    switched.expect(beta)
    with pytest.raises(CompanySwitched):
        switched.member()

    for said in (tab.acme, ""):
        same = tab.visit()
        same.expect(said)
        assert same.member().customer == tab.acme
