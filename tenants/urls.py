"""The operator's admin; only config.urls.public includes it."""

from django.urls import path

from tenants.operator import alarms, merchants, pool  # noqa: F401  register themselves
from tenants.operator.site import site

urlpatterns = [path("", site.urls)]
