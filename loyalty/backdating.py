"""Points for orders placed before the programme began: counted first, then given, and taken back as one.

For each store the merchant chooses between a rule, by which each such order earns (`earning` asks applying.RuleBook),
and one opening balance for each member. See docs/agreement.md.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from customers.events import Happened
from customers.matching import take_turn
from customers.models import Order
from loyalty import earning, programme, tier_reviews
from loyalty.facts import facts_of
from loyalty.models import Backdating, Journal, ProgrammeVersion
from loyalty.opening import Opening, open_balances, take_back_balances
from staff import audit
from staff.actors import SYSTEM, Actor
from tenants.alarms import handler, ring

ALARM = "past_points"
MEMBERS, ORDERS = 200, 500  # in one batch
SECONDS = 3  # of one run
OPENING_REASON = "past_opening"  # a key of explaining.OUTCOMES

State = Backdating.State
AT_WORK = (State.COUNTING, State.GIVING, State.TAKING_BACK)


class NotPossible(Exception):
    """Points for the past can't be counted, given or taken back as things stand. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ── What people do ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def count(source: str, *, kind: str, since: datetime | None, actor: Actor, at: datetime) -> Backdating:
    """Begin to count what points for this store's past orders (placed from `since`, None: all) would come to.

    By the version in force now. Nothing is posted. Raises NotPossible: "no_programme", "already".
    """
    version = programme.in_force(at)
    began = ProgrammeVersion.objects.aggregate(first=Min("in_force_from"))["first"]
    if version is None:
        raise NotPossible("no_programme")
    _at_most_one(source)
    backdating = Backdating.objects.create(
        source=source, kind=kind, since=since, until=began, programme_version=version, started_by=actor.name[:200],
        started_at=at, counts={"members": 0, "orders": 0, "points": 0},
    )  # fmt: skip
    ring(ALARM)
    return backdating


@transaction.atomic
def put_away(backdating: Backdating) -> None:
    """Drop what was only counted. Raises NotPossible."""
    _locked(backdating, State.COUNTING, State.COUNTED).delete()


@transaction.atomic
def give(backdating: Backdating, *, label: str, actor: Actor, at: datetime) -> Backdating:
    """Give the points that were counted, in the background. `label` is the store's name, for the trail.

    Raises NotPossible.
    """
    take_turn()  # an order that arrives now is either seen by the batches or sees the rule
    backdating = _locked(backdating, State.COUNTED)
    backdating.state, backdating.given_at, backdating.finished_at, backdating.cursor = State.GIVING, at, None, 0
    backdating.counts["done"] = 0
    backdating.save()
    _audit("past.given", backdating, label, actor, at)
    ring(ALARM)
    return backdating


@transaction.atomic
def take_back(backdating: Backdating, *, label: str, actor: Actor, at: datetime) -> Backdating:
    """Take all of it back, in the background; what members have used becomes debt. Raises NotPossible."""
    take_turn()
    backdating = _locked(backdating, State.GIVING, State.GIVEN)
    backdating.state, backdating.finished_at, backdating.cursor = State.TAKING_BACK, None, 0
    backdating.counts["done"] = 0
    backdating.save()
    _audit("past.taken_back", backdating, label, actor, at)
    ring(ALARM)
    return backdating


def of_store(source: str) -> Backdating | None:
    """What was chosen for the store last."""
    return Backdating.objects.filter(source=source).select_related("programme_version").order_by("-id").first()


def worth(backdating: Backdating) -> tuple[int, str]:
    """What the points that were counted are worth: minor units and currency."""
    terms = backdating.programme_version.terms
    return terms.worth(backdating.counts.get("points", 0)), terms.currency


@dataclass(frozen=True, slots=True)
class Cost:
    """What taking back would come to."""

    members: int
    points: int
    indebted: int  # members who have not enough left
    owed: int  # points that these will owe


GIVEN = {
    Backdating.Kind.ORDERS: """
        SELECT e.customer_id, sum(e.posted) AS points FROM loyalty_orderearning e
        JOIN customers_order o ON o.id = e.order_id
        WHERE o.source = %(source)s AND o.placed_at < %(until)s AND o.placed_at >= %(since)s AND e.posted > 0
        GROUP BY e.customer_id
    """,
    Backdating.Kind.OPENING: """
        SELECT j.customer_id, sum(t.points) AS points FROM loyalty_journal j
        JOIN loyalty_lot t ON t.journal_id = j.id
        WHERE j.effective_at >= %(given_at)s AND j.kind = 'adjust' AND j.key LIKE %(keys)s
          AND NOT EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id)
        GROUP BY j.customer_id
    """,
}
COST = """
SELECT count(*), coalesce(sum(points), 0), count(*) FILTER (WHERE points > has),
       coalesce(sum(greatest(0, points - has)), 0)
FROM (
    SELECT given.points, coalesce(b.available + b.pending, 0) AS has
    FROM ({given}) given LEFT JOIN loyalty_balance b USING (customer_id)
) of_members
"""
LONG_AGO = datetime.fromisoformat("1900-01-01T00:00:00+00:00")


def cost_of_taking_back(backdating: Backdating) -> Cost:
    """How many members and points taking back concerns, and about how many of them have not enough left."""
    values: dict[str, str | int | datetime | None] = {
        "source": backdating.source,
        "until": backdating.until,
        "since": backdating.since or LONG_AGO,
        "given_at": backdating.given_at,
        "keys": f"past:{backdating.pk}:%",
    }
    with connection.cursor() as cursor:
        cursor.execute(COST.format(given=GIVEN[Backdating.Kind(backdating.kind)]), values)
        return Cost(*(int(number) for number in cursor.fetchone()))


def _at_most_one(source: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE loyalty_backdating IN SHARE ROW EXCLUSIVE MODE")
    others = Backdating.objects.filter(source=source)
    if others.exclude(state__in=[State.COUNTING, State.COUNTED, State.TAKEN_BACK]).exists():
        raise NotPossible("already")
    others.filter(state__in=[State.COUNTING, State.COUNTED]).delete()  # a new question replaces the old one


def _locked(backdating: Backdating, *allowed: str) -> Backdating:
    found = Backdating.objects.select_for_update().filter(pk=backdating.pk, state__in=allowed).first()
    if found is None:
        raise NotPossible("changed")
    return found


def _audit(action: str, backdating: Backdating, label: str, actor: Actor, at: datetime) -> None:
    audit.record(
        action,
        actor=actor,
        at=at,
        object_kind="backdating",
        object_id=backdating.pk,
        object_label=label,
        changes={"points": [None, backdating.counts.get("points", 0)]},
    )


# ── The alarm ───────────────────────────────────────────────────────────────────────────────────


def earliest_due() -> datetime | None:
    """When there is work: at once, or None."""
    return Backdating.objects.filter(state__in=AT_WORK).values_list("started_at", flat=True).first()


@handler(ALARM, due=earliest_due)
def run(at: datetime) -> None:
    """Count, give or take back for some seconds, a batch in each transaction."""
    ends = time.monotonic() + SECONDS
    while _batch(at) and time.monotonic() < ends:
        pass


@transaction.atomic
def _batch(at: datetime) -> bool:
    """One batch of the first that nobody else works on; False when there is none."""
    waiting = Backdating.objects.filter(state__in=AT_WORK).order_by("id")
    backdating = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("programme_version").first()
    if backdating is None:
        return False
    more = WORK[State(backdating.state), Backdating.Kind(backdating.kind)](backdating, at)
    if not more:
        backdating.state = AFTER[State(backdating.state)]
        backdating.cursor, backdating.finished_at = 0, at
        tier_reviews.place_all(at=at)  # tiers may go by points earned
    backdating.save()
    return True


def _past(backdating: Backdating) -> Any:
    """The orders that it is about: of members, placed before the programme began."""
    past = Order.objects.filter(source=backdating.source, placed_at__lt=backdating.until, customer__isnull=False)
    return past.filter(placed_at__gte=backdating.since) if backdating.since else past


def _members(backdating: Backdating) -> dict[int, list[Order]]:
    """The next members with their past orders; moves the cursor."""
    some = _past(backdating).filter(customer__gt=backdating.cursor).order_by("customer_id")
    ids = list(some.values_list("customer_id", flat=True).distinct()[:MEMBERS])
    orders = defaultdict(list)
    for order in _past(backdating).filter(customer__in=ids):
        orders[order.customer_id].append(order)
    backdating.cursor = ids[-1] if ids else backdating.cursor
    return dict(orders)


def _points(orders: list[Order], version: ProgrammeVersion, at: datetime) -> list[int]:
    """What each order that earns would earn, as it stands now and by what is known of its member now."""
    facts, zone = facts_of(orders, at=at, version=version), programme.shop_time_zone()
    found = (earning.target(order, version, facts[order.pk], zone).points for order in orders)
    return [points for points in found if points]


def _count(backdating: Backdating, at: datetime) -> bool:
    members = _members(backdating)
    for orders in members.values():
        points = _points(orders, backdating.programme_version, at)
        backdating.counts["members"] += bool(points)
        backdating.counts["orders"] += len(points)
        backdating.counts["points"] += sum(points)
    return bool(members)


def _bring_up(backdating: Backdating, at: datetime) -> bool:
    """Bring orders to their target, which the state of this backdating has changed."""
    some = _past(backdating).filter(pk__gt=backdating.cursor).order_by("pk")
    ids = list(some.values_list("pk", flat=True)[:ORDERS])
    earning.bring_up([Happened("order.changed", at=at, subject_id=pk) for pk in ids], at)
    backdating.cursor = ids[-1] if ids else backdating.cursor
    backdating.counts["done"] += len(ids)
    return bool(ids)


def _open(backdating: Backdating, at: datetime) -> bool:
    assert backdating.given_at is not None
    members, version = _members(backdating), backdating.programme_version
    expires_at = version.terms.expires_at(backdating.given_at, programme.shop_time_zone())
    openings = [
        Opening(customer_id, sum(points), f"past:{backdating.pk}:{customer_id}", expires_at)
        for customer_id, orders in sorted(members.items())
        if (points := _points(orders, version, at))
    ]
    open_balances(openings, to_set=False, reason=OPENING_REASON, actor=SYSTEM, at=at)
    backdating.counts["done"] += len(openings)
    return bool(members)


def _close(backdating: Backdating, at: datetime) -> bool:
    posted = Journal.objects.filter(effective_at__gte=backdating.given_at, key__startswith=f"past:{backdating.pk}:")
    ids = list(posted.filter(pk__gt=backdating.cursor).order_by("pk").values_list("pk", flat=True)[:ORDERS])
    take_back_balances(ids, reason=OPENING_REASON, actor=SYSTEM, at=at)
    backdating.cursor = ids[-1] if ids else backdating.cursor
    backdating.counts["done"] += len(ids)
    return bool(ids)


AFTER = {State.COUNTING: State.COUNTED, State.GIVING: State.GIVEN, State.TAKING_BACK: State.TAKEN_BACK}
WORK = {
    (State.COUNTING, Backdating.Kind.ORDERS): _count,
    (State.COUNTING, Backdating.Kind.OPENING): _count,
    (State.GIVING, Backdating.Kind.ORDERS): _bring_up,
    (State.GIVING, Backdating.Kind.OPENING): _open,
    (State.TAKING_BACK, Backdating.Kind.ORDERS): _bring_up,
    (State.TAKING_BACK, Backdating.Kind.OPENING): _close,
}
