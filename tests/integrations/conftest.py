"""Hosts: the same pages on each framework that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.integrations.ground import Browser, Host, Making


@pytest.fixture
def flask_making() -> Making:
    """Make Flask hosts."""
    pytest.importorskip("flask")
    from tests.integrations import flask_host

    return flask_host.make


@pytest.fixture
def django_making(django_absent: Mapping[str, str]) -> Iterator[Making]:
    """Make Django hosts, one at a time."""
    pytest.importorskip("django")
    assert django_absent is not None  # it is set up
    from tests.integrations import django_host

    with django_host.making() as made:
        yield made


@pytest.fixture(params=["flask", "django"])
def making(request: pytest.FixtureRequest) -> Making:
    """Make hosts, of each framework in turn."""
    found: Making = request.getfixturevalue(f"{request.param}_making")
    return found


@pytest.fixture
def host(making: Making) -> Host:
    """Give a host on this machine."""
    return making()


@pytest.fixture
def browser(host: Host) -> Browser:
    """Give a browser."""
    return host.browser()
