"""The address book: where a customer's invoices and goods may go."""

from collections.abc import Mapping

import attrs

from custaccount.customers.model import (
    AUDITED,
    OWN,
    Address,
    AddressChanged,
    Customer,
    CustomerChanged,
)
from custaccount.customers.ports import CustomersReading, CustomersWork
from custaccount.facilities.audit import changes_of
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.fields import FieldKind, FieldSchema, FieldSpec, check
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.access import Member, Permission
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Stale, TryAgain
from custaccount.kernel.features import ADDRESS_BOOK
from custaccount.kernel.ids import AddressId, Cursor, NewId
from custaccount.kernel.operations import requires
from custaccount.kernel.paging import PAGE_SIZE, CursorInvalid, Page
from custaccount.kernel.work import Begin, Reading, repeatable

ADDRESSES = "customers.addresses"

ADDRESS = FieldSchema(
    (
        FieldSpec(key="company", required=True),
        FieldSpec(key="addition"),
        FieldSpec(key="street", required=True),
        FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE, required=True),
        FieldSpec(key="town", required=True),
        FieldSpec(key="country", kind=FieldKind.COUNTRY, required=True),
        FieldSpec(key="phone", kind=FieldKind.PHONE),
    )
)
"""What an address is made of; ``company`` is who is addressed, whoever that is."""


@attrs.frozen(kw_only=True)
class Defaults:
    """Which addresses are used unless another is chosen; ``OWN`` is the customer's own."""

    billing: AddressId
    delivery: AddressId
    version: int
    """The customer's."""


@attrs.frozen(kw_only=True)
class AddressBook:
    """Keeps the addresses of the customer a member acts for."""

    _reading: Reading[CustomersReading] = attrs.field(alias="reading")
    _begin: Begin[CustomersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")
    _keyring: Keyring = attrs.field(alias="keyring")

    @requires(Permission.SEE_CUSTOMER, feature=ADDRESS_BOOK)
    def all(self, member: Member, more: Cursor | None = None) -> Page[Address]:
        """List the addresses in the order they were added.

        Raises:
            CursorInvalid: it was not made here, or not for this membership.
        """
        after = None if more is None else self._after(member, more)
        with self._reading() as view:
            found = view.addresses.of(member.scope, after=after, limit=PAGE_SIZE + 1)
        items = tuple(found[:PAGE_SIZE])
        cursor = None
        if len(found) > PAGE_SIZE:
            cursor = Cursor(seal(self._keyring, member, ADDRESSES, [items[-1].id]))
        return Page(items=items, more=cursor)

    @requires(Permission.SEE_CUSTOMER, feature=ADDRESS_BOOK)
    def get(self, member: Member, address: AddressId) -> Address:
        """Open one address.

        Raises:
            AddressNotFound: there is none, or it is another customer's.
        """
        with self._reading() as view:
            return view.addresses.get(member.scope, address)

    @requires(Permission.SEE_CUSTOMER, feature=ADDRESS_BOOK)
    def defaults(self, member: Member) -> Defaults:
        """Say which addresses are used unless another is chosen."""
        with self._reading() as view:
            return _defaults(view.customers.get(member.scope))

    @requires(Permission.CHANGE_ADDRESSES, feature=ADDRESS_BOOK)
    @repeatable
    def add(self, member: Member, answers: Mapping[str, object]) -> Address:
        """Add an address.

        Args:
            member: Who adds it.
            answers: By the keys of ``ADDRESS``.

        Raises:
            InvalidFields: with every answer that does not hold.
        """
        kept = check(ADDRESS, answers)
        new = Address(
            id=AddressId(self._new_id()),
            realm=member.realm,
            customer=member.customer,
            name=kept["company"],
            addition=kept.get("addition", ""),
            street=kept["street"],
            postal_code=kept.get("postal_code", ""),
            town=kept["town"],
            country=kept["country"],
            phone=kept.get("phone", ""),
        )
        with self._begin(member) as work:
            address = work.addresses.save(member.scope, new)
            self._tell(work, address, "added")
            work.commit()
        return address

    @requires(Permission.CHANGE_ADDRESSES, feature=ADDRESS_BOOK)
    @repeatable
    def change(
        self, member: Member, address: AddressId, answers: Mapping[str, object], *, version: int
    ) -> Address:
        """Change an address.

        Args:
            member: Who changes it.
            address: Which one.
            answers: By the keys of ``ADDRESS``.
            version: The version that was changed.

        Raises:
            InvalidFields: with every answer that does not hold.
            AddressNotFound: there is none, or it is another customer's.
            Stale: it was changed in the meantime.
        """
        kept = check(ADDRESS, answers)
        with self._begin(member) as work:
            before = work.addresses.get(member.scope, address)
            if before.version != version:
                raise Stale(kind="address", id=before.id, version=before.version)
            wanted = attrs.evolve(
                before,
                name=kept["company"],
                addition=kept.get("addition", ""),
                street=kept["street"],
                postal_code=kept.get("postal_code", ""),
                town=kept["town"],
                country=kept["country"],
                phone=kept.get("phone", ""),
            )
            if wanted == before:
                return before
            after = work.addresses.save(member.scope, wanted)
            self._tell(work, after, "changed")
            work.commit()
        return after

    @requires(Permission.CHANGE_ADDRESSES, feature=ADDRESS_BOOK)
    @repeatable
    def remove(self, member: Member, address: AddressId) -> None:
        """Remove an address; where it was a default, the customer's own is used from now on.

        Raises:
            AddressNotFound: there is none, or it is another customer's.
        """
        with self._begin(member) as work:
            before = work.customers.get(member.scope)
            kept = work.addresses.get(member.scope, address)
            self._point(
                work,
                before,
                billing=None if before.billing == address else before.billing,
                delivery=None if before.delivery == address else before.delivery,
            )
            work.addresses.remove(member.scope, address)
            self._tell(work, kept, "removed")
            work.commit()

    @requires(Permission.CHANGE_ADDRESSES, feature=ADDRESS_BOOK)
    @repeatable
    def use(
        self,
        member: Member,
        *,
        billing: AddressId | None = None,
        delivery: AddressId | None = None,
    ) -> Defaults:
        """Choose the addresses that are used unless another is chosen; what is not given stays.

        Raises:
            AddressNotFound: there is none, or it is another customer's.
        """
        with self._begin(member) as work:
            before = work.customers.get(member.scope)
            for address in {billing, delivery} - {None, OWN}:
                work.addresses.get(member.scope, AddressId(str(address)))
            after = self._point(
                work,
                before,
                billing=_pointer(billing, before.billing),
                delivery=_pointer(delivery, before.delivery),
            )
            work.commit()
        return _defaults(after)

    def _point(
        self,
        work: CustomersWork,
        before: Customer,
        *,
        billing: AddressId | None,
        delivery: AddressId | None,
    ) -> Customer:
        """Write the customer, even unchanged: who removes a default and who chooses it collide."""
        wanted = attrs.evolve(before, billing=billing, delivery=delivery)
        try:
            (after,) = work.customers.save(before.scope.of_realm, [wanted])
        except Stale as rival:
            raise TryAgain from rival
        changes = changes_of(before, after, shown=AUDITED)
        if changes:
            work.record(CustomerChanged(at=self._clock(), customer=after.id, changes=changes))
        return after

    def _tell(self, work: CustomersWork, address: Address, what: str) -> None:
        work.record(
            AddressChanged(
                at=self._clock(), customer=address.customer, address=address.id, what=what
            )
        )

    def _after(self, member: Member, more: Cursor) -> AddressId:
        try:
            (last,) = unseal(self._keyring, member, ADDRESSES, more)
        except (TokenInvalid, ValueError):
            raise CursorInvalid from None
        return AddressId(last)


def _pointer(chosen: AddressId | None, before: AddressId | None) -> AddressId | None:
    if chosen is None:
        return before
    return None if chosen == OWN else chosen


def _defaults(customer: Customer) -> Defaults:
    return Defaults(
        billing=customer.billing or OWN,
        delivery=customer.delivery or OWN,
        version=customer.version,
    )
