"""Each verb of the ledger, and what it refuses."""

from __future__ import annotations

import pytest

from loyalty import ledger
from loyalty.ledger import Earn
from loyalty.models import Balance
from staff.actors import SYSTEM
from tests.loyalty.members import member
from tests.shops import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_cafe")]


def test_points_earned_without_a_wait_are_available() -> None:
    who = member()
    ledger.earn([Earn(who, 100, "a", NOW)], actor=SYSTEM, at=NOW)
    assert Balance.objects.get(pk=who).available == 100
    assert Balance.objects.get(pk=who).earned == 100
