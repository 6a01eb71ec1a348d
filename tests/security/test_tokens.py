"""Tokens: for one purpose, one realm, one deployment, one use; whatever is wrong is one answer."""

from __future__ import annotations

import ast
import base64
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import custaccount
from custaccount import CustAccountError
from custaccount.accounts import ConfigurationRefused
from custaccount.adapters.memory import MemoryErp
from custaccount.credentials import SessionOver
from custaccount.facilities.signing import SIGNED_LONGEST, Keyring, TokenInvalid
from custaccount.kernel.ids import BearerToken, RealmId
from custaccount.kernel.paging import CursorInvalid
from custaccount.ordering import PlanInvalid
from custaccount.staff import StaffSessionOver
from custaccount.storage import Storage
from tests.house import (
    ALICE,
    BOB,
    GRETA,
    IDA,
    KEY,
    NEWER_KEY,
    OTHER_PASSWORD,
    PASSWORD,
    STAFF_PASSWORD,
    House,
    Shop,
    build,
    everything_in,
    history,
    open_nord,
    open_sued,
    price,
)

REDEEMERS: Mapping[str, tuple[Callable[[Shop, object], object], type[CustAccountError]]] = {
    "activate": (
        lambda shop, token: shop.house.accounts.first_sign_in.activate(shop.guest, token, PASSWORD),
        TokenInvalid,
    ),
    "look at activation": (
        lambda shop, token: shop.house.accounts.first_sign_in.look(shop.guest, token),
        TokenInvalid,
    ),
    "reset": (
        lambda shop, token: shop.house.accounts.password_reset.set_password(
            shop.guest, token, OTHER_PASSWORD
        ),
        TokenInvalid,
    ),
    "look at reset": (
        lambda shop, token: shop.house.accounts.password_reset.look(shop.guest, token),
        TokenInvalid,
    ),
    "session": (
        lambda shop, token: shop.house.accounts.sessions.resume(shop.guest, token),
        SessionOver,
    ),
    "staff session": (
        lambda shop, token: shop.house.accounts.staff_sessions.resume(shop.guest, token),
        StaffSessionOver,
    ),
    "change of a staff password": (
        lambda shop, token: shop.house.accounts.staff_sessions.change_password(
            shop.guest, token, STAFF_PASSWORD, OTHER_PASSWORD
        ),
        StaffSessionOver,
    ),
    "staff reset": (
        lambda shop, token: shop.house.accounts.staff_password_reset.set_password(
            shop.guest, token, OTHER_PASSWORD
        ),
        TokenInvalid,
    ),
    "look at staff reset": (
        lambda shop, token: shop.house.accounts.staff_password_reset.look(shop.guest, token),
        TokenInvalid,
    ),
    "cursor": (
        lambda shop, token: shop.house.accounts.orders.newest(shop.member(ALICE), token),
        CursorInvalid,
    ),
    "plan": (
        lambda shop, token: shop.house.accounts.reorder.commit(shop.member(ALICE), token),
        PlanInvalid,
    ),
}
GOOD_FOR = {
    "activation": {"activate", "look at activation"},
    "reset": {"reset", "look at reset"},
    "session": {"session"},
    "staff session": {"staff session", "change of a staff password"},
    "staff reset": {"staff reset", "look at staff reset"},
    "cursor": {"cursor"},
    "plan": {"plan"},
}


def with_orders(shop: Shop) -> Shop:
    """Let Alice have a login, two pages of orders and a price."""
    shop.activate(ALICE)
    shop.appoint(IDA)
    shop.keep_orders(shop.customer("E-ACME"), history("acme", 51, clock=shop.house.clock))
    listed = shop.price_list("all", [price("X1", "1")])
    shop.house.accounts.price_desk.attach_to_portal(shop.staff, listed, shop.portal.id)
    return shop


@pytest.fixture
def alice_at_nord(memory_storage: Storage) -> Shop:
    """The first seller, in memory, with everything a token can be about."""
    return with_orders(open_nord(build(memory_storage)))


def issued(shop: Shop) -> dict[str, object]:
    """Issue one good token of each kind; Bob's activation, Ida's as staff, the rest Alice's."""
    accounts = shop.house.accounts
    session, staffs = shop.sign_in(ALICE), shop.staff_sign_in(IDA)
    member = accounts.acting.member(accounts.sessions.resume(shop.guest, session))
    accounts.first_sign_in.request(shop.guest, BOB)
    shop.house.clock.advance(timedelta(seconds=1))
    accounts.password_reset.request(shop.guest, ALICE)
    accounts.staff_password_reset.request(shop.guest, IDA)
    newest = accounts.orders.newest(member)
    return {
        "activation": shop.house.token_for(BOB),
        "reset": shop.house.token_for(ALICE),
        "session": session,
        "staff session": staffs,
        "staff reset": shop.house.token_for(IDA),
        "cursor": newest.more,
        "plan": accounts.reorder.plan(member, newest.items[0].id).token,
    }


@pytest.mark.parametrize("kind", GOOD_FOR)
def test_a_token_is_good_for_its_purpose_and_for_nothing_else(
    alice_at_nord: Shop, kind: str
) -> None:
    """Case 54: every kind of token at every redeemer; nothing is used up by trying."""
    token = issued(alice_at_nord)[kind]
    before = everything_in(alice_at_nord.house.storage)
    for name, (redeem, refusal) in REDEEMERS.items():
        if name in GOOD_FOR[kind] or (kind == "reset" and refusal in {CursorInvalid, PlanInvalid}):
            continue  # Alice signs in for those, which ends her own reset link: see below
        with pytest.raises(refusal):
            redeem(alice_at_nord, token)
    changed = {
        name
        for name, rows in everything_in(alice_at_nord.house.storage).items()
        if rows != before[name]
    }
    assert changed <= {"users", "sessions", "posts", "entries"}  # Alice signed in for her cursor

    for name in sorted(GOOD_FOR[kind], key=lambda one: (one[:4] != "look", one[:6] == "change")):
        REDEEMERS[name][0](alice_at_nord, token)


@pytest.mark.parametrize(("name", "refusal"), [("cursor", CursorInvalid), ("plan", PlanInvalid)])
def test_a_reset_link_is_no_cursor_and_no_plan(
    alice_at_nord: Shop, name: str, refusal: type[CustAccountError]
) -> None:
    """Case 54, the rest of the matrix."""
    token = issued(alice_at_nord)["reset"]

    with pytest.raises(refusal):
        REDEEMERS[name][0](alice_at_nord, token)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20), st.sampled_from(["activate", "reset password", "x"]))
def test_a_fingerprint_is_no_signature(text: str, purpose: str) -> None:
    """Case 54: what is kept of an address can't be made into a token about it."""
    keyring = Keyring([KEY], "shop.example")
    realm = RealmId("nord")
    digest = keyring.digest(text, purpose=purpose, realm=realm)

    with pytest.raises(TokenInvalid):
        keyring.read(f"{text}.{digest}", purpose=purpose, realm=realm)


# Realm and deployment (55) ----------------------------------------------------------------------


def test_a_token_of_another_realm_is_no_token(memory_storage: Storage) -> None:
    """Case 55: two realms of one deployment, with the same keys."""
    house = build(memory_storage)
    nord, sued = open_nord(house), open_sued(house)
    house.accounts.first_sign_in.request(sued.guest, GRETA)
    token = house.token_for(GRETA)

    with pytest.raises(TokenInvalid):
        house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)

    house.accounts.first_sign_in.activate(sued.guest, token, PASSWORD)


def test_a_token_of_another_deployment_is_no_token(memory_storage: Storage) -> None:
    """Case 55: two deployments that share the keys, and even the database."""
    nord = open_nord(build(memory_storage))
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    token = nord.house.token_for(ALICE)
    elsewhere = build(memory_storage, base_url="https://staging.shop.example")

    with pytest.raises(TokenInvalid):
        elsewhere.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)

    nord.house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)


# Malformed (56) ---------------------------------------------------------------------------------

ZLIB_BOMB = "." + base64.urlsafe_b64encode(zlib.compress(b"0" * 10_000_000)).decode() + ".sig"
MALFORMED = (
    None,
    0,
    1.5,
    True,
    [],
    ["a"],
    {},
    b"",
    b"bytes",
    object(),
    "x" * 1_000_000,
    "." * 100_000,
    ZLIB_BOMB,
    ".",
    "..",
    "a.b.c",
    "\ud800.x",
    "naïve.token",
    "%00",
)


def refused_everywhere(shop: Shop, token: object) -> None:
    """Give a token to every redeemer: each refuses in its own single way."""
    for name, (redeem, refusal) in REDEEMERS.items():
        if name == "cursor" and token is None:
            continue  # the first page
        with pytest.raises(refusal) as told:
            redeem(shop, token)
        assert str(told.value) == str(refusal())


@pytest.mark.parametrize("token", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_malformed_is_refused_like_any_other(alice_at_nord: Shop, token: object) -> None:
    """Case 56: text, bytes, None, numbers, 1 MB, a leading dot: one typed error, bounded."""
    refused_everywhere(alice_at_nord, token)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.text("._-aA0=", max_size=99)))
def test_no_input_crashes_a_redeemer(alice_at_nord: Shop, token: object) -> None:
    """Case 56: whatever it is."""
    refused_everywhere(alice_at_nord, token)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_change_to_a_good_token_is_good(alice_at_nord: Shop, data: st.DataObject) -> None:
    """Any other character at any place ends it."""
    member = alice_at_nord.member(ALICE)
    newest = alice_at_nord.house.accounts.orders.newest
    good = newest(member).more
    assert good is not None
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters().filter(lambda char: char != good[place]))
    changed = good[:place] + other + good[place + 1 :]

    if changed.rstrip("=") == good or place == len(good) - 1:
        return  # the last base64 character has two bits that mean nothing
    with pytest.raises(CursorInvalid):
        newest(member, changed)  # type: ignore[arg-type]


def test_what_is_too_long_is_not_even_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 56: the size is looked at before anything else."""
    keyring = Keyring([KEY])
    asked: list[object] = []
    monkeypatch.setattr("itsdangerous.Signer.unsign", lambda _, text: asked.append(text))

    with pytest.raises(TokenInvalid):
        keyring.read("x" * (SIGNED_LONGEST + 1), purpose="p", realm=RealmId("r"))

    assert asked == []


# Time (57) --------------------------------------------------------------------------------------


def test_a_token_from_the_future_is_not_good_yet(nord: Shop) -> None:
    """Case 57: a clock that went back a second ends nothing and crashes nothing."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    token = nord.house.token_for(ALICE)

    nord.house.clock.advance(timedelta(seconds=-1))
    with pytest.raises(TokenInvalid):
        nord.house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)

    nord.house.clock.advance(timedelta(seconds=1))
    nord.house.accounts.first_sign_in.activate(nord.guest, token, PASSWORD)


def test_a_clock_that_went_back_leaves_sessions_and_the_relay_alone(nord: Shop) -> None:
    """Case 57: nothing is lost and nothing crashes; a session neither ends nor lives longer."""
    nord.activate(ALICE)
    session = nord.sign_in(ALICE)
    nord.house.clock.advance(timedelta(hours=-1))
    sessions = nord.house.accounts.sessions

    assert sessions.resume(nord.guest, session)
    nord.house.accounts.relay()

    nord.house.clock.advance(timedelta(hours=1) + nord.portal.policies.session_idle)
    with pytest.raises(SessionOver):
        sessions.resume(nord.guest, session)


# One door (58), keys (59, 60) -------------------------------------------------------------------


def calls_of(source: str) -> set[str]:
    """List the names of the methods a module calls."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def test_one_module_reads_signed_text() -> None:
    """Case 58: ``unsign`` stands in one module; JSON is all that is loaded, nothing unpickled."""
    root = Path(custaccount.__file__).parent
    sources = {
        str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*.py")
    }

    signing = {name for name, source in sources.items() if calls_of(source) & {"unsign", "sign"}}
    assert {name for name, source in sources.items() if "unsign" in calls_of(source)} == {
        "facilities/signing.py"
    }
    assert signing <= {
        "credentials/devices.py",
        "facilities/cursors.py",
        "facilities/signing.py",
        "facilities/tickets.py",
    }
    for name, source in sources.items():
        if "loads" in calls_of(source):
            assert "json.loads(" in source, name
            assert "pickle" not in source, name
            assert "itsdangerous" not in source, name


def test_the_key_is_derived_with_sha256() -> None:
    """Not with the library's default, SHA-1 and ``django-concat``."""
    signer = Keyring([KEY])._signer([KEY.encode()], "p", RealmId("r"))

    assert signer.digest_method().name == "sha256"
    assert signer.key_derivation == "hmac"


WEAK = {
    "empty": "",
    "short": "nV3-first-4kq9Zt7RwXy2Lm8PbHs6D",
    "one letter": "a" * 64,
    "few letters": "abcd" * 16,
    "digits in order": "0123456789" * 4,
    "known word": "secret-secret-key-of-forty-characters-xyz",
    "from documentation": "CHANGEME-nV3-first-4kq9Zt7RwXy2Lm8PbHs6Dc1Gf",
    "zero bytes": b"\0" * 32,
    "not a key": 7,
}


@pytest.mark.parametrize("key", WEAK.values(), ids=list(WEAK))
def test_a_weak_key_is_refused_at_construction(key: object) -> None:
    """Case 59: shorter than 32 bytes, regular, or known from documentation; old ones too."""
    for keys in ([key], [KEY, key], [key, KEY]):
        with pytest.raises(ConfigurationRefused) as refused:
            build(secret_keys=keys)  # type: ignore[arg-type]
        fields = {problem.field for problem in refused.value.problems}
        assert fields == {f"secret_keys[{keys.index(key)}]"}
        if key:
            assert str(key) not in str(refused.value)
            assert str(key) not in repr(refused.value)


@pytest.mark.parametrize("keys", [[], (), KEY, KEY.encode()])
def test_no_key_and_one_key_for_a_list_are_refused(keys: object) -> None:
    """Case 59: a string is not a list of one-letter keys."""
    with pytest.raises(ConfigurationRefused) as refused:
        build(secret_keys=keys)  # type: ignore[arg-type]

    assert {problem.field for problem in refused.value.problems} == {"secret_keys"}


def rotated(shop: Shop, *keys: str) -> House:
    """Start the same deployment again with other keys."""
    house = build(
        shop.house.storage, clock=shop.house.clock, mailer=shop.house.mailer, secret_keys=keys
    )
    return attrs.evolve(house, erp=MemoryErp())


def test_old_tokens_stay_good_while_their_key_is_kept(nord: Shop) -> None:
    """Case 60: a new key is added; links in old mails work, new ones are signed with the newest."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    old = nord.house.token_for(ALICE)
    house = rotated(nord, KEY, NEWER_KEY)
    house.accounts.first_sign_in.request(nord.guest, BOB)
    new = house.token_for(BOB)

    house.accounts.first_sign_in.activate(nord.guest, old, PASSWORD)

    assert rotated(nord, NEWER_KEY).accounts.first_sign_in.look(nord.guest, new).key == BOB
    with pytest.raises(TokenInvalid):
        rotated(nord, KEY).accounts.first_sign_in.look(nord.guest, new)


def test_a_removed_key_kills_what_it_signed(nord: Shop) -> None:
    """Case 60: after a leak the old key goes, and its links with it."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    old = nord.house.token_for(ALICE)

    with pytest.raises(TokenInvalid):
        rotated(nord, NEWER_KEY).accounts.first_sign_in.activate(nord.guest, old, PASSWORD)


def test_a_link_derived_again_is_the_same_bytes(nord: Shop) -> None:
    """Case 60: a mail that is sent late, or twice, carries the link of its ticket's own key."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    nord.house.mailer.down = True
    nord.house.accounts.relay()
    nord.house.mailer.down = False
    nord.house.clock.advance(timedelta(minutes=1))

    late = rotated(nord, KEY, NEWER_KEY).token_for(ALICE)

    with nord.house.storage.reading() as view:
        name = BearerToken(late).rpartition(".")[0]
        ticket = view.tickets.find(nord.scope, name)
    assert ticket is not None
    again = Keyring([KEY], "shop.example").sign(name, purpose="activate", realm=nord.realm)
    assert late == again


def test_asking_again_after_a_rotation_ends_the_older_link(nord: Shop) -> None:
    """The newest link counts, whichever key it was signed with."""
    nord.house.accounts.first_sign_in.request(nord.guest, ALICE)
    older = nord.house.token_for(ALICE)
    house = rotated(nord, KEY, NEWER_KEY)
    house.accounts.first_sign_in.request(nord.guest, ALICE)

    with pytest.raises(TokenInvalid):
        house.accounts.first_sign_in.look(nord.guest, older)
