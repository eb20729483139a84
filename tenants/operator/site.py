"""The site itself: who may enter, and the exception it needs from the content security policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from allauth.account.decorators import secure_admin_login
from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite
from unfold.widgets import UnfoldAdminTextInputWidget

# unfold's Alpine evaluates expressions, and it writes its colours into the page. Nobody but operators gets these pages.
UNFOLD_NEEDS = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}


class OperatorSite(UnfoldAdminSite):
    """Only operators of the installation, signed in through /account/ so that their second factor counts."""

    index_title = _("This installation")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        return csp_update(UNFOLD_NEEDS)(super().admin_view(view, cacheable))  # type: ignore[return-value]


site = OperatorSite(name="admin")


class ReasonForm(forms.Form):
    """Why an operator does something; goes into the trail."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=UnfoldAdminTextInputWidget)


class ReadOnlyAdmin(ModelAdmin):
    """Lists and shows. What changes something is an action with a page of its own; deleting is never offered."""

    actions: Sequence[Any] = ()
    compressed_fields = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row of an address; None when there is none, also for what no id can be (PostgreSQL knows no U+0000)."""
        return None if "\x00" in object_id else super().get_object(request, object_id, from_field)

    def ask(
        self,
        request: HttpRequest,
        *,
        title: str,
        text: str,
        back: str,
        act: Callable[[str], str],
        subject: str = "",
        form_class: type[forms.Form] = ReasonForm,
    ) -> HttpResponse:
        """A page that asks before acting: GET shows it, POST does `act(reason)` and tells what that returns.

        `act` may raise ValueError with a sentence for the operator.
        """
        form = form_class(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                messages.success(request, act(form.cleaned_data.get("reason", "")))
            except ValueError as error:
                messages.error(request, str(error))
            return HttpResponseRedirect(back)
        shown = {"title": subject or title, "verb": title, "text": text, "form": form, "back": back}
        context = {**self.admin_site.each_context(request), **shown}
        return render(request, "operator/ask.html", context, status=422 if form.errors else 200)
