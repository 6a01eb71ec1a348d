"""What is Django's alone: its middleware, its forms, and its settings."""

from __future__ import annotations

import pytest

pytest.importorskip("django", reason="Django is not installed: half of the glue is not tested")

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import get_script_prefix

from custaccount.integrations import django as glue
from custaccount.kernel.errors import NotFound
from custaccount.portals import PortalNotFound
from tests.integrations.ground import ALICE, FRONT, LOST, PASSWORD, PATH, Making

pytestmark = pytest.mark.filterwarnings("error")

CSRF = "django.middleware.csrf.CsrfViewMiddleware"
PORTALS = "tests.integrations.django_host.portals"


class OwnCheck(CsrfViewMiddleware):
    """A host's own check of forms."""


@pytest.mark.parametrize("listed", [[PORTALS], [PORTALS, CSRF]])
@pytest.mark.usefixtures("django_absent")
def test_forms_that_nothing_checks_are_refused_at_the_start(listed: list[str]) -> None:
    """Without Django's check of forms before it, the middleware is not made."""
    from tests.integrations import django_host

    refused = pytest.raises(ImproperlyConfigured, match="Put Django's CsrfViewMiddleware before")
    with django_host.making(MIDDLEWARE=listed) as making, refused:
        making()


def test_a_check_of_forms_of_the_hosts_own_will_do(django_absent: object) -> None:
    """What is made of Django's check counts as one."""
    assert django_absent is not None
    from tests.integrations import django_host

    listed = ["tests.integrations.test_django.OwnCheck", PORTALS]
    with django_host.making(MIDDLEWARE=listed) as making:
        assert making().browser().get("/").text == FRONT


def test_the_hosts_forms_are_refused_as_django_does(django_making: Making) -> None:
    """Outside of any portal the page of a refused form is Django's own."""
    answer = django_making().browser().send("/shop/1")

    assert answer.status_code == 403
    assert "CSRF verification failed" in answer.text


def test_what_django_cannot_find_is_answered_by_the_portal(
    django_making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``Http404`` in a portal's view is the portal's, as any other error of ours."""
    from tests.integrations import django_host

    def gone(*_: object, **__: object) -> None:
        raise Http404

    browser = django_making().browser()
    monkeypatch.setattr(django_host.ground.Asked, "__init__", gone)

    answer = browser.get(f"{PATH}/framed")
    assert (answer.status_code, answer.text) == (404, f"{NotFound()}\n")


def test_a_mistake_of_the_host_stays_one(
    django_making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no error of ours is not answered by us."""
    from tests.integrations import django_host

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    browser = django_making().browser()
    monkeypatch.setattr(django_host.ground.Asked, "__init__", broken)

    assert browser.get(f"{PATH}/framed").status_code == 500


def test_a_site_without_a_page_for_everything_will_do(django_absent: object) -> None:
    """Where none of the site's routes matches, a portal's page is found or Django says 404."""
    assert django_absent is not None
    from tests.integrations import django_host

    with django_host.making(ROOT_URLCONF="tests.adapters.django_project.urls") as making:
        browser = making().browser()
        assert browser.get(f"{PATH}/sign-in").status_code == 200
        assert browser.get("/nowhere").status_code == 404


def test_outside_of_any_portal_there_is_no_visit() -> None:
    """A view of the shop that asks is told so."""
    with pytest.raises(PortalNotFound):
        glue.visit(HttpRequest())


def test_the_prefix_ends_with_the_request(django_making: Making) -> None:
    """Addresses the shop writes afterwards are the shop's."""
    browser = django_making().browser()
    before = get_script_prefix()

    browser.get(f"{PATH}/orders")
    assert get_script_prefix() == before


def test_a_host_that_is_not_allowed_is_no_portals(django_absent: object) -> None:
    """Django's list of hosts counts, before anything is looked up."""
    assert django_absent is not None
    from tests.integrations import django_host

    with django_host.making(ALLOWED_HOSTS=["shop.example"]) as making:
        browser = making().browser()
        assert browser.get(f"{PATH}/orders", headers={"Host": "evil.example"}).status_code == 400
        assert browser.get("/nowhere", headers={"Host": "shop.example"}).text == LOST


def test_under_https_a_form_must_come_from_the_host(django_making: Making) -> None:
    """Django's check of the referrer is in force as well."""
    browser = django_making("https://shop.example").browser()
    shown = browser.get(f"{PATH}/sign-in", base_url="https://shop.example").text
    person = {"email": ALICE, "password": PASSWORD}

    answer = browser.send(
        f"{PATH}/sign-in",
        shown,
        data=person,
        base_url="https://shop.example",
        headers={"Referer": "https://evil.example/"},
    )
    assert answer.status_code == 403
