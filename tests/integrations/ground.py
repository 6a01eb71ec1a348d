"""What every host of the tests stands on: accounts, people, and pages of no framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias
from wsgiref.types import WSGIApplication

import attrs
from werkzeug.test import Client, TestResponse

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import MemoryCart, MemoryMailer, MemoryStorage
from custaccount.credentials import SignInRefused
from custaccount.credentials.passwords import Hashing
from custaccount.integrations.answers import status_of
from custaccount.integrations.visit import Visit
from custaccount.kernel.access import STAFF_PERMISSIONS, Permission, PermissionMissing, Staff
from custaccount.kernel.errors import (
    Conflict,
    CustAccountError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken, CustomerId, RealmId, StaffId
from custaccount.kernel.money import Currency
from custaccount.orders import ErpUnavailable, OrderNotFound
from custaccount.portals import Portal
from custaccount.staff import StaffSignInRefused

PATH = "/customer-center"
LOOPBACK = "http://127.0.0.1:8000"
PASSWORD = "nine glues, one horse"
ALICE = "alice@acme.example"
BOTH = "both@agency.example"
STAFF = Staff(
    realm=RealmId("moewenkontor"), id=StaffId("ida"), name="Ida", permissions=STAFF_PERMISSIONS
)

FRONT = "the shop's front page"
LOST = "the shop has no such page"
FALLEN = "the shop has fallen over"
ARTICLE = "an article of the shop"


# Pages ------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Asked:
    """A request for a page."""

    visit: Visit
    form: Mapping[str, str]
    token: Callable[[], str]
    """Makes what a form carries."""


@attrs.frozen
class Says:
    """A page that says something."""

    text: str
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Leads:
    """A page that leads on."""

    to: str


Answer: TypeAlias = Says | Leads
View: TypeAlias = Callable[..., Answer]

RAISED: dict[str, CustAccountError] = {
    "invalid": InvalidInput(),
    "refused": NotAllowed(),
    "lacking": PermissionMissing(permission=Permission.SEE_ORDERS),
    "missing": NotFound(),
    "order": OrderNotFound(),
    "changed": Conflict(),
    "later": Unavailable(),
    "erp": ErpUnavailable(),
    "other": CustAccountError(),
}


def sign_in(asked: Asked) -> Answer:
    """Show the text a form carries."""
    asked.visit.guest()
    return Says(asked.token())


def sign_in_now(asked: Asked) -> Answer:
    """Sign in."""
    visit, form = asked.visit, asked.form
    try:
        visit.sign_in(form.get("email", ""), form.get("password", ""))
    except SignInRefused as refusal:
        return Says("wrong", status_of(refusal))
    return Leads(visit.return_to(form.get("next")))


def first_sign_in(asked: Asked) -> Answer:
    """Ask for the link."""
    asked.visit.accounts.first_sign_in.request(asked.visit.guest(), asked.form["email"])
    return Says("sent")


def sign_out(asked: Asked) -> Answer:
    """Sign out."""
    asked.visit.end_session()
    return Says("out")


def staff_sign_in(asked: Asked) -> Answer:
    """Show the text a form carries."""
    asked.visit.guest()
    return Says(asked.token())


def staff_sign_in_now(asked: Asked) -> Answer:
    """Sign in as staff."""
    visit, form = asked.visit, asked.form
    service = visit.accounts.staff_sign_in
    try:
        token = service.sign_in(visit.guest(), form.get("email", ""), form.get("password", ""))
    except StaffSignInRefused as refusal:
        return Says("wrong", status_of(refusal))
    visit.begin_staff_session(token)
    return Leads(visit.return_to(form.get("next")))


def staff_password(asked: Asked) -> Answer:
    """Show the text a form carries."""
    return Says(asked.token())


def staff_password_now(asked: Asked) -> Answer:
    """Choose a staff password."""
    asked.visit.change_staff_password(asked.form["current"], asked.form["new"])
    return Says("changed")


def staff_sign_out(asked: Asked) -> Answer:
    """Sign staff out."""
    asked.visit.end_staff_session()
    return Says("out")


def desk(asked: Asked) -> Answer:
    """Say who works here."""
    return Says(asked.visit.staff().name)


def own_password(asked: Asked) -> Answer:
    """Show the text a form carries."""
    return Says(asked.token())


def own_password_now(asked: Asked) -> Answer:
    """Choose a password of one's own."""
    asked.visit.change_password(asked.form["current"], asked.form["new"])
    return Says("changed")


def nobody(asked: Asked) -> Answer:
    """Say who is signed in and acts for nobody."""
    return Says(f"nobody's {asked.visit.person().user}")


def orders(asked: Asked) -> Answer:
    """Say for whom the member acts."""
    return Says(asked.visit.member().customer)


def company(asked: Asked) -> Answer:
    """List the companies to choose."""
    choices = asked.visit.accounts.acting.choices(asked.visit.session())
    return Says(" ".join(f"{one.customer_number}={one.membership.customer}" for one in choices))


def choose_company(asked: Asked) -> Answer:
    """Choose one."""
    return Says(asked.visit.choose_company(CustomerId(asked.form["customer"])).customer)


def fail(_: Asked, name: str) -> Answer:
    """Fail as told."""
    raise RAISED[name]


def speaks(asked: Asked) -> Answer:
    """Say in which language and look the answer is."""
    return Says(f"{asked.visit.language().value} {asked.visit.theme}")


def speak(asked: Asked) -> Answer:
    """Choose language and look."""
    asked.visit.remember_language(asked.form["language"])
    asked.visit.remember_theme(asked.form["theme"])
    return Says("as you wish")


def framed(_: Asked) -> Answer:
    """Send a header of the host's own."""
    return Says("x", headers={"X-Frame-Options": "SAMEORIGIN"})


PAGES: Sequence[tuple[str, str, Mapping[str, View]]] = (
    ("sign_in", "/sign-in", {"GET": sign_in, "POST": sign_in_now}),
    ("first_sign_in", "/first-sign-in", {"POST": first_sign_in}),
    ("sign_out", "/sign-out", {"POST": sign_out}),
    ("staff_sign_in", "/staff/sign-in", {"GET": staff_sign_in, "POST": staff_sign_in_now}),
    ("staff_password", "/staff/password", {"GET": staff_password, "POST": staff_password_now}),
    ("staff_sign_out", "/staff/sign-out", {"POST": staff_sign_out}),
    ("desk", "/staff/desk", {"GET": desk, "POST": desk}),
    ("own_password", "/own-password", {"GET": own_password, "POST": own_password_now}),
    ("nobody", "/nobody", {"GET": nobody}),
    ("orders", "/orders", {"GET": orders, "POST": orders}),
    ("company", "/company", {"GET": company, "POST": choose_company}),
    ("fail", "/raise/<name>", {"GET": fail}),
    ("speaks", "/speaks", {"GET": speaks, "POST": speak}),
    ("framed", "/framed", {"GET": framed}),
)
"""Name, path and views by method; each host registers them as its framework does."""


# A host -----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Ground:
    """Accounts with an open portal, a closed one, and two customers."""

    accounts: CustomerAccounts
    storage: MemoryStorage
    mailer: MemoryMailer
    portal: Portal


@attrs.frozen(kw_only=True)
class Host:
    """A host on its ground."""

    ground: Ground
    application: WSGIApplication
    form_field: str
    """What a form's text is called."""
    browser_cookie: str
    """What ties a form to a browser."""

    @property
    def accounts(self) -> CustomerAccounts:
        """Its accounts."""
        return self.ground.accounts

    def browser(self, *, cookies: bool = True) -> Browser:
        """Open a browser of one's own."""
        return Browser(self, Client(self.application, use_cookies=cookies))


class Making(Protocol):
    """Makes hosts of one framework."""

    def __call__(self, base_url: str = LOOPBACK) -> Host:
        """Make a host of a ground of its own."""
        ...


@attrs.frozen
class Browser:
    """A browser, and the forms it was shown."""

    host: Host
    client: Client

    def get(self, address: str, **more: object) -> TestResponse:
        """Open an address."""
        return self.client.get(address, **more)

    def send(self, address: str, token: str | None = None, **more: object) -> TestResponse:
        """Post to an address, with the text of a form or without."""
        fields = {self.host.form_field: token} if token is not None else {}
        return self.client.post(address, data={**fields, **more.pop("data", {})}, **more)

    def shown(self, **more: object) -> str:
        """Have a form shown, and read its text."""
        return self.get(f"{PATH}/sign-in", **more).text

    def post(self, page: str, **fields: str) -> TestResponse:
        """Post a form of our own page, as it was shown to this browser."""
        return self.send(f"{PATH}{page}", self.shown(), data=fields)

    def enter(self, email: str = ALICE, wanted: str = "") -> TestResponse:
        """Sign in."""
        return self.post("/sign-in", email=email, password=PASSWORD, next=wanted)

    def kept(self, name: str) -> str:
        """Read a cookie of the portal."""
        cookie = self.client.get_cookie(name, path=PATH)
        return cookie.value if cookie else ""

    def plant(self, name: str, value: str) -> None:
        """Set a cookie of the portal."""
        self.client.set_cookie(name, value, path=PATH)


def make_ground(base_url: str = LOOPBACK) -> Ground:
    """Open a portal, leave one closed, and give two people their logins."""
    storage, mailer = MemoryStorage(), MemoryMailer()
    accounts = CustomerAccounts(
        storage=storage,
        mailer=mailer,
        cart=MemoryCart(),
        secret_keys=["kqX0c3-vB7_zR2mT9wLp5nYd8hGfJs4uEa6i"],
        base_url=base_url,
        delivery=Delivery.BY_RELAY,
        hashing=Hashing.cheap(),
        testing=True,
    )
    accounts.portal_desk.found_realm(STAFF, "Möwenkontor")
    portal = accounts.portal_desk.create(
        STAFF,
        key="main",
        name="Möwenkontor",
        languages=[Language.EN, Language.DE, Language.SV],
        currency=Currency("EUR"),
        path=PATH,
        number="00815",
        host="shop.example",
    )
    portal = accounts.portal_desk.open(STAFF, portal.id)
    accounts.portal_desk.create(
        STAFF,
        key="closed",
        name="Outlet",
        languages=[Language.EN],
        currency=Currency("EUR"),
        path="/outlet",
        number="00816",
    )
    contacts = [{"name": "Alice", "email": ALICE}]
    agency = [{"name": "Both", "email": BOTH}]
    accounts.register_desk.import_rows(
        STAFF,
        [
            {"erp_id": "1", "number": "10001", "name": "Acme", "contacts": contacts},
            {"erp_id": "2", "number": "10002", "name": "Beta", "contacts": agency},
            {"erp_id": "3", "number": "10003", "name": "Gamma", "contacts": agency},
        ],
    )
    guest = accounts.portals.guest(portal)
    for email in (ALICE, BOTH):
        accounts.first_sign_in.request(guest, email)
        accounts.relay()
        token = mailer.newest_link(email).rpartition("token=")[2]
        accounts.first_sign_in.activate(guest, BearerToken(token), PASSWORD)
    return Ground(accounts=accounts, storage=storage, mailer=mailer, portal=portal)


def cookies(answer: TestResponse) -> dict[str, str]:
    """List the cookies an answer sets, with their flags."""
    lines = [line.strip() for line in answer.headers.getlist("Set-Cookie")]
    return {line.partition("=")[0]: line for line in lines}
