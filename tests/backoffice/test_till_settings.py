"""The till's settings: preset amounts, limits, locking."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from backoffice.till.settings import settings_of
from staff.models import AuditEntry
from tenants.models import Merchant

pytestmark = pytest.mark.django_db
PAGE = "/backoffice/settings/till/"


def save(client: Client, **fields: Any) -> int:
    plain = {"presets": "4500 9000", "idle_minutes": "2", "cashier_minor": "50000", "cashier_points": ""}
    return client.post(PAGE, {**plain, **fields}).status_code


def test_a_new_shop_has_amounts_of_its_currency(cafe: Merchant, bikes: Merchant) -> None:
    assert settings_of(cafe).presets[:2] == (5000, 10000)
    assert settings_of(bikes).presets[:2] == (500, 1000)  # five and ten pounds


def test_a_manager_sets_amounts_and_limits(as_manager: Client, cafe: Merchant) -> None:
    assert save(as_manager) == 302
    stored = settings_of(Merchant.objects.get(pk=cafe.pk))
    assert (stored.presets, stored.idle_minutes, stored.sound) == ((4500, 9000), 2, False)
    assert (stored.most_minor["cashier"], stored.most_points["cashier"]) == (50_000, None)
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(action="till.settings_changed").count() == 1
    assert as_manager.get(PAGE).status_code == 200


@pytest.mark.parametrize("presets", ["", "abc", "0", "-5", "1.5", "1 2 3 4 5 6 7", "NaN", "1e99"])
def test_amounts_that_are_none_are_refused(as_owner: Client, presets: str) -> None:
    assert save(as_owner, presets=presets) == 422


def test_a_cashier_does_not_change_the_till(as_colleague: Client) -> None:
    assert save(as_colleague) == 403
