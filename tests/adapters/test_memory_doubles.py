"""What tests and demos ask of the memory adapters beside the promises."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from custaccount.adapters.memory import (
    ErpCall,
    FixedClock,
    MemoryCart,
    MemoryCatalogue,
    MemoryErp,
    MemoryMailer,
    MemoryStorage,
    ids,
)
from custaccount.conformance.cart import a_line
from custaccount.conformance.mailer import a_mail
from custaccount.conformance.samples import a_user, an_order, an_owner, email
from custaccount.conformance.units import change, job
from custaccount.kernel.errors import TryAgain, Unavailable
from custaccount.kernel.ids import ArticleNumber, RealmId
from custaccount.kernel.scope import CustomerScope, RealmScope
from custaccount.kernel.sources import new_id
from custaccount.ordering.model import Article, CartOwner


def a_realm() -> RealmScope:
    """Return a realm of its own."""
    return RealmScope(RealmId(new_id()))


def test_the_storage_refuses_the_whole_unit_that_lost() -> None:
    """A rival that committed in between makes a statement answer otherwise: nothing is kept."""
    storage, here = MemoryStorage(), a_realm()
    with change(storage, here) as unit:
        alice = unit.users.save(here, a_user(here))
    rival = MemoryStorage()
    rival._state = storage._state

    with storage.begin(job(here)) as unit:
        bob = unit.users.save(here, a_user(here))
        unit.users.save(here, attrs.evolve(alice, epoch=1))
        with change(rival, here) as faster:
            faster.users.save(here, attrs.evolve(alice, epoch=2))
        storage._state = rival._state

        with pytest.raises(TryAgain):
            unit.commit()

    with storage.reading() as view:
        assert view.users.get(here, alice.id).epoch == 2
        assert view.users.find_by_email(here, bob.email) is None


def test_the_storage_merges_what_does_not_collide() -> None:
    """Two units that change different rows both happen, though the second saw an older state."""
    storage, here = MemoryStorage(), a_realm()
    rival = MemoryStorage()

    with storage.begin(job(here)) as unit:
        alice = unit.users.save(here, a_user(here))
        with change(rival, here) as other:
            bob = other.users.save(here, a_user(here))
        storage._state = rival._state
        unit.commit()

    with storage.reading() as view:
        assert view.users.get(here, alice.id) == alice
        assert view.users.get(here, bob.id) == bob


def test_the_erp_tells_what_it_was_asked() -> None:
    """Also what it could not answer, so that a test can promise "no call"."""
    erp, acme = MemoryErp(), an_owner(a_realm())
    assert acme.erp_id is not None
    erp.add(acme.scope.realm, acme.erp_id, an_order("1"))
    assert erp.calls == []

    erp.newest(acme, after=None, limit=1)
    erp.down = True
    with pytest.raises(Unavailable):
        erp.with_number(acme, "1")

    assert erp.calls == [ErpCall("newest", acme), ErpCall("with_number", acme)]


def test_the_mailer_finds_the_newest_link() -> None:
    """Of the newest mail to the address, however it is written, without the full stop after it."""
    mailer, alice = MemoryMailer(), email("Alice@example.com")
    older = attrs.evolve(a_mail(), to=alice, plain="https://shop.example/old")
    newer = attrs.evolve(a_mail(), to=alice, plain="Open https://shop.example/new?a=1.\nBye")
    for mail in (older, newer, a_mail()):
        mailer.send(mail)

    assert mailer.newest("ALICE@example.com") is newer
    assert mailer.newest_link("alice@example.com") == "https://shop.example/new?a=1"
    with pytest.raises(LookupError, match="no mail to bob"):
        mailer.newest("bob@example.com")


def test_a_mail_without_a_link_has_none() -> None:
    """Asking for it fails with words."""
    mailer, mail = MemoryMailer(), attrs.evolve(a_mail(), plain="Hello")
    mailer.send(mail)

    with pytest.raises(LookupError, match="no link"):
        mailer.newest_link(mail.to.key)


def test_a_cart_that_is_down_adds_nothing() -> None:
    """It answers again when it is up, and the same key adds then."""
    cart, owner = MemoryCart(), CartOwner("realm", "shop", "alice", "acme")
    cart.down = True
    with pytest.raises(Unavailable):
        cart.add(owner, [a_line("a")], key="1")
    with pytest.raises(Unavailable):
        cart.has(owner, "1")

    cart.down = False
    assert cart.lines(owner) == ()
    assert not cart.has(owner, "1")
    assert cart.add(owner, [a_line("a")], key="1")
    assert cart.lines(owner) == (a_line("a"),)


def test_the_catalogue_knows_what_replaces_an_article() -> None:
    """Successors come along, also over several steps; what is unknown is left out."""
    catalogue, acme = MemoryCatalogue(), an_owner(a_realm()).scope
    chain = [
        Article(number=ArticleNumber("a"), text="A", replaced_by=ArticleNumber("b")),
        Article(number=ArticleNumber("b"), text="B", replaced_by=ArticleNumber("c")),
        Article(number=ArticleNumber("c"), text="C", replaced_by=ArticleNumber("a")),
    ]
    catalogue.add(acme.realm, *chain)

    found = catalogue.articles(acme, [ArticleNumber("a"), ArticleNumber("x")])

    assert found == {article.number: article for article in chain}


def test_the_catalogue_hides_articles_from_one_customer() -> None:
    """They are known to be there and not visible; another customer sees them, no other realm."""
    catalogue, acme = MemoryCatalogue(), an_owner(a_realm()).scope
    article = Article(number=ArticleNumber("a"), text="A")
    catalogue.add(acme.realm, article)
    catalogue.hide(acme, article.number)
    sibling = CustomerScope(acme.realm, an_owner(a_realm()).customer)

    assert not catalogue.articles(acme, ["a"])["a"].visible
    assert catalogue.articles(sibling, ["a"]) == {"a": article}
    assert catalogue.articles(an_owner(a_realm()).scope, ["a"]) == {}
    catalogue.down = True
    with pytest.raises(Unavailable):
        catalogue.articles(acme, ["a"])


def test_the_clock_stands_until_it_is_moved() -> None:
    """By a span or to a moment, always in UTC."""
    clock = FixedClock(datetime(2026, 1, 1, 12, tzinfo=UTC))

    assert clock() == clock() == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert clock.advance(timedelta(minutes=5)) == clock() == datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
    clock.set(datetime.fromisoformat("2026-06-01T12:00+02:00"))
    assert clock().isoformat() == "2026-06-01T10:00:00+00:00"


def test_ids_are_counted() -> None:
    """The same in every run, in the order they were made, each source for itself."""
    one, other = ids(), ids("secret")

    assert [one(), one(), other()] == ["id-000001", "id-000002", "secret-000001"]


def test_the_memory_adapters_need_the_core_only() -> None:
    """Importing them loads no database, no serialiser and no test library."""
    done = subprocess.run(
        [sys.executable, "-c", "import custaccount.adapters.memory, sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"sqlalchemy", "cattrs", "pytest", "hypothesis", "flask", "jinja2"}
