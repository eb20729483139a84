"""A storefront's past: its orders read through its API, and points for those from before the programme."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from backoffice.agreement import progress_of
from backoffice.fragments import asks_for
from loyalty import backdating, programme
from loyalty.models import Backdating
from staff.actors import staff_actor
from staff.permissions import require
from storefront import pulling
from storefront.models import Pull, Store
from storefront.nightly import can_be_asked

ACTS = {"pause": pulling.pause, "resume": pulling.resume, "stop": pulling.stop}
KINDS = [("orders", gettext_lazy("Points for each order")), ("opening", gettext_lazy("An opening balance"))]
REFUSED = {
    "no_programme": gettext_lazy(
        "There is no programme in force yet. Publish it first: its rules say what orders earn."
    ),
    "already": gettext_lazy("Points for the past were given already. Take them back before you choose otherwise."),
    "changed": gettext_lazy("Somebody was quicker. Look at how it stands now."),
}


class SinceForm(forms.Form):
    """From which day on; empty: from the beginning."""

    since = forms.DateField(required=False)

    def clean_since(self) -> datetime | None:
        """The day's first moment in the shop's time zone."""
        day = self.cleaned_data["since"]
        if day is None:
            return None
        if not 2000 <= day.year <= timezone.localdate().year or day > timezone.localdate():
            raise forms.ValidationError(_("Choose a day in the past."))
        return datetime.combine(day, time(0), timezone.get_current_timezone())


class PastForm(SinceForm):
    """What to give for orders from before the programme."""

    kind = forms.ChoiceField(choices=KINDS)


@require("stores.view")
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    store = get_object_or_404(Store, public_id=public_id)
    for part in ("reading", "past"):
        if asks_for(request, part):
            return render(request, f"backoffice/history.html#{part}", _context(store))
    return render(request, "backoffice/history.html", _context(store))


@require_POST
@require("stores.edit")
def start(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read the storefront's accounts and its orders since a day, in the background."""
    store = get_object_or_404(Store, public_id=public_id, disconnected_at=None)
    if not can_be_asked(store):
        messages.error(request, _("There is no key for this shop's API yet."))
        return redirect("backoffice:store_history", public_id)
    form = SinceForm(request.POST)
    if not form.is_valid():
        return render(request, "backoffice/history.html", _context(store, since_form=form), status=422)
    try:
        since = form.cleaned_data["since"]
        pulling.start_history(store, since=since, actor=staff_actor(request), at=timezone.now())
    except pulling.AlreadyUnderWay:
        messages.info(request, _("It is being read already."))
    return redirect("backoffice:store_history", public_id)


@require_POST
@require("stores.compare")
def act(request: HttpRequest, public_id: str, pk: int, what: str) -> HttpResponse:
    """Pause, resume or stop a pull of this storefront."""
    if what not in ACTS:
        raise Http404
    pull = get_object_or_404(Pull, pk=pk, store__public_id=public_id)
    try:
        ACTS[what](pull, actor=staff_actor(request), at=timezone.now())
    except pulling.NotPossible:
        messages.info(request, _("Somebody was quicker. Look at how it stands now."))
    name = "backoffice:store_history" if pull.purpose == Pull.Purpose.HISTORY else "backoffice:store_agreement"
    return redirect(name, public_id)


@require_POST
@require("stores.edit")
def count(request: HttpRequest, public_id: str) -> HttpResponse:
    """Count what points for the past would come to. Nothing is given."""
    store = get_object_or_404(Store, public_id=public_id)
    form = PastForm(request.POST)
    if not form.is_valid():
        return render(request, "backoffice/history.html", _context(store, past_form=form), status=422)
    chosen = {"kind": form.cleaned_data["kind"], "since": form.cleaned_data["since"]}
    try:
        backdating.count(store.public_id, **chosen, actor=staff_actor(request), at=timezone.now())
    except backdating.NotPossible as error:
        messages.error(request, str(REFUSED[error.code]))
    return redirect("backoffice:store_history", public_id)


@require_POST
@require("stores.edit")
def past(request: HttpRequest, public_id: str, pk: int, what: str) -> HttpResponse:
    """Give what was counted, put it away, or take all of it back."""
    store = get_object_or_404(Store, public_id=public_id)
    found = get_object_or_404(Backdating, pk=pk, source=public_id)
    told: Any = {"label": store.name, "actor": staff_actor(request), "at": timezone.now()}
    try:
        if what == "give":
            backdating.give(found, **told)
        elif what == "back":
            backdating.take_back(found, **told)
        elif what == "away":
            backdating.put_away(found)
        else:
            raise Http404
    except backdating.NotPossible as error:
        messages.info(request, str(REFUSED[error.code]))
    return redirect("backoffice:store_history", public_id)


def _context(store: Store, *, since_form: SinceForm | None = None, past_form: PastForm | None = None) -> dict[str, Any]:
    pull = Pull.objects.filter(store=store, purpose=Pull.Purpose.HISTORY).order_by("-id").first()
    return {
        "store": store,
        "can_be_asked": can_be_asked(store),
        "progress": progress_of(pull),
        "is_under_way": pull is not None and pull.state in pulling.UNFINISHED,
        "since_form": since_form or SinceForm(),
        "past_form": past_form or PastForm(initial={"kind": "orders"}),
        "kinds": KINDS,
        "today": timezone.localdate(),
        **_past(store),
    }


def _past(store: Store) -> dict[str, Any]:
    """Points for the past: what was counted or given, what it is worth, what taking it back would come to."""
    found = backdating.of_store(store.public_id)
    if found is None or found.state == Backdating.State.TAKEN_BACK:
        return {
            "backdating": None,
            "taken_back": found,
            "has_programme": programme.in_force(timezone.now()) is not None,
        }
    worth, currency = backdating.worth(found)
    is_given = found.state in (Backdating.State.GIVING, Backdating.State.GIVEN)
    return {
        "backdating": found,
        "worth": worth,
        "currency": currency,
        "cost": backdating.cost_of_taking_back(found) if is_given else None,
        "at_work": found.state in backdating.AT_WORK,
        "has_programme": True,
    }
