"""Making two customers one: who might be the same, both side by side, doing it and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backoffice.duplicates import groups, like
from backoffice.fragments import wanted_text
from backoffice.merge_view import FIELDS, holdings_of, moves_of, particulars_of
from backoffice.paging import LONGEST_ID
from customers.merging import CannotMerge, merge
from customers.models import Customer
from customers.unmerging import CannotUnmerge, preview_merge, unmerge
from staff.actors import staff_actor
from staff.permissions import require

FOUND = 10


@require("customers.view")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Customers who share an address, a page at a time."""
    by = "email" if request.GET.get("by") == "email" else "phone"
    after = request.GET.get("after", "").replace("\0", "")[:254]
    found, more = groups(by, after=after)
    context = {
        "groups": found, "by": by, "by_phone": by == "phone", "by_email": by == "email", "more": more,
        "is_first": not after,
    }  # fmt: skip
    return render(request, "backoffice/duplicates.html", context)


@require("customers.merge")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who is the same person as this one; then see both side by side, and make them one."""
    left = get_object_or_404(Customer.objects.present(), pk=pk)
    told = request.POST if request.method == "POST" else request.GET
    other = _other(told.get("with", ""), left)
    if other is None:
        text = wanted_text(request)
        found = Customer.objects.search(text).exclude(pk=pk).order_by("-pk")[:FOUND] if text else like(left)
        return render(request, "backoffice/merge_choose.html", {"customer": left, "found": list(found), "q": text})
    if request.method == "POST":
        return _merged(request, other, left)
    preview = preview_merge(other, left)
    context = {
        "customer": left,
        "gone": other,
        "particulars": particulars_of(preview),
        "holdings": holdings_of(preview, request.tenant.point_unit, at=timezone.now()),
        "moves": moves_of(preview),
    }
    return render(request, "backoffice/merge.html", context)


@require_POST
@require("customers.merge")
def undo(request: HttpRequest, pk: int, gone: int) -> HttpResponse:
    """Make them two again."""
    left = get_object_or_404(Customer, pk=pk)
    other = get_object_or_404(Customer, pk=gone)
    try:
        if other.merged_into_id not in (None, left.pk):
            raise CannotUnmerge("merged on")
        with transaction.atomic():
            unmerge(other, actor=staff_actor(request), at=timezone.now())
    except CannotUnmerge:
        messages.error(request, _("This cannot be undone any more: one of the two was erased or merged on since."))
        return redirect("backoffice:customer", pk)
    messages.success(request, _("They are two customers again. What moved is back."))
    return redirect("backoffice:customer", gone)


def _merged(request: HttpRequest, gone: Customer, left: Customer) -> HttpResponse:
    taking = {field for field in FIELDS if request.POST.get(f"take_{field}") == "other"}
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:300]
    try:
        with transaction.atomic():
            merge(gone, left, actor=staff_actor(request), at=timezone.now(), reason=reason, taking=taking)
    except CannotMerge:
        messages.error(request, _("These two are one already, or one of them is not there any more."))
        return redirect("backoffice:customer", left.pk)
    undo_at = reverse("backoffice:customer_unmerge", args=[left.pk, gone.pk])
    messages.success(request, _("The two are one customer now."), extra_tags=f"undo:{undo_at}")
    return redirect("backoffice:customer", left.pk)


def _other(text: str, left: Customer) -> Customer | None:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        return None
    return Customer.objects.present().filter(pk=int(text)).exclude(pk=left.pk).first()
