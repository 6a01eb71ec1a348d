"""Two companies and their people, in whatever order: who may do what for whom is what a model says.

After every step each person is asked about each operation for each company. Four people have a
login from the beginning, one of them with both companies; two more ask to join.
"""

from __future__ import annotations

import inspect
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custaccount import CustAccountError, InvalidFields, Member
from custaccount.adapters.memory import MemoryStorage
from custaccount.adapters.memory.invitations import MemoryInvitations
from custaccount.adapters.memory.memberships import MemoryMemberships
from custaccount.adapters.memory.registrations import MemoryRegistrations
from custaccount.adapters.memory.role_books import MemoryRoleBooks
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.credentials import Session, SessionOver, SignInRefused
from custaccount.customers import AddressNotFound
from custaccount.facilities import cursors
from custaccount.kernel.access import Depth, FeatureOff, Permission, PermissionMissing
from custaccount.kernel.features import ORDER_HISTORY, OWN_ROLES, USERS, Feature
from custaccount.kernel.ids import (
    AddressId,
    BearerToken,
    Cursor,
    CustomerGroupId,
    CustomerId,
    FeatureKey,
    InvitationId,
    MembershipId,
    RegistrationId,
    RoleId,
    SessionToken,
    UserId,
)
from custaccount.kernel.paging import CursorInvalid
from custaccount.kernel.scope import CustomerScope
from custaccount.membership import (
    AlreadyMember,
    BeyondOwnRights,
    FeatureAnswer,
    Invitation,
    InvitationAccepted,
    InvitationDeclined,
    InvitationNotFound,
    InvitationWithdrawn,
    InviterLacksRight,
    LastAdministrator,
    MemberLine,
    MemberNotFound,
    MembershipOver,
    MembershipState,
    OwnMembership,
    RoleBook,
    RoleInUse,
    RoleNotFound,
    Standing,
    changing,
    standing,
)
from custaccount.membership.changing import Changing
from custaccount.membership.held import Held
from custaccount.portals import CustomerStatus, RegistrationMode
from custaccount.portals.statuses import ALL_ON
from custaccount.registration import Registration, RegistrationNotFound
from custaccount.storage import Storage
from tests import backends
from tests.house import ALICE, BOB, PASSWORD, NoLimits, Shop, build, history, open_nord
from tests.registration.people import ANSWERS, WEB, decide, kept
from tests.security.companies import ACME, BETA, hire, scope_of
from tests.security.company_model import (
    BOSS,
    DEPTHS,
    PRESETS,
    SHIPPED,
    Grants,
    Model,
    Refusal,
)
from tests.security.company_model import Member as Modelled

CARL, DORA = "carl@people.example", "dora@people.example"
SARA, TOM = "sara@acme.example", "tom@beta.example"
FOUR, STRANGERS = (ALICE, BOB, CARL, DORA), {SARA: ACME, TOM: BETA}
EVERYBODY = (*FOUR, *STRANGERS)
COMPANIES = (ACME, BETA)
OTHER = {ACME: BETA, BETA: ACME}
FEATURES = (USERS, OWN_ROLES, ORDER_HISTORY)
GROUPS = ("dealers", "crafts")
BY_DEPTH = {far: depth for depth, far in DEPTHS.items()}
NEVER_WAS = "0190a000-0000-7000-8000-0000000ab5ent"
NOT_THERE, NO_REQUEST = MemberNotFound, RegistrationNotFound

PLACES = range(12)
"""Who acts, about whom, and which: see ``who``, ``whom`` and ``role_named``."""
ROLE_PLACES: tuple[frozenset[int], ...] = tuple(
    frozenset(places)
    for places in (
        *[(one,) for one in range(9)],
        *[(one,) for one in range(6)],
        *itertools.combinations(range(6), 2),
        (),
    )
)
"""Places in the list of a company's roles; what is beyond it is the other company's, or none."""
LOOKS = (
    "users.all",
    "roles.all",
    "trail.latest",
    "access.administrators",
    "join_requests.waiting",
    "company.look",
    "address_book.all",
    "address_book.defaults",
    "orders.newest",
    "drafts.mine",
    "checkout.form",
    "reorder.cart",
)
ACTS: Mapping[str, Sequence[object]] = {"acts": PLACES, "company": COMPANIES}
ABOUT: Mapping[str, Sequence[object]] = {"about": PLACES, "company": COMPANIES}
ARGUMENTS: Mapping[str, Mapping[str, Sequence[object]]] = {
    "end": {**ACTS, **ABOUT, "do": ("suspend", "resume", "remove"), "foreign": range(10)},
    "set_roles": {**ACTS, **ABOUT, "places": ROLE_PLACES},
    "leave": ACTS,
    "make_role": {**ACTS, "grants": PRESETS},
    "change_role": {**ACTS, "place": PLACES, "grants": PRESETS},
    "remove_role": {**ACTS, "place": PLACES},
    "invite": {**ACTS, **ABOUT, "places": ROLE_PLACES},
    "about_an_offer": {**ACTS, "place": range(10), "do": ("resend", "withdraw")},
    "accept": {"place": range(6)},
    "decline": {"place": range(6)},
    "ask_to_join": {"person": sorted(STRANGERS)},
    "decide": {
        **ACTS,
        "person": sorted(STRANGERS),
        "places": ROLE_PLACES,
        "approve": (True, True, False),
    },
    "block": {"person": EVERYBODY, "block": (True, False, False)},
    "stand": {
        "company": COMPANIES,
        "status": (*CustomerStatus, *[CustomerStatus.ACTIVE] * 9),
    },
    "group": {"company": COMPANIES, "groups": (GROUPS, GROUPS[::-1]), "many": range(3)},
    "switch": {
        "level": (*COMPANIES, *GROUPS, ""),
        "feature": FEATURES,
        "on": (True, True, False, None),
    },
    "wait": {"hours": (1, 1, 100)},
    "choose": ABOUT,
    "enter": {"person": EVERYBODY},
    "keep_an_actor": ABOUT,
    "go_on": {"place": PLACES},
    "turn_the_page": {"place": PLACES},
    "look": {**ABOUT, "name": LOOKS},
}
"""What each rule is called with: drawn by Hypothesis, or by a walk that is the same each time."""


def drawn(name: str) -> Mapping[str, st.SearchStrategy[Any]]:
    """Let Hypothesis draw what a rule is called with."""
    return {key: st.sampled_from(values) for key, values in ARGUMENTS[name].items()}


STAFF, MANAGER = None, PRESETS[2]

PROFILES: Mapping[str, settings] = {
    name: settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for name, examples, steps in (("dev", 60, 50), ("ci", 250, 60), ("few", 8, 30))
}


def grants_of(grants: Grants) -> Mapping[Permission, Depth]:
    """Say the model's grants in the words of the house."""
    return {one: BY_DEPTH[far] for one, far in grants.items()}


class CompanyMachine(RuleBasedStateMachine):
    """Everything that makes, changes or ends who acts for whom, in any order."""

    seen: ClassVar[Counter[tuple[str, Refusal]]] = Counter()
    """How often each rule was answered in which way."""

    def __init__(self) -> None:
        super().__init__()
        self.shop: Shop = open_nord(build(self.storage(), limits=NoLimits()))
        self.accounts = self.shop.house.accounts
        self.operations = {
            name: one for name, one in self.accounts.operations.items() if one.actor is Member
        }
        self.tokens: dict[str, SessionToken] = {}
        self.role_ids: dict[str, RoleId] = {name: RoleId(name) for name in SHIPPED}
        self.invitations: list[str] = []
        self.old: dict[tuple[str, str], tuple[Member, int]] = {}
        self.cursors: dict[tuple[str, str], tuple[Cursor, int]] = {}
        self.bosses_before: dict[str, set[str]] = {}
        self.count = 0

    @staticmethod
    def storage() -> Storage:
        """Give an empty store."""
        return MemoryStorage()

    # The beginning ------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        """Let Alice administer Acme and Bob Beta; Carl buys for Acme, Dora for both."""
        shop = self.shop
        self.accounts.number_desk.reserve(
            shop.staff, key=WEB, prefix="W", width=5, first=1, last=999, warn_at=1
        )
        decide(shop, registration=RegistrationMode.OPEN, number_range=WEB, link_existing=True)
        for email in (ALICE, BOB):
            shop.activate(email)
        hire(shop, CARL, RoleId("buyer"))
        hire(shop, DORA, RoleId("buyer"))
        hire(shop, DORA, RoleId("accountant"), erp_id=BETA)
        rows = {ACME: "1001", BETA: "1002"}
        self.ids: dict[str, CustomerId] = {}
        self.names = {ACME: "Acme Ltd", BETA: "Beta plc"}
        for erp_id, number in rows.items():
            asks = [email for email, where in STRANGERS.items() if where == erp_id]
            row = {"erp_id": erp_id, "number": number, "name": self.names[erp_id]}
            contacts = [{"name": "Stranger", "email": email} for email in asks]
            self.accounts.register_desk.import_rows(shop.staff, [{**row, "contacts": contacts}])
            customer = shop.customer(erp_id)
            self.ids[erp_id] = customer.id
            shop.keep_orders(customer, history(f"of-{erp_id}", 51, clock=shop.house.clock))
        self.group_ids: dict[str, CustomerGroupId] = {key: shop.group(key) for key in GROUPS}
        buyer, boss = frozenset({"buyer"}), frozenset({BOSS})
        self.model = Model(
            companies=COMPANIES,
            now=shop.house.clock(),
            logins=list(FOUR),
            members={
                (ALICE, ACME): Modelled(roles=boss),
                (BOB, BETA): Modelled(roles=boss),
                (CARL, ACME): Modelled(roles=buyer),
                (DORA, ACME): Modelled(roles=buyer),
                (DORA, BETA): Modelled(roles=frozenset({"accountant"})),
            },
            own={one: {} for one in COMPANIES},
            books=dict.fromkeys(COMPANIES, 0),
            status=dict.fromkeys(COMPANIES, CustomerStatus.ACTIVE),
            switched={one: {} for one in (*COMPANIES, *GROUPS, "")},
            groups={ACME: ("dealers",), BETA: ("crafts",)},
            requests={one: [] for one in COMPANIES},
        )
        self.unchecked = True
        for company, boss_of in ((ACME, ALICE), (BETA, BOB)):
            actor = self.actor(boss_of, company)
            assert actor is not None
            self.made_role(company, actor, MANAGER)
            self.invited(boss_of, company, TOM if company == ACME else CARL, frozenset({"viewer"}))
            name = f"{company} {self.count}"
            desk, dora = self.accounts.member_desk, self.membership(DORA, company)
            desk.set_roles(self.shop.staff, self.ids[company], dora, [self.role_ids[name]])
            self.model.set_roles(STAFF, company, DORA, frozenset({name}))

    def made_role(self, company: str, actor: Member, grants: Grants) -> None:
        """Keep a role that is made."""
        self.count += 1
        name = f"{company} {self.count}"
        made = self.accounts.roles.make(actor, name=name, grants=grants_of(grants))
        self.role_ids[name] = made.id
        self.model.own[company][name] = grants
        self.model.books[company] += 1

    def invited(self, by: str, company: str, person: str, roles: frozenset[str]) -> None:
        """Keep an invitation that is sent."""
        actor = self.actor(by, company)
        assert actor is not None
        named = [self.role_ids[name] for name in roles]
        made = self.accounts.users.invite(actor, email=person, roles=named)
        link = self.shop.house.token_for(person)
        self.model.invited(by, company, person, roles, id=made.id, link=link)
        self.invitations.append(made.id)

    # What it is made with -----------------------------------------------------------------------

    def session(self, person: str) -> Session | None:
        """Sign somebody in, or go on; None where there is no login, or it is blocked."""
        if person not in self.model.logins:
            return None
        shop, token = self.shop, self.tokens.pop(person, None)
        found = None
        if token is not None:
            try:
                found = self.accounts.sessions.resume(shop.guest, token)
            except SessionOver:
                token = None
        if person in self.model.blocked:
            assert found is None, "a session outlived its login"
            with pytest.raises(SignInRefused):
                shop.sign_in(person)
            return None
        if token is None:
            token = shop.sign_in(person)
            found = self.accounts.sessions.resume(shop.guest, token)
        self.tokens[person] = token
        return found

    def actor(self, person: str, company: str) -> Member | None:
        """Act for a company, if the model says so and the house does."""
        session, found = self.session(person), None
        if session is not None:
            try:
                found = self.accounts.acting.member(session, self.ids[company])
            except MembershipOver:
                found = None
        may = self.model.rights(person, company)
        assert (found is None) is (may is None), (person, company, found, may)
        return found

    def refused(
        self, refusal: Refusal, call: Callable[[], object], company: str, what: object = ""
    ) -> object:
        """Make a call: it is answered, or refused in exactly the way the model says."""
        self.seen[inspect.stack()[1].function, refusal] += 1
        if refusal is not None:
            with pytest.raises(CustAccountError) as raised:
                call()
            assert raised.type is refusal, (what, raised.value)
            return None
        answer = call()
        self.only_of(company, answer)
        self.accounts.relay()
        return answer

    def only_of(self, company: str, answer: object) -> None:
        """Look for anything of the other company in an answer."""
        told, other = repr(answer), OTHER[company]
        scope = scope_of(self.shop, other)
        with self.shop.house.storage.reading() as view:
            theirs = [line.membership.id for line in view.memberships.of_customer(scope)]
        foreign = [
            self.ids[other],
            self.names[other],
            f"of-{other}",
            *theirs,
            *(self.role_ids[name] for name in self.model.own[other]),
            *(one for one in self.invitations if self.model.offers[one].company == other),
        ]
        for text in foreign:
            assert text not in told, f"{text} of {other} is told to {company}"

    def who(self, company: str, place: int) -> str | None:
        """Say who acts: who may look after users, staff, or anybody."""
        able = [
            one
            for one in EVERYBODY
            if Permission.MANAGE_USERS in (self.model.rights(one, company) or {})
        ]
        if place < 8 and able:
            return able[place % len(able)]
        return STAFF if place < 10 else EVERYBODY[place % len(EVERYBODY)]

    def member_who(self, company: str, place: int) -> str:
        """Say who acts for a company; never staff."""
        return self.who(company, place) or EVERYBODY[place % len(EVERYBODY)]

    def whom(self, company: str, place: int) -> str:
        """Say about whom: one of the company's, or anybody."""
        there = sorted(person for person, of in self.model.members if of == company)
        if place < 8 and there:
            return there[place % len(there)]
        return EVERYBODY[place % len(EVERYBODY)]

    def stranger_to(self, company: str, place: int) -> str:
        """Say whom to invite: mostly somebody who does not act for the company."""
        away = [one for one in EVERYBODY if self.model.there(one, company) is None]
        if place < 9 and away:
            return away[place % len(away)]
        return EVERYBODY[place % len(EVERYBODY)]

    def roles_named(
        self, company: str, places: frozenset[int]
    ) -> tuple[frozenset[str], list[RoleId]]:
        """Name roles: of the company, of the other one, or none there are."""
        names = [*SHIPPED, *self.model.own[company], *self.model.own[OTHER[company]], "OWNER"]
        chosen = frozenset(names[place] for place in places if place < len(names))
        return chosen, [self.role_ids.get(name, RoleId(name)) for name in sorted(chosen)]

    def membership(self, person: str, company: str) -> MembershipId:
        """Name a membership, also one that is over, or that never was."""
        user = self.user_id(person)
        if user is None:
            return MembershipId(NEVER_WAS)
        scope = scope_of(self.shop, company)
        with self.shop.house.storage.reading() as view:
            standing = view.memberships.find(scope, user)
        return standing.membership.id if standing else MembershipId(NEVER_WAS)

    def user_id(self, person: str) -> object:
        """Name a login, if there is one."""
        return self.shop.user(person).id if person in self.model.logins else None

    def asked(self, person: str, company: str, operation: str) -> Refusal:
        """Say how an operation is refused to somebody who has come in."""
        return self.model.refuses(person, company, self.operations[operation].asked)  # type: ignore[index]

    # Members ------------------------------------------------------------------------------------

    @rule(**drawn("end"))
    def end(self, acts: int, company: str, about: int, do: str, foreign: int) -> None:
        """Suspend, resume or remove a member; now and then by the id of the other company."""
        by = self.who(company, acts)
        person = self.whom(company, about)
        model, where = self.model, OTHER[company] if foreign == 0 else company
        found = self.membership(person, where)
        if by is None:
            refusal = model.target(None, company, person) if where == company else NOT_THERE
            refusal = refusal or getattr(model, do)(None, company, person)
            desk, shop = self.accounts.member_desk, self.shop
            rest = {"reason": "Staff say so."} if do == "remove" else {}
            self.refused(
                refusal,
                lambda: getattr(desk, do)(
                    shop.staff, shop.portal.id, self.ids[company], found, **rest
                ),
                company,
                do,
            )
            return
        actor = self.actor(by, company)
        if actor is None:
            return
        refusal = self.asked(by, company, f"users.{do}")
        if refusal is None:
            refusal = model.target(by, company, person) if where == company else NOT_THERE
        if refusal is None:
            refusal = getattr(model, do)(by, company, person)
        self.refused(refusal, lambda: getattr(self.accounts.users, do)(actor, found), company, do)

    @rule(**drawn("set_roles"))
    def set_roles(self, acts: int, company: str, about: int, places: frozenset[int]) -> None:
        """Give a member other roles."""
        by = self.who(company, acts)
        person = self.whom(company, about)
        model, found = self.model, self.membership(person, company)
        roles, named = self.roles_named(company, places)
        if by is None:
            refusal = model.target(None, company, person)
            refusal = refusal or model.set_roles(None, company, person, roles)
            desk = self.accounts.member_desk
            self.refused(
                refusal,
                lambda: desk.set_roles(self.shop.staff, self.ids[company], found, named),
                company,
            )
            return
        actor = self.actor(by, company)
        if actor is None:
            return
        refusal = self.asked(by, company, "users.set_roles") or model.target(by, company, person)
        refusal = refusal or model.set_roles(by, company, person, roles)
        self.refused(refusal, lambda: self.accounts.users.set_roles(actor, found, named), company)

    @rule(**drawn("leave"))
    def leave(self, acts: int, company: str) -> None:
        """Leave."""
        by = self.member_who(company, acts)
        actor = self.actor(by, company)
        if actor is not None:
            refusal = self.model.remove(by, company, by)
            self.refused(refusal, lambda: self.accounts.users.leave(actor), company)

    # Roles --------------------------------------------------------------------------------------

    @rule(**drawn("make_role"))
    def make_role(self, acts: int, company: str, grants: Grants) -> None:
        """Make a role."""
        by = self.member_who(company, acts)
        actor = self.actor(by, company)
        if actor is None or len(self.model.own[company]) > 2:
            return
        refusal = self.asked(by, company, "roles.make") or self.model.make(by, company, grants)
        self.count += 1
        name = f"{company} {self.count}"
        made = self.refused(
            refusal,
            lambda: self.accounts.roles.make(actor, name=name, grants=grants_of(grants)),
            company,
        )
        if made is not None:
            self.role_ids[name] = made.id  # type: ignore[attr-defined]
            self.model.own[company][name] = grants
            self.model.books[company] += 1

    @rule(**drawn("change_role"))
    def change_role(self, acts: int, company: str, place: int, grants: Grants) -> None:
        """Change a role, of the company or of the other one."""
        by = self.member_who(company, acts)
        actor, model = self.actor(by, company), self.model
        if actor is None:
            return
        role = self.role_named(company, place)
        named = self.role_ids.get(role, RoleId(role))
        refusal = self.asked(by, company, "roles.change")
        refusal = refusal or model.change_role(by, company, role, grants)
        epoch = self.book_epoch(company)
        self.refused(
            refusal,
            lambda: self.accounts.roles.change(
                actor, named, name=role, grants=grants_of(grants), epoch=epoch
            ),
            company,
        )

    @rule(**drawn("remove_role"))
    def remove_role(self, acts: int, company: str, place: int) -> None:
        """Remove a role."""
        by = self.member_who(company, acts)
        actor, model = self.actor(by, company), self.model
        if actor is None:
            return
        role = self.role_named(company, place)
        named = self.role_ids.get(role, RoleId(role))
        refusal = self.asked(by, company, "roles.remove") or model.unmake(by, company, role)
        self.refused(refusal, lambda: self.accounts.roles.remove(actor, named), company)

    def role_named(self, company: str, place: int) -> str:
        """Name a role: mostly one the company made."""
        own = [*self.model.own[company]] * 3
        names = [*own, *self.model.own[OTHER[company]], BOSS, "OWNER"]
        return names[place % len(names)]

    def book_epoch(self, company: str) -> int:
        """Look up what a change of a role has to name."""
        scope = scope_of(self.shop, company)
        with self.shop.house.storage.reading() as view:
            return view.role_books.get(scope).epoch

    # Offers -------------------------------------------------------------------------------------

    @rule(**drawn("invite"))
    def invite(self, acts: int, company: str, about: int, places: frozenset[int]) -> None:
        """Invite somebody, with a login or without."""
        by = self.who(company, acts)
        person = self.stranger_to(company, about)
        model, (roles, named) = self.model, self.roles_named(company, places)
        if by is None:
            refusal = model.invites(None, company, person, roles)
            desk, shop = self.accounts.member_desk, self.shop
            made = self.refused(
                refusal,
                lambda: desk.invite(
                    shop.staff, shop.portal.id, self.ids[company], email=person, roles=named
                ),
                company,
            )
        else:
            actor = self.actor(by, company)
            if actor is None:
                return
            refusal = self.asked(by, company, "users.invite")
            refusal = refusal or model.invites(by, company, person, roles)
            made = self.refused(
                refusal,
                lambda: self.accounts.users.invite(actor, email=person.upper(), roles=named),
                company,
            )
        if made is not None:
            id_, link = made.id, self.shop.house.token_for(person)  # type: ignore[attr-defined]
            model.invited(by, company, person, roles, id=id_, link=link)
            if id_ not in self.invitations:
                self.invitations.append(id_)

    @rule(**drawn("about_an_offer"))
    def about_an_offer(self, acts: int, company: str, place: int, do: str) -> None:
        """Send an invitation again, or take it back; of the other company too, for a member."""
        by = self.who(company, acts)
        model = self.model
        known = [*reversed(self.invitations), NEVER_WAS]
        named = known[place % len(known)]
        offer = model.offers.get(named)
        if by is None:
            refusal = model.of_offer(None, offer)
            where = company if offer is None else offer.company
            desk = self.accounts.member_desk
            made = self.refused(
                refusal,
                lambda: getattr(desk, do)(self.shop.staff, InvitationId(named)),
                where,
            )
        else:
            actor = self.actor(by, company)
            if actor is None:
                return
            refusal = self.asked(by, company, f"users.{do}")
            own = offer if offer is not None and offer.company == company else None
            refusal = refusal or model.of_offer(by, own)
            made = self.refused(
                refusal,
                lambda: getattr(self.accounts.users, do)(actor, InvitationId(named)),
                company,
                (do, offer),
            )
        if refusal is None and offer is not None:
            if do == "withdraw":
                offer.state = "withdrawn"
            else:
                assert made.id == named  # type: ignore[union-attr]
                offer.by, offer.expires = by, made.expires  # type: ignore[union-attr]
                model.mailed(named, self.shop.house.token_for(offer.person))

    @precondition(lambda self: self.model.links)
    @rule(**drawn("accept"))
    def accept(self, place: int) -> None:
        """Accept with a link, a good one or an older one."""
        model, links = self.model, list(self.model.links)
        link = links[-1 - place % len(links)]
        offer = model.offers[model.links[link]]
        invited, shop, token = self.accounts.invited, self.shop, BearerToken(link)
        if offer.person in model.logins:
            if self.session(offer.person) is None:
                return
            person = self.accounts.sessions.person(shop.guest, self.tokens[offer.person])
            refusal = model.accept(link)
            self.refused(refusal, lambda: invited.accept(person, token), offer.company)
            return
        refusal = model.accept(link)
        self.refused(refusal, lambda: invited.activate(shop.guest, token, PASSWORD), offer.company)

    @precondition(lambda self: self.model.links)
    @rule(**drawn("decline"))
    def decline(self, place: int) -> None:
        """Decline with a link."""
        links = list(self.model.links)
        link = links[-1 - place % len(links)]
        offer, refusal = self.model.offers[self.model.links[link]], self.model.opens(link)
        if refusal is None:
            offer.state = "declined"
        self.refused(
            refusal,
            lambda: self.accounts.invited.decline(self.shop.guest, BearerToken(link)),
            offer.company,
        )

    # Requests -----------------------------------------------------------------------------------

    @precondition(lambda self: not {*STRANGERS} <= {*self.model.logins})
    @rule(**drawn("ask_to_join"))
    def ask_to_join(self, person: str) -> None:
        """Prove an address of a company that has members; its administrators are asked."""
        company, registering = STRANGERS[person], self.accounts.registering
        known = self.model.status[company] is not CustomerStatus.REQUESTED
        if person in self.model.logins or not known:
            return
        registering.register(self.shop.guest, email=person, answers=ANSWERS)
        token = self.shop.house.token_for(person)
        registering.activate(self.shop.guest, token, PASSWORD)
        self.accounts.relay()
        self.model.logins.append(person)
        if any(
            self.model.rights(one, company) is not None
            and self.asked(one, company, "join_requests.approve") is None
            for one in self.model.bosses(company)
        ):
            self.model.requests[company].append(person)

    @rule(**drawn("decide"))
    def decide(
        self,
        acts: int,
        company: str,
        person: str,
        places: frozenset[int],
        approve: bool,  # noqa: FBT001 - drawn by name
    ) -> None:
        """Let somebody join, or not; also who asks the other company."""
        by = self.member_who(company, acts)
        actor, model = self.actor(by, company), self.model
        if actor is None:
            return
        found = kept(self.shop, person)
        request = found.id if found is not None else RegistrationId(NEVER_WAS)
        joins = self.accounts.join_requests
        if approve:
            roles, named = self.roles_named(company, places)
            refusal = self.asked(by, company, "join_requests.approve")
            refusal = refusal or model.approve(by, company, person, roles)
            self.refused(refusal, lambda: joins.approve(actor, request, roles=named), company)
            return
        refusal = self.asked(by, company, "join_requests.decline")
        if refusal is None and person not in model.requests[company]:
            refusal = NO_REQUEST
        if refusal is None:
            model.requests[company].remove(person)
        self.refused(
            refusal, lambda: joins.decline(actor, request, reason="Nobody knows you."), company
        )

    # What staff decide --------------------------------------------------------------------------

    @rule(**drawn("block"))
    def block(self, person: str, block: bool) -> None:  # noqa: FBT001
        """Block a login, or let it in again."""
        if person not in self.model.logins:
            return
        user, desk = self.shop.user(person).id, self.accounts.login_desk
        if block:
            desk.block(self.shop.staff, user, reason="Lost the telephone.")
            self.model.blocked.add(person)
        else:
            desk.unblock(self.shop.staff, user)
            self.model.blocked.discard(person)
        self.unchecked = True

    @rule(**drawn("stand"))
    def stand(self, company: str, status: CustomerStatus) -> None:
        """Change where a company stands."""
        self.change_customer(company, status=status)
        self.model.status[company] = status

    @rule(**drawn("group"))
    def group(self, company: str, groups: tuple[str, ...], many: int) -> None:
        """Put a company into groups, in an order."""
        self.change_customer(company, groups=[self.group_ids[key] for key in groups[:many]])
        self.model.groups[company] = tuple(groups[:many])

    @rule(**drawn("switch"))
    def switch(self, level: str, feature: FeatureKey, on: bool | None) -> None:  # noqa: FBT001
        """Switch a function for a company, a group or the portal, or leave it to the others."""
        switched = {key: one for key, one in self.model.switched[level].items() if key != feature}
        if on is not None:
            switched[feature] = on
        if level in COMPANIES:
            self.change_customer(level, features=switched)
        elif level in GROUPS:
            desk, id_ = self.accounts.group_desk, self.group_ids[level]
            (version,) = (one.version for one in desk.all(self.shop.staff) if one.id == id_)
            desk.change(self.shop.staff, id_, version=version, features=switched)
        else:
            decide(self.shop, features=switched)
        self.model.switched[level] = switched

    def change_customer(self, company: str, **changes: object) -> None:
        """Change a customer."""
        desk, before = self.accounts.customer_desk, self.shop.customer(company)
        desk.change(self.shop.staff, before.id, version=before.version, **changes)  # type: ignore[arg-type]

    @rule(**drawn("wait"))
    def wait(self, hours: int) -> None:
        """Let time pass: invitations expire, sessions end."""
        self.shop.house.clock.advance(timedelta(hours=hours))
        self.model.now = self.shop.house.clock()

    # Acting -------------------------------------------------------------------------------------

    @rule(**drawn("choose"))
    def choose(self, about: int, company: str) -> None:
        """Switch to a company; it is the first choice from then on."""
        person = self.whom(company, about)
        session = self.session(person)
        if session is None:
            return
        refusal = None if self.model.rights(person, company) is not None else MembershipOver
        acting = self.accounts.acting
        self.refused(refusal, lambda: acting.choose(session, self.ids[company]), company)
        if refusal is None:
            self.model.members[person, company].chosen = self.model.now
            assert acting.choices(session)[0].membership.customer == self.ids[company] or tied(
                self.model, person
            )

    @rule(**drawn("enter"))
    def enter(self, person: str) -> None:
        """Go straight in where there is one company only."""
        session = self.session(person)
        if session is None:
            return
        open_to = [one for one in COMPANIES if self.model.rights(person, one) is not None]
        member = self.accounts.acting.enter(session)
        assert (member is not None) is (len(open_to) == 1)
        if member is not None:
            assert member.customer == self.ids[open_to[0]]
            self.model.members[person, open_to[0]].chosen = self.model.now

    @rule(**drawn("keep_an_actor"))
    def keep_an_actor(self, about: int, company: str) -> None:
        """Begin something, and go for a coffee."""
        person = self.whom(company, about)
        actor = self.actor(person, company)
        if actor is None:
            return
        epoch = self.model.epoch(person, company)
        self.old[person, company] = (actor, epoch)
        if self.asked(person, company, "orders.newest") is None:
            page = self.accounts.orders.newest(actor)
            self.only_of(company, page)
            if page.more is not None:
                self.cursors[person, company] = (page.more, epoch)

    @precondition(lambda self: self.old)
    @rule(**drawn("go_on"))
    def go_on(self, place: int) -> None:
        """Come back from the coffee, with the actor of before."""
        known = sorted(self.old)
        person, company = known[place % len(known)]
        actor, epoch = self.old[person, company]
        model, held = self.model, self.model.rights(person, company)
        same = held is not None and model.epoch(person, company) == epoch
        rights = {one: DEPTHS[far] for one, far in actor.permissions.items()}
        still = same and all((held or {}).get(one, 0) >= far for one, far in rights.items())
        offered = all(model.on(company, one) for one in actor.features if one in FEATURES)
        good = still and offered
        if Permission.MANAGE_USERS in rights and USERS in actor.features:
            refusal = InvitationNotFound if good else MembershipOver
            call = lambda: self.accounts.users.withdraw(actor, InvitationId(NEVER_WAS))  # noqa: E731
        elif Permission.CHANGE_ADDRESSES in rights:
            refusal = AddressNotFound if good else MembershipOver
            call = lambda: self.accounts.address_book.remove(actor, AddressId(NEVER_WAS))  # noqa: E731
        else:
            return
        self.refused(refusal, call, company, "the actor of before")

    @precondition(lambda self: self.cursors)
    @rule(**drawn("turn_the_page"))
    def turn_the_page(self, place: int) -> None:
        """Use the cursor of before, with an actor of now."""
        known = sorted(self.cursors)
        person, company = known[place % len(known)]
        actor = self.actor(person, company)
        if actor is None:
            return
        cursor, epoch = self.cursors[person, company]
        refusal = self.asked(person, company, "orders.newest")
        if refusal is None and self.model.epoch(person, company) != epoch:
            refusal = CursorInvalid
        self.refused(refusal, lambda: self.accounts.orders.newest(actor, cursor), company)

    @rule(**drawn("look"))
    def look(self, about: int, company: str, name: str) -> None:
        """Read something: it is of this company alone."""
        person = self.whom(company, about)
        actor = self.actor(person, company)
        if actor is None:
            return
        service, _, method = name.partition(".")
        call = getattr(getattr(self.accounts, service), method)
        self.refused(self.asked(person, company, name), lambda: call(actor), company, name)

    # What holds after every step ----------------------------------------------------------------

    @invariant()
    def everybody_may_what_the_model_says(self) -> None:
        """Every person, every company, every operation."""
        for person in self.model.logins:
            for company in COMPANIES:
                actor = self.actor(person, company)
                if actor is None:
                    continue
                for name, one in self.operations.items():
                    expected = self.model.refuses(person, company, one.asked)
                    told: Refusal = None
                    try:
                        for asked in one.asked:
                            actor.meet(asked)
                    except (PermissionMissing, FeatureOff) as refused:
                        told = type(refused)
                    assert told is expected, (person, company, name, expected, told)

    @invariant()
    def memberships_are_what_the_model_says(self) -> None:
        """One each, in its state, roles and epoch: what changed one has changed no other."""
        names = {id_: name for name, id_ in self.role_ids.items()}
        emails = {self.shop.user(person).id: person for person in self.model.logins}
        for company in COMPANIES:
            scope = scope_of(self.shop, company)
            with self.shop.house.storage.reading() as view:
                lines = view.memberships.of_customer(scope)
            users = [line.membership.user for line in lines]
            assert len(set(users)) == len(users), "somebody is a member twice"
            real = {
                emails[one.user]: (one.roles, one.state.value, one.epoch)
                for one in (line.membership for line in lines)
            }
            expected = {
                person: (
                    frozenset(self.role_ids[role] for role in one.roles),
                    one.state,
                    one.epoch,
                )
                for (person, of), one in self.model.members.items()
                if of == company
            }
            assert real == expected, names

    @invariant()
    def an_administrator_stays(self) -> None:
        """Who had one has one while anybody is there; a blocked login is the seller's doing."""
        for company in COMPANIES:
            scope = scope_of(self.shop, company)
            with self.shop.house.storage.reading() as view:
                lines = view.memberships.of_customer(scope)
            bosses = {str(line.membership.id) for line in lines if line.administers}
            there = [
                line
                for line in lines
                if line.membership.state is MembershipState.ACTIVE
                and line.user_state.value == "active"
            ]
            had = self.bosses_before.get(company)
            if had and there and not self.unchecked:
                assert bosses, f"{company} has members, and nobody administers them"
            self.bosses_before[company] = bosses
        self.unchecked = False

    @invariant()
    def the_choices_are_the_companies(self) -> None:
        """What somebody can choose is what somebody may act for."""
        for person in self.model.logins:
            session = self.session(person)
            if session is None:
                continue
            found = self.accounts.acting.choices(session)
            expected = {
                self.ids[one] for one in COMPANIES if self.model.rights(person, one) is not None
            }
            assert {one.membership.customer for one in found} == expected
            assert len(found) == len(expected)


def tied(model: Model, person: str) -> bool:
    """Whether somebody chose two companies in the same moment."""
    moments = [
        one.chosen for (who, _), one in model.members.items() if who == person and one.chosen
    ]
    return len(set(moments)) < len(moments)


ALL_RULES = {
    "about_an_offer",
    "accept",
    "change_role",
    "choose",
    "decide",
    "decline",
    "end",
    "invite",
    "leave",
    "look",
    "make_role",
    "remove_role",
    "set_roles",
    "turn_the_page",
}
"""What can be done, and is at least once; going on with the actor of before does nothing."""
WAYS_TO_REFUSE = {
    "about_an_offer": {InvitationNotFound, BeyondOwnRights},
    "accept": {InvitationAccepted, InvitationWithdrawn, InvitationDeclined, InviterLacksRight},
    "change_role": {RoleNotFound, OwnMembership, PermissionMissing},
    "choose": {MembershipOver},
    "decide": {RegistrationNotFound, InvalidFields, PermissionMissing},
    "end": {MemberNotFound, OwnMembership, BeyondOwnRights, LastAdministrator, PermissionMissing},
    "go_on": {MembershipOver},
    "invite": {AlreadyMember, BeyondOwnRights, InvalidFields, PermissionMissing},
    "leave": {LastAdministrator},
    "remove_role": {RoleInUse, RoleNotFound},
    "set_roles": {OwnMembership, BeyondOwnRights, InvalidFields, LastAdministrator},
    "turn_the_page": {CursorInvalid},
}
"""How it is refused, at least once each."""


def test_whatever_happens_the_model_is_right() -> None:
    """In memory."""
    run_state_machine_as_test(CompanyMachine, settings=PROFILES[backends.profile()])


INVARIANTS = (
    CompanyMachine.everybody_may_what_the_model_says,
    CompanyMachine.memberships_are_what_the_model_says,
    CompanyMachine.an_administrator_stays,
    CompanyMachine.the_choices_are_the_companies,
)
NEEDS: Mapping[str, Callable[[CompanyMachine], object]] = {
    "accept": lambda one: one.model.links,
    "decline": lambda one: one.model.links,
    "go_on": lambda one: one.old,
    "turn_the_page": lambda one: one.cursors,
}


def walk(*seeds: int, steps: int = 60) -> None:
    """Take steps at random, the same ones each time; what holds is looked at after each."""
    for seed in seeds:
        chosen, machine = random.Random(seed), CompanyMachine()  # noqa: S311 - no secret
        machine.begin()
        for _ in range(steps):
            name = chosen.choice(list(ARGUMENTS))
            if name in NEEDS and not NEEDS[name](machine):
                continue
            these = {key: chosen.choice(values) for key, values in ARGUMENTS[name].items()}
            getattr(machine, name)(**these)
            for holds in INVARIANTS:
                holds(machine)


def test_the_machine_comes_everywhere() -> None:
    """Each rule goes through and is refused in many ways: what it says is not said of nothing."""
    CompanyMachine.seen.clear()

    walk(*range(30))

    seen = CompanyMachine.seen
    assert {name for name, refusal in seen if refusal is None} >= ALL_RULES
    for name, ways in WAYS_TO_REFUSE.items():
        assert {refusal for rule, refusal in seen if rule == name} >= ways, name


def test_on_sqlite_it_is_the_same(sqlite_storage: SqlAlchemyStorage) -> None:
    """On a store that keeps rows: fewer lives, the same model."""

    class OnSqlite(CompanyMachine):
        """The same, on SQLite."""

        @staticmethod
        def storage() -> Storage:
            """Empty the store."""
            backends.clear(sqlite_storage.engine)
            return sqlite_storage

    run_state_machine_as_test(OnSqlite, settings=PROFILES["few"])


# A house that is wrong --------------------------------------------------------------------------


def every_line(self: MemoryMemberships, scope: CustomerScope) -> tuple[MemberLine, ...]:
    """List the users of every customer of the realm."""
    customers = self._gate.ask(lambda tables: [row.id for row in tables.customers])
    real = MACHINE_STORE["of_customer"]
    scopes = [CustomerScope(scope.realm, one) for one in customers]
    return tuple(line for one in scopes for line in real(self, one))


def any_standing(self: MemoryMemberships, scope: CustomerScope, user: UserId) -> Standing | None:
    """Find a membership of the user, of whichever customer."""
    return next(iter(self.of_user(scope.of_realm, user)), None)


def any_book(self: MemoryRoleBooks, scope: CustomerScope) -> RoleBook:
    """Return a role book, whosever it is."""
    kept = self._gate.ask(lambda tables: list(tables.role_books))
    of_somebody = [book for book in kept if book.roles]
    real: RoleBook = MACHINE_STORE["book"](self, scope)
    return attrs.evolve(real, roles=of_somebody[0].roles) if of_somebody else real


def every_offer(self: MemoryInvitations, scope: CustomerScope) -> tuple[Invitation, ...]:
    """List the open invitations of every customer."""
    kept = self._gate.ask(lambda tables: list(tables.invitations))
    return tuple(one for one in kept if one.state.value == "open" and one.realm == scope.realm)


def every_request(self: MemoryRegistrations, scope: CustomerScope) -> tuple[Registration, ...]:
    """List who asks to join, whichever company."""
    kept = self._gate.ask(lambda tables: list(tables.registrations))
    return tuple(one for one in kept if one.company is not None and one.realm == scope.realm)


def nearest_first(feature: Feature, **switched: object) -> FeatureAnswer:
    """Let the portal decide before anybody else does."""
    answer: FeatureAnswer = MACHINE_STORE["answer"](feature, **switched)
    portal = switched["portal"]
    on = portal.get(feature.key, answer.on)  # type: ignore[attr-defined]
    return attrs.evolve(answer, on=on)


def of_the_membership_alone(holder: Member) -> list[str]:
    """Seal for a membership, in whichever epoch."""
    return [holder.membership]


def roles_of_all(
    self: Changing, work: object, held: object, found: MemberLine, roles: object
) -> None:
    """Give a user these roles at every company."""
    MACHINE_STORE["set_roles"](self, work, held, found, roles)
    of = found.membership
    for one in work.memberships.of_user(of.scope.of_realm, of.user):  # type: ignore[attr-defined]
        if one.membership.id != of.id and one.membership.state is MembershipState.ACTIVE:
            work.memberships.save(  # type: ignore[attr-defined]
                one.membership.scope, one.membership.suspended()
            )


MACHINE_STORE: Mapping[str, Callable[..., Any]] = {
    "of_customer": MemoryMemberships.of_customer,
    "book": MemoryRoleBooks.get,
    "answer": standing.answer_of,
    "set_roles": Changing.set_roles,
}
"""What is right."""

Patch = pytest.MonkeyPatch
MUTANTS: Mapping[str, Callable[[Patch], object]] = {
    "members of every customer": lambda patch: patch.setattr(
        MemoryMemberships, "of_customer", every_line
    ),
    "a membership of any customer": lambda patch: patch.setattr(
        MemoryMemberships, "find", any_standing
    ),
    "roles of another customer": lambda patch: patch.setattr(MemoryRoleBooks, "get", any_book),
    "invitations of every customer": lambda patch: patch.setattr(
        MemoryInvitations, "open_of", every_offer
    ),
    "requests to every customer": lambda patch: patch.setattr(
        MemoryRegistrations, "asking", every_request
    ),
    "units that check no epoch": lambda patch: patch.setattr(Standing, "confirm", lambda *_: None),
    "cursors of no epoch": lambda patch: patch.setattr(cursors, "_owner", of_the_membership_alone),
    "changes that reach another company": lambda patch: patch.setattr(
        Changing, "set_roles", roles_of_all
    ),
    "nobody needs an administrator": lambda patch: patch.setattr(
        changing, "leaves_an_administrator", lambda *_: True
    ),
    "everybody may grant everything": lambda patch: patch.setattr(
        Held, "require_covering", lambda *_: None
    ),
    "a status that is not looked at": lambda patch: patch.setattr(
        Standing, "switches", lambda *_: ALL_ON
    ),
    "a portal that overrules its customers": lambda patch: patch.setattr(
        standing, "answer_of", nearest_first
    ),
    "inviters who were removed": lambda patch: patch.setattr(
        "custaccount.registration.invited._require_right", lambda *_: None
    ),
}
"""Ways to be wrong, each against one of the promises."""


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_finds_what_is_wrong(mutant: str, monkeypatch: Patch) -> None:
    """Negative control."""
    MUTANTS[mutant](monkeypatch)

    with pytest.raises((AssertionError, CustAccountError, pytest.fail.Exception)):
        walk(*range(120))
