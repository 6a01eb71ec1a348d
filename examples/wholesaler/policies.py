"""What Möwenkontor's portals decide: who comes in how, and what is asked."""

from __future__ import annotations

from custaccount.facilities.fields import Choice, FieldKind, FieldSchema, FieldSpec
from custaccount.kernel.i18n import Language
from custaccount.portals import (
    AccountKind,
    ActivationMode,
    LoginId,
    Policies,
    RegistrationMode,
)
from custaccount.portals.model import MASTER_DATA

EN, DE, FR, NL, SV = Language.EN, Language.DE, Language.FR, Language.NL, Language.SV

RANGE = "web"
"""Where who registers gets a customer number from."""

TRADE = FieldSpec(
    key="trade",
    kind=FieldKind.CHOICE,
    companies_only=True,
    labels={
        EN: "Your trade",
        DE: "Ihr Gewerk",
        FR: "Votre métier",
        NL: "Uw vak",
        SV: "Ert yrke",
    },
    choices=(
        Choice(
            value="joinery",
            labels={
                EN: "Joinery",
                DE: "Tischlerei",
                FR: "Menuiserie",
                NL: "Timmerwerk",
                SV: "Snickeri",
            },
        ),
        Choice(
            value="building",
            labels={EN: "Building", DE: "Hochbau", FR: "Bâtiment", NL: "Bouw", SV: "Bygg"},
        ),
        Choice(
            value="electrics",
            labels={EN: "Electrics", DE: "Elektro", FR: "Électricité", NL: "Elektra", SV: "El"},
        ),
    ),
)
"""A field of the seller's own."""
VAT_ID = FieldSpec(key="vat_id", kind=FieldKind.VAT_ID, companies_only=True)

DOOR = Policies(
    registration=RegistrationMode.OPEN,
    account_kinds=(AccountKind.COMPANY, AccountKind.PERSONAL),
    fields=FieldSchema((*MASTER_DATA, VAT_ID, TRADE)),
    number_range=RANGE,
    link_existing=True,
    ask_second_proof=True,
)
"""Whoever proves a mail address comes in; whom the register knows shows an invoice, too."""

PARTNERS = Policies(
    registration=RegistrationMode.RELEASED,
    fields=FieldSchema((*MASTER_DATA, TRADE)),
    activation=ActivationMode.STAFF_PASSWORD,
    login=LoginId.CUSTOMER_NUMBER,
    number_range=RANGE,
)
"""Staff let people in, hand them a password, and they sign in with their customer number."""
