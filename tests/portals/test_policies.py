"""What a portal decides: bounds, contradictions, and what staff may change while it runs."""

from __future__ import annotations

import json
from datetime import timedelta

import attrs
import pytest

from custaccount import Currency, InvalidFields, Language, NotAllowed, NotFound, Permission
from custaccount.adapters import wire
from custaccount.facilities.fields import Choice, FieldKind, FieldSchema, FieldSpec
from custaccount.kernel.access import FeatureOff
from custaccount.kernel.errors import Conflict, Stale
from custaccount.kernel.events import Change
from custaccount.kernel.features import GUEST_ORDERS, REORDER, TRAIL
from custaccount.kernel.ids import FeatureKey, PortalId, RangeKey
from custaccount.kernel.text import EmailAddress
from custaccount.portals import (
    AccountKind,
    ActivationMode,
    CustomerStatus,
    LoginId,
    Policies,
    Portal,
    RegistrationMode,
)
from custaccount.portals.model import MASTER_DATA
from custaccount.portals.rules import LIFETIMES, checked
from custaccount.portals.statuses import ALL_ON
from tests.house import EUR, OTHER_PASSWORD, PASSWORD, Shop, everything_in, how_often
from tests.portals.test_model import PORTAL, problems_of

WEB = RangeKey("web")
OPEN = Policies(registration=RegistrationMode.OPEN, number_range=WEB)
OFFICE = EmailAddress.parse("office@nord.example")
SIZE = FieldSpec(
    key="size",
    kind=FieldKind.CHOICE,
    choices=(Choice(value="s", labels={Language.DE: "klein", Language.SV: "liten"}),),
    labels={Language.DE: "Größe", Language.SV: "Storlek"},
)


def problems_with(policies: Policies) -> list[str]:
    """Name what does not hold of some policies."""
    return [
        field.removeprefix("policies.")
        for field in problems_of(attrs.evolve(PORTAL, policies=policies))
    ]


def without(*keys: str) -> FieldSchema:
    """Leave some of the master data out."""
    return FieldSchema(tuple(field for field in MASTER_DATA if field.key not in keys))


# Bounds and contradictions ----------------------------------------------------------------------


@pytest.mark.parametrize("name", LIFETIMES)
def test_a_lifetime_holds_at_its_bounds_and_not_beyond(name: str) -> None:
    """The shortest and the longest are allowed, a microsecond more is not."""
    shortest, longest = LIFETIMES[name]
    idle = {"session_idle": shortest} if name == "session_longest" else {}
    wide = {"session_longest": longest} if name == "session_idle" else {}
    moment = timedelta(microseconds=1)

    for value in (shortest, longest):
        checked(attrs.evolve(PORTAL, policies=Policies(**{**idle, **wide, name: value})))  # type: ignore[arg-type]
    for value in (shortest - moment, longest + moment):
        assert name in problems_with(Policies(**{**idle, **wide, name: value}))  # type: ignore[arg-type]


def test_the_defaults_are_those_of_the_parameter_table() -> None:
    """Only who is invited may come in; nothing else is needed for a portal to work."""
    policies = Policies()

    assert checked(attrs.evolve(PORTAL, policies=policies)).policies == policies
    assert policies.registration is RegistrationMode.INVITATION
    assert policies.activation is ActivationMode.MAILED_LINK
    assert policies.login is LoginId.MAIL
    assert policies.staff_password_lifetime == timedelta(hours=24)
    assert policies.invitation_lifetime == timedelta(days=7)
    assert policies.mail_change_lifetime == timedelta(hours=1)
    assert policies.mail_undo_lifetime == timedelta(hours=72)
    assert policies.fresh_sign_in == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("policies", "field"),
    [
        (attrs.evolve(OPEN, activation=ActivationMode.STAFF_PASSWORD), "activation"),
        (attrs.evolve(OPEN, number_range=None), "number_range"),
        (Policies(registration=RegistrationMode.RELEASED), "number_range"),
        (Policies(number_range=RangeKey("Web Shop")), "number_range"),
        (Policies(link_existing=True), "link_existing"),
        (
            Policies(
                registration=RegistrationMode.RELEASED,
                activation=ActivationMode.STAFF_PASSWORD,
                number_range=WEB,
                link_existing=True,
            ),
            "link_existing",
        ),
        (attrs.evolve(OPEN, ask_second_proof=True), "ask_second_proof"),
        (Policies(account_kinds=()), "account_kinds"),
        (Policies(account_kinds=(AccountKind.COMPANY,) * 2), "account_kinds"),
        (Policies(tell_staff=(OFFICE, OFFICE)), "tell_staff"),
        (
            Policies(tell_staff=tuple(EmailAddress.parse(f"{n}@nord.example") for n in range(11))),
            "tell_staff",
        ),
        (Policies(fields=without("company")), "fields.company"),
        (
            Policies(fields=FieldSchema((FieldSpec(key="company"), *without("company")))),
            "fields.company",
        ),
        (Policies(account_kinds=(AccountKind.PERSONAL,), fields=without("name")), "fields.name"),
        (
            Policies(
                account_kinds=(AccountKind.COMPANY, AccountKind.PERSONAL),
                fields=FieldSchema((FieldSpec(key="company", required=True), *without("company"))),
            ),
            "fields.company",
        ),
        (Policies(fields=without("country")), "fields.country"),
        (Policies(fields=FieldSchema((*MASTER_DATA, *MASTER_DATA))), "fields"),
        (
            Policies(fields=FieldSchema((*MASTER_DATA, attrs.evolve(SIZE, labels={})))),
            "fields.size",
        ),
    ],
)
def test_policies_that_contradict_themselves_are_refused(policies: Policies, field: str) -> None:
    """Each with its own field, before anything is kept."""
    assert problems_with(policies) == [field]


@pytest.mark.parametrize(
    "policies",
    [
        OPEN,
        attrs.evolve(OPEN, link_existing=True, ask_second_proof=True, tell_staff=(OFFICE,)),
        attrs.evolve(OPEN, account_kinds=(AccountKind.PERSONAL, AccountKind.COMPANY)),
        Policies(
            registration=RegistrationMode.RELEASED,
            activation=ActivationMode.STAFF_PASSWORD,
            login=LoginId.CUSTOMER_NUMBER,
            number_range=WEB,
        ),
        Policies(account_kinds=(AccountKind.PERSONAL,), fields=without("company")),
    ],
)
def test_policies_without_a_contradiction_hold(policies: Policies) -> None:
    """Each of the ways a portal may be run."""
    assert checked(attrs.evolve(PORTAL, policies=policies)).policies is policies


def test_each_kind_of_account_is_asked_its_own_fields() -> None:
    """A person is not asked for a company."""
    policies = Policies(account_kinds=tuple(AccountKind))

    assert policies.asked_of(AccountKind.COMPANY) == MASTER_DATA
    assert policies.asked_of(AccountKind.PERSONAL) == without("company")


# Outside ----------------------------------------------------------------------------------------


def test_policies_come_back_as_they_were() -> None:
    """Through plain JSON, with labels, choices and addresses."""
    policies = attrs.evolve(
        OPEN,
        account_kinds=tuple(AccountKind),
        fields=FieldSchema((*MASTER_DATA, SIZE)),
        tell_staff=(OFFICE,),
        mail_undo_lifetime=timedelta(days=5, microseconds=1),
    )

    text = wire.write(policies)

    assert wire.read(text, Policies) == policies
    assert json.loads(text)["number_range"] == "web"


def test_a_row_that_was_written_before_there_were_these_policies_is_read() -> None:
    """What it lacks has its default; what it has and nobody knows any more is passed over."""
    older = (
        '{"password_shortest":14,"activation_lifetime":"172800.0","reset_lifetime":"3600.0",'
        '"session_idle":"3600.0","session_longest":"43200.0","forgotten":"1"}'
    )

    assert wire.read(older, Policies) == Policies(password_shortest=14)


# Changing a portal while it runs ----------------------------------------------------------------


def reserve(shop: Shop, key: RangeKey = WEB) -> None:
    """Set numbers aside."""
    shop.house.accounts.number_desk.reserve(
        shop.staff, key=key, prefix="W", width=5, first=1, last=99_999, warn_at=10
    )


def change(shop: Shop, **wanted: object) -> Portal:
    """Let staff change their portal."""
    desk = shop.house.accounts.portal_desk
    portal = desk.get(shop.staff, shop.portal.id)
    return desk.change(shop.staff, portal.id, version=portal.version, **wanted)  # type: ignore[arg-type]


def test_staff_change_what_a_portal_is_called_offers_and_decides(nord: Shop) -> None:
    """All of it at once; what is left out stays, the addresses always do."""
    reserve(nord)
    before = nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id)

    after = change(
        nord,
        name="Nordversand",
        languages=[Language.SV, Language.DE],
        currency=Currency("SEK"),
        time_zone="Europe/Stockholm",
        policies=OPEN,
    )

    assert after == attrs.evolve(
        before,
        name="Nordversand",
        languages=(Language.SV, Language.DE),
        currency=Currency("SEK"),
        time_zone="Europe/Stockholm",
        policies=OPEN,
        version=before.version + 1,
    )
    assert nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id) == after
    assert change(nord, name="Nord").policies == OPEN


def test_a_change_is_told_before_and_after_without_personal_data(nord: Shop) -> None:
    """Of who is mailed only that it changed; of the fields which are asked."""
    desk = nord.house.accounts.portal_desk
    desk.change(
        nord.staff,
        nord.portal.id,
        version=desk.get(nord.staff, nord.portal.id).version,
        name="Nordversand",
        policies=Policies(
            tell_staff=(OFFICE,),
            fresh_sign_in=timedelta(minutes=5),
            fields=FieldSchema((*MASTER_DATA.fields[:2], *MASTER_DATA.fields[3:])),
        ),
    )

    entry = nord.house.accounts.audit.latest(nord.staff).items[0]
    assert entry.event == "portals.changed"
    assert set(entry.changes) == {
        Change(field="name", before=nord.portal.name, after="Nordversand"),
        Change(field="policies.fresh_sign_in", before="0:15:00", after="0:05:00"),
        Change(field="policies.tell_staff"),
        Change(
            field="policies.fields",
            before="company*, name*, phone, street*, postal_code*, town*, country*",
            after="company*, name*, street*, postal_code*, town*, country*",
        ),
    }
    assert "office" not in repr(entry)


def test_a_change_that_does_not_hold_changes_nothing(nord: Shop) -> None:
    """With every problem at once."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as refused:
        change(
            nord,
            name=" ",
            languages=[],
            currency=Currency("euro"),
            time_zone="Mars",
            policies=Policies(
                registration=RegistrationMode.OPEN,
                activation=ActivationMode.STAFF_PASSWORD,
                number_range=RangeKey("nowhere"),
                fresh_sign_in=timedelta(hours=2),
            ),
        )

    assert [problem.field for problem in refused.value.problems] == [
        "name",
        "languages",
        "currency",
        "time_zone",
        "policies.fresh_sign_in",
        "policies.activation",
        "policies.number_range",
    ]
    assert everything_in(nord.house.storage) == before


def test_who_read_an_older_version_is_told_so(nord: Shop) -> None:
    """Two colleagues have the page open: the second one's save overwrites nothing."""
    seen = nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id)
    first = change(nord, name="First")

    with pytest.raises(Stale) as refused:
        nord.house.accounts.portal_desk.change(
            nord.staff, nord.portal.id, version=seen.version, name="Second"
        )

    assert isinstance(refused.value, Conflict)
    assert (refused.value.kind, refused.value.id) == ("portal", nord.portal.id)
    assert nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id) == first


def test_a_change_to_what_is_there_changes_and_tells_nothing(nord: Shop) -> None:
    """The version stays."""
    before = how_often(nord.house.storage, "portals.changed")

    assert change(nord, name=nord.portal.name).version == nord.portal.version
    assert how_often(nord.house.storage, "portals.changed") == before


def test_a_number_range_is_one_of_the_realm(nord: Shop, sued: Shop) -> None:
    """Another seller's is not known, neither to a change nor to a new portal."""
    reserve(sued)

    for call in (
        lambda: change(nord, policies=OPEN),
        lambda: nord.house.accounts.portal_desk.create(
            nord.staff,
            key="web",
            name="Web",
            languages=[Language.DE],
            currency=EUR,
            path="/web",
            policies=OPEN,
        ),
    ):
        with pytest.raises(InvalidFields) as refused:
            call()
        assert [problem.field for problem in refused.value.problems] == ["policies.number_range"]

    assert change(sued, policies=OPEN).policies.number_range == WEB


def test_a_change_locks_nobody_out_and_ends_nothing_open(nord: Shop) -> None:
    """Who has registered still needs a number of the range."""
    reserve(nord)
    change(nord, policies=attrs.evolve(OPEN, login=LoginId.CUSTOMER_NUMBER))

    with pytest.raises(InvalidFields) as refused:
        change(nord, policies=Policies())

    assert [problem.field for problem in refused.value.problems] == ["policies.number_range"]
    closed = Policies(login=LoginId.CUSTOMER_NUMBER, number_range=WEB)
    assert change(nord, policies=closed).policies == closed


def test_a_longer_minimum_is_for_new_passwords(nord: Shop) -> None:
    """Who has a shorter one signs in as before; the next one has to be longer."""
    nord.activate("alice@acme.example")
    change(nord, policies=Policies(password_shortest=len(PASSWORD) + 1))

    assert nord.sign_in("alice@acme.example")

    nord.house.clock.advance(timedelta(seconds=1))
    reset = nord.house.accounts.password_reset
    reset.request(nord.guest, "alice@acme.example")
    token = nord.house.token_for("alice@acme.example")
    with pytest.raises(InvalidFields):
        reset.set_password(nord.guest, token, PASSWORD)
    reset.set_password(nord.guest, token, OTHER_PASSWORD * 2)


def test_a_link_keeps_the_expiry_it_was_made_with(nord: Shop) -> None:
    """Though the portal gives new ones five minutes only."""
    first = nord.house.accounts.first_sign_in
    first.request(nord.guest, "alice@acme.example")
    token = nord.house.token_for("alice@acme.example")
    change(nord, policies=Policies(activation_lifetime=timedelta(minutes=5)))

    nord.house.clock.advance(timedelta(hours=47))

    first.activate(nord.guest, token, PASSWORD)
    assert nord.sign_in("alice@acme.example")


def test_who_reads_a_language_that_is_gone_gets_the_first_one(nord: Shop) -> None:
    """Nobody is locked out for it, and mails go on."""
    change(nord, languages=[Language.EN])
    portals = nord.house.accounts.portals
    portal = nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id)

    guest = portals.guest(portal, Language.DE)

    assert guest.language is Language.EN
    nord.house.accounts.first_sign_in.request(guest, "alice@acme.example")
    assert nord.house.token_for("alice@acme.example")


def test_functions_and_statuses_are_told_switch_by_switch(nord: Shop) -> None:
    """The trail says which function was switched, and what a status allows from now on."""
    held = attrs.evolve(ALL_ON, see_prices=False, order=False)
    change(
        nord,
        policies=Policies(
            features={REORDER: False, TRAIL: True}, switches={CustomerStatus.ON_HOLD: held}
        ),
    )

    assert newest_change(nord) == (
        Change(field="policies.features.reorder", before=None, after="off"),
        Change(field="policies.features.trail", before=None, after="on"),
        Change(field="policies.switches.on hold.see_prices", before="yes", after="no"),
    )

    nord.house.clock.advance(timedelta(seconds=1))
    change(nord, policies=Policies(features={TRAIL: False}))

    assert newest_change(nord) == (
        Change(field="policies.features.reorder", before="off", after=None),
        Change(field="policies.features.trail", before="on", after="off"),
        Change(field="policies.switches.on hold.see_prices", before="no", after="yes"),
    )


def newest_change(shop: Shop) -> tuple[Change, ...]:
    """Read what the trail tells of the newest change of the portal."""
    entries = shop.house.accounts.audit.latest(shop.staff, about=shop.portal.id).items
    return next(entry.changes for entry in entries if entry.event == "portals.changed")


@pytest.mark.parametrize(
    ("policies", "field"),
    [
        (Policies(features={FeatureKey("nothing"): True}), "policies.features"),
        (Policies(features={REORDER: "off"}), "policies.features"),  # type: ignore[dict-item]
        (
            Policies(switches={CustomerStatus.ACTIVE: attrs.evolve(ALL_ON, order=False)}),
            "policies.switches.active",
        ),
    ],
)
def test_no_portal_switches_what_is_not_there_or_has_to_be_on(
    nord: Shop, policies: Policies, field: str
) -> None:
    """Only known functions, on or off; an active customer may everything; nothing is kept."""
    before = everything_in(nord.house.storage)

    with pytest.raises(InvalidFields) as refused:
        change(nord, policies=policies)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert everything_in(nord.house.storage) == before


def test_guests_get_what_the_portal_offers_them(nord: Shop) -> None:
    """Of their stated set what is on; nothing else, whatever the portal switches on."""
    assert nord.guest.features == {GUEST_ORDERS}

    change(nord, policies=Policies(features={GUEST_ORDERS: False, REORDER: True}))

    portal = nord.house.accounts.portal_desk.get(nord.staff, nord.portal.id)
    guest = nord.house.accounts.portals.guest(portal)
    assert guest.features == frozenset()
    with pytest.raises(FeatureOff):
        nord.house.accounts.new_customers.from_order(guest, email="new@new.example", answers={})


def test_a_portal_of_nobodys_is_not_found(nord: Shop, sued: Shop) -> None:
    """Nor is another realm's."""
    desk = nord.house.accounts.portal_desk
    for portal in (PortalId("nothing"), sued.portal.id):
        with pytest.raises(NotFound):
            desk.get(nord.staff, portal)
        with pytest.raises(NotFound):
            desk.change(nord.staff, portal, version=1, name="x")


def test_who_lacks_the_permission_reads_and_changes_nothing(nord: Shop) -> None:
    """Each verb asks first."""
    desk = nord.house.accounts.portal_desk
    lacking = attrs.evolve(
        nord.staff, permissions=nord.staff.permissions - {Permission.MANAGE_PORTALS}
    )

    for verb in (
        lambda: desk.get(lacking, nord.portal.id),
        lambda: desk.change(lacking, nord.portal.id, version=1, name="x"),
    ):
        with pytest.raises(NotAllowed):
            verb()
