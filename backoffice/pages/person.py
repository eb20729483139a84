"""What the law lets a person ask of the shop: to know what is kept about them, and to have it erased."""

from __future__ import annotations

import json

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customers.erasing import erase, report
from customers.models import Customer
from loyalty.history import history
from staff import audit
from staff.actors import staff_actor
from staff.permissions import require

MOST_LINES = 10_000  # of the history of points


@require_GET
@require("customers.erase")
def data(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is kept about the customer as a file, to be sent to them. That it was made stands in the trail."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    points = [
        {"at": line.at, "what": line.label, "points": line.points, "reason": line.reason, "order": line.order_number}
        for line in history(pk, limit=MOST_LINES)
    ]
    told = json.dumps({**report(customer), "points": points}, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    audit.record(
        "customer.reported", actor=staff_actor(request), at=timezone.now(),
        object_kind="customer", object_id=pk, object_label=str(customer),
    )  # fmt: skip
    name = f"customer-{pk}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(told, content_type="application/json; charset=utf-8", headers=headers)


@require("customers.erase")
def erasing(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes and what stays; on POST erase for good."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    if request.method != "POST":
        return render(request, "backoffice/customer_erase.html", {"customer": customer})
    with transaction.atomic():
        erase(customer, actor=staff_actor(request), at=timezone.now())
    messages.success(request, _("The customer was erased."))
    return redirect("backoffice:customers")
