"""Whether submitted or stored rules make sense, with an answer per field."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from config.money import KNOWN_CURRENCIES
from loyalty.checks import Mistake
from loyalty.checks import between as _between
from loyalty.checks import is_one_of as _one_of
from loyalty.checks import is_whole as _whole
from loyalty.earning_checks import check_earning
from loyalty.reward_checks import check_rewards
from loyalty.stamp_checks import check_stamps
from loyalty.tier_checks import check_tiers

# Smallest and largest value of each whole number. The upper ends keep points and money far from 64 bits.
RANGES = {
    "earn_points": (1, 1_000_000),
    "earn_per": (1, 1_000_000_000),
    "minimum_minor": (0, 1_000_000_000_000),
    "hold_days": (0, 365),
    "worth_of_100": (0, 1_000_000_000),
    "hold_at_most": (1, 365),
}
CHOICES = {
    "hold_from": ("paid", "fulfilled", "delivered", "confirmed"),
    "expiry_ends": ("day", "month", "year"),
    "expiry_by": ("lot", "inactivity"),
    "stacking": ("best", "add", "multiply"),
}
NOTICE_DAYS, MOST_NOTICES = (1, 90), 10  # days: less than ledger_calls.LOOK_AHEAD
EXPIRY_MONTHS = (1, 120)
ROUNDING_UNITS = (1, 10, 100, 1000)
FLAGS = ("count_tax", "count_shipping", "count_gift_cards", "count_points_paid")
REQUIRED = ("currency", "earn_points", "earn_per")


class WrongRules(ValueError):
    """The rules make no sense. `errors` maps each wrong field, e.g. `rewards.0.points`, to a sentence for people."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in errors.items()))
        self.errors = errors


def check(data: Mapping[str, Any], *, known: Collection[str]) -> None:
    """Raise WrongRules unless `data` is a whole set of rules."""
    if not isinstance(data, Mapping):
        raise WrongRules({"": _("These are no rules.")})
    steps: tuple[Callable[[Mapping[str, Any]], Iterator[Mistake]], ...] = (
        _numbers,
        _choices,
        _expiry,
        _notices,
        check_earning,
        check_rewards,
        check_tiers,
        check_stamps,
    )
    mistakes = [(field, _("This is needed.")) for field in REQUIRED if field not in data]
    mistakes += [(field, _("There is no such rule.")) for field in data if field not in known]
    for step in steps:
        mistakes += step(data)
    if mistakes:
        raise WrongRules(dict(reversed(mistakes)))  # the first message of a field wins


def _numbers(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for field, (least, most) in RANGES.items():
        if field in data and (message := _between(data[field], least, most)):
            yield field, message


def _choices(data: Mapping[str, Any]) -> Iterator[Mistake]:
    if "currency" in data and not _one_of(data["currency"], KNOWN_CURRENCIES):
        yield "currency", _("This currency is not known.")
    if not _one_of(data.get("rounding", "floor"), ("floor", "half_up", "ceil")):
        yield "rounding", _("Choose how to round.")
    if not _whole(unit := data.get("rounding_unit", 1)) or unit not in ROUNDING_UNITS:
        yield "rounding_unit", _("Choose 1, 10, 100 or 1,000.")
    for field, known in CHOICES.items():
        if field in data and not _one_of(data[field], known):
            yield field, _("Choose one of those offered.")
    for flag in FLAGS:
        if not isinstance(data.get(flag, False), bool):
            yield flag, _("Choose yes or no.")


def _expiry(data: Mapping[str, Any]) -> Iterator[Mistake]:
    months = data.get("expiry_months")
    if months is None:
        return
    if message := _between(months, *EXPIRY_MONTHS):
        yield "expiry_months", message
    elif _whole(hold := _longest_hold(data)) and months * 28 <= hold:
        yield "expiry_months", _("Points would expire before they can be used.")


def _longest_hold(data: Mapping[str, Any]) -> Any:
    """Days from payment until points can be used, at most; anything else while the numbers are wrong."""
    hold, most = data.get("hold_days", 0), data.get("hold_at_most", 60)
    waits = data.get("hold_from", "paid") != "paid"
    return hold + most if waits and _whole(hold) and _whole(most) else hold


def _notices(data: Mapping[str, Any]) -> Iterator[Mistake]:
    notices = data.get("notices", ())
    if not isinstance(notices, list | tuple) or len(notices) > MOST_NOTICES:
        yield "notices", _("List at most %(most)s days.") % {"most": MOST_NOTICES}
        return
    for index, days in enumerate(notices):
        if message := _between(days, *NOTICE_DAYS):
            yield f"notices.{index}", message
