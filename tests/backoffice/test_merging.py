"""Making two customers one in the backoffice: who may be the same, side by side, doing it, taking it back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from loyalty.models import Balance
from tenants.models import Merchant
from tests.backoffice.scenes import a_member, a_programme, some_points

pytestmark = pytest.mark.django_db
LIST = "/backoffice/customers/"


def page(client: Client, path: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path).content.decode()


@pytest.fixture
def two(cafe: Merchant) -> tuple[int, int]:
    """The same person twice: who stays and who goes, with 100 and 250 points."""
    now = timezone.now()
    a_programme(cafe, now)
    stays = a_member(cafe, now)
    goes = a_member(cafe, now, name="김민지", email="other@example.com", phone="+821012345678")
    some_points(cafe, stays, 100, now, key="a")
    some_points(cafe, goes, 250, now, key="b")
    return stays.pk, goes.pk


def available(shop: Merchant, pk: int) -> int:
    with tenant_context(shop):
        return Balance.objects.get(pk=pk).available


def test_who_shares_an_address_is_suggested(as_owner: Client, two: tuple[int, int]) -> None:
    stays, goes = two
    assert f"{LIST}{stays}/merge/?with={goes}" in page(as_owner, f"{LIST}duplicates/")
    assert "No duplicates found" in page(as_owner, f"{LIST}duplicates/?by=email")
    assert f"{LIST}{stays}/merge/?with={goes}" in page(as_owner, f"{LIST}{stays}/merge/")
    assert "Perhaps the same person" in page(as_owner, f"{LIST}{stays}/")


def test_the_other_can_be_searched_for(cafe: Merchant, as_owner: Client, two: tuple[int, int]) -> None:
    third = a_member(cafe, timezone.now(), name="박철수", email="cs@example.com", phone="")
    assert f"?with={third.pk}" in page(as_owner, f"{LIST}{two[0]}/merge/?q=철수")


def test_a_language_that_nobody_here_knows_is_said_by_its_code(
    cafe: Merchant, as_owner: Client, two: tuple[int, int]
) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk=two[1]).update(language="zh")  # as a store may send it
    assert as_owner.get(f"{LIST}{two[0]}/merge/?with={two[1]}").status_code == 200


def test_both_stand_side_by_side(as_owner: Client, two: tuple[int, int]) -> None:
    text = page(as_owner, f"{LIST}{two[0]}/merge/?with={two[1]}")
    for words in ("minji@example.com", "other@example.com", "100 P", "250 P", "350 P"):
        assert words in text
    assert 'name="take_email"' in text
    assert 'name="take_phone"' not in text


def test_they_become_one_with_the_values_chosen(cafe: Merchant, as_owner: Client, two: tuple[int, int]) -> None:
    stays, goes = two
    answer = as_owner.post(f"{LIST}{stays}/merge/", {"with": goes, "take_email": "other", "reason": "같은 분"})
    assert answer["Location"] == f"{LIST}{stays}/"
    with tenant_context(cafe):
        assert Customer.objects.present().get().email == "other@example.com"
    assert available(cafe, stays) == 350
    assert as_owner.get(f"{LIST}{goes}/")["Location"] == f"{LIST}{stays}/"


def test_it_is_undone_from_the_page_of_who_is_left(cafe: Merchant, as_owner: Client, two: tuple[int, int]) -> None:
    stays, goes = two
    as_owner.post(f"{LIST}{stays}/merge/", {"with": goes})
    undo = f"{LIST}{stays}/merge/{goes}/undo/"
    assert undo in page(as_owner, f"{LIST}{stays}/")
    assert as_owner.post(undo)["Location"] == f"{LIST}{goes}/"
    assert (available(cafe, stays), available(cafe, goes)) == (100, 250)
    assert as_owner.post(undo)["Location"] == f"{LIST}{stays}/"  # twice is once


def test_a_cashier_may_look_at_duplicates_and_not_merge(as_colleague: Client, two: tuple[int, int]) -> None:
    assert as_colleague.get(f"{LIST}duplicates/").status_code == 200
    assert as_colleague.post(f"{LIST}{two[0]}/merge/", {"with": two[1]}).status_code == 403
    assert as_colleague.post(f"{LIST}{two[0]}/merge/{two[1]}/undo/").status_code == 403


@pytest.mark.parametrize("other", ["x", "0", "²", "9" * 40, "self"])
def test_somebody_who_is_not_there_is_not_chosen(
    cafe: Merchant, as_owner: Client, two: tuple[int, int], other: str
) -> None:
    told = {"with": str(two[0]) if other == "self" else other}
    assert as_owner.post(f"{LIST}{two[0]}/merge/", told).status_code == 200
    assert available(cafe, two[0]) == 100
