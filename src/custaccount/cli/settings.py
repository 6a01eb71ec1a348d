"""The settings: the same names in the environment, Flask's configuration and Django's settings."""

import difflib
from collections.abc import Iterator, Mapping

import attrs

PREFIX = "CUSTACCOUNT_"
FACTORY = "CUSTACCOUNT_FACTORY"
OURS = ("CUSTACCOUNT_TEST_", "CUSTACCOUNT_REQUIRE")
"""What the tests of custaccount itself are told."""


@attrs.frozen(kw_only=True)
class Settings:
    """What a host said, read once."""

    factory: str | None = None
    """A dotted path to what builds the accounts; from the environment first, then the host's."""
    unknown: tuple[str, ...] = ()
    """A sentence for each name that begins as ours do and is none of them."""


def read(environment: Mapping[str, str], host: Mapping[str, object]) -> Settings:
    """Read what is ours from both.

    Raises:
        TypeError: a value is of the wrong kind.
    """
    factory = environment.get(FACTORY) or host.get(FACTORY) or None
    if factory is not None and not isinstance(factory, str):
        message = f"{FACTORY} is a dotted path like 'shop.accounts.build', not {factory!r}."
        raise TypeError(message)
    names = dict.fromkeys([*environment, *host])
    return Settings(factory=factory, unknown=tuple(_unknown(names)))


def _unknown(names: Mapping[str, object]) -> Iterator[str]:
    for name in names:
        if name.startswith(PREFIX) and name != FACTORY and not name.startswith(OURS):
            rest = name.removeprefix(PREFIX)
            near = difflib.get_close_matches(rest, [FACTORY.removeprefix(PREFIX)], n=1)
            yield f"{name} is no setting" + (f"; did you mean {PREFIX}{near[0]}?" if near else ".")
