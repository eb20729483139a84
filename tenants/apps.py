from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import checks, lifecycle, provisioning  # noqa: F401  register checks and alarms
