"""What an order earns. State, not steps: each change computes the order's target afresh and posts the difference.

The target depends on the order as it now stands and on the version in force when it was placed. Versions never begin in
the past, so that version is settled once and for all, and deliveries may come in any order and any number of times.
Orders from before the first version earn only where the merchant said so: backdating.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from config.copying import insert
from config.many import AnyOf
from customers.events import Happened, subscribe
from customers.models import Order
from customers.orders import counting_refunds
from loyalty import ledger, patronage
from loyalty.applying import Applying, RuleBook
from loyalty.evaluation import NOTHING_KNOWN, ZONE, Evaluation, Facts, evaluate, refusal
from loyalty.facts import Known, by_time
from loyalty.models import OrderEarning, ProgrammeVersion
from loyalty.programme import shop_time_zone
from loyalty.waiting import Moves, available_from, paid_moment
from staff.actors import SYSTEM


def target(
    order: Order, version: ProgrammeVersion | None, facts: Facts = NOTHING_KNOWN, zone: ZoneInfo | None = None
) -> Evaluation:
    """What the order as it now stands earns by this version, by what was known of the member. Pure."""
    if version is None:
        return Evaluation(0, {}, refusal(order, None) or "before_programme")
    return evaluate(order, version.terms, facts, zone or ZONE)


Target = Evaluation  # what an order should have earned by now


@dataclass(slots=True)
class _Postings:
    """What a batch of orders posts to the ledger."""

    zone: ZoneInfo
    known: Known
    earns: list[ledger.Earn] = field(default_factory=list)
    claw_backs: list[ledger.ClawBack] = field(default_factory=list)
    moves: Moves = field(default_factory=Moves)

    def bring_up(self, order: Order, earning: OrderEarning, rule: Applying) -> None:
        """Post target − posted; points of an order that changed hands go back and are earned by the new customer."""
        version, wanted = rule.version, self._wanted(order, earning, rule.version)
        if earning.posted and earning.customer_id == order.customer_id and version is not None:
            self.moves.note(order, version.terms)
        if earning.posted and earning.customer_id != order.customer_id:
            self._claw(order, earning, earning.posted, wanted)
        earning.customer_id = order.customer_id
        earning.programme_version_id = version.pk if version else None
        earning.outcome, earning.arithmetic = wanted.outcome, wanted.arithmetic
        if wanted.points > earning.posted:
            self._earn(order, earning, wanted, rule)
        elif wanted.points < earning.posted:
            self._claw(order, earning, earning.posted - wanted.points, wanted)

    def _wanted(self, order: Order, earning: OrderEarning, version: ProgrammeVersion | None) -> Target:
        """The target, by the facts of the moment when the order first earned; keeps them with the order."""
        frozen = is_kept(earning, order)
        facts = self.known.facts(order, Facts.from_json(earning.facts) if frozen else None)
        wanted = target(order, version, facts, self.zone)
        if not frozen:
            facts = self.known.learn(order, facts, wanted)
        if facts is not NOTHING_KNOWN:
            earning.facts = {**facts.to_json(), **({"frozen": True} if frozen or wanted.points else {})}
        return wanted

    def _earn(self, order: Order, earning: OrderEarning, wanted: Target, rule: Applying) -> None:
        version = rule.version
        assert order.customer_id is not None
        assert version is not None
        paid_at = paid_moment(order)
        earned_at = max(paid_at, rule.given_at or paid_at)  # points for the past last as long as those of the day
        points = wanted.points - earning.posted
        expires_at = version.terms.expires_at(earned_at, self.zone)
        self.earns.append(
            ledger.Earn(
                customer_id=order.customer_id,
                points=points,
                key=_next_key(earning, points),
                effective_at=earned_at,
                matures_at=available_from(order, version.terms, expires_at),
                expires_at=expires_at,
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


def is_kept(earning: OrderEarning, order: Order) -> bool:
    """Whether the order has earned before, by facts that stay: unless it belongs to another member now."""
    return bool(earning.facts.get("frozen")) and earning.customer_id == order.customer_id


def may_earn(order: Order) -> bool:
    """Whether the order counts at all: only then is anything to be known of its member."""
    return order.state == Order.State.PAID and not order.test


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
    whose = {order.customer_id for order in orders} | {earning.customer_id for earning in earnings.values()}
    book, zone = RuleBook(), shop_time_zone()
    asked = [(order, book.applying(order)) for order in by_time(orders)]
    kept = {order.pk for order in orders if order.pk in earnings and is_kept(earnings[order.pk], order)}
    asking = [(order, rule.version.terms) for order, rule in asked if rule.version and may_earn(order)]
    known = Known(asking, zone, kept=kept)
    postings = _Postings(zone, known)
    for order, rule in asked:
        if order.pk not in earnings:
            earnings[order.pk] = OrderEarning(order_id=order.pk)
        postings.bring_up(order, earnings[order.pk], rule)
    patronage.count(whose)  # locks them all, before what is posted locks some
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
    if postings.claw_backs or postings.moves:
        earning, losing = ({c.customer_id for c in side} for side in (postings.earns, postings.claw_backs))
        ledger.lock(earning | losing | postings.moves.members)
    if postings.claw_backs:
        ledger.claw_back(postings.claw_backs, actor=SYSTEM, at=at)
    postings.moves.carry_out()
    ledger.earn(postings.earns, actor=SYSTEM, at=at)


def _save(earnings: Collection[OrderEarning]) -> None:
    known = [earning for earning in earnings if not earning._state.adding]
    insert([earning for earning in earnings if earning._state.adding])
    OrderEarning.objects.bulk_create(
        known,
        update_conflicts=True,
        unique_fields=["order"],
        update_fields=["customer", "programme_version", "posted", "postings", "outcome", "arithmetic", "facts"],
    )
