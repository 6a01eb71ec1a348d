"""What "TradeLinePro" promises: a portal's own master data, and persons apart from companies."""

from __future__ import annotations

import attrs
import pytest

from custaccount import Conflict, Guest, InvalidFields, Language
from custaccount.credentials import SessionOver
from custaccount.customers import Customer
from custaccount.facilities.fields import Choice, FieldKind, FieldSchema, FieldSpec, check
from custaccount.kernel.access import FeatureOff, PermissionMissing
from custaccount.kernel.features import GUEST_ORDERS, REORDER, Feature
from custaccount.kernel.ids import CustomerGroupId, FeatureKey, SessionToken
from custaccount.membership import VIEWER, Level
from custaccount.portals import AccountKind, Policies
from custaccount.portals.model import MASTER_DATA
from custaccount.registration import RegisterQuery
from custaccount.storage import Storage
from tests.house import ALICE, BOB, PASSWORD, Shop, build, open_nord
from tests.registration.people import ANSWERS, NINA, OTTO, activate, arrived, decide

TRADE = FieldSpec(
    key="trade",
    kind=FieldKind.CHOICE,
    required=True,
    labels={
        Language.DE: "Gewerk",
        Language.EN: "Trade",
        Language.FR: "Métier",
        Language.NL: "Vak",
        Language.SV: "Yrke",
    },
    choices=tuple(
        Choice(value=value, labels=dict.fromkeys(Language, value)) for value in ("wood", "steel")
    ),
    companies_only=True,
)
VAT_ID = FieldSpec(key="vat_id", kind=FieldKind.VAT_ID, required=True, companies_only=True)
ANNA = {
    "company": " Tischlerei Brandhorst ",
    "name": "Anna Brandhorst",
    "phone": "0441 779090",
    "street": "Hafenstraße 4",
    "postal_code": "D-26133",
    "town": "Oldenburg",
    "country": "de",
    "vat_id": "136 695 976",
    "trade": "wood",
}


def test_r4_a_portal_says_which_master_data_is_asked_and_how_it_is_checked(nord: Shop) -> None:
    """Required or not, by kind of account; every error at its field, all at once."""
    policies = Policies(
        account_kinds=tuple(AccountKind), fields=FieldSchema((*MASTER_DATA, VAT_ID, TRADE))
    )
    nord.house.accounts.portal_desk.change(
        nord.staff, nord.portal.id, version=nord.portal.version, policies=policies
    )

    portal = nord.house.accounts.portals.at_number("00815")
    form = portal.policies.asked_of(AccountKind.COMPANY)
    labels = [field.label(Language.SV) for field in form if field.required]

    assert labels[-1] == "Yrke"
    assert check(form, ANNA) == {
        **ANNA,
        "company": "Tischlerei Brandhorst",
        "phone": "+49441779090",
        "postal_code": "26133",
        "country": "DE",
        "vat_id": "DE136695976",
    }
    with pytest.raises(InvalidFields) as refused:
        check(
            form,
            {
                **ANNA,
                "company": "",
                "phone": "call me",
                "postal_code": "2613",
                "vat_id": "DE136695977",
                "trade": "gold",
                "role": "administrator",
            },
        )
    assert [(problem.field, problem.code) for problem in refused.value.problems] == [
        ("company", "fields.required"),
        ("phone", "phone.invalid"),
        ("postal_code", "postal_code.invalid"),
        ("vat_id", "vat_id.invalid"),
        ("trade", "fields.not_offered"),
        ("role", "fields.unknown"),
    ]


def test_r4_a_person_is_asked_less_and_another_portal_other_things(nord: Shop, sued: Shop) -> None:
    """What only companies are asked, a person can't even send; the other seller asks as before."""
    policies = Policies(
        account_kinds=tuple(AccountKind), fields=FieldSchema((*MASTER_DATA, VAT_ID, TRADE))
    )
    nord.house.accounts.portal_desk.change(
        nord.staff, nord.portal.id, version=nord.portal.version, policies=policies
    )
    portals = nord.house.accounts.portals
    persons = portals.at_number("00815").policies.asked_of(AccountKind.PERSONAL)
    person = {key: value for key, value in ANNA.items() if persons.find(key)}

    assert check(persons, person)["name"] == "Anna Brandhorst"
    with pytest.raises(InvalidFields) as refused:
        check(persons, ANNA)
    assert [problem.field for problem in refused.value.problems] == ["company", "vat_id", "trade"]
    assert sued.portal.policies.fields == MASTER_DATA
    assert portals.at_number("00816") == sued.portal


def test_r4_a_schema_that_contradicts_itself_is_refused(nord: Shop) -> None:
    """When it is made, with every problem at once: nobody meets a form that can't be sent."""
    fields = FieldSchema(
        (
            FieldSpec(key="company"),
            FieldSpec(key="postal_code", kind=FieldKind.POSTAL_CODE),
            attrs.evolve(TRADE, choices=(), labels={}),
        )
    )

    with pytest.raises(InvalidFields) as refused:
        nord.house.accounts.portal_desk.change(
            nord.staff,
            nord.portal.id,
            version=nord.portal.version,
            policies=Policies(fields=fields),
        )

    assert [problem.field for problem in refused.value.problems] == [
        "policies.fields.trade",
        "policies.fields.trade",
        "policies.fields.country",
        "policies.fields.company",
    ]


# R5 · Persons and companies ---------------------------------------------------------------------


def invited(shop: Shop, email: str, by: str) -> None:
    """Let somebody come in for the customer another user acts for."""
    accounts, customer = shop.house.accounts, shop.member(by).customer
    accounts.member_desk.invite(shop.staff, shop.portal.id, customer, email=email)
    accounts.invited.activate(shop.guest, shop.house.token_for(email), PASSWORD)


def test_r5_a_company_has_any_number_of_users_who_share_its_data(shop: Shop) -> None:
    """Two logins, one account: what one changes of the company, the other sees."""
    arrived(shop, NINA)
    invited(shop, OTTO, by=NINA)
    nina, otto, company = shop.member(NINA), shop.member(OTTO), shop.house.accounts.company
    assert nina.user != otto.user
    assert nina.customer == otto.customer

    seen = company.look(nina)
    company.change(nina, {**seen.answers, "town": "Kiel"}, version=seen.version)

    assert company.look(otto).answers["town"] == "Kiel"


def test_r5_a_persons_data_is_its_own(shop: Shop) -> None:
    """Name and telephone belong to the login, not to the company."""
    arrived(shop, NINA)
    invited(shop, OTTO, by=NINA)
    profile, nina = shop.house.accounts.profile, shop.person(NINA)

    profile.change(nina, name="Nina N.", phone="", version=profile.look(nina).version)

    assert profile.look(shop.person(OTTO)).name != "Nina N."


PERSON = {
    "name": "Nina New",
    "street": "Weg 1",
    "postal_code": "20095",
    "town": "Hamburg",
    "country": "DE",
}


def test_r5_a_personal_account_has_one_person(shop: Shop) -> None:
    """Named after the person; nobody else can be asked in."""
    shop.house.accounts.registering.register(
        shop.guest, email=NINA, answers=PERSON, kind=AccountKind.PERSONAL
    )
    activate(shop, shop.house.token_for(NINA))

    company = shop.house.accounts.company.look(shop.member(NINA))
    assert (company.kind, company.answers["company"]) == (AccountKind.PERSONAL, "Nina New")
    with pytest.raises(Conflict):
        invited(shop, OTTO, by=NINA)


def test_r5_of_two_who_are_asked_in_the_first_one_is_the_person(shop: Shop) -> None:
    """Staff invited two addresses of a person who has no login yet."""
    accounts, guest = shop.house.accounts, shop.guest
    nina = accounts.new_customers.add(
        shop.staff, shop.portal.id, answers=PERSON, kind=AccountKind.PERSONAL
    )
    for email in (NINA, OTTO):
        accounts.member_desk.invite(shop.staff, shop.portal.id, nina.id, email=email)
    first, second = shop.house.token_for(NINA), shop.house.token_for(OTTO)

    accounts.invited.activate(guest, first, PASSWORD)
    with pytest.raises(Conflict):
        accounts.invited.activate(guest, second, PASSWORD)

    assert shop.member(NINA).customer == nina.id
    assert len(accounts.member_desk.users(shop.staff, nina.id)) == 1


# M4 · Groups and functions ----------------------------------------------------------------------


def test_m4_staff_make_groups_and_tick_customers_into_them(nord: Shop) -> None:
    """A customer may be in several; the order is the one staff gave."""
    accounts, acme = nord.house.accounts, nord.customer("E-ACME")
    gold = accounts.group_desk.make(nord.staff, key="gold", name="Gold customers")
    dealers = nord.group("dealers")

    accounts.customer_desk.change(
        nord.staff, acme.id, version=acme.version, groups=[gold.id, dealers]
    )

    assert nord.customer("E-ACME").groups == (gold.id, dealers)
    found = accounts.account_desk.search(nord.staff, RegisterQuery(group=gold.id)).items
    assert [one.customer.name for one in found] == ["Acme Ltd"]
    with pytest.raises(Conflict):
        accounts.group_desk.make(nord.staff, key="gold", name="Another")
    with pytest.raises(InvalidFields):
        accounts.customer_desk.change(
            nord.staff,
            acme.id,
            version=nord.customer("E-ACME").version,
            groups=[CustomerGroupId("nobody's")],
        )


def test_m4_functions_are_switched_per_portal_group_and_customer(nord: Shop) -> None:
    """Whoever is nearest to the customer decides, and staff see who that is."""
    nord.activate(ALICE)
    nord.activate(BOB)
    accounts, portal = nord.house.accounts, nord.portal.id
    acme, beta = nord.customer("E-ACME"), nord.customer("E-BETA")
    dealers = next(one for one in accounts.group_desk.all(nord.staff) if one.key == "dealers")

    def reordering(customer: Customer) -> tuple[bool, Level]:
        answers = accounts.access_desk.features(nord.staff, portal, customer.id)
        answer = next(one for one in answers if one.feature == REORDER)
        return answer.on, answer.level

    assert reordering(acme) == (True, Level.DEFAULT)
    decide(nord, features={REORDER: False})
    assert reordering(acme) == (False, Level.PORTAL)
    accounts.group_desk.change(
        nord.staff, dealers.id, version=dealers.version, features={REORDER: True}
    )
    assert (reordering(acme), reordering(beta)) == ((True, Level.GROUP), (False, Level.PORTAL))
    assert accounts.reorder.cart(nord.member(ALICE)) == ()
    with pytest.raises(FeatureOff):
        accounts.reorder.cart(nord.member(BOB))

    acme = nord.customer("E-ACME")
    accounts.customer_desk.change(
        nord.staff, acme.id, version=acme.version, features={REORDER: False}
    )
    assert reordering(acme) == (False, Level.CUSTOMER)
    with pytest.raises(FeatureOff):
        accounts.reorder.cart(nord.member(ALICE))


def test_m4_both_the_function_and_the_role_must_allow(nord: Shop) -> None:
    """Neither makes up for the other."""
    nord.activate(ALICE)
    accounts = nord.house.accounts
    accounts.users.invite(nord.member(ALICE), email=OTTO, roles=[VIEWER])
    accounts.invited.activate(nord.guest, nord.house.token_for(OTTO), PASSWORD)

    with pytest.raises(PermissionMissing):
        accounts.reorder.cart(nord.member(OTTO))
    decide(nord, features={REORDER: False})
    with pytest.raises(FeatureOff):
        accounts.reorder.cart(nord.member(ALICE))


def test_m4_guests_have_a_stated_set_of_functions(shop: Shop) -> None:
    """The portal may take one away; no portal gives them more."""
    accounts = shop.house.accounts
    assert shop.guest.features == {GUEST_ORDERS}
    accounts.new_customers.from_order(shop.guest, email=NINA, answers=ANSWERS)

    portal = decide(shop, features={GUEST_ORDERS: False, REORDER: True})

    visitor = accounts.portals.guest(portal)
    assert visitor.features == frozenset()
    with pytest.raises(FeatureOff):
        accounts.new_customers.from_order(visitor, email=OTTO, answers=ANSWERS)


def test_m4_a_shop_switches_functions_of_its_own(storage: Storage) -> None:
    """Declared where the house is wired; everybody who acts carries what is on."""
    quick = Feature(key=FeatureKey("quick_view"), name="Quick view", on=False)
    shop = open_nord(build(storage, features=[quick]))
    shop.activate(ALICE)
    assert quick.key not in shop.member(ALICE).features

    acme = shop.customer("E-ACME")
    shop.house.accounts.customer_desk.change(
        shop.staff, acme.id, version=acme.version, features={quick.key: True}
    )

    assert quick.key in shop.member(ALICE).features


# R12 · Guests and registered users --------------------------------------------------------------


def test_r12_registered_is_who_is_signed_in_everybody_else_is_a_guest(nord: Shop) -> None:
    """Whoever has an account is a guest until there is a session, and again after it."""
    nord.activate(ALICE)
    accounts, guest = nord.house.accounts, nord.guest
    assert isinstance(guest, Guest)
    for nothing in ("", "made up"):
        with pytest.raises(SessionOver):
            accounts.sessions.resume(guest, SessionToken(nothing))

    token = nord.sign_in(ALICE)
    assert accounts.acting.member(accounts.sessions.resume(guest, token)).user
    accounts.sessions.end(guest, token)

    with pytest.raises(SessionOver):
        accounts.sessions.resume(guest, token)


def test_r12_what_a_registered_user_does_names_the_person_and_the_company(shop: Shop) -> None:
    """What a guest does names nobody."""
    arrived(shop, NINA)
    nina, accounts = shop.member(NINA), shop.house.accounts
    depot = {"company": "Depot", "street": "Tor 2", "postal_code": "1010"}
    address = accounts.address_book.add(nina, {**depot, "town": "Wien", "country": "AT"})

    (added,) = accounts.audit.latest(shop.staff, about=address.id).items
    trail = accounts.audit.latest(shop.staff).items
    registered = next(one for one in trail if one.event == "registration.registered")

    assert (added.stamp.by, added.stamp.customer) == (nina.user, nina.customer)
    assert (registered.stamp.by, registered.stamp.customer) == (None, None)
