"""Merchants with their state, size and last activity; suspend, resume, close, take a closing back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.views import ChangeList

from tenants import lifecycle
from tenants.models import Merchant
from tenants.operator.site import ReadOnlyAdmin, ReasonForm, site

State = Merchant.State
LONGEST_ID = 18  # digits

SIZES = """
SELECT n.nspname, sum(pg_total_relation_size(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'm')
GROUP BY n.nspname
"""


def sizes_of(schema_names: Sequence[str]) -> dict[str, int]:
    """Bytes on disk of each schema: tables with their indexes and long values. One look at the catalogue for all."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [list(schema_names)])
        return {name: int(size) for name, size in cursor.fetchall()}


def is_number(text: object) -> bool:
    """Whether this part of an address can be an id at all."""
    return str(text).isascii() and str(text).isdigit() and len(str(text)) <= LONGEST_ID


class MerchantList(ChangeList):
    """One page of merchants, with their sizes fetched together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        merchants: list[Merchant] = list(self.result_list)  # type: ignore[has-type]
        sizes = sizes_of([merchant.schema_name for merchant in merchants])
        for merchant in merchants:
            merchant.size = sizes.get(merchant.schema_name, 0)
        self.result_list = merchants


@admin.register(Merchant, site=site)
class MerchantAdmin(ReadOnlyAdmin):
    list_display = ("shown_name", "address", "shown_state", "country", "shown_size", "last_active_at", "created_at")
    list_filter = ("state", "country", "language")
    search_fields = ("name", "slug", "schema_name", "domains__domain")
    ordering = ("-created_at", "-id")
    list_per_page = 50
    show_full_result_count = False
    fields = (
        "name", "address", "shown_state", "state_reason", "erase_after", "country", "currency", "language",
        "time_zone", "shown_size", "last_active_at", "created_at", "schema_name", "schema_version",
    )  # fmt: skip
    readonly_fields = ("address", "shown_state", "shown_size")
    actions_detail = ("suspend", "resume", "close", "reopen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        return super().get_queryset(request).exclude(schema_name="public")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MerchantList

    @display(description=_("Merchant"), ordering="name")
    def shown_name(self, merchant: Merchant) -> str:
        return merchant.name

    @display(description=_("Address"), ordering="slug")
    def address(self, merchant: Merchant) -> str:
        return format_html('<a href="{}">{}</a>', merchant.url(), merchant.host)

    @display(
        description=_("State"), ordering="state",
        label={State.ACTIVE.label: "success", State.SUSPENDED.label: "warning", State.CLOSING.label: "danger"},
    )  # fmt: skip
    def shown_state(self, merchant: Merchant) -> str:
        return merchant.get_state_display()

    @display(description=_("Size"))
    def shown_size(self, merchant: Merchant) -> str:
        size = getattr(merchant, "size", None)
        return filesizeformat(sizes_of([merchant.schema_name]).get(merchant.schema_name, 0) if size is None else size)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What operators did to it: the trail, not Django's own log, which would be empty."""
        merchant = self._merchant(request, object_id)
        return HttpResponseRedirect(reverse("admin:tenants_trailentry_changelist") + f"?q={merchant.schema_name}")

    @action(description=_("Suspend"), url_path="suspend", permissions=["suspend"])
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = __("The shop's pages and hooks answer 503 until you resume it. Nothing is lost.")
        return self._act(request, object_id, __("Suspend"), text, lifecycle.suspend)

    @action(description=_("Resume"), url_path="resume", permissions=["resume"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = __("The shop answers again, and what waited is done.")
        return self._act(request, object_id, __("Resume"), text, lifecycle.resume, form_class=forms.Form)

    @action(description=_("Close the shop"), url_path="close", permissions=["close"])
    def close(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = __("The shop stops now. After %(days)s days its data and files are erased for good.")
        return self._act(
            request, object_id, __("Close the shop"), text % {"days": lifecycle.GRACE.days}, lifecycle.close
        )

    @action(description=_("Cancel closing"), url_path="reopen", permissions=["reopen"])
    def reopen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        text = __("The shop answers again. Nothing has been erased yet.")
        title, change = __("Cancel closing"), lifecycle.cancel_closing
        return self._act(request, object_id, title, text, change, form_class=forms.Form)

    def has_suspend_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is(object_id, State.ACTIVE)

    def has_resume_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is(object_id, State.SUSPENDED)

    def has_close_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is(object_id, State.ACTIVE, State.SUSPENDED)

    def has_reopen_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._is(object_id, State.CLOSING)

    def _is(self, object_id: Any, *states: State) -> bool:
        """Whether the action is offered. A stale page may still post one: the domain function refuses it."""
        return is_number(object_id) and Merchant.objects.filter(pk=object_id, state__in=states).exists()

    def _merchant(self, request: HttpRequest, object_id: str) -> Merchant:
        merchant: Merchant | None = self.get_object(request, object_id)
        if merchant is None:
            raise Http404
        return merchant

    def _act(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        text: str,
        change: Callable[..., None],
        *,
        form_class: type[forms.Form] = ReasonForm,
    ) -> HttpResponse:
        merchant = self._merchant(request, object_id)

        def act(reason: str) -> str:
            change(merchant, reason=reason, actor_name=str(request.user), at=timezone.now())
            return __("%(merchant)s is now %(state)s.") % {
                "merchant": merchant, "state": Merchant.objects.get(pk=merchant.pk).get_state_display(),
            }  # fmt: skip

        back = reverse("admin:tenants_merchant_change", args=[merchant.pk])
        return self.ask(
            request, title=title, subject=str(merchant), text=text, back=back, act=act, form_class=form_class
        )
