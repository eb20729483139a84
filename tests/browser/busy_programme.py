"""Rewards, tiers, stamps, ways to earn, codes and claims of the busy shop, in every state that a page can show."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from customers.models import Order
from loyalty import claims, receipts, redemption, stamps
from loyalty.models import Claim
from loyalty.rules import Rules
from staff.actors import Actor

LONG_KOREAN = "제철 딸기를 듬뿍 올린 생크림 케이크 한 조각과 음료 한 잔 무료"[:30]
WEEKEND = {"weekdays": [5, 6], "from_time": "14:00", "to_time": "17:00"}
TIERS = [
    {"key": "green", "name": {"ko": "새싹 단골", "en": "Green"}, "threshold": 100_000, "factor": 110,
     "entry_points": 500},
    {"key": "gold", "name": {"ko": "소담의 진짜 단골", "en": "Gold"}, "threshold": 5_000_000, "factor": 150,
     "birthday_points": 3_000, "early_access": True, "entry_reward": "coffee",
     "description": {"ko": "매장에서 이름으로 불러 드려요.", "en": "We call you by your name."}},
]  # fmt: skip
REWARDS: list[dict[str, Any]] = [
    {"key": "coffee", "name": {"ko": "아메리카노 한 잔", "en": "An americano"}, "points": 300, "value_minor": 4_500,
     "kind": "manual", "where": ["till"], "description": {"ko": "따뜻하게도, 차갑게도 드려요.", "en": "Hot or iced."}},
    {"key": "money", "name": {"ko": "원하는 만큼 할인", "en": "As much off as you like"}, "points": 100,
     "value_minor": 100, "kind": "variable", "least_points": 100, "most_points": 10_000, "minimum_minor": 10_000},
    {"key": "cake", "name": {"ko": LONG_KOREAN, "en": "A piece of cake with strawberries"}, "points": 50_000,
     "value_minor": 7_500, "kind": "product", "product": "cake-1"},
    {"key": "mug", "name": {"ko": "한정판 머그잔", "en": "The mug of the year"}, "points": 100, "value_minor": 18_000,
     "kind": "manual", "where": ["till"], "tiers": ["gold"]},
]  # fmt: skip
STAMPS = [
    {"key": "ten", "name": {"ko": "커피 열 잔이면 한 잔 무료", "en": "Ten coffees, one free"}, "stamps": 10,
     "reward": "coffee", "by": "order"},
    {"key": "visits", "name": {"ko": "다섯 번 오시면", "en": "Five visits"}, "stamps": 5, "reward": "mug"},
]  # fmt: skip
EARNING = [
    {"key": "weekend", "kind": "order", "name": {"ko": "주말 오후 1.5배 적립", "en": "Weekend afternoons"},
     "effect": "multiply", "factor": 150, "minimum_minor": 10_000, "window": WEEKEND},
    {"key": "born", "kind": "birthday", "name": {"ko": "생일 축하 포인트", "en": "Your birthday"}, "points": 3_000},
    {"key": "follow", "kind": "social", "name": {"ko": "인스타그램 팔로우", "en": "Follow our pictures"}, "points": 200,
     "url": "https://pictures.example/sodam", "limit": {"times_each": 1}},
    {"key": "review", "kind": "review", "name": {"ko": "구매 후기", "en": "A review"}, "points": 300,
     "url": "https://shop.example/reviews", "limit": {"times_a_day": 1}},
    {"key": "visit", "kind": "visit", "name": {"ko": "매장 방문", "en": "A visit"}, "points": 50},
]  # fmt: skip


def full(rules: Rules) -> Rules:
    """These rules with everything that a programme can have."""
    plain = rules.to_json()
    return Rules.from_json(
        {
            **plain, "rewards": [*plain["rewards"], *REWARDS], "stamps": STAMPS, "earning": EARNING,
            "tiers": {"metric": "spend", "window": "rolling", "months": 12, "tiers": TIERS},
        }
    )  # fmt: skip


def take(ids: dict[str, Any], at: datetime) -> None:
    """Codes of the regular's: one ready, one cancelled."""
    regular = Actor("shopper", ids["regular"], "김민서")
    for name in ("ready", "cancelled"):
        taken = redemption.redeem(ids["regular"], "coffee", where="till", key=f"busy:{name}", at=at, actor=regular)
        ids[f"code_{name}"] = taken.pk
    stamps.stamp(ids["regular"], "visits", 3, key="busy:stamps", at=at, actor=regular)
    redemption.cancel(ids["code_cancelled"], reason="", actor=regular, key="busy:cancel", at=at)


def claim(ids: dict[str, Any], owner: Actor, at: datetime, picture: bytes) -> None:
    """Claims of the regular's: waiting with a photo, approved, declined."""
    regular, noon = Actor("shopper", ids["regular"], "김민서"), timezone.localtime(at)
    guest = Order.objects.get(external_id="o0")
    said = [
        ("approved", "A-1024", 12_000, "포인트를 주셨어요?"),
        ("declined", "B-77", 5_000, ""),
        ("open", guest.number or "o0", guest.total, "계산할 때 QR을 보여 드리는 걸 깜빡했어요. 확인 부탁드려요!"),
    ]
    for state, number, amount, note in said:
        filed = claims.file(
            ids["regular"], number=number, bought_on=noon.date() - timedelta(days=1), amount_minor=amount,
            currency="KRW", note=note, photo=_picture(picture) if state == "open" else None, at=at, actor=regular,
        )  # fmt: skip
        ids[f"claim_{state}"] = filed.pk
    claims.approve(ids["claim_approved"], points=500, reason="확인했어요, 죄송합니다", actor=owner, at=at)
    claims.decline(
        ids["claim_declined"], answer="다른 매장의 영수증이에요. 그 매장에 물어봐 주세요.", actor=owner, at=at
    )
    Claim.objects.filter(pk=ids["claim_open"]).update(created_at=at - timedelta(days=2))


def _picture(data: bytes) -> receipts.Picture:
    return receipts.Picture(data, "png")
