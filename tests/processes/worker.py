"""One of several processes that work in one database at once; run as a script.

It does what guests, the relay and the seller's staff do, chosen by a seed, so many times, and
writes down what succeeded: one line of JSON each, which the test reads when all are done. Mails
are files, so that a link one process sends may be used by another, or by two at once.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from custaccount import CustAccountError
from custaccount.adapters.sqlalchemy import SqlAlchemyStorage
from custaccount.facilities.letters import Mail
from custaccount.kernel.errors import Unavailable
from custaccount.kernel.ids import BearerToken, RealmId, SessionToken
from custaccount.kernel.sources import new_id, utc_now
from tests.house import House, NoLimits, Shop, build, staff_of

REALM, PATH = RealmId("nord"), "/customer-center"
PEOPLE = 8
"""Few, so that processes meet."""
FIRST = 5000
"""The first customer number; the number of people divides it."""
PASSWORDS = ("vier Schwalben am Dach", "sieben Raben im Garten", "drei Elstern im Baum")
TOKEN = re.compile(r"token=([\w.~-]+)")


def email_of(person: int) -> str:
    """Name a person's address."""
    return f"p{person}@acme.example"


def company(number: int) -> dict[str, object]:
    """Write a customer's row: each person is a contact of two companies."""
    return {
        "erp_id": f"E-{number}",
        "number": f"{number}",
        "name": f"Company {number}",
        "contact": f"Person {number % PEOPLE}",
        "email": email_of(number % PEOPLE),
        "language": "de",
    }


class FolderMailer:
    """A mail server whose mails are files: one each time it is given one."""

    stand_in: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def send(self, mail: Mail) -> None:
        """Take a mail."""
        told = {"id": mail.id, "to": mail.to.key, "plain": mail.plain}
        part = self._folder / f"{new_id()}.part"
        part.write_text(json.dumps(told), "utf-8")
        part.rename(part.with_suffix(".json"))

    def mails(self) -> list[dict[str, str]]:
        """Read all mails, the oldest first."""
        return [json.loads(one.read_text("utf-8")) for one in sorted(self._folder.glob("*.json"))]


def house_on(url: str, folder: Path) -> House:
    """Build the house of one process on the database all share."""
    return build(
        SqlAlchemyStorage.connect(url),
        clock=utc_now,  # type: ignore[arg-type] - the one clock that processes share
        mailer=FolderMailer(folder / "mails"),  # type: ignore[arg-type]
        limits=NoLimits(),
    )


class Worker:
    """Does one thing after another and writes down what succeeded."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self._choice = random.Random(seed)  # noqa: S311 - to be repeated, not kept secret
        self._house = house_on(url, folder)
        portal = self._house.accounts.portals.at_path(PATH)
        self._shop = Shop(self._house, REALM, portal, staff_of(REALM))
        self._mailer = FolderMailer(folder / "mails")
        self._log = (folder / f"worker-{seed}.jsonl").open("a", encoding="utf-8")
        self._sessions: list[SessionToken] = []

    def work(self, how_often: int) -> None:
        """Do so many things, then deliver what is left."""
        deeds: tuple[Callable[[], None], ...] = (
            self.ask_for_a_first_link,
            self.ask_for_a_reset,
            self.use_a_link,
            self.use_a_link,
            self.sign_in,
            self.sign_in,
            self.come_back,
            self.sign_out,
            self.relay,
            self.relay,
            self.import_a_batch,
        )
        for _ in range(how_often):
            deed = self._choice.choice(deeds)
            try:
                deed()
            except Unavailable as trouble:
                self._note("trouble", deed=deed.__name__, error=repr(trouble))
            except CustAccountError as refusal:
                self._note("refused", deed=deed.__name__, error=type(refusal).__name__)
        self.relay()
        self._log.close()

    def ask_for_a_first_link(self) -> None:
        """Let somebody ask for the first sign-in."""
        self._house.accounts.first_sign_in.request(self._shop.guest, self._somebody())

    def ask_for_a_reset(self) -> None:
        """Let somebody forget the password."""
        self._house.accounts.password_reset.request(self._shop.guest, self._somebody())

    def use_a_link(self) -> None:
        """Use one of the newest links, whoever has used it by now."""
        mails = self._mailer.mails()[-6:]
        if not mails:
            return
        mail = self._choice.choice(mails)
        link = TOKEN.search(mail["plain"])
        if link is None:
            return
        token, password = BearerToken(link[1]), self._choice.choice(PASSWORDS)
        accounts = self._house.accounts
        deeds = (
            ("activated", accounts.first_sign_in.activate),
            ("reset", accounts.password_reset.set_password),
        )
        for name, deed in deeds:
            try:
                deed(self._shop.guest, token, password)
            except CustAccountError as refusal:
                if isinstance(refusal, Unavailable):
                    raise
            else:
                self._note(name, token=token, person=mail["to"])

    def sign_in(self) -> None:
        """Try one of the passwords."""
        person = self._somebody()
        token = self._shop.sign_in(person, self._choice.choice(PASSWORDS))
        self._sessions.append(token)
        self._note("signed in", person=person, session=token)

    def come_back(self) -> None:
        """Resume a session."""
        if self._sessions:
            token = self._choice.choice(self._sessions)
            self._house.accounts.sessions.resume(self._shop.guest, token)

    def sign_out(self) -> None:
        """End a session."""
        if self._sessions:
            token = self._sessions.pop(self._choice.randrange(len(self._sessions)))
            self._house.accounts.sessions.end(self._shop.guest, token)
            self._note("ended", session=token)

    def relay(self) -> None:
        """Deliver what is due."""
        self._house.accounts.relay()

    def import_a_batch(self) -> None:
        """Import customers that others import too."""
        first = self._choice.randrange(2 * PEOPLE)
        rows = [company(FIRST + (first + more) % (2 * PEOPLE)) for more in range(5)]
        town = self._choice.choice(["Köln", "Gent", "Lund"])
        self._house.accounts.register_desk.import_rows(
            self._shop.staff, [{**row, "town": town} for row in rows]
        )

    def _somebody(self) -> str:
        return email_of(self._choice.randrange(PEOPLE))

    def _note(self, what: str, **facts: str) -> None:
        self._log.write(json.dumps({"what": what, **facts}) + "\n")


def be_naive() -> None:
    """Lease events as one would without thinking of others: look, then mark what was seen."""
    from custaccount.adapters.sqlalchemy import outbox as adapter
    from custaccount.adapters.sqlalchemy.lists import update_any
    from custaccount.adapters.sqlalchemy.tables import outbox

    adapter._OLDEST._for_update_arg = None
    adapter._LEASE = (
        update_any(outbox, outbox.c.id, "ids")
        .where(adapter._IN_REALM)
        .values(due=adapter.bindparam("until"), fence=outbox.c.fence + 1)
    )


if __name__ == "__main__":
    address, place, number, how_often, *manner = sys.argv[1:]
    if manner == ["naive"]:
        be_naive()
    Worker(address, Path(place), int(number)).work(int(how_often))
