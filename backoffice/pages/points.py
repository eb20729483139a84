"""Points moved by hand: given or taken with a reason, and undone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.forms.customers import AdjustForm
from backoffice.fragments import is_htmx, toast
from backoffice.pages.customer import context_of
from config import formatting
from customers.models import Customer
from loyalty import ledger
from loyalty.models import Journal
from staff.actors import staff_actor
from staff.permissions import require


@require_POST
@require("points.adjust")
def adjust(request: HttpRequest, pk: int) -> HttpResponse:
    """Give or take points. It happens at once; the toast and the history offer to undo it."""
    customer = get_object_or_404(Customer, pk=pk)
    form = AdjustForm(request.POST)
    journal = _adjusted(request, customer, form) if form.is_valid() else None
    if journal is None:
        return _refused(request, customer, form)
    text = _("Done: {points}").format(points=formatting.signed_points(form.signed_points, request.tenant.point_unit))
    return _changed(request, customer, text, undo=reverse("backoffice:points_undo", args=[journal.pk]))


@require_POST
@require("points.adjust")
def undo(request: HttpRequest, journal: int) -> HttpResponse:
    """Reverse an adjustment: a second journal, never an edit. Undone twice is undone once."""
    adjustments = Journal.objects.filter(kind=Journal.Kind.ADJUST).select_related("customer")
    adjustment = get_object_or_404(adjustments, pk=journal)
    try:
        ledger.reverse(
            adjustment.pk,
            reason="",
            key=f"undo:{adjustment.pk}",
            actor=staff_actor(request),
            at=timezone.now(),
        )
    except (ledger.AlreadyResolved, ledger.KeyReused):
        return _changed(request, adjustment.customer, _("That was undone before."))
    return _changed(request, adjustment.customer, _("Undone."))


def _adjusted(request: HttpRequest, customer: Customer, form: AdjustForm) -> Journal | None:
    """The journal, or None with the form saying why not. Members read the reason, so it is in the shop's language."""
    with translation.override(request.tenant.language):
        reason = form.reason_text
    try:
        return ledger.adjust(
            customer.pk,
            form.signed_points,
            reason=reason,
            key=f"adjust:{form.cleaned_data['key']}",
            actor=staff_actor(request),
            at=timezone.now(),
        )
    except ledger.NotEnoughPoints:
        form.add_error("points", _("The member does not have that many points available."))
    except ledger.KeyReused:
        form.add_error(None, _("This form was sent before with other values. Open it again."))
    return None


def _refused(request: HttpRequest, customer: Customer, form: AdjustForm) -> HttpResponse:
    template = "backoffice/customer.html" + ("#adjust_form" if is_htmx(request) else "")
    return render(request, template, context_of(request, customer, adjust=form), status=422)


def _changed(request: HttpRequest, customer: Customer, text: str, *, undo: str = "") -> HttpResponse:
    """The customer's page as it now stands: in place by htmx, with a redirect without."""
    if is_htmx(request):
        answer = render(request, "backoffice/customer.html#customer", context_of(request, customer))
        return toast(answer, text, undo=undo)
    messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")
    return redirect("backoffice:customer", customer.pk)
