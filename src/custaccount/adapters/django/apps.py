"""How Django knows the app."""

from django.apps import AppConfig
from django.core.checks import Tags, register

from custaccount.adapters.django import checks, doctor


class CustAccountConfig(AppConfig):
    """Tables of customer accounts, and what is checked about them."""

    name = "custaccount.adapters.django"
    label = "custaccount"
    verbose_name = "Customer accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell Django what to check."""
        for check in checks.ALWAYS:
            register(check, checks.TAG)
        for check in (*checks.DEPLOYED, doctor.check_configuration):
            register(check, checks.TAG, deploy=True)
        register(doctor.check_storage, checks.TAG, Tags.database)
