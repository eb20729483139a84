"""The numbers on the home page, each from the same rows as the pages behind it, each beside the period before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median_low

from django.core.cache import cache
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncWeek
from django.utils import timezone

from customers.models import Customer, Order
from loyalty.models import Balance, Entry, Journal

WEEKS_SHOWN = 12
NEWEST_ORDERS, FEWEST_ORDERS = 500, 10
# Counting this many orders takes a noticeable part of a second.
MANY_ORDERS, REMEMBERED_SECONDS = 10_000, 300


@dataclass(frozen=True, slots=True)
class Change:
    """A number of this period and of the one before it, equally long."""

    now: int
    before: int

    @property
    def percent(self) -> int | None:
        """How much more than before, in whole per cent; None when there was nothing before."""
        return round((self.now - self.before) * 100 / self.before) if self.before else None

    @property
    def trend(self) -> str:
        """up, down or flat."""
        return "up" if self.now > self.before else "down" if self.now < self.before else "flat"


@dataclass(frozen=True, slots=True)
class Week:
    """Points that orders earned in the week that begins on Monday `start`."""

    start: date
    earned: int


@dataclass(frozen=True, slots=True)
class Overview:
    """One shop's numbers for the last `days` days. Money in minor units, points whole."""

    at: datetime
    days: int
    members: int
    joined: Change
    orders: Change
    turnover: Change
    came_back: Change
    earned: Change
    outstanding: int
    weeks: list[Week]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell yet."""
        return not (self.members or self.orders.now or self.orders.before or self.outstanding)


def overview(*, days: int, currency: str, at: datetime) -> Overview:
    """The shop's numbers at `at`, in four queries. A customer *came back* who ordered and had ordered before."""
    start, earlier = at - timedelta(days=days), at - timedelta(days=2 * days)
    people = _people(start, earlier)
    orders = _orders(start, earlier, at, currency)
    earned, weeks = _earned(start, earlier, at)
    return Overview(
        at=at,
        days=days,
        members=people["members"],
        joined=Change(people["now"], people["before"]),
        orders=Change(orders["now"], orders["before"]),
        turnover=Change(orders["turnover_now"], orders["turnover_before"]),
        came_back=Change(orders["back_now"], orders["back_before"]),
        earned=earned,
        outstanding=_outstanding(),
        weeks=weeks,
    )


def remembered(*, days: int, currency: str, at: datetime) -> Overview:
    """As `overview`; a shop with very many orders gets it up to five minutes old. `at` of the result says from when."""
    key = f"overview:{days}"
    known: Overview | None = cache.get(key)
    if known is None:
        known = overview(days=days, currency=currency, at=at)
        if known.orders.now + known.orders.before >= MANY_ORDERS:
            cache.set(key, known, timeout=REMEMBERED_SECONDS)
    return known


def counted_orders() -> QuerySet[Order]:
    """The orders that numbers are made of: paid, and no tests."""
    return Order.objects.filter(state=Order.State.PAID, test=False)


def _people(start: datetime, earlier: datetime) -> dict[str, int]:
    return Customer.objects.filter(joined_at__isnull=False).aggregate(
        members=Count("pk"),
        now=Count("pk", filter=Q(joined_at__gte=start)),
        before=Count("pk", filter=Q(joined_at__gte=earlier, joined_at__lt=start)),
    )


def _orders(start: datetime, earlier: datetime, at: datetime, currency: str) -> dict[str, int]:
    """Orders, turnover and who came back, of both periods: one row for each buyer, then their sum."""
    now, before, ours = Q(placed_at__gte=start), Q(placed_at__lt=start), Q(currency=currency)
    kept = F("total") - F("refunded")
    ordered_long_ago = counted_orders().filter(customer=OuterRef("customer"), placed_at__lt=earlier)
    buyers = (
        counted_orders()
        .filter(placed_at__gte=earlier, placed_at__lte=at)
        .values("customer")
        .annotate(
            orders_now=Count("pk", filter=now),
            orders_before=Count("pk", filter=before),
            kept_now=Sum(kept, filter=now & ours, default=0),
            kept_before=Sum(kept, filter=before & ours, default=0),
            long_known=Exists(ordered_long_ago),
        )
    )
    known_now = Q(orders_before__gt=0) | Q(long_known=True)
    return buyers.aggregate(
        now=Sum("orders_now", default=0),
        before=Sum("orders_before", default=0),
        turnover_now=Sum("kept_now", default=0),
        turnover_before=Sum("kept_before", default=0),
        back_now=Count("customer", filter=Q(orders_now__gt=1) | Q(orders_now=1) & known_now),
        back_before=Count("customer", filter=Q(orders_before__gt=1) | Q(orders_before=1, long_known=True)),
    )


def _earned(start: datetime, earlier: datetime, at: datetime) -> tuple[Change, list[Week]]:
    """Points by week, and of both periods, in one pass. The issuing account is negative: members got what it gave."""
    this_week = _monday(at)
    first_week = this_week - timedelta(weeks=WEEKS_SHOWN - 1)
    when = "journal__effective_at"
    rows = (
        Entry.objects.filter(
            account=Entry.Account.ISSUED,
            journal__kind=Journal.Kind.EARN,
            journal__effective_at__gte=min(first_week, earlier),
            journal__effective_at__lte=at,
        )
        .values(week=TruncWeek(when))
        .annotate(
            given=-Sum("points"),
            now=Coalesce(-Sum("points", filter=Q(**{f"{when}__gte": start})), 0),
            before=Coalesce(-Sum("points", filter=Q(**{f"{when}__gte": earlier, f"{when}__lt": start})), 0),
        )
    )
    by_week = {row["week"].date(): row for row in rows}
    mondays = [(first_week + timedelta(weeks=n)).date() for n in range(WEEKS_SHOWN)]
    weeks = [Week(monday, by_week[monday]["given"] if monday in by_week else 0) for monday in mondays]
    change = Change(sum(row["now"] for row in by_week.values()), sum(row["before"] for row in by_week.values()))
    return change, weeks


def _monday(at: datetime) -> datetime:
    """Midnight at the start of the week, in the active time zone."""
    local = timezone.localtime(at)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=local.weekday())
    return timezone.make_aware(midnight)


def _outstanding() -> int:
    """Points members hold: available, pending and set aside."""
    return Balance.objects.aggregate(held=Sum(F("available") + F("pending") + F("held"), default=0))["held"]


def typical_order(*, currency: str, at: datetime) -> int | None:
    """What an order usually comes to in minor units, in two digits: the middle one of those of the last 90 days, of the
    newest 500 at most. None where there are too few to say.
    """
    newest = Order.objects.filter(placed_at__gte=at - timedelta(days=90), placed_at__lte=at)
    rows = newest.order_by("-placed_at", "-id").values_list("subtotal", "state", "test", "currency")[:NEWEST_ORDERS]
    goods = [row[0] for row in rows if row[1:] == (Order.State.PAID, False, currency) and row[0] > 0]
    if len(goods) < FEWEST_ORDERS:
        return None
    middle = median_low(goods)
    step: int = 10 ** max(len(str(middle)) - 2, 0)
    return middle // step * step


def turnover(*, since: datetime, currency: str) -> int:
    """What paid orders placed since then brought in, less what was refunded, in minor units."""
    orders = counted_orders().filter(placed_at__gte=since, currency=currency)
    return orders.aggregate(kept=Sum(F("total") - F("refunded"), default=0))["kept"]
