"""Links into a portal; made of configuration only, never of a request."""

import attrs

from custaccount.facilities.tickets import Purpose
from custaccount.kernel.i18n import Language
from custaccount.kernel.ids import BearerToken
from custaccount.portals.model import Portal

PAGES = {Purpose.ACTIVATE: "activate", Purpose.RESET_PASSWORD: "password"}
"""The page that redeems a ticket, by its purpose; a host that has others gives its own."""


@attrs.frozen
class Links:
    """Writes absolute links from the deployment's base URL."""

    base_url: str

    def home(self, portal: Portal, language: Language) -> str:
        """Write the portal's address: by path, else by number, else by host and language."""
        if portal.path is not None:
            return self.base_url + portal.path
        if portal.number is not None:
            return f"{self.base_url}/{portal.number}"
        scheme = self.base_url.partition("://")[0]
        return f"{scheme}://{portal.host}/{language.value}/account"

    def redeem(
        self, portal: Portal, language: Language, purpose: Purpose, token: BearerToken
    ) -> str:
        """Write the link that is mailed; it carries the token and must not be logged."""
        return f"{self.home(portal, language)}/{PAGES[purpose]}?token={token}"
