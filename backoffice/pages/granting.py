"""Giving a member a reward for nothing."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.forms.rewards import GrantForm
from customers.models import Customer
from loyalty import ledger, programme
from loyalty.having import name_of
from loyalty.models import Redemption
from loyalty.redemption import CannotRedeem, grant
from staff.actors import staff_actor
from staff.permissions import require


@require("points.adjust")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose the reward and say why; the code is the member's at once."""
    customer = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    version = programme.in_force(timezone.now())
    rewards = version.terms.rewards if version else ()
    form = GrantForm(request.POST or None, rewards=rewards)
    if request.method == "POST" and form.is_valid() and (given := _given(request, customer, form)):
        messages.success(request, _("Given: {reward}").format(reward=name_of(given)))
        return redirect("backoffice:redemption", given.pk)
    status = 422 if request.method == "POST" else 200
    context = {"customer": customer, "form": form, "rewards": rewards}
    return render(request, "backoffice/reward_grant.html", context, status=status)


def _given(request: HttpRequest, customer: Customer, form: GrantForm) -> Redemption | None:
    told = form.cleaned_data
    try:
        return grant(
            customer.pk, told["reward"], origin="staff", key=f"backoffice:{customer.pk}:{told['key']}",
            reason=told["reason"], at=timezone.now(), actor=staff_actor(request),
        )  # fmt: skip
    except CannotRedeem as refused:
        form.add_error("reward", refused.message)
    except ledger.KeyReused:
        form.add_error(None, _("This form was sent before with other values. Open it again."))
    return None
