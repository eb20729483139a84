"""Numbers, money and dates as people write them."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from config import formatting


@pytest.mark.parametrize(
    ("language", "minor", "currency", "expected"),
    [
        ("ko", 12000, "KRW", "12,000원"),
        ("en", 12000, "KRW", "₩12,000"),
        ("en", 1250, "GBP", "£12.50"),
        ("en", 500, "JPY", "JP¥500"),
    ],
)
def test_money_is_written_in_the_readers_language(language: str, minor: int, currency: str, expected: str) -> None:
    with translation.override(language):
        assert formatting.money(minor, currency) == expected


def test_a_korean_moment_names_the_half_of_day_before_the_hour() -> None:
    with translation.override("ko"), timezone.override("Asia/Seoul"):
        assert formatting.moment(datetime(2026, 11, 21, 6, 20, tzinfo=UTC)) == "2026년 11월 21일 오후 3:20"


def test_a_loss_of_points_carries_a_true_minus_sign() -> None:
    assert formatting.signed_points(-40) == "−40 P"
