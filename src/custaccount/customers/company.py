"""My data: the company's contact data, which all its users share."""

from collections.abc import Mapping

import attrs

from custaccount.customers.model import (
    AUDITED,
    AUDITED_BY_NAME,
    Customer,
    CustomerChanged,
)
from custaccount.customers.ports import CustomersReading, CustomersWork
from custaccount.facilities.audit import changes_of
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale
from custaccount.kernel.features import COMPANY_DATA
from custaccount.kernel.ids import CustomerNumber
from custaccount.kernel.operations import requires
from custaccount.kernel.text import EmailAddress
from custaccount.kernel.work import Begin, Reading, repeatable
from custaccount.portals.model import AccountKind

CONTACT_DATA = FieldSchema(
    (
        FieldSpec(key="company", required=True),
        FieldSpec(key="street"),
        FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE),
        FieldSpec(key="town"),
        FieldSpec(key="country", kind=FieldKind.COUNTRY, required=True),
        FieldSpec(key="phone", kind=FieldKind.PHONE),
        FieldSpec(key="address", kind=FieldKind.EMAIL),
        FieldSpec(key="vat_id", kind=FieldKind.VAT_ID),
    )
)
"""What a customer says of itself; ``address`` is its mail address."""


@attrs.frozen(kw_only=True)
class ContactData:
    """A customer's contact data, as a form shows and gives back."""

    number: CustomerNumber
    kind: AccountKind
    answers: Mapping[str, str]
    """By the keys of ``CONTACT_DATA``."""
    details: Mapping[str, str]
    """What else was asked at registration; shown, not changed here."""
    version: int


@attrs.frozen(kw_only=True)
class MyCompany:
    """Shows and changes the contact data of the customer a member acts for."""

    _reading: Reading[CustomersReading] = attrs.field(alias="reading")
    _begin: Begin[CustomersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")

    @requires(Permission.SEE_CUSTOMER, feature=COMPANY_DATA)
    def look(self, member: Member) -> ContactData:
        """Return what is known of the customer."""
        with self._reading() as view:
            return _data(view.customers.get(member.scope))

    @requires(Permission.CHANGE_CUSTOMER, feature=COMPANY_DATA)
    @repeatable
    def change(self, member: Member, answers: Mapping[str, object], *, version: int) -> ContactData:
        """Change the customer's contact data; all its users see it at once.

        Args:
            member: Who changes it.
            answers: By the keys of ``CONTACT_DATA``; what is left out is emptied.
            version: The version that was changed.

        Raises:
            InvalidFields: with every answer that does not hold.
            Stale: it was changed in the meantime.
        """
        kept = check(CONTACT_DATA, answers)
        email = kept.get("address")
        with self._begin(member) as work:
            before = work.customers.get(member.scope)
            if before.version != version:
                raise Stale(kind="customer", id=before.id, version=before.version)
            wanted = attrs.evolve(
                before,
                name=kept["company"],
                street=kept.get("street", ""),
                postal_code=kept.get("postal_code", ""),
                town=kept.get("town", ""),
                country=kept["country"],
                phone=kept.get("phone", ""),
                email=EmailAddress.parse(email) if email else None,
                vat_id=kept.get("vat_id", ""),
            )
            if wanted == before:
                return _data(before)
            (after,) = work.customers.save(member.scope.of_realm, [wanted])
            changes = changes_of(before, after, shown=AUDITED, named=AUDITED_BY_NAME)
            work.record(CustomerChanged(at=self._clock(), customer=after.id, changes=changes))
            work.commit()
        return _data(after)


def _data(customer: Customer) -> ContactData:
    answers = {
        "company": customer.name,
        "street": customer.street,
        "postal_code": customer.postal_code,
        "town": customer.town,
        "country": customer.country,
        "phone": customer.phone,
        "address": customer.email.text if customer.email else "",
        "vat_id": customer.vat_id,
    }
    return ContactData(
        number=customer.number,
        kind=customer.kind,
        answers=answers,
        details=customer.details,
        version=customer.version,
    )
