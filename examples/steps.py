"""What every walk through a portal needs: facts about it, a way to fail, and a mailbox."""

from __future__ import annotations

import re
import time

import attrs

from browser import Answer, Browser
from custaccount.registration import GivenPassword
from wholesaler.staff import Employed

PASSWORD = "violet harbour crane 42"
MAIL_PATIENCE = 15
"""Seconds a mail may take."""


@attrs.frozen(kw_only=True)
class Facts:
    """What a walk has to know of the portal."""

    base_url: str
    path: str
    number: str
    closed_path: str
    known: str
    """An address of the register without a login, contact of two companies."""
    company: str
    """The one of them to act for."""
    company_language: str
    orders: int
    """How many it has."""
    ready: str
    """Somebody of a third company, who can sign in."""
    ready_password: str = attrs.field(repr=False)
    partners_path: str
    """A portal where staff let people in."""
    given: GivenPassword
    """What staff gave somebody to sign in there."""
    invited: str
    """Who was invited to the third company …"""
    joining: str
    """… and who asks to join it, with the same password."""
    shared: str
    """Who acts for the third company and another one, with the same password, too …"""
    shared_companies: tuple[str, str]
    """… the two of them, the one chosen last first."""
    proven: str
    """An address of the register whose company nobody acts for …"""
    proof: tuple[str, str]
    """… and what only that company knows: its number, and that of an invoice."""
    staff: tuple[Employed, ...]
    """Who may do everything, and who looks after accounts with a password to be changed first."""


class Wrong(Exception):
    """A step did not go as promised."""


def hold(fact: object, said: str) -> None:
    """Go on if something holds.

    Raises:
        Wrong: it does not.
    """
    if not fact:
        raise Wrong(said)


def without_tokens(page: Answer) -> str:
    """Leave out the texts of forms, which some hosts write anew each time."""
    return re.sub(r'(name="csrf\w*" value=")[^"]*', r"\1", page.body)


def without_times(page: Answer) -> dict[str, str]:
    """Leave out of the headers when the answer was made, and until when a cookie is kept."""
    kept = {name: value for name, value in page.headers.items() if name != "date"}
    return {name: re.sub(r"expires=[^;]*", "", value) for name, value in kept.items()}


@attrs.define
class Walking:
    """Somebody who walks through the portal."""

    facts: Facts

    def at(self, path: str) -> str:
        """Write an address in the portal."""
        return f"{self.facts.base_url}{self.facts.path}{path}"

    def english(self, browser: Browser) -> Answer:
        """Ask for English on the sign-in page, for what a walk looks for is English."""
        page = browser.get(self.at("/sign-in"))
        return browser.submit(page.form(to="/language"), press="en")

    def mail(self, email: str, containing: str) -> Answer:
        """Wait for a mail in the development inbox."""
        deadline = time.monotonic() + MAIL_PATIENCE
        while True:
            inbox = Browser().get(f"{self.facts.base_url}/dev/inbox")
            if any(containing in link for link in links_to(email, inbox)):
                return inbox
            hold(time.monotonic() < deadline, f"no mail to {email} within {MAIL_PATIENCE} s")
            time.sleep(0.1)

    def mailed(self, email: str, page: str) -> str:
        """Wait for a link to a page, and return the newest one."""
        inbox = self.mail(email, f"{page}?token=")
        return next(link for link in links_to(email, inbox) if f"{page}?token=" in link)


def links_to(email: str, inbox: Answer) -> list[str]:
    """List the links that were mailed to an address, the newest first."""
    mails = (attrs.evolve(inbox, body=f"<p{mail}") for mail in inbox.body.split("<article")[1:])
    return [link for mail in mails if f">{email}<" in mail.body for link in mail.links]
