"""The parts of the programme's editor: what each is called, its forms, and where a field of the rules is edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backoffice.forms.programme import EarningForm, PieceForm, StackingForm, TermsForm
from backoffice.forms.programme_rewards import RewardForm
from backoffice.forms.programme_rules import RuleForm
from backoffice.forms.programme_tiers import CardForm, PlanForm, TierForm
from loyalty import earning_rules, pieces, reward_rules
from loyalty.checks import is_key
from storefront.models import Store


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the editor: a form of its own, a list of items, or both."""

    name: str
    title: Any
    text: Any
    icon: str
    form: type[PieceForm] | None = None
    item_form: Any = None
    kinds: Mapping[str, Any] = field(default_factory=dict)  # of items, where they have kinds
    one: Any = ""  # what one item is called
    none: Any = ""  # what stands where the list is empty
    movable: bool = False
    switchable: bool = True

    @property
    def has_items(self) -> bool:
        return self.item_form is not None

    @property
    def url(self) -> str:
        return reverse("backoffice:programme_part", args=[self.name])


PARTS = {
    part.name: part
    for part in (
        Part("earning", _("Basic rule"), _("What every order earns."), "coins", form=EarningForm),
        Part(
            "rules", _("More ways to earn"), _("Special days and products, welcome and birthday points, and more."),
            "sparkles", form=StackingForm, item_form=RuleForm, kinds=earning_rules.KINDS, one=_("Add a rule"),
            none=_("Only the basic rule so far. A welcome gift is a good second one."), movable=True,
        ),
        Part(
            "stamps", _("Stamp cards"), _("So many visits or pieces, and then something free."), "stamp",
            item_form=CardForm, one=_("Add a card"), none=_("No stamp cards. Cafés and salons love them."),
        ),
        Part(
            "tiers", _("Tiers"), _("Who is a better regular, and what they get for it."), "crown", form=PlanForm,
            item_form=TierForm, one=_("Add a tier"), none=_("No tiers. Three are plenty."), switchable=False,
        ),
        Part(
            "rewards", _("Rewards"), _("What points and full cards turn into."), "gift", item_form=RewardForm,
            kinds=reward_rules.KINDS, one=_("Add a reward"), none=_("No rewards yet. Members save up for something."),
            movable=True,
        ),
        Part(
            "terms", _("Use and expiry"), _("When points can be used, and how long they last."), "hourglass",
            form=TermsForm,
        ),
    )
}  # fmt: skip

# The first step of a field's path → its part. Everything else is the basic rule.
_PART_OF = {
    "earning": "rules", "stacking": "rules", "stamps": "stamps", "tiers": "tiers", "rewards": "rewards",
    **dict.fromkeys(TermsForm.SAME, "terms"), "notices": "terms",
}  # fmt: skip
RULE_ICONS = {
    "order": "shopping-bag", "lines": "tag", "nth_order": "repeat", "sign_up": "user-plus", "birthday": "cake",
    "review": "star", "social": "heart", "visit": "map-pin", "survey": "message-square", "custom": "code",
    "amount": "badge-percent", "percent": "percent", "shipping": "truck", "product": "package",
    "variable": "sliders-horizontal", "gift_card": "credit-card", "store_credit": "wallet", "manual": "hand-heart",
    "": "stamp",
}  # fmt: skip


def part_of(path: str) -> str:
    """The name of the part in which a field of the rules is edited."""
    return _PART_OF.get(path.split(".", maxsplit=1)[0], "earning")


def where(path: str, rules: Mapping[str, Any]) -> str:
    """The address at which a field of these rules is edited, e.g. `rewards.2.points`."""
    part, steps = part_of(path), path.split(".")
    index = next((int(step) for step in steps if step.isdecimal()), None)
    if index is None or PARTS[part].item_form is None:
        return PARTS[part].url
    listed: Any = rules
    for name in pieces.PATHS[part]:  # as stored: readiness counts in that order
        listed = listed.get(name) or {}
    key = listed[index].get("key") if index < len(listed) else None
    return reverse("backoffice:programme_item", args=[part, key]) if is_key(key) else PARTS[part].url


def shops() -> list[tuple[str, Any]]:
    """Where customers buy: the connected storefronts by public id, and the counter."""
    stores = Store.objects.filter(disconnected_at=None).order_by("id").values_list("public_id", "name")
    return [*stores, ("till", _("The counter"))]
