"""My data: the company a member acts for, and its address book."""

from __future__ import annotations

from collections.abc import Sequence

from custaccount.customers import OWN, Address
from custaccount.customers.address_book import ADDRESS
from custaccount.customers.company import CONTACT_DATA, ContactData
from custaccount.kernel.access import Permission
from custaccount.kernel.errors import InvalidFields, Stale
from custaccount.kernel.ids import AddressId, Cursor
from pages.asking import Answer, Asked, Filled, Route, go, keys, page, typed
from pages.menu import opens

# Contact data -----------------------------------------------------------------------------------


def company_data(asked: Asked) -> Answer:
    """Show the company's contact data, to be changed by who may."""
    known = asked.shop.accounts.company.look(asked.visit.member())
    return _company(asked, known, Filled(typed=known.answers), known.version, asked.said("saved"))


def company_data_now(asked: Asked) -> Answer:
    """Change it; what somebody else has changed in the meantime is shown first."""
    member, service = asked.visit.member(), asked.shop.accounts.company
    answers, version = typed(asked, keys(CONTACT_DATA)), asked.number("version")
    try:
        service.change(member, answers, version=version)
    except InvalidFields as error:
        return _company(asked, service.look(member), Filled(typed=answers, error=error), version)
    except Stale as error:
        known = service.look(member)
        form = Filled(typed=answers, error=error, now=known.answers)
        return _company(asked, known, form, known.version)
    return go("company_data", said="saved")


def _company(
    asked: Asked, known: ContactData, form: Filled, version: int, said: str = ""
) -> Answer:
    asked_once = asked.visit.portal.policies.fields
    language = asked.visit.language()
    details = [
        (field.label(language) if (field := asked_once.find(key)) else key, text)
        for key, text in known.details.items()
    ]
    return page(
        "company_data.html",
        form.status,
        known=known,
        schema=CONTACT_DATA,
        form=form,
        version=version,
        details=details,
        changeable=Permission.CHANGE_CUSTOMER in asked.visit.member().permissions,
        said=said,
    )


# Address book -----------------------------------------------------------------------------------


def addresses(asked: Asked) -> Answer:
    """List the addresses, 50 a page, the company's own before them."""
    member, book = asked.visit.member(), asked.shop.accounts.address_book
    cursor = asked.named("cursor")
    return page(
        "addresses.html",
        page=book.all(member, Cursor(cursor) if cursor else None),
        continued=bool(cursor),
        own=None if cursor else _own_data(asked),
        defaults=book.defaults(member),
        own_id=OWN,
        changeable=Permission.CHANGE_ADDRESSES in member.permissions,
        said=asked.said("saved", "removed"),
    )


def _own_data(asked: Asked) -> ContactData | None:
    """Read the company's contact data, if they are offered."""
    member, accounts = asked.visit.member(), asked.shop.accounts
    return accounts.company.look(member) if opens(accounts, member, "company_data") else None


def use_address(asked: Asked) -> Answer:
    """Use an address for invoices, or for deliveries, unless another is chosen."""
    member, book = asked.visit.member(), asked.shop.accounts.address_book
    billing, delivery = asked.field("billing"), asked.field("delivery")
    book.use(
        member,
        billing=AddressId(billing) if billing else None,
        delivery=AddressId(delivery) if delivery else None,
    )
    return go("addresses", said="saved")


def new_address(asked: Asked) -> Answer:
    """Ask for an address."""
    own = _own_data(asked)
    return _address(None, Filled(typed={"country": own.answers["country"]} if own else {}), 0)


def new_address_now(asked: Asked) -> Answer:
    """Add it."""
    answers = typed(asked, keys(ADDRESS))
    try:
        asked.shop.accounts.address_book.add(asked.visit.member(), answers)
    except InvalidFields as error:
        return _address(None, Filled(typed=answers, error=error), 0)
    return go("addresses", said="saved")


def address(asked: Asked, address: str) -> Answer:
    """Open an address."""
    kept = asked.shop.accounts.address_book.get(asked.visit.member(), AddressId(address))
    return _address(kept.id, Filled(typed=_fields_of(kept)), kept.version)


def address_now(asked: Asked, address: str) -> Answer:
    """Change it, or remove it."""
    member, book = asked.visit.member(), asked.shop.accounts.address_book
    name, version = AddressId(address), asked.number("version")
    if asked.field("do") == "remove":
        book.remove(member, name)
        return go("addresses", said="removed")
    answers = typed(asked, keys(ADDRESS))
    try:
        book.change(member, name, answers, version=version)
    except InvalidFields as error:
        return _address(name, Filled(typed=answers, error=error), version)
    except Stale as error:
        kept = book.get(member, name)
        form = Filled(typed=answers, error=error, now=_fields_of(kept))
        return _address(name, form, kept.version)
    return go("addresses", said="saved")


def _fields_of(kept: Address) -> dict[str, str]:
    return {
        "company": kept.name,
        "addition": kept.addition,
        "street": kept.street,
        "postal_code": kept.postal_code,
        "town": kept.town,
        "country": kept.country,
        "phone": kept.phone,
    }


def _address(name: AddressId | None, form: Filled, version: int) -> Answer:
    return page(
        "address.html", form.status, address=name, schema=ADDRESS, form=form, version=version
    )


ROUTES: Sequence[Route] = (
    Route(name="company_data", path="/my-data/company", show=company_data, do=company_data_now),
    Route(name="addresses", path="/my-data/addresses", show=addresses, do=use_address),
    Route(name="new_address", path="/my-data/addresses/new", show=new_address, do=new_address_now),
    Route(name="address", path="/my-data/addresses/<address>", show=address, do=address_now),
)
