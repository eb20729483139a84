"""When tiers are looked at: after what counts has changed, when a period ends, and when a new plan is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Min, Q

from customers.events import Happened, subscribe
from customers.models import Customer
from loyalty import earning, merging, placements, tiers  # noqa: F401  those subscribe first
from loyalty.models import Balance, Journal, ProgrammeVersion
from loyalty.programme import TIERS_ALARM, in_force
from loyalty.telling import UNDONE
from tenants import alarms
from tenants.alarms import handler

PAGE = 1000  # members placed by one step of a new plan
DUE = 500  # members looked at in one step at the end of their periods


@subscribe("order.changed", name="loyalty.tiers", after="loyalty.earning")
def orders_changed(happened: Sequence[Happened], at: datetime) -> None:
    """Look at the buyers, and at those who had earned by these orders before they changed hands."""
    version = in_force(at)
    if version is None or not tiers.has_tiers(version):
        return
    orders = [h.subject_id for h in happened if h.subject_id is not None]
    had = Journal.objects.filter(order__in=orders).values_list("customer_id", flat=True).distinct()
    whose = {h.customer_id for h in happened if h.customer_id is not None} | set(had)
    if whose:
        tiers.place(whose, version, at=at, why="orders")


@subscribe("customer.joined", name="loyalty.tiers")
def joined(happened: Sequence[Happened], at: datetime) -> None:
    """A first tier that asks for nothing begins with joining."""
    version = in_force(at)
    if version is not None and tiers.has_tiers(version) and version.terms.tiers.tiers[0].threshold == 0:
        tiers.place({h.customer_id for h in happened if h.customer_id}, version, at=at, why="joined")


@subscribe(UNDONE, name="loyalty.tiers")
def points_undone(happened: Sequence[Happened], at: datetime) -> None:
    """What an occasion earned does not count any more: not for whose it was, nor for whom they became part of."""
    undone = Journal.objects.filter(pk__in=[h.subject_id for h in happened], kind=Journal.Kind.EARN)
    whose = undone.values_list("customer_id", "customer__merged_into_id")
    tiers.review_points({who for both in whose for who in both if who is not None}, at=at)


@subscribe("customer.merged", name="loyalty.tiers", after="loyalty.merging")
@subscribe("customer.unmerged", name="loyalty.tiers")
def merged(happened: Sequence[Happened], at: datetime) -> None:
    """What both did counts together, so the better tier stands; or each for themselves again."""
    both = {who for h in happened for who in (h.customer_id, h.data.get("from"), h.subject_id) if who is not None}
    tiers.review(both, at=at, why="merged")


@subscribe("customer.erased", name="loyalty.tiers", after="loyalty.merging")
def erased(happened: Sequence[Happened], at: datetime) -> None:
    """Nobody is left who could be on a tier."""
    whose = [h.customer_id for h in happened if h.customer_id is not None]
    Balance.objects.filter(pk__in=whose).exclude(tier="", tier_until=None).update(
        tier="", tier_since=None, tier_until=None
    )


def place_all(*, at: datetime) -> None:
    """Look at every member again, soon: many facts have changed at once. Call in a transaction."""
    version = in_force(at)
    if version is not None and tiers.has_tiers(version):
        ProgrammeVersion.objects.filter(pk=version.pk).exclude(tiers_cursor=0).update(tiers_cursor=0)
        alarms.ring(TIERS_ALARM)


def next_due() -> datetime | None:
    """When a period ends next, or a new plan is to reach the members."""
    period = Balance.objects.aggregate(due=Min("tier_until"))["due"]
    plan = ProgrammeVersion.objects.filter(tiers_cursor__isnull=False).aggregate(due=Min("in_force_from"))["due"]
    return min(filter(None, (period, plan)), default=None)


@handler(TIERS_ALARM, due=next_due)
def run(at: datetime) -> None:
    """A step of those whose periods are over, and one of placing all members by a new plan."""
    version = in_force(at)
    if version is None:
        return
    with transaction.atomic():
        over = Balance.objects.filter(tier_until__lte=at).order_by("tier_until").values_list("pk", flat=True)[:DUE]
        if whose := list(over):
            tiers.place(whose, version, at=at, why="period")
    with transaction.atomic():
        _place_page(version, at)


def _place_page(version: ProgrammeVersion, at: datetime) -> None:
    """The next members by id. Only those who stand elsewhere are locked."""
    begun = Q(in_force_from__lte=at) & ~Q(pk=version.pk)
    ProgrammeVersion.objects.filter(begun, tiers_cursor__isnull=False).update(tiers_cursor=None)
    above = version.tiers_cursor
    if above is None:
        return
    page = list(Customer.objects.filter(pk__gt=above).order_by("pk").values_list("pk", flat=True)[:PAGE])
    if page:
        rules = version.terms
        elsewhere = placements.differing(rules.tiers, rules, at=at, above=above, upto=page[-1])
        tiers.place([p.customer_id for p in elsewhere], version, at=at, why="plan")
    reached = page[-1] if len(page) == PAGE else None
    ProgrammeVersion.objects.filter(pk=version.pk, tiers_cursor=above).update(tiers_cursor=reached)
