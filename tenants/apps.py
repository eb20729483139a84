from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        from tenants import lifecycle, provisioning  # noqa: F401  register their alarms
