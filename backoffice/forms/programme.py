"""The programme's rules as a form. Amounts are typed in the currency's usual unit and stored in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from config.money import decimals, to_major
from loyalty.rules import ROUNDING_UNITS, ExpiryEnds, Reward, Rounding, Rules, WrongRules

SPARE_REWARDS = 2
MOST_REWARDS = 20
USUAL_EXPIRY = (6, 12, 24, 36, 60)
LARGEST = Decimal(10) ** 12  # of an amount, in the usual unit


class AmountField(forms.DecimalField):
    """Money in the usual unit of a currency; its value is minor units."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.exponent = decimals(currency)
        super().__init__(max_value=LARGEST, max_digits=16, decimal_places=self.exponent, **kwargs)
        self.widget.attrs["inputmode"] = "decimal" if self.exponent else "numeric"

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(self.exponent))


class RewardForm(forms.Form):
    """One reward; left empty, it is none."""

    name_ko = forms.CharField(label=_("Name in Korean"), max_length=60, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=60, required=False)
    points = forms.IntegerField(
        label=_("Points"), min_value=1, max_value=10**9, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = AmountField(label=_("Worth"), currency=currency, min_value=0, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors or self.is_left_empty:
            return cleaned
        if not cleaned.get("name_ko") and not cleaned.get("name_en"):
            self.add_error("name_ko", _("Give the reward a name."))
        if cleaned.get("points") is None:
            self.add_error("points", _("How many points does it take?"))
        if cleaned.get("value") is None:
            self.add_error("value", _("What is it worth to the customer?"))
        return cleaned

    @property
    def is_left_empty(self) -> bool:
        return not any(self.cleaned_data.get(name) for name in ("name_ko", "name_en", "points", "value"))

    def to_json(self) -> dict[str, Any]:
        names = {"ko": self.cleaned_data["name_ko"], "en": self.cleaned_data["name_en"]}
        return {
            "name": {language: name for language, name in names.items() if name},
            "points": self.cleaned_data["points"],
            "value_minor": self.cleaned_data["value"],
        }

    @staticmethod
    def initial_of(reward: Reward, currency: str) -> dict[str, Any]:
        return {
            "name_ko": reward.name.get("ko", ""),
            "name_en": reward.name.get("en", ""),
            "points": reward.points,
            "value": to_major(reward.value_minor, currency),
        }


RewardFormSet = forms.formset_factory(
    RewardForm, extra=SPARE_REWARDS, max_num=MOST_REWARDS, validate_max=True, absolute_max=MOST_REWARDS + 1
)


class RulesForm(forms.Form):
    """The earning rule and what surrounds it, without the rewards."""

    earn_points = forms.IntegerField(label=_("Points"), min_value=1, max_value=1_000_000)
    rounding = forms.ChoiceField(label=_("Round"), choices=lambda: list(Rounding.items()))
    rounding_unit = forms.TypedChoiceField(
        label=_("to a multiple of"), coerce=int, choices=[(str(unit), f"{unit:,}") for unit in ROUNDING_UNITS]
    )
    count_tax = forms.BooleanField(label=_("Tax stated apart from the prices"), required=False)
    count_shipping = forms.BooleanField(label=_("Shipping"), required=False)
    count_gift_cards = forms.BooleanField(label=_("Gift cards bought"), required=False)
    count_points_paid = forms.BooleanField(label=_("What was paid with points"), required=False)
    hold_days = forms.IntegerField(
        label=_("Days until points can be used"), min_value=0, max_value=365,
        help_text=_("As long as an order can be sent back. 0 means at once."),
    )  # fmt: skip
    expiry_months = forms.TypedChoiceField(label=_("Points expire"), coerce=int, empty_value=None, required=False)
    expiry_ends = forms.ChoiceField(label=_("until the end of"), choices=list(ExpiryEnds.items()))
    note = forms.CharField(
        label=_("What you changed, and why"), max_length=300, required=False,
        help_text=_("For you and your colleagues. Customers do not see it."),
    )  # fmt: skip

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self.initial_of(rules))
        super().__init__(*args, **kwargs)
        self.currency = rules.currency
        amounts = {
            "earn_per": (_("for every"), Decimal("0.01"), True),
            "worth_of_100": (_("100 points are worth"), Decimal(0), True),
            "minimum": (_("Smallest order that earns"), Decimal(0), False),
        }
        for name, (label, least, required) in amounts.items():
            self.fields[name] = AmountField(currency=self.currency, label=label, min_value=least, required=required)
        self.fields["minimum"].help_text = _("Leave empty if every order earns.")
        months = self.fields["expiry_months"]
        assert isinstance(months, forms.TypedChoiceField)
        months.choices = _expiry_choices(rules.expiry_months)

    @staticmethod
    def initial_of(rules: Rules) -> dict[str, Any]:
        same = ("earn_points", "rounding", "hold_days", "expiry_months", "expiry_ends")
        counts = ("count_tax", "count_shipping", "count_gift_cards", "count_points_paid")
        return {
            **{name: getattr(rules, name) for name in (*same, *counts)},
            "rounding_unit": str(rules.rounding_unit),
            "earn_per": to_major(rules.earn_per, rules.currency),
            "worth_of_100": to_major(rules.worth_of_100, rules.currency),
            "minimum": to_major(rules.minimum_minor, rules.currency) if rules.minimum_minor else None,
        }

    def to_json(self) -> dict[str, Any]:
        terms = ("earn_points", "earn_per", "worth_of_100", "rounding", "rounding_unit")
        names = (*terms, "hold_days", "expiry_months", "expiry_ends")
        flags = ("count_tax", "count_shipping", "count_gift_cards", "count_points_paid")
        return {
            "currency": self.currency,
            **{name: self.cleaned_data[name] for name in (*names, *flags)},
            "minimum_minor": self.cleaned_data["minimum"] or 0,
        }


class ProgrammeForm:
    """The whole programme: rules and rewards, as one thing that is valid or not."""

    def __init__(self, rules: Rules, data: Mapping[str, Any] | None = None) -> None:
        currency = rules.currency
        rewards = [RewardForm.initial_of(reward, currency) for reward in rules.rewards]
        self.rules = RulesForm(data, rules=rules)
        self.rewards = RewardFormSet(data, prefix="rewards", initial=rewards, form_kwargs={"currency": currency})
        self.result: Rules | None = None

    def is_valid(self) -> bool:
        """Whether rules and rewards make sense together; then `result` holds them."""
        if not all([self.rules.is_valid(), self.rewards.is_valid()]):
            return False
        given = [form for form in self.rewards if not form.is_left_empty]
        try:
            self.result = Rules.from_json({**self.rules.to_json(), "rewards": [form.to_json() for form in given]})
        except WrongRules as wrong:
            for field, message in wrong.errors.items():
                self._complain(field, message, given)
        return self.result is not None

    @property
    def note(self) -> str:
        return str(self.rules.cleaned_data["note"])

    def _complain(self, field: str, message: str, given: list[RewardForm]) -> None:
        """Put the domain's objection beside the field it is about."""
        if field.startswith("rewards."):
            _rewards, index, name = field.split(".")
            own = {"value_minor": "value", "name": "name_ko"}.get(name, name)
            given[int(index)].add_error(own, message)
            return
        own = {"minimum_minor": "minimum"}.get(field, field)
        self.rules.add_error(own if own in self.rules.fields else None, message)


def _expiry_choices(current: int | None) -> list[tuple[str, Any]]:
    months = sorted({*USUAL_EXPIRY, *([current] if current else [])})
    text = [ngettext("after {count} month", "after {count} months", n).format(count=n) for n in months]
    return [("", _("never")), *zip(map(str, months), text, strict=True)]
