"""The shoppers of the demo: invented names, addresses that nobody has, numbers that ring nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from anyascii import anyascii

from demo.shops import Shop

# Family and given names by country.
NAMES = {
    "KR": (
        "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍",
        "민준 서연 도윤 서윤 예준 지우 시우 하은 주원 하윤 지호 민서 지유 채원 수아 지민 은우 윤서 다은 현우 수빈 "
        "예린 준서 유나 소율 태윤 가은 승현 나연 동현",
    ),
    "GB": (
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White "
        "Roberts Green Hall Wood Jackson Clarke Khan Lewis Hughes Okafor",
        "Olivia George Amelia Noah Isla Arthur Ava Leo Priya Harry Grace Oscar Freya Muhammad Sophie Jack Chloe Daniel "
        "Zara Edward Imogen Samuel Nadia Owen Beth Callum",
    ),
}


@dataclass(frozen=True)
class Person:
    """A shopper with an account at the storefront."""

    id: str
    name: str
    email: str
    phone: str
    keenness: float  # how often this person comes beside the others
    favourite: int  # index of the ware bought most
    news: bool | None  # allowed or refused advertising by e-mail, or was never asked


def people(shop: Shop) -> list[Person]:
    """Everybody with an account, the regulars first; always the same. The first is the one the demo introduces."""
    random = Random(f"people/{shop.slug}")
    names = _names(shop.country, shop.rhythm.regulars + shop.rhythm.occasional, random)
    return [_person(shop, number, name, random) for number, name in enumerate(names)]


def _names(country: str, count: int, random: Random) -> list[str]:
    """Different names as far as there are enough."""
    family, given = (names.split() for names in NAMES[country])
    pairs = [(f, g) for f in family for g in given]
    random.shuffle(pairs)
    return [f + g if country == "KR" else f"{g} {f}" for f, g in pairs[:count]]


def _person(shop: Shop, number: int, name: str, random: Random) -> Person:
    regular = number < shop.rhythm.regulars
    latin = "".join(c for c in anyascii(name).lower().replace(" ", ".") if c.isalnum() or c == ".")
    return Person(
        id=f"c{1000 + number}",
        name=name,
        email=f"{latin}{number % 97 or ''}@example.com",
        phone=_phone(shop.country, number, random),
        keenness=25 if number == 0 else random.uniform(6, 20) if regular else random.uniform(0.2, 2),
        favourite=random.choices(range(len(shop.wares)), [ware.weight for ware in shop.wares])[0],
        news=random.choices((True, False, None), (0.35, 0.25, 0.4))[0],
    )


def _phone(country: str, number: int, random: Random) -> str:
    if country == "KR":
        return f"010-{random.randrange(2000, 9999)}-{random.randrange(10000):04}"
    return f"07700 900{number % 1000:03}"  # a range that Ofcom keeps for fiction
