"""Who registers in these tests, and what a shop has to have decided for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import attrs

from custaccount.adapters.memory import MemoryMatcher
from custaccount.facilities.letters import Mail
from custaccount.facilities.outbox import Subscriber
from custaccount.kernel.ids import BearerToken, CustomerNumber, ErpCustomerId, RangeKey
from custaccount.kernel.text import EmailAddress
from custaccount.membership import MemberLine
from custaccount.portals import AccountKind, Portal, RegistrationMode
from custaccount.registration import ErpMatch, Registration
from custaccount.storage import Storage
from tests.house import PASSWORD, NoLimits, Shop, build, open_nord

NINA, OTTO = "nina@new.example", "otto@new.example"
"""Nobody knows them."""
DESK, OFFICE = "desk@nord.example", "office@nord.example"
"""Where staff are told that something waits."""
WEB = RangeKey("web")

ANSWERS: Mapping[str, object] = {
    "name": "Nina New",
    "company": "New GmbH",
    "street": "Weg 1",
    "postal_code": "20095",
    "town": "Hamburg",
    "country": "DE",
}


def decide(shop: Shop, **policies: object) -> Portal:
    """Let staff change what the portal decides."""
    desk = shop.house.accounts.portal_desk
    kept = desk.get(shop.staff, shop.portal.id)
    wanted = attrs.evolve(kept.policies, **policies)
    return desk.change(shop.staff, kept.id, version=kept.version, policies=wanted)


def welcoming(
    storage: Storage,
    *,
    matcher: MemoryMatcher | None = None,
    subscribers: Sequence[Subscriber] = (),
    limited: bool = False,
    gapless: bool = True,
    last: int = 99_999,
    **policies: object,
) -> Shop:
    """Open a shop where anybody may register, unless its policies say otherwise."""
    limits = None if limited else NoLimits()
    shop = open_nord(build(storage, matcher=matcher, subscribers=subscribers, limits=limits))
    shop.house.accounts.number_desk.reserve(
        shop.staff,
        key=WEB,
        prefix="W",
        width=5,
        first=1,
        last=last,
        warn_at=min(1, last - 1),
        gapless=gapless,
    )
    decide(
        shop,
        **{
            "registration": RegistrationMode.OPEN,
            "number_range": WEB,
            "account_kinds": (AccountKind.COMPANY, AccountKind.PERSONAL),
            **policies,
        },
    )
    return shop


def register(shop: Shop, email: str, draft: str | None = None, **answers: object) -> None:
    """Let somebody register."""
    told = {**ANSWERS, **answers}
    shop.house.accounts.registering.register(shop.guest, email=email, answers=told, draft=draft)


def registered(shop: Shop, email: str, **answers: object) -> BearerToken:
    """Let somebody register, and return the link that was mailed."""
    register(shop, email, **answers)
    return shop.house.token_for(email)


def activate(shop: Shop, token: BearerToken, password: str = PASSWORD) -> None:
    """Open a registration's link and choose a password."""
    shop.house.accounts.registering.activate(shop.guest, token, password)


def arrived(shop: Shop, email: str, **answers: object) -> None:
    """Let somebody register and activate, and deliver what follows."""
    activate(shop, registered(shop, email, **answers))
    shop.house.accounts.relay()


def kept(shop: Shop, email: str) -> Registration | None:
    """Look the registration of an address up."""
    with shop.house.storage.reading() as view:
        return view.registrations.find_by_email(shop.scope, EmailAddress.parse(email))


def waiting(shop: Shop) -> tuple[Registration, ...]:
    """List what waits for staff."""
    return tuple(shop.house.accounts.registration_desk.queue(shop.staff).items)


def users_of(shop: Shop, erp_id: str) -> Sequence[MemberLine]:
    """List the users of a customer, those removed too."""
    customer = shop.customer(erp_id)
    return shop.house.accounts.member_desk.users(shop.staff, customer.id)


def match(
    erp_id: str, number: str, *addresses: str, name: str = "A customer of the ERP"
) -> ErpMatch:
    """Make what the ERP knows of a customer."""
    return ErpMatch(
        erp_id=ErpCustomerId(erp_id),
        number=CustomerNumber(number),
        name=name,
        addresses=addresses,
    )


def mails_to(shop: Shop, email: str) -> list[Mail]:
    """Deliver what is due and return all mails to an address, the oldest first."""
    shop.house.accounts.relay()
    key = EmailAddress.parse(email).key
    return [mail for mail in shop.house.mailer.sent if mail.to.key == key]


def letter_of(mail: Mail) -> str:
    """Read which letter a mail is of its id; its words are in the person's language."""
    parts = mail.id.split(".")
    return ".".join(part for part in parts[1:] if not part.isdecimal())


def letters_to(shop: Shop, email: str) -> list[str]:
    """Deliver what is due and name all letters to an address, the oldest first."""
    return [letter_of(mail) for mail in mails_to(shop, email)]


def token_in(mail: Mail) -> BearerToken:
    """Read the token in a mail's link."""
    link = next(word for word in mail.plain.split() if "token=" in word)
    (token,) = parse_qs(urlsplit(link).query)["token"]
    return BearerToken(token)
