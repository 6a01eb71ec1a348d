"""Portals: where they are found, what is checked, and where a visitor may be sent back to."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Currency, InvalidFields, Language
from custaccount.kernel.ids import PortalId, RealmId
from custaccount.portals import AddressKind, Policies, Portal, return_path
from custaccount.portals.addresses import locate, paths_above
from custaccount.portals.rules import checked

PORTAL = Portal(
    id=PortalId("p"),
    realm=RealmId("r"),
    key="main",
    name="Main",
    languages=(Language.DE, Language.SV),
    currency=Currency("EUR"),
    path="/customer-center",
)

ELSEWHERE = [
    "//evil.example",
    "//evil.example/customer-center",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/customer-center\\..\\evil",
    "https://evil.example/customer-center",
    "HTTPS://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example/customer-center",
    "customer-center",
    "/customer-center//evil.example",
    "/customer-center/../admin",
    "/customer-center/..",
    "/customer-center/%2e%2e/admin",
    "/customer-center/%2E%2E/admin",
    "/customer-center/.%2e/admin",
    "/customer-center/x%2f..%2f..%2fadmin",
    "/customer-center/%5C..%5Cadmin",
    "/customer-centerevil",
    "/customer-center.evil.example",
    "/customer-center@evil.example",
    "/other",
    "/",
    "",
    " /customer-center",
    "/customer-center ",
    "/customer-center/\tx",
    "/\t/evil.example",
    "/customer-center\r\nSet-Cookie: a=b",
    "/customer-center\n",
    "/customer-center/\0",
    "/customer-center/\N{ZERO WIDTH SPACE}",
    "/customer-center/\N{FULLWIDTH SOLIDUS}",
    "/customer-center/#x",
    "/customer-center/<script>",
    '/customer-center/"',
    "/customer-center/" + "a" * 1000,
    "/CUSTOMER-CENTER/orders",
]

INSIDE = [
    "/customer-center",
    "/customer-center/",
    "/customer-center/orders",
    "/customer-center/orders/A-7",
    "/customer-center/orders?page=2&tab=lines",
    "/customer-center?next=orders",
    "/customer-center/a.b/c_d~e",
    "/customer-center/%C3%A4",
    "/customer-center/...",
]


@pytest.mark.parametrize("raw", ELSEWHERE)
def test_nothing_a_browser_might_read_as_elsewhere_is_a_way_back(raw: str) -> None:
    """Promise 9: only a strict path grammar inside the portal passes."""
    assert return_path(raw, within="/customer-center") is None


@pytest.mark.parametrize("raw", INSIDE)
def test_a_path_inside_the_portal_is_a_way_back(raw: str) -> None:
    """As it was written."""
    assert return_path(raw, within="/customer-center") == raw
    assert return_path(raw, within="/customer-center/") in {raw, None}


@pytest.mark.parametrize("raw", [None, 7, b"/customer-center", ["/customer-center"]])
def test_what_is_no_text_is_no_way_back(raw: object) -> None:
    """A doubled or missing parameter."""
    assert return_path(raw, within="/customer-center") is None


@given(st.text())
def test_a_way_back_always_stays_inside(raw: str) -> None:
    """Whatever is tried behind the portal's own path."""
    found = return_path("/customer-center" + raw, within="/customer-center")

    if found is not None:
        assert found[len("/customer-center") :][:1] in {"", "/", "?"}
        assert "\\" not in found
        assert "//" not in found.partition("?")[0]
        assert ".." not in found.partition("?")[0].split("/")
        assert found.isprintable()


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("nord.example", "/de/account", ("nord.example", Language.DE)),
        ("NORD.example", "/sv/account/", ("nord.example", Language.SV)),
        ("nord.example:8443", "/de/account/orders", ("nord.example", Language.DE)),
        ("nord.example.", "/de/account", ("nord.example", Language.DE)),
        ("nord.example", "/de/accounts", None),
        ("nord.example", "/xx/account", None),
        ("nord.example", "/DE/account", None),
        ("nord.example", "/account", None),
        ("nord.example", "/", None),
        ("nord.example", "", None),
        ("nord.example", "/x/de/account", None),
    ],
)
def test_a_host_and_a_path_name_portal_and_language(
    host: str, path: str, found: tuple[str, Language] | None
) -> None:
    """``host`` plus ``/<language>/account``, and nothing else."""
    assert locate(host, path) == found


def problems_of(portal: Portal) -> list[str]:
    """List the fields that do not hold."""
    with pytest.raises(InvalidFields) as refused:
        checked(portal)
    return [problem.field for problem in refused.value.problems]


def test_every_problem_of_a_portal_is_told_at_once() -> None:
    """Nobody corrects a form nine times."""
    broken = attrs.evolve(
        PORTAL,
        key="Main Portal",
        name=" ",
        languages=(Language.DE, Language.DE),
        currency=Currency("eur"),
        time_zone="Mars/Olympus",
        path="/Kunden Center",
        number="12a",
        host="https://nord.example",
        policies=Policies(
            password_shortest=7,
            activation_lifetime=timedelta(0),
            reset_lifetime=timedelta(hours=25),
            session_idle=timedelta(hours=13),
            session_longest=timedelta(days=31),
        ),
    )

    assert problems_of(broken) == [
        "key",
        "name",
        "languages",
        "currency",
        "time_zone",
        "path",
        "number",
        "host",
        "policies.password_shortest",
        "policies.activation_lifetime",
        "policies.reset_lifetime",
        "policies.session_longest",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"path": None}, "path"),
        ({"languages": ()}, "languages"),
        ({"name": "x" * 101}, "name"),
        ({"name": "Evil\r\nBcc: x"}, "name"),
        ({"name": "right\N{RIGHT-TO-LEFT OVERRIDE}left"}, "name"),
        ({"path": "/../x"}, "path"),
        ({"path": "customer-center"}, "path"),
        ({"path": "/a/"}, "path"),
        *(({"path": f"/{language.value}"}, "path") for language in Language),
        ({"path": "/de/account"}, "path"),
        ({"path": "/sv/shop/b2b"}, "path"),
        ({"path": "/4711"}, "path"),
        ({"path": "/0"}, "path"),
        ({"path": "/00815/orders"}, "path"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"key": "x" * 65}, "key"),
        ({"policies": Policies(session_idle=timedelta(hours=13))}, "policies.session_idle"),
    ],
)
def test_a_portal_that_does_not_hold_is_refused(change: dict[str, object], field: str) -> None:
    """Each with its own field."""
    assert problems_of(attrs.evolve(PORTAL, **change)) == [field]


@pytest.mark.parametrize(
    "path", ["/shop/de", "/shop/4711", "/de-shop", "/den", "/4711-b2b", "/3m", "/account", "/xx"]
)
def test_a_path_that_only_reminds_of_another_address_is_a_path(path: str) -> None:
    """The first step decides, and only if all of it is a language or digits."""
    assert checked(attrs.evolve(PORTAL, path=path)).path == path


@pytest.mark.parametrize(
    ("path", "above"),
    [
        ("/a/b/c/d", ("/a/b/c", "/a/b", "/a")),
        ("/a/b", ("/a",)),
        ("/a", ()),
        ("", ()),
    ],
)
def test_a_path_lies_below_each_of_its_beginnings(path: str, above: tuple[str, ...]) -> None:
    """The nearest first, and never below the whole host."""
    assert paths_above(path) == above


def test_a_portal_may_have_any_of_three_addresses() -> None:
    """One is needed; each is found by its own kind."""
    portal = checked(attrs.evolve(PORTAL, number="00815", host="nord.example"))

    assert dict(portal.addresses) == {
        AddressKind.PATH: "/customer-center",
        AddressKind.NUMBER: "00815",
        AddressKind.HOST: "nord.example",
    }


def test_a_language_a_portal_lacks_becomes_its_default() -> None:
    """The first one it offers."""
    assert PORTAL.language(Language.SV) is Language.SV
    assert PORTAL.language(Language.FR) is Language.DE
    assert PORTAL.language(None) is Language.DE


def test_a_long_hostile_way_back_is_refused_at_once() -> None:
    """No text makes the check look at it more than once: this one took a naive one for ever."""
    assert return_path("/customer-center/" + "a" * 900 + "!", within="/customer-center") is None
