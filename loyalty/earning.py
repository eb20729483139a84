"""What an order earns. State, not steps: each change computes the order's target afresh and posts the difference.

The target depends on the order as it now stands and on the version in force when it was placed. Versions never begin in
the past, so that version is settled once and for all, and deliveries may come in any order and any number of times.
Orders from before the first version earn only where the merchant said so: backdating.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from config.copying import insert
from config.many import AnyOf
from customers.events import Happened, subscribe
from customers.models import Order
from customers.orders import counting_refunds
from loyalty import ledger
from loyalty.applying import Applying, RuleBook
from loyalty.models import OrderEarning, ProgrammeVersion
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from staff.actors import SYSTEM


class Target(NamedTuple):
    """What an order should have earned by now, how that came about, and in one word why."""

    points: int
    arithmetic: dict[str, Any]
    outcome: str  # a key of explaining.OUTCOMES


def target(order: Order, version: ProgrammeVersion | None) -> Target:
    """What the order as it now stands earns by this version. Pure."""
    if outcome := _refusal(order, version):
        return Target(0, {}, outcome)
    assert version is not None
    rules = version.terms
    amounts = counted(order, rules)
    eligible = max(sum(amounts.values()), 0)
    if 0 < order.total <= order.refunded:
        eligible = 0  # all of it was given back, however the refunds were split
    points = rules.points_for(eligible)
    return Target(points, _arithmetic(rules, amounts, eligible, points), _outcome(order, rules, eligible, points))


def _refusal(order: Order, version: ProgrammeVersion | None) -> str | None:
    """Why this order earns nothing whatever it costs; None when it may earn."""
    reasons = {
        "unknown_order": order.state == Order.State.UNKNOWN,
        "test": order.test,
        "cancelled": order.state == Order.State.CANCELLED,
        "not_paid": order.state != Order.State.PAID,
        "before_programme": version is None,
        "wrong_currency": version is not None and order.currency != version.terms.currency,
        "guest": order.customer_id is None,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def counted(order: Order, rules: Rules) -> dict[str, int]:
    """The parts of an order's money that count, in minor units, by name; what is taken off is negative."""
    parts = {
        "goods": order.subtotal,
        "tax": order.tax if rules.count_tax else 0,
        "shipping": order.shipping if rules.count_shipping else 0,
        "gift_cards": 0 if rules.count_gift_cards else -order.gift_card,
        "points_paid": 0 if rules.count_points_paid else -order.points_paid,
        "refunded": -_refunded(order, rules),
    }
    return {name: amount for name, amount in parts.items() if amount}


def _refunded(order: Order, rules: Rules) -> int:
    """The part of all refunds together that had counted before."""
    refunds = counting_refunds(order)
    goods = sum(refund["subtotal"] for refund in refunds)
    if not rules.count_gift_cards:
        cards = {line["external_id"] for line in order.lines if line["gift_card"]}
        goods -= sum(line["amount"] for refund in refunds for line in refund["lines"] if line["line_id"] in cards)
    tax = sum(refund["tax"] for refund in refunds) if rules.count_tax else 0
    shipping = sum(refund["shipping"] for refund in refunds) if rules.count_shipping else 0
    return goods + tax + shipping


def _arithmetic(rules: Rules, amounts: dict[str, int], eligible: int, points: int) -> dict[str, Any]:
    """What loyalty.explaining turns into a sentence."""
    return {
        "kind": "order",
        "currency": rules.currency,
        "amounts": amounts,
        "eligible": eligible,
        "points": rules.earn_points,
        "per": rules.earn_per,
        "rounding": rules.rounding,
        "unit": rules.rounding_unit,
        "minimum": rules.minimum_minor,
        "result": points,
    }


def _outcome(order: Order, rules: Rules, eligible: int, points: int) -> str:
    if points:
        return "earned"
    if eligible == 0:
        return "refunded" if order.refunded else "zero_amount"
    return "below_minimum" if eligible < rules.minimum_minor else "too_small"


@dataclass(slots=True)
class _Postings:
    """What a batch of orders posts to the ledger."""

    zone: ZoneInfo
    earns: list[ledger.Earn] = field(default_factory=list)
    claw_backs: list[ledger.ClawBack] = field(default_factory=list)

    def bring_up(self, order: Order, earning: OrderEarning, rule: Applying) -> None:
        """Post target − posted; points of an order that changed hands go back and are earned by the new customer."""
        version, wanted = rule.version, target(order, rule.version)
        if earning.posted and earning.customer_id != order.customer_id:
            self._claw(order, earning, earning.posted, wanted)
        earning.customer_id = order.customer_id
        earning.programme_version_id = version.pk if version else None
        earning.outcome, earning.arithmetic = wanted.outcome, wanted.arithmetic
        if wanted.points > earning.posted:
            self._earn(order, earning, wanted, rule)
        elif wanted.points < earning.posted:
            self._claw(order, earning, earning.posted - wanted.points, wanted)

    def _earn(self, order: Order, earning: OrderEarning, wanted: Target, rule: Applying) -> None:
        version = rule.version
        assert order.customer_id is not None
        assert version is not None
        paid_at = order.paid_at or order.placed_at or order.created_at
        earned_at = max(paid_at, rule.given_at or paid_at)  # points for the past last as long as those of the day
        points = wanted.points - earning.posted
        self.earns.append(
            ledger.Earn(
                customer_id=order.customer_id,
                points=points,
                key=_next_key(earning, points),
                effective_at=earned_at,
                matures_at=version.terms.matures_at(paid_at),
                expires_at=version.terms.expires_at(earned_at, self.zone),
                order_id=order.pk,
                version_id=version.pk,
                reason="past_order" if rule.given_at else "",
                arithmetic={**wanted.arithmetic, "before": wanted.points - points},
            )
        )

    def _claw(self, order: Order, earning: OrderEarning, points: int, wanted: Target) -> None:
        assert earning.customer_id is not None
        before = earning.posted
        self.claw_backs.append(
            ledger.ClawBack(
                customer_id=earning.customer_id,
                points=points,
                key=_next_key(earning, -points),
                order_id=order.pk,
                effective_at=_changed_in_store_at(order),
                version_id=earning.programme_version_id,
                reason="moved" if earning.customer_id != order.customer_id else wanted.outcome,
                arithmetic={**wanted.arithmetic, "before": before},
            )
        )


def _changed_in_store_at(order: Order) -> datetime:
    """When the store last changed the order or refunded of it, as far as that is not ahead of our clock."""
    told = [datetime.fromisoformat(refund["at"]) for refund in counting_refunds(order)]
    if order.changed_in_store_at:
        told.append(order.changed_in_store_at)
    return min(max(told, default=order.changed_at), order.changed_at)


def _next_key(earning: OrderEarning, points: int) -> str:
    earning.posted += points
    earning.postings += 1
    return f"order:{earning.order_id}:{earning.postings}"


@subscribe("order.changed", name="loyalty.earning")
def bring_up(happened: Sequence[Happened], at: datetime) -> None:
    """Make the points of these orders what they should be. The orders' rows stay locked until the transaction ends."""
    orders = _locked(happened)
    earnings = {e.order_id: e for e in OrderEarning.objects.filter(AnyOf("pk", [order.pk for order in orders]))}
    rules = RuleBook()
    postings = _Postings(shop_time_zone())
    for order in orders:
        if order.pk not in earnings:
            earnings[order.pk] = OrderEarning(order_id=order.pk)
        postings.bring_up(order, earnings[order.pk], rules.applying(order))
    _post(postings, at)
    _save(earnings.values())


def _locked(happened: Sequence[Happened]) -> list[Order]:
    """The orders that this is about, locked, by ascending id. Whoever has them at hand holds their locks already."""
    told = {h.subject_id: h.subject for h in happened if h.subject is not None}
    ids = {h.subject_id for h in happened if h.subject_id is not None} - told.keys()
    read = Order.objects.select_for_update(of=("self",), no_key=True).filter(id__in=ids) if ids else ()
    return sorted([*told.values(), *read], key=lambda order: order.pk)


def _post(postings: _Postings, at: datetime) -> None:
    """Take back first: an order that changes hands leaves its old customer before it joins the new one."""
    if postings.claw_backs:
        earning, losing = ({c.customer_id for c in side} for side in (postings.earns, postings.claw_backs))
        ledger.lock(earning | losing)
        ledger.claw_back(postings.claw_backs, actor=SYSTEM, at=at)
    ledger.earn(postings.earns, actor=SYSTEM, at=at)


def _save(earnings: Collection[OrderEarning]) -> None:
    known = [earning for earning in earnings if not earning._state.adding]
    insert([earning for earning in earnings if earning._state.adding])
    OrderEarning.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["customer", "programme_version", "posted", "postings", "outcome", "arithmetic"],
    )
