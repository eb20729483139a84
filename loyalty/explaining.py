"""How points came about, in one sentence a shopper understands, in the active language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.formatting import count, money
from config.money import decimals
from loyalty.names import in_language

# Why an order stands as it does: what earning.target answers.
OUTCOMES = {
    "earned": gettext_lazy("The order earned points."),
    "unknown_order": gettext_lazy("Only a refund has arrived, not the order itself."),
    "test": gettext_lazy("A test order earns no points."),
    "cancelled": gettext_lazy("A cancelled order earns no points."),
    "not_paid": gettext_lazy("The order is not paid yet."),
    "before_programme": gettext_lazy("The order was placed before the programme began."),
    "wrong_currency": gettext_lazy("The programme does not give points for this currency."),
    "guest": gettext_lazy("The buyer is a guest. The points come when they prove their address."),
    "zero_amount": gettext_lazy("Nothing in the order counts for points."),
    "refunded": gettext_lazy("All of the money that counted was refunded."),
    "below_minimum": gettext_lazy("The order is below the smallest amount that earns points."),
    "too_small": gettext_lazy("The amount is too small for a whole point."),
    "moved": gettext_lazy("The order now belongs to another customer."),
    "past_order": gettext_lazy("For an order placed before the programme began."),
    "past_opening": gettext_lazy("Opening balance for orders placed before the programme began."),
    "claim": gettext_lazy("Missing points, added by the shop."),
    "sign_up": gettext_lazy("For joining."),
    "birthday": gettext_lazy("For a birthday."),
    "review": gettext_lazy("For a review."),
    "social": gettext_lazy("For following the shop."),
    "visit": gettext_lazy("For a visit."),
    "survey": gettext_lazy("For answering a survey."),
    "custom": gettext_lazy("For something the shop's programs told."),
    "tier": gettext_lazy("For reaching a tier."),
    "tier_birthday": gettext_lazy("For a birthday, by the tier."),
    "merged": gettext_lazy("Two accounts became one."),
    "unmerged": gettext_lazy("Two accounts that had become one were parted again."),
    "erased": gettext_lazy("The customer's data was erased."),
    "reward_lapsed": gettext_lazy("The code was not used in time."),
    "reward_returned": gettext_lazy("The order that the reward was used on was refunded or cancelled."),
    "reward_undone": gettext_lazy("The reward was not used after all."),
    "reward_used_after_all": gettext_lazy("The code was used although it had been cancelled or its time was over."),
}

Arithmetic = Mapping[str, Any]


def outcome(code: str) -> str:
    """Why an order stands as it does, in words."""
    return str(OUTCOMES.get(code, code))


def explain(arithmetic: Arithmetic) -> str:
    """The sum behind a journal or an order, e.g. "£48.00 × 1 point per £1.00 = 48 points". Empty when there is none."""
    if arithmetic.get("kind") in ("occasion", "tier"):
        return _("%(rule)s: %(points)s") % {
            "rule": in_language(arithmetic["name"]),
            "points": points_in_words(arithmetic["result"]),
        }
    if arithmetic.get("kind") != "order":
        return ""
    sentence = _("%(amount)s × %(rate)s = %(points)s") % {
        "amount": _amount(arithmetic),
        "rate": _rate(arithmetic),
        "points": points_in_words(arithmetic.get("basic", arithmetic["result"])),
    }
    return _with_change(_with_rules(_with_rounding(sentence, arithmetic), arithmetic), arithmetic)


def _with_rules(sentence: str, arithmetic: Arithmetic) -> str:
    """What each rule and the tier added, and what all of it comes to."""
    if "basic" not in arithmetic:
        return sentence
    parts = [_of_rule(rule, arithmetic["currency"]) for rule in arithmetic.get("rules", ())]
    if tier := arithmetic.get("tier"):
        words = {"tier": in_language(tier["name"]), "factor": times(tier["factor"])}
        parts.append(_("%(rule)s %(points)s") % {
            "rule": _("%(tier)s (× %(factor)s)") % words, "points": signed(tier["points"]),
        })  # fmt: skip
    for part in parts:
        sentence = _("%(sentence)s; %(part)s") % {"sentence": sentence, "part": part}
    whole = points_in_words(arithmetic["result"])
    return _("%(sentence)s; together %(points)s") % {"sentence": sentence, "points": whole}


def _of_rule(rule: Arithmetic, currency: str) -> str:
    """`Double weekend (₩10,000 × 2) +100 points`, or without the brackets for fixed points."""
    name = in_language(rule["name"])
    if rule["effect"] == "multiply":
        words = {"rule": name, "money": money(rule["money"], currency), "factor": times(rule["factor"])}
        name = _("%(rule)s (%(money)s × %(factor)s)") % words
    elif rule["effect"] == "rate":
        name = _("%(rule)s (%(money)s)") % {"rule": name, "money": money(rule["money"], currency)}
    return _("%(rule)s %(points)s") % {"rule": name, "points": signed(rule["points"])}


def signed(points: int) -> str:
    """`+100 points`, `−100 points`."""
    sign = "\N{MINUS SIGN}" if points < 0 else "+"
    return sign + points_in_words(abs(points))


def times(factor: int) -> str:
    """A factor in hundredths without needless zeros: `2`, `1.5`."""
    return f"{(Decimal(factor) / 100).normalize():f}"


def points_in_words(number: int) -> str:
    """`1 point`, `12,400 points`."""
    return ngettext("%(count)s point", "%(count)s points", number) % {"count": count(number)}


def _amount(arithmetic: Arithmetic) -> str:
    """`£48.00`, or with its parts `(£60.00 − £12.00 refunded = £48.00)`."""
    parts, currency = arithmetic["amounts"], arithmetic["currency"]
    total = money(arithmetic["eligible"], currency)
    if set(parts) <= {"goods"}:
        return _("%(money)s spent") % {"money": total}
    words = " ".join(
        _part(name, amount, currency, first=index == 0) for index, (name, amount) in enumerate(parts.items())
    )
    return _("(%(parts)s = %(total)s)") % {"parts": words, "total": total}


def _part(name: str, amount: int, currency: str, *, first: bool) -> str:
    named = {
        "goods": _("%(money)s goods"),
        "tax": _("%(money)s tax"),
        "shipping": _("%(money)s shipping"),
        "gift_cards": _("%(money)s gift cards"),
        "points_paid": _("%(money)s paid with points"),
        "reward_paid": _("%(money)s paid by a reward"),
        "refunded": _("%(money)s refunded"),
        "excluded": _("%(money)s of goods that earn no points"),
    }[name] % {"money": money(abs(amount), currency)}
    sign = "\N{MINUS SIGN} " if amount < 0 else "" if first else "+ "
    return f"{sign}{named}"


def _rate(arithmetic: Arithmetic) -> str:
    """`1 %` where a point is a won or a yen, else `1 point per £1.00`."""
    points, per, currency = arithmetic["points"], arithmetic["per"], arithmetic["currency"]
    if decimals(currency) == 0:
        return f"{percent(points, per)}%"
    return _("%(points)s per %(money)s") % {"points": points_in_words(points), "money": money(per, currency)}


def percent(points: int, per: int) -> str:
    """The rate as a percentage without needless zeros: `1`, `1.5`."""
    return f"{(Decimal(points) * 100 / per).quantize(Decimal('0.001')).normalize():f}"


def _with_rounding(sentence: str, arithmetic: Arithmetic) -> str:
    """How it was rounded, when it did not come out even."""
    unit = arithmetic["unit"]
    if arithmetic["eligible"] * arithmetic["points"] % (arithmetic["per"] * unit) == 0:
        return sentence
    whole = {
        "floor": _("%(sentence)s, rounded down"),
        "half_up": _("%(sentence)s, rounded to the nearest"),
        "ceil": _("%(sentence)s, rounded up"),
    }
    multiple = {
        "floor": _("%(sentence)s, rounded down to a multiple of %(unit)s"),
        "half_up": _("%(sentence)s, rounded to the nearest multiple of %(unit)s"),
        "ceil": _("%(sentence)s, rounded up to a multiple of %(unit)s"),
    }
    wording = (whole if unit == 1 else multiple)[arithmetic["rounding"]]
    return wording % {"sentence": sentence, "unit": count(unit)}


def _with_change(sentence: str, arithmetic: Arithmetic) -> str:
    """What was given before, when this journal posts only the difference."""
    before = arithmetic.get("before", 0)
    if not before:
        return sentence
    return _("%(sentence)s; %(before)s had been given before") % {
        "sentence": sentence,
        "before": points_in_words(before),
    }
