"""What a browser wishes for, read by the glue itself."""

from __future__ import annotations

import pytest

from custaccount.integrations.visit import preferred
from custaccount.kernel.i18n import Language

OFFERED = (Language.EN, Language.DE, Language.SV)


@pytest.mark.parametrize(
    ("wishes", "chosen"),
    [
        ("de", Language.DE),
        ("de-AT", Language.DE),
        ("DE-at, en;q=0.9", Language.DE),
        ("en;q=0.3, sv;q=0.31", Language.SV),
        ("fr, nl", None),
        ("fr, sv;q=0.1", Language.SV),
        ("de;q=0", None),
        ("de;q=0.5, sv;q=0.5", Language.DE),
        ("de;q=nan, sv;q=0.1", Language.SV),
        ("de;q=inf", None),
        ("de;q=-1", None),
        ("de;level=1", None),
        ("de;q=0.123456", None),
        ("*", None),
        ("", None),
        (",;=,;", None),
        ("x" * 600 + ",de", None),
    ],
)
def test_the_most_wanted_of_what_is_offered_is_chosen(wishes: str, chosen: Language | None) -> None:
    """As RFC 9110 has it; nonsense is no wish."""
    assert preferred(wishes, OFFERED) is chosen
