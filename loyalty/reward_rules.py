"""What points, stamps and tiers can be turned into: the rewards of a programme."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from loyalty.names import in_language

# What a reward is. The first three and the variable amount become a discount code; the others are handed over.
KINDS = {
    "amount": _("Money off"),
    "percent": _("Percentage off"),
    "shipping": _("Free shipping"),
    "product": _("Free product"),
    "variable": _("Money off, as much as the member likes"),
    "gift_card": _("Gift card"),
    "store_credit": _("Store credit"),
    "manual": _("Handed over by the shop"),
}
ON_REFUND = {"return": _("The points come back"), "keep": _("The points stay used")}


@dataclass(frozen=True, slots=True)
class Reward:
    """Something that points can buy. Money in minor units of the programme's currency.

    A `variable` reward costs `points` for each `value_minor`, in such steps, from `least_points` to `most_points`.
    """

    name: dict[str, str]  # by language: {"ko": …, "en": …}
    points: int  # 0: not for points, only given by a stamp card, a tier or staff
    value_minor: int  # what it is worth
    key: str = ""  # stable over versions; from_json of the rules fills it in
    kind: str = "amount"  # a key of KINDS
    percent: int = 0  # of kind "percent": whole per cent
    most_value_minor: int | None = None  # of kind "percent": the discount is at most this
    product: str = ""  # of kind "product": the product's id at the store
    least_points: int = 0
    most_points: int | None = None
    description: dict[str, str] = field(default_factory=dict)  # by language
    minimum_minor: int = 0  # of the order it is used on
    tiers: tuple[str, ...] = ()  # keys of tiers that may have it; empty: everybody
    stock: int | None = None  # how many there are in all; None: no end
    per_member: int | None = None  # how many a member may have in `per_days`
    per_days: int | None = None  # None: ever
    starts_at: str = ""  # ISO 8601
    ends_at: str = ""  # before then
    valid_days: int = 90  # from redeeming until the code lapses and the points return
    where: tuple[str, ...] = ("store", "till")
    on_refund: str = "return"  # a key of ON_REFUND: when all of the order it was used on is refunded or cancelled
    active: bool = True

    @property
    def label(self) -> str:
        """The name in the active language, else in whichever there is."""
        return in_language(self.name)
