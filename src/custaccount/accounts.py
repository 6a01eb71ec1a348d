"""The composition root: wires every service once, and refuses what can't work or is not safe."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from enum import Enum
from functools import cached_property
from typing import TypedDict
from urllib.parse import urlsplit

from custaccount.chores import CHORES, chores_apart
from custaccount.configuration import rules_of
from custaccount.credentials import letters as credentials
from custaccount.credentials.desk import LoginDesk
from custaccount.credentials.email_change import EmailChange
from custaccount.credentials.guard import SignInGuard, SignInLimits
from custaccount.credentials.letters import CredentialLetters
from custaccount.credentials.own_password import OwnPassword
from custaccount.credentials.passwords import Hashing
from custaccount.credentials.profile import MyProfile
from custaccount.credentials.reset import PasswordReset
from custaccount.credentials.sessions import Sessions
from custaccount.credentials.sign_in import SignIn
from custaccount.customers.address_book import AddressBook
from custaccount.customers.company import MyCompany
from custaccount.customers.customer_desk import CustomerDesk
from custaccount.customers.desk import RegisterDesk
from custaccount.customers.groups_desk import GroupDesk
from custaccount.customers.model import AddressChanged, CustomerChanged
from custaccount.doctor import Area, Doctor, Finding
from custaccount.facilities.letters import (
    Letter,
    LetterText,
    LetterWriter,
    Mailer,
    Place,
    Renderer,
)
from custaccount.facilities.limits import Limiter, Limits
from custaccount.facilities.number_desk import NumberDesk
from custaccount.facilities.numbering import Numbering
from custaccount.facilities.outbox import Subscriber
from custaccount.facilities.process_limits import ProcessLimits
from custaccount.facilities.signing import Keyring
from custaccount.facilities.sweeper import Sweeper, Swept
from custaccount.facilities.tickets import Purpose, bearer
from custaccount.facilities.trail import AuditTrail
from custaccount.kernel.access import Actor, Member
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import InvalidFields, refuse_unless
from custaccount.kernel.features import SHIPPED, Feature, Features
from custaccount.kernel.ids import CustomerNumber, NewId, NewSecret, OperationName, RealmId
from custaccount.kernel.operations import Operation, operations_of
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.sources import new_id, new_secret, utc_now
from custaccount.kernel.work import Begin, Reading
from custaccount.membership.access import AccessDesk, MyAccess, Operations
from custaccount.membership.acting import Acting
from custaccount.membership.changing import Changing
from custaccount.membership.checkout import Checkout
from custaccount.membership.desk import MemberDesk
from custaccount.membership.inviting import Inviting
from custaccount.membership.model import (
    InvitationEnded,
    MemberAdded,
    MemberInvited,
    MemberRemoved,
    MemberResumed,
    MemberRolesChanged,
    MemberSuspended,
    RoleBookChanged,
)
from custaccount.membership.own_roles import OwnRoles
from custaccount.membership.trail import CompanyTrail
from custaccount.membership.units import checked_unit
from custaccount.membership.users import CompanyUsers
from custaccount.notifications.courier import Courier
from custaccount.notifications.desk import OutboxDesk
from custaccount.notifications.plain import PlainRenderer
from custaccount.notifications.post import Post
from custaccount.notifications.relay import Delivered, Relay
from custaccount.ordering.guest_cart import GuestCart
from custaccount.ordering.model import OrderCopied
from custaccount.ordering.planning import Planning
from custaccount.ordering.ports import Cart, Catalogue
from custaccount.ordering.reorder import Reorder
from custaccount.orders.desk import OrderDesk
from custaccount.orders.history import OrderHistory
from custaccount.orders.ports import OrderSource
from custaccount.orders.stored import StoredOrders
from custaccount.portals.desk import PortalDesk
from custaccount.portals.directory import PortalDirectory
from custaccount.portals.links import PAGES, Links
from custaccount.pricing.book import PriceBook
from custaccount.pricing.desk import PriceDesk
from custaccount.registration import letters as registration
from custaccount.registration.accounts_desk import AccountDesk
from custaccount.registration.drafts import Drafts
from custaccount.registration.first_sign_in import FirstSignIn
from custaccount.registration.invited import Invited
from custaccount.registration.join_requests import JoinRequests
from custaccount.registration.letters import RegistrationLetters
from custaccount.registration.matching import Matching
from custaccount.registration.model import ClaimRefused, JoinRequested, StaffPasswordGiven
from custaccount.registration.new_customers import NewCustomers
from custaccount.registration.ports import CustomerMatcher, RegistrationWork
from custaccount.registration.queue import RegistrationDesk
from custaccount.registration.registering import Registering
from custaccount.registration.second_proof import SecondProof
from custaccount.registration.settling import Settling
from custaccount.registration.waiting import WaitingDesk
from custaccount.staff.desk import StaffDesk
from custaccount.staff.letters import STAFF_CHANGED, STAFF_RESET, StaffLetters
from custaccount.staff.reset import StaffPasswordReset
from custaccount.staff.sessions import StaffSessions
from custaccount.staff.sign_in import StaffSignIn
from custaccount.storage import Snapshot, Storage, Unit

LETTERS: tuple[LetterText, ...] = (
    *registration.TEXTS,
    *credentials.TEXTS,
    STAFF_RESET,
    STAFF_CHANGED,
)
"""Every letter there is, in the order a person gets them; galleries show them."""

TOLD_TO_COMPANIES = frozenset(
    event.name
    for event in (
        AddressChanged,
        ClaimRefused,
        CustomerChanged,
        InvitationEnded,
        JoinRequested,
        MemberAdded,
        MemberInvited,
        MemberRemoved,
        MemberResumed,
        MemberRolesChanged,
        MemberSuspended,
        OrderCopied,
        RoleBookChanged,
        StaffPasswordGiven,
    )
)
"""What happened to a customer that its own administrators see in the audit trail."""

LOG = logging.getLogger("custaccount.accounts")

REALMS = 100
"""Realms asked for at once."""


class _Wires(TypedDict):
    """What nearly every service gets."""

    reading: Reading[Snapshot]
    begin: Begin[Unit]
    clock: Clock


class _Secrets(TypedDict):
    """What services get that deal with passwords and links."""

    new_secret: NewSecret
    hashing: Hashing
    keyring: Keyring


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

    def __init__(  # noqa: PLR0915 - each service is wired once, here
        self,
        *,
        storage: Storage,
        mailer: Mailer,
        secret_keys: Sequence[str | bytes],
        base_url: str,
        cart: Cart,
        erp: OrderSource | None = None,
        catalogue: Catalogue | None = None,
        matcher: CustomerMatcher | None = None,
        limits: Limits | None = None,
        sign_in_limits: SignInLimits | None = None,
        features: Sequence[Feature] = (),
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
            matcher: Tells whose a proven address is, where an ERP knows; without one the register.
            limits: Counts how often something is done; by default in this process alone.
            sign_in_limits: How often somebody may try to sign in.
            features: Functions of the host's own that staff switch, beside those that are shipped.
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
            rules_of(
                storage=storage,
                mailer=mailer,
                cart=cart,
                secret_keys=secret_keys,
                base_url=base_url,
                hashing=hashing,
                clock=clock,
                features=(*SHIPPED, *features),
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

        offered = Features((*SHIPPED, *features))
        self._features = offered
        limits = limits if limits is not None else ProcessLimits(clock=clock)
        self._limiter = Limiter(
            limits=limits,
            instead=ProcessLimits(clock=clock),
            keyring=keyring,
        )
        wires: _Wires = {"reading": reading, "begin": begin, "clock": clock}
        secrets: _Secrets = {"new_secret": new_secret, "hashing": hashing, "keyring": keyring}

        self.portals = PortalDirectory(reading=reading, features=offered)
        self.portal_desk = PortalDesk(**wires, new_id=new_id, features=offered)
        self.number_desk = NumberDesk(**wires)

        guard = SignInGuard(
            limiter=self._limiter, keyring=keyring, limits=sign_in_limits or SignInLimits()
        )
        self.sign_in = SignIn(**wires, **secrets, new_id=new_id, guard=guard)
        self.sessions = Sessions(**wires, hashing=hashing, guard=guard)
        self.password_reset = PasswordReset(**wires, **secrets, limiter=self._limiter)
        self.own_password = OwnPassword(
            **wires, **secrets, new_id=new_id, guard=guard, limiter=self._limiter
        )
        self.profile = MyProfile(**wires)
        self.login_desk = LoginDesk(**wires)
        self.email_change = EmailChange(
            **wires, new_secret=new_secret, keyring=keyring, limiter=self._limiter
        )

        numbering: Numbering[RegistrationWork] = Numbering(
            begin=begin, clock=clock, is_used=_is_customer_number
        )
        settling = Settling(new_id=new_id, numbering=numbering, features=offered)
        self.first_sign_in = FirstSignIn(
            **wires, **secrets, new_id=new_id, limiter=self._limiter, settling=settling
        )
        self.registering = Registering(
            **wires,
            **secrets,
            new_id=new_id,
            limiter=self._limiter,
            numbering=numbering,
            settling=settling,
            asks_erp=matcher is not None,
        )
        self.new_customers = NewCustomers(
            **wires, new_id=new_id, limiter=self._limiter, numbering=numbering
        )
        self.registration_desk = RegistrationDesk(
            **wires, **secrets, new_id=new_id, numbering=numbering, settling=settling
        )
        self.account_desk = AccountDesk(
            **wires, **secrets, new_id=new_id, limiter=self._limiter, settling=settling
        )
        self.invited = Invited(
            **wires, new_id=new_id, hashing=hashing, keyring=keyring, settling=settling
        )
        self.second_proof = SecondProof(
            **wires, source=source, limiter=self._limiter, settling=settling
        )
        self.drafts = Drafts(**wires)
        self.join_requests = JoinRequests(**wires, settling=settling)

        inviting = Inviting(
            clock=clock,
            new_id=new_id,
            new_secret=new_secret,
            keyring=keyring,
            limiter=self._limiter,
        )
        changing = Changing(clock=clock)
        self.acting = Acting(**wires, features=offered)
        self.users = CompanyUsers(**wires, inviting=inviting, changing=changing)
        self.roles = OwnRoles(**wires, new_id=new_id)
        self.member_desk = MemberDesk(**wires, inviting=inviting, changing=changing)
        self.access = MyAccess(reading=reading, operations=self._asked, features=offered)
        self.access_desk = AccessDesk(reading=reading, operations=self._asked, features=offered)

        self.register_desk = RegisterDesk(**wires, new_id=new_id)
        self.group_desk = GroupDesk(**wires, new_id=new_id, features=offered)
        self.customer_desk = CustomerDesk(**wires, features=offered)
        self.company = MyCompany(**wires)
        self.address_book = AddressBook(**wires, new_id=new_id, keyring=keyring)
        self.checkout = Checkout(reading=reading)

        self.staff_sign_in = StaffSignIn(**wires, **secrets, guard=guard)
        self.staff_sessions = StaffSessions(
            **wires, new_secret=new_secret, hashing=hashing, guard=guard
        )
        self.staff_password_reset = StaffPasswordReset(**wires, **secrets, limiter=self._limiter)
        self.staff_desk = StaffDesk(**wires, new_id=new_id, new_secret=new_secret, hashing=hashing)
        self.waiting = WaitingDesk(reading=reading)

        self.prices = PriceBook(reading=reading, clock=clock)
        self.price_desk = PriceDesk(begin=begin, clock=clock, new_id=new_id)
        self.orders = OrderHistory(source=source, keyring=keyring)
        self.order_desk = OrderDesk(begin=begin, clock=clock)
        planning = Planning(reading=reading, catalogue=catalogue, clock=clock)
        self.reorder = Reorder(
            begin=begin,
            clock=clock,
            source=source,
            cart=cart,
            planning=planning,
            new_id=new_id,
            keyring=keyring,
        )
        self.guest_cart = GuestCart(begin=begin, cart=cart, planning=planning)
        self.audit = AuditTrail(reading=reading, keyring=keyring)
        self.trail = CompanyTrail(reading=reading, keyring=keyring, events=TOLD_TO_COMPANIES)
        self.outbox_desk = OutboxDesk(**wires)

        self._renderer = renderer or PlainRenderer()
        self._doctor = Doctor(
            storage=storage,
            mailer=mailer,
            base_url=base_url,
            keys=len(secret_keys),
            hashing=hashing,
            limits=limits,
            clock=clock,
        )
        writers: tuple[LetterWriter, ...] = (
            CredentialLetters(reading=reading),
            RegistrationLetters(reading=reading),
            StaffLetters(reading=reading),
        )
        post = Post(
            writers=writers,
            place=self._place,
            renderer=self._renderer,
            mailer=mailer,
            begin=storage.begin,
            clock=clock,
        )
        matching: tuple[Subscriber, ...] = ()
        if matcher is not None:
            matching = (
                Matching(
                    **wires,
                    new_id=new_id,
                    matcher=matcher,
                    numbering=numbering,
                    settling=settling,
                ),
            )
        self._relay = Relay(
            reading=storage.reading,
            begin=storage.begin,
            clock=clock,
            subscribers=(post, *matching, *subscribers),
        )
        self._sweeper = Sweeper(
            begin=storage.begin, clock=clock, chores=CHORES, apart=chores_apart(limits)
        )
        self._courier = Courier(self._carry) if delivery is Delivery.AFTER_COMMIT else None

    @property
    def storage(self) -> Storage:
        """Where everything is kept, as it was given; for jobs of the host."""
        return self._storage

    @property
    def renderer(self) -> Renderer:
        """What writes mails."""
        return self._renderer

    @cached_property
    def operations(self) -> Mapping[OperationName, Operation]:
        """What each method of each service asks of who acts, by ``service.method``."""
        named = vars(self).items()
        return operations_of({name: one for name, one in named if not name.startswith("_")})

    @property
    def features(self) -> Features:
        """The functions that can be switched: those that are shipped, then the host's."""
        return self._features

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

    def _asked(self) -> Operations:
        members = (one for one in self.operations.values() if one.actor is Member)
        return {one.name: one.asked for one in members}

    def _reading(self) -> AbstractContextManager[Snapshot]:
        if self._courier is not None:
            self._courier.wake()
        return self._storage.reading()

    @contextmanager
    def _begin(self, actor: Actor) -> Iterator[Unit]:
        with checked_unit(self._storage.begin(actor), actor, self._features) as work:
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


def _is_customer_number(work: RegistrationWork, scope: RealmScope, number: str) -> bool:
    return bool(work.customers.with_numbers(scope, [CustomerNumber(number)]))
