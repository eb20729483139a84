"""A shop with a till for the browser: its staff with PINs, a member with points, a card before the camera."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import segno
from django.db import transaction
from django_tenants.utils import tenant_context

from customers.models import Customer
from customers.profiles import add_customer
from loyalty import ledger, programme
from loyalty.models import Balance, Redemption
from loyalty.rules import Reward, Rules
from loyalty.stamp_rules import StampCard
from staff import addresses, pins
from staff.actors import SYSTEM
from staff.models import Role, User
from tenants.models import Merchant
from tests.browser.busy_shop import PASSWORD, Busy
from tests.browser.visitors import World, staff_cookies
from welcome.founding import found_shop

SLUG = "counter"
WINDOWS = 16  # that each colleague opens in all tests
PINS = {Role.MANAGER: "8352", Role.CASHIER: "2964"}
NAMES = {Role.MANAGER: "한유진", Role.CASHIER: "오민재"}
COFFEE = Reward(
    key="coffee", name={"en": "A coffee", "ko": "커피 한 잔"}, points=500, value_minor=4500, kind="manual"
)  # fmt: skip
CAKE = Reward(
    key="cake", name={"en": "A piece of cake", "ko": "조각 케이크"}, points=1800, value_minor=7000, kind="manual"
)
CUPS = StampCard(key="cups", name={"en": "Ten cups", "ko": "커피 열 잔"}, stamps=10, reward="coffee")


@dataclass
class Counter:
    """The shop and its member, asked anew from the database."""

    merchant: Merchant
    member: int
    card_code: str
    sessions: dict[str, list[dict[str, str]]]

    def cookies_of(self, who: str) -> dict[str, str]:
        """A session of its own for each window: a till that was locked stays so."""
        return self.sessions[who].pop() if who else {}

    @property
    def points(self) -> int:
        with tenant_context(self.merchant):
            return Balance.objects.get(pk=self.member).available

    @property
    def redemptions(self) -> int:
        with tenant_context(self.merchant):
            return Redemption.objects.count()


def make_counter(world: World) -> Counter:
    """Found the shop and fill it."""
    at = datetime.now(UTC)
    founded = found_shop(
        name="소담커피 성수점", email="owner@counter.example", password=PASSWORD, country="KR", language="ko", at=at,
        slug=SLUG,
    )  # fmt: skip
    world.shops[SLUG] = Busy(founded.merchant)
    with tenant_context(founded.merchant), transaction.atomic():
        _publish(at)
        staff = {str(role): _colleague(role, at) for role in PINS}
        member = _member(at)
    staff[Role.OWNER] = founded.owner.pk
    # A test's own writes are not seen by the server: the sessions are made before.
    sessions = {who: [staff_cookies(founded.merchant, pk) for _ in range(WINDOWS)] for who, pk in staff.items()}
    return Counter(founded.merchant, member.pk, member.card_code, sessions)


def _publish(at: datetime) -> None:
    rules = Rules(currency="KRW", earn_points=1, earn_per=100, rewards=(COFFEE, CAKE), stamps=(CUPS,))
    programme.publish(rules, actor=SYSTEM, at=at)


def _colleague(role: Role, at: datetime) -> int:
    user = User.objects.create_user(f"{role}@counter.example", PASSWORD, name=NAMES[role], role=role)
    addresses.register(user, verified=True)
    pins.set_pin(user, PINS[role], actor=SYSTEM, at=at)
    return user.pk


def _member(at: datetime) -> Customer:
    told = {"name": "김민서", "phone": "+821012345678"}
    member = add_customer(country="KR", actor=SYSTEM, at=at, **told)  # type: ignore[arg-type]
    add_customer(country="KR", actor=SYSTEM, at=at, name="Minsu Kim", phone="+821099995678")
    ledger.adjust(member.pk, 1500, reason="", key="gift", actor=SYSTEM, at=at)
    return member


def film_of(text: str, path: Path) -> Path:
    """A film for the browser's fake camera: the QR code of this text, held still, as YUV4MPEG2."""
    width, height, scale = 640, 480, 12
    rows = [[bool(cell) for cell in row] for row in segno.make_qr(text, error="m").matrix]
    top, start = (height - len(rows) * scale) // 2, (width - len(rows) * scale) // 2
    light = bytearray(b"\xeb" * (width * height))
    for y, row in enumerate(rows):
        line = b"".join((b"\x10" if dark else b"\xeb") * scale for dark in row)
        for step in range(scale):
            at = (top + y * scale + step) * width + start
            light[at : at + len(line)] = line
    frame = b"FRAME\n" + bytes(light) + b"\x80" * (width * height // 2)
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 5)
    return path
