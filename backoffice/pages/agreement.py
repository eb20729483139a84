"""Whether a storefront and we agree: comparisons, the orders in drift, their dry run and their repair."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from backoffice.agreement import foresee, line_of, progress_of
from backoffice.fragments import asks_for
from backoffice.paging import address, page_of
from config import formatting
from staff.actors import staff_actor
from staff.permissions import require
from storefront import pulling, repairing
from storefront.models import Drift, Pull, Store
from storefront.nightly import can_be_asked

SHOWN = {
    "open": Q(repaired_at=None, put_aside_at=None),
    "left": Q(repaired_at=None, put_aside_at__isnull=False),
    "settled": Q(repaired_at__isnull=False),
}
LAST = 5  # comparisons
MOST_CHOSEN = 200  # in one dry run; what is more is repaired unseen by "all"


@require("stores.view")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    store = get_object_or_404(Store, public_id=public_id)
    if asks_for(request, "under-way"):
        return render(request, "backoffice/agreement.html#under_way", _under_way(store, polled=True))
    show, kind = _choice(request, "show", list(SHOWN), "open"), _choice(request, "kind", Drift.Kind.values, "")
    drifts = page_of(_found(store, show, kind), request.GET)
    context = {
        **_under_way(store),
        "line": line_of(store),
        "drifts": drifts,
        "rows": foresee(drifts.rows),
        "show": show,
        "kind": kind,
        "chips": _chips(request, show, kind),
        "comparisons": [progress_of(pull) for pull in _latest(store, Pull.Purpose.COMPARISON)[:LAST]],
        "can_be_asked": can_be_asked(store),
        "repairable": _found(store, "open", "").filter(kind__in=repairing.REPAIRABLE).count(),
    }
    return render(request, "backoffice/agreement.html", context)


@require_POST
@require("stores.compare")
def compare(request: HttpRequest, public_id: str) -> HttpResponse:
    """Compare now instead of tonight."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    if not can_be_asked(store):
        messages.error(request, _("There is no key for this shop's API yet."))
        return redirect("backoffice:store_agreement", public_id)
    try:
        pulling.start_comparison(store, actor=staff_actor(request), at=timezone.now())
    except pulling.AlreadyUnderWay:
        messages.info(request, _("Orders are being compared already."))
    return redirect("backoffice:store_agreement", public_id)


@require("stores.compare")
def dry_run(request: HttpRequest, public_id: str) -> HttpResponse:
    """What repairing the chosen orders (none chosen: all) would change. Writes nothing."""
    store = get_object_or_404(Store, public_id=public_id)
    chosen = _ids((request.POST or request.GET).getlist("drift"))
    found = _found(store, "open", "").filter(kind__in=repairing.REPAIRABLE)
    found = found.filter(pk__in=chosen) if chosen else found
    rows = foresee(list(found.order_by("-pk")[:MOST_CHOSEN]))
    context = {
        "store": store,
        "rows": rows,
        "all": not chosen,
        "total": found.count(),
        "gain": sum(row.change for row in rows if row.change > 0),
        "loss": -sum(row.change for row in rows if row.change < 0),
    }
    return render(request, "backoffice/agreement_dry_run.html", context)


@require_POST
@require("stores.compare")
def repair(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make the chosen orders (or all) what the storefront says, in the background."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    chosen = None if request.POST.get("all") else _ids(request.POST.getlist("drift"))
    pull = pulling.start_repair(store, chosen, actor=staff_actor(request), at=timezone.now())
    if pull is None:
        messages.info(request, _("There is nothing left to repair."))
    else:
        messages.success(request, _("The orders are being repaired."))
    return redirect("backoffice:store_agreement", public_id)


@require_POST
@require("stores.compare")
def leave(request: HttpRequest, public_id: str) -> HttpResponse:
    """Leave the chosen orders as they are."""
    store = get_object_or_404(Store, public_id=public_id)
    ids = _found(store, "open", "").filter(pk__in=_ids(request.POST.getlist("drift"))).values_list("pk", flat=True)
    left = repairing.leave(list(ids), reason=_reason(request), actor=staff_actor(request), at=timezone.now())
    told = ngettext("{count} order left as it is.", "{count} orders left as they are.", left)
    messages.success(request, told.format(count=formatting.count(left)))
    return redirect("backoffice:store_agreement", public_id)


@require_POST
@require("stores.compare")
def decide(request: HttpRequest, public_id: str, pk: int, what: str) -> HttpResponse:
    """Decide about one order: count it as cancelled, undo that, or take up again what was left."""
    drift = get_object_or_404(Drift, pk=pk, store__public_id=public_id)
    actor, at = staff_actor(request), timezone.now()
    try:
        if what == "cancel":
            repairing.cancel_extra(drift, reason=_reason(request), actor=actor, at=at)
        elif what == "restore":
            repairing.restore_extra(drift, actor=actor, at=at)
        elif what == "take-up":
            repairing.take_up(drift, actor=actor, at=at)
        else:
            raise Http404
    except repairing.NotPossible:
        messages.info(request, _("Somebody was quicker. Look at how it stands now."))
    return redirect("backoffice:store_agreement", public_id)


def _under_way(store: Store, *, polled: bool = False) -> dict[str, Any]:
    """The comparison and the repair that are not over; the page asks again until they are, then shows itself anew."""
    pulls = [_latest(store, purpose).first() for purpose in (Pull.Purpose.COMPARISON, Pull.Purpose.REPAIR)]
    unfinished = [progress_of(pull) for pull in pulls if pull and pull.state in pulling.UNFINISHED]
    is_running = any(found.pull.state == Pull.State.RUNNING for found in unfinished if found)
    return {"store": store, "under_way": unfinished, "is_running": is_running, "has_ended": polled and not is_running}


def _latest(store: Store, purpose: str) -> QuerySet[Pull]:
    return Pull.objects.filter(store=store, purpose=purpose).order_by("-id")


def _found(store: Store, show: str, kind: str) -> QuerySet[Drift]:
    found = Drift.objects.filter(SHOWN[show], store=store).select_related("store")
    return found.filter(kind=kind) if kind else found


def _choice(request: HttpRequest, name: str, allowed: list[str], default: str) -> str:
    value = request.GET.get(name, "")
    return value if value in allowed else default


def _chips(request: HttpRequest, show: str, kind: str) -> list[dict[str, object]]:
    shown = [("open", _("To look at")), ("left", _("Left as they are")), ("settled", _("Dealt with"))]
    kinds = [("", _("All kinds")), *Drift.Kind.choices]
    return [
        {"href": address(request.GET, show=value), "label": label, "current": value == show} for value, label in shown
    ] + [
        {"href": address(request.GET, kind=value or None), "label": label, "current": value == kind}
        for value, label in kinds
    ]


def _ids(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18][:MOST_CHOSEN]


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "").strip()[:300]
