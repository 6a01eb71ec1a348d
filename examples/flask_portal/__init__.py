"""A customer portal in Flask: the pages of ``examples/pages`` beside a shop of hardly any."""

from flask_portal.app import create_portal, create_shop
from flask_portal.host import making

__all__ = ["create_portal", "create_shop", "making"]
