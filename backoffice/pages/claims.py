"""Claims for missing points: the queue, the order that fits, yes, no, and undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from backoffice.claim_search import candidates
from backoffice.forms.claims import DeclineForm, PointsForm
from backoffice.fragments import wanted_text
from backoffice.paging import Page, address, page_of
from customers.models import Order
from loyalty import claims, receipts
from loyalty.models import Balance, Claim
from staff.actors import staff_actor
from staff.permissions import require

PAGE_SIZE = 30
BAD_INPUT = 422
State = Claim.State


@require_safe
@require("claims.decide")
def page(request: HttpRequest) -> HttpResponse:
    """Who waits, the longest first; those decided, the latest first."""
    state = request.GET.get("state", "")
    state = state if state in State.values else State.OPEN
    text = wanted_text(request)
    found = Claim.objects.filter(_wanted(text), state=state).select_related("customer")
    context = {
        "claims": _oldest_first(request, found) if state == State.OPEN else page_of(found, request.GET),
        "state": state,
        "q": text,
        "now": timezone.now(),
        "chips": [(address(request.GET, state=value), label, value == state) for value, label in State.choices],
    }
    return render(request, "backoffice/claims.html", context)


@require_safe
@require("claims.decide")
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim beside the orders that may be meant."""
    return _claim_page(request, _claim(pk))


@require_safe
@require("claims.decide")
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The receipt, for staff alone. As an attachment: shown in our page it is a picture, opened it is a download."""
    path = _claim(pk).photo
    if not path or not default_storage.exists(path):
        raise Http404
    with default_storage.open(path) as kept:
        response = HttpResponse(kept.read(), content_type=receipts.type_of(path))
    response["Content-Disposition"] = f'attachment; filename="receipt-{pk}.{path.rpartition(".")[2]}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_POST
@require("claims.decide")
def approve_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Yes: this order is the member's, and earns by the rules."""
    order = request.POST.get("order", "")
    if not (order.isascii() and order.isdigit() and len(order) <= 18):
        return _refused(request, pk, _("Choose an order."))
    try:
        claims.approve(pk, order_id=int(order), answer=_answer(request), actor=staff_actor(request), at=timezone.now())
    except (Claim.DoesNotExist, Order.DoesNotExist) as unknown:
        raise Http404 from unknown
    except claims.CannotDecide as refused:
        return _refused(request, pk, str(refused))
    return _done(request, pk, _("Approved: the order is the member's now."))


@require_POST
@require("claims.decide")
def approve_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Yes: these points."""
    form = PointsForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, _claim(pk), points_form=form, status=BAD_INPUT)
    told = form.cleaned_data
    try:
        with translation.override(request.tenant.language):  # members read the reason
            claims.approve(
                pk, points=told["points"], answer=told["answer"], reason=told["reason"],
                actor=staff_actor(request), at=timezone.now(),
            )  # fmt: skip
    except Claim.DoesNotExist as unknown:
        raise Http404 from unknown
    except claims.CannotDecide as refused:
        form.add_error(None, str(refused))
        return _claim_page(request, _claim(pk), points_form=form, status=BAD_INPUT)
    return _done(request, pk, _("Approved: the member has the points."))


@require_POST
@require("claims.decide")
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """No, in words to the member."""
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _claim_page(request, _claim(pk), decline_form=form, status=BAD_INPUT)
    try:
        claims.decline(pk, answer=form.cleaned_data["answer"], actor=staff_actor(request), at=timezone.now())
    except Claim.DoesNotExist as unknown:
        raise Http404 from unknown
    except claims.CannotDecide as refused:
        return _refused(request, pk, str(refused))
    return _done(request, pk, _("Declined."))


@require_POST
@require("claims.decide")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the decision back: the claim waits again."""
    try:
        claims.undo(pk, actor=staff_actor(request), at=timezone.now())
    except Claim.DoesNotExist as unknown:
        raise Http404 from unknown
    except claims.CannotDecide as refused:
        return _refused(request, pk, str(refused))
    messages.success(request, _("Undone. The claim waits again."))
    return redirect("backoffice:claim", pk)


def _claim_page(request: HttpRequest, claim: Claim, *, status: int = 200, **forms: Any) -> HttpResponse:
    text = wanted_text(request)
    is_open = claim.state == State.OPEN
    rules = claims.by_the_rules(claim, at=timezone.now()) if claim.amount_minor else None
    context = {
        "claim": claim,
        "is_open": is_open,
        "q": text,
        "candidates": candidates(claim, text) if is_open else [],
        "rules": rules,
        "given": _given(claim),
        "balance": Balance.objects.filter(pk=claim.customer_id).first(),
        "points_form": PointsForm(initial={"points": rules.points if rules and rules.points else None}),
        "decline_form": DeclineForm(),
        "now": timezone.now(),
        **forms,
    }
    return render(request, "backoffice/claim.html", context, status=status)


def _given(claim: Claim) -> int:
    """Points that the claim brought without an order."""
    if claim.journal is None:
        return 0
    return sum(entry.points for entry in claim.journal.entries.filter(customer__isnull=False))


def _oldest_first(request: HttpRequest, found: QuerySet[Claim]) -> Page[Claim]:
    """One page of those who wait; `?after=` leads on to who came later."""
    text = request.GET.get("after", "")
    after = int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
    rows = list(found.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    newer = address(request.GET, after=shown[-1].pk) if len(rows) > PAGE_SIZE else ""
    return Page(shown, newer=newer, older=address(request.GET) if after else "")


def _wanted(text: str) -> Q:
    if not text:
        return Q()
    return Q(number__istartswith=text) | Q(customer__name__icontains=text) | Q(customer__email__iexact=text)


def _claim(pk: int) -> Claim:
    return get_object_or_404(Claim.objects.select_related("customer", "order", "journal"), pk=pk)


def _answer(request: HttpRequest) -> str:
    return request.POST.get("answer", "").replace("\x00", "").strip()[:300]


def _done(request: HttpRequest, pk: int, text: str) -> HttpResponse:
    """On to the next who waits, with the way back in the toast."""
    messages.success(request, text, extra_tags=f"undo:{reverse('backoffice:claim_undo', args=[pk])}")
    following = Claim.objects.filter(state=State.OPEN).order_by("pk").values_list("pk", flat=True).first()
    return redirect("backoffice:claim", following) if following else redirect("backoffice:claims")


def _refused(request: HttpRequest, pk: int, text: str) -> HttpResponse:
    messages.error(request, text)
    return redirect("backoffice:claim", pk)
