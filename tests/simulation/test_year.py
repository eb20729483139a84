"""A year of a shop: the books hold every evening, and in the end everybody has what an independent count says.

YEAR_DAYS (365) and SEEDS (1) say how much; YEAR_ORDERS (1) how many orders a day.
"""

from __future__ import annotations

import os
from datetime import datetime

import pytest
from django_tenants.utils import tenant_context

from loyalty.audit import audit
from tenants.models import Merchant
from tests.simulation.year import Year

DAYS = int(os.environ.get("YEAR_DAYS", "365"))
ORDERS = float(os.environ.get("YEAR_ORDERS", "1"))
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").split(",")]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_year_everybody_has_what_an_independent_count_says(bikes: Merchant, seed: int) -> None:
    with tenant_context(bikes):
        year = Year(bikes, seed, a_day=ORDERS)

        def books_hold(at: datetime) -> None:
            assert audit(at=at) == []
            assert year.found() == year.expected(), at

        year.live(DAYS, books_hold)
        assert year.found() == year.expected()


@pytest.mark.django_db(transaction=True)
def test_the_same_seed_gives_the_same_ledger(bikes: Merchant, cafe: Merchant) -> None:
    digests = []
    for _ in range(2):
        with tenant_context(bikes):
            year = Year(bikes, 7)
            year.live(40, lambda _at: None)
            digests.append(year.digest())
        from tests import shops

        shops.put_right()
    assert digests[0] == digests[1]
