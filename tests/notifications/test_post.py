"""The post: letters that still matter, each under one id, to the right person in its language."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from custaccount.accounts import CustomerAccounts, Delivery
from custaccount.adapters.memory import FixedClock, MemoryMailer, MemoryStorage
from custaccount.credentials.letters import CHANGED, RESET
from custaccount.credentials.model import PasswordSet
from custaccount.credentials.passwords import Hashing
from custaccount.facilities.audit import ActorKind, AuditEntry
from custaccount.facilities.letters import Letter, LetterWriter, Mail, MailerUnavailable, Place
from custaccount.facilities.outbox import LEASE, Posted, PostState
from custaccount.kernel.access import System
from custaccount.kernel.events import Event
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import EventId, PortalId, RealmId, UserId
from custaccount.kernel.text import EmailAddress
from custaccount.notifications.model import LetterDropped
from custaccount.notifications.plain import PlainRenderer
from custaccount.notifications.post import Post
from custaccount.notifications.relay import Delivered
from custaccount.portals.model import PortalOpened
from tests.house import ALICE, BASE_URL, NEWER_KEY, PASSWORD, House, Shop, build, open_nord
from tests.notifications.gallery import letter

POSTED = Posted(
    id=EventId("event-1"),
    realm=RealmId("nord"),
    event=PortalOpened(at=FixedClock()(), portal=PortalId("main")),
    tries=1,
    fence=1,
)


class Killed(BaseException):
    """The process died here."""


class DyingMailer(MemoryMailer):
    """Sends a mail and dies before anybody hears of it, as long as it is told to."""

    dying = True

    def send(self, mail: Mail) -> None:
        """Take a mail."""
        super().send(mail)
        if self.dying:
            raise Killed


def post_of(place: Place, mailer: MemoryMailer, *letters: Letter | Sequence[Letter]) -> Post:
    """Make a post whose writers each write one letter, or some."""

    def writing(some: Letter | Sequence[Letter]) -> LetterWriter:
        def write(_realm: RealmId, _event: Event) -> Sequence[Letter]:
            return [some] if isinstance(some, Letter) else some

        return write

    return Post(
        writers=[writing(some) for some in letters],
        place=lambda _: place,
        renderer=PlainRenderer(),
        mailer=mailer,
        begin=MemoryStorage().begin,
        clock=FixedClock(),
    )


def dropped(shop: Shop) -> tuple[AuditEntry, ...]:
    """Read from the trail which letters were not sent."""
    trail = shop.house.accounts.audit.latest(shop.staff)
    return tuple(entry for entry in trail.items if entry.event == LetterDropped.name)


@pytest.fixture
def mailer() -> MemoryMailer:
    """Run a mail server."""
    return MemoryMailer()


def test_each_writer_has_its_say(place: Place, mailer: MemoryMailer) -> None:
    """An event may call for several letters or none; each mail is named by event and letter."""
    german, swedish = letter(RESET, Language.DE), letter(CHANGED, Language.SV)

    post_of(place, mailer, german, [], swedish)(POSTED)

    assert [(mail.id, mail.language) for mail in mailer.sent] == [
        ("event-1.credentials.reset", Language.DE),
        ("event-1.credentials.password_set", Language.SV),
    ]
    assert mailer.sent[0].to == german.to
    assert mailer.sent[1].subject == "Ditt lösenord har ändrats"


def test_one_letter_to_several_people_is_several_mails(place: Place, mailer: MemoryMailer) -> None:
    """Each with an id of its own, so that no mail server takes one for a duplicate."""
    one = letter(RESET, Language.DE)
    other = attrs.evolve(one, to=EmailAddress.parse("otto@kunde.example"))

    post_of(place, mailer, [one, other])(POSTED)

    assert [(mail.id, mail.to) for mail in mailer.sent] == [
        ("event-1.credentials.reset", one.to),
        ("event-1.credentials.reset.1", other.to),
    ]


def test_a_repeated_delivery_is_the_same_mail(place: Place, mailer: MemoryMailer) -> None:
    """Same id, same words: a duplicate can be told."""
    post = post_of(place, mailer, letter(RESET, Language.FR))

    post(POSTED)
    post(attrs.evolve(POSTED, tries=2, fence=2))

    assert mailer.sent[0] == mailer.sent[1]


def test_a_mail_server_that_is_away_is_not_hidden(place: Place, mailer: MemoryMailer) -> None:
    """The relay hears of it and tries again."""
    mailer.down = True

    with pytest.raises(MailerUnavailable):
        post_of(place, mailer, letter(RESET, Language.FR))(POSTED)


# In the whole house -----------------------------------------------------------------------------


@pytest.fixture
def nord(mailer: MemoryMailer) -> Shop:
    """Open a shop in Berlin whose customer Acme knows Alice, who speaks German."""
    shop = open_nord(build(mailer=mailer))
    shop.house.accounts.relay()
    return shop


@pytest.fixture
def house(nord: Shop) -> House:
    """Return the house the shop is in."""
    return nord.house


def test_the_letter_comes_in_the_recipients_language(nord: Shop, house: House) -> None:
    """Language and time zone are the person's and the portal's, not the server's."""
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    house.accounts.relay()

    mail = house.mailer.newest(ALICE)
    assert (mail.language, mail.subject) == (Language.DE, "Aktivieren Sie Ihr Kundenkonto")
    assert "4. März 2026, 10:00 (MEZ)" in mail.plain


def test_nobody_is_written_to_who_is_not_known(nord: Shop, house: House) -> None:
    """The event is there, as for a known address; the mail is not."""
    house.accounts.first_sign_in.request(nord.guest, "eve@evil.example")
    house.accounts.password_reset.request(nord.guest, "eve@evil.example")

    assert house.accounts.relay() == Delivered(delivered=2)
    assert house.mailer.sent == []


def test_an_expired_purpose_is_not_written_about(nord: Shop, house: House) -> None:
    """A mail that waited longer than its link lives is not sent."""
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    house.clock.advance(nord.portal.policies.activation_lifetime)

    assert house.accounts.relay() == Delivered(delivered=2)  # the request, and the drop
    assert house.mailer.sent == []
    (entry,) = dropped(nord)
    assert (entry.facts["letter"], entry.facts["reason"]) == ("registration.activate", "over")
    assert (entry.stamp.kind, entry.stamp.by) == (ActorKind.SYSTEM, "post")


def test_a_letter_nobody_could_get_is_not_told_as_dropped(nord: Shop, house: House) -> None:
    """A request for an address nobody knows calls for no letter at all."""
    house.accounts.first_sign_in.request(nord.guest, "eve@evil.example")
    house.clock.advance(nord.portal.policies.activation_lifetime)

    assert house.accounts.relay() == Delivered(delivered=1)
    assert dropped(nord) == ()


def test_a_user_who_is_gone_is_not_written_to(nord: Shop, house: House) -> None:
    """The event outlived its person: no letter, and nothing to try again."""
    gone = PasswordSet(at=house.clock(), user=UserId("gone"), portal=nord.portal.id)
    with house.storage.begin(System(realm=nord.realm, job="test")) as work:
        work.record(gone)
        work.commit()

    assert house.accounts.relay() == Delivered(delivered=1)
    assert house.mailer.sent == []


def test_a_mail_comes_under_the_portals_name(nord: Shop, house: House) -> None:
    """Portals that share a mailer write under their own names."""
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    house.accounts.relay()

    assert house.mailer.newest(ALICE).sender_name == nord.portal.name


def test_of_two_requests_the_newest_is_mailed(nord: Shop, house: House) -> None:
    """A link that died because a newer one was asked for is not sent at all."""
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    house.clock.advance(timedelta(seconds=1))
    house.accounts.first_sign_in.request(nord.guest, ALICE)

    assert house.accounts.relay() == Delivered(delivered=3)
    assert len(house.mailer.sent) == 1
    assert [entry.facts["reason"] for entry in dropped(nord)] == ["over"]


def test_a_resend_after_use_sends_nothing() -> None:
    """Killed between mail and mark: the link is used, the lease runs out, no second mail comes."""
    mailer = DyingMailer()
    mailer.dying = False
    nord = open_nord(build(mailer=mailer))
    house, first = nord.house, nord.house.accounts.first_sign_in
    house.accounts.relay()
    mailer.dying = True
    first.request(nord.guest, ALICE)
    with pytest.raises(Killed):
        house.accounts.relay()
    mailer.dying = False
    token = house.token_for(ALICE)  # the relay it asks finds the event leased
    first.activate(nord.guest, token, PASSWORD)

    house.clock.advance(LEASE)
    house.accounts.relay()

    assert [mail.subject for mail in mailer.sent] == ["Aktivieren Sie Ihr Kundenkonto"]


def test_a_resend_before_use_is_the_same_mail() -> None:
    """The negative control: unused, it is sent again, byte for byte, link included."""
    mailer = DyingMailer()
    mailer.dying = False
    nord = open_nord(build(mailer=mailer))
    house = nord.house
    house.accounts.relay()
    mailer.dying = True
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    with pytest.raises(Killed):
        house.accounts.relay()
    mailer.dying = False

    house.clock.advance(LEASE)
    house.accounts.relay()

    assert len(mailer.sent) == 2
    assert mailer.sent[0] == mailer.sent[1]


def test_a_removed_key_ends_the_letter(
    nord: Shop, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """A link nobody could use is dropped at once, told in the log, and tried no more."""
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    rotated = CustomerAccounts(
        storage=house.storage,
        mailer=house.mailer,
        cart=house.cart,
        secret_keys=[NEWER_KEY],
        base_url=BASE_URL,
        delivery=Delivery.BY_RELAY,
        hashing=Hashing.cheap(),
        testing=True,
        clock=house.clock,
    )

    with caplog.at_level(logging.INFO):
        assert rotated.relay() == Delivered(delivered=2)

    assert house.mailer.sent == []
    assert [line.getMessage() for line in caplog.records] == ["letter_dropped"]
    assert [entry.facts["reason"] for entry in dropped(nord)] == ["key removed"]
    with house.storage.reading() as view:
        assert view.outbox.count(nord.scope, PostState.WAITING) == 0


def test_a_mail_server_that_is_away_gets_the_mail_later(nord: Shop, house: House) -> None:
    """The request succeeds at once; the mail comes when the server is back, once."""
    house.mailer.down = True
    house.accounts.first_sign_in.request(nord.guest, ALICE)
    assert house.accounts.relay() == Delivered(failed=1)

    house.mailer.down = False
    house.clock.advance(timedelta(seconds=10))
    assert house.accounts.relay() == Delivered(delivered=1)

    assert len(house.mailer.sent) == 1


def test_no_log_and_no_outbox_holds_the_link(
    nord: Shop, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """The bearer is derived at sending; until then, and in what is logged, there is none."""
    with caplog.at_level(logging.DEBUG):
        house.accounts.first_sign_in.request(nord.guest, ALICE)
        house.mailer.down = True
        house.accounts.relay()
        house.mailer.down = False
        house.clock.advance(timedelta(seconds=10))
        token = house.token_for(ALICE)

    assert token not in "".join(str(line.__dict__) for line in caplog.records)
    assert token not in repr(house.mailer.sent)
    assert token not in str(house.accounts.audit.latest(nord.staff))
