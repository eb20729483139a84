"""The plan of tiers, a tier and a stamp card as forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.forms.amounts import (
    AmountField,
    WordsField,
    initial_amount,
    initial_texts,
    joined,
    name_fields,
    texts,
    whole,
)
from backoffice.forms.programme import PieceForm
from backoffice.forms.programme_rewards import orders_of, reward_choices
from backoffice.product_words import explain
from config import formatting
from loyalty.rules import Rules
from loyalty.stamp_rules import BY, StampCard
from loyalty.starts import usual_order
from loyalty.tier_rules import METRICS, WINDOWS, Tier
from loyalty.worked import usual_day

CARD_LINES = ("products", "collections", "tags", "not_products", "not_collections", "not_tags")


class PlanForm(PieceForm):
    """How tiers are reached and kept."""

    own_names: ClassVar[dict[str, str]] = {f"tiers.{name}": name for name in ("metric", "window", "months")}

    metric = forms.ChoiceField(label=_("Tiers are reached by"), choices=lambda: list(METRICS.items()))
    window = forms.ChoiceField(label=_("Over which time"), choices=lambda: list(WINDOWS.items()))
    months = whole(_("Months, when the last months count"), least=1, most=120)
    grace_days = whole(
        _("Days of grace"), most=366, help_text=_("After the period's end, before a tier is lost."),
    )  # fmt: skip

    def first_values(self) -> dict[str, Any]:
        plan = self.rules.tiers
        return {name: getattr(plan, name) for name in ("metric", "window", "months", "grace_days")}

    def to_json(self) -> dict[str, Any]:
        plan = self.rules.to_json()["tiers"]
        return {"tiers": {**plan, **{name: self.cleaned_data[name] for name in self.fields}}}

    def means(self, rules: Rules) -> dict[str, str]:
        text = gettext("Members rise at once. They are looked at again when the period ends, and never fall before.")
        return {"window": text}


class TierForm(PieceForm):
    """One step."""

    own_names: ClassVar[dict[str, str]] = {"name": "name_ko", "description": "description_ko"}
    SAME = ("entry_points", "entry_reward", "birthday_points", "early_access")

    entry_points = whole(_("Points on arrival"), required=False)
    entry_reward = forms.ChoiceField(
        label=_("Reward on arrival"), required=False,
        help_text=_("Given once on the first arrival, for skipped tiers too."),
    )  # fmt: skip
    birthday_points = whole(_("More points for the birthday"), required=False)
    early_access = forms.BooleanField(
        label=_("Early access"),
        required=False,
        help_text=_("Your shop's programs are told, so they can open sales to them first."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: str = "", item: Tier | None = None, **kwargs: Any
    ) -> None:
        self.item = item
        super().__init__(data, **kwargs)
        own = self.fields
        self.fields = {**name_fields(), "threshold": self._threshold(), "factor": self._factor(), **own}
        rewards = self.fields["entry_reward"]
        assert isinstance(rewards, forms.ChoiceField)
        rewards.choices = [("", _("None")), *reward_choices(self.rules, item.entry_reward if item else "")]
        for language, label in (("ko", _("Description in Korean")), ("en", _("Description in English"))):
            self.fields[f"description_{language}"] = forms.CharField(label=label, max_length=200, required=False)

    def _threshold(self) -> forms.Field:
        if self.rules.tiers.metric == "spend":
            return AmountField(currency=self.currency, label=_("From so much spent"), min_value=Decimal(0))
        labels = {"points": _("From so many points earned"), "orders": _("From so many orders")}
        return whole(labels.get(self.rules.tiers.metric, _("From so many visits")), most=10**12)

    def _factor(self) -> forms.Field:
        return forms.DecimalField(
            label=_("Times the usual points"), min_value=Decimal(1), max_value=100, max_digits=5, decimal_places=2,
            help_text=_("1 is as everybody."),
        )  # fmt: skip

    def first_values(self) -> dict[str, Any]:
        tier = self.item
        if tier is None:
            return self._suggested()
        spend = self.rules.tiers.metric == "spend"
        return {
            **initial_texts(tier.name),
            **initial_texts(tier.description, "description"),
            **{name: getattr(tier, name) or None for name in self.SAME},
            "threshold": initial_amount(tier.threshold, self.currency) if spend else tier.threshold,
            "factor": (Decimal(tier.factor) / 100).normalize(),
        }

    def _suggested(self) -> dict[str, Any]:
        """The next step above the highest."""
        tiers = self.rules.tiers.tiers
        spend = self.rules.tiers.metric == "spend"
        first = 10 * usual_order(self.currency) if spend else {"points": 1000}.get(self.rules.tiers.metric, 5)
        least = max((3 * tier.threshold for tier in tiers), default=first)
        factor = max((tier.factor for tier in tiers), default=100) + 25
        names = [("단골", "Regular"), ("실버", "Silver"), ("골드", "Gold"), ("플래티넘", "Platinum")]
        korean, english = names[min(len(tiers), 3)]
        return {
            "name_ko": korean, "name_en": english, "factor": (Decimal(factor) / 100).normalize(),
            "threshold": initial_amount(least, self.currency) if spend else least,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not texts(cleaned):
            self.add_error("name_ko", gettext("Give the tier a name."))
        return cleaned

    def to_json(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "name": texts(given),
            "description": texts(given, "description"),
            "threshold": given["threshold"],
            "factor": int(given["factor"] * 100),
            "entry_points": given.get("entry_points") or 0,
            "entry_reward": given.get("entry_reward") or "",
            "birthday_points": given.get("birthday_points") or 0,
            "early_access": given["early_access"],
        }

    def means(self, rules: Rules) -> dict[str, str]:
        given, said, usual = self.cleaned_data, {}, self.setting.amount
        if rules.tiers.metric == "spend" and given.get("threshold"):
            text = gettext("About {orders} of {money}.")
            orders = orders_of(-(-given["threshold"] // usual))
            said["threshold"] = text.format(orders=orders, money=formatting.money(usual, rules.currency))
        tier = next((tier for tier in rules.tiers.tiers if tier.key == self.key), None)
        if given.get("factor") and tier:
            base, more = usual_day(rules, self.setting), usual_day(rules, self.setting, tier=tier)
            text = gettext("{spent} earns {more} instead of {usual}, worth {worth}.")
            said["factor"] = text.format(
                spent=formatting.money(more.amount or 0, rules.currency),
                more=formatting.points(more.points, self.unit),
                usual=formatting.points(base.points, self.unit),
                worth=formatting.money(rules.worth(more.points), rules.currency),
            )
        for name in ("entry_points", "birthday_points"):
            if given.get(name):
                worth = formatting.money(rules.worth(given[name]), rules.currency)
                said[name] = gettext("Worth {money} to each member.").format(money=worth)
        return said


class CardForm(PieceForm):
    """One punch card."""

    own_names: ClassVar[dict[str, str]] = {
        "minimum_minor": "minimum", "name": "name_ko", **{f"lines.{name}": name for name in CARD_LINES},
    }  # fmt: skip

    stamps = whole(_("Stamps until it is full"), least=2, most=100)
    reward = forms.ChoiceField(label=_("What a full card gives"))
    by = forms.ChoiceField(label=_("What gives a stamp"), choices=lambda: list(BY.items()), widget=forms.RadioSelect)
    a_day = whole(_("At most so many stamps a day"), least=1, most=100, required=False)
    months = whole(
        _("Months until stamps lapse"), least=1, most=120, required=False,
        help_text=_("After the last stamp. Leave empty to keep them for ever."),
    )  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: str = "", item: StampCard | None = None, **kwargs: Any
    ) -> None:
        self.item = item
        super().__init__(data, **kwargs)
        self.fields = {**name_fields(), **self.fields}
        rewards = self.fields["reward"]
        assert isinstance(rewards, forms.ChoiceField)
        rewards.choices = reward_choices(self.rules, item.reward if item else "")
        self.fields["minimum"] = AmountField(
            currency=self.currency, label=_("Only orders from"), min_value=Decimal(0), required=False
        )
        labels = (
            _("Products (id or SKU)"), _("Collections"), _("Product tags"), _("Not these products"),
            _("Not these collections"), _("Not these product tags"),
        )  # fmt: skip
        for name, label in zip(CARD_LINES, labels, strict=True):
            self.fields[name] = WordsField(label=label, required=False, help_text=_("Several with commas between."))
        explain(self.fields)

    def first_values(self) -> dict[str, Any]:
        card = self.item
        if card is None:
            given = next((r.key for r in self.rules.rewards if r.active and not r.points), "")
            return {"name_ko": "방문 도장", "name_en": "Visit stamps", "stamps": 10, "by": "visit", "reward": given}
        return {
            **initial_texts(card.name),
            **{name: getattr(card, name) for name in ("stamps", "reward", "by", "a_day", "months")},
            "minimum": initial_amount(card.minimum_minor or None, self.currency),
            **{name: joined(getattr(card.lines, name)) for name in CARD_LINES},
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not texts(cleaned):
            self.add_error("name_ko", gettext("Give the card a name."))
        return cleaned

    def to_json(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {
            "name": texts(given),
            **{name: given[name] for name in ("stamps", "reward", "by", "a_day", "months")},
            "minimum_minor": (given.get("minimum") or 0) if given["by"] == "order" else 0,
            "lines": {name: given[name] for name in CARD_LINES if given.get(name)} if given["by"] == "item" else {},
        }

    def means(self, rules: Rules) -> dict[str, str]:
        given = self.cleaned_data
        value = next((reward.value_minor for reward in rules.rewards if reward.key == given.get("reward")), 0)
        if not value or not given.get("stamps"):
            return {}
        each = formatting.money(value // given["stamps"], rules.currency)
        return {"stamps": gettext("Each stamp is worth {money} to the member.").format(money=each)}
