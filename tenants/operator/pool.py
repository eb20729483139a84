"""The pool of ready schemas, with "refill"; and the trail."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from tenants import alarms
from tenants.models import PooledSchema, TrailEntry
from tenants.operator.site import ReadOnlyAdmin, site
from tenants.recording import current_version


@admin.register(PooledSchema, site=site)
class PoolAdmin(ReadOnlyAdmin):
    list_display = ("schema_name", "schema_version", "is_current", "created_at")
    list_display_links = None
    list_filter = ("schema_version",)
    ordering = ("created_at",)
    actions_list = ("refill",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        self.version = current_version()
        ready = PooledSchema.objects.filter(schema_version=self.version).count()
        title = __("%(ready)s of %(size)s schemas ready") % {"ready": ready, "size": settings.POOL_SIZE}
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    @display(description=_("Current"), boolean=True)
    def is_current(self, pooled: PooledSchema) -> bool:
        return pooled.schema_version == self.version

    @action(description=_("Refill"), url_path="refill")
    def refill(self, request: HttpRequest) -> HttpResponse:
        def act(_reason: str) -> str:
            with transaction.atomic():
                alarms.ring("pool")
            return __("A worker fills the pool.")

        return self.ask(
            request,
            title=__("Refill"),
            text=__("A worker makes the schemas that are missing."),
            back=reverse("admin:tenants_pooledschema_changelist"),
            act=act,
            form_class=forms.Form,
        )


@admin.register(TrailEntry, site=site)
class TrailAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor_name", "action", "merchant_name", "reason")
    list_display_links = None
    list_filter = ("action",)
    search_fields = ("merchant_name", "schema_name", "actor_name", "reason")
    show_full_result_count = False
