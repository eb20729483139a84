"""What a replay found, in words and money, for its own page and for the page that publishes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from config.charts import Chart, Series
from customers.models import Customer
from loyalty.earning_rules import KINDS
from loyalty.models import Draft
from loyalty.rules import Rules

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure by the draft and as it really was."""

    now: int
    was: int

    @property
    def change(self) -> int:
        return self.now - self.was

    @property
    def saved(self) -> int:
        return -self.change

    @property
    def percent(self) -> int | None:
        """How much more, in whole per cent; None when there was nothing."""
        return round(100 * self.change / self.was) if self.was else None

    @property
    def told(self) -> str:
        """The change in per cent with its sign: `+12%`; empty when there is nothing to compare with."""
        if self.percent is None:
            return ""
        return f"{'+' if self.percent > 0 else MINUS if self.percent < 0 else ''}{abs(self.percent)}%"

    @property
    def trend(self) -> str:
        return "up" if self.change > 0 else "down" if self.change < 0 else "flat"


@dataclass(frozen=True, slots=True)
class Mover:
    """A member who would have more or less."""

    pk: int
    name: str
    now: int
    was: int

    @property
    def change(self) -> int:
        return self.now - self.was


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of thing gave: orders, or occasions of one kind."""

    label: str
    times: int
    points: Pair


@dataclass(slots=True)
class ReplayView:
    """A replay as pages show it. Money in minor units of `currency`, points whole."""

    draft: Draft
    state: str
    stale: bool  # the draft was changed since
    days: int
    done: int = 0
    of: int = 0
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None
    orders: int = 0
    guests: int = 0
    members: int = 0
    more: int = 0
    less: int = 0
    same: bool = False  # everything would earn what it really earned
    points: Pair = field(default_factory=lambda: Pair(0, 0))  # for orders and occasions
    parts: list[Part] = field(default_factory=list)  # the same one by one; empty: there were only orders
    worth: Pair = field(default_factory=lambda: Pair(0, 0))  # of all points issued
    cost: Pair = field(default_factory=lambda: Pair(0, 0))  # of those that will be used, at the present rate
    owed: Pair = field(default_factory=lambda: Pair(0, 0))  # what is left over: how the liability grows
    nothing: Pair = field(default_factory=lambda: Pair(0, 0))  # per cent of orders that earn nothing
    used_percent: int | None = None  # of points issued in that time; None: nothing was used yet
    charts: list[Chart] = field(default_factory=list)
    tiers: list[dict[str, Any]] = field(default_factory=list)
    entry_points: int = 0
    entry_minor: int = 0
    gainers: list[Mover] = field(default_factory=list)
    losers: list[Mover] = field(default_factory=list)


def replay_view(draft: Draft | None, *, unit: str = "P", names: bool = False) -> ReplayView | None:
    """The draft's replay; None where none was asked for. `names`: also who gains and who loses."""
    if draft is None or draft.replay == Draft.Replay.NONE:
        return None
    stale = draft.replay_revision != draft.revision
    shown = ReplayView(draft, draft.replay, stale, draft.replay_days)
    if draft.replay == Draft.Replay.RUNNING:
        shown.done, shown.of = draft.replay_progress.get("done", 0), draft.replay_progress.get("of", 0)
    if draft.replay == Draft.Replay.DONE and draft.replay_result:
        _fill(shown, draft.replay_result, unit)
        if names:
            shown.gainers, shown.losers = _named(draft.replay_result)
            shown.tiers = _tiers(draft)
    return shown


def _fill(shown: ReplayView, result: dict[str, Any], unit: str) -> None:
    sums, worth = result["sums"], result["worth"]
    shown.currency = result["currency"]
    shown.since, shown.until = (datetime.fromisoformat(result[name]) for name in ("since", "until"))
    shown.orders, shown.guests = sums["orders"], result["guests"]
    shown.members, shown.more, shown.less = result["members"], result["more"], result["less"]
    shown.same = not result["differing"]
    shown.points = Pair(_all(sums, "now"), _all(sums, "was"))
    shown.parts = _parts(result)
    shown.worth = Pair(shown.points.now * worth["now"] // 100, shown.points.was * worth["was"] // 100)
    share = 1000 if result["used_share"] is None else result["used_share"]  # prudent: as if all were used
    shown.used_percent = None if result["used_share"] is None else round(share / 10)
    shown.cost = Pair(shown.worth.now * share // 1000, shown.worth.was * share // 1000)
    shown.owed = Pair(shown.worth.now - shown.cost.now, shown.worth.was - shown.cost.was)
    shown.nothing = Pair(*(round(100 * sums[name] / max(sums["orders"], 1)) for name in ("nothing_now", "nothing_was")))
    shown.charts = _charts(result, share, unit)
    moving = result["tiers"] or {}
    shown.entry_points, shown.entry_minor = moving.get("cost_points", 0), moving.get("cost_minor", 0)


def _all(counted: dict[str, int], side: str) -> int:
    """Points for orders and for occasions."""
    return counted[side] + counted.get(f"occasions_{side}", 0)


def _parts(result: dict[str, Any]) -> list[Part]:
    """Orders, and each kind of occasion that gives anything by either."""
    sums, kinds = result["sums"], result.get("kinds", {})
    others = [Part(str(KINDS[kind]), times, Pair(now, was)) for kind, (times, now, was) in kinds.items() if now or was]
    if not others:
        return []
    return [Part(_("Orders"), sums["orders"], Pair(sums["now"], sums["was"])), *others]


def _charts(result: dict[str, Any], share: int, unit: str) -> list[Chart]:
    months = sorted(result["months"].items())
    labels = [date_format(date.fromisoformat(f"{month}-01"), "YEAR_MONTH_FORMAT") for month, _counted in months]

    def series(worth: dict[str, int] | None = None) -> list[Series]:
        factor = {name: (worth[name] * share if worth else 100_000) for name in ("now", "was")}
        named = (("now", _("By the draft")), ("was", _("Really")))
        return [
            Series(name, [_all(counted, key) * factor[key] // 100_000 for _month, counted in months])
            for key, name in named
        ]

    return [
        Chart(_("Points issued, by month"), labels, series(), unit=unit),
        Chart(_("What that costs, by month"), labels, series(result["worth"]), currency=result["currency"]),
    ]


def _named(result: dict[str, Any]) -> tuple[list[Mover], list[Mover]]:
    ids = [one[0] for one in (*result["gainers"], *result["losers"])]
    names = {customer.pk: customer.name for customer in Customer.objects.filter(pk__in=ids)}

    def listed(side: str) -> list[Mover]:
        return [Mover(pk, names.get(pk) or _("Without a name"), *sums[:2]) for pk, *sums in result[side]]

    return listed("gainers"), listed("losers")


def _tiers(draft: Draft) -> list[dict[str, Any]]:
    """How many come up to each tier, fall to it and stay; highest first, no tier last."""
    moving = draft.replay_result["tiers"]
    if not moving:
        return []
    from loyalty.drafts import read

    rules: Rules = read(draft.rules)
    known = [(tier.key, tier.label) for tier in reversed(rules.tiers.tiers)]
    return [
        {"label": label, **{way: moving[way].get(key, 0) for way in ("up", "down", "unchanged")}}
        for key, label in [*known, ("", _("No tier"))]
    ]
