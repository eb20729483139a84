"""How the editor lays out a form: groups of fields, those that are seldom needed folded away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.forms.amounts import AmountField
from backoffice.forms.programme import PieceForm
from loyalty.rules import Rules

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Shown:
    """One field with what stands after it and what it means."""

    field: BoundField
    suffix: Words
    means: str
    warns: str  # what will not work
    only_for: str  # the effects of a rule to which it belongs; empty: all

    @property
    def id(self) -> str:
        return f"means-{self.field.html_name}"


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: Words
    text: Words
    fields: list[Shown]
    folds: bool
    open: bool


# Title, text, fields, folded: for all forms; each takes what it has. What no group names comes first.
GROUPS: tuple[tuple[Words, Words, tuple[str, ...], bool], ...] = (
    (_("What counts"), _("The goods after discounts always count. What else?"),
     ("count_tax", "count_shipping", "count_gift_cards", "count_points_paid"), False),
    (_("Rounding"), "", ("rounding", "rounding_unit"), True),
    (_("When points can be used"), "", ("hold_days", "hold_from", "hold_at_most"), False),
    (_("When points expire"), "", ("expiry_months", "expiry_ends", "expiry_by"), False),
    (_("Notices"), "", ("notices",), False),
    (_("What they get"), "", ("entry_points", "entry_reward", "birthday_points", "early_access"), False),
    (_("Which products"), _("Empty means all."),
     ("products", "collections", "tags", "not_products", "not_collections", "not_tags", "least_price", "most_price"),
     True),
    (_("Using it"), "", ("where", "valid_days", "on_refund"), False),
    (_("When"), _("In your shop's time. Empty means always."),
     ("starts_at", "ends_at", "weekdays", "holidays", "from_time", "to_time"), True),
    (_("For whom, and where"), _("Empty means everybody, everywhere."), ("for_tiers", "for_tags", "stores"), True),
    (_("Limits"), _("Empty means no limit."),
     ("times_each", "times_a_day", "points_a_day", "points_a_month", "points_in_all", "stock", "per_member",
      "per_days"), True),
    (_("Description"), _("Members read it below the name."), ("description_ko", "description_en"), True),
)  # fmt: skip
ONLY_FOR = {"points": "points rate", "per": "rate", "factor": "multiply", "each": "points"}
POINTS = {
    "earn_points", "points", "least_points", "most_points", "entry_points", "birthday_points", "points_a_day",
    "points_a_month", "points_in_all",
}  # fmt: skip
DAYS = {"hold_days", "hold_at_most", "grace_days", "set_before_days", "valid_days", "per_days"}


def groups(form: PieceForm, rules: Rules) -> list[Group]:
    """The form's fields in groups, with what each means. `rules` are the draft with what the form says."""
    knows = getattr(form, "cleaned_data", None) is not None and not form.errors
    means, warns = (form.means(rules), form.warns(rules)) if knows else ({}, {})
    placed = {name for _title, _text, names, _folds in GROUPS for name in names}
    first = [name for name in form.fields if name not in placed]
    shown = [Group("", "", list(_shown(form, first, means, warns)), folds=False, open=True)] if first else []
    for title, text, names, folds in GROUPS:
        fields = list(_shown(form, [name for name in names if name in form.fields], means, warns))
        if fields:
            opened = any(_is_filled(item.field) for item in fields)
            shown.append(Group(title, text, fields, folds, not folds or opened))
    return shown


def _shown(form: PieceForm, names: list[str], means: Mapping[str, str], warns: Mapping[str, str]) -> Iterator[Shown]:
    has_effect = "effect" in form.fields
    for name in names:
        only_for = ONLY_FOR.get(name, "") if has_effect else ""
        yield Shown(form[name], _suffix(form, name), means.get(name, ""), warns.get(name, ""), only_for)


def _is_filled(field: BoundField) -> bool:
    """Whether somebody has put something there. The first choice of a list is what it begins with."""
    value = field.value()
    choices = getattr(field.field, "choices", None)
    if choices and value is not None and not isinstance(value, list | tuple):
        return str(value) != str(next(iter(choices))[0]) or bool(field.errors)
    return value not in (None, "", False, [], ()) or bool(field.errors)


def _suffix(form: PieceForm, name: str) -> Words:
    if isinstance(form.fields[name], AmountField):
        return form.currency
    if name in POINTS:
        return form.unit
    return _("days") if name in DAYS else ""
