"""Who would change tier by another plan, what that costs, and placing all members after it was published.

Looking at all members takes a minute where there are a million, so pages look at a sample there, and the replay at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fractions import Fraction
from random import Random
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from customers.models import Customer
from loyalty import placements
from loyalty.programme import in_force
from loyalty.rules import Rules
from loyalty.tier_rules import TierPlan

__all__ = ["Example", "Movers", "Placing", "TooLong", "movers", "movers_at_a_glance", "placing"]


@dataclass(frozen=True, slots=True)
class Example:
    """One member who would move."""

    customer_id: int
    name: str
    from_tier: str  # key; empty: none
    to_tier: str
    value: int  # of the metric in the present window


@dataclass(frozen=True, slots=True)
class Movers:
    """What a plan would do to the members as they stand. Tiers by key; empty: none."""

    up: Mapping[str, int]  # tier reached → members who come up to it
    down: Mapping[str, int]  # tier → members who come down to it
    unchanged: Mapping[str, int]  # tier → members who stay on it
    cost_points: int  # entry points to be given at once
    cost_minor: int  # what these and the entry rewards are worth, minor units of the programme's currency
    rewards: Mapping[str, int] = field(default_factory=dict)  # key of an entry reward → how many are given
    up_examples: tuple[Example, ...] = ()
    down_examples: tuple[Example, ...] = ()
    asked: int | None = None  # so many members were looked at, and the rest is reckoned from them; None: all were


@dataclass(frozen=True, slots=True)
class Placing:
    """How far a published plan has reached all members."""

    version: int  # number of the version
    done: int
    of: int


# One row for each pair of tiers, one for each gift, and some members of either direction.
QUESTION = """
, had AS (SELECT * FROM unnest(%(had_keys)s::text[], %(had_ranks)s::float[]) AS had (key, rank)
), step AS MATERIALIZED (
    SELECT asked.customer_id, coalesce(had.key, '') AS had, coalesce(placed.key, '') AS now,
        coalesce(had.rank, 0) AS had_rank, coalesce(placed.place, 0) AS now_rank
    FROM asked LEFT JOIN placed USING (customer_id) LEFT JOIN loyalty_balance b USING (customer_id)
    LEFT JOIN had ON had.key = b.tier
), example AS (
    SELECT *, row_number() OVER (
        PARTITION BY now_rank > had_rank ORDER BY abs(now_rank - had_rank) DESC, customer_id) AS place
    FROM step WHERE now_rank <> had_rank
)
SELECT 'moved', had, now, count(*), now_rank > had_rank, now_rank < had_rank FROM step GROUP BY 2, 3, 5, 6
UNION ALL
SELECT 'gift', '', tier.key, count(*), NULL, NULL FROM step JOIN tier ON place > had_rank AND place <= now_rank
WHERE NOT EXISTS (SELECT FROM customers_event e WHERE e.customer_id = step.customer_id AND e.kind = 'tier.changed'
    AND jsonb_exists(e.data -> 'reached', tier.key))
GROUP BY tier.key
UNION ALL
SELECT 'example', had, now, customer_id, now_rank > had_rank, now_rank < had_rank FROM example
WHERE place <= %(examples)s
"""
EXAMPLES = 5  # of either direction
MANY = 10_000  # customers above which pages look at a sample of them
SAMPLE = 4_000
PATIENCE = 1_500  # milliseconds that a page waits for it
SPAN = """
SELECT least, most, (SELECT count(*) FROM (SELECT FROM customers_customer LIMIT %s) AS few)
FROM (SELECT min(id) AS least, max(id) AS most FROM customers_customer) AS ends
"""


class TooLong(Exception):
    """Even a sample takes longer than a page can wait."""


def movers_at_a_glance(new: TierPlan, *, at: datetime, rules: Rules | None = None) -> Movers:
    """As movers, for a page: of very many members only a sample is looked at. Raises TooLong.

    The sample is drawn by id, the same each time, and found by the index; its counts are raised to the whole.
    """
    ids, share = _sample()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE)])
            found = movers(new, at=at, rules=rules, customers=ids)
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise
    return found if ids is None else _raised(found, share, len(ids))


def _sample() -> tuple[list[int] | None, Fraction]:
    """The ids to look at and which part of all they are; None: all, for they are few."""
    with connection.cursor() as cursor:
        cursor.execute(SPAN, [MANY + 1])
        least, most, some = cursor.fetchone()
        if some <= MANY:
            return None, Fraction(1)
        wanted = Random(least).sample(range(least, most + 1), min(SAMPLE, most + 1 - least))
        cursor.execute("SELECT id FROM customers_customer WHERE id = ANY(%s)", [wanted])
        found = [row[0] for row in cursor.fetchall()]
    return found, Fraction(len(wanted), most + 1 - least)


def _raised(found: Movers, share: Fraction, asked: int) -> Movers:
    """The counts of a sample as of all."""

    def raised(counts: Mapping[str, int]) -> dict[str, int]:
        return {key: round(count / share) for key, count in counts.items()}

    return replace(
        found, up=raised(found.up), down=raised(found.down), unchanged=raised(found.unchanged),
        cost_points=round(found.cost_points / share), cost_minor=round(found.cost_minor / share),
        rewards=raised(found.rewards), asked=asked,
    )  # fmt: skip


def movers(
    new: TierPlan, *, at: datetime, rules: Rules | None = None, customers: Collection[int] | None = None
) -> Movers:
    """What the plan would do if it came into force now, to these customers or to all. `rules`: those it is part of
    (default: those in force), for the money that counts, the rewards and what a point is worth. A few statements.
    """
    version = in_force(at)
    rules = rules or (version.terms if version else None)
    if rules is None:
        return Movers({}, {}, {}, 0, 0)
    ranks = _ranks(new, version.terms.tiers if version else TierPlan())
    had: dict[str, Any] = {"had_keys": list(ranks), "had_ranks": list(ranks.values()), "examples": EXAMPLES}
    whom: dict[str, Any] = {} if customers is None else {"scope": placements.SOME, "customers": list(customers)}
    with placements.placing_rows(QUESTION, new, rules, at=at, **had, **whom) as rows:
        found = rows.fetchall()
    moved = [row[1:] for row in found if row[0] == "moved"]
    gifts = {key: count for kind, _, key, count, *_ in found if kind == "gift"}
    up, down = _examples([row[1:] for row in found if row[0] == "example"], new, rules, at)
    return Movers(
        up=_sum((now, count) for _, now, count, rises, _ in moved if rises),
        down=_sum((now, count) for _, now, count, _, falls in moved if falls),
        unchanged=_sum((now, count) for _, now, count, rises, falls in moved if not rises and not falls),
        **_cost(new, rules, gifts),
        up_examples=up,
        down_examples=down,
    )


def _ranks(new: TierPlan, old: TierPlan) -> dict[str, float]:
    """How high each tier that members can be on stands among the new ones; one that goes stands between two."""
    ranks = {tier.key: float(place) for place, tier in enumerate(new.tiers, 1)}
    below = 0.0
    for tier in old.tiers:
        below = ranks.setdefault(tier.key, below + 0.5 if below == int(below) else below)
    return ranks


def _sum(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for key, count in counted:
        total[key] += count
    return dict(total)


def _cost(plan: TierPlan, rules: Rules, gifts: Mapping[str, int]) -> dict[str, Any]:
    """What the entry gifts come to: so many members reach each tier for the first time."""
    points = sum(tier.entry_points * gifts.get(tier.key, 0) for tier in plan.tiers)
    rewards = _sum((tier.entry_reward, gifts.get(tier.key, 0)) for tier in plan.tiers if tier.entry_reward)
    worth = {reward.key: reward.value_minor for reward in rules.rewards}
    money = sum(worth.get(key, 0) * count for key, count in rewards.items())
    return {"cost_points": points, "cost_minor": rules.worth(points) + money, "rewards": rewards}


def _examples(
    rows: list[tuple[str, str, int, bool, bool]], plan: TierPlan, rules: Rules, at: datetime
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Members who come up, and who come down."""
    ids = [who for _, _, who, _, _ in rows]
    names = {customer.pk: str(customer) for customer in Customer.objects.filter(pk__in=ids)}
    values = placements.values(ids, plan, rules, at=at)
    made = [(Example(who, names[who], had, now, values[who]), rises) for had, now, who, rises, _ in rows]
    return tuple(e for e, rises in made if rises), tuple(e for e, rises in made if not rises)


def placing(*, at: datetime) -> Placing | None:
    """The placing of all members by a new plan that is under way; None when there is none."""
    version = in_force(at)
    if version is None or version.tiers_cursor is None:
        return None
    done = Customer.objects.filter(pk__lte=version.tiers_cursor).count()
    return Placing(version.number, done, Customer.objects.count())
