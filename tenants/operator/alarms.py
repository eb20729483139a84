"""Alarms: those that fail, with their error and "try again now"; and what is due."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from tenants import alarms
from tenants.models import Alarm, Merchant
from tenants.operator.site import ReadOnlyAdmin, site


class StateFilter(admin.SimpleListFilter):
    """Failing ones unless asked for others: thousands sleep and need nobody."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", _("Due")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": _("Failing")}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> QuerySet[Alarm]:
        match self.value():
            case "all":
                return queryset
            case "due":
                return queryset.filter(due_at__lte=timezone.now())
        return queryset.filter(failures__gt=0)


@admin.register(Alarm, site=site)
class AlarmAdmin(ReadOnlyAdmin):
    list_display = ("merchant", "kind", "failures", "last_error", "retry_at", "shown_due", "sent_at")
    list_display_links = None
    list_filter = (StateFilter,)
    search_fields = ("schema_name", "kind", "last_error")
    ordering = ("-failures", "due_at")
    actions = ("try_again",)
    show_full_result_count = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        self.merchants = {row.schema_name: row for row in Merchant.objects.filter(
            schema_name__in=Alarm.objects.filter(failures__gt=0).values("schema_name")
        )}  # fmt: skip
        return super().changelist_view(request, extra_context)

    @display(description=_("Merchant"), ordering="schema_name")
    def merchant(self, alarm: Alarm) -> str:
        row = self.merchants.get(alarm.schema_name)
        if row is None or row.schema_name == "public":
            return alarm.schema_name
        return format_html('<a href="{}">{}</a>', reverse("admin:tenants_merchant_change", args=[row.pk]), row)

    @display(description=_("Due"), ordering="due_at")
    def shown_due(self, alarm: Alarm) -> Any:
        return _("at once") if alarm.due_at == alarms.AT_ONCE else alarm.due_at

    @action(description=_("Try again now"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Alarm]) -> None:
        count = queryset.update(retry_at=None, sent_at=None, due_at=alarms.AT_ONCE)
        for alarm in queryset:
            alarms.send(alarm.schema_name, alarm.kind)
        text = ngettext("%(count)s alarm is being tried again.", "%(count)s alarms are being tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
