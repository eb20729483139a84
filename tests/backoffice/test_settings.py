"""The shop's settings, and closing the shop."""

import unicodedata
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from backoffice import shop
from customers.models import Order
from loyalty import programme
from staff.actors import SYSTEM
from staff.models import AuditEntry, Role
from tenants import directory, lifecycle
from tenants.models import Merchant
from tests.conftest import client_of, staff_of

pytestmark = pytest.mark.django_db

FORM = {
    "name": "소담커피",
    "country": "KR",
    "language": "ko",
    "time_zone": "Asia/Seoul",
    "currency": "KRW",
    "brand_colour": "#0f766e",
    "point_unit": "P",
}


def save(client: Client, **changes: str) -> Any:
    return client.post("/backoffice/settings/", {**FORM, **changes})


def test_the_owner_changes_the_settings(as_owner: Client, cafe: Merchant) -> None:
    save(as_owner, name="소담 커피", brand_colour="#FFAA00", point_unit="원두")
    cafe.refresh_from_db()
    assert (cafe.name, cafe.brand_colour, cafe.point_unit) == ("소담 커피", "#ffaa00", "원두")


def test_only_what_changed_stands_in_the_trail(as_owner: Client, cafe: Merchant) -> None:
    save(as_owner, point_unit="원두")
    with tenant_context(cafe):
        entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes) == ("shop.changed", {"point_unit": ["P", "원두"]})


def test_saving_without_a_change_leaves_no_trace(as_owner: Client, cafe: Merchant) -> None:
    save(as_owner)
    with tenant_context(cafe):
        assert not AuditEntry.objects.exists()


def test_a_manager_sees_but_does_not_change(cafe: Merchant) -> None:
    manager = client_of(cafe, staff_of(cafe, Role.MANAGER))
    assert manager.get("/backoffice/settings/").status_code == 200
    assert save(manager, name="x").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("country", "XX"),
        ("language", "fr"),
        ("time_zone", "Mars/Olympus"),
        ("currency", "BTC"),
        ("brand_colour", "red"),
        ("point_unit", "x" * 13),
        ("point_unit", ""),
    ],
)
def test_a_mistake_is_said_beside_its_field(as_owner: Client, field: str, value: str) -> None:
    response = save(as_owner, **{field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_another_currency_brings_rules_in_that_currency(as_owner: Client, cafe: Merchant) -> None:
    save(as_owner, currency="USD")
    with tenant_context(cafe):
        version = programme.in_force(timezone.now())
    assert version is not None
    assert version.rules["currency"] == "USD"


def test_the_currency_is_fixed_once_orders_exist(
    as_owner: Client, cafe: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop, "currency_is_fixed", lambda: True)
    save(as_owner, currency="USD")
    cafe.refresh_from_db()
    assert cafe.currency == "KRW"


def test_an_order_that_arrives_meanwhile_fixes_the_currency(in_cafe: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "currency_is_fixed", lambda: True)
    with pytest.raises(shop.CurrencyIsFixed):
        shop.change_shop(in_cafe.pk, {"currency": "USD"}, actor=SYSTEM, at=timezone.now())


def test_without_orders_the_currency_is_free(in_cafe: Merchant) -> None:
    assert not Order.objects.exists()
    assert not shop.currency_is_fixed()


def test_the_colour_is_shown_with_its_explanation(as_owner: Client) -> None:
    response = as_owner.get("/backoffice/settings/colour/", {"brand_colour": "#ffee00"})
    assert b"<svg" in response.content
    assert b"<html" not in response.content


@pytest.mark.parametrize("colour", ["", "red", "#12345", "x" * 5000])
def test_what_is_no_colour_is_not_shown(as_owner: Client, colour: str) -> None:
    response = as_owner.get("/backoffice/settings/colour/", {"brand_colour": colour})
    assert (response.status_code, response.content.strip()) == (200, b"")


class TestClosing:
    """The danger zone."""

    def test_the_name_has_to_be_typed(self, as_owner: Client, cafe: Merchant) -> None:
        assert as_owner.post("/backoffice/settings/close/", {"name": "소담"}).status_code == 422
        cafe.refresh_from_db()
        assert cafe.state == Merchant.State.ACTIVE

    def test_it_closes_for_customers_and_stays_open_for_staff(self, as_owner: Client, cafe: Merchant) -> None:
        close(as_owner)
        assert client_of(cafe).get("/").status_code == 503
        assert client_of(cafe).post("/hooks/st_x/").status_code == 503
        assert as_owner.get("/backoffice/settings/").status_code == 200

    def test_it_is_erased_after_thirty_days(self, as_owner: Client, cafe: Merchant) -> None:
        close(as_owner)
        cafe.refresh_from_db()
        assert cafe.erase_after is not None
        assert (cafe.erase_after - timezone.now()).days in {29, 30}

    def test_the_owner_changes_their_mind(self, as_owner: Client, cafe: Merchant) -> None:
        close(as_owner)
        as_owner.post("/backoffice/settings/keep/")
        directory.forget()
        assert client_of(cafe).get("/").status_code == 200
        with tenant_context(cafe):
            actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
        assert actions == ["shop.closing", "shop.closing_cancelled"]

    def test_closing_twice_is_said_and_changes_nothing(self, as_owner: Client, cafe: Merchant) -> None:
        close(as_owner)
        assert close(as_owner).status_code == 302

    def test_a_decomposed_name_is_the_same_name(self, as_owner: Client, cafe: Merchant) -> None:

        as_owner.post("/backoffice/settings/close/", {"name": unicodedata.normalize("NFD", "소담커피")})
        cafe.refresh_from_db()
        assert cafe.state == Merchant.State.CLOSING

    def test_a_manager_cannot(self, cafe: Merchant) -> None:
        manager = client_of(cafe, staff_of(cafe, Role.MANAGER))
        assert manager.post("/backoffice/settings/close/", {"name": "소담커피"}).status_code == 403

    def test_a_suspended_shop_stays_shut_for_staff_too(self, as_owner: Client, cafe: Merchant) -> None:
        lifecycle.suspend(cafe, reason="unpaid", actor_name="Operator", at=timezone.now())
        assert as_owner.get("/backoffice/settings/").status_code == 503


def close(client: Client) -> Any:
    response = client.post("/backoffice/settings/close/", {"name": " 소담커피 "})
    directory.forget()  # done on commit, and a test does not commit
    return response
