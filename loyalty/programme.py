"""The programme's versions: publishing one, finding the one in force, and what a new shop starts with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from config import formatting
from config.money import decimals
from loyalty.models import ProgrammeVersion
from loyalty.rules import Rules, WrongRules
from staff import audit
from staff.actors import Actor
from tenants import alarms

__all__ = [
    "CannotPublish",
    "Rules",
    "WrongRules",
    "asked_once",
    "current",
    "default_rules",
    "in_force",
    "publish",
    "shop_time_zone",
]

# Days until points can be used and months until they expire, by country. The days are those in which an online order
# can be sent back: seven in Korea, eight in Japan, fourteen in Britain and the European Union. Korea's Fair Trade
# Commission criticised short lives of points in December 2024, so Korea's is three years; see docs/programme.md.
TERMS = {"KR": (7, 36), "JP": (8, 24), "US": (14, 24)}
OTHER_TERMS = (14, 24)
REWARD_SIZES = (500, 1000, 2000)
REWARD_SIZES_PERCENT = (1000, 3000, 5000)  # where a point is a won or a yen


TIERS_ALARM = "tiers"  # tier_reviews.py answers it
BIRTHDAYS_ALARM = "birthdays"  # birthdays.py


class CannotPublish(Exception):
    """The version can't come into force then. The message is for people."""


def default_rules(country: str, currency: str) -> Rules:
    """What a new shop starts with: a point is the currency's smallest coin, and orders give 1 % back.

    In won and yen that reads "1 %", in pounds "a point per pound". Raises WrongRules for an unknown currency.
    """
    hold_days, expiry_months = TERMS.get(country, OTHER_TERMS)
    sizes = REWARD_SIZES if decimals(currency) else REWARD_SIZES_PERCENT
    rules = Rules(
        currency=currency,
        earn_points=1,
        earn_per=100 if decimals(currency) < 3 else 1000,
        hold_days=hold_days,
        expiry_months=expiry_months,
        worth_of_100=100 if decimals(currency) < 3 else 1000,
    )
    return Rules.from_json({**rules.to_json(), "rewards": [_money_off(rules, size) for size in sizes]})


def _money_off(rules: Rules, points: int) -> dict[str, object]:
    value = rules.worth(points)
    with translation.override("ko"):
        korean = f"{formatting.money(value, rules.currency)} 할인"
    with translation.override("en"):
        english = f"{formatting.money(value, rules.currency)} off"
    return {"name": {"ko": korean, "en": english}, "points": points, "value_minor": value}


@transaction.atomic
def publish(
    rules: Rules, *, actor: Actor, at: datetime, in_force_from: datetime | None = None, note: str = ""
) -> ProgrammeVersion:
    """Make these rules the next version, in force from now or from `in_force_from`.

    Only the first version may begin in the past: what an order earns depends on the version in force when it was
    placed, and must not change afterwards. Raises CannotPublish, and WrongRules for rules that make no sense.
    """
    stored = Rules.from_json(rules.to_json()).to_json()
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE loyalty_programmeversion IN SHARE ROW EXCLUSIVE MODE")
    latest = ProgrammeVersion.objects.order_by("-number").first()
    starts = in_force_from or at
    _check_start(starts, latest, at)
    version = ProgrammeVersion.objects.create(
        number=latest.number + 1 if latest else 1, rules=stored, in_force_from=starts, published_at=at,
        published_by=actor.name[:200], publisher_id=actor.id, note=note[:300],
        tiers_cursor=0 if places_members(rules, latest) else None,
    )  # fmt: skip
    if version.tiers_cursor is not None:
        alarms.ring(TIERS_ALARM, starts)
    if _keeps_birthdays(rules):
        alarms.ring(BIRTHDAYS_ALARM, starts)
    _write_trail(version, latest, actor=actor, at=at)
    return version


def _keeps_birthdays(rules: Rules) -> bool:
    rings = any(rule.kind == "birthday" and rule.active for rule in rules.earning)
    return rings or any(tier.birthday_points for tier in rules.tiers.tiers)


def places_members(rules: Rules, before: ProgrammeVersion | None) -> bool:
    """Whether members may stand on other tiers by these rules than by the version before."""
    if before is None:
        return bool(rules.tiers.tiers)
    if before.tiers_cursor is not None:
        return True  # it has not reached everybody itself
    return bool(rules.tiers.tiers or before.terms.tiers.tiers) and _of_tiers(rules) != _of_tiers(before.terms)


def _of_tiers(rules: Rules) -> tuple[object, ...]:
    """What decides who stands where; not the tiers' names and perks."""
    plan = rules.tiers
    counts = (rules.currency, rules.count_tax, rules.count_shipping, rules.count_gift_cards, rules.count_points_paid)
    steps = tuple((tier.key, tier.threshold) for tier in plan.tiers)
    return plan.metric, plan.window, plan.months, plan.grace_days, steps, counts


def _check_start(starts: datetime, latest: ProgrammeVersion | None, at: datetime) -> None:
    if latest is None:
        return
    if starts < at:
        raise CannotPublish(_("Rules can't begin in the past: orders have already earned by the present ones."))
    if starts < latest.in_force_from:
        raise CannotPublish(_("Version %(number)s is planned to begin later than this.") % {"number": latest.number})


def _write_trail(version: ProgrammeVersion, latest: ProgrammeVersion | None, *, actor: Actor, at: datetime) -> None:
    before = latest.rules if latest else {}
    changes = {
        field: [before.get(field), value] for field, value in version.rules.items() if before.get(field) != value
    }
    audit.record(
        "programme.published",
        actor=actor,
        at=at,
        object_kind="programme_version",
        object_id=version.pk,
        object_label=str(version.number),
        changes={**changes, "in_force_from": [None, version.in_force_from.isoformat()]},
        reason=version.note,
    )


_remembered: ContextVar[dict[tuple[str, datetime], ProgrammeVersion | None] | None] = ContextVar(
    "versions", default=None
)


@contextmanager
def asked_once() -> Iterator[None]:
    """Within the block `in_force` is asked once for each moment: for a page that reads from several rooms."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def in_force(at: datetime) -> ProgrammeVersion | None:
    """The version in force at that moment; None before the first."""
    remembered, key = _remembered.get(), (connection.schema_name, at)
    if remembered is None:
        return _in_force(at)
    if key not in remembered:
        remembered[key] = _in_force(at)
    return remembered[key]


def _in_force(at: datetime) -> ProgrammeVersion | None:
    return ProgrammeVersion.objects.filter(in_force_from__lte=at).order_by("-in_force_from", "-number").first()


def current() -> ProgrammeVersion | None:
    """The latest version published, in force already or planned; None before the first."""
    return ProgrammeVersion.objects.order_by("-number").first()


def expiry_of_points_given(at: datetime) -> datetime | None:
    """When points that staff give now expire: as if an order had earned them. None: never, as without a programme."""
    version = in_force(at)
    return version.terms.expires_at(at, shop_time_zone()) if version else None


def shop_time_zone() -> ZoneInfo:
    """The time zone of the shop whose schema is active: its days and months count."""
    from tenants.models import Merchant

    name = getattr(connection.tenant, "time_zone", None)
    if name is None:  # entered by schema name alone
        name = Merchant.objects.values_list("time_zone", flat=True).get(schema_name=connection.schema_name)
    return ZoneInfo(name)
