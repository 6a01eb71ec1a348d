"""How Django knows the app."""

from django.apps import AppConfig
from django.core.checks import register

from custaccount.adapters.django import checks


class CustAccountConfig(AppConfig):
    """Tables of customer accounts, and what is checked about them."""

    name = "custaccount.adapters.django"
    label = "custaccount"
    verbose_name = "Customer accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell Django what to check."""
        register(checks.check_time_zone, checks.TAG)
        register(checks.check_database, checks.TAG)
        register(checks.check_factory, checks.TAG)
        register(checks.check_requests, checks.TAG)
        register(checks.check_mail, checks.TAG, deploy=True)
