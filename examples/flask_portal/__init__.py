"""A customer portal in Flask: the pages of ``examples/pages`` over custaccount."""

from flask_portal.app import Shop, create_app

__all__ = ["Shop", "create_app"]
