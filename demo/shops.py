"""The two shops of the demo: who they are, what they sell, how their days go."""

from __future__ import annotations

from dataclasses import dataclass, field

PASSWORD = "regular-customer"  # noqa: S105  (printed at the start; the demo listens on this machine only)
OPERATOR = "operator@dangol.example"


@dataclass(frozen=True)
class Ware:
    """Something on the shelf: its price in minor units and how often it sells beside the others."""

    name: str
    price: int
    weight: float = 1.0
    gift_card: bool = False


@dataclass(frozen=True)
class Rhythm:
    """How a shop's trade goes."""

    orders_a_day: float  # on an average day of the last week; there were fewer 90 days ago
    weekdays: tuple[float, ...]  # Monday to Sunday, beside an average of 1
    hours: dict[int, float]  # how busy each opening hour is
    lines: tuple[float, ...]  # how often an order has 1, 2, 3 … lines
    regulars: int
    occasional: int
    guests: float  # share of orders without an account
    online: float  # share of orders that wait for payment first
    unpaid: float  # share of those that are never paid
    refunded: float  # share of orders of which something comes back
    days_to_refund: tuple[float, float]
    shipping: int = 0  # minor units, for online orders below `free_shipping_from`
    free_shipping_from: int = 0


@dataclass(frozen=True)
class Shop:
    """A shop as its founder would enter it."""

    slug: str
    name: str
    country: str
    currency: str
    language: str
    time_zone: str
    colour: str
    store: str  # what its storefront connection is called
    staff: dict[str, str]  # by role
    wares: tuple[Ware, ...]
    rhythm: Rhythm
    web_shop: str = ""  # what the connection to the simulated web shop is called (demo.webshop)
    start: str = "points"  # the recommended start (loyalty.starts) its programme began as
    programme: dict[str, object] = field(default_factory=dict)  # what differs from that
    rewards: tuple[dict[str, object], ...] = ()  # besides those of the start


CAFE = Shop(
    slug="cafe",
    name="소담커피",
    country="KR",
    currency="KRW",
    language="ko",
    time_zone="Asia/Seoul",
    colour="#8a3b12",
    store="매장 포스",
    staff={"owner": "정소담", "manager": "한유진", "cashier": "오민재", "analyst": "배서현"},
    wares=(
        Ware("아메리카노", 4500, 24), Ware("아이스 아메리카노", 4800, 30), Ware("카페라떼", 5200, 18),
        Ware("바닐라라떼", 5700, 9), Ware("콜드브루", 5500, 8), Ware("핸드드립 예가체프", 7000, 5),
        Ware("말차라떼", 5900, 6), Ware("유자차", 5800, 3), Ware("소금빵", 3800, 12), Ware("크루아상", 4300, 8),
        Ware("바스크 치즈케이크", 6800, 6), Ware("얼그레이 스콘", 4200, 4), Ware("하우스 블렌드 원두 200g", 16000, 2),
        Ware("드립백 세트 10개입", 14000, 1.5), Ware("소담 텀블러", 29000, 0.4),
        Ware("모바일 상품권", 30000, 0.4, gift_card=True),
    ),
    rhythm=Rhythm(
        orders_a_day=34, weekdays=(0.95, 0.95, 1.0, 1.0, 1.15, 1.15, 0.8),
        hours={8: 9, 9: 8, 10: 5, 11: 5, 12: 12, 13: 11, 14: 7, 15: 7, 16: 6, 17: 5, 18: 5, 19: 4, 20: 2},
        lines=(0.62, 0.28, 0.08, 0.02), regulars=64, occasional=180, guests=0.16, online=0.12, unpaid=0.03,
        refunded=0.015, days_to_refund=(0.005, 0.05),
    ),
    start="cafe_stamps",
    programme={
        "earn_points": 3,
        "stamps": [{
            "key": "visits", "name": {"ko": "커피 도장", "en": "Coffee stamps"}, "stamps": 10, "reward": "free-drink",
            "by": "order", "minimum_minor": 4000, "a_day": 2,
        }],
        "earning": [
            {"key": "afternoon", "kind": "order", "name": {"ko": "평일 오후 두 배", "en": "Double in the afternoon"},
             "effect": "multiply", "factor": 200,
             "window": {"weekdays": [0, 1, 2, 3, 4], "from_time": "14:00", "to_time": "17:00"}},
            {"key": "birthday", "kind": "birthday", "name": {"ko": "생일 축하", "en": "Birthday"}, "points": 1000},
            {"key": "first", "kind": "nth_order", "name": {"ko": "첫 주문", "en": "First order"}, "points": 500,
             "limit": {"times_each": 1}},
        ],
    },
    rewards=(
        {"key": "americano", "name": {"ko": "아메리카노 한 잔", "en": "An americano"}, "kind": "manual", "points": 4000,
         "value_minor": 4500, "where": ["till"]},
        {"key": "salt-bread", "name": {"ko": "소금빵", "en": "Salt bread"}, "kind": "manual", "points": 3500,
         "value_minor": 3800, "where": ["till"], "per_member": 1, "per_days": 7},
    ),
)  # fmt: skip

BIKES = Shop(
    slug="bikes",
    name="Spoke & Chain",
    country="GB",
    currency="GBP",
    language="en",
    time_zone="Europe/London",
    colour="#14532d",
    store="Online shop and till",
    web_shop="Accessories web shop",
    staff={
        "owner": "Harriet Lane", "manager": "Tom Adeyemi", "cashier": "Ella Price", "analyst": "Ravi Nair",
    },
    wares=(
        Ware("Inner tube 700×25c", 699, 18), Ware("Continental Gatorskin tyre", 4299, 7),
        Ware("Chain lube, wet, 100 ml", 899, 12),
        Ware("Shimano HG601 chain", 3299, 6), Ware("Brake pads, pair", 1499, 9), Ware("Bar tape", 2199, 6),
        Ware("Basic service", 4500, 9), Ware("Full service", 9500, 4), Ware("Wheel truing", 1800, 5),
        Ware("Puncture repair", 1200, 8), Ware("USB rear light", 2499, 7), Ware("D-lock", 3999, 5),
        Ware("Helmet, Roc Loc", 6499, 4), Ware("Merino socks", 1599, 6), Ware("Waterproof jacket", 11999, 2),
        Ware("Winter gloves", 3499, 4), Ware("Energy bar, box of 12", 2199, 4),
        Ware("Gravel bike, size M", 145000, 0.35),
        Ware("Commuter bike, step-through", 72500, 0.5), Ware("Gift card £50", 5000, 0.7, gift_card=True),
    ),
    rhythm=Rhythm(
        orders_a_day=12, weekdays=(0.8, 0.85, 0.95, 1.0, 1.1, 1.6, 0.7),
        hours={9: 5, 10: 8, 11: 9, 12: 10, 13: 9, 14: 8, 15: 8, 16: 8, 17: 9, 18: 5, 20: 3, 21: 3},
        lines=(0.55, 0.28, 0.12, 0.05), regulars=34, occasional=210, guests=0.2, online=0.55, unpaid=0.05,
        refunded=0.06, days_to_refund=(1.5, 14), shipping=495, free_shipping_from=7500,
    ),
    start="tiers",
    # Everybody arrives on their tier the moment the demo first starts: small gifts, or they drown what orders earned.
    programme={
        "tiers": {
            "metric": "spend", "window": "rolling", "months": 12, "grace_days": 30,
            "tiers": [
                {"key": "regular", "name": {"ko": "단골", "en": "Regular"}, "threshold": 10_000, "factor": 120},
                {"key": "silver", "name": {"ko": "실버", "en": "Silver"}, "threshold": 30_000, "factor": 150},
                {"key": "gold", "name": {"ko": "골드", "en": "Gold"}, "threshold": 100_000, "factor": 200,
                 "entry_points": 300},
            ],
        },
        "earning": [
            {"key": "weekend", "kind": "order", "name": {"ko": "주말 두 배", "en": "Double points at weekends"},
             "effect": "multiply", "factor": 200, "window": {"weekdays": [5, 6]}},
            {"key": "first", "kind": "nth_order", "name": {"ko": "첫 주문", "en": "First order"}, "points": 250,
             "limit": {"times_each": 1}},
            {"key": "review", "kind": "review", "name": {"ko": "후기", "en": "A review"}, "points": 100,
             "limit": {"times_each": 5}},
        ],
    },
    rewards=(
        {"key": "shipping", "name": {"ko": "무료 배송", "en": "Free shipping"}, "kind": "shipping", "points": 400,
         "value_minor": 495},
        {"key": "tenth", "name": {"ko": "10% 할인", "en": "10% off"}, "kind": "percent", "percent": 10, "points": 900,
         "value_minor": 1000, "most_value_minor": 5000},
        {"key": "as-you-like", "name": {"ko": "원하는 만큼 할인", "en": "Money off, as much as you like"},
         "kind": "variable", "points": 100, "value_minor": 100, "least_points": 500, "most_points": 5000},
        {"key": "service", "name": {"ko": "기본 점검", "en": "A basic service"}, "kind": "manual", "points": 4500,
         "value_minor": 4500, "where": ["till"], "tiers": ["silver", "gold"]},
    ),
)  # fmt: skip

SHOPS = (CAFE, BIKES)


def staff_email(shop: Shop, role: str) -> str:
    """The address a staff member of the demo signs in with."""
    return f"{role}@{shop.slug}.example"
