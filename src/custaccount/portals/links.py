"""Links into a portal; made of configuration only, never of a request."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import attrs

from custaccount.facilities.tickets import Purpose
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken
from custaccount.portals.model import Portal

PAGES: Mapping[Purpose, str] = {
    Purpose.ACTIVATE: "activate",
    Purpose.RESET_PASSWORD: "password",
    Purpose.CHANGE_EMAIL: "email",
    Purpose.UNDO_EMAIL_CHANGE: "email/undo",
    Purpose.REGISTRATION: "register/confirm",
    Purpose.INVITATION: "invitation",
    Purpose.STAFF_PASSWORD: "staff/password",
}
"""The page that redeems a ticket, by its purpose; a host that has others gives its own."""


@attrs.frozen
class Links:
    """Writes absolute links from the deployment's base URL."""

    base_url: str
    pages: Mapping[Purpose, str] = PAGES

    def home(self, portal: Portal, language: Language) -> str:
        """Write the portal's address: by path, else by number, else by host and language.

        A portal with a host of its own is reached by the base URL's scheme and port.
        """
        if portal.path is not None:
            return self.base_url + portal.path
        if portal.number is not None:
            return f"{self.base_url}/{portal.number}"
        base = urlsplit(self.base_url)
        port = f":{base.port}" if base.port else ""
        return f"{base.scheme}://{portal.host}{port}/{language.value}/account"

    def redeem(
        self, portal: Portal, language: Language, purpose: Purpose, token: BearerToken
    ) -> str:
        """Write the link that is mailed; it carries the token and must not be logged."""
        return f"{self.home(portal, language)}/{self.pages[purpose]}?token={token}"
