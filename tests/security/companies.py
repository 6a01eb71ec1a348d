"""Companies with several users: whom they have, and who acts for which."""

from __future__ import annotations

from custaccount import Member
from custaccount.credentials import Session
from custaccount.kernel.ids import MembershipId, RoleId
from custaccount.kernel.scope import CustomerScope
from custaccount.kernel.text import EmailAddress
from custaccount.membership import ADMINISTRATOR, BUYER, Membership
from tests.house import ALICE, BOB, PASSWORD, NoLimits, Shop, build, open_nord

ACME, BETA = "E-ACME", "E-BETA"
BERT, CARL, DORA = "bert@acme.example", "carl@acme.example", "dora@acme.example"


def scope_of(shop: Shop, erp_id: str) -> CustomerScope:
    """Name everything of a customer."""
    return CustomerScope(shop.realm, shop.customer(erp_id).id)


def hire(shop: Shop, email: str, *roles: RoleId, erp_id: str = ACME) -> MembershipId:
    """Let staff invite somebody, who accepts, with a login or without."""
    accounts, customer = shop.house.accounts, shop.customer(erp_id).id
    accounts.member_desk.invite(
        shop.staff, shop.portal.id, customer, email=email, name=email, roles=roles or [BUYER]
    )
    token = shop.house.token_for(email)
    with shop.house.storage.reading() as view:
        known = view.users.find_by_email(shop.scope, EmailAddress.parse(email))
    if known is None:
        accounts.invited.activate(shop.guest, token, PASSWORD)
    else:
        accounts.invited.accept(shop.person(email), token)
    return membership_of(shop, email, erp_id).id


def membership_of(shop: Shop, email: str, erp_id: str = ACME) -> Membership:
    """Look a membership up."""
    scope, user = scope_of(shop, erp_id), shop.user(email).id
    with shop.house.storage.reading() as view:
        standing = view.memberships.find(scope, user)
    assert standing is not None, f"{email} never acted for {erp_id}"
    return standing.membership


def acting(shop: Shop, email: str, erp_id: str = ACME, *, session: Session | None = None) -> Member:
    """Let a user act for a customer."""
    session = session or shop.session(email)
    return shop.house.accounts.acting.member(session, shop.customer(erp_id).id)


def renewed(shop: Shop, member: Member) -> Member:
    """Make an actor anew, as the next call of its session would."""
    accounts = shop.house.accounts
    with shop.house.storage.reading() as view:
        standing = view.memberships.find(member.scope, member.user)
        portal = view.portals.get(member.scope.of_realm, member.portal)
    assert standing is not None
    return standing.member(portal, accounts.features, member.language)


def administrators(shop: Shop, erp_id: str = ACME) -> list[str]:
    """Name a customer's active administrators."""
    scope = scope_of(shop, erp_id)
    with shop.house.storage.reading() as view:
        lines = view.memberships.of_customer(scope)
    return sorted(line.email.key for line in lines if line.administers and line.email)


def two_companies(storage: object) -> Shop:
    """Open a shop: Alice and Bert administer Acme, Carl buys for it; Bob administers Beta."""
    shop = open_nord(build(storage, limits=NoLimits()))  # type: ignore[arg-type]
    shop.activate(ALICE)
    shop.activate(BOB)
    hire(shop, BERT, ADMINISTRATOR)
    hire(shop, CARL, BUYER)
    return shop
