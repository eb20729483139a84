"""What members took for their points: the list, somebody who shows a code, and one redemption with what can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from backoffice.forms.rewards import ActForm
from backoffice.fragments import asks_for, wanted_text
from backoffice.paging import LONGEST_ID, address, page_of
from backoffice.redemption_words import known_rewards, origin, problem, row_of, steps
from customers.models import Customer
from loyalty import redemption as rewards
from loyalty.codes import read_code, spaced
from loyalty.having import name_of
from loyalty.models import Redemption
from loyalty.using import try_again
from staff.actors import Actor, staff_actor
from staff.permissions import require
from storefront.models import Store

MOST_MEMBERS = 200  # that a search text may mean
State = Redemption.State
DONE = {
    "use": gettext_noop("Used."),
    "unuse": gettext_noop("Undone: the code is good again."),
    "cancel": gettext_noop("Cancelled. The points are back with the member."),
    "give-back": gettext_noop("The points are back with the member."),
    "again": gettext_noop("The storefront is asked once more."),
}


@require_safe
@require("rewards.view")
def page(request: HttpRequest) -> HttpResponse:
    """All of them, the newest first."""
    text, wanted = wanted_text(request), _wanted(request)
    found = _found(text, wanted).select_related("customer").defer("terms")
    shown = page_of(found.defer(None), request.GET)
    context = {
        "redemptions": shown,
        "rows": [row_of(redemption) for redemption in shown.rows],
        "q": text,
        **wanted,
        "rewards": known_rewards(),
        "chips": _chips(request, wanted["state"]),
        "is_filtered": bool(text or any(wanted.values())),
        "clear_url": request.path,
    }
    template = "backoffice/redemptions.html" + ("#results" if asks_for(request, "results") else "")
    return render(request, template, context)


@require_safe
@require("rewards.view")
def look_up(request: HttpRequest) -> HttpResponse:
    """Somebody shows a code: on to it, however it was typed or scanned."""
    found = rewards.by_code(wanted_text(request, "code"))
    if found:
        return redirect("backoffice:redemption", found.pk)
    messages.error(request, _("No reward has this code. Look at it once more, letter by letter."))
    return redirect("backoffice:redemptions")


@require_safe
@require("rewards.view")
def redemption(request: HttpRequest, pk: int) -> HttpResponse:
    """One redemption: the code, what it is good for, its past, and what can be done."""
    return _page(request, _get(pk))


@require_POST
@require("rewards.redeem")
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Use it, undo that, cancel it, give its points back, or ask the storefront again. Sent twice, done once."""
    if act not in ACTS:
        raise Http404
    found, form = _get(pk), ActForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    with translation.override(request.tenant.language):  # members read the reason
        reason = form.cleaned_data["reason"] or _("Cancelled by the shop")
    key = form.cleaned_data["key"] or str(found.settled_at)
    try:
        ACTS[act](found, f"backoffice:{act}:{pk}:{key}", reason, staff_actor(request))
    except rewards.CannotUse as refused:
        messages.error(request, refused.message)
    else:
        _say(request, found, act)
    return redirect("backoffice:redemption", pk)


def _use(found: Redemption, key: str, reason: str, actor: Actor) -> None:
    rewards.use(found.pk, key=key, actor=actor, at=timezone.now())


def _unuse(found: Redemption, key: str, reason: str, actor: Actor) -> None:
    rewards.unuse(found.pk, key=key, actor=actor, at=timezone.now())


def _cancel(found: Redemption, key: str, reason: str, actor: Actor) -> None:
    rewards.cancel(found.pk, reason=reason, key=key, actor=actor, at=timezone.now())


def _give_back(found: Redemption, key: str, reason: str, actor: Actor) -> None:
    rewards.give_back(found.pk, reason=reason, key=key, actor=actor, at=timezone.now())


def _again(found: Redemption, key: str, reason: str, actor: Actor) -> None:
    try_again(found.pk, actor=actor, at=timezone.now())


ACTS: dict[str, Callable[[Redemption, str, str, Actor], None]] = {
    "use": _use, "unuse": _unuse, "cancel": _cancel, "give-back": _give_back, "again": _again,
}  # fmt: skip


def _say(request: HttpRequest, found: Redemption, act: str) -> None:
    """What was done; a use can be undone with one press."""
    undo = reverse("backoffice:redemption_act", args=[found.pk, "unuse"]) if act == "use" else ""
    messages.success(request, _(DONE[act]), extra_tags=f"undo:{undo}" if undo else "")


def _page(request: HttpRequest, found: Redemption, form: ActForm | None = None, status: int = 200) -> HttpResponse:
    context = {
        "redemption": found,
        "name": name_of(found),
        "code": spaced(found.code),
        "row": row_of(found),
        "origin": origin(found),
        "problem": problem(found),
        "store": Store.objects.filter(public_id=found.store).first() if found.store else None,
        "steps": list(steps(found)),
        "form": form or ActForm(),
        "is_ready": found.state == State.READY,
        "is_over": found.state == State.READY and timezone.now() > found.valid_until,
        "may_be_undone": found.state == State.USED and found.order_id is None,
        "is_used": found.state == State.USED,
    }
    return render(request, "backoffice/redemption.html", context, status=status)


def _get(pk: int) -> Redemption:
    if len(str(pk)) > LONGEST_ID:
        raise Http404
    return get_object_or_404(Redemption.objects.select_related("customer", "order"), pk=pk)


def _wanted(request: HttpRequest) -> dict[str, str]:
    """The filters in the address, as far as they mean something."""
    state, reward, member = (request.GET.get(name, "")[:40] for name in ("state", "reward", "member"))
    known = member.isascii() and member.isdigit() and len(member) <= LONGEST_ID
    return {
        "state": state if state in State.values else "",
        "reward": reward.replace("\x00", ""),
        "member": member if known else "",
    }


def _found(text: str, wanted: dict[str, str]) -> QuerySet[Redemption]:
    found = Redemption.objects.filter(
        **{name: wanted[key] for name, key in FILTERS.items() if wanted[key]},
    )
    if not text:
        return found
    if code := read_code(text):
        return found.filter(code=code)
    members = Customer.objects.search(text).values_list("pk", flat=True)[:MOST_MEMBERS]
    return found.filter(Q(customer__in=list(members)))


FILTERS = {"state": "state", "reward": "reward", "customer": "member"}


def _chips(request: HttpRequest, state: str) -> list[dict[str, Any]]:
    choices = [("", _("All")), *State.choices]
    return [
        {"href": address(request.GET, state=value or None), "label": label, "current": value == state}
        for value, label in choices
    ]
