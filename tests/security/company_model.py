"""Who may do what for which company, written down a second time: in dicts, and without a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import attrs

from custaccount import CustAccountError
from custaccount.kernel.access import (
    MEMBER_PERMISSIONS,
    Depth,
    FeatureOff,
    Permission,
    PermissionMissing,
    Requirement,
)
from custaccount.kernel.errors import InvalidFields
from custaccount.kernel.ids import FeatureKey
from custaccount.membership import (
    AlreadyMember,
    BeyondOwnRights,
    InvitationAccepted,
    InvitationDeclined,
    InvitationExpired,
    InvitationNotFound,
    InvitationOver,
    InvitationReplaced,
    InvitationWithdrawn,
    InviterLacksRight,
    LastAdministrator,
    MemberNotFound,
    OwnMembership,
    RoleInUse,
    RoleNotFound,
)
from custaccount.portals import CustomerStatus
from custaccount.registration import RegistrationNotFound

Refusal = type[CustAccountError] | None
Grants = Mapping[Permission, int]
"""How far each reaches: 1 what one made, 2 all of the company's."""

OWN, ALL = 1, 2
DEPTHS = {Depth.OWN: OWN, Depth.CUSTOMER: ALL}
BOSS = "administrator"
SEES = (Permission.SEE_ORDERS, Permission.SEE_CUSTOMER)
SHIPPED: Mapping[str, Grants] = {
    BOSS: dict.fromkeys(MEMBER_PERMISSIONS, ALL),
    "buyer": dict.fromkeys(
        (*SEES, Permission.SEE_PRICES, Permission.PLACE_ORDERS, Permission.CHANGE_ADDRESSES), ALL
    ),
    "accountant": dict.fromkeys(SEES, ALL),
    "viewer": dict.fromkeys((*SEES, Permission.SEE_PRICES), ALL),
}
PRESETS: tuple[Grants, ...] = (
    {Permission.SEE_ORDERS: OWN},
    {Permission.MANAGE_USERS: ALL},
    {Permission.MANAGE_USERS: ALL, Permission.MANAGE_ROLES: ALL, Permission.SEE_ORDERS: OWN},
    dict.fromkeys(MEMBER_PERMISSIONS, ALL),
)
"""What the roles grant that companies make here."""
LIFETIME = timedelta(days=7)
OVER: Mapping[str, type[CustAccountError]] = {
    "accepted": InvitationAccepted,
    "declined": InvitationDeclined,
    "withdrawn": InvitationWithdrawn,
}


@attrs.define
class Member:
    """Somebody who acts, or acted, for a company."""

    roles: frozenset[str]
    state: str = "active"
    epoch: int = 0
    chosen: datetime | None = None


@attrs.define
class Offer:
    """An invitation."""

    company: str
    person: str
    roles: frozenset[str]
    by: str | None
    """Who invited; None: staff did."""
    expires: datetime
    link: str = ""
    """The one that is good."""
    state: str = "open"


@attrs.define
class Model:
    """Two companies, and everybody who has to do with them."""

    companies: tuple[str, ...]
    now: datetime
    logins: list[str] = attrs.field(factory=list)
    blocked: set[str] = attrs.field(factory=set)
    members: dict[tuple[str, str], Member] = attrs.field(factory=dict)
    own: dict[str, dict[str, Grants]] = attrs.field(factory=dict)
    books: dict[str, int] = attrs.field(factory=dict)
    status: dict[str, CustomerStatus] = attrs.field(factory=dict)
    switched: dict[str, dict[FeatureKey, bool]] = attrs.field(factory=dict)
    """By company, by group, and of the portal under no name."""
    groups: dict[str, tuple[str, ...]] = attrs.field(factory=dict)
    offers: dict[str, Offer] = attrs.field(factory=dict)
    links: dict[str, str] = attrs.field(factory=dict)
    """Which offer a link is of."""
    requests: dict[str, list[str]] = attrs.field(factory=dict)

    # What holds ---------------------------------------------------------------------------------

    def grants(self, company: str, roles: Collection[str]) -> Grants:
        """Add up what roles grant."""
        found: dict[Permission, int] = {}
        known = {**SHIPPED, **self.own[company]}
        for role in roles:
            for one, far in known.get(role, {}).items():
                found[one] = max(far, found.get(one, 0))
        return found

    def covers(self, company: str, by: str | None, roles: Collection[str]) -> bool:
        """Whether somebody holds all that roles grant; staff do."""
        if by is None:
            return True
        held = self.grants(company, self.members[by, company].roles)
        return reaches(held, self.grants(company, roles))

    def known(self, company: str, roles: Collection[str]) -> bool:
        """Whether there are such roles, and one at least."""
        return bool(roles) and set(roles) <= {*SHIPPED, *self.own[company]}

    def there(self, person: str, company: str) -> Member | None:
        """Return a member that was not removed."""
        found = self.members.get((person, company))
        return found if found and found.state != "removed" else None

    def counts(self, person: str, company: str) -> bool:
        """Whether somebody acts for a company, wherever that stands."""
        found = self.there(person, company)
        return found is not None and found.state == "active" and person not in self.blocked

    def comes_in(self, company: str) -> bool:
        """Whether anybody may act for it."""
        return self.status[company] in {CustomerStatus.ACTIVE, CustomerStatus.ON_HOLD}

    def rights(self, person: str, company: str) -> Grants | None:
        """Say what somebody may do for a company right now; None: not even come in."""
        if not (self.counts(person, company) and self.comes_in(company)):
            return None
        held = self.grants(company, self.members[person, company].roles)
        on_hold = self.status[company] is CustomerStatus.ON_HOLD
        return {
            one: far
            for one, far in held.items()
            if not (on_hold and one is Permission.PLACE_ORDERS)
        }

    def on(self, company: str, feature: FeatureKey) -> bool:
        """Whether a function is on: the company, its groups in order, the portal, or else it is."""
        for level in (company, *self.groups[company], ""):
            if feature in self.switched[level]:
                return self.switched[level][feature]
        return True

    def refuses(self, person: str, company: str, asked: Collection[Requirement]) -> Refusal:
        """Say how an operation is refused to who may come in."""
        held = self.rights(person, company) or {}
        for one in asked:
            if one.permission and held.get(one.permission, 0) < DEPTHS[one.depth]:
                return PermissionMissing
            if one.feature is not None and not self.on(company, one.feature):
                return FeatureOff
        return None

    def epoch(self, person: str, company: str) -> int:
        """Say which epoch an actor is of."""
        return self.members[person, company].epoch + self.books[company]

    def bosses(self, company: str) -> set[str]:
        """Name the administrators that are there."""
        return {
            person
            for person, of in self.members
            if of == company and self.counts(person, of) and BOSS in self.members[person, of].roles
        }

    # Members ------------------------------------------------------------------------------------

    def target(self, by: str | None, company: str, person: str) -> Refusal:
        """Say whether somebody may decide about a member."""
        if self.there(person, company) is None:
            return MemberNotFound
        if by == person:
            return OwnMembership
        if not self.covers(company, by, self.members[person, company].roles):
            return BeyondOwnRights
        return None

    def change(self, by: str | None, company: str, person: str, after: Member) -> Refusal:
        """Keep a changed member, if an administrator is left."""
        bosses = self.bosses(company)
        stays = after.state == "active" and BOSS in after.roles and person in bosses
        others = any(
            self.counts(one, company) for one, of in self.members if of == company and one != person
        )
        left = bosses - {person} or stays or not bosses
        if not left and (by is not None or others or after.state == "active"):
            return LastAdministrator
        self.members[person, company] = attrs.evolve(after, epoch=after.epoch + 1)
        return None

    def set_roles(
        self, by: str | None, company: str, person: str, roles: frozenset[str]
    ) -> Refusal:
        """Give a member other roles."""
        before = self.members[person, company]
        if not self.known(company, roles):
            return InvalidFields
        if not self.covers(company, by, roles):
            return BeyondOwnRights
        if roles == before.roles:
            return None
        return self.change(by, company, person, attrs.evolve(before, roles=roles))

    def suspend(self, by: str | None, company: str, person: str) -> Refusal:
        """Stop a member for now."""
        before = self.members[person, company]
        if before.state != "active":
            return None
        return self.change(by, company, person, attrs.evolve(before, state="suspended"))

    def resume(self, by: str | None, company: str, person: str) -> Refusal:
        """Let a member go on."""
        before = self.members[person, company]
        if before.state != "suspended":
            return None
        return self.change(by, company, person, attrs.evolve(before, state="active"))

    def remove(self, by: str | None, company: str, person: str) -> Refusal:
        """End a membership, and what is offered to the person."""
        before = self.members[person, company]
        refused = self.change(by, company, person, attrs.evolve(before, state="removed"))
        offer = self.open(company, person)
        if refused is None and offer is not None:
            offer.state = "withdrawn"
        return refused

    def join(self, company: str, person: str, roles: frozenset[str]) -> None:
        """Begin a membership, or begin it again; what is offered or asked for still is over."""
        offer = self.open(company, person)
        if offer is not None:
            offer.state = "withdrawn"
        if person in self.requests[company]:
            self.requests[company].remove(person)
        before = self.members.get((person, company))
        epoch = 0 if before is None else before.epoch + 1
        chosen = None if before is None else before.chosen
        self.members[person, company] = Member(roles=roles, epoch=epoch, chosen=chosen)

    # Roles --------------------------------------------------------------------------------------

    def make(self, by: str, company: str, grants: Grants) -> Refusal:
        """Say whether somebody may make such a role."""
        held = self.grants(company, self.members[by, company].roles)
        return None if reaches(held, grants) else InvalidFields

    def changeable(self, by: str, company: str, role: str) -> Refusal:
        """Say whether somebody may change a role."""
        if role not in self.own[company]:
            return RoleNotFound
        if role in self.members[by, company].roles:
            return OwnMembership
        return None if self.covers(company, by, [role]) else BeyondOwnRights

    def change_role(self, by: str, company: str, role: str, grants: Grants) -> Refusal:
        """Let a role grant something else."""
        refused = self.changeable(by, company, role)
        if refused is None and grants != self.own[company][role]:
            refused = self.make(by, company, grants)
            if refused is None:
                self.own[company][role] = grants
                self.books[company] += 1
        return refused

    def unmake(self, by: str, company: str, role: str) -> Refusal:
        """Remove a role nobody has."""
        refused = self.changeable(by, company, role)
        if refused is not None:
            return refused
        has = any(
            role in one.roles
            for (_, of), one in self.members.items()
            if of == company and one.state != "removed"
        )
        asked = any(
            role in one.roles
            for one in self.offers.values()
            if one.company == company and one.state == "open"
        )
        if has or asked:
            return RoleInUse
        del self.own[company][role]
        self.books[company] += 1
        return None

    # Offers -------------------------------------------------------------------------------------

    def open(self, company: str, person: str) -> Offer | None:
        """Return the open offer to somebody, expired or not."""
        found = [
            one
            for one in self.offers.values()
            if (one.company, one.person, one.state) == (company, person, "open")
        ]
        assert len(found) <= 1
        return found[0] if found else None

    def invites(self, by: str | None, company: str, person: str, roles: frozenset[str]) -> Refusal:
        """Say whether somebody may invite another one."""
        if not self.known(company, roles):
            return InvalidFields
        older = self.open(company, person)
        offered = older.roles if older is not None else ()
        if not (self.covers(company, by, roles) and self.covers(company, by, offered)):
            return BeyondOwnRights
        return AlreadyMember if self.there(person, company) else None

    def invited(
        self,
        by: str | None,
        company: str,
        person: str,
        roles: frozenset[str],
        *,
        id: str,
        link: str,
    ) -> None:
        """Keep an offer: the one that was open, or one that replaces it."""
        older = self.open(company, person)
        same = older is not None and older.roles == roles
        assert (id in self.offers) is same, "renewed where the roles are the same, else replaced"
        if older is not None and not same:
            older.state = "withdrawn"
        self.offers[id] = Offer(company, person, roles, by, self.now + LIFETIME)
        self.mailed(id, link)

    def mailed(self, id: str, link: str) -> None:
        """Keep the newest link of an offer."""
        self.offers[id].link = link
        self.links[link] = id

    def of_offer(self, by: str | None, offer: Offer | None) -> Refusal:
        """Say whether somebody may send an offer again, or take it back."""
        if offer is None or offer.state != "open":
            return InvitationNotFound
        return None if self.covers(offer.company, by, offer.roles) else BeyondOwnRights

    def opens(self, link: str) -> Refusal:
        """Say whether a link still opens its offer."""
        offer = self.offers[self.links[link]]
        if offer.state != "open":
            return OVER[offer.state]
        if self.now >= offer.expires:
            return InvitationExpired
        if offer.link != link:
            return InvitationReplaced
        if not self.comes_in(offer.company):
            return InvitationOver
        return None if self.stands_by(offer) else InviterLacksRight

    def stands_by(self, offer: Offer) -> bool:
        """Whether who invited may still grant what is offered."""
        if not self.known(offer.company, offer.roles):
            return False
        if offer.by is None:
            return True
        if not self.counts(offer.by, offer.company):
            return False
        held = self.grants(offer.company, self.members[offer.by, offer.company].roles)
        wanted = {**self.grants(offer.company, offer.roles), Permission.MANAGE_USERS: ALL}
        return reaches(held, wanted)

    def accept(self, link: str) -> Refusal:
        """Accept an offer."""
        refused = self.opens(link)
        offer = self.offers[self.links[link]]
        if refused is None and self.there(offer.person, offer.company):
            refused = AlreadyMember
        if refused is None:
            offer.state = "accepted"
            self.join(offer.company, offer.person, offer.roles)
            if offer.person not in self.logins:
                self.logins.append(offer.person)
        return refused

    # Requests -----------------------------------------------------------------------------------

    def approve(self, by: str, company: str, person: str, roles: frozenset[str]) -> Refusal:
        """Let somebody join who asks for it."""
        if not self.known(company, roles):
            return InvalidFields
        if not self.covers(company, by, roles):
            return BeyondOwnRights
        if person not in self.requests[company]:
            return RegistrationNotFound
        if self.there(person, company):
            return AlreadyMember
        self.join(company, person, roles)
        return None


def reaches(held: Grants, wanted: Grants) -> bool:
    """Whether what is held goes as far as what is wanted."""
    return all(held.get(one, 0) >= far for one, far in wanted.items())
