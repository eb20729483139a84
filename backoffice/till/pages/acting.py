"""What the till's buttons do. Each form carries a key; an answer that got lost is asked for again with the same one."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.till import acts, proving, screen
from backoffice.till.acts import Act, Done, Refused
from backoffice.till.approving import Measure, NeedsApproval, approved_by
from backoffice.till.masking import masked_name, masked_phone
from backoffice.till.pages.standing import TillRequest, at_till, show
from backoffice.till.proving import NeedsProof
from config.money import WrongMoney, to_minor
from customers.models import Customer
from loyalty import counter, standing
from loyalty.models import Redemption
from staff import tills

KEY = re.compile(r"[0-9a-f]{32}")
MOST_STAMPS = 10
Doing = Callable[[Act, str], Done]


@require_safe
@at_till
def preview(request: TillRequest, pk: int) -> HttpResponse:
    """What ?amount= would earn, by the very rules that will give it."""
    amount = amount_of(request.GET.get("amount", ""), request.tenant.currency)
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    points = counter.preview(customer.pk, amount, at=timezone.now()) if amount else None
    return show(request, "preview", {"points": points})


@require_POST
@at_till
def purchase(request: TillRequest, pk: int) -> HttpResponse:
    """A purchase: the amount was chosen or typed."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    amount = amount_of(request.POST.get("amount", ""), request.tenant.currency) or 0
    measure = Measure(amount, counter.preview(pk, amount, at=timezone.now()) if amount else 0)
    return _carry_out(request, customer, measure, lambda act, who: acts.purchase(pk, amount, act, approved_by=who))


@require_POST
@at_till
def stamp(request: TillRequest, pk: int) -> HttpResponse:
    """One or a few stamps on one card."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    count = _number(request.POST.get("count", "1")) or 0
    if not 0 < count <= MOST_STAMPS:
        return _refused(request, customer, _("So many stamps can't be given at once."))
    card = request.POST.get("card", "")[:40]
    return _carry_out(request, customer, Measure(), lambda act, _who: acts.stamp(pk, card, count, act))


@require_POST
@at_till
def reward(request: TillRequest, pk: int) -> HttpResponse:
    """A reward for points, handed over at once."""
    customer = get_object_or_404(Customer.objects.present(), pk=pk)
    wanted, points = request.POST.get("reward", "")[:40], _number(request.POST.get("points", ""))
    measure = Measure(points=acts.points_of(wanted, points, timezone.now()))
    return _carry_out(request, customer, measure, lambda act, _who: acts.reward(pk, wanted, points, act), spends=True)


@require_POST
@at_till
def use_code(request: TillRequest, pk: int) -> HttpResponse:
    """Use a code: one that was shown here, or one of the list of a member of whom it is sure who they are."""
    taken = get_object_or_404(Redemption.objects.select_related("customer"), pk=pk)
    measure = Measure(points=taken.points)
    was_shown = tills.is_proven(request.till, proving.of_code(taken), at=timezone.now())
    return _carry_out(request, taken.customer, measure, lambda act, _who: acts.code(pk, act), spends=not was_shown)


@require_POST
@at_till
def undo(request: TillRequest) -> HttpResponse:
    """Take back what was done a moment ago."""
    kind, reference = request.POST.get("kind", ""), request.POST.get("reference", "")[:20]
    try:
        done = acts.undo(kind, reference, _act(request))
    except Refused as refusal:
        return show(request, "done", {"refusal": str(refusal)}, status=422)
    return _said(request, get_object_or_404(Customer, pk=done.customer_id), done)


def _carry_out(
    request: TillRequest, customer: Customer, measure: Measure, do: Doing, *, spends: bool = False
) -> HttpResponse:
    """Do it within the limits of who stands here, and say what came of it. `spends`: something of the member's."""
    try:
        act = _act(request)
        if spends and not acts.was_used_before(customer.pk, act):
            proving.check(request, request.till, customer, act)
        done = do(act, approved_by(request, request.stander, measure, at=act.at))
    except NeedsProof as asking:
        return _ask_for_proof(request, customer, asking)
    except NeedsApproval as asking:
        return _ask_for_approval(request, customer, asking)
    except Refused as refusal:
        return _refused(request, customer, str(refusal))
    return _said(request, customer, done)


def _act(request: TillRequest) -> Act:
    key = request.POST.get("key", "")
    if not KEY.fullmatch(key):
        raise Refused(_("This form is too old. Start again."))
    actor = tills.actor_at(request, request.stander)
    return Act(actor, timezone.now(), key, request.tenant.point_unit)


def _said(request: TillRequest, customer: Customer, done: Done) -> HttpResponse:
    balance = standing.standing(customer.pk, at=timezone.now())
    name = masked_name(customer.name)
    screen.show(request.till.id, name, balance.available)
    context = {"done": done, "customer": customer, "name": name, "standing": balance, "key": request.POST["key"]}
    return show(request, "done", context)


def _refused(request: TillRequest, customer: Customer, text: str) -> HttpResponse:
    return show(request, "done", {"refusal": text, "customer": customer}, status=422)


def _ask_for_approval(request: TillRequest, customer: Customer, asking: NeedsApproval) -> HttpResponse:
    """The same form once more, with whoever may approve it; its key stays."""
    context = {
        "approvers": asking.approvers,
        "problem": asking.problem,
        "chosen": request.POST.get("approver", ""),
        **_again(request, customer),
    }
    return show(request, "approve", context, status=422)


def _ask_for_proof(request: TillRequest, customer: Customer, asking: NeedsProof) -> HttpResponse:
    """The same form once more, with a field for the member's card or name; its key stays."""
    person = masked_name(customer.name) or masked_phone(customer.phone) or _("No name")
    said = request.POST.get("proof", "")[:100]
    context = {"person": person, "problem": asking.problem, "said": said, **_again(request, customer)}
    return show(request, "prove", context, status=422)


def _again(request: TillRequest, customer: Customer) -> dict[str, object]:
    """What the form was sent with, to be sent once more; what is asked for now is left out."""
    left_out = {"csrfmiddlewaretoken", "approver", "pin", "proof"}
    values = [(name, value) for name, value in request.POST.items() if name not in left_out]
    return {"customer": customer, "action": request.path, "values": values}


def amount_of(text: str, currency: str) -> int | None:
    """Minor units of an amount as typed, with or without separators of thousands; None when it is none."""
    try:
        amount = Decimal(text.replace(",", "").replace(" ", "")[:20])
        return to_minor(str(amount), currency) if amount.is_finite() and 0 < amount < 10**12 else None
    except (InvalidOperation, WrongMoney):
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
