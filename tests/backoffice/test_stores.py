"""Storefronts: connecting one, its secret shown once, waiting for the first delivery, health."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from staff.models import AuditEntry
from storefront.models import Delivery, Store
from storefront.stores import valid_secrets
from tenants.models import Merchant
from tests.backoffice.scenes import DAY, a_delivery, a_store

pytestmark = pytest.mark.django_db
LIST, NEW = "/backoffice/storefronts/", "/backoffice/storefronts/new/"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{20,}")


@pytest.fixture
def store(cafe: Merchant) -> Store:
    return a_store(cafe, timezone.now())


def page(client: Client, path: str = LIST, **headers: str) -> str:
    client.cookies["language"] = "en"
    return client.get(path, headers=headers).content.decode()


def connect(client: Client, **told: str) -> str:
    """Connect a storefront; the address of its page."""
    kind = told.pop("kind", "generic")
    response = client.post(f"{NEW}{kind}/", {"name": "온라인 매장", **told})
    return str(response["Location"]).removesuffix("connect/")


def only_store(merchant: Merchant) -> Store:
    with tenant_context(merchant):
        return Store.objects.get()


def test_an_empty_list_offers_to_connect(as_owner: Client) -> None:
    assert "No storefront yet" in page(as_owner)


def test_a_cashier_does_not_see_storefronts(as_colleague: Client, store: Store) -> None:
    assert as_colleague.get(LIST).status_code == 403
    assert as_colleague.get(f"{LIST}{store.public_id}/").status_code == 403


def test_an_analyst_sees_but_does_not_connect(as_analyst: Client, store: Store) -> None:
    assert "온라인 매장" in page(as_analyst)
    assert as_analyst.get(NEW).status_code == 403
    assert "New secret" not in page(as_analyst, f"{LIST}{store.public_id}/")


def test_an_outsider_is_sent_to_sign_in(as_outsider: Client) -> None:
    assert as_outsider.get(LIST).status_code == 302


def test_the_secret_is_shown_once(cafe: Merchant, as_owner: Client) -> None:
    address = connect(as_owner)
    secret = SECRET.search(page(as_owner, address))
    assert secret is not None
    with tenant_context(cafe):
        assert valid_secrets(only_store(cafe), timezone.now()) == [secret.group()]
    assert not SECRET.search(page(as_owner, address))


def test_the_session_never_holds_the_secret_in_clear(cafe: Merchant, as_owner: Client) -> None:
    connect(as_owner)
    with tenant_context(cafe):
        (secret,) = valid_secrets(only_store(cafe), timezone.now())
        assert secret not in str(dict(as_owner.session))


def test_the_secret_is_not_shown_on_another_stores_page(as_owner: Client, store: Store) -> None:
    connect(as_owner, name="둘째")
    assert not SECRET.search(page(as_owner, f"{LIST}{store.public_id}/"))


def test_the_page_shows_the_hooks_address_and_a_snippet(cafe: Merchant, as_owner: Client) -> None:
    text = page(as_owner, connect(as_owner))
    assert cafe.url(f"/hooks/{only_store(cafe).public_id}/") in text
    assert "hmac" in text
    assert "openssl" in text


def test_connecting_is_in_the_audit_trail(cafe: Merchant, as_owner: Client) -> None:
    connect(as_owner)
    with tenant_context(cafe):
        assert AuditEntry.objects.filter(object_kind="store", object_label="온라인 매장").exists()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("generic", {"name": ""}),
        ("shopify", {"shop_domain": "example.com"}),
        ("shopify", {}),
        ("woocommerce", {"site_url": "http://example.com"}),
        ("woocommerce", {"site_url": "not a site"}),
        ("cafe24", {"mall_id": "my mall!"}),
    ],
)
def test_a_connection_that_makes_no_sense_comes_back(as_owner: Client, kind: str, wrong: dict[str, str]) -> None:
    assert as_owner.post(f"{NEW}{kind}/", {"name": "x", **wrong}).status_code == 422


def test_an_unknown_kind_is_not_found(as_owner: Client) -> None:
    assert as_owner.get(f"{NEW}till/").status_code == 404


def test_a_shopify_secret_is_typed_in_and_not_shown(cafe: Merchant, as_owner: Client) -> None:
    address = connect(as_owner, kind="shopify", shop_domain="https://my-shop.myshopify.com/admin")
    as_owner.post(f"{address}secret/", {"secret": "shpss_0123"})
    assert "shpss_0123" not in page(as_owner, address)
    assert only_store(cafe).settings == {"shop_domain": "my-shop.myshopify.com"}
    with tenant_context(cafe):
        assert valid_secrets(only_store(cafe), timezone.now()) == ["shpss_0123"]


def test_a_new_secret_is_shown_and_the_old_one_works_on(cafe: Merchant, as_owner: Client) -> None:
    address = connect(as_owner)
    page(as_owner, address)
    as_owner.post(f"{address}rotate/")
    text = page(as_owner, address)
    assert SECRET.search(text)
    assert "valid until" in text
    with tenant_context(cafe):
        assert len(valid_secrets(only_store(cafe), timezone.now())) == 2
        assert len(valid_secrets(only_store(cafe), timezone.now() + 2 * DAY)) == 1


def test_rotating_to_nonsense_is_refused_in_words(as_owner: Client) -> None:
    address = connect(as_owner)
    response = as_owner.post(f"{address}rotate/", {"secret": "whsec_no"}, follow=True)
    assert response.status_code == 200
    assert 'data-tone="error"' in response.content.decode()


def test_only_the_owner_rotates(as_manager: Client, store: Store) -> None:
    assert as_manager.post(f"{LIST}{store.public_id}/rotate/").status_code == 403


def test_a_disconnected_store_is_kept_in_the_list(as_owner: Client, store: Store) -> None:
    as_owner.post(f"{LIST}{store.public_id}/disconnect/")
    assert "Disconnected on" in page(as_owner)


def test_it_is_disconnected_once(as_owner: Client, store: Store) -> None:
    as_owner.post(f"{LIST}{store.public_id}/disconnect/")
    assert as_owner.post(f"{LIST}{store.public_id}/disconnect/").status_code == 404


def test_disconnecting_needs_a_post(as_owner: Client, store: Store) -> None:
    assert as_owner.get(f"{LIST}{store.public_id}/disconnect/").status_code == 405


def test_an_unknown_store_is_not_found(as_owner: Client) -> None:
    assert as_owner.get(f"{LIST}st_nothing/").status_code == 404


def test_the_page_waits_for_the_first_delivery(as_owner: Client, store: Store) -> None:
    text = page(as_owner, f"{LIST}{store.public_id}/")
    assert "Waiting for the first delivery…" in text
    assert 'hx-trigger="load delay:2s"' in text


def test_it_stops_waiting_and_says_that_it_works(cafe: Merchant, as_owner: Client, store: Store) -> None:
    a_delivery(cafe, store, timezone.now())
    text = page(as_owner, f"{LIST}{store.public_id}/arrivals/", **{"HX-Request": "true"})
    assert "It works." in text
    assert "hx-trigger" not in text
    assert "<html" not in text


@pytest.mark.parametrize(
    ("state", "word"),
    [("done", "Working"), ("dead", "Needs you"), ("refused", "Look here"), ("new", "Working")],
)
def test_health_is_one_word(cafe: Merchant, as_owner: Client, store: Store, state: str, word: str) -> None:
    a_delivery(cafe, store, timezone.now(), state=state)
    assert word in page(as_owner)


def test_many_stores_need_few_queries(cafe: Merchant, as_owner: Client, queries_of: Callable[..., int]) -> None:
    for number in range(6):
        store = a_store(cafe, timezone.now(), public_id=f"st_{number}", name=f"매장 {number}")
        a_delivery(cafe, store, timezone.now(), state=Delivery.State.DONE)
    assert queries_of(as_owner, LIST) <= 10


def test_a_secret_with_a_control_character_is_refused(cafe: Merchant, as_owner: Client) -> None:
    store = a_store(cafe, timezone.now(), kind=Store.Kind.SHOPIFY)
    answer = as_owner.post(f"{LIST}{store.public_id}/rotate/", {"secret": "shpss_\x00abc"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
