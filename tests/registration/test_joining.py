"""One way in: whoever becomes a member on one way does not come in again on another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import pytest

from custaccount import Member, System
from custaccount.kernel.features import USERS
from custaccount.kernel.ids import BearerToken
from custaccount.kernel.text import EmailAddress
from custaccount.membership import (
    ADMINISTRATOR,
    BUYER,
    AlreadyMember,
    InvitationOver,
    InvitationWithdrawn,
    MembershipOver,
    MembershipState,
)
from custaccount.membership.standing import Standing
from custaccount.portals import AccountKind, CustomerStatus
from custaccount.registration import Registration, RegistrationNotFound
from custaccount.registration.invited import LoginExists
from custaccount.storage import Storage
from tests import backends
from tests.house import ALICE, BOB, PASSWORD, Shop, everything_in
from tests.registration.people import (
    DESK,
    NINA,
    arrived,
    decide,
    letters_to,
    waiting,
    welcoming,
)
from tests.security.companies import ACME, BETA, CARL, acting, hire, membership_of
from tests.security.spies import together
from tests.security.test_account_races import LEVELS, calm
from tests.security.test_held_rights import HELD, OVERLAPPING, WatchedUnits, storage_at


@attrs.frozen
class Asking:
    """Alice administers Acme, Bob Beta; Carl, a contact of Acme's, asks to join it."""

    shop: Shop
    units: WatchedUnits

    @property
    def alice(self) -> Member:
        """Acme's administrator."""
        return acting(self.shop, ALICE)

    @property
    def bob(self) -> Member:
        """Beta's administrator."""
        return acting(self.shop, BOB, BETA)

    @property
    def claim(self) -> Registration:
        """What is left open about Carl."""
        (found,) = waiting(self.shop)
        return found

    def invite(self, by: Member, email: str = CARL) -> BearerToken:
        """Invite somebody as an administrator; returns the link."""
        self.shop.house.accounts.users.invite(by, email=email, roles=[ADMINISTRATOR])
        return self.shop.house.token_for(email)

    def accept(self, token: BearerToken) -> object:
        """Accept as Carl."""
        return self.shop.house.accounts.invited.accept(self.shop.person(CARL), token)

    def link(self, erp_id: str) -> object:
        """Let staff say whose Carl's address is."""
        desk, customer = self.shop.house.accounts.registration_desk, self.shop.customer(erp_id).id
        return desk.link(self.shop.staff, self.claim.id, customer)

    def approve(self) -> object:
        """Let Alice say so."""
        desk = self.shop.house.accounts.join_requests
        return desk.approve(self.alice, self.claim.id, roles=[BUYER])


def asking_on(storage: Storage) -> Asking:
    """Let them be there."""
    units = WatchedUnits(storage)
    shop = welcoming(units, link_existing=True)  # type: ignore[arg-type]
    two_contacts(shop)
    for email in (ALICE, BOB):
        shop.activate(email)
    arrived(shop, CARL, draft="cart:7")
    return Asking(shop, units)


def two_contacts(shop: Shop) -> None:
    """Let the register know two people at Acme."""
    contacts = [{"name": "Alice", "email": ALICE}, {"name": "Carl", "email": CARL}]
    shop.change(ACME, contacts=contacts)


@pytest.fixture(params=backends.BACKENDS)
def asking(request: pytest.FixtureRequest) -> Asking:
    """They are there, on each back end in turn."""
    return asking_on(storage_at(request, request.param))


@pytest.fixture(params=OVERLAPPING)
def racing(request: pytest.FixtureRequest) -> Asking:
    """They are there, where rivals overlap."""
    return asking_on(storage_at(request, request.param))


@pytest.fixture
def committed(request: pytest.FixtureRequest) -> Asking:
    """They are there at READ COMMITTED, for negative controls."""
    return asking_on(storage_at(request, LEVELS[0]))


# A membership that lives is left alone -----------------------------------------------------------


@pytest.mark.parametrize("state", [MembershipState.ACTIVE, MembershipState.SUSPENDED])
def test_an_old_claim_changes_no_membership_there_is(
    asking: Asking, state: MembershipState
) -> None:
    """Staff link it to a company Carl administers by now: neither demoted nor let in again."""
    asking.accept(asking.invite(asking.bob))
    if state is MembershipState.SUSPENDED:
        users = asking.shop.house.accounts.users
        users.suspend(asking.bob, membership_of(asking.shop, CARL, BETA).id)
    before = everything_in(asking.units.inner)

    with pytest.raises(AlreadyMember):
        asking.link(BETA)

    assert everything_in(asking.units.inner) == before
    kept = membership_of(asking.shop, CARL, BETA)
    assert (kept.roles, kept.state) == ({ADMINISTRATOR}, state)


def test_a_claim_that_is_linked_while_its_person_accepts_changes_nothing(racing: Asking) -> None:
    """Carl is first: an administrator he becomes, and stays."""
    token, person = racing.invite(racing.alice), racing.shop.person(CARL)
    accounts = racing.shop.house.accounts
    claim, acme = racing.claim.id, racing.shop.customer(ACME).id

    answer, said = racing.units.overtaken(
        "customers.save",
        lambda: accounts.registration_desk.link(racing.shop.staff, claim, acme),
        lambda: accounts.invited.accept(person, token),
    )

    assert not isinstance(said, Exception), said
    assert isinstance(answer, AlreadyMember | RegistrationNotFound), answer
    assert membership_of(racing.shop, CARL).roles == {ADMINISTRATOR}
    assert waiting(racing.shop) == ()


def test_a_unit_that_takes_a_member_for_gone_demotes(committed: Asking) -> None:
    """Negative control: were the membership over, the link would make it anew, as a buyer's."""
    shop = committed.shop
    committed.accept(committed.invite(committed.bob))

    def gone(name: str, step: Callable[[], object]) -> object:
        found = step()
        if name != "memberships.find" or not isinstance(found, Standing):
            return found
        return attrs.evolve(
            found, membership=attrs.evolve(found.membership, state=MembershipState.REMOVED)
        )

    committed.units.watch = gone
    (answer,) = together(lambda: committed.link(BETA))
    committed.units.watch = calm

    assert answer is None
    assert membership_of(shop, CARL, BETA).roles == {BUYER}


# Accepting closes what was asked -----------------------------------------------------------------


def test_accepting_closes_the_claim_on_that_company(asking: Asking) -> None:
    """Nobody is asked any more, and what was begun as a guest is his."""
    shop = asking.shop

    asking.accept(asking.invite(asking.alice))

    assert waiting(shop) == ()
    assert shop.house.accounts.join_requests.waiting(asking.alice) == ()
    (draft,) = shop.house.accounts.drafts.mine(acting(shop, CARL))
    assert draft.text == "cart:7"
    assert letters_to(shop, CARL)[-1] == "registration.welcome"


def test_accepting_elsewhere_leaves_the_claim(asking: Asking) -> None:
    """Carl acts for Beta, and Acme still decides; his draft waits with it."""
    shop = asking.shop
    claim = asking.claim

    asking.accept(asking.invite(asking.bob))

    assert asking.claim.id == claim.id
    (asked,) = shop.house.accounts.join_requests.waiting(asking.alice)
    assert asked.id == claim.id
    assert shop.house.accounts.drafts.mine(acting(shop, CARL, BETA)) == ()
    asking.approve()
    (draft,) = shop.house.accounts.drafts.mine(acting(shop, CARL))
    assert draft.text == "cart:7"


def test_a_claim_accepted_while_it_is_approved_makes_one_member(racing: Asking) -> None:
    """Alice lets Carl in while he accepts: one membership, one draft, nothing left."""
    shop, accounts = racing.shop, racing.shop.house.accounts
    token, person, alice = racing.invite(racing.alice), racing.shop.person(CARL), racing.alice
    claim = racing.claim.id

    answer, said = racing.units.overtaken(
        HELD,
        lambda: accounts.join_requests.approve(alice, claim, roles=[BUYER]),
        lambda: accounts.invited.accept(person, token),
    )

    assert not isinstance(said, Exception), said
    assert isinstance(answer, AlreadyMember | RegistrationNotFound), answer
    assert membership_of(shop, CARL).roles == {ADMINISTRATOR}
    assert len(accounts.drafts.mine(acting(shop, CARL))) == 1
    assert waiting(shop) == ()


# Whoever is in is not offered it any more --------------------------------------------------------

WAYS: Mapping[str, Callable[[Asking], object]] = {
    "approved by the company": Asking.approve,
    "linked by staff": lambda asking: asking.link(ACME),
}


@pytest.mark.parametrize("way", WAYS)
def test_who_became_a_member_is_not_invited_any_more(asking: Asking, way: str) -> None:
    """Nor does the old link bring somebody back who moved on, and was removed."""
    shop, users = asking.shop, asking.shop.house.accounts.users
    token = asking.invite(asking.alice)

    WAYS[way](asking)

    assert users.all(asking.alice).invitations == ()
    shop.change_user(CARL, email=EmailAddress.parse(NINA))
    users.remove(asking.alice, membership_of(shop, NINA).id)
    invited = shop.house.accounts.invited
    for door in (invited.look, lambda guest, link: invited.activate(guest, link, PASSWORD)):
        with pytest.raises(InvitationWithdrawn):
            door(shop.guest, token)
    with pytest.raises(MembershipOver):
        shop.member(NINA)


@pytest.mark.parametrize("way", WAYS)
def test_what_another_company_offers_stays(asking: Asking, way: str) -> None:
    """Beta's invitation is Beta's."""
    token = asking.invite(asking.bob)

    WAYS[way](asking)

    assert asking.accept(token)
    assert membership_of(asking.shop, CARL, BETA).state is MembershipState.ACTIVE


def test_a_contact_who_comes_in_first_is_not_invited_any_more(memory_storage: Storage) -> None:
    """Alice, whom staff invited, needs no link: her address is known."""
    shop = welcoming(memory_storage, link_existing=True)
    accounts, acme = shop.house.accounts, shop.customer(ACME).id
    accounts.member_desk.invite(shop.staff, shop.portal.id, acme, email=ALICE)

    shop.activate(ALICE)

    assert accounts.member_desk.invitations(shop.staff, acme) == ()


# What is looked at with the row in hand ----------------------------------------------------------


@pytest.fixture(params=[*backends.BACKENDS, LEVELS[1], "django-postgres"])
def offered(request: pytest.FixtureRequest) -> tuple[Asking, BearerToken]:
    """Nina, who has no login, is invited to Acme."""
    asking = asking_on(storage_at(request, request.param))
    return asking, asking.invite(asking.alice, NINA)


def change(shop: Shop, **fields: object) -> None:
    """Let staff change something about Acme."""
    desk = shop.house.accounts.customer_desk
    seen = desk.look(shop.staff, shop.customer(ACME).id)
    desk.change(shop.staff, seen.id, version=seen.version, **fields)  # type: ignore[arg-type]


def close(shop: Shop) -> None:
    """Let staff close Acme."""
    change(shop, status=CustomerStatus.CLOSED)


def test_a_company_closed_meanwhile_takes_nobody_in(offered: tuple[Asking, BearerToken]) -> None:
    """While the password is hashed; link and store are as before, for when it opens."""
    asking, token = offered
    shop, invited = asking.shop, asking.shop.house.accounts.invited
    left: list[object] = []

    def rival() -> None:
        close(shop)
        left.append(everything_in(asking.units.inner))

    answer, said = asking.units.overtaken(
        "begin", lambda: invited.activate(shop.guest, token, PASSWORD), rival
    )

    assert said is None, said
    assert type(answer) is InvitationOver, answer
    assert [everything_in(asking.units.inner)] == left
    change(shop, status=CustomerStatus.ACTIVE)
    assert invited.activate(shop.guest, token, PASSWORD)
    assert membership_of(shop, NINA).state is MembershipState.ACTIVE


def test_without_the_look_in_the_unit_a_closed_company_takes_somebody_in(
    committed: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the company as it was when the link was opened."""
    shop, invited = committed.shop, committed.shop.house.accounts.invited
    token = committed.invite(committed.alice, NINA)
    monkeypatch.setattr(
        "custaccount.registration.invited._customer_of",
        lambda view, kept, _: view.customers.get(kept.scope),
    )

    answer, said = committed.units.overtaken(
        "begin", lambda: invited.activate(shop.guest, token, PASSWORD), lambda: close(shop)
    )

    assert (said, isinstance(answer, Exception)) == (None, False)
    assert membership_of(shop, NINA).state is MembershipState.ACTIVE


def test_an_address_that_got_a_login_meanwhile_keeps_its_link(
    offered: tuple[Asking, BearerToken],
) -> None:
    """Nina accepts Beta's invitation first: she is told to sign in, and Acme's link is good."""
    asking, token = offered
    shop, invited = asking.shop, asking.shop.house.accounts.invited
    other, guest = asking.invite(asking.bob, NINA), shop.guest

    answer, said = asking.units.overtaken(
        "begin",
        lambda: invited.activate(guest, token, PASSWORD),
        lambda: invited.activate(guest, other, PASSWORD),
    )

    assert not isinstance(said, Exception), said
    assert isinstance(answer, LoginExists), answer
    assert invited.look(guest, token).has_login
    assert invited.accept(shop.person(NINA), token)
    assert membership_of(shop, NINA).state is MembershipState.ACTIVE


def test_without_the_look_at_the_address_nobody_is_told_to_sign_in(committed: Asking) -> None:
    """Negative control: the store refuses a second user of an address, and no more is known."""
    shop, invited = committed.shop, committed.shop.house.accounts.invited
    token, guest = committed.invite(committed.alice, NINA), committed.shop.guest
    shop.house.accounts.member_desk.invite(
        shop.staff, shop.portal.id, shop.customer(BETA).id, email=NINA
    )
    other = shop.house.token_for(NINA)

    def blind(name: str, step: Callable[[], object]) -> object:
        if name == "begin" and not done:
            done.append(1)
            done.extend(together(lambda: invited.activate(guest, other, PASSWORD)))
        return None if name == "users.find_by_email" and len(done) > 1 else step()

    done: list[object] = []
    committed.units.watch = blind
    (answer,) = together(lambda: invited.activate(guest, token, PASSWORD))
    committed.units.watch = calm

    assert isinstance(answer, Exception)
    assert not isinstance(answer, LoginExists)


# Only who can decide is asked --------------------------------------------------------------------


def made_personal(shop: Shop) -> None:
    """Make Acme's a personal account, past all services."""
    seen = shop.house.accounts.customer_desk.look(shop.staff, shop.customer(ACME).id)
    with shop.house.storage.begin(System(realm=shop.realm, job="test")) as work:
        work.customers.save(shop.scope, [attrs.evolve(seen, kind=AccountKind.PERSONAL)])
        work.commit()


def off_in_a_group(shop: Shop) -> None:
    """Switch the users off for all dealers."""
    desk = shop.house.accounts.group_desk
    dealers = next(one for one in desk.all(shop.staff) if one.key == "dealers")
    desk.change(shop.staff, dealers.id, version=dealers.version, features={USERS: False})


UNABLE: Mapping[str, Callable[[Shop], object]] = {
    "closed": close,
    "users switched off": lambda shop: change(shop, features={USERS: False}),
    "users switched off for its group": off_in_a_group,
    "users switched off at the portal": lambda shop: decide(shop, features={USERS: False}),
    "a personal account": made_personal,
}


@pytest.fixture
def known(memory_storage: Storage) -> Shop:
    """A shop whose staff are told, and Acme with an administrator and a second contact."""
    shop = welcoming(memory_storage, link_existing=True, tell_staff=(EmailAddress.parse(DESK),))
    two_contacts(shop)
    shop.activate(ALICE)
    return shop


@pytest.mark.parametrize("why", UNABLE)
def test_an_administrator_who_can_not_decide_is_not_asked(known: Shop, why: str) -> None:
    """Staff are told instead, and the person hears what everybody does who has to wait."""
    UNABLE[why](known)

    arrived(known, CARL)

    (claim,) = waiting(known)
    assert claim.company is None
    assert letters_to(known, ALICE) == ["registration.activate"]
    assert letters_to(known, DESK) == ["registration.claim_for_staff"]
    assert "registration.joining" not in letters_to(known, CARL)


def test_an_administrator_who_can_decide_is_asked(known: Shop) -> None:
    """Negative control: where nothing stands in the way, it is she, and not staff."""
    arrived(known, CARL)

    (claim,) = waiting(known)
    assert claim.company == known.customer(ACME).id
    assert letters_to(known, ALICE)[-1] == "registration.join_request"
    assert letters_to(known, DESK) == []


def test_one_of_two_administrators_who_can_decide_is_enough(known: Shop) -> None:
    """Alice is suspended by the second one, who is asked."""
    second = "second@acme.example"
    hire(known, second, ADMINISTRATOR)
    known.house.accounts.users.suspend(acting(known, second), membership_of(known, ALICE).id)

    arrived(known, CARL)

    assert "registration.join_request" in letters_to(known, second)
    assert "registration.join_request" not in letters_to(known, ALICE)
