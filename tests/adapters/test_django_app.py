"""What the app brings to a Django site: migrations, checks, an admin that only shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import attrs
import pytest

from custaccount.conformance.samples import (
    HASH,
    NOON,
    a_customer,
    a_draft,
    a_membership,
    a_registration,
    a_role_book,
    a_session,
    a_ticket,
    a_user,
    an_address,
    an_invitation,
)
from custaccount.credentials import SignedIn, User
from custaccount.kernel.access import System
from custaccount.kernel.ids import RealmId
from custaccount.kernel.scope import RealmScope
from tests.adapters.django_project import Host

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test import Client

HERE = RealmScope(RealmId("north"))
JOB = System(realm=HERE.realm, job="test")


def models() -> list[type[Model]]:
    """List the models of the app."""
    from django.apps import apps

    return list(apps.get_app_config("custaccount").get_models())


# Tables -----------------------------------------------------------------------------------------


def test_migrations_are_all_there(django_sqlite: Host) -> None:
    """The models say nothing that no migration says."""
    from django.core.management import call_command

    assert django_sqlite
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_go_back_and_forth(django_host: Host) -> None:
    """To nothing, and to all tables again."""
    from django.core.management import call_command

    def tables() -> set[str]:
        names = django_host.connection.introspection.table_names()
        return {name for name in names if name.startswith("custaccount_")}

    before = tables()
    call_command("migrate", "custaccount", "zero", database=django_host.alias, verbosity=0)
    assert not tables()
    call_command("migrate", "custaccount", database=django_host.alias, verbosity=0)

    assert tables() == before == {model._meta.db_table for model in models()}


def test_every_row_has_a_realm_and_every_key_begins_with_it(django_sqlite: Host) -> None:
    """But for Django's own number, and the address of a portal: by it a realm is found."""
    assert django_sqlite
    keys = {
        (model._meta.db_table, *constraint.fields)
        for model in models()
        for constraint in model._meta.constraints
    }

    assert {table for table, *_ in keys} == {model._meta.db_table for model in models()}
    assert {key for key in keys if key[1] != "realm"} == {
        ("custaccount_portal_addresses", "kind", "address")
    }
    assert all(model._meta.pk.name == "id" for model in models())


def test_no_relation_is_a_foreign_key(django_host: Host) -> None:
    """Rows that name each other are joined by questions; no key crosses features."""
    introspection = django_host.connection.introspection
    with django_host.connection.cursor() as cursor:
        found = [introspection.get_relations(cursor, model._meta.db_table) for model in models()]

    assert not any(found)


def test_text_is_compared_by_code_point(django_postgres: Host) -> None:
    """Whatever the database's locale is."""
    rows = django_postgres.run(
        "SELECT DISTINCT collation_name FROM information_schema.columns "
        "WHERE table_name LIKE 'custaccount_%%' AND data_type = 'text'"
    )

    assert rows == [("C",)]


def test_importing_the_app_imports_no_table() -> None:
    """A settings module may name it, and a host without Django may look at it."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, custaccount.adapters.django; print('django' in sys.modules)",
        ],
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "False"


def test_a_storage_says_which_migrations_it_lacks(django_host: Host) -> None:
    """None once they have run; before, all of them."""
    from django.core.management import call_command

    assert django_host.storage().pending() == ()
    call_command("migrate", "custaccount", "zero", database=django_host.alias, verbosity=0)
    lacking = django_host.storage().pending()
    call_command("migrate", "custaccount", database=django_host.alias, verbosity=0)

    assert lacking[0] == "0001_initial"
    assert django_host.storage().pending() == ()


# Checks -----------------------------------------------------------------------------------------


class Found(Protocol):
    """Runs the checks under some settings and returns the ids of what they say."""

    def __call__(self, *, deploy: bool = False, **settings: object) -> list[str]: ...  # noqa: D102


@pytest.fixture
def found(django_sqlite: Host) -> Found:
    """Return what names the checks that complain under some settings."""
    from django.core.checks import run_checks
    from django.test import override_settings

    assert django_sqlite

    def ids(*, deploy: bool = False, **settings: object) -> list[str]:
        with override_settings(**settings):
            told = run_checks(tags=["custaccount"], include_deployment_checks=deploy)
        assert all(one.hint for one in told)
        return [str(one.id) for one in told]

    return ids


FACTORY = "pathlib.Path"
"""Any function will do: checks do not call it."""


def test_a_sound_site_has_nothing_to_correct(found: Found) -> None:
    """Not even a note."""
    assert found(CUSTACCOUNT_FACTORY=FACTORY) == []


def test_a_time_zone_is_needed(found: Found) -> None:
    """Moments are kept in UTC."""
    assert found(CUSTACCOUNT_FACTORY=FACTORY, USE_TZ=False) == ["custaccount.E001"]


def test_a_database_there_is_no_support_for_is_named(
    found: Found, django_sqlite: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the check, and by the storage."""
    from django.core.exceptions import ImproperlyConfigured
    from django.test import override_settings

    with monkeypatch.context() as patch:
        patch.setattr(django_sqlite.connection, "vendor", "oracle")
        assert found(CUSTACCOUNT_FACTORY=FACTORY) == ["custaccount.E002"]
        with pytest.raises(ImproperlyConfigured, match="oracle"):
            django_sqlite.storage()
    with override_settings(USE_TZ=False), pytest.raises(ImproperlyConfigured, match="USE_TZ"):
        django_sqlite.storage()


@pytest.mark.parametrize(
    "path", ["", "build", "no.such.module", "pathlib.NoSuchThing", "sys.path", 7]
)
def test_a_factory_that_is_none_is_named(found: Found, path: object) -> None:
    """It can't be imported, or not be called."""
    assert found(CUSTACCOUNT_FACTORY=path) == ["custaccount.E003"]


def test_no_factory_is_worth_a_note(found: Found) -> None:
    """A host may build its accounts by itself; commands then do not find them."""
    assert found() == ["custaccount.I001"]


def test_atomic_requests_are_warned_of(
    found: Found, django_sqlite: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that raises would undo what it should leave behind."""
    monkeypatch.setitem(django_sqlite.connection.settings_dict, "ATOMIC_REQUESTS", "yes")

    assert found(CUSTACCOUNT_FACTORY=FACTORY) == ["custaccount.W001"]


def test_mail_that_goes_nowhere_is_warned_of(found: Found) -> None:
    """Before a deployment only; while developing it is as it should be."""
    from django import VERSION

    console = "django.core.mail.backends.console.EmailBackend"
    smtp = "django.core.mail.backends.smtp.EmailBackend"

    for backend, said in ((console, ["custaccount.W002"]), (smtp, [])):
        mail: dict[str, object] = {"EMAIL_BACKEND": backend}
        if VERSION >= (6, 1):
            mail = {"MAILERS": {"default": {"BACKEND": backend}}}
        told = found(deploy=True, CUSTACCOUNT_FACTORY=FACTORY, **mail)
        assert [one for one in told if one.startswith("custaccount.W0")] == said
        assert found(CUSTACCOUNT_FACTORY=FACTORY, **mail) == []


# Admin ------------------------------------------------------------------------------------------


@pytest.fixture
def alice(django_sqlite: Host) -> User:
    """Return a user who has signed in."""
    with django_sqlite.storage().begin(JOB) as unit:
        alice = unit.users.save(HERE, a_user(HERE))
        unit.sessions.add(HERE, a_session(HERE, alice))
        unit.tickets.add(HERE, a_ticket(subject="about alice"))
        [acme] = unit.customers.save(HERE, [a_customer(HERE)])
        unit.memberships.save(acme.scope, a_membership(acme.scope, alice.id))
        unit.role_books.save(acme.scope, a_role_book(acme.scope))
        unit.invitations.save(acme.scope, an_invitation(acme.scope))
        unit.addresses.save(acme.scope, an_address(acme.scope))
        new = {"answers": {"name": PERSONAL}, "draft": PERSONAL}
        unit.registrations.put(HERE, attrs.evolve(a_registration(HERE), **new))
        unit.drafts.add(acme.scope, attrs.evolve(a_draft(acme.scope, alice.id), text=PERSONAL))
        unit.record(SignedIn(at=NOON, user=alice.id))
        unit.commit()
    return alice


@pytest.fixture
def browser(django_sqlite: Host) -> Iterator[Client]:
    """Return a browser in which somebody who may do anything is signed in."""
    from django.contrib.auth.models import User as Superuser
    from django.test import Client

    assert django_sqlite
    ida = Superuser.objects.create_superuser("ida", "ida@example.com", "ida")
    browser = Client()
    browser.force_login(ida)
    yield browser
    ida.delete()


PERSONAL = "what a person answered or began as a guest"
SHOWN = ("user", "session", "ticket", "membership", "customer", "portal", "order", "auditentry")


NEW = ("invitation", "address", "registration", "draft", "rolebook")


@pytest.mark.parametrize(
    "kind", [*SHOWN, *NEW, "realm", "price", "pricelist", "attachment", "post"]
)
def test_the_admin_lists_rows(browser: Client, alice: User, kind: str) -> None:
    """And searches them."""
    page = browser.get(f"/admin/custaccount/{kind}/?q={alice.id}")

    assert page.status_code == 200


@pytest.mark.parametrize("kind", ["user", "session", "ticket", "auditentry", "post", *NEW])
def test_the_admin_shows_a_row_without_secrets(browser: Client, alice: User, kind: str) -> None:
    """No hash, no digest, nobody a ticket is about, nothing a person wrote; and no button."""
    from django.apps import apps

    row = apps.get_model("custaccount", kind)._default_manager.get()

    page = browser.get(f"/admin/custaccount/{kind}/{row.pk}/change/")

    text = page.content.decode()
    assert page.status_code == 200
    assert HERE.realm in text
    assert HASH.text not in text
    assert "argon2" not in text
    assert getattr(row, "digest", "argon2") not in text
    assert "about alice" not in text
    assert PERSONAL not in text
    assert 'name="_save"' not in text
    assert alice.version == 1


def test_the_admin_changes_nothing(browser: Client, alice: User) -> None:
    """Not even for somebody who may do anything."""
    from custaccount.adapters.django.models import User as UserRow

    row = UserRow._default_manager.get(ref=alice.id)
    place = f"/admin/custaccount/user/{row.pk}"

    assert browser.get("/admin/custaccount/user/add/").status_code == 403
    assert browser.post(f"{place}/change/", {"name": "x"}).status_code == 403
    assert browser.post(f"{place}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    browser.post("/admin/custaccount/user/", chosen)
    assert UserRow._default_manager.filter(ref=alice.id).exists()


def test_only_who_may_view_sees(alice: User, browser: Client) -> None:
    """Being staff of the site is not enough; the one permission there is is to view."""
    from django.contrib.auth.models import Permission
    from django.contrib.auth.models import User as Colleague

    colleague = Colleague.objects.create_user("bob", is_staff=True)
    browser.force_login(colleague)
    assert browser.get("/admin/custaccount/user/").status_code == 403
    ours = Permission.objects.filter(content_type__app_label="custaccount")
    assert {one.codename.partition("_")[0] for one in ours} == {"view"}
    colleague.user_permissions.add(ours.get(codename="view_user"))

    assert browser.get("/admin/custaccount/user/").status_code == 200
    assert browser.get("/admin/custaccount/session/").status_code == 403
    assert alice.version == 1
    colleague.delete()
