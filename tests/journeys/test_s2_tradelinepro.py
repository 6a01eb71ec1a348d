"""What "TradeLinePro" promises: each portal asks its own master data and checks it."""

from __future__ import annotations

import attrs
import pytest

from custaccount import InvalidFields, Language
from custaccount.facilities.fields import Choice, FieldKind, FieldSchema, FieldSpec, check
from custaccount.portals import AccountKind, Policies
from custaccount.portals.model import MASTER_DATA
from tests.house import Shop

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
