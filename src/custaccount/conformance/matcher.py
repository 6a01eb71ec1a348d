"""What an ERP promises that tells whose a mail address is."""

from typing import ClassVar, Protocol

import pytest

from custaccount.conformance.suite import Suite
from custaccount.kernel.errors import Unavailable
from custaccount.kernel.ids import CustomerNumber, ErpCustomerId, RealmId
from custaccount.kernel.sources import new_id
from custaccount.kernel.text import EmailAddress
from custaccount.registration.model import ErpMatch
from custaccount.registration.ports import CustomerMatcher

ANNA = EmailAddress.parse("Anna@acme.example")


class TestableMatcher(CustomerMatcher, Protocol):
    """A matcher with its ERP in the test's hands."""

    __test__: ClassVar[bool] = False

    down: bool
    """Set by the test: the ERP does not answer."""

    def know(self, realm: RealmId, *customers: ErpMatch) -> None:
        """Let the ERP have these customers too."""
        ...


def a_match(*addresses: str) -> ErpMatch:
    """Return a customer with these address fields."""
    id_ = new_id()
    return ErpMatch(
        erp_id=ErpCustomerId(id_),
        number=CustomerNumber(f"K-{id_}"),
        name="Äcme & Söhne",
        addresses=addresses,
    )


class MatcherSuite(Suite):
    """Subclass it and return a matcher whose ERP knows nobody."""

    @pytest.fixture
    def matcher(self) -> TestableMatcher:
        """Return the matcher under test."""
        message = "override the fixture `matcher` to return the matcher under test"
        raise NotImplementedError(message)

    @pytest.fixture
    def realm(self) -> RealmId:
        """Return a realm nobody else uses."""
        return RealmId(new_id())

    def test_a_customer_is_found_by_an_address(
        self, matcher: TestableMatcher, realm: RealmId
    ) -> None:
        """By each of its fields, however they are written; it comes back as the ERP has it."""
        acme = a_match("office@acme.example", "ANNA@Acme.example")
        matcher.know(realm, acme, a_match("berta@acme.example"))

        assert list(matcher.with_email(realm, ANNA)) == [acme]

    def test_a_field_of_several_addresses_is_found_by_each(
        self, matcher: TestableMatcher, realm: RealmId
    ) -> None:
        """ERP fields often hold a list; what follows from it is not the ERP's business."""
        acme = a_match("berta@acme.example; anna@acme.example")
        matcher.know(realm, acme)

        assert list(matcher.with_email(realm, ANNA)) == [acme]

    def test_every_customer_with_the_address_is_found(
        self, matcher: TestableMatcher, realm: RealmId
    ) -> None:
        """An address may stand on several."""
        both = a_match("anna@acme.example"), a_match("anna@acme.example")
        matcher.know(realm, *both)

        assert {one.erp_id for one in matcher.with_email(realm, ANNA)} == {
            one.erp_id for one in both
        }

    def test_an_address_nobody_has_finds_nobody(
        self, matcher: TestableMatcher, realm: RealmId
    ) -> None:
        """Nor does the address of another seller's customer."""
        matcher.know(RealmId(new_id()), a_match("anna@acme.example"))
        matcher.know(realm, a_match("berta@acme.example"))

        assert not matcher.with_email(realm, ANNA)

    def test_an_erp_that_does_not_answer_is_no_answer(
        self, matcher: TestableMatcher, realm: RealmId
    ) -> None:
        """It is unavailable, which is not the same as knowing nobody; later it answers again."""
        matcher.know(realm, a_match("anna@acme.example"))
        matcher.down = True

        with pytest.raises(Unavailable):
            matcher.with_email(realm, ANNA)

        matcher.down = False
        assert len(matcher.with_email(realm, ANNA)) == 1
