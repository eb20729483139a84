"""How rules for the same money go together: the best counts, they add up, or they multiply. And what limits leave.

All points here are numerators over Compiled.scale, so that nothing is rounded before the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from customers.models import Order
from customers.orders import counting_refunds
from loyalty.compiled import Compiled, Part

if TYPE_CHECKING:
    from loyalty.evaluation import Facts


class Rest(NamedTuple):
    """What is left of one line after its refunds."""

    line: Mapping[str, Any]
    quantity: int
    money: int  # minor units; 0 where it does not count


@dataclass(slots=True)
class Extra:
    """What one rule gives on top of the basic rule."""

    part: Part
    points: int = 0  # numerator; negative where the rule gives less than usual
    money: int = 0  # to which it applied


@dataclass(slots=True)
class Extras:
    """What all rules together give on top, by rule, in the order of priority."""

    of: dict[int, Extra] = field(default_factory=dict)

    def add(self, part: Part, points: int, money: int) -> None:
        """Another piece of money to which this rule applied."""
        extra = self.of.get(part.place)
        if extra is None:
            extra = self.of[part.place] = Extra(part)
        extra.points += points
        extra.money += money

    def in_order(self) -> list[Extra]:
        """The highest priority first."""
        return [self.of[place] for place in sorted(self.of)]


def rests(order: Order, *, count_gift_cards: bool) -> list[Rest]:
    """What is left of each line. A refund that names no lines leaves them as they are: it is taken off the whole."""
    back: dict[str, tuple[int, int]] = {}
    if order.refunds:
        for refund in counting_refunds(order):
            for line in refund["lines"]:
                quantity, amount = back.get(line["line_id"], (0, 0))
                back[line["line_id"]] = (quantity + line["quantity"], amount + line["amount"])
    found = []
    for line in order.lines:
        quantity, amount = back.get(line["external_id"], (0, 0)) if back else (0, 0)
        counts = count_gift_cards or not line["gift_card"]
        found.append(Rest(line, max(line["quantity"] - quantity, 0), max(line["total"] - amount, 0) if counts else 0))
    return found


def shares(of_lines: Sequence[Rest], money: int) -> list[int]:
    """The counted money of the goods, spread over the lines in proportion; the shares sum to it."""
    weights = [rest.money for rest in of_lines]
    whole = sum(weights)
    if whole == money:
        return weights
    if whole <= 0:
        return [0] * len(weights)
    spread, before, weighed = [], 0, 0
    for weight in weights:
        weighed += weight
        after = money * weighed // whole
        spread.append(after - before)
        before = after
    return spread


def stack(plan: Compiled, applying: Sequence[Part], money: int, extras: Extras) -> None:
    """Add what these rules give on top for one piece of money to which all of them apply."""
    if money <= 0 or not applying:
        return
    if plan.rules.stacking == "best":
        _best(plan, applying, money, extras)
    elif plan.rules.stacking == "add":
        _added(plan, applying, money, extras)
    else:
        _multiplied(plan, applying, money, extras)


def _alone(plan: Compiled, part: Part, money: int) -> int:
    """What this rule gives for the money, the basic rule included where it multiplies it."""
    return money * part.rate if part.rate else money * plan.basic * part.factor // 100


def _best(plan: Compiled, applying: Sequence[Part], money: int, extras: Extras) -> None:
    """One rule takes the place of the basic one: that which gives most, between equals the higher priority."""
    best = max(applying, key=lambda part: _alone(plan, part, money))
    extras.add(best, _alone(plan, best, money) - money * plan.basic, money)


def _added(plan: Compiled, applying: Sequence[Part], money: int, extras: Extras) -> None:
    """Each adds to the usual points: twice and three times the points are four times."""
    basic = left = money * plan.basic
    for part in applying:
        extra = money * part.rate if part.rate else basic * (part.factor - 100) // 100
        extra = max(extra, -left)
        left += extra
        extras.add(part, extra, money)


def add_each(
    plan: Compiled, applying: Sequence[Part], lines: Sequence[tuple[int, int, Rest]], eligible: int, extras: Extras
) -> None:
    """As `_added` for all pieces at once, where no sum of factors can fall below nothing (Compiled.is_linear)."""
    for part in applying:
        bit, money = part.bit, eligible
        if bit:
            money = 0
            for mask, of_line, _ in lines:
                if mask & bit:
                    money += of_line
        if money > 0:
            extras.add(part, money * part.rate or money * plan.basic * (part.factor - 100) // 100, money)


def _multiplied(plan: Compiled, applying: Sequence[Part], money: int, extras: Extras) -> None:
    """Factors multiply the usual points: twice and three times are six times. Rates for money add to that."""
    running = money * plan.basic
    for part in applying:
        extra = money * part.rate if part.rate else running * (part.factor - 100) // 100
        running += 0 if part.rate else extra
        extras.add(part, extra, money)


def keep_to_limits(plan: Compiled, extras: Extras, facts: Facts) -> None:
    """No rule gives more than its limits leave."""
    for extra in extras.of.values():
        if extra.part.limit is not None and (room := extra.part.room(facts)) is not None:
            extra.points = min(extra.points, max(room, 0) * plan.scale)
