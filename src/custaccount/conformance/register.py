"""What looking the register up as staff promises."""

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs
import pytest

from custaccount.conformance.samples import (
    HOUR,
    NOON,
    TICK,
    a_customer,
    a_membership,
    a_registration,
    a_user,
    an_email,
    an_invitation,
    email,
)
from custaccount.conformance.suite import StorageSuite
from custaccount.conformance.units import change
from custaccount.credentials.model import User, UserState
from custaccount.customers.model import Contact, Customer, CustomerGroup
from custaccount.kernel.errors import InvalidInput
from custaccount.kernel.ids import CustomerGroupId, CustomerId, CustomerNumber, UserCode
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id
from custaccount.membership.model import InvitationState
from custaccount.portals.statuses import SWITCHES, CustomerStatus
from custaccount.registration.model import (
    QUEUED,
    AccountState,
    RegisterLine,
    RegisterQuery,
    RegistrationState,
)
from custaccount.storage import Storage

MANY = 10_000
ALL = RegisterQuery()
ENTERING = frozenset(status for status, switches in SWITCHES.items() if switches.sign_in)


class RegisterSuite(StorageSuite):
    """Staff find customers by words, each with the state of its account as it is at the moment."""

    @pytest.fixture
    def acme(self, storage: Storage, here: RealmScope) -> Customer:
        """Return a customer nobody signs in for."""
        return _keep(storage, here, _plain(here, "A-1"))

    def test_a_customer_comes_whole(self, storage: Storage, here: RealmScope) -> None:
        """Every field, contacts and groups in their order; nobody signs in, nothing is open."""
        groups = tuple(CustomerGroupId(new_id()) for _ in range(3))[::-1]
        with change(storage, here) as unit:
            unit.customers.save_groups(
                here, [CustomerGroup(id=one, key=one, name="Group") for one in groups]
            )
        kept = [
            _keep(storage, here, attrs.evolve(a_customer(here, number), groups=groups))
            for number in ("1", "2")
        ]

        assert list(_search(storage, here, ALL)) == [
            RegisterLine(customer=customer, users=0) for customer in kept
        ]
        assert _search(storage, here, ALL)[0].state is AccountState.NONE

    def test_pages_follow_each_other(self, storage: Storage, here: RealmScope) -> None:
        """By the characters of the numbers, none twice and none left out."""
        numbers = ["b", "10", "B", "9", "ä", "a", "1 0", "\N{FULLWIDTH LATIN CAPITAL LETTER A}"]
        for number in numbers:
            _keep(storage, here, _plain(here, number))

        found: list[str] = []
        for _ in range(4):
            after = CustomerNumber(found[-1]) if found else None
            page = _search(storage, here, ALL, after=after, limit=3)
            found.extend(line.customer.number for line in page)
        assert found == sorted(numbers)

    def test_a_page_is_full_whatever_is_left_out(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Filters are part of the question: there is a page more only if one page is full."""
        for number in range(10, 20):
            kept = _keep(storage, here, _plain(here, str(number)))
            if number % 3 == 0:
                _join(storage, kept, a_user(here))

        active = RegisterQuery(account=AccountState.ACTIVE)
        first = _search(storage, here, active, limit=2)
        second = _search(storage, here, active, after=first[-1].customer.number, limit=2)

        assert [one.customer.number for one in first] == ["12", "15"]
        assert [one.customer.number for one in second] == ["18"]
        none = _search(storage, here, RegisterQuery(account=AccountState.NONE))
        assert [one.customer.number for one in none][-1] == acme.number
        assert len(none) == 8  # noqa: PLR2004 - those without a user

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", True),
            (" \t ", True),
            ("müller", True),
            ("MÜLLER", True),
            ("mu\N{COMBINING DIAERESIS}ller", True),
            ("GROSS", True),
            ("groß", True),
            ("üll", True),
            ("\N{FULLWIDTH LATIN CAPITAL LETTER K}-0815", True),
            ("815 gmbh", True),
            ("gmbh  815", True),
            ("dresden zoe@sub.example.com", True),
            ("anton", False),
            ("@example.org", True),
            ("office@", True),
            ("100%", True),
            ("a_b\\c", True),
            ("o'brien", True),
            ("🧵", True),
            ("%", True),
            ("_", True),
            ("\\", True),
            ("m%ller", False),
            ("m_ller", False),
            ("k-08\\15", False),
            ("muller", False),
            ("gmbhdresden", False),
            ("müller leipzig", False),
            ("straße", False),
        ],
    )
    def test_every_word_must_occur(
        self,
        storage: Storage,
        here: RealmScope,
        text: str,
        found: bool,  # noqa: FBT001 - a table
    ) -> None:
        """In number, name, town or a mail address, in whatever case and form; nothing is a sign."""
        customer = attrs.evolve(
            _plain(here, "K-0815"),
            name="Müller & Groß GmbH 100% a_b\\c O'Brien 🧵",
            street="Straße 1",
            town="Dresden",
            email=email("Office@Example.org"),
            contacts=(
                Contact(name="Anton"),
                Contact(name="Zoe", email=email("Zoe@Sub.Example.com")),
            ),
        )
        _keep(storage, here, customer)

        lines = _search(storage, here, RegisterQuery(text=text))
        assert [line.customer.number for line in lines] == ["K-0815"] * found

    @pytest.mark.parametrize("sign", ["%", "_", "\\", "'", "*", "?", "["])
    def test_no_sign_stands_for_another(
        self, storage: Storage, here: RealmScope, acme: Customer, sign: str
    ) -> None:
        """It finds who has it, and nobody else."""
        named = _keep(storage, here, attrs.evolve(_plain(here, "A-2"), name=f"with {sign} in it"))

        assert acme.number in _numbers(_search(storage, here, ALL))
        assert _numbers(_search(storage, here, RegisterQuery(text=sign))) == [named.number]

    def test_a_null_character_is_refused(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """It occurs in no text that is kept, and some databases can't even be asked for it."""
        with pytest.raises(InvalidInput):
            _search(storage, here, RegisterQuery(text="a-1\0"))
        assert _numbers(_search(storage, here, ALL)) == [acme.number]

    def test_the_first_eight_words_count(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """What follows is not looked for."""
        eight = "a - 1 A-1 a- -1 A 1"
        for text, found in ((f"{eight} none", 1), (f"none {eight}", 0)):
            assert len(_search(storage, here, RegisterQuery(text=text))) == found
        assert acme.number == "A-1"

    def test_a_search_follows_a_change(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """By the new name and the last of many contacts, not by what they were."""
        contacts = tuple(Contact(name="One of many", email=an_email()) for _ in range(40))
        renamed = attrs.evolve(acme, name="Berta", contacts=contacts)
        _keep(storage, here, renamed)

        last = contacts[-1].email
        assert last is not None
        for text, found in (("berta", 1), (last.text, 1), ("plain", 0)):
            assert len(_search(storage, here, RegisterQuery(text=text))) == found

    def test_customers_are_found_by_status_and_group(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Both, with words, must fit; any of a customer's groups does."""
        first, second = (CustomerGroupId(new_id()) for _ in range(2))
        with change(storage, here) as unit:
            unit.customers.save_groups(
                here, [CustomerGroup(id=one, key=one, name="Group") for one in (first, second)]
            )
        _keep(storage, here, attrs.evolve(acme, groups=(second, first)))
        _keep(storage, here, attrs.evolve(_plain(here, "A-2"), status=CustomerStatus.CLOSED))
        held = attrs.evolve(_plain(here, "A-3"), groups=(first,), status=CustomerStatus.ON_HOLD)
        _keep(storage, here, held)

        for query, found in (
            (RegisterQuery(group=first), ["A-1", "A-3"]),
            (RegisterQuery(group=second), ["A-1"]),
            (RegisterQuery(group=CustomerGroupId("none")), []),
            (RegisterQuery(status=CustomerStatus.CLOSED), ["A-2"]),
            (RegisterQuery(status=CustomerStatus.ON_HOLD, group=first), ["A-3"]),
            (RegisterQuery(status=CustomerStatus.ON_HOLD, group=first, text="x-9"), []),
        ):
            assert _numbers(_search(storage, here, query)) == found

    def test_one_customer_is_looked_at_alone(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, acme: Customer
    ) -> None:
        """By its id, and only if all else that is asked for fits; another realm's is unknown."""
        _keep(storage, here, _plain(here, "X-2"))
        foreign = _keep(storage, elsewhere, _plain(elsewhere, "A-3"))

        for query, found in (
            (RegisterQuery(customer=acme.id), ["A-1"]),
            (RegisterQuery(customer=acme.id, text="x-2"), []),
            (RegisterQuery(customer=CustomerId(new_id())), []),
            (RegisterQuery(customer=foreign.id), []),
        ):
            assert _numbers(_search(storage, here, query)) == found

    def test_users_who_can_sign_in_are_counted(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """With a password of their own or one that staff gave and that is not too old yet."""
        for user in (
            a_user(here),
            attrs.evolve(a_user(here), email=None),
            attrs.evolve(a_user(here), initial_until=NOON + TICK),
        ):
            _join(storage, acme, user)

        assert _line(storage, here, at=NOON).users == 3  # noqa: PLR2004 - all of them
        assert _line(storage, here, at=NOON + TICK).users == 2  # noqa: PLR2004 - one is too late
        assert _line(storage, here).state is AccountState.ACTIVE

    def test_users_who_can_not_sign_in_are_not_counted(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Blocked, without a password, with one that is too old; suspended or removed members."""
        for user in (
            attrs.evolve(a_user(here), state=UserState.BLOCKED),
            attrs.evolve(a_user(here), password=None),
            attrs.evolve(a_user(here), initial_until=NOON),
        ):
            _join(storage, acme, user)
        _join(storage, acme, a_user(here), leaves="suspended")
        _join(storage, acme, a_user(here), leaves="removed")

        assert _line(storage, here) == RegisterLine(customer=acme, users=0)
        assert not _search(storage, here, RegisterQuery(account=AccountState.ACTIVE))

    @pytest.mark.parametrize("status", CustomerStatus)
    def test_a_status_that_lets_nobody_in_counts_nobody(
        self, storage: Storage, here: RealmScope, acme: Customer, status: CustomerStatus
    ) -> None:
        """Whoever its members are; who asks says which do, and the filter says the same."""
        _join(storage, acme, a_user(here))
        _keep(storage, here, attrs.evolve(acme, status=status))

        others = set(CustomerStatus) - {status}
        for entering in (
            ENTERING,
            {status},
            others,
            set(CustomerStatus),
            frozenset[CustomerStatus](),
        ):
            [line] = _search(storage, here, ALL, entering=entering)
            assert line.users == (status in entering)
            for state in AccountState:
                found = _search(storage, here, RegisterQuery(account=state), entering=entering)
                assert _numbers(found) == [acme.number] * (state is line.state)

    def test_the_newest_open_invitation_shows(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Since when it is out and until when it is good, though it may have expired."""
        for issued, expires, state in (
            (NOON - 3 * HOUR, NOON + 9 * HOUR, InvitationState.OPEN),
            (NOON - 2 * HOUR, NOON - HOUR, InvitationState.OPEN),
            (NOON - HOUR, NOON + 9 * HOUR, InvitationState.WITHDRAWN),
            (NOON - HOUR, NOON + 9 * HOUR, InvitationState.DECLINED),
            (NOON - HOUR, NOON + 9 * HOUR, InvitationState.ACCEPTED),
        ):
            invitation = attrs.evolve(
                an_invitation(acme.scope), issued=issued, expires=expires, state=state
            )
            with change(storage, here) as unit:
                unit.invitations.save(acme.scope, invitation)

        line = _line(storage, here)
        assert line == RegisterLine(
            customer=acme,
            users=0,
            invited=NOON - 2 * HOUR,
            invitation_expires=NOON - HOUR,
        )
        assert line.state is AccountState.INVITED
        assert line.invitation_over(NOON)

    def test_customers_are_found_by_the_state_of_their_account(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Active whatever is open; invited if nobody can sign in; else none."""
        active, invited, both = (
            _keep(storage, here, _plain(here, number)) for number in ("B-1", "B-2", "B-3")
        )
        ended = an_invitation(acme.scope).ended(InvitationState.WITHDRAWN)
        with change(storage, here) as unit:
            unit.invitations.save(acme.scope, ended)
            for one in (invited, both):
                unit.invitations.save(one.scope, an_invitation(one.scope))
        _join(storage, active, a_user(here))
        _join(storage, both, a_user(here))
        _join(storage, invited, attrs.evolve(a_user(here), state=UserState.BLOCKED))

        for state, found in (
            (AccountState.ACTIVE, ["B-1", "B-3"]),
            (AccountState.INVITED, ["B-2"]),
            (AccountState.NONE, ["A-1"]),
        ):
            lines = _search(storage, here, RegisterQuery(account=state))
            assert _numbers(lines) == found
            assert {line.state for line in lines} == {state}

    def test_what_waits_for_staff_shows(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope
    ) -> None:
        """A registration in the queue whose address is one of the customer's contacts."""
        expected = {}
        for place, state in enumerate(RegistrationState):
            address = an_email()
            contacts = (Contact(name="First", email=an_email()), Contact(name="S", email=address))
            customer = attrs.evolve(_plain(here, f"C-{place}"), contacts=contacts)
            expected[_keep(storage, here, customer).number] = state in QUEUED
            written = email(address.text.upper())
            with change(storage, here) as unit:
                unit.registrations.put(
                    here, attrs.evolve(a_registration(here, written), state=state)
                )
        lonely = attrs.evolve(_plain(here, "D-1"), email=an_email())
        expected[_keep(storage, here, lonely).number] = False
        assert lonely.email is not None
        waiting = attrs.evolve(a_registration(here, lonely.email), state=RegistrationState.WAITING)
        foreign = attrs.evolve(
            a_registration(elsewhere, contacts[0].email), state=RegistrationState.WAITING
        )
        with change(storage, here) as unit:
            unit.registrations.put(here, waiting)
        with change(storage, elsewhere) as unit:
            unit.registrations.put(elsewhere, foreign)

        found = {line.customer.number: line.waiting for line in _search(storage, here, ALL)}
        assert found == expected

    def test_nothing_is_counted_twice(
        self, storage: Storage, here: RealmScope, acme: Customer
    ) -> None:
        """Users, invitations, contacts and groups of one customer do not multiply each other."""
        groups = tuple(CustomerGroupId(new_id()) for _ in range(2))
        address = an_email()
        contacts = (*(Contact(name="Twice", email=address) for _ in range(2)), *acme.contacts)
        with change(storage, here) as unit:
            unit.customers.save_groups(
                here, [CustomerGroup(id=one, key=one, name="Group") for one in groups]
            )
            for _ in range(2):
                unit.invitations.save(acme.scope, an_invitation(acme.scope))
            unit.registrations.put(
                here, attrs.evolve(a_registration(here, address), state=RegistrationState.CLAIMED)
            )
        kept = _keep(storage, here, attrs.evolve(acme, groups=groups, contacts=contacts))
        for _ in range(2):
            _join(storage, acme, a_user(here))

        assert list(_search(storage, here, ALL)) == [
            RegisterLine(
                customer=kept,
                users=2,
                invited=NOON,
                invitation_expires=NOON + HOUR,
                waiting=True,
            )
        ]

    def test_another_realms_register_is_another(
        self, storage: Storage, here: RealmScope, elsewhere: RealmScope, acme: Customer
    ) -> None:
        """Nothing of this one is found or counted there, though number and words are the same."""
        _join(storage, acme, a_user(here))
        with change(storage, here) as unit:
            unit.invitations.save(acme.scope, an_invitation(acme.scope))
        assert not _search(storage, elsewhere, ALL)

        twin = attrs.evolve(acme, realm=elsewhere.realm, version=0)
        kept = _keep(storage, elsewhere, twin)

        assert list(_search(storage, elsewhere, RegisterQuery(text=acme.number))) == [
            RegisterLine(customer=kept, users=0)
        ]


def _plain(scope: RealmScope, number: str) -> Customer:
    """Return a customer with little to be found by."""
    contacts = (Contact(name="Plain", email=an_email()),)
    return attrs.evolve(a_customer(scope, number), name="Plain", email=None, contacts=contacts)


def _keep(storage: Storage, scope: RealmScope, customer: Customer) -> Customer:
    with change(storage, scope) as unit:
        return unit.customers.save(scope, [customer])[0]


def _join(storage: Storage, customer: Customer, user: User, *, leaves: str = "") -> None:
    """Let a user act for the customer, and perhaps be ``suspended`` or ``removed`` afterwards."""
    code = UserCode(new_id())
    with change(storage, customer.scope) as unit:
        unit.users.save(RealmScope(customer.realm), user)
        new = a_membership(customer.scope, user.id, code)
        kept = unit.memberships.save(customer.scope, new)
        if leaves:
            left = kept.suspended() if leaves == "suspended" else kept.removed()
            unit.memberships.save(customer.scope, left)


def _search(
    storage: Storage,
    scope: RealmScope,
    query: RegisterQuery,
    *,
    after: CustomerNumber | None = None,
    limit: int = MANY,
    at: datetime = NOON,
    entering: Collection[CustomerStatus] = ENTERING,
) -> Sequence[RegisterLine]:
    with storage.reading() as view:
        return view.register.search(
            scope, query, entering=entering, at=at, after=after, limit=limit
        )


def _line(storage: Storage, scope: RealmScope, *, at: datetime = NOON) -> RegisterLine:
    (line,) = _search(storage, scope, ALL, at=at)
    return line


def _numbers(lines: Sequence[RegisterLine]) -> list[str]:
    return [line.customer.number for line in lines]
