"""What keeping the roles customers make promises."""

import attrs
import pytest

from custaccount.conformance.samples import TEXTS, a_customer, a_role, a_role_book
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import Meet, change, race
from custaccount.customers.model import Customer
from custaccount.kernel.access import MEMBER_PERMISSIONS, Depth, Permission
from custaccount.kernel.errors import AlreadyThere, Conflict, Stale
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.membership.roles import ROLES_MOST, RoleBook
from custaccount.storage import Storage


class RoleBooksSuite(StorageSuite):
    """A customer's roles are kept whole, and whoever writes them comes one after the other."""

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer that is kept."""
        with change(storage, here) as unit:
            return unit.customers.save(here, [a_customer(here)])[0]

    @pytest.fixture
    def book(self, storage: Storage, acme: Customer) -> RoleBook:
        """Return the customer's role book as it is kept."""
        return _keep(storage, a_role_book(acme.scope))

    def test_a_customer_that_made_no_role_has_an_empty_book(
        self, storage: Storage, acme: Customer
    ) -> None:
        """It was never kept, and nothing is missing."""
        expected = RoleBook(realm=acme.realm, customer=acme.id)

        assert _found(storage, acme.scope) == expected
        assert expected.version == expected.epoch == 0

    def test_a_book_comes_back_as_it_was(self, storage: Storage, book: RoleBook) -> None:
        """Each role with its name and how far its permissions reach, in their order; the epoch."""
        assert _found(storage, book.scope) == book
        assert sorted(role.name for role in book.roles) == sorted(TEXTS)
        assert book.version == 1
        assert book.epoch == len(TEXTS)

    def test_an_empty_book_is_kept(self, storage: Storage, acme: Customer) -> None:
        """Whoever changes the members of a customer without roles writes it first, too."""
        kept = _keep(storage, RoleBook(realm=acme.realm, customer=acme.id))

        assert kept == RoleBook(realm=acme.realm, customer=acme.id, version=1)
        assert _found(storage, acme.scope) == kept

    @pytest.mark.parametrize("depth", Depth)
    def test_every_permission_is_kept_at_every_depth(
        self, storage: Storage, acme: Customer, depth: Depth
    ) -> None:
        """Those and no others; a role that grants nothing stays one."""
        everything = attrs.evolve(a_role(), grants=dict.fromkeys(MEMBER_PERMISSIONS, depth))
        nothing = attrs.evolve(a_role("Nothing"), grants={})
        book = RoleBook(realm=acme.realm, customer=acme.id)
        kept = _keep(storage, book.with_role(everything).with_role(nothing))

        assert _found(storage, acme.scope) == kept
        assert kept.find(everything.id) == everything
        assert kept.find(nothing.id) == nothing

    def test_as_many_roles_as_a_company_may_make_are_kept(
        self, storage: Storage, acme: Customer
    ) -> None:
        """None is cut off, with names as long as they may be."""
        roles = tuple(a_role(f"{place:02} {'🧵' * 97}") for place in range(ROLES_MOST))
        kept = _keep(storage, RoleBook(realm=acme.realm, customer=acme.id, roles=roles, epoch=50))

        assert _found(storage, acme.scope) == kept
        assert kept.roles == roles

    def test_a_book_is_replaced_whole(self, storage: Storage, book: RoleBook) -> None:
        """A role that was taken out is gone, one that was changed is changed, a new one is new."""
        first, second, *others = book.roles
        renamed = attrs.evolve(
            second, name="Other", grants={Permission.PLACE_ORDERS: Depth.SUBTREE}
        )
        after = book.without(first.id).with_role(renamed).with_role(a_role("New"))
        kept = _keep(storage, after)

        assert kept == attrs.evolve(after, version=2)
        assert _found(storage, book.scope) == kept
        assert kept.find(first.id) is None
        assert kept.find(second.id) == renamed
        assert [role for role in kept.roles if role in others] == others

    def test_what_was_given_is_kept_as_it_was_then(self, storage: Storage, acme: Customer) -> None:
        """Who changes the permissions that were given changes nothing that is kept."""
        given = {Permission.SEE_ORDERS: Depth.OWN}
        role = attrs.evolve(a_role(), grants=given)
        _keep(storage, RoleBook(realm=acme.realm, customer=acme.id).with_role(role))
        given[Permission.MANAGE_ROLES] = Depth.SUBTREE

        [kept] = _found(storage, acme.scope).roles
        assert kept.grants == {Permission.SEE_ORDERS: Depth.OWN}

    def test_a_book_gets_a_new_version_though_nothing_changed(
        self, storage: Storage, book: RoleBook
    ) -> None:
        """That is what lets one come after the other; its epoch stays."""
        again = _keep(storage, book)

        assert again == attrs.evolve(book, version=2)
        assert _found(storage, book.scope) == again

    def test_an_older_version_is_not_kept(self, storage: Storage, book: RoleBook) -> None:
        """Saving what somebody else has saved since is refused and changes nothing."""
        newer = _keep(storage, book)

        with pytest.raises(Stale):
            _keep(storage, book.without(book.roles[0].id))
        assert _found(storage, book.scope) == newer

    def test_a_book_is_begun_once(self, storage: Storage, book: RoleBook) -> None:
        """Who saw none comes too late."""
        with pytest.raises(AlreadyThere):
            _keep(storage, a_role_book(book.scope))
        assert _found(storage, book.scope) == book

    def test_of_rivals_for_a_version_one_gets_it(self, storage: Storage, book: RoleBook) -> None:
        """All saw the same one; the others are refused, though none of them changed anything."""
        outcomes = _race_for_the_next(storage, book)

        assert outcomes.count(2) == 1
        assert all(one == 2 or isinstance(one, Conflict) for one in outcomes)  # noqa: PLR2004
        assert _found(storage, book.scope) == attrs.evolve(book, version=2)

    def test_of_rivals_to_begin_a_book_one_does(self, storage: Storage, acme: Customer) -> None:
        """All saw none; the others are refused."""
        book = RoleBook(realm=acme.realm, customer=acme.id)
        outcomes = _race_for_the_next(storage, book)

        assert outcomes.count(1) == 1
        assert all(one == 1 or isinstance(one, Conflict) for one in outcomes)
        assert _found(storage, acme.scope) == attrs.evolve(book, version=1)

    def test_another_customers_book_is_another(
        self, storage: Storage, here: RealmScope, book: RoleBook
    ) -> None:
        """Each has its own roles and versions; saved at another one it is as if there were none."""
        with change(storage, here) as unit:
            [other] = unit.customers.save(here, [a_customer(here)])
        assert _found(storage, other.scope) == RoleBook(realm=here.realm, customer=other.id)

        with pytest.raises(Stale), change(storage, other.scope) as unit:
            unit.role_books.save(other.scope, book)
        theirs = _keep(storage, a_role_book(other.scope))

        assert theirs.version == 1
        assert _found(storage, other.scope) == theirs
        assert _found(storage, book.scope) == book

    def test_another_realms_book_is_another(
        self, storage: Storage, elsewhere: RealmScope, acme: Customer, book: RoleBook
    ) -> None:
        """Though the customer is called the same there."""
        with change(storage, elsewhere) as unit:
            [twin] = unit.customers.save(
                elsewhere, [attrs.evolve(acme, realm=elsewhere.realm, version=0)]
            )
        assert _found(storage, twin.scope) == RoleBook(realm=elsewhere.realm, customer=acme.id)

        with pytest.raises(Stale), change(storage, elsewhere) as unit:
            unit.role_books.save(twin.scope, attrs.evolve(book, realm=elsewhere.realm))
        theirs = _keep(storage, a_role_book(twin.scope))

        assert _found(storage, twin.scope) == theirs
        assert _found(storage, book.scope) == book


def _keep(storage: Storage, book: RoleBook) -> RoleBook:
    with change(storage, book.scope) as unit:
        return unit.role_books.save(book.scope, book)


def _found(storage: Storage, scope: CustomerScope) -> RoleBook:
    with storage.reading() as view:
        return view.role_books.get(scope)


def _race_for_the_next(storage: Storage, book: RoleBook) -> list[object]:
    def write(meet: Meet) -> int:
        with change(storage, book.scope) as unit:
            unit.role_books.get(book.scope)
            meet()
            return unit.role_books.save(book.scope, book).version

    return list(race(write, write, write))
