"""The composition root: wires every service once, and refuses what can't work or is not safe."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from enum import Enum
from ipaddress import ip_address
from urllib.parse import urlsplit

from custaccount.credentials.letters import CHANGED, RESET, CredentialLetters
from custaccount.credentials.passwords import Hashing
from custaccount.credentials.reset import PasswordReset
from custaccount.credentials.sessions import Sessions
from custaccount.credentials.sign_in import SignIn
from custaccount.customers.desk import RegisterDesk
from custaccount.doctor import Area, Doctor, Finding
from custaccount.facilities.letters import (
    Letter,
    LetterText,
    LetterWriter,
    Mailer,
    Place,
    Renderer,
)
from custaccount.facilities.outbox import Subscriber
from custaccount.facilities.signing import KEY_SHORTEST, Keyring
from custaccount.facilities.sweeper import Chore, Sweeper, Swept
from custaccount.facilities.tickets import Purpose, bearer
from custaccount.facilities.trail import AuditTrail
from custaccount.kernel.access import Actor
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import InvalidFields, Rule, refuse_unless
from custaccount.kernel.i18n import N_
from custaccount.kernel.ids import NewId, NewSecret, RealmId
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id, new_secret, utc_now
from custaccount.membership.acting import Acting
from custaccount.membership.units import checked_unit
from custaccount.notifications.courier import Courier
from custaccount.notifications.desk import OutboxDesk
from custaccount.notifications.plain import PlainRenderer
from custaccount.notifications.post import Post
from custaccount.notifications.relay import Delivered, Relay
from custaccount.ordering.ports import Cart, Catalogue
from custaccount.ordering.reorder import Reorder
from custaccount.orders.desk import OrderDesk
from custaccount.orders.history import OrderHistory
from custaccount.orders.ports import OrderSource
from custaccount.orders.stored import StoredOrders
from custaccount.portals.desk import PortalDesk
from custaccount.portals.directory import PortalDirectory
from custaccount.portals.links import PAGES, Links
from custaccount.portals.model import SESSION_CEILING
from custaccount.pricing.book import PriceBook
from custaccount.pricing.desk import PriceDesk
from custaccount.registration.first_sign_in import FirstSignIn
from custaccount.registration.letters import ACTIVATE, RegistrationLetters
from custaccount.storage import Snapshot, Storage, Unit

LETTERS: tuple[LetterText, ...] = (ACTIVATE, RESET, CHANGED)
"""Every letter there is, in the order a person gets them; galleries show them."""

LOG = logging.getLogger("custaccount.accounts")

CHORES: tuple[Chore[Unit], ...] = (
    Chore(
        name="tickets.expired",
        keep=timedelta(days=7),
        purge=lambda work, scope, before, most: work.tickets.purge(
            scope, expired_before=before, limit=most
        ),
    ),
    Chore(
        name="sessions.over",
        keep=SESSION_CEILING,
        purge=lambda work, scope, before, most: work.sessions.purge(
            scope, begun_before=before, limit=most
        ),
    ),
    Chore(
        name="outbox.delivered",
        keep=timedelta(days=30),
        purge=lambda work, scope, before, most: work.outbox.purge(
            scope, recorded_before=before, limit=most
        ),
    ),
)
"""What is forgotten, and how long after it is over; the audit trail is kept for good."""
REALMS = 100
"""Realms asked for at once."""

KNOWN_KEYS = ("secret", "changeme", "change-me", "password", "example", "0123456789", "abcdefgh")
"""What keys copied from documentation begin with or repeat."""
DISTINCT_BYTES = 10
"""Fewer different bytes than this are no random key."""


class Delivery(Enum):
    """Who delivers what the outbox holds."""

    AFTER_COMMIT = "after commit"
    """A thread of this process: right after each commit, and when what failed is due again.

    Inside a host's transaction it looks too early and finds nothing; see ``nudge()``.
    """
    BY_RELAY = "by relay"
    """Only who calls ``relay()``: a worker, a job, a test."""


class ConfigurationRefused(InvalidFields):
    """What the composition root was given can't work or is not safe; with all problems at once."""

    code = "accounts.configuration_refused"


class CustomerAccounts:
    """Everything behind "My account", wired to the host's storage, ERP, mail and cart.

    One of it serves all realms and portals of a deployment and may be used by many threads. Each
    attribute is a service; each of its methods is one thing somebody can do.

    Raises:
        ConfigurationRefused: with every problem of the configuration.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        mailer: Mailer,
        secret_keys: Sequence[str | bytes],
        base_url: str,
        cart: Cart,
        erp: OrderSource | None = None,
        catalogue: Catalogue | None = None,
        renderer: Renderer | None = None,
        subscribers: Sequence[Subscriber] = (),
        pages: Mapping[Purpose, str] = PAGES,
        delivery: Delivery = Delivery.AFTER_COMMIT,
        after_commit: Callable[[], object] | None = None,
        hashing: Hashing | None = None,
        testing: bool = False,
        clock: Clock = utc_now,
        new_id: NewId = new_id,
        new_secret: NewSecret = new_secret,
    ) -> None:
        """Check the configuration, then wire.

        Args:
            storage: Where everything is kept.
            mailer: Hands mails over.
            secret_keys: Oldest first, each of at least 32 random bytes; the last one signs.
            base_url: Where the portals are reached, without a path; links are made of it.
            cart: The shop's cart.
            erp: Tells order history; without one the storage's own is shown.
            catalogue: Tells what may be ordered; without one, what has a price.
            renderer: Writes mails; plain text by default.
            subscribers: Get every event, after it is true.
            pages: The page below a portal that redeems a ticket, by its purpose.
            delivery: Who delivers events and mails.
            after_commit: Told that there may be something to deliver, for a queue of the host's;
                what it raises is logged.
            hashing: Hashes passwords; argon2id with RFC 9106's parameters by default.
            testing: Allows cheap hashing; never for real people's passwords.
            clock: Tells the time, aware.
            new_id: Makes identifiers.
            new_secret: Makes secrets.
        """
        hashing = hashing or Hashing()
        refuse_unless(
            _rules(
                storage=storage,
                mailer=mailer,
                cart=cart,
                secret_keys=secret_keys,
                base_url=base_url,
                hashing=hashing,
                clock=clock,
                testing=testing,
            ),
            code="accounts.configuration",
            error=ConfigurationRefused,
        )
        keyring = Keyring(secret_keys, urlsplit(base_url).netloc)
        self._storage = storage
        self._after_commit = after_commit
        self._links = Links(base_url.rstrip("/"), {**PAGES, **pages})
        self._keyring = keyring
        reading, begin = self._reading, self._begin
        source = erp if erp is not None else StoredOrders(reading)

        self.portals = PortalDirectory(reading=reading)
        self.portal_desk = PortalDesk(reading=reading, begin=begin, clock=clock, new_id=new_id)
        self.register_desk = RegisterDesk(reading=reading, begin=begin, clock=clock, new_id=new_id)
        self.sign_in = SignIn(
            reading=reading,
            begin=begin,
            clock=clock,
            new_secret=new_secret,
            hashing=hashing,
            keyring=keyring,
        )
        self.sessions = Sessions(reading=reading, begin=begin, clock=clock)
        self.password_reset = PasswordReset(
            reading=reading,
            begin=begin,
            clock=clock,
            new_secret=new_secret,
            hashing=hashing,
            keyring=keyring,
        )
        self.first_sign_in = FirstSignIn(
            reading=reading,
            begin=begin,
            clock=clock,
            new_id=new_id,
            new_secret=new_secret,
            hashing=hashing,
            keyring=keyring,
        )
        self.acting = Acting(reading=reading)
        self.prices = PriceBook(reading=reading, clock=clock)
        self.price_desk = PriceDesk(begin=begin, clock=clock, new_id=new_id)
        self.orders = OrderHistory(source=source, keyring=keyring)
        self.order_desk = OrderDesk(begin=begin, clock=clock)
        self.reorder = Reorder(
            source=source,
            reading=reading,
            begin=begin,
            cart=cart,
            catalogue=catalogue,
            clock=clock,
            new_id=new_id,
            keyring=keyring,
        )
        self.audit = AuditTrail(reading=reading, keyring=keyring)
        self.outbox_desk = OutboxDesk(reading=reading, begin=begin, clock=clock)

        self._renderer = renderer or PlainRenderer()
        self._doctor = Doctor(
            storage=storage,
            mailer=mailer,
            base_url=base_url,
            keys=len(secret_keys),
            hashing=hashing,
            clock=clock,
        )
        writers: tuple[LetterWriter, ...] = (
            CredentialLetters(reading=reading),
            RegistrationLetters(reading=reading),
        )
        post = Post(
            writers=writers,
            place=self._place,
            renderer=self._renderer,
            mailer=mailer,
            begin=storage.begin,
            clock=clock,
        )
        self._relay = Relay(
            reading=storage.reading,
            begin=storage.begin,
            clock=clock,
            subscribers=(post, *subscribers),
        )
        self._sweeper = Sweeper(begin=storage.begin, clock=clock, chores=CHORES)
        self._courier = Courier(self._carry) if delivery is Delivery.AFTER_COMMIT else None

    @property
    def storage(self) -> Storage:
        """Where everything is kept, as it was given; for jobs of the host."""
        return self._storage

    @property
    def renderer(self) -> Renderer:
        """What writes mails."""
        return self._renderer

    def examine(self, *areas: Area) -> tuple[Finding, ...]:
        """Look for what is wrong or weak, in these areas or in all; changes and sends nothing."""
        return self._doctor.examine(*areas)

    @property
    def base_url(self) -> str:
        """Where the portals are reached, as it was given, without a slash at the end."""
        return self._links.base_url

    def nudge(self) -> None:
        """See that what has been committed is delivered soon, by whoever was told to.

        Every unit does so by itself. It does so too early inside a transaction of the host's, whose
        commit alone makes the unit true: then the host calls this after its commit, as often as it
        likes. Returns at once; with ``Delivery.BY_RELAY`` and no ``after_commit`` nothing happens.
        """
        if self._courier is not None:
            self._courier.nudge()
        if self._after_commit is not None:
            try:
                self._after_commit()
            except Exception:  # the unit is true, and its events are kept
                LOG.exception("after_commit_failed")

    def relay(self) -> Delivered:
        """Deliver all events and mails that are due now, and say how it went."""
        return self._relay.run()

    def sweep(self, *, progress: Callable[[Swept], None] | None = None) -> tuple[Swept, ...]:
        """Forget what has been over for long, in every realm; run it once a day.

        It works in small batches and may be stopped at any of them, or run twice at once.

        Args:
            progress: Told after each batch what is forgotten by now.
        """
        return self._sweeper.run(self._realms(), progress=progress)

    def close(self) -> None:
        """Finish what is being delivered; call it once, when the process ends."""
        if self._courier is not None:
            self._courier.close()

    def _reading(self) -> AbstractContextManager[Snapshot]:
        if self._courier is not None:
            self._courier.wake()
        return self._storage.reading()

    @contextmanager
    def _begin(self, actor: Actor) -> Iterator[Unit]:
        with checked_unit(self._storage.begin(actor), actor) as work:
            yield work
        self.nudge()

    def _carry(self) -> timedelta | None:
        self._relay.run()
        return self._relay.pause()

    def _realms(self) -> Iterator[RealmScope]:
        last: RealmId | None = None
        while True:
            with self._storage.reading() as view:
                batch = view.portals.realms(after=last, limit=REALMS)
            if not batch:
                return
            yield from map(RealmScope, batch)
            last = batch[-1]

    def _place(self, letter: Letter) -> Place:
        with self._storage.reading() as view:
            portal = view.portals.get(RealmScope(letter.realm), letter.portal)
        ticket, link = letter.ticket, None
        if ticket is not None:
            token = bearer(self._keyring, letter.realm, ticket)
            link = self._links.redeem(portal, letter.language, ticket.purpose, token)
        return Place(portal_name=portal.name, time_zone=portal.time_zone, link=link)


def _rules(
    *,
    storage: object,
    mailer: object,
    cart: object,
    secret_keys: object,
    base_url: str,
    hashing: Hashing,
    clock: object,
    testing: bool,
) -> tuple[Rule, ...]:
    needed: Mapping[str, tuple[object, str]] = {
        "storage": (storage, "begin"),
        "mailer": (mailer, "send"),
        "cart": (cart, "add"),
    }
    keys = secret_keys if isinstance(secret_keys, Sequence) else ()
    one_key = isinstance(secret_keys, str | bytes)
    return (
        *(
            (name, callable(getattr(given, verb, None)), N_("This is missing."))
            for name, (given, verb) in needed.items()
        ),
        ("secret_keys", keys, N_("At least one secret key is needed.")),
        ("secret_keys", not one_key, N_("This is a list of keys, not one key.")),
        *(
            (f"secret_keys[{place}]", _is_strong(key), N_("Too short, too regular or well known."))
            for place, key in enumerate(() if one_key else keys)
        ),
        ("base_url", _is_safe(base_url), N_("https://host, or http on this machine only.")),
        (
            "hashing",
            testing or hashing.strong,
            N_("Weaker than OWASP's floor for argon2id; only tests may do that."),
        ),
        ("clock", _is_aware(clock), N_("The clock tells moments without a time zone.")),
    )


def _is_strong(key: object) -> bool:
    if not isinstance(key, str | bytes):
        return False
    raw = key.encode() if isinstance(key, str) else key
    known = any(word.encode() in raw.lower() for word in KNOWN_KEYS)
    return len(raw) >= KEY_SHORTEST and len(set(raw)) >= DISTINCT_BYTES and not known


def _is_safe(base_url: object) -> bool:
    if not isinstance(base_url, str):
        return False
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    bare = not (parts.query or parts.fragment or parts.username or parts.path.strip("/"))
    if not host or not bare:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_aware(clock: object) -> bool:
    moment = clock() if callable(clock) else None
    return isinstance(moment, datetime) and moment.utcoffset() is not None
