"""One's own PIN for the till. Setting it asks for the password again: a PIN may approve what others do."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from staff import pins
from staff.actors import staff_actor
from staff.forms import PinForm
from staff.models import User
from staff.permissions import may


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required(allow_get=True)
def page(request: HttpRequest) -> HttpResponse:
    """GET: whether there is one. POST: set another, or remove it with `remove`."""
    user = request.user
    assert isinstance(user, User)
    if request.tenant.schema_name == "public" or not may(user, "till.use"):
        raise Http404
    is_removal = "remove" in request.POST
    form = PinForm(None if is_removal or request.method != "POST" else request.POST)
    if request.method == "POST" and (is_removal or form.is_valid()):
        pin = "" if is_removal else form.cleaned_data["pin"]
        pins.set_pin(user, pin, actor=staff_actor(request), at=timezone.now())
        messages.success(request, _("Your PIN was removed.") if is_removal else _("Your PIN is set."))
        return redirect("staff:me")
    return render(
        request, "staff/pin.html", {"form": form, "has_pin": bool(user.pin)}, status=422 if form.errors else 200
    )
