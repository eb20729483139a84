"""System checks of our own: what must hold on every installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def tenancy_is_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Sessions and users live beside each other in the tenant's schema; caches are keyed by tenant."""
    errors: list[CheckMessage] = []
    for app in ("django.contrib.sessions", "staff"):
        if app not in settings.TENANT_APPS:
            errors.append(Error(f"{app} must be among TENANT_APPS", id="dangol.E001"))
    if settings.CACHES["default"].get("KEY_FUNCTION") != "django_tenants.cache.make_key":
        errors.append(Error("the cache must be keyed by tenant", id="dangol.E002"))
    if settings.SESSION_COOKIE_DOMAIN:
        errors.append(Error("session cookies must be host-only", id="dangol.E003"))
    return errors
