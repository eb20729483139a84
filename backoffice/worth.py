"""What points mean in money, and rules in plain words: for the programme's pages and the liability on the home page."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formatting
from config.money import decimals
from loyalty.models import ProgrammeVersion
from loyalty.rules import Reward, Rules


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in plain words."""

    field: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule of two versions, in plain words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Example:
    """What one order earns, and what that is worth."""

    spent: str
    earned: str
    worth: str


def money_of(points: int, version: ProgrammeVersion | None) -> int | None:
    """What points are worth in minor units by this version; None without a programme."""
    return version.terms.worth(points) if version else None


def percent_back(rules: Rules) -> str:
    """How much of the money comes back, e.g. `1` or `2.5`, at most two decimals."""
    share = Decimal(rules.earn_points * rules.worth_of_100) / Decimal(rules.earn_per)
    rounded = share.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded.normalize():f}"


def examples(rules: Rules, unit: str) -> list[Example]:
    """A small and a larger order, as money and points."""
    usual = 10 ** (decimals(rules.currency) + (4 if decimals(rules.currency) == 0 else 1))
    return [_example(rules, amount, unit) for amount in (usual, 5 * usual)]


def _example(rules: Rules, amount: int, unit: str) -> Example:
    earned = rules.points_for(amount)
    return Example(
        formatting.money(amount, rules.currency),
        formatting.points(earned, unit),
        formatting.money(rules.worth(earned), rules.currency),
    )


def plain(rules: Rules, unit: str) -> list[Line]:
    """Every rule in plain words, in the order in which people ask."""
    money = formatting.money
    rate = _("{points} for every {money} spent").format(
        points=formatting.points(rules.earn_points, unit), money=money(rules.earn_per, rules.currency)
    )
    worth = _("{points} are worth {money}").format(
        points=formatting.points(100, unit), money=money(rules.worth_of_100, rules.currency)
    )
    minimum = money(rules.minimum_minor, rules.currency) if rules.minimum_minor else _("None")
    return [
        Line("rate", _("Earning"), rate),
        Line("worth", _("Value"), worth),
        Line("counts", _("What counts"), _counts(rules)),
        Line("rounding", _("Rounding"), _rounding(rules, unit)),
        Line("minimum", _("Smallest order"), minimum),
        Line("hold", _("Can be used"), _hold(rules)),
        Line("expiry", _("Expire"), _expiry(rules)),
        Line("rewards", _("Rewards"), _rewards(rules, unit)),
    ]


def differences(before: Rules, after: Rules, unit: str) -> list[Difference]:
    """What a later version changed, in plain words."""
    pairs = zip(plain(before, unit), plain(after, unit), strict=True)
    return [Difference(new.label, old.value, new.value) for old, new in pairs if old.value != new.value]


def _counts(rules: Rules) -> str:
    parts = [
        (rules.count_tax, _("tax")),
        (rules.count_shipping, _("shipping")),
        (rules.count_gift_cards, _("gift cards bought")),
        (rules.count_points_paid, _("what was paid with points")),
    ]
    counted = [name for counts, name in parts if counts]
    if not counted:
        return _("The goods, after discounts")
    return _("The goods, after discounts, and: {parts}").format(parts=", ".join(counted))


def _rounding(rules: Rules, unit: str) -> str:
    if rules.rounding_unit == 1:
        return {
            "floor": _("Down to whole points"),
            "half_up": _("To the nearest whole point"),
            "ceil": _("Up to whole points"),
        }[rules.rounding]
    texts = {
        "floor": _("Down to a multiple of {points}"),
        "half_up": _("To the nearest multiple of {points}"),
        "ceil": _("Up to a multiple of {points}"),
    }
    return texts[rules.rounding].format(points=formatting.points(rules.rounding_unit, unit))


def _hold(rules: Rules) -> str:
    if not rules.hold_days:
        return _("At once")
    text = ngettext("{count} day after payment", "{count} days after payment", rules.hold_days)
    return text.format(count=formatting.count(rules.hold_days))


def _expiry(rules: Rules) -> str:
    if rules.expiry_months is None:
        return _("Never")
    if rules.expiry_ends == "month":
        text = ngettext(
            "At the end of the month, {count} month after payment",
            "At the end of the month, {count} months after payment",
            rules.expiry_months,
        )
    else:
        text = ngettext("{count} month after payment", "{count} months after payment", rules.expiry_months)
    return text.format(count=formatting.count(rules.expiry_months))


def _rewards(rules: Rules, unit: str) -> str:
    return "\n".join(reward_text(reward, unit) for reward in rules.rewards) or _("None yet")


def reward_text(reward: Reward, unit: str) -> str:
    """A reward with its price in points."""
    return _("{name} ({points})").format(name=reward.label, points=formatting.points(reward.points, unit))
