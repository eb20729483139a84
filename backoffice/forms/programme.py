"""The basic rule and the terms as forms. Each form is a piece of the draft and says what it means in money."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backoffice.forms.amounts import AmountField, initial_amount, whole
from config import formatting
from loyalty.earning_rules import STACKING
from loyalty.rules import ROUNDING_UNITS, ExpiryBy, ExpiryEnds, HoldFrom, Rounding, Rules
from loyalty.words import terms
from loyalty.worked import Setting, usual_day

USUAL_EXPIRY = (6, 12, 24, 36, 60)
NOTICE_DAYS = (90, 60, 30, 14, 7, 3, 1)


class PieceForm(forms.Form):
    """A piece of the draft. `rules` is the draft as it stands, `unit` what points are called, `setting` where examples
    take place, `key` which item it is about.
    """

    # Where domain messages belong whose field is called otherwise: field of the rules → field of this form.
    own_names: ClassVar[dict[str, str]] = {}

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, rules: Rules, unit: str, setting: Setting, key: str = "",
        **kwargs: Any,
    ) -> None:  # fmt: skip
        self.rules, self.currency, self.unit, self.setting, self.key = rules, rules.currency, unit, setting, key
        kwargs.setdefault("initial", self.first_values())
        super().__init__(data, **kwargs)

    def first_values(self) -> dict[str, Any]:
        """What the fields hold when the page is opened."""
        return {}

    def to_json(self) -> dict[str, Any]:
        """The fields of the rules that this form fills. Only for a valid form."""
        raise NotImplementedError

    def means(self, rules: Rules) -> dict[str, str]:
        """Consequences in words and money: by field of this form. `rules` are the draft with this form's values."""
        return {}

    def warns(self, rules: Rules) -> dict[str, str]:
        """What will not work, by field of this form. `rules` as of `means`."""
        return {}

    def complain(self, field: str, message: str) -> None:
        """Put the domain's objection beside the field it is about."""
        own = self.own_names.get(field, field)
        self.add_error(own if own in self.fields else None, message)


class EarningForm(PieceForm):
    """Points for money: the rule that every order goes through."""

    own_names: ClassVar[dict[str, str]] = {"minimum_minor": "minimum"}
    SAME = ("earn_points", "rounding", "count_tax", "count_shipping", "count_gift_cards", "count_points_paid")

    earn_points = whole(_("Customers earn"), most=1_000_000)
    rounding = forms.ChoiceField(label=_("Round"), choices=lambda: list(Rounding.items()))
    rounding_unit = forms.TypedChoiceField(
        label=_("to a multiple of"), coerce=int, choices=[(str(unit), f"{unit:,}") for unit in ROUNDING_UNITS]
    )
    count_tax = forms.BooleanField(label=_("Tax stated apart from the prices"), required=False)
    count_shipping = forms.BooleanField(label=_("Shipping"), required=False)
    count_gift_cards = forms.BooleanField(label=_("Gift cards bought"), required=False)
    count_points_paid = forms.BooleanField(label=_("What was paid with points"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amounts = {
            "earn_per": (_("for every"), Decimal("0.01"), True),
            "worth_of_100": (_("100 points are worth"), Decimal(0), True),
            "minimum": (_("Smallest order that earns"), Decimal(0), False),
        }
        for name, (label, least, required) in amounts.items():
            self.fields[name] = AmountField(currency=self.currency, label=label, min_value=least, required=required)
        self.fields["minimum"].help_text = _("Leave empty if every order earns.")

    def first_values(self) -> dict[str, Any]:
        rules = self.rules
        return {
            **{name: getattr(rules, name) for name in self.SAME},
            "rounding_unit": str(rules.rounding_unit),
            "earn_per": initial_amount(rules.earn_per, rules.currency),
            "worth_of_100": initial_amount(rules.worth_of_100, rules.currency),
            "minimum": initial_amount(rules.minimum_minor or None, rules.currency),
        }

    def to_json(self) -> dict[str, Any]:
        same = (*self.SAME, "earn_per", "worth_of_100", "rounding_unit")
        return {
            **{name: self.cleaned_data[name] for name in same},
            "minimum_minor": self.cleaned_data["minimum"] or 0,
        }

    def means(self, rules: Rules) -> dict[str, str]:
        usual = usual_day(rules, self.setting)
        given = {
            "spent": formatting.money(usual.amount or 0, rules.currency),
            "points": formatting.points(usual.points, self.unit),
            "worth": formatting.money(rules.worth(usual.points), rules.currency),
        }
        said = {"earn_per": gettext("{spent} earns {points}, worth {worth}.").format(**given)}
        said["worth_of_100"] = gettext("You give back {percent}% of what is spent.").format(percent=percent_back(rules))
        if rules.minimum_minor:
            below = formatting.money(rules.minimum_minor, rules.currency)
            said["minimum"] = gettext("Orders below {money} earn nothing.").format(money=below)
        return said


def percent_back(rules: Rules) -> str:
    """How much of the money comes back, e.g. `1` or `2.5`, at most two decimals."""
    share = Decimal(rules.earn_points * rules.worth_of_100) / Decimal(rules.earn_per or 1)
    return f"{share.quantize(Decimal('0.01')).normalize():f}"


class StackingForm(PieceForm):
    """How rules for the same money go together."""

    stacking = forms.ChoiceField(
        label=_("When several rules fit the same order"), choices=lambda: list(STACKING.items()),
        widget=forms.RadioSelect,
    )  # fmt: skip

    def first_values(self) -> dict[str, Any]:
        return {"stacking": self.rules.stacking}

    def to_json(self) -> dict[str, Any]:
        return {"stacking": self.cleaned_data["stacking"]}

    def means(self, rules: Rules) -> dict[str, str]:
        both = {"best": "3", "add": "4", "multiply": "6"}[rules.stacking]
        text = gettext("Double points and triple points on the same day: {times}× the usual points.")
        return {"stacking": text.format(times=both)}


class TermsForm(PieceForm):
    """When points can be used, and when they expire."""

    SAME = ("hold_days", "hold_from", "hold_at_most", "expiry_months", "expiry_ends", "expiry_by")

    hold_from = forms.ChoiceField(label=_("Counted from"), choices=lambda: list(HoldFrom.items()))
    hold_days = whole(
        _("Days until points can be used"), most=365,
        help_text=_("As long as an order can be sent back. 0 means at once."),
    )  # fmt: skip
    hold_at_most = whole(
        _("At the latest after"), least=1, most=365,
        help_text=_("If no storefront ever tells about the parcel, points can be used so many days after payment."),
    )  # fmt: skip
    expiry_months = forms.TypedChoiceField(label=_("Points expire"), coerce=int, empty_value=None, required=False)
    expiry_by = forms.ChoiceField(label=_("Which points"), choices=lambda: list(ExpiryBy.items()))
    expiry_ends = forms.ChoiceField(label=_("until the end of"), choices=lambda: list(ExpiryEnds.items()))
    notices = forms.TypedMultipleChoiceField(
        label=_("Members are told before"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("No notice, no expiry: points stay until their notices went out."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months, notices = self.fields["expiry_months"], self.fields["notices"]
        assert isinstance(months, forms.TypedChoiceField)
        assert isinstance(notices, forms.TypedMultipleChoiceField)
        months.choices = _expiry_choices(self.rules.expiry_months)
        days = sorted({*NOTICE_DAYS, *self.rules.notices}, reverse=True)
        notices.choices = [(str(n), ngettext("{count} day", "{count} days", n).format(count=n)) for n in days]

    def first_values(self) -> dict[str, Any]:
        return {name: getattr(self.rules, name) for name in self.SAME} | {"notices": list(self.rules.notices)}

    def to_json(self) -> dict[str, Any]:
        notices = sorted(set(self.cleaned_data["notices"]), reverse=True)
        return {name: self.cleaned_data[name] for name in self.SAME} | {"notices": notices}

    def means(self, rules: Rules) -> dict[str, str]:
        said = {"hold_days": gettext("Points can be used: {when}.").format(when=_lower(terms.hold(rules)))}
        if rules.expiry_months is None:
            said["expiry_months"] = gettext("What you owe to members only grows: nothing ever lapses.")
        else:
            said["expiry_months"] = gettext("Points expire: {when}.").format(when=_lower(terms.expiry(rules)))
        return said


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _expiry_choices(current: int | None) -> list[tuple[str, Any]]:
    months = sorted({*USUAL_EXPIRY, *([current] if current else [])})
    text = [ngettext("after {count} month", "after {count} months", n).format(count=n) for n in months]
    return [("", _("never")), *zip(map(str, months), text, strict=True)]


class PublishForm(forms.Form):
    """When the draft comes into force, and why it was written."""

    when = forms.ChoiceField(
        label=_("In force"), initial="now", widget=forms.RadioSelect,
        choices=[("now", _("from now")), ("later", _("from a moment that you choose"))],
    )  # fmt: skip
    begins = forms.DateTimeField(
        label=_("From"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("In your shop's time. Orders placed before keep the present rules."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What you changed, and why"), max_length=300, required=False,
        help_text=_("For you and your colleagues. Customers do not see it."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "later" and not cleaned.get("begins") and "begins" not in self.errors:
            self.add_error("begins", gettext("Choose the day and the time."))
        return cleaned
