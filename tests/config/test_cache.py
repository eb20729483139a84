"""While Valkey is away, pages answer and readiness says so."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from config import limits
from tenants.models import Merchant
from tests.conftest import client_of


@pytest.fixture(autouse=True)
def _nobody_listens(settings: Any) -> None:
    """A cache server at a port where there is none."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}


def test_it_answers_as_an_empty_cache() -> None:
    cache.set("key", 1)
    assert cache.get("key", "nothing") == "nothing"
    assert cache.get_many(["key"]) == {}
    assert not cache.has_key("key")


def test_nobody_is_counted_out() -> None:
    assert not any(limits.exceeded("try", "someone", limit=2, seconds=60) for _ in range(5))


def test_a_shopper_can_still_ask_for_a_code(cafe: Merchant) -> None:
    assert client_of(cafe).post("/sign-in/", {"email": "minji@example.com"}).status_code == 302


@pytest.mark.django_db
def test_readiness_names_the_cache() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["cache"]) == (503, "fails")
