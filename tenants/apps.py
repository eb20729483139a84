from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("This installation")

    def ready(self) -> None:
        from tenants import checks, lifecycle, provisioning  # noqa: F401  register checks and alarms
