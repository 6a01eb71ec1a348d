"""The samples of how somebody gets an account, and of what its owner does with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs

from custaccount import Member, System
from custaccount.credentials import Theme
from custaccount.customers import Address, Customer
from custaccount.kernel.access import Person
from custaccount.kernel.ids import (
    AddressId,
    ArticleNumber,
    BearerToken,
    Cursor,
    CustomerNumber,
    DraftId,
    ErpCustomerId,
    InvitationId,
    InvoiceNumber,
    RegistrationId,
    SessionId,
)
from custaccount.kernel.paging import PAGE_SIZE
from custaccount.kernel.text import EmailAddress
from custaccount.ordering import CartLine
from custaccount.portals import AccountKind, ActivationMode, RegistrationMode
from custaccount.registration import GivenPassword, RegisterQuery, Registration, RegistrationState
from tests.house import OTHER_PASSWORD, PASSWORD, delivered, order
from tests.registration.people import ANSWERS, WEB, decide, kept
from tests.security.parties import Call, Party, call

DEPOT = {"company": "Depot", "street": "Tor 2", "postal_code": "1010", "town": "Wien"}
DEPOT |= {"country": "AT"}


# What the portal decides ------------------------------------------------------------------------


def let(party: Party, **policies: object) -> None:
    """Decide everything a sample depends on, whatever the one before it did."""
    numbers = party.accounts.number_desk
    if not any(one.key == WEB for one in numbers.all(party.staff)):
        numbers.reserve(party.staff, key=WEB, prefix="W", width=6, first=1, last=99_999, warn_at=9)
    usual = {
        "registration": RegistrationMode.OPEN,
        "activation": ActivationMode.MAILED_LINK,
        "link_existing": False,
        "ask_second_proof": False,
        "number_range": WEB,
    }
    decide(party.shop, **{**usual, **policies})


# On the way to an account -----------------------------------------------------------------------


def registers(party: Party, email: str) -> None:
    """Let somebody register, with the draft of an order."""
    party.accounts.registering.register(
        party.guest, email=email, answers=ANSWERS, kind=AccountKind.COMPANY, draft="cart:7"
    )


def a_registrant(party: Party) -> BearerToken:
    """Let somebody nobody knows register, and mail the link."""
    let(party)
    registers(party, email := f"{party.fresh()}@web.example")
    return party.shop.house.token_for(email)


def registering(party: Party) -> Call:
    """Register where everybody may."""
    let(party)
    return call(
        party.guest,
        email=f"{party.fresh()}@web.example",
        answers=ANSWERS,
        kind=AccountKind.COMPANY,
        draft="cart:7",
    )


def a_new_customer(party: Party) -> dict[str, object]:
    """Say all that is asked of somebody who buys without an account."""
    let(party)
    return {
        "email": f"{party.fresh()}@guest.example",
        "answers": ANSWERS,
        "kind": AccountKind.COMPANY,
    }


def asked(party: Party, activation: ActivationMode) -> RegistrationId:
    """Let somebody ask for access."""
    let(party, registration=RegistrationMode.RELEASED, activation=activation)
    registers(party, email := f"{party.fresh()}@web.example")
    found = kept(party.shop, email)
    assert found is not None
    return found.id


def a_release(party: Party) -> Call:
    """Let somebody in with a password, for a customer of the register."""
    waits = asked(party, ActivationMode.STAFF_PASSWORD)
    return call(party.staff, registration=waits, customer=party.shop.customer(party.erp_id).id)


@attrs.frozen
class Claim:
    """Somebody whose proven address is a customer's, perhaps."""

    registration: RegistrationId
    email: str
    customer: Customer


def a_claim(party: Party) -> Claim:
    """Let a contact of a new customer register where a second proof is asked for."""
    let(party, link_existing=True, ask_second_proof=True)
    registers(party, email := party.newcomer())
    token = party.shop.house.token_for(email)
    party.accounts.registering.activate(party.guest, token, PASSWORD)
    found = kept(party.shop, email)
    assert found is not None
    return Claim(found.id, email, customer_of(party, email))


def customer_of(party: Party, email: str) -> Customer:
    """Look up the customer a newcomer is a contact of."""
    return party.shop.customer(ErpCustomerId(email.partition("@")[0]))


def a_proof(party: Party) -> Call:
    """Name the customer number and an invoice of a customer one may be."""
    claim, clock = a_claim(party), party.shop.house.clock
    bought = delivered(order(f"claim-{party.fresh()}", clock=clock), clock=clock, quantity="1")
    party.shop.keep_orders(claim.customer, [bought])
    return call(
        party.shop.person(claim.email),
        customer_number=claim.customer.number,
        invoice_number=bought.invoices[0].number,
    )


def a_draft(party: Party) -> tuple[Member, DraftId]:
    """Let somebody have begun an order before there was an account."""
    let(party)
    registers(party, email := f"{party.fresh()}@web.example")
    token = party.shop.house.token_for(email)
    party.accounts.registering.activate(party.guest, token, PASSWORD)
    member = party.shop.member(email)
    (draft,) = party.accounts.drafts.mine(member)
    return member, draft.id


# What staff do ----------------------------------------------------------------------------------


def a_page_of_the_queue(party: Party) -> Call:
    """Turn to the second page of what waits for staff."""
    queue, now = party.accounts.registration_desk.queue, party.shop.house.clock()
    with party.shop.house.storage.begin(System(realm=party.shop.realm, job="test")) as work:
        for _ in range(PAGE_SIZE + 1):
            name = party.fresh()
            work.registrations.put(
                party.shop.scope,
                Registration(
                    id=RegistrationId(name),
                    realm=party.shop.realm,
                    portal=party.shop.portal.id,
                    kind=AccountKind.COMPANY,
                    email=EmailAddress.parse(f"{name}@queue.example"),
                    answers={},
                    language=party.guest.language,
                    state=RegistrationState.WAITING,
                    asked=now,
                    expires=now,
                ),
            )
        work.commit()
    return call(party.staff, more=queue(party.staff).more)


def a_page_of_the_register(party: Party) -> Call:
    """Turn to the second page of a search."""
    rows = [
        {"erp_id": (name := party.fresh()), "number": name, "name": "Found often"}
        for _ in range(PAGE_SIZE + 1)
    ]
    party.accounts.register_desk.import_rows(party.staff, rows)
    query = RegisterQuery(text="found often")
    return call(
        party.staff, query=query, more=party.accounts.account_desk.search(party.staff, query).more
    )


def a_gift(party: Party) -> Call:
    """Give somebody a first password."""
    let(
        party,
        registration=RegistrationMode.INVITATION,
        activation=ActivationMode.STAFF_PASSWORD,
    )
    return call(
        party.staff,
        portal=party.shop.portal.id,
        customer=party.shop.customer(party.erp_id).id,
        name="Ann",
        email=f"{party.fresh()}@staff.example",
    )


def a_renewal(party: Party) -> Call:
    """Give another password for one that was never changed."""
    gift = a_gift(party)
    given = party.accounts.account_desk.give_password(gift.actor, **gift.arguments)  # type: ignore[arg-type]
    assert isinstance(given, GivenPassword)
    where = {name: gift.arguments[name] for name in ("portal", "customer")}
    return call(party.staff, **where, user=given.user)


def invites(party: Party, email: str) -> InvitationId:
    """Let somebody be invited to act for the party's customer."""
    let(party)
    desk, acme = party.accounts.member_desk, party.shop.customer(party.erp_id)
    return desk.invite(party.staff, party.shop.portal.id, acme.id, email=email).id


def an_invitation(party: Party) -> InvitationId:
    """Let somebody nobody knows be invited."""
    return invites(party, f"{party.fresh()}@invited.example")


def an_invited(party: Party) -> BearerToken:
    """Let somebody nobody knows be invited, and mail the link."""
    invites(party, email := f"{party.fresh()}@invited.example")
    return party.shop.house.token_for(email)


def an_acceptance(party: Party) -> Call:
    """Accept with the login one has."""
    invites(party, email := party.user())
    token = party.shop.house.token_for(email)
    return call(party.shop.person(email), token=token)


# The login --------------------------------------------------------------------------------------


def another_session(party: Party) -> tuple[Person, SessionId]:
    """Let its user be signed in twice; returns one session and the other's name."""
    person, _ = party.person, party.person
    open_still = party.accounts.sessions.mine(person)
    return person, next(one.id for one in open_still if not one.current)


def a_change_of_profile(party: Party) -> Call:
    """Change one's name."""
    version = party.accounts.profile.look(person := party.person).version
    return call(person, name=party.fresh(), phone="+49 40 123456", version=version)


def another_look(party: Party) -> Call:
    """Prefer what is not preferred yet."""
    now = party.accounts.profile.look(person := party.person).theme
    return call(person, theme=Theme.LIGHT if now is Theme.DARK else Theme.DARK)


def a_move(party: Party) -> tuple[str, BearerToken]:
    """Let a user ask for another address; returns the old one, and the link to the new one."""
    old, new = party.user(), f"{party.fresh()}@moved.example"
    party.accounts.email_change.request(party.shop.person(old), new)
    return old, party.shop.house.token_for(new)


def a_moved(party: Party) -> BearerToken:
    """Let a user have moved; returns the link that undoes it."""
    old, token = a_move(party)
    party.accounts.email_change.confirm(party.guest, token)
    return party.shop.house.token_for(old)


# The company ------------------------------------------------------------------------------------


def a_change_of_the_company(party: Party) -> Call:
    """Change the company's contact data."""
    company = party.accounts.company.look(member := party.member)
    answers = {**company.answers, "country": "DE", "town": party.fresh()}
    return call(member, answers=answers, version=company.version)


def an_address(party: Party) -> AddressId:
    """Let its address book have another address."""
    return party.accounts.address_book.add(party.member, DEPOT).id


def a_change_of_an_address(party: Party) -> Call:
    """Change an address."""
    added = party.accounts.address_book.add(member := party.member, DEPOT)
    answers = {**DEPOT, "addition": party.fresh()}
    return call(member, address=added.id, answers=answers, version=added.version)


def a_default_address(party: Party) -> AddressId:
    """Let its address book have an address that is used unless another is chosen."""
    address = an_address(party)
    party.accounts.address_book.use(party.member, billing=address, delivery=address)
    return address


def a_page_of_addresses(party: Party) -> Call:
    """Turn to the second page of the address book."""
    member = party.member
    with party.shop.house.storage.begin(System(realm=party.shop.realm, job="test")) as work:
        for _ in range(PAGE_SIZE + 1):
            new = Address(
                id=AddressId(party.fresh()),
                realm=member.realm,
                customer=member.customer,
                **{**{key: DEPOT[key] for key in DEPOT if key != "company"}, "name": "Depot"},
            )
            work.addresses.save(member.scope, new)
        work.commit()
    more: Cursor | None = party.accounts.address_book.all(member).more
    return call(member, more=more)


def a_guests_cart(party: Party) -> Call:
    """Merge a cart of one line."""
    line = CartLine(article=ArticleNumber("X1"), text="Article X1", quantity=Decimal(2))
    return call(party.member, lines=[line], key=party.fresh())


ACCOUNT_SAMPLES: Mapping[str, Callable[[Party], Call]] = {
    # registering
    "registering.register": registering,
    "registering.look": lambda p: call(p.guest, token=a_registrant(p)),
    "registering.activate": lambda p: call(p.guest, token=a_registrant(p), password=PASSWORD),
    "second_proof.wanted": lambda p: call(p.person),
    "second_proof.prove": a_proof,
    "drafts.mine": lambda p: call(a_draft(p)[0]),
    "drafts.take": lambda p: call((had := a_draft(p))[0], draft=had[1]),
    "new_customers.add": lambda p: call(p.staff, portal=p.shop.portal.id, **a_new_customer(p)),
    "new_customers.from_order": lambda p: call(p.guest, **a_new_customer(p)),
    # what staff decide
    "registration_desk.queue": a_page_of_the_queue,
    "registration_desk.look": lambda p: call(
        p.staff, registration=asked(p, ActivationMode.MAILED_LINK)
    ),
    "registration_desk.release": a_release,
    "registration_desk.reject": lambda p: call(
        p.staff, registration=asked(p, ActivationMode.MAILED_LINK), reason="Traders only."
    ),
    "registration_desk.link": lambda p: call(
        p.staff, registration=(claim := a_claim(p)).registration, customer=claim.customer.id
    ),
    "registration_desk.found": lambda p: call(p.staff, registration=a_claim(p).registration),
    "registration_desk.refuse": lambda p: call(
        p.staff, registration=a_claim(p).registration, reason="Nobody knows you."
    ),
    "waiting.waiting": lambda p: call(p.staff),
    "account_desk.search": a_page_of_the_register,
    "account_desk.look": lambda p: call(p.staff, customer=p.shop.customer(p.erp_id).id),
    "account_desk.give_password": a_gift,
    "account_desk.renew_password": a_renewal,
    "invited.look": lambda p: call(p.guest, token=an_invited(p)),
    "invited.activate": lambda p: call(p.guest, token=an_invited(p), password=PASSWORD),
    "invited.accept": an_acceptance,
    "invited.decline": lambda p: call(p.guest, token=an_invited(p)),
    # the login
    "sessions.person": lambda p: call(p.guest, token=p.shop.sign_in(p.email)),
    "sessions.mine": lambda p: call(p.person),
    "sessions.end_one": lambda p: call((two := another_session(p))[0], session=two[1]),
    "sessions.end_others": lambda p: call(another_session(p)[0]),
    "sessions.confirm": lambda p: call(p.person, password=PASSWORD),
    "own_password.suggest": lambda p: call(p.guest),
    "own_password.change": lambda p: call(
        p.shop.person(p.user()), current=PASSWORD, new=OTHER_PASSWORD
    ),
    "own_password.mail_link": lambda p: call(p.person),
    "profile.look": lambda p: call(p.person),
    "profile.change": a_change_of_profile,
    "profile.prefer": another_look,
    "email_change.request": lambda p: call(
        p.shop.person(p.user()), email=f"{p.fresh()}@moved.example"
    ),
    "email_change.look": lambda p: call(p.guest, token=a_move(p)[1]),
    "email_change.confirm": lambda p: call(p.guest, token=a_move(p)[1]),
    "email_change.look_undo": lambda p: call(p.guest, token=a_moved(p)),
    "email_change.undo": lambda p: call(p.guest, token=a_moved(p)),
    # the company
    "company.look": lambda p: call(p.member),
    "company.change": a_change_of_the_company,
    "address_book.all": a_page_of_addresses,
    "address_book.get": lambda p: call(p.member, address=an_address(p)),
    "address_book.defaults": lambda p: call(p.member),
    "address_book.add": lambda p: call(p.member, answers=DEPOT),
    "address_book.change": a_change_of_an_address,
    "address_book.remove": lambda p: call(p.member, address=a_default_address(p)),
    "address_book.use": lambda p: call(p.member, billing=an_address(p), delivery=an_address(p)),
    "checkout.form": lambda p: call(p.member),
    "guest_cart.merge": a_guests_cart,
}

ACCOUNT_TYPED: Mapping[tuple[str, str], object] = {
    ("second_proof.prove", "customer_number"): CustomerNumber,
    ("second_proof.prove", "invoice_number"): InvoiceNumber,
}
"""Texts that name something owned though their type does not say so."""
