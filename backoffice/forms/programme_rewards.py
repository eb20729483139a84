"""A reward, a stamp card, the plan of tiers and a tier as forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.forms.amounts import (
    AmountField,
    MomentField,
    initial_amount,
    initial_moment,
    initial_texts,
    name_fields,
    texts,
    whole,
)
from backoffice.forms.programme import PieceForm
from config import formatting
from loyalty import stored
from loyalty.at_stores import objections
from loyalty.programme import shop_time_zone
from loyalty.reward_rules import ON_REFUND, Reward
from loyalty.rules import Rules

CODE = ("minimum", "valid_days", "on_refund")  # of what becomes a code or a voucher
LIMITS = ("stock", "per_member", "per_days", "for_tiers", "starts_at", "ends_at", "where")
# The fields of each kind, besides names and description.
FIELDS: dict[str, tuple[str, ...]] = {
    "amount": ("points", "value", *CODE, *LIMITS),
    "percent": ("points", "percent", "most_value", "value", *CODE, *LIMITS),
    "shipping": ("points", "value", *CODE, *LIMITS),
    "product": ("points", "product", "value", *CODE, *LIMITS),
    "variable": ("points", "value", "least_points", "most_points", *CODE, *LIMITS),
    "gift_card": ("points", "value", "valid_days", "on_refund", *LIMITS),
    "store_credit": ("points", "value", "on_refund", *LIMITS),
    "manual": ("points", "value", "valid_days", *LIMITS),
}
SUGGESTED: dict[str, tuple[str, str]] = {
    "amount": ("", ""),
    "percent": ("10% 할인", "10% off"),
    "shipping": ("무료 배송", "Free shipping"),
    "product": ("무료 증정", "A free product"),
    "variable": ("포인트로 할인", "Money off with points"),
    "gift_card": ("상품권", "Gift card"),
    "store_credit": ("적립금 전환", "Store credit"),
    "manual": ("음료 한 잔 무료", "A drink on us"),
}
SAME = (
    "percent", "product", "least_points", "most_points", "stock", "per_member", "per_days", "valid_days", "on_refund",
)  # fmt: skip


class RewardForm(PieceForm):
    """Something that points can buy."""

    own_names: ClassVar[dict[str, str]] = {
        "value_minor": "value", "most_value_minor": "most_value", "minimum_minor": "minimum", "name": "name_ko",
        "tiers": "for_tiers", "description": "description_ko",
    }  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: str, item: Reward | None = None, **kwargs: Any
    ) -> None:
        self.kind, self.item = kind, item
        super().__init__(data, **kwargs)
        known = {**_reward_fields(self.currency), **self._choices()}
        self.fields.update(name_fields())
        self.fields.update({name: known[name] for name in FIELDS[kind] if name in known})
        for language, label in (("ko", _("Description in Korean")), ("en", _("Description in English"))):
            self.fields[f"description_{language}"] = forms.CharField(label=label, max_length=200, required=False)
        if kind == "variable":
            self.fields["points"].label, self.fields["points"].required = _("So many points"), True
            self.fields["value"].label, self.fields["points"].help_text = _("are worth"), ""

    def _choices(self) -> dict[str, forms.Field]:
        tiers = [(tier.key, tier.label) for tier in self.rules.tiers.tiers]
        if not tiers:
            return {}
        box = forms.CheckboxSelectMultiple
        field = forms.MultipleChoiceField(label=_("Only for these tiers"), choices=tiers, required=False, widget=box)
        return {"for_tiers": field}

    def first_values(self) -> dict[str, Any]:
        if self.item:
            return _reward_values(self.item, self.currency)
        korean, english = SUGGESTED[self.kind]
        plain = {"valid_days": 90, "on_refund": "return", "where": ["store", "till"]}
        return {"name_ko": korean, "name_en": english, "percent": 10 if self.kind == "percent" else None, **plain}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not texts(cleaned):
            self.add_error("name_ko", gettext("Give the reward a name."))
        return cleaned

    def to_json(self) -> dict[str, Any]:
        given = self.cleaned_data
        reward: dict[str, Any] = {name: given[name] for name in SAME if given.get(name) not in (None, "")}
        return reward | {
            "kind": self.kind,
            "name": texts(given),
            "description": texts(given, "description"),
            "points": given.get("points") or 0,
            "value_minor": given.get("value") or 0,
            "most_value_minor": given.get("most_value"),
            "minimum_minor": given.get("minimum") or 0,
            "tiers": list(given.get("for_tiers") or ()),
            "starts_at": given.get("starts_at") or "",
            "ends_at": given.get("ends_at") or "",
            "where": list(given.get("where") or ()),
        }

    def means(self, rules: Rules) -> dict[str, str]:
        given, said = self.cleaned_data, {}
        points, value = given.get("points") or 0, given.get("value") or 0
        if points:
            spent = points * rules.earn_per // max(rules.earn_points, 1)
            text = gettext("That is what {money} of orders earn.")
            said["points"] = text.format(money=formatting.money(spent, rules.currency))
        else:
            said["points"] = gettext("Not for points: only a stamp card, a tier or your staff gives it.")
        if points and value and rules.worth(points):
            share = formatting.count(round(100 * value / rules.worth(points)))
            text = gettext("{percent}% of what its points are worth ({money}).")
            said["value"] = text.format(percent=share, money=formatting.money(rules.worth(points), rules.currency))
        if given.get("stock") and value:
            most = formatting.money(value * given["stock"], rules.currency)
            said["stock"] = gettext("All of them together cost you at most {money}.").format(money=most)
        return said

    def warns(self, rules: Rules) -> dict[str, str]:
        wanted = stored.read(Reward, self.to_json())
        return {self.own_names.get(field, field): text for field, text in objections(wanted).items()}


def _reward_fields(currency: str) -> dict[str, forms.Field]:
    def amount(label: Any, **kwargs: Any) -> AmountField:
        return AmountField(currency=currency, label=label, min_value=Decimal(0), **{"required": False, **kwargs})

    places = [("store", _("In the online shop")), ("till", _("At the counter"))]
    return {
        "points": whole(
            _("Points"), required=False, help_text=_("Leave empty if it is only given, for example by a stamp card.")
        ),
        "value": amount(_("Worth"), required=True, help_text=_("What it is worth to the customer, for your figures.")),
        "percent": whole(_("Per cent off"), least=1, most=100),
        "most_value": amount(_("At most so much off")),
        "product": forms.CharField(label=_("The product's id at the store"), max_length=100, required=False),
        "least_points": whole(_("At least so many points at once"), required=False),
        "most_points": whole(_("At most so many points at once"), required=False),
        "minimum": amount(_("Only on orders from")),
        "valid_days": whole(
            _("Days to use it"), least=1, most=3650, help_text=_("After that the code lapses and the points return.")
        ),
        "on_refund": forms.ChoiceField(
            label=_("When the order it was used on is refunded"), choices=lambda: list(ON_REFUND.items())
        ),
        "stock": whole(_("How many there are in all"), required=False),
        "per_member": whole(_("How many a member may have"), least=1, required=False),
        "per_days": whole(_("…within so many days"), least=1, most=3650, required=False),
        "starts_at": MomentField(label=_("From")),
        "ends_at": MomentField(label=_("Until")),
        "where": forms.MultipleChoiceField(
            label=_("Where it can be used"), choices=places, widget=forms.CheckboxSelectMultiple
        ),
    }


def _reward_values(reward: Reward, currency: str) -> dict[str, Any]:
    zone = shop_time_zone()
    return {
        **initial_texts(reward.name),
        **initial_texts(reward.description, "description"),
        **{name: getattr(reward, name) for name in SAME},
        "points": reward.points or None,
        "value": initial_amount(reward.value_minor, currency),
        "most_value": initial_amount(reward.most_value_minor, currency),
        "minimum": initial_amount(reward.minimum_minor or None, currency),
        "for_tiers": reward.tiers,
        "where": reward.where,
        "starts_at": initial_moment(reward.starts_at, zone),
        "ends_at": initial_moment(reward.ends_at, zone),
    }


def reward_choices(rules: Rules, current: str = "") -> list[tuple[str, str]]:
    """The rewards that can be given, by name; one that is gone but chosen stays visible."""
    choices = [(reward.key, reward.label) for reward in rules.rewards if reward.active]
    known = {key for key, _label in choices}
    return choices if not current or current in known else [*choices, (current, current)]


def orders_of(count: int) -> str:
    """So many orders, in words."""
    return ngettext("{count} order", "{count} orders", count).format(count=formatting.count(count))
