"""The list of customers: who may see it, finding somebody, adding somebody."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from customers.models import Customer
from staff.models import AuditEntry
from tenants.models import Merchant
from tests.backoffice.scenes import a_member, an_order, some_points

pytestmark = pytest.mark.django_db
LIST = "/backoffice/customers/"
NEW = "/backoffice/customers/new/"
RESULTS = {"HX-Request": "true", "HX-Target": "div#results"}


def page(client: Client, path: str = LIST, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


@pytest.fixture
def minji(cafe: Merchant) -> Customer:
    return a_member(cafe, timezone.now())


@pytest.fixture
def chulsoo(cafe: Merchant) -> Customer:
    return a_member(cafe, timezone.now(), name="박철수", email="cs@example.com", phone="+821099990000")


def test_a_colleague_sees_the_customers(as_colleague: Client, minji: Customer) -> None:
    assert "김민지" in page(as_colleague)


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client) -> None:
    assert as_outsider.get(LIST).status_code == 302


def test_an_empty_list_says_how_customers_come(as_owner: Client) -> None:
    text = page(as_owner)
    assert "No customers yet" in text
    assert "Clear filters" not in text


@pytest.mark.parametrize("text", ["민지", "minji@example", "5678", "010-1234-5678", "+82 10 1234 5678"])
def test_it_finds_by_name_phone_and_email(as_owner: Client, minji: Customer, chulsoo: Customer, text: str) -> None:
    found = as_owner.get(LIST, {"q": text}).content.decode()
    assert "김민지" in found
    assert "박철수" not in found


def test_it_finds_by_card_code(as_owner: Client, minji: Customer, chulsoo: Customer) -> None:
    found = as_owner.get(LIST, {"q": minji.card_code[:4] + " " + minji.card_code[4:]}).content.decode()
    assert "김민지" in found
    assert "박철수" not in found


def test_a_search_without_match_offers_to_clear(as_owner: Client, minji: Customer) -> None:
    text = page(as_owner, LIST + "?q=nobody")
    assert "Nothing matches" in text
    assert "Clear filters" in text


def test_a_search_with_a_zero_byte_is_no_error(as_owner: Client) -> None:
    assert as_owner.get(LIST, {"q": "a\x00b"}).status_code == 200


def test_live_search_gets_only_the_results(as_owner: Client, minji: Customer) -> None:
    text = page(as_owner, LIST + "?q=민지", **RESULTS)
    assert "김민지" in text
    assert "<html" not in text
    assert 'type="search"' not in text


def test_filters_keep_the_search(as_owner: Client, minji: Customer) -> None:
    assert '<input type="hidden" name="q" value="kim">' in page(as_owner, LIST + "?q=kim")


def test_removing_one_filter_keeps_the_others(as_owner: Client) -> None:
    text = page(as_owner, LIST + "?q=kim&show=members&joined=0-30")
    assert 'href="?q=kim&amp;joined=0-30"' in text
    assert 'href="?q=kim&amp;show=members"' in text


def test_it_shows_only_guests(cafe: Merchant, as_owner: Client, minji: Customer) -> None:
    with tenant_context(cafe):
        Customer.objects.filter(pk=minji.pk).update(joined_at=None)
    a_member(cafe, timezone.now(), name="이영희", email="yh@example.com", phone="")
    text = page(as_owner, LIST + "?show=guests")
    assert "김민지" in text
    assert "이영희" not in text


def test_it_shows_only_those_with_points(cafe: Merchant, as_owner: Client, minji: Customer, chulsoo: Customer) -> None:
    some_points(cafe, minji, 500, timezone.now())
    text = page(as_owner, LIST + "?show=points")
    assert "김민지" in text
    assert "500 P" in text
    assert "박철수" not in text


def test_an_unknown_filter_shows_everybody(as_owner: Client, minji: Customer) -> None:
    assert "김민지" in page(as_owner, LIST + "?show=rich")


def test_older_pages_follow_by_keyset(cafe: Merchant, as_owner: Client) -> None:
    now = timezone.now()
    people = [a_member(cafe, now, name=f"회원{n:02}", email=f"m{n}@example.com", phone="") for n in range(32)]
    first = page(as_owner)
    assert f"?before={people[2].pk}" in first
    older = page(as_owner, f"{LIST}?before={people[2].pk}")
    assert "회원01" in older
    assert "회원02" not in older
    assert f"?after={people[1].pk}" in older


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "²", ""])
def test_a_cursor_that_is_none_shows_the_first_page(as_owner: Client, minji: Customer, cursor: str) -> None:
    assert "김민지" in page(as_owner, f"{LIST}?before={cursor}")


def test_the_list_needs_few_queries(cafe: Merchant, as_owner: Client, queries_of: Callable[..., int]) -> None:
    now = timezone.now()
    for n in range(20):
        a_member(cafe, now, name=f"회원{n}", email=f"m{n}@example.com", phone="")
    an_order(cafe, now)
    assert queries_of(as_owner, LIST) <= 10


def test_a_colleague_adds_a_customer(cafe: Merchant, as_colleague: Client) -> None:
    told = {"name": "최유리", "phone": "010 2222-3333", "email": "", "birthday": "", "language": "ko"}
    response = as_colleague.post(NEW, told)
    with tenant_context(cafe):
        customer = Customer.objects.get(name="최유리")
    assert response["Location"] == f"{LIST}{customer.pk}/"
    assert customer.phone == "+821022223333"
    assert customer.joined_at is not None


def test_an_added_customer_stands_in_the_audit_trail(cafe: Merchant, as_owner: Client) -> None:
    as_owner.post(NEW, {"name": "최유리"})
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(action="customer.added", object_label="최유리").exists()


def test_an_analyst_may_not_add(as_analyst: Client) -> None:
    assert as_analyst.post(NEW, {"name": "x"}).status_code == 403


def test_somebody_known_is_not_added_twice(as_owner: Client, minji: Customer) -> None:
    response = as_owner.post(NEW, {"name": "민지", "phone": "010-1234-5678"})
    assert response.status_code == 422
    assert f"{LIST}{minji.pk}/" in response.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": "a", "phone": "12"}, {"email": "nobody"}, {"name": "a", "birthday": "2999-01-01"}, {"name": "a\x00"}],
)
def test_wrong_details_come_back_with_the_form(as_owner: Client, wrong: dict[str, str]) -> None:
    response = as_owner.post(NEW, wrong)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
