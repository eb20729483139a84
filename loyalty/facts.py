"""What is known of members when their orders earn: their tier, tags, which order it is, and what rules gave before.

An order's facts are found when it first earns and kept with it (OrderEarning.facts): a tier that is lost, a tag or a
limit that is used up later do not touch it, and a refund finds what gave the points. Which rules depend on what was
known first is told in docs/programme.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from customers.models import Customer, Order
from loyalty.applying import RuleBook
from loyalty.codes import read_code
from loyalty.compiled import compiled
from loyalty.evaluation import NOTHING_KNOWN, Evaluation, Facts, evaluate
from loyalty.models import Balance, ProgrammeVersion, Redemption
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.usage import Usage
from loyalty.windows import public_holidays

# Which order of its member each of these is: all that were paid count, also those that were refunded later.
PLACES = """
SELECT me.id, (
    SELECT count(*) + 1 FROM customers_order o
    WHERE o.customer_id = me.customer_id AND o.state = 'paid' AND NOT o.test AND o.id <> me.id
      AND (o.placed_at, o.id) < (me.placed_at, me.id)
) FROM customers_order me WHERE me.id = ANY (%s)
"""

# The same for an order that is not written down.
PLACE_OF_NEW = """
SELECT count(*) + 1 FROM customers_order o
WHERE o.customer_id = %s AND o.state = 'paid' AND NOT o.test AND o.placed_at < %s
"""

Asking = tuple[Order, Rules]


class Known:
    """What is known of the members of a batch of orders. It grows as these are evaluated, oldest first."""

    def __init__(self, asking: Iterable[Asking], zone: ZoneInfo, *, kept: Collection[int] = ()) -> None:
        """Ask for all orders at once: those of members, whose rules ask for something. Of those whose facts are `kept`
        only the codes are looked at; what rules gave them counts as given before.
        """
        self.zone = zone
        self._plans = {
            order.pk: plan
            for order, rules in asking
            if order.customer_id is not None and not (plan := compiled(rules)).needs.nothing
        }
        asked = {order.pk: order for order, _ in asking if order.pk in self._plans}
        self._usage = Usage(zone)
        self._places: dict[int, int] = {}
        self._tiers: dict[int, str] = {}
        self._tags: dict[int, frozenset[str]] = {}
        self._taken_off: dict[str, int] = {}
        if any(self._plans[pk].needs.rewards for pk in asked):
            self._taken_off = _values_of({code for order in asked.values() for code in order.codes})
        if fresh := {pk: order for pk, order in asked.items() if pk not in kept}:
            self._read(fresh)

    def _read(self, asked: dict[int, Order]) -> None:
        needs = [self._plans[pk].needs for pk in asked]
        members = {order.customer_id for order in asked.values() if order.customer_id is not None}
        if any(need.nth for need in needs):
            self._places = _places(asked)
        if any(need.tier for need in needs):
            self._tiers = tiers_of(members)
        if any(need.tags for need in needs):
            self._tags = tags_of(members)
        if keys := frozenset[str]().union(*(need.in_all for need in needs)):
            self._usage.read_in_all(keys, asked)
        if keys := frozenset[str]().union(*(need.used for need in needs)):
            self._usage.read_orders(members, asked, keys)

    def facts(self, order: Order, kept: Facts | None = None) -> Facts:
        """What is known when this order earns. Of one that has earned before it is what was `kept`; only what rewards
        took off is looked at again, because it is told by the order.
        """
        plan = self._plans.get(order.pk)
        if plan is None or order.customer_id is None:
            return kept or NOTHING_KNOWN
        if kept is not None:
            return replace(kept, reward_paid=self._reward_paid(order)) if plan.needs.rewards else kept
        at, member = moment_of(order), order.customer_id
        return Facts(
            nth=self._places.get(order.pk, 0),
            tier=self._tiers.get(member, ""),
            tags=self._tags.get(member, frozenset()),
            used=self._usage.of(member, at, plan.needs.used),
            holidays=holidays_around(at, self.zone) if plan.needs.holidays else frozenset(),
            reward_paid=self._reward_paid(order) if plan.needs.rewards else 0,
        )

    def learn(self, order: Order, facts: Facts, found: Evaluation) -> Facts:
        """Remember what this order was given for those after it; the facts to keep with it."""
        plan = self._plans.get(order.pk)
        if plan is None or order.customer_id is None:
            return facts
        self._usage.learn(order.customer_id, moment_of(order), found.by_rule, plan.needs.used)
        took = frozenset(part.key for part in plan.of_orders if part.nth and part.key in found.by_rule)
        return replace(facts, took=took) if took else facts

    def _reward_paid(self, order: Order) -> int:
        """What our codes took off: as the store says, else what the reward is worth."""
        ours = {code: value for code in order.codes if (value := self._taken_off.get(read_code(code))) is not None}
        return sum(ours[code] if told is None else told for code, told in order.codes.items() if code in ours)


def facts_of(orders: Sequence[Order], *, at: datetime, version: ProgrammeVersion | None = None) -> dict[int, Facts]:
    """What would be known of each order, by its id, were it to earn now; by the version in force when it was placed, or
    by the one given. A few statements for all of them, and none when the rules ask for nothing.
    """
    book, zone = RuleBook(), shop_time_zone()
    versions = [(order, version or book.applying(order).version) for order in by_time(orders)]
    asking = [(order, found.terms) for order, found in versions if found is not None]
    known, facts = Known(asking, zone), {order.pk: NOTHING_KNOWN for order in orders}
    for order, rules in asking:
        now = known.facts(order)
        facts[order.pk] = known.learn(order, now, evaluate(order, rules, now, zone))
    return facts


def by_time(orders: Iterable[Order]) -> list[Order]:
    """In the order they were placed: so the first is first when several arrive together."""
    return sorted(orders, key=lambda order: (moment_of(order), order.pk))


def moment_of(order: Order) -> datetime:
    """When the order happened, for windows, days and months."""
    return order.placed_at or order.paid_at or order.created_at


def holidays_around(at: datetime, zone: ZoneInfo) -> frozenset[date]:
    """Public holidays of the shop's country among its day of that moment and the day before."""
    today = at.astimezone(zone).date()
    return public_holidays(getattr(connection.tenant, "country", ""), (today, today - timedelta(days=1)))


def tiers_of(members: Collection[int]) -> dict[int, str]:
    """Keys of the tiers that these members are on."""
    return dict(Balance.objects.filter(pk__in=members).exclude(tier="").values_list("pk", "tier"))


def tags_of(members: Collection[int]) -> dict[int, frozenset[str]]:
    """Staff's tags of these members."""
    tagged = Customer.objects.filter(pk__in=members).exclude(tags=[]).values_list("pk", "tags")
    return {pk: frozenset(tags) for pk, tags in tagged}


def _places(asked: Mapping[int, Order]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [list(asked)])
        places: dict[int, int] = dict(cursor.fetchall())
        for pk in asked.keys() - places.keys():
            cursor.execute(PLACE_OF_NEW, [asked[pk].customer_id, moment_of(asked[pk])])
            places[pk] = cursor.fetchone()[0]
    return places


def _values_of(codes: Iterable[str]) -> dict[str, int]:
    """Which of the discount codes are ours, and what they are worth."""
    ours = {code for text in codes if (code := read_code(text))}
    return dict(Redemption.objects.filter(code__in=ours).values_list("code", "value_minor")) if ours else {}
