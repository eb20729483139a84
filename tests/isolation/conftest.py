from __future__ import annotations

import pytest

from tenants.models import Merchant
from tests.isolation.filling import Filled, fill

OURS, THEIRS = "Qzcafe71", "Qzbike934"


@pytest.fixture
def ours(cafe: Merchant) -> Filled:
    """The shop of the attackers, who hold every session and secret of it."""
    return fill(cafe, OURS, first_id=200_001)


@pytest.fixture
def theirs(bikes: Merchant) -> Filled:
    """The shop that is attacked. The attackers know its ids."""
    return fill(bikes, THEIRS, first_id=7_000_001)
