"""Which order a claim may be about: by its number, or by its amount on the days around the purchase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Order
from loyalty.models import Claim

AROUND = timedelta(days=7)
MOST = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order that may be meant: how it fits, and whether it can be handed over."""

    order: Order
    fits: str  # in words
    is_free: bool  # nobody's
    is_own: bool  # the member's already


def candidates(claim: Claim, text: str = "") -> list[Candidate]:
    """Orders that fit, the best first; with a `text`, those of that number or address whatever the claim says."""
    wanted = _searched(text) if text else _fitting(claim)
    found = [_candidate(order, claim) for order in wanted[: 5 * MOST]]
    ranked = sorted(found, key=lambda c: (-_same_number(c.order, claim), c.is_own, not c.is_free, _distance(c, claim)))
    return ranked[:MOST]


def _searched(text: str) -> QuerySet[Order]:
    which = Q(number__iexact=text) | Q(external_id=text) | Q(guest_email__iexact=text)
    return _orders().filter(which).order_by("-placed_at", "-id")


def _fitting(claim: Claim) -> QuerySet[Order]:
    """By number or amount on the days around; so the orders' index by time serves."""
    which = Q(pk=None)
    if claim.number:
        bare = claim.number.lstrip("#")
        which |= Q(number__iexact=bare) | Q(number__iexact=f"#{bare}") | Q(external_id=claim.number)
    if claim.amount_minor is not None:
        which |= Q(total=claim.amount_minor, currency=claim.currency)
    if claim.bought_on is None:
        return _orders().filter(which).order_by("-placed_at")
    noon = timezone.make_aware(datetime.combine(claim.bought_on, time(12)))
    return _orders().filter(which, placed_at__range=(noon - AROUND, noon + AROUND)).order_by("-placed_at", "-id")


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("customer", "earning").defer("lines", "refunds")


def _candidate(order: Order, claim: Claim) -> Candidate:
    fits = []
    if _same_number(order, claim):
        fits.append(_("same number"))
    if claim.amount_minor is not None and (order.total, order.currency) == (claim.amount_minor, claim.currency):
        fits.append(_("same amount"))
    if order.placed_at and claim.bought_on == timezone.localtime(order.placed_at).date():
        fits.append(_("same day"))
    return Candidate(
        order, ", ".join(fits), is_free=order.customer_id is None, is_own=order.customer_id == claim.customer_id
    )


def _same_number(order: Order, claim: Claim) -> bool:
    said = claim.number.lstrip("#").casefold()
    return bool(said) and said in (order.number.lstrip("#").casefold(), order.external_id.casefold())


def _distance(candidate: Candidate, claim: Claim) -> float:
    placed = candidate.order.placed_at
    if placed is None or claim.bought_on is None:
        return 0.0
    return abs((timezone.localtime(placed).date() - claim.bought_on).days)
