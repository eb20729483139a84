"""The rules beside the basic one: what else earns points, when, for whom, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from loyalty.names import in_language

# What a rule looks at. The first three belong to an order and follow its refunds; the others are occasions.
KINDS = {
    "order": _("Orders"),
    "lines": _("Certain products"),
    "nth_order": _("The first or n-th order"),
    "sign_up": _("Joining"),
    "birthday": _("Birthday"),
    "review": _("A review"),
    "social": _("Following the shop"),
    "visit": _("A visit"),
    "survey": _("An answered survey"),
    "custom": _("Something the shop's programs tell"),
}
OF_ORDERS = frozenset({"order", "lines", "nth_order"})
# How much: points (for each piece of a "lines" rule with `each`), points per money, or a factor on the basic rule.
EFFECTS = {"points": _("Points"), "rate": _("Points for money"), "multiply": _("Times the usual points")}
STACKING = {"best": _("The best one counts"), "add": _("They add up"), "multiply": _("They multiply")}


@dataclass(frozen=True, slots=True)
class Window:
    """When a rule applies, in the shop's time zone. Empty: always."""

    starts_at: str = ""  # ISO 8601
    ends_at: str = ""  # before then
    weekdays: tuple[int, ...] = ()  # 0 is Monday
    from_time: str = ""  # "14:00"; a window that ends before it begins runs past midnight
    to_time: str = ""
    holidays: bool = False  # on public holidays of the shop's country, besides or instead of the weekdays


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines of an order. Empty: all."""

    products: tuple[str, ...] = ()  # product ids at the store or SKUs
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_products: tuple[str, ...] = ()
    not_collections: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    least_price_minor: int | None = None  # of one piece
    most_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who, and where. Empty: everybody, everywhere."""

    tiers: tuple[str, ...] = ()  # keys of tiers
    tags: tuple[str, ...] = ()  # of the customer; any of them
    stores: tuple[str, ...] = ()  # public ids of stores, or "till"


@dataclass(frozen=True, slots=True)
class Limit:
    """How often, and how much. None: no limit. Days and months are the shop's."""

    times_each: int | None = None  # for one member, ever
    times_a_day: int | None = None  # for one member
    points_a_day: int | None = None
    points_a_month: int | None = None
    points_in_all: int | None = None  # for the whole programme: when it is used up the rule rests


@dataclass(frozen=True, slots=True)
class EarningRule:
    """One more way to earn."""

    key: str  # stable over versions
    kind: str  # a key of KINDS
    name: dict[str, str]
    effect: str = "points"  # a key of EFFECTS
    points: int = 0  # of "points", and of "rate": for each `per`
    per: int = 0  # of "rate": minor units
    factor: int = 100  # of "multiply": hundredths, 200 is twice; 0 on "lines" leaves these lines out
    each: bool = False  # of kind "lines" and effect "points": for each piece
    minimum_minor: int = 0  # of the order's counted money
    nth: int = 1  # of kind "nth_order": which
    repeat: bool = False  # …and each time again: every n-th
    event: str = ""  # of kind "custom": its name
    url: str = ""  # of kinds "social" and "review": where the member goes
    lines: LineFilter = field(default_factory=LineFilter)
    window: Window = field(default_factory=Window)
    audience: Audience = field(default_factory=Audience)
    limit: Limit = field(default_factory=Limit)
    set_before_days: int = 30  # of kind "birthday": known at least so long before
    priority: int = 0  # the higher goes first; decides between equals under "best"
    active: bool = True

    @property
    def label(self) -> str:
        """The name in the active language, else in whichever there is."""
        return in_language(self.name)
