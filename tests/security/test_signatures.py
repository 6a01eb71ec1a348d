"""Deny by construction: who acts comes first, and no identifier is bare text."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from custaccount import Guest, Member, Staff
from custaccount.credentials import Session
from custaccount.kernel.access import Person
from custaccount.kernel.ids import OWNERS, Cursor, OrderId
from tests.house import build
from tests.security.services import Method, methods_of, parts_of

ACTORS = (Guest, Person, Member, Staff)
METHODS = methods_of(build().accounts)

BEFORE_ANYBODY_ACTS = frozenset({"portals", "acting"})
"""The stated exceptions: where a visit begins at an address, and what makes actors of sessions."""

PLAIN_TEXTS = frozenset(
    {
        "portal_desk.found_realm.name",
        "portal_desk.create.key",
        "portal_desk.create.name",
        "portal_desk.create.time_zone",
        "portal_desk.create.path",
        "portal_desk.create.number",
        "portal_desk.create.host",
        "portal_desk.change.name",
        "portal_desk.change.time_zone",
        "number_desk.reserve.key",
        "number_desk.reserve.prefix",
        "number_desk.change.prefix",
        "register_desk.import_rows.rows",  # field names of a file
        "sign_in.sign_in.login",
        "sign_in.sign_in.password",
        "sign_in.sign_in.user_code",
        "sign_in.sign_in.browser",
        "sessions.confirm.password",
        "own_password.change.current",
        "own_password.change.new",
        "own_password.suggest.return",  # shown once, to be typed
        "profile.change.name",
        "profile.change.phone",
        "email_change.request.email",
        "password_reset.request.email",
        "password_reset.set_password.password",
        "staff_sign_in.sign_in.email",
        "staff_sign_in.sign_in.password",
        "staff_sessions.change_password.current",
        "staff_sessions.change_password.new",
        "staff_password_reset.request.email",
        "staff_password_reset.set_password.password",
        "staff_desk.appoint.email",
        "staff_desk.appoint.name",
        "first_sign_in.request.email",
        "first_sign_in.activate.password",
        "registering.register.email",
        "registering.register.answers",
        "registering.register.draft",  # the host's own, handed back as it came
        "registering.activate.password",
        "new_customers.add.email",
        "new_customers.add.answers",
        "new_customers.from_order.email",
        "new_customers.from_order.answers",
        "registration_desk.reject.reason",
        "registration_desk.refuse.reason",
        "account_desk.give_password.name",
        "account_desk.give_password.email",
        "member_desk.invite.name",
        "member_desk.invite.email",
        "member_desk.remove.reason",
        "users.invite.name",
        "users.invite.email",
        "join_requests.decline.reason",
        "roles.make.name",
        "roles.change.name",
        "access.administrators.return",  # names, to be asked
        "login_desk.block.reason",
        "group_desk.make.key",
        "group_desk.make.name",
        "group_desk.change.name",
        "invited.activate.password",
        "second_proof.prove.customer_number",
        "second_proof.prove.invoice_number",
        "company.change.answers",
        "address_book.add.answers",
        "address_book.change.answers",
        "guest_cart.merge.key",  # the host's name of a cart, within the member's own
        "price_desk.create_list.key",
        "price_desk.create_list.name",
        "price_desk.find_list.key",
        "orders.search.number",
        "audit.latest.about",  # an id of any kind, compared as text inside the realm
    }
)
"""What people type, each on purpose; all the portal directory takes is addresses."""


def service_of(method: str) -> str:
    """Name the service a method, or a parameter of one, belongs to."""
    return method.partition(".")[0]


def without_actor(methods: Collection[Method]) -> Iterator[str]:
    """Name the methods that do not take exactly one actor, first."""
    for method in methods:
        kinds = list(method.parameters.values())
        actors = [kind for kind in kinds if any(one in ACTORS for one in parts_of(kind))]
        if actors != kinds[:1] or kinds[:1] == [] or kinds[0] not in ACTORS:
            yield method.name


def bare_texts(methods: Collection[Method]) -> Iterator[str]:
    """Name the parameters and answers that are or contain bare text."""
    for method in methods:
        for name, kind in {**method.parameters, "return": method.returns}.items():
            if any(part is str for part in parts_of(kind)):
                yield f"{method.name}.{name}"


def test_every_method_takes_exactly_one_actor_first() -> None:
    """Guest, Person, Member or Staff: who acts can neither be forgotten nor be of two kinds."""
    found = set(without_actor(METHODS.values()))

    assert {name for name in found if service_of(name) not in BEFORE_ANYBODY_ACTS} == set()


def test_what_makes_actors_begins_with_a_session_or_an_address() -> None:
    """The exceptions are none: a session is proof of who signed in, an address is public."""
    for name, method in METHODS.items():
        if service_of(name) == "acting":
            assert next(iter(method.parameters.values())) is Session, name
        if service_of(name) == "portals":
            kinds = {part for kind in method.parameters.values() for part in parts_of(kind)}
            assert not kinds & set(OWNERS), name


def test_no_identifier_cursor_or_token_is_bare_text() -> None:
    """What is text in a signature was typed by a person; everything else has its own type."""
    found = {name for name in bare_texts(METHODS.values()) if service_of(name) != "portals"}

    assert found == PLAIN_TEXTS


def test_every_typed_text_of_a_signature_says_whose_it_is() -> None:
    """A type over text without an owner would escape the isolation test."""
    undeclared = {
        getattr(part, "__name__", part)
        for method in METHODS.values()
        for kind in method.parameters.values()
        for part in parts_of(kind)
        if hasattr(part, "__supertype__") and part not in OWNERS
    }

    assert undeclared == {"Currency"}  # an ISO code is nobody's


def test_the_check_sees_what_it_looks_for() -> None:
    """A method without an actor, with two, with a late one, and one with bare text are named."""

    def planted(name: str, **parameters: object) -> Method:
        return Method(name=name, parameters=parameters, returns=None, call=print)

    none = planted("none", order=OrderId)
    two = planted("two", member=Member, staff=Staff)
    either = planted("either", actor=Member | Staff)
    late = planted("late", order=OrderId, member=Member)
    right = planted("right", member=Member, cursor=Cursor | None)
    bare = planted("bare", member=Member, orders=Sequence[str] | None)

    assert list(without_actor([none, two, either, late, right])) == [
        "none",
        "two",
        "either",
        "late",
    ]
    assert list(bare_texts([right, bare])) == ["bare.orders"]
