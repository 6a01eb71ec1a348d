"""Sealed facts: text in, text out, for one membership at one epoch."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Language, Member
from custaccount.facilities.cursors import seal, unseal
from custaccount.facilities.signing import Keyring, TokenInvalid
from custaccount.kernel.ids import CustomerId, MembershipId, PortalId, UserId
from custaccount.kernel.money import Currency
from tests.house import KEY, NORD, SUED

MEMBER = Member(
    realm=NORD,
    portal=PortalId("p"),
    user=UserId("u"),
    customer=CustomerId("c"),
    erp_id=None,
    membership=MembershipId("m"),
    epoch=3,
    permissions={},
    features=frozenset(),
    language=Language.DE,
    currency=Currency("EUR"),
)
KEYRING = Keyring([KEY])


@given(st.lists(st.text(), max_size=5))
def test_facts_come_back_as_they_were(facts: list[str]) -> None:
    """Whatever characters they hold."""
    sealed = seal(KEYRING, MEMBER, "list", facts)

    assert unseal(KEYRING, MEMBER, "list", sealed) == tuple(facts)
    assert sealed.isascii()


@pytest.mark.parametrize(
    "change",
    [{"realm": SUED}, {"membership": MembershipId("n")}, {"epoch": 4}, {"epoch": 2}],
)
def test_another_membership_or_epoch_reads_nothing(change: dict[str, object]) -> None:
    """Whoever it was sealed for, as it was then."""
    sealed = seal(KEYRING, MEMBER, "list", ["x"])

    with pytest.raises(TokenInvalid):
        unseal(KEYRING, attrs.evolve(MEMBER, **change), "list", sealed)


def test_another_kind_reads_nothing() -> None:
    """A cursor is no plan."""
    with pytest.raises(TokenInvalid):
        unseal(KEYRING, MEMBER, "plan", seal(KEYRING, MEMBER, "list", ["x"]))


@pytest.mark.parametrize("body", ["", "%", "e30", "bnVsbA", "W10", "WyJtIl0", "\N{SNOWMAN}"])
def test_a_signed_body_that_is_no_list_of_facts_is_refused(body: str) -> None:
    """Should anything else ever be signed for the same kind."""
    signed = KEYRING.sign(body, purpose="list", realm=NORD)

    with pytest.raises(TokenInvalid):
        unseal(KEYRING, MEMBER, "list", signed)
