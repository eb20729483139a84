"""A rule beside the basic one as a form: only the fields that its kind needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.forms import amounts
from backoffice.forms.amounts import AmountField, MomentField, WordsField, initial_amount, initial_moment, texts, whole
from backoffice.forms.programme import PieceForm
from backoffice.product_words import explain
from config import formatting
from loyalty.earning_rules import EFFECTS, EarningRule
from loyalty.programme import shop_time_zone
from loyalty.rules import Rules
from loyalty.starts import usual_order
from loyalty.worked import in_its_time

HOW_MUCH = ("effect", "points", "per", "factor")
LINES = (
    "products", "collections", "tags", "not_products", "not_collections", "not_tags", "least_price", "most_price",
)  # fmt: skip
SPAN = ("starts_at", "ends_at")
WINDOW = (*SPAN, "weekdays", "holidays", "from_time", "to_time")
WHO = ("for_tiers", "for_tags", "stores")
LIMIT = ("times_each", "times_a_day", "points_a_day", "points_a_month", "points_in_all")

# The fields of each kind, besides the names.
FIELDS: dict[str, tuple[str, ...]] = {
    "order": (*HOW_MUCH, "minimum", *WINDOW, *WHO, *LIMIT),
    "lines": (*HOW_MUCH, "each", *LINES, "minimum", *WINDOW, *WHO, *LIMIT),
    "nth_order": ("nth", "repeat", "effect", "points", "factor", "minimum", *SPAN, "stores", "for_tags"),
    "sign_up": ("points", *SPAN, "points_in_all"),
    "birthday": ("points", "set_before_days", "for_tiers", "for_tags"),
    "review": ("points", "url", "times_each", "times_a_day", "points_a_month", *SPAN),
    "social": ("points", "url", *SPAN, "points_in_all"),
    "visit": ("points", *WINDOW, *WHO, "times_a_day", "points_a_month"),
    "survey": ("points", "for_tiers", "for_tags", "times_each", "times_a_day", *SPAN),
    "custom": ("event", "points", *WINDOW, "for_tiers", "for_tags", *LIMIT),
}
ORDERS = ("multiply", "rate", "points")
EFFECTS_OF = {"order": ORDERS, "lines": ORDERS, "nth_order": ("points", "multiply")}
# What a new rule of each kind is called, and how many tenths of a usual reward it gives.
SUGGESTED: dict[str, tuple[str, str, int]] = {
    "order": ("포인트 2배", "Double points", 0),
    "lines": ("이 상품은 포인트 2배", "Double points on these", 0),
    "nth_order": ("첫 주문 감사 포인트", "Thank you for the first order", 10),
    "sign_up": ("가입 축하 포인트", "Welcome points", 10),
    "birthday": ("생일 축하 포인트", "Birthday points", 20),
    "review": ("리뷰 작성 포인트", "Points for a review", 5),
    "social": ("소셜 팔로우 포인트", "Points for following us", 3),
    "visit": ("방문 포인트", "Points for a visit", 1),
    "survey": ("설문 참여 포인트", "Points for your answers", 3),
    "custom": ("특별 포인트", "Special points", 5),
}
ONCE = ("sign_up", "social")  # suggested: one time for each member


class RuleForm(PieceForm):
    """One more way to earn."""

    own_names: ClassVar[dict[str, str]] = {
        "name": "name_ko", "minimum_minor": "minimum", "lines.least_price_minor": "least_price",
        "lines.most_price_minor": "most_price", "audience.tiers": "for_tiers", "audience.tags": "for_tags",
        "audience.stores": "stores", **{f"limit.{name}": name for name in LIMIT},
        **{f"window.{name}": name for name in WINDOW}, **{f"lines.{name}": name for name in LINES[:6]},
    }  # fmt: skip

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, kind: str, item: EarningRule | None = None,
        stores: Iterable[tuple[str, str]] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        self.kind, self.item, self.stores = kind, item, list(stores)
        super().__init__(data, **kwargs)
        known = {**_plain_fields(), **_money_fields(self.currency), **self._choices()}
        self.fields.update(amounts.name_fields())
        self.fields.update({name: known[name] for name in FIELDS[kind] if name in known})
        explain(self.fields)

    def _choices(self) -> dict[str, forms.Field]:
        """The fields that choose among what this shop has; without tiers or stores there is nothing to choose."""
        effects = [(effect, EFFECTS[effect]) for effect in EFFECTS_OF.get(self.kind, ())]
        fields: dict[str, forms.Field] = {
            "effect": forms.ChoiceField(label=_("What it gives"), choices=effects, widget=forms.RadioSelect)
        }
        tiers = [(tier.key, tier.label) for tier in self.rules.tiers.tiers]
        if tiers:
            fields["for_tiers"] = _several(_("Only for these tiers"), tiers)
        if len(self.stores) > 1:
            fields["stores"] = _several(_("Only at"), self.stores)
        return fields

    def first_values(self) -> dict[str, Any]:
        return _values(self.item, self.currency) if self.item else self._suggested()

    def _suggested(self) -> dict[str, Any]:
        korean, english, tenths = SUGGESTED[self.kind]
        return {
            "name_ko": korean, "name_en": english, "factor": Decimal(2), "effect": EFFECTS_OF.get(self.kind, ("",))[0],
            "points": usual_order(self.currency) * tenths // 100 or None, "nth": 1, "set_before_days": 30,
            "per": initial_amount(self.rules.earn_per, self.currency),
            "times_each": 1 if self.kind in ONCE else None, "times_a_day": 1 if self.kind == "visit" else None,
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not texts(cleaned):
            self.add_error("name_ko", gettext("Give the rule a name."))
        effect = cleaned.get("effect") or "points"
        for name, needed in (("points", "points"), ("points", "rate"), ("per", "rate"), ("factor", "multiply")):
            if effect == needed and name in self.fields and cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, gettext("This is needed."))
        return cleaned

    def to_json(self) -> dict[str, Any]:
        given = self.cleaned_data
        rule: dict[str, Any] = {"kind": self.kind, "name": texts(given), "effect": given.get("effect") or "points"}
        rule["points"] = (given.get("points") or 0) if rule["effect"] != "multiply" else 0
        if rule["effect"] == "rate":
            rule["per"] = given["per"]
        if rule["effect"] == "multiply":
            rule["factor"] = int(given["factor"] * 100)
        rule |= {name: given[name] for name in ("nth", "repeat", "event", "url", "set_before_days") if name in given}
        rule["each"] = bool(given.get("each")) and rule["effect"] == "points"
        rule["minimum_minor"] = given.get("minimum") or 0
        rule["lines"] = {name: given[name] for name in LINES[:6] if given.get(name)} | _prices(given)
        rule["window"] = _window(given)
        who = {"tiers": "for_tiers", "tags": "for_tags", "stores": "stores"}
        rule["audience"] = {name: list(given[own]) for name, own in who.items() if given.get(own)}
        rule["limit"] = {name: given[name] for name in LIMIT if given.get(name) is not None}
        return rule

    def means(self, rules: Rules) -> dict[str, str]:
        given, said = self.cleaned_data, {}
        field = {"multiply": "factor", "rate": "per"}.get(given.get("effect") or "points", "points")
        if field == "points" and given.get("points"):
            said["points"] = self._worth(given["points"], rules)
        elif rule := next((rule for rule in rules.earning if rule.key == self.key), None):
            said[field] = self._instead(rules, rule)
        if given.get("points_in_all"):
            said["points_in_all"] = self._worth(given["points_in_all"], rules)
        return said

    def _instead(self, rules: Rules, rule: EarningRule) -> str:
        """What an order in the rule's time earns, and what it would without the rule."""
        found = in_its_time(rules, rule, self.setting)
        if found is None or found.usual is None:
            return ""
        told = {
            "spent": formatting.money(found.amount or 0, rules.currency),
            "more": formatting.points(found.points, self.unit),
            "usual": formatting.points(found.usual, self.unit),
        }
        if found.points == found.usual:
            return gettext("{spent} earns {more}, the same as without this rule.").format(**told)
        return gettext("{spent} earns {more} instead of {usual}.").format(**told)

    def _worth(self, points: int, rules: Rules) -> str:
        return gettext("Worth {money} to you.").format(money=formatting.money(rules.worth(points), rules.currency))


def _several(label: Any, choices: Iterable[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), required=False, widget=forms.CheckboxSelectMultiple
    )


def _plain_fields() -> dict[str, forms.Field]:
    time: dict[str, Any] = {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), "required": False}
    words: dict[str, Any] = {"required": False, "help_text": _("Several with commas between.")}
    return {
        "points": whole(_("Points"), least=1, required=False),
        "factor": forms.DecimalField(
            label=_("Times the usual points"), min_value=0, max_value=100, max_digits=5, decimal_places=2,
            required=False, help_text=_("2 is double. On certain products, 0 leaves them out."),
        ),
        "each": forms.BooleanField(label=_("For each piece"), required=False),
        "nth": whole(_("Which order"), least=1, most=1000, help_text=_("1 is the first.")),
        "repeat": forms.BooleanField(label=_("And every so many orders again"), required=False),
        "set_before_days": whole(
            _("Birthday known for at least so many days"), most=365,
            help_text=_("So that nobody enters today's date at the counter."),
        ),
        "event": forms.SlugField(label=_("Name of the event, as your program sends it"), max_length=40),
        "url": forms.URLField(
            label=_("Address where the member goes"), max_length=300, required=False, assume_scheme="https"
        ),
        "starts_at": MomentField(label=_("From")),
        "ends_at": MomentField(label=_("Until")),
        "weekdays": forms.TypedMultipleChoiceField(
            label=_("Only on these days"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
            choices=list(WEEKDAYS.items()),
        ),
        "holidays": forms.BooleanField(label=_("On public holidays"), required=False),
        "from_time": forms.TimeField(label=_("From this time of day"), **time),
        "to_time": forms.TimeField(label=_("Until this time of day"), **time),
        "products": WordsField(label=_("Products (id or SKU)"), **words),
        "collections": WordsField(label=_("Collections"), **words),
        "tags": WordsField(label=_("Product tags"), **words),
        "not_products": WordsField(label=_("Not these products"), **words),
        "not_collections": WordsField(label=_("Not these collections"), **words),
        "not_tags": WordsField(label=_("Not these product tags"), **words),
        "for_tags": WordsField(label=_("Only customers with one of these tags"), **words),
        "times_each": whole(_("Times for each member"), least=1, required=False),
        "times_a_day": whole(_("Times a day for each member"), least=1, required=False),
        "points_a_day": whole(_("Points a day for each member"), least=1, required=False),
        "points_a_month": whole(_("Points a month for each member"), least=1, required=False),
        "points_in_all": whole(_("Points in all, for all members"), least=1, most=10**12, required=False),
    }  # fmt: skip


def _money_fields(currency: str) -> dict[str, forms.Field]:
    def amount(label: Any, **kwargs: Any) -> AmountField:
        return AmountField(currency=currency, label=label, min_value=Decimal(0), required=False, **kwargs)

    return {
        "per": amount(_("for every")),
        "minimum": amount(_("Only orders from")),
        "least_price": amount(_("Price of a piece from")),
        "most_price": amount(_("Price of a piece up to")),
    }


def _prices(given: Mapping[str, Any]) -> dict[str, int]:
    pairs = (("least_price_minor", "least_price"), ("most_price_minor", "most_price"))
    return {name: given[own] for name, own in pairs if given.get(own) is not None}


def _window(given: Mapping[str, Any]) -> dict[str, Any]:
    window = {name: given[name] for name in (*SPAN, "weekdays", "holidays") if given.get(name)}
    return window | {name: given[name].strftime("%H:%M") for name in ("from_time", "to_time") if given.get(name)}


def _values(rule: EarningRule, currency: str) -> dict[str, Any]:
    zone = shop_time_zone()
    same = ("effect", "each", "nth", "repeat", "event", "url", "set_before_days")
    lines = {name: amounts.joined(getattr(rule.lines, name)) for name in LINES[:6]}
    return {
        **amounts.initial_texts(rule.name),
        **{name: getattr(rule, name) for name in same},
        "points": rule.points or None,
        "per": initial_amount(rule.per or None, currency),
        "factor": (Decimal(rule.factor) / 100).normalize(),
        "minimum": initial_amount(rule.minimum_minor or None, currency),
        **lines,
        "least_price": initial_amount(rule.lines.least_price_minor, currency),
        "most_price": initial_amount(rule.lines.most_price_minor, currency),
        "starts_at": initial_moment(rule.window.starts_at, zone),
        "ends_at": initial_moment(rule.window.ends_at, zone),
        **{name: getattr(rule.window, name) for name in ("weekdays", "holidays", "from_time", "to_time")},
        "for_tiers": rule.audience.tiers,
        "for_tags": amounts.joined(rule.audience.tags),
        "stores": rule.audience.stores,
        **{name: getattr(rule.limit, name) for name in LIMIT},
    }
